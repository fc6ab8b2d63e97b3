// A spool whose one segment has arbitrary bytes, opened, read to its end, written to, acknowledged
// and opened again. Checked: it always opens, lines come with rising sequences and an end, and what
// was read and appended is there afterwards.
#include <map>
#include <string>
#include <string_view>

#include "controlplane/spool/spool.h"

namespace {

using namespace sekisho;
using namespace sekisho::controlplane;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

/// Files in memory: what a fuzzer can do many times a second.
class MemoryFiles final : public SpoolFiles {
 public:
  using Bytes = std::vector<std::uint8_t>;
  std::map<std::string, Bytes> files;

  Status make_folder(const std::string&) override { return ok(); }
  Status replace(const std::string& path, ByteSpan content) override {
    files[path].assign(content.begin(), content.end());
    return ok();
  }
  Status append(const std::string& path, std::uint64_t offset, ByteSpan content) override {
    require(files.at(path).size() == offset);
    files[path].insert(files[path].end(), content.begin(), content.end());
    return ok();
  }
  Status truncate(const std::string& path, std::uint64_t bytes) override {
    require(bytes <= files.at(path).size());
    files[path].resize(bytes);
    return ok();
  }
  Status remove(const std::string& path) override {
    files.erase(path);
    return ok();
  }
  Result<Bytes> read(const std::string& path, std::uint64_t offset, std::size_t bytes) override {
    const auto file = files.find(path);
    if (file == files.end()) return Error{Error::Code::not_found, path};
    const Bytes& all = file->second;
    const auto start = std::min<std::uint64_t>(offset, all.size());
    const auto count = std::min<std::uint64_t>(bytes, all.size() - start);
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(start);
    return Bytes(first, first + static_cast<std::ptrdiff_t>(count));
  }
  Result<std::vector<File>> list(const std::string& folder) override {
    std::vector<File> found;
    for (const auto& [path, content] : files)
      found.push_back({path.substr(folder.size() + 1), content.size()});
    return found;
  }
};

constexpr SpoolLimits kLimits{std::uint64_t{64} << 20, std::uint64_t{1} << 20};

std::map<std::uint64_t, std::string> read_all(Spool& spool) {
  std::map<std::uint64_t, std::string> found;
  for (std::uint64_t from = 1;;) {
    auto lines = spool.read(from, 1000, std::size_t{1} << 20);
    require(bool(lines) && lines->first_sequence >= from);
    if (lines->lines.empty()) return found;
    for (auto& line : lines->lines) found[lines->first_sequence++] = std::move(line);
    from = lines->first_sequence;
    require(from <= spool.status().next);
  }
}

}  // namespace

/// Input: the segment file. A whole header in it names its epoch.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MemoryFiles files;
  files.files["/s/00000000000000000001.segment"].assign(data, data + size);
  std::map<std::uint64_t, std::string> before;
  {
    const auto spool = Spool::open("/s", kLimits, files);
    require(bool(spool));
    before = read_all(**spool);
    const std::string_view line = "added";
    const auto added = (*spool)->append({&line, 1}, RingMark{1, 2, 3});
    require(bool(added));
    before[*added] = line;
    require(read_all(**spool) == before);
  }
  const auto spool = Spool::open("/s", kLimits, files);
  require(bool(spool) && (*spool)->status().cut_bytes == 0);
  require(read_all(**spool) == before);
  require((*spool)->last_mark(1, 2) == 3u);
  require(bool((*spool)->acknowledge(before.rbegin()->first)));
  return 0;
}
