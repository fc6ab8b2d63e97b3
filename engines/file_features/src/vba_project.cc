#include "vba_project.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "config/base/text_bytes.h"
#include "engines/file_features/file_features.h"

namespace sekisho::engines::file_features {
namespace {

constexpr std::size_t kChunkBytes = 4096;
constexpr std::size_t kMostStream = std::size_t{2} << 20;
constexpr std::size_t kMostStreams = std::size_t{16} << 20;  // of all modules together

/// One compressed chunk; false: it is damaged.
bool unpack_chunk(Bytes chunk, std::string& out) {
  const auto start = out.size();
  std::size_t at = 0;
  while (at < chunk.size()) {
    const unsigned flags = chunk[at++];
    for (unsigned bit = 0; bit < 8 && at < chunk.size(); ++bit) {
      const auto done = out.size() - start;
      if (done >= kChunkBytes) return at == chunk.size();
      if ((flags >> bit & 1) == 0) {
        out += static_cast<char>(chunk[at++]);
        continue;
      }
      const auto token = FileView(chunk).le16(at);
      if (!token || done == 0) return false;
      at += 2;
      // 2.4.1.3.19.1: the farther the chunk, the more bits of a token are for the distance.
      const auto bits = std::max(4U, static_cast<unsigned>(std::bit_width(done - 1)));
      std::size_t length = (*token & (0xffffU >> bits)) + 3;
      const std::size_t distance = (*token >> (16 - bits)) + std::size_t{1};
      if (distance > done) return false;
      for (length = std::min(length, kChunkBytes - done); length > 0; --length)
        out += out[out.size() - distance];
    }
  }
  return true;
}

struct Module {
  std::string stream;
  std::uint32_t offset = 0;  // of its source in the stream
};

/// The records of the stream "dir" ([MS-OVBA] 2.3.4.2) that name modules.
std::vector<Module> modules_of(std::string_view directory) {
  constexpr std::uint16_t kVersion = 0x09, kStreamName = 0x1a, kOffset = 0x31, kModuleEnd = 0x2b,
                          kEnd = 0x10;
  const FileView view(bytes_of(directory));
  std::vector<Module> modules;
  Module module;
  for (std::uint64_t at = 0; modules.size() < kMostModules;) {
    const auto id = view.le16(at);
    const auto size = view.le32(at + 2);
    if (!id || !size || *id == kEnd) break;
    const auto data = view.part(at + 6, *size);
    if (*id == kStreamName) module.stream = as_text(data);
    if (*id == kOffset) module.offset = FileView(data).le32(0).value_or(0);
    if (*id == kModuleEnd) modules.push_back(std::exchange(module, {}));
    at += 6 + std::uint64_t{*size} + (*id == kVersion ? 2 : 0);  // its size does not count all
  }
  return modules;
}

}  // namespace

std::string unpack_vba(Bytes container, std::size_t most) {
  std::string out;
  const FileView view(container);
  if (container.empty() || container[0] != 1) return out;
  for (std::size_t at = 1; out.size() < most;) {
    const auto header = view.le16(at);
    if (!header || (*header >> 12 & 7) != 3) break;
    const auto chunk = view.part(at + 2, (*header & 0xfffU) + std::size_t{1});
    if ((*header & 0x8000) == 0)
      out += as_text(chunk);
    else if (!unpack_chunk(chunk, out))
      break;
    at += 2 + (*header & 0xfffU) + std::size_t{1};
  }
  out.resize(std::min(out.size(), most));
  return out;
}

VbaProject read_vba_project(const CompoundFile& file) {
  VbaProject project;
  const auto* directory = file.find("dir");
  if (directory == nullptr) return project;
  const auto packed = file.read(*directory, kMostStream);
  for (const auto& module : modules_of(unpack_vba(bytes_of(packed), kMostText))) {
    const auto* entry = file.find(module.stream);
    if (entry == nullptr) continue;
    if (project.stream_bytes > kMostStreams) break;
    const auto stream = file.read(*entry, kMostStream);
    project.stream_bytes += stream.size();
    if (module.offset >= stream.size()) continue;
    const auto source =
        unpack_vba(bytes_of(stream).subspan(module.offset), kMostText - project.source.size());
    project.modules += source.empty() ? 0 : 1;
    project.source += source;
  }
  return project;
}

}  // namespace sekisho::engines::file_features
