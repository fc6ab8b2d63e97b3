#include "engines/file_features/file_features.h"

#include <algorithm>
#include <limits>
#include <string>

#include "byte_histogram.h"
#include "config/base/byte_reader.h"
#include "engines/antimalware/file_type.h"
#include "measures.h"

namespace sekisho::engines::file_features {
namespace {

using antimalware::FileType;

#define SEKISHO_FEATURE(name, why) #name,
constexpr std::array<std::string_view, kFeatures> kNames{SEKISHO_FILE_FEATURES(SEKISHO_FEATURE)};
#undef SEKISHO_FEATURE
#define SEKISHO_FEATURE(name, why) why,
constexpr std::array<std::string_view, kFeatures> kMeanings{SEKISHO_FILE_FEATURES(SEKISHO_FEATURE)};
#undef SEKISHO_FEATURE
constexpr std::array<std::string_view, kKinds> kKindNames{"none", "pe", "macros", "script", "pdf"};

/// A text that starts nothing, decodes nothing and fetches nothing is a text.
constexpr std::size_t kWordsOfScript = 1;

/// Latin text in UTF-16, as PowerShell writes files. By its first bytes it could be MPEG audio.
bool is_wide_text(Bytes file) noexcept {
  return file.size() >= 4 && file[0] == 0xff && file[1] == 0xfe && file[2] != 0 && file[3] == 0;
}

/// Of UTF-16 the low bytes.
std::string text_of(Bytes file) {
  const bool is_wide = is_wide_text(file);
  std::string text(as_text(file.first(std::min(file.size(), is_wide ? 2 * kMostText : kMostText))));
  if (!is_wide) return text;
  std::size_t size = 0;
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) text[size++] = text[at];
  text.resize(size);
  return text;
}

bool measure_script(Bytes file, bool is_surely, FileFeatures& out) {
  const auto text = text_of(file);
  if (measure_words(text, out) < kWordsOfScript && !is_surely) return false;
  measure_text(text, out);
  return true;
}

Kind measure_by_type(Bytes file, FileFeatures& out) {
  if (is_wide_text(file)) return measure_script(file, false, out) ? Kind::script : Kind::none;
  const auto type = antimalware::file_types(file, file).type;
  switch (type) {
    case FileType::pe:
      return measure_pe(file, out) ? Kind::pe : Kind::none;
    case FileType::ole:
      return measure_macros(file, false, out) ? Kind::macros : Kind::none;
    case FileType::ooxml:
      return measure_macros(file, true, out) ? Kind::macros : Kind::none;
    case FileType::pdf:
      measure_pdf(file, out);
      return Kind::pdf;
    case FileType::script:
    case FileType::text:
      return measure_script(file, type == FileType::script, out) ? Kind::script : Kind::none;
    default:
      return Kind::none;
  }
}

void measure_bytes(Bytes file, FileFeatures& out) {
  ByteHistogram histogram;
  histogram.add(file.first(std::min(file.size(), kMostMeasured)));
  out[Feature::file_bytes] = log_of(file.size());
  out[Feature::file_entropy] = histogram.entropy();
  out[Feature::file_zeros] = histogram.share(0, 0);
  out[Feature::file_printable] = histogram.share(0x20, 0x7e);
  out[Feature::file_high] = histogram.share(0x80, 0xff);
}

}  // namespace

std::string_view name_of(Feature feature) noexcept {
  return kNames[static_cast<std::size_t>(feature)];
}
std::string_view meaning_of(Feature feature) noexcept {
  return kMeanings[static_cast<std::size_t>(feature)];
}
std::string_view name_of(Kind kind) noexcept { return kKindNames[static_cast<std::size_t>(kind)]; }

FileFeatures::FileFeatures() noexcept { values.fill(std::numeric_limits<float>::quiet_NaN()); }

FileFeatures measure(std::span<const std::uint8_t> file) {
  FileFeatures features;
  features.kind = measure_by_type(file, features);
  if (features.kind == Kind::none) return {};
  measure_bytes(file, features);
  return features;
}

}  // namespace sekisho::engines::file_features
