// Lists of URLs and maps of categories. The text is one list of hosts; cut at "%%\n" it is also a
// map and the files a, b, c, ... of a domain-list-community folder.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "domain_list_community.h"
#include "rules/urls/import.h"

using namespace sekisho::rules;

namespace {

std::vector<std::string> parts_of(std::string_view text) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> parts;
  while (parts.size() < kMost) {
    const auto end = text.find("%%\n");
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) break;
    text.remove_prefix(end + 3);
  }
  return parts;
}

void check(const UrlList& list, const ImportReport& report) {
  if (report.refused.size() > ImportReport::kMaxTold) std::abort();
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto entry = list.entry(i);
    if (entry.host.empty() || entry.category == 0 || entry.query.size() > kMaxUrlSegmentBytes)
      std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  UrlList list;
  ImportReport report;
  parse_url_lines(text, "list", {1}, list, report);
  check(list, report);

  const auto parts = parts_of(text);
  const auto map = CategoryMap::parse(parts[0], "map");
  if (!map) return 0;
  DomainListFolder folder;
  for (std::size_t i = 1; i < parts.size(); ++i)
    folder.names.emplace_back(1, static_cast<char>('a' + i - 1));
  folder.read = [&parts](const std::string& name) -> std::optional<std::string> {
    const auto index = name.size() == 1 ? static_cast<std::size_t>(name[0] - 'a') + 1 : 0;
    if (index == 0 || index >= parts.size()) return std::nullopt;
    return parts[index];
  };
  import_domain_lists(folder, *map, list, report);
  check(list, report);
  return 0;
}
