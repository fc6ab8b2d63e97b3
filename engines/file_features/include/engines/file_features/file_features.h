#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engines/file_features/feature_list.h"

namespace sekisho::engines::file_features {

#define SEKISHO_FEATURE(name, why) name,
/// One number that a file is measured by; the order is a model's, which names them.
enum class Feature : std::uint8_t { SEKISHO_FILE_FEATURES(SEKISHO_FEATURE) };
#undef SEKISHO_FEATURE
#define SEKISHO_FEATURE(name, why) +1
inline constexpr std::size_t kFeatures = 0 SEKISHO_FILE_FEATURES(SEKISHO_FEATURE);
#undef SEKISHO_FEATURE
static_assert(kFeatures <= 256);

/// As in the list: "pe_entry_entropy".
std::string_view name_of(Feature feature) noexcept;
/// What it counts, for people.
std::string_view meaning_of(Feature feature) noexcept;

/// What a file is measured as. Others are not measured: nothing is known of them.
enum class Kind : std::uint8_t { none, pe, macros, script, pdf };
inline constexpr std::size_t kKinds = 5;
std::string_view name_of(Kind kind) noexcept;

/// A file's measures. NaN: the file has nothing that this one could be of.
struct FileFeatures {
  Kind kind = Kind::none;
  std::array<float, kFeatures> values;

  FileFeatures() noexcept;
  float& operator[](Feature feature) noexcept { return values[static_cast<std::size_t>(feature)]; }
  float operator[](Feature feature) const noexcept {
    return values[static_cast<std::size_t>(feature)];
  }
};

/// Of a file, measured; larger ones are measured by their beginning, PE and OLE wherever their
/// headers point.
inline constexpr std::size_t kMostMeasured = std::size_t{8} << 20;
/// Of the text that is taken out of a file: source of macros, scripts of a PDF, words of a PE.
inline constexpr std::size_t kMostText = std::size_t{1} << 20;

/// Measures a whole file. Time is linear in what is measured; allocates kMostText a few times, and
/// a table of an OLE file's sectors (a 128th of its size). Never fails: what is damaged is measured
/// as far as it goes. Any thread.
FileFeatures measure(std::span<const std::uint8_t> file);

}  // namespace sekisho::engines::file_features
