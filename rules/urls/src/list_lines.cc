#include "list_lines.h"

#include <utility>

#include "config/base/address.h"
#include "lines.h"
#include "rules/urls/categories.h"

namespace sekisho::rules {
namespace {

constexpr std::size_t kMaxShown = 80;

/// Names that hosts files give to the machine itself.
bool is_own_name(std::string_view name) {
  constexpr std::string_view kNames[] = {"localhost", "localhost.localdomain", "local",
                                         "broadcasthost", "0.0.0.0"};
  return name.starts_with("ip6-") ||
         std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

/// Without what is a comment: '!' or '#' in front, '#' behind a space (URLs may have one inside).
std::string_view without_comment(std::string_view line) {
  line = trim(line);
  if (line.starts_with('!')) return {};
  for (auto at = line.find('#'); at != line.npos; at = line.find('#', at + 1))
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return trim(line.substr(0, at));
  return line;
}

std::string_view why_not(const CanonicalUrl& url) {
  if (url.query.size() >= kMaxUrlSegmentBytes) return "has a query longer than 118 bytes";
  for (auto rest = url.path; !rest.empty();) {
    const auto end = std::min(rest.find('/', 1), rest.size());
    if (end > kMaxUrlSegmentBytes) return "has a part of its path longer than 118 bytes";
    rest.remove_prefix(end);
  }
  return {};
}

/// What is left of "||example.com^", "*.example.com", ".example.com".
std::string_view without_marks(std::string_view word) {
  if (word.starts_with("||")) {
    word.remove_prefix(2);
    if (word.ends_with('^')) word.remove_suffix(1);
  }
  if (word.starts_with("*.")) word.remove_prefix(2);
  if (word.starts_with('.')) word.remove_prefix(1);
  return word;
}

class ListReader {
 public:
  ListReader(std::string_view file, std::vector<std::uint16_t> categories, UrlList& list,
             ImportReport& report)
      : file_(file), categories_(std::move(categories)), report_(report), taker_(list, report) {}

  void read(std::size_t number, std::string_view line) {
    line = without_comment(line);
    if (line.empty()) return;
    if (line.front() == '[' && line.back() == ']' &&
        !parse_ip_address(line.substr(1, line.size() - 2)))
      return begin_category(number, line.substr(1, line.size() - 2));
    auto rest = line;
    const auto word = take_word(rest);
    rest = trim(rest);
    if (categories_.empty())
      return report_.refuse(file_, number, line, "stands before any [category]");
    if (rest.empty()) return take(number, without_marks(word), UrlScope::host_and_below);
    if (!parse_ip_address(word))
      return report_.refuse(file_, number, line, "has more than one word");
    for (auto name = take_word(rest); !name.empty(); name = take_word(rest))
      if (!is_own_name(name)) take(number, name, UrlScope::host_only);
  }

 private:
  void begin_category(std::size_t number, std::string_view name) {
    const auto* category = find_url_category(trim(name));
    categories_.clear();
    if (category == nullptr) return report_.refuse(file_, number, name, "is no category");
    categories_.push_back(category->id);
  }
  void take(std::size_t number, std::string_view text, UrlScope scope) {
    taker_.take({file_, number}, text, scope, categories_);
  }

  std::string_view file_;
  std::vector<std::uint16_t> categories_;
  ImportReport& report_;
  EntryTaker taker_;
};

}  // namespace

void ImportReport::refuse(std::string_view file, std::size_t line, std::string_view text,
                          std::string_view why) {
  ++num_refused;
  ++reasons[std::string(why)];
  if (refused.size() >= kMaxTold) return;
  const auto shown = std::string(text.substr(0, kMaxShown)) + (text.size() > kMaxShown ? "…" : "");
  refused.push_back({std::string(file), line, shown + " " + std::string(why)});
}

void EntryTaker::take(const Place& place, std::string_view text, UrlScope scope,
                      std::span<const std::uint16_t> categories) {
  CanonicalUrl url;
  const auto fault = canonicalise_url(text, *scratch_, url);
  const auto why = fault != UrlFault::none ? describe(fault) : why_not(url);
  if (!why.empty()) return report_.refuse(place.file, place.line, text, why);
  for (const auto category : categories) list_.add(url, scope, category);
  ++report_.num_taken;
}

void parse_url_lines(std::string_view text, std::string_view file,
                     const std::vector<std::uint16_t>& categories, UrlList& list,
                     ImportReport& report) {
  ListReader reader(file, categories, list, report);
  Lines lines(text);
  for (std::string_view line; lines.next(line);) reader.read(lines.number(), line);
}

}  // namespace sekisho::rules
