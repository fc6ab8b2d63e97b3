#include "rules/urls/category_map.h"

#include "lines.h"
#include "rules/urls/categories.h"

namespace sekisho::rules {
namespace {

/// "a, b": the ids; none for "-".
Result<std::vector<std::uint16_t>> parse_names(std::string_view text) {
  std::vector<std::uint16_t> ids;
  if (text == "-") return ids;
  for (std::size_t from = 0; from <= text.size();) {
    const auto comma = std::min(text.find(',', from), text.size());
    const auto name = trim(text.substr(from, comma - from));
    const auto* category = find_url_category(name);
    if (category == nullptr)
      return Error{Error::Code::invalid_input, "no category is called " + std::string(name)};
    ids.push_back(category->id);
    from = comma + 1;
  }
  return ids;
}

}  // namespace

Result<CategoryMap> CategoryMap::parse(std::string_view text, std::string_view file) {
  CategoryMap map;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    line = trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const auto place = std::string(file) + ":" + std::to_string(lines.number());
    const auto equal = line.find('=');
    const auto name = trim(line.substr(0, equal));
    if (equal == line.npos || name.empty())
      return Error{Error::Code::invalid_input, place + ": is not \"name = category, ...\""};
    auto ids = parse_names(trim(line.substr(equal + 1)));
    if (!ids) return std::move(ids).error().within(place);
    if (!map.lines_.emplace(name, *std::move(ids)).second)
      return Error{Error::Code::invalid_input,
                   place + ": " + std::string(name) + " has a line already"};
  }
  return map;
}

const std::vector<std::uint16_t>* CategoryMap::find(std::string_view name) const {
  const auto found = lines_.find(name);
  return found == lines_.end() ? nullptr : &found->second;
}

void CategoryMap::override_with(const CategoryMap& other) {
  for (const auto& [name, ids] : other.lines_) lines_[name] = ids;
}

}  // namespace sekisho::rules
