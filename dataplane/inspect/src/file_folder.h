#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engines/conversation/inspector.h"

namespace sekisho::dataplane {

/// Files that rules want, in a folder of its own: named by their SHA-256, sorted by its first two
/// digits. Until a file is over it lies under `tmp`. What cannot be written is not stored.
class FileFolder final : public engines::FileStore {
 public:
  static constexpr std::size_t kMaxOpen = 256;  // files at a time; more are not stored

  explicit FileFolder(std::filesystem::path folder);
  ~FileFolder() override;

  void add(std::uint64_t flow_id, std::uint32_t file,
           std::span<const std::uint8_t> bytes) noexcept override;
  bool finish(std::uint64_t flow_id, std::uint32_t file, bool wanted,
              const engines::FileDigests::Values& digests) noexcept override;

 private:
  struct Close {
    void operator()(std::FILE* stream) const noexcept { std::fclose(stream); }
  };
  struct Open {
    std::filesystem::path path;
    std::unique_ptr<std::FILE, Close> stream;
  };
  using Key = std::pair<std::uint64_t, std::uint32_t>;

  Open* open(const Key& key);
  bool keep(Open& open, const engines::FileDigests::Values& digests);

  std::filesystem::path folder_;
  std::map<Key, Open> open_;
};

}  // namespace sekisho::dataplane
