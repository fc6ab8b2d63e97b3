#include "controlplane/scan/signature_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "config/base/bounded_file.h"

namespace sekisho::controlplane {
namespace {

using rules::HashKind;

constexpr std::size_t kMaxSignatureFile = std::size_t{256} << 20;

bool is_signature_file(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 6> kKinds{".hdb", ".hsb", ".ndb", ".ldb", ".yara", ".yar"};
  return std::find(kKinds.begin(), kKinds.end(), path.extension().string()) != kKinds.end();
}

std::vector<std::filesystem::path> files_of(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code problem;
  if (folder.empty()) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem))
    if (is_signature_file(entry.path()) && entry.is_regular_file(problem))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

Status write_file(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  return out ? ok() : Status(Error{Error::Code::io, path + ": cannot be written"});
}

std::string lines_of(const OwnSignatures::Database& own, std::initializer_list<HashKind> kinds) {
  std::string lines;
  for (const auto kind : kinds)
    for (std::size_t i = 0; i < own.num_hashes(kind); ++i) {
      const auto hash = own.hash_at(kind, i);
      lines += text_of(hash);
      // A hash of any size needs a functionality level from which on clamd knows such (73).
      if (hash.size == 0) lines += ":73";
      lines += '\n';
    }
  return lines;
}

Result<std::size_t> write_own(const std::string& path, const std::string& folder) {
  const auto own = OwnSignatures::Database::open(path);
  if (!own) return Error{own.error()};
  const std::array<std::pair<const char*, std::string>, 3> files{
      {{"/own.hdb", lines_of(*own, {HashKind::md5})},
       {"/own.hsb", lines_of(*own, {HashKind::sha1, HashKind::sha256})},
       {"/own.ndb", std::string(own->patterns())}}};
  std::size_t count = 0;
  for (const auto& [name, lines] : files) {
    if (lines.empty()) continue;
    if (auto written = write_file(folder + name, lines); !written)
      return std::move(written).error();
    ++count;
  }
  return count;
}

}  // namespace

std::vector<std::pair<std::string, FileState>> state_of(const SignatureSources& sources) {
  std::vector<std::pair<std::string, FileState>> states;
  for (const auto& file : files_of(sources.shipped))
    states.emplace_back(file.string(), state_of(file.string()));
  states.emplace_back(sources.own, state_of(sources.own));
  return states;
}

Result<std::size_t> gather_signatures(const SignatureSources& sources, bool with_own,
                                      const std::string& folder) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem))
    std::filesystem::remove_all(entry.path(), problem);
  std::size_t count = 0;
  for (const auto& file : files_of(sources.shipped)) {
    auto text = read_bounded(file.string(), kMaxSignatureFile);
    if (!text) return std::move(text).error();
    if (auto s = write_file(folder + "/" + file.filename().string(), *text); !s)
      return std::move(s).error();
    ++count;
  }
  if (with_own && !sources.own.empty()) {
    auto own = write_own(sources.own, folder);
    if (own)
      count += *own;
    else if (own.error().code != Error::Code::not_found)
      return std::move(own).error();
  }
  if (count == 0) return Error{Error::Code::not_found, "no signatures for clamd"};
  return count;
}

}  // namespace sekisho::controlplane
