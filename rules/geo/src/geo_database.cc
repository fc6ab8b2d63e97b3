#include "rules/geo/geo_database.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "mmdb_file.h"

namespace sekisho::rules {
namespace {

Result<std::vector<std::string>> files_at(const std::string& path) {
  std::error_code problem;
  if (!std::filesystem::is_directory(path, problem)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator entry(path, problem), end; !problem && entry != end;
       entry.increment(problem))
    if (entry->path().extension() == ".mmdb") files.push_back(entry->path().string());
  if (problem) return Error{Error::Code::io, path + ": " + problem.message()};
  if (files.empty()) return Error{Error::Code::not_found, path + ": no *.mmdb file in it"};
  std::sort(files.begin(), files.end());
  return files;
}

/// The address behind `address`; of the last one there is none, and none is asked for.
IpAddress next(IpAddress address) noexcept {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (++address.bytes[i] != 0) break;
  return address;
}

void sort_and_join(std::vector<GeoDatabase::Entry>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.range.first < b.range.first; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool joins = kept > 0 && entries[kept - 1].country == entries[i].country &&
                       entries[kept - 1].range.first.is_v4() == entries[i].range.first.is_v4() &&
                       next(entries[kept - 1].range.last) == entries[i].range.first;
    if (joins)
      entries[kept - 1].range.last = entries[i].range.last;
    else
      entries[kept++] = entries[i];
  }
  entries.resize(kept);
}

}  // namespace

/// At most one file of each family. IPv4 is read from the v4 file when there is one.
struct GeoDatabase::Impl {
  std::optional<MmdbFile> v4;
  std::optional<MmdbFile> v6;
};

Result<GeoDatabase> GeoDatabase::open(std::string_view path) {
  const auto files = files_at(std::string(path));
  if (!files) return Error(files.error());
  auto impl = std::make_unique<Impl>();
  for (const auto& name : *files) {
    auto file = MmdbFile::open(name);
    if (!file) return std::move(file).error();
    auto& half = file->is_v6() ? impl->v6 : impl->v4;
    if (half)
      return Error{Error::Code::invalid_input, name + ": a second database for IPv" +
                                                   (file->is_v6() ? "6" : "4") + " beside " +
                                                   half->path()};
    half.emplace(*std::move(file));
  }
  return GeoDatabase(std::move(impl));
}

GeoDatabase::GeoDatabase(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GeoDatabase::GeoDatabase(GeoDatabase&&) noexcept = default;
GeoDatabase& GeoDatabase::operator=(GeoDatabase&&) noexcept = default;
GeoDatabase::~GeoDatabase() = default;

Result<std::vector<GeoDatabase::Entry>> GeoDatabase::entries() const {
  std::vector<Entry> entries;
  if (impl_->v4)
    if (auto status = impl_->v4->append_entries(true, entries); !status)
      return std::move(status).error();
  if (impl_->v6)
    if (auto status = impl_->v6->append_entries(!impl_->v4, entries); !status)
      return std::move(status).error();
  sort_and_join(entries);
  return entries;
}

std::string GeoDatabase::edition() const {
  std::string text;
  if (impl_->v4) text += impl_->v4->edition();
  if (impl_->v6) text += impl_->v6->edition();
  return text;
}

std::string GeoDatabase::country_of(const IpAddress& address) const {
  const bool in_v4_file = address.is_v4() && impl_->v4;
  const auto& file = in_v4_file ? impl_->v4 : impl_->v6;
  const auto country = file ? file->country_of(address) : std::uint16_t{0};
  if (country == 0) return {};
  return {static_cast<char>(country >> 8), static_cast<char>(country & 0xff)};
}

}  // namespace sekisho::rules
