#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "file_view.h"

namespace sekisho::engines::file_features {

/// A Windows program's or library's headers (Microsoft's PE format, §§ 3, 4 and 6), read as far as
/// they are there.
struct PeImage {
  static constexpr std::size_t kMostSections = 96;
  static constexpr std::size_t kMostImports = 8192;
  static constexpr std::size_t kMostLibraries = 512;

  struct Section {
    std::string_view name;
    std::uint32_t memory_bytes = 0, memory_at = 0, file_bytes = 0, file_at = 0, flags = 0;
    bool is_code() const noexcept { return (flags & 0x20000020) != 0; }  // executable, or says code
    bool is_writable() const noexcept { return (flags & 0x80000000) != 0; }
    bool has(std::uint32_t address) const noexcept {
      return address >= memory_at && address - memory_at < std::max(memory_bytes, file_bytes);
    }
  };
  struct Directory {
    std::uint32_t address = 0, bytes = 0;
  };
  enum DirectoryIndex : std::uint8_t {
    kExports = 0,
    kImports = 1,
    kResources = 2,
    kSignature = 4,
    kRelocations = 5,
    kDebug = 6,
    kThreadStorage = 9,
    kManaged = 14
  };

  FileView file;
  bool is_64 = false;
  std::uint16_t flags = 0, subsystem = 0, protections = 0;
  std::uint32_t entry = 0, image_bytes = 0;
  std::array<Directory, 16> directories{};
  std::vector<Section> sections;

  /// `bytes` outlives it. Nothing: no PE header is where it should be.
  static std::optional<PeImage> read(Bytes bytes);
  /// Where in the file an address of the loaded image is.
  std::optional<std::uint64_t> file_at(std::uint32_t address) const noexcept;
  const Section* section_of(std::uint32_t address) const noexcept;
  /// The first byte behind all sections.
  std::uint64_t end_of_sections() const noexcept;

 private:
  explicit PeImage(Bytes bytes) noexcept : file(bytes) {}
};

}  // namespace sekisho::engines::file_features
