// Lists with one entry a line, and hosts files.
#include <algorithm>
#include <array>
#include <iterator>

#include "config/base/address.h"
#include "csv_table.h"
#include "indicator_text.h"
#include "lines.h"
#include "text_feeds.h"

namespace sekisho::rules {
namespace {

/// Without what is a comment: '#', ';', '!' or '//' in front, '#' behind a space (URLs may have one
/// inside).
std::string_view without_comment(std::string_view line) {
  line = trimmed(line);
  if (line.starts_with(';') || line.starts_with('!') || line.starts_with("//")) return {};
  for (auto at = line.find('#'); at != line.npos; at = line.find('#', at + 1))
    if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t') return trimmed(line.substr(0, at));
  return line;
}

/// Names that hosts files give to the machine itself.
bool is_own_name(std::string_view name) {
  constexpr std::string_view kNames[] = {"localhost", "localhost.localdomain", "local",
                                         "broadcasthost", "0.0.0.0"};
  return name.starts_with("ip6-") ||
         std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

/// An address that hosts files send names to, to be rid of them.
bool is_nowhere(std::string_view word) {
  return word == "0.0.0.0" || word == "127.0.0.1" || word == "::" || word == "::1" ||
         word == "255.255.255.255" || word == "fe80::1%lo0" || word == "ff02::1" ||
         word == "ff02::2" || word == "ff00::0" || word == "ff02::3" || word == "fe00::0";
}

void take_names(std::string_view names, FeedBuilder& builder) {
  for (auto name = take_word(names); !name.empty(); name = take_word(names))
    if (!is_own_name(name)) builder.take(name, IndicatorKind::domain, std::nullopt);
}

struct Label {
  std::string_view word;
  IndicatorKind md5, sha1, sha256;
};
/// What a hash may be said to be of: "ja3:", "certificate:", "file:".
constexpr std::array<Label, 2> kLabels{{
    {"certificate:", IndicatorKind::md5, IndicatorKind::certificate_sha1,
     IndicatorKind::certificate_sha256},
    {"file:", IndicatorKind::file_md5, IndicatorKind::file_sha1, IndicatorKind::file_sha256},
}};

/// Takes a label off `word`.
KindHint take_label(std::string_view& word) {
  const auto take = [&](std::string_view label) {
    const bool is_there = word.starts_with(label);
    if (is_there) word.remove_prefix(label.size());
    return is_there;
  };
  if (take("ja3:")) return IndicatorKind::ja3;
  if (take("ja4:")) return IndicatorKind::ja4;
  for (const auto& label : kLabels) {
    if (!take(label.word)) continue;
    const auto digits = std::count_if(word.begin(), word.end(), [](char c) { return c != ':'; });
    return digits == 32 ? label.md5 : digits == 40 ? label.sha1 : label.sha256;
  }
  return std::nullopt;
}

/// Calls `take(line)` for each line with something on it.
template <class Take>
void for_each_entry(std::string_view text, FeedBuilder& builder, Take take) {
  for (std::size_t number = 1; !text.empty() && !builder.is_full(); ++number) {
    const auto whole = take_line(text);
    builder.at_line(number);
    if (whole.size() > kMaxFeedLineBytes) {
      builder.refuse("a line of more than 16384 bytes");
      continue;
    }
    const auto line = without_comment(whole);
    if (!line.empty()) take(line);
  }
}

}  // namespace

void read_plain(std::string_view text, FeedBuilder& builder) {
  for_each_entry(text, builder, [&](std::string_view line) {
    auto rest = line;
    auto word = take_word(rest);
    rest = trimmed(rest);
    if (!rest.empty()) {
      if (is_nowhere(word)) return take_names(rest, builder);
      return builder.refuse(shown(line) + " has more than one word");
    }
    const auto hint = take_label(word);
    builder.take(word, hint, std::nullopt);
  });
}

void read_hosts(std::string_view text, FeedBuilder& builder) {
  for_each_entry(text, builder, [&](std::string_view line) {
    auto rest = line;
    const auto word = take_word(rest);
    if (!is_nowhere(word) && !parse_ip_address(word))
      return builder.refuse(shown(line) + " does not begin with an address");
    if (trimmed(rest).empty()) return builder.refuse(shown(line) + " has no name");
    take_names(rest, builder);
  });
}

FeedFormat text_format(std::string_view text) {
  if (find_csv_header(text)) return FeedFormat::csv;
  while (!text.empty()) {
    auto line = without_comment(take_line(text));
    if (line.empty()) continue;
    const auto word = take_word(line);
    const bool is_host_line = !trimmed(line).empty() && parse_ip_address(word);
    return is_host_line ? FeedFormat::hosts : FeedFormat::plain;
  }
  return FeedFormat::plain;
}

}  // namespace sekisho::rules
