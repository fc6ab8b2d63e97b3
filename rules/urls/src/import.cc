#include "rules/urls/import.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "domain_list_community.h"

namespace sekisho::rules {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{1} << 30;

Result<std::string> read_file(const fs::path& path) {
  std::error_code problem;
  const auto size = fs::file_size(path, problem);
  if (problem) return Error{Error::Code::io, path.string() + ": " + problem.message()};
  if (size > kMaxFileBytes)
    return Error{Error::Code::resource, path.string() + ": larger than 1 GiB"};
  std::ifstream file(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  if (!file.read(text.data(), static_cast<std::streamsize>(text.size())))
    return Error{Error::Code::io, path.string() + ": cannot be read"};
  return text;
}

Result<std::vector<fs::path>> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem))
    entries.push_back(entry->path());
  if (problem) return Error{Error::Code::io, folder.string() + ": " + problem.message()};
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}
bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

Result<CategoryMap> map_of(std::string_view text, std::string_view name, const CategoryMap& own) {
  auto map = CategoryMap::parse(text, name);
  if (map) map->override_with(own);
  return map;
}

bool is_ut1_category(const fs::path& folder) {
  return is_file(folder / "domains") || is_file(folder / "urls");
}

/// One folder of UT1: its domains and its URLs. What else is there (usage, expressions) is not
/// ours.
Status import_ut1_category(const fs::path& folder, const CategoryMap& map, UrlList& list,
                           ImportReport& report) {
  const auto name = folder.filename().string();
  const auto* categories = map.find(name);
  if (categories == nullptr) report.left_out.push_back("UT1: " + name);
  if (categories == nullptr || categories->empty()) return ok();
  for (const auto* part : {"domains", "urls"}) {
    const auto path = folder / part;
    if (!is_file(path)) continue;
    const auto text = read_file(path);
    if (!text) return Error(text.error());
    parse_url_lines(*text, path.string(), *categories, list, report);
  }
  return ok();
}

Status import_domain_lists_of(const fs::path& folder, const std::vector<fs::path>& entries,
                              const CategoryMap& own, UrlList& list, ImportReport& report) {
  const auto map = map_of(domain_list_community_map_text(), "domain-list-community.map", own);
  if (!map) return Error(map.error());
  DomainListFolder lists;
  for (const auto& entry : entries)
    if (is_file(entry)) lists.names.push_back(entry.filename().string());
  lists.read = [&folder](const std::string& name) -> std::optional<std::string> {
    const auto is_plain = name.find('/') == name.npos && is_file(folder / name);
    auto text = is_plain ? read_file(folder / name) : Error{Error::Code::not_found, {}};
    if (!text) return std::nullopt;
    return *std::move(text);
  };
  import_domain_lists(lists, *map, list, report);
  return ok();
}

Status import_list_file(const fs::path& path, const std::vector<std::uint16_t>& categories,
                        UrlList& list, ImportReport& report) {
  const auto text = read_file(path);
  if (!text) return Error(text.error());
  parse_url_lines(*text, path.string(), categories, list, report);
  return ok();
}

}  // namespace

Status import_urls(const std::string& path, const std::vector<std::uint16_t>& categories,
                   const CategoryMap& own, UrlList& list, ImportReport& report) {
  fs::path folder(path);
  if (!is_folder(folder)) return import_list_file(folder, categories, list, report);
  if (is_folder(folder / "data") && !is_ut1_category(folder / "data")) folder /= "data";
  const auto entries = entries_of(folder);
  if (!entries) return Error(entries.error());
  if (folder.filename() == "data")
    return import_domain_lists_of(folder, *entries, own, list, report);
  const auto map = map_of(ut1_map_text(), "ut1.map", own);
  if (!map) return Error(map.error());
  bool is_known = false;
  for (const auto& entry : *entries) {
    Status status = ok();
    if (is_ut1_category(entry))
      status = import_ut1_category(entry, *map, list, report);
    else if (is_file(entry) && entry.extension() == ".urls")
      status = import_list_file(entry, categories, list, report);
    else
      continue;
    if (!status) return status;
    is_known = true;
  }
  if (!is_known)
    return Error{Error::Code::invalid_input,
                 path +
                     ": holds neither lists of UT1, nor data/ of domain-list-community, nor "
                     "files *.urls"};
  return ok();
}

}  // namespace sekisho::rules
