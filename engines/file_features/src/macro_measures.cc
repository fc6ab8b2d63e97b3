#include <algorithm>
#include <array>

#include "byte_histogram.h"
#include "compound_file.h"
#include "config/base/text_bytes.h"
#include "measures.h"
#include "vba_project.h"
#include "zip_member.h"

namespace sekisho::engines::file_features {
namespace {

constexpr std::size_t kMostProject = std::size_t{4} << 20;

/// Streams that hold something for another program to open.
std::size_t count_objects(const CompoundFile& file) {
  constexpr std::array<std::string_view, 4> kNames{"\x01Ole10Native", "Equation Native", "Package",
                                                   "EmbeddedOdf"};
  return static_cast<std::size_t>(
      std::count_if(file.entries().begin(), file.entries().end(), [&](const auto& entry) {
        return std::find(kNames.begin(), kNames.end(), entry.name) != kNames.end();
      }));
}

bool measure_project(const CompoundFile& file, FileFeatures& out) {
  const auto project = read_vba_project(file);
  if (project.stream_bytes == 0) return false;
  out[Feature::vba_modules] = static_cast<float>(project.modules);
  out[Feature::vba_streams] = log_of(file.entries().size());
  out[Feature::vba_source] = log_of(static_cast<double>(project.source.size()) /
                                    static_cast<double>(project.stream_bytes));
  measure_words(project.source, out);
  measure_text(project.source, out);
  return true;
}

}  // namespace

bool measure_macros(Bytes file, bool is_zip, FileFeatures& out) {
  if (!is_zip) {
    const auto opened = CompoundFile::open(file);
    if (!opened || !measure_project(*opened, out)) return false;
    out[Feature::vba_objects] = static_cast<float>(count_objects(*opened));
    return true;
  }
  const auto project = read_zip_member(file, "vbaproject.bin", kMostProject);
  const auto opened = CompoundFile::open(bytes_of(project));
  if (!opened || !measure_project(*opened, out)) return false;
  out[Feature::vba_objects] = static_cast<float>(count_zip_members(file, "/embeddings/"));
  out[Feature::vba_old_macros] = static_cast<float>(count_zip_members(file, "/macrosheets/"));
  return true;
}

}  // namespace sekisho::engines::file_features
