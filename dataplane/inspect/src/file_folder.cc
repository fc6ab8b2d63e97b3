#include "file_folder.h"

#include <new>
#include <string_view>

namespace sekisho::dataplane {
namespace {

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

FileFolder::FileFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

FileFolder::~FileFolder() {
  open_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(folder_ / "tmp", ignored);
}

FileFolder::Open* FileFolder::open(const Key& key) {
  if (const auto known = open_.find(key); known != open_.end()) return &known->second;
  if (open_.size() >= kMaxOpen) return nullptr;
  std::error_code problem;
  std::filesystem::create_directories(folder_ / "tmp", problem);
  if (problem) return nullptr;
  Open made{folder_ / "tmp" / (std::to_string(key.first) + '.' + std::to_string(key.second)), {}};
  made.stream.reset(std::fopen(made.path.c_str(), "wb"));
  if (made.stream == nullptr) return nullptr;
  return &open_.emplace(key, std::move(made)).first->second;
}

void FileFolder::add(std::uint64_t flow_id, std::uint32_t file,
                     std::span<const std::uint8_t> bytes) noexcept try {
  Open* opened = open({flow_id, file});
  if (opened != nullptr && opened->stream != nullptr &&
      std::fwrite(bytes.data(), 1, bytes.size(), opened->stream.get()) != bytes.size())
    opened->stream.reset();  // disk full: the file is not whole
} catch (const std::bad_alloc&) {
  open_.erase({flow_id, file});
}

bool FileFolder::finish(std::uint64_t flow_id, std::uint32_t file, bool wanted,
                        const engines::FileDigests::Values& digests) noexcept try {
  if (!wanted) {
    if (const auto known = open_.find({flow_id, file}); known != open_.end()) {
      std::error_code ignored;
      std::filesystem::remove(known->second.path, ignored);
      open_.erase(known);
    }
    return false;
  }
  Open* opened = open({flow_id, file});  // also of an empty one
  const bool kept = opened != nullptr && keep(*opened, digests);
  open_.erase({flow_id, file});
  return kept;
} catch (const std::bad_alloc&) {
  return false;
}

bool FileFolder::keep(Open& opened, const engines::FileDigests::Values& digests) {
  if (opened.stream == nullptr || std::fflush(opened.stream.get()) != 0) return false;
  const auto name = hex(digests.sha256);
  std::error_code problem;
  std::filesystem::create_directories(folder_ / name.substr(0, 2), problem);
  if (!problem) std::filesystem::rename(opened.path, folder_ / name.substr(0, 2) / name, problem);
  return !problem;
}

}  // namespace sekisho::dataplane
