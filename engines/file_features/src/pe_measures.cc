#include <algorithm>
#include <array>
#include <string>

#include "byte_histogram.h"
#include "measures.h"
#include "pe_image.h"
#include "pe_imports.h"

namespace sekisho::engines::file_features {
namespace {

using enum Feature;
using Section = PeImage::Section;

/// Of a section, for its entropy; together at most kMostSections of them.
constexpr std::size_t kMostOfSection = std::size_t{1} << 20;
constexpr std::size_t kMostWords = std::size_t{256} << 10;

float flag(bool is_so) noexcept { return is_so ? 1 : 0; }

float entropy_at(const PeImage& image, std::uint64_t at, std::uint64_t bytes) noexcept {
  return entropy_of(image.file.part(at, std::min<std::uint64_t>(bytes, kMostOfSection)));
}

bool has_usual_name(const Section& section) noexcept {
  constexpr std::array<std::string_view, 26> kUsual{
      ".text",  ".data",  ".rdata", ".rsrc",  ".reloc", ".bss",     ".idata",  ".edata",  ".pdata",
      ".xdata", ".tls",   ".CRT",   ".debug", ".didat", ".gfids",   ".00cfg",  "CODE",    "DATA",
      "BSS",    ".ndata", ".sdata", ".init",  ".fini",  ".buildid", ".rodata", ".eh_fram"};
  return section.name.starts_with('/') ||  // of GNU's debug sections: a place in a table of names
         std::find(kUsual.begin(), kUsual.end(), section.name) != kUsual.end();
}

void measure_sections(const PeImage& image, FileFeatures& out) {
  unsigned code = 0, writable_code = 0, usual = 0, empty = 0;
  float highest = 0, highest_data = 0, of_entry = 0;
  const auto* entry = image.section_of(image.entry);
  for (const auto& section : image.sections) {
    const auto entropy = entropy_at(image, section.file_at, section.file_bytes);
    highest = std::max(highest, entropy);
    if (!section.is_code() && section.name != ".rsrc")
      highest_data = std::max(highest_data, entropy);
    if (&section == entry) of_entry = entropy;
    code += section.is_code();
    writable_code += section.is_code() && section.is_writable();
    usual += has_usual_name(section);
    empty += section.file_bytes == 0 && section.memory_bytes != 0 && section.name != ".bss";
  }
  const auto count = image.sections.size();
  out[pe_sections] = static_cast<float>(count);
  out[pe_code_sections] = static_cast<float>(code);
  out[pe_writable_code] = static_cast<float>(writable_code);
  out[pe_usual_names] =
      static_cast<float>(usual) / static_cast<float>(std::max<std::size_t>(count, 1));
  out[pe_max_entropy] = highest;
  out[pe_data_entropy] = highest_data;
  out[pe_code_entropy] = of_entry;
  out[pe_empty_sections] = static_cast<float>(empty);
  out[pe_entry_outside] = flag(image.entry != 0 && (entry == nullptr || !entry->is_code()));
  out[pe_entry_last] = flag(count > 1 && entry == &image.sections.back());
}

/// Whether thread storage names callbacks: its fourth field is an address of their table.
bool has_callbacks(const PeImage& image) noexcept {
  const auto at = image.file_at(image.directories[PeImage::kThreadStorage].address);
  if (!at || image.directories[PeImage::kThreadStorage].bytes == 0) return false;
  const auto table = image.file.address(*at + (image.is_64 ? 24 : 12), image.is_64);
  return table.value_or(0) != 0;
}

std::uint32_t num_exports(const PeImage& image) noexcept {
  const auto at = image.file_at(image.directories[PeImage::kExports].address);
  return at && image.directories[PeImage::kExports].bytes != 0
             ? image.file.le32(*at + 20).value_or(0)
             : 0;
}

void measure_directories(const PeImage& image, FileFeatures& out) {
  const auto has = [&](PeImage::DirectoryIndex index) {
    return flag(image.directories[index].address != 0 && image.directories[index].bytes != 0);
  };
  out[pe_managed] = has(PeImage::kManaged);
  out[pe_debug] = has(PeImage::kDebug);
  out[pe_relocations] = has(PeImage::kRelocations);
  out[pe_signature] = has(PeImage::kSignature);
  out[pe_tls] = flag(has_callbacks(image));
  out[pe_exports] = log_of(num_exports(image));
  const auto& resources = image.directories[PeImage::kResources];
  const auto at = image.file_at(resources.address);
  const auto there = at ? image.file.part(*at, resources.bytes).size() : 0;
  out[pe_resources] = static_cast<float>(there) / static_cast<float>(image.file.size());
  if (there != 0) out[pe_resource_entropy] = entropy_at(image, *at, there);
}

/// What stands behind the sections: installers' archives, signatures, droppers' loads.
void measure_overlay(const PeImage& image, FileFeatures& out) {
  const auto end = image.end_of_sections();
  const auto& signature = image.directories[PeImage::kSignature];  // its address is a file's offset
  const auto last = signature.bytes != 0 && signature.address >= end
                        ? std::min<std::uint64_t>(signature.address, image.file.size())
                        : image.file.size();
  out[pe_overlay] = static_cast<float>(last - end) / static_cast<float>(image.file.size());
  if (last != end) out[pe_overlay_entropy] = entropy_at(image, end, last - end);
}

bool is_printable(std::uint8_t c) noexcept { return c >= 0x20 && c < 0x7f; }

/// Runs of six printable characters and more, of ASCII and of UTF-16, a line each.
std::string strings_of(Bytes file) {
  constexpr std::size_t kShortest = 6;
  std::string out;
  file = file.first(std::min(file.size(), kMostMeasured));
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}}) {
    for (std::size_t at = 0; at < file.size() && out.size() < kMostWords;) {
      auto end = at;
      while (end < file.size() && is_printable(file[end]) &&
             (step == 1 || (end + 1 < file.size() && file[end + 1] == 0)))
        end += step;
      if ((end - at) / step >= kShortest) {
        for (; at < end && out.size() < kMostWords; at += step) out += static_cast<char>(file[at]);
        out += '\n';
      }
      at = std::max(end, at + 1);
    }
  }
  return out;
}

std::size_t programs_inside(const FileView& file) noexcept {
  std::size_t count = 0;
  const auto text = as_text(file.part(0, kMostMeasured));
  for (auto at = text.find("MZ", 2); at != text.npos; at = text.find("MZ", at + 2)) {
    const auto header = file.le32(at + 0x3c);
    count += header && *header < 4096 && file.le32(at + *header) == 0x4550U;
  }
  return count;
}

}  // namespace

bool measure_pe(Bytes file, FileFeatures& out) {
  const auto image = PeImage::read(file);
  if (!image) return false;
  constexpr std::uint16_t kLibrary = 0x2000, kCui = 3, kAslr = 0x40, kNx = 0x100, kCfg = 0x4000;
  out[pe_64] = flag(image->is_64);
  out[pe_dll] = flag((image->flags & kLibrary) != 0);
  out[pe_console] = flag(image->subsystem == kCui);
  out[pe_native] =
      flag(image->subsystem == 1 || (image->subsystem >= 10 && image->subsystem <= 13));
  out[pe_protections] = flag((image->protections & kAslr) != 0) +
                        flag((image->protections & kNx) != 0) +
                        flag((image->protections & kCfg) != 0);
  out[pe_growth] =
      log_of(static_cast<double>(image->image_bytes) / static_cast<double>(file.size()));
  out[pe_programs_inside] = log_of(programs_inside(image->file));
  measure_sections(*image, out);
  measure_directories(*image, out);
  measure_overlay(*image, out);
  measure_imports(*image, out);
  measure_words(strings_of(file), out);
  return true;
}

}  // namespace sekisho::engines::file_features
