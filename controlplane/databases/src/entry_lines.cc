#include "controlplane/databases/entry_lines.h"

#include <algorithm>
#include <map>

#include "config/content/entry_list.h"
#include "rules/urls/categories.h"

namespace sekisho::controlplane {
namespace {

std::string_view category_name(std::uint16_t id) {
  const auto* category = rules::url_category(id);
  return category == nullptr ? std::string_view("-") : category->name;
}

bool is_one_field(std::string_view text) {
  return !text.empty() && text.find_first_of("\t\n\r") == std::string_view::npos;
}

}  // namespace

std::string entry_list_of(const rules::UrlList& urls) {
  std::vector<std::string> lines;
  lines.reserve(urls.size());
  for (std::size_t i = 0; i < urls.size(); ++i) {
    const auto entry = urls.entry(i);
    const auto* category = rules::url_category(entry.category);
    if (category == nullptr) continue;
    std::string line(entry.host);
    line.append(entry.path).append(entry.query);
    line += entry.scope == rules::UrlScope::host_only ? "\t=\t" : "\t+\t";
    lines.push_back(line.append(category->name));
  }
  return content::make_entry_list(std::move(lines));
}

std::string entry_list_of(const std::vector<rules::ExpressionRating>& ratings) {
  std::map<std::string_view, rules::Reputation> worst;
  for (const auto& rating : ratings) {
    if (!is_one_field(rating.expression)) continue;
    const auto [found, is_new] = worst.emplace(rating.expression, rating.reputation);
    if (!is_new && rating.reputation.score < found->second.score) found->second = rating.reputation;
  }
  std::vector<std::string> lines;
  lines.reserve(worst.size());
  for (const auto& [expression, reputation] : worst)
    lines.push_back(std::string(expression) + "\t" + std::to_string(reputation.score) + "\t" +
                    std::string(category_name(reputation.category)));
  return content::make_entry_list(std::move(lines));
}

std::string entry_list_of(const std::vector<engines::callback::Indicator>& indicators) {
  std::vector<std::string> lines;
  lines.reserve(indicators.size());
  for (const auto& one : indicators)
    if (is_one_field(one.text) && is_one_field(one.source))
      lines.push_back(std::string(name_of(one.kind)) + "\t" + one.text + "\t" +
                      std::to_string(one.confidence) + "\t" + one.source);
  return content::make_entry_list(std::move(lines));
}

}  // namespace sekisho::controlplane
