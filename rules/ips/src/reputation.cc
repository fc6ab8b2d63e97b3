#include "rules/ips/reputation.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "rules/ips/parse.h"
#include "text.h"

namespace sekisho::rules {
namespace {

constexpr std::size_t kToldLines = 20;  // of one file

/// Says what is wrong in the lines of one file: the first ones, and how many more.
class Complaints {
 public:
  Complaints(std::string_view text, std::string_view file, RuleSet& set)
      : text_(text), file_(file), set_(set) {}
  ~Complaints() {
    if (num_ > kToldLines)
      set_.refused.push_back({{std::string(file_), 1, 1},
                              0,
                              fmt::format("{} more lines of it are wrong", num_ - kToldLines)});
  }
  Complaints(const Complaints&) = delete;
  Complaints& operator=(const Complaints&) = delete;

  /// `where`: a part of the present line.
  void add(std::string_view where, std::string message) {
    if (++num_ > kToldLines) return;
    const auto column =
        where.empty() ? 1U : static_cast<std::uint32_t>(where.data() - line_.data()) + 1;
    set_.refused.push_back({{std::string(file_), number_, column}, 0, std::move(message)});
  }

  /// The next line that says something; false: there is none.
  bool next(std::string_view& line) {
    while (!text_.empty()) {
      const auto end = text_.find('\n');
      line_ = text_.substr(0, end);
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
      ++number_;
      line = trim(line_);
      if (!line.empty() && line.front() != '#') return true;
    }
    return false;
  }

 private:
  std::string_view text_, file_, line_;
  std::uint32_t number_ = 0;
  RuleSet& set_;
  std::size_t num_ = 0;
};

std::string_view take_part(std::string_view& line) {
  const auto comma = std::min(line.find(','), line.size());
  const auto part = line.substr(0, comma);
  line.remove_prefix(std::min(comma + 1, line.size()));
  return trim(part);
}

/// A number up to `most`; complains otherwise.
std::optional<std::uint32_t> number_in(std::string_view part, std::string_view what,
                                       std::uint32_t most, Complaints& complaints) {
  const auto number = to_unsigned(part);
  if (number && *number <= most) return static_cast<std::uint32_t>(*number);
  complaints.add(part, fmt::format("\"{}\" is no {} from 0 to {}", part, what, most));
  return std::nullopt;
}

void add_category(std::string_view line, RuleSet& set, Complaints& complaints) {
  const auto number =
      number_in(take_part(line), "category number", AddressReputation::kLastCategory, complaints);
  if (!number) return;
  const auto name = take_part(line);
  if (name.empty() || name.size() > AddressReputation::kMaxName)
    return complaints.add(
        name, fmt::format("a category's name has 1 to {} characters", AddressReputation::kMaxName));
  const auto [known, is_new] = set.reputation.categories.emplace(name, *number);
  if (!is_new && known->second != *number)
    complaints.add(name, fmt::format("category {} is number {} already", name, known->second));
}

bool is_category(const AddressReputation& reputation, std::uint32_t number) {
  return std::any_of(reputation.categories.begin(), reputation.categories.end(),
                     [number](const auto& category) { return category.second == number; });
}

void add_entry(std::string_view line, AddressReputation& reputation, Complaints& complaints) {
  const auto address = take_part(line);
  const auto range = parse_address_range(address);
  if (!range)
    return complaints.add(address, fmt::format("\"{}\" is no address and no network", address));
  const auto place = take_part(line);
  const auto category =
      number_in(place, "category number", AddressReputation::kLastCategory, complaints);
  if (!category) return;
  if (!is_category(reputation, *category))
    return complaints.add(place, fmt::format("no category has the number {}", *category));
  const auto score = number_in(trim(line), "score", AddressReputation::kHighestScore, complaints);
  if (score) reputation.entries.push_back({*range, *category, *score});
}

}  // namespace

void parse_reputation_categories(std::string_view text, std::string_view file, RuleSet& set) {
  Complaints complaints(text, file, set);
  for (std::string_view line; complaints.next(line);) add_category(line, set, complaints);
}

void parse_reputation_list(std::string_view text, std::string_view file, RuleSet& set) {
  Complaints complaints(text, file, set);
  for (std::string_view line; complaints.next(line);) {
    if (set.reputation.entries.size() == AddressReputation::kMaxEntries)
      return complaints.add(line, fmt::format("the lists have more than {} entries together: this "
                                              "line and what follows is left out",
                                              AddressReputation::kMaxEntries));
    add_entry(line, set.reputation, complaints);
  }
}

}  // namespace sekisho::rules
