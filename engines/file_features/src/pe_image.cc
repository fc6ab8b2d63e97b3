#include "pe_image.h"

#include <algorithm>

namespace sekisho::engines::file_features {

std::optional<PeImage> PeImage::read(Bytes bytes) {
  constexpr std::uint32_t kMagic = 0x4550;  // "PE\0\0"
  constexpr std::uint64_t kHeaderBytes = 24, kSectionBytes = 40;
  PeImage image(bytes);
  const auto& file = image.file;
  const std::uint64_t at = file.le32(0x3c).value_or(0);
  if (file.le32(at) != kMagic || !file.has(at, kHeaderBytes + 96)) return std::nullopt;
  const auto num_sections = *file.le16(at + 6), optional_bytes = *file.le16(at + 20);
  image.flags = *file.le16(at + 22);
  const auto optional = at + kHeaderBytes;
  image.is_64 = *file.le16(optional) == 0x20b;
  image.entry = *file.le32(optional + 16);
  image.image_bytes = *file.le32(optional + 56);
  image.subsystem = *file.le16(optional + 68);
  image.protections = *file.le16(optional + 70);
  const auto directories = optional + (image.is_64 ? 108 : 92);
  const auto count =
      std::min<std::size_t>(file.le32(directories).value_or(0), image.directories.size());
  for (std::size_t i = 0; i < count; ++i)
    image.directories[i] = {.address = file.le32(directories + 4 + 8 * i).value_or(0),
                            .bytes = file.le32(directories + 8 + 8 * i).value_or(0)};
  auto section = optional + optional_bytes;
  for (std::size_t i = 0; i < std::min<std::size_t>(num_sections, kMostSections); ++i) {
    if (!file.has(section, kSectionBytes)) break;
    image.sections.push_back({.name = file.text(section, 8),
                              .memory_bytes = *file.le32(section + 8),
                              .memory_at = *file.le32(section + 12),
                              .file_bytes = *file.le32(section + 16),
                              .file_at = *file.le32(section + 20),
                              .flags = *file.le32(section + 36)});
    section += kSectionBytes;
  }
  return image;
}

const PeImage::Section* PeImage::section_of(std::uint32_t address) const noexcept {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const Section& section) { return section.has(address); });
  return found == sections.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> PeImage::file_at(std::uint32_t address) const noexcept {
  const auto* section = section_of(address);
  if (section == nullptr || address - section->memory_at >= section->file_bytes)
    return std::nullopt;
  return std::uint64_t{section->file_at} + (address - section->memory_at);
}

std::uint64_t PeImage::end_of_sections() const noexcept {
  std::uint64_t end = 0;
  for (const auto& section : sections)
    if (section.file_bytes != 0)
      end = std::max(end, std::uint64_t{section.file_at} + section.file_bytes);
  return std::min(end, file.size());
}

}  // namespace sekisho::engines::file_features
