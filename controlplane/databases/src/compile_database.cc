#include "controlplane/databases/compile_database.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <numeric>
#include <optional>
#include <span>

#include "config/content/entry_list.h"
#include "engines/callback/indicators.h"
#include "engines/reputation/reputation_database.h"
#include "engines/url/url_database.h"
#include "rules/feeds/ratings.h"
#include "rules/urls/categories.h"
#include "rules/urls/url_list.h"

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kMostFields = 4;
constexpr std::size_t kShownBytes = 80;
constexpr std::uint8_t kMostConfidence = 100;

/// A line's fields; `size` is how many there are, kMostFields + 1 for more.
struct Fields {
  std::array<std::string_view, kMostFields> at;
  std::size_t size = 0;
};

Fields fields_of(std::string_view line) {
  Fields fields;
  for (;;) {
    const auto end = std::min(line.find('\t'), line.size());
    if (fields.size == kMostFields) return {fields.at, kMostFields + 1};
    fields.at[fields.size++] = line.substr(0, end);
    if (end == line.size()) return fields;
    line.remove_prefix(end + 1);
  }
}

std::optional<std::uint8_t> number_of(std::string_view text, std::uint8_t most) {
  std::uint8_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || number > most)
    return std::nullopt;
  return number;
}

/// Calls `take`, which says what is wrong with a line or nothing, with the fields of each.
template <class Take>
Status each_line(std::string_view list, std::size_t num_fields, Take&& take) {
  for (std::size_t number = 1; !list.empty(); ++number) {
    const auto end = std::min(list.find('\n'), list.size());
    const auto line = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    const auto fields = fields_of(line);
    const std::string_view why =
        fields.size == num_fields ? take(fields) : std::string_view("has another number of fields");
    if (why.empty()) continue;
    return Error{Error::Code::invalid_input, "line " + std::to_string(number) + ", '" +
                                                 std::string(line.substr(0, kShownBytes)) +
                                                 "': " + std::string(why)};
  }
  return ok();
}

std::string_view take_url(const Fields& fields, rules::UrlScratch& scratch, rules::UrlList& list) {
  const auto* category = rules::find_url_category(fields.at[2]);
  if (category == nullptr) return "is in no category that is known here";
  if (fields.at[1] != "+" && fields.at[1] != "=") return "has no scope, which is + or =";
  rules::CanonicalUrl url;
  if (const auto fault = rules::canonicalise_url(fields.at[0], scratch, url);
      fault != rules::UrlFault::none)
    return rules::describe(fault);
  list.add(url, fields.at[1] == "=" ? rules::UrlScope::host_only : rules::UrlScope::host_and_below,
           category->id);
  return {};
}

Result<CompiledDatabase> compile_urls(std::string_view text) {
  rules::UrlList list;
  const auto scratch = std::make_unique<rules::UrlScratch>();
  auto taken =
      each_line(text, 3, [&](const Fields& fields) { return take_url(fields, *scratch, list); });
  if (!taken) return std::move(taken).error();
  auto built = engines::url::compile(list);
  if (!built) return std::move(built).error();
  return CompiledDatabase{std::move(built->file), built->num_entries};
}

std::string_view take_rating(const Fields& fields,
                             std::vector<engines::reputation::DatabaseEntry>& entries) {
  const auto expression = fields.at[0];
  const auto slash = expression.find('/');
  if (slash == std::string_view::npos || slash == 0 ||
      expression.size() > rules::kMaxExpressionBytes)
    return "is no host and path";
  const auto score = number_of(fields.at[1], rules::kBestReputation);
  if (!score) return "has no score from 0 to 100";
  rules::Reputation reputation{.score = *score, .category = 0};
  if (fields.at[2] != "-") {
    const auto* category = rules::find_url_category(fields.at[2]);
    if (category == nullptr) return "is in no category that is known here";
    reputation.category = category->id;
  }
  const auto hash = rules::hash_of({expression.substr(0, slash), expression.substr(slash)});
  entries.push_back({engines::reputation::key_of(hash), reputation});
  return {};
}

Result<CompiledDatabase> compile_reputation(std::string_view text) {
  std::vector<engines::reputation::DatabaseEntry> entries;
  auto taken =
      each_line(text, 3, [&](const Fields& fields) { return take_rating(fields, entries); });
  if (!taken) return std::move(taken).error();
  const auto count = entries.size();
  auto file = engines::reputation::compile_database(std::move(entries));
  if (!file) return std::move(file).error();
  return CompiledDatabase{*std::move(file), count};
}

std::string_view take_indicator(const Fields& fields,
                                std::vector<engines::callback::Indicator>& indicators) {
  namespace callback = engines::callback;
  callback::Indicator one;
  std::size_t kind = 0;
  while (kind < callback::kIndicatorKinds &&
         name_of(static_cast<callback::IndicatorKind>(kind)) != fields.at[0])
    ++kind;
  if (kind == callback::kIndicatorKinds) return "is of no kind that is known here";
  one.kind = static_cast<callback::IndicatorKind>(kind);
  one.text = fields.at[1];
  const auto confidence = number_of(fields.at[2], kMostConfidence);
  if (!confidence) return "has no confidence from 0 to 100";
  one.confidence = *confidence;
  one.source = fields.at[3];
  indicators.push_back(std::move(one));
  return {};
}

Result<CompiledDatabase> compile_indicators(std::string_view text) {
  std::vector<engines::callback::Indicator> indicators;
  auto taken =
      each_line(text, 4, [&](const Fields& fields) { return take_indicator(fields, indicators); });
  if (!taken) return std::move(taken).error();
  auto built = engines::callback::compile_indicators(indicators);
  if (!built) return std::move(built).error();
  if (!built->refused.empty()) {
    const auto& first = built->refused.front();
    return Error{Error::Code::invalid_input, "line " + std::to_string(first.index + 1) + ", '" +
                                                 indicators[first.index].text + "': " + first.why};
  }
  const auto count = std::accumulate(built->num.begin(), built->num.end(), std::size_t{0});
  return CompiledDatabase{std::move(built->file), count};
}

}  // namespace

Result<CompiledDatabase> compile_database(content::DatabaseKind kind, std::string_view list) {
  if (auto checked = content::check_entry_list(list); !checked) return std::move(checked).error();
  if (list.empty()) return Error{Error::Code::invalid_input, "there is no entry"};
  switch (kind) {
    case content::DatabaseKind::urls:
      return compile_urls(list);
    case content::DatabaseKind::reputation:
      return compile_reputation(list);
    case content::DatabaseKind::indicators:
      return compile_indicators(list);
  }
  return Error{Error::Code::invalid_input, "no such kind of database"};
}

}  // namespace sekisho::controlplane
