// How a program's text is written: what generators and obfuscators do to it shows in lengths,
// shares and rates, whatever the language.
#include <algorithm>
#include <array>

#include "byte_histogram.h"
#include "config/base/text_bytes.h"
#include "measures.h"

namespace sekisho::engines::file_features {
namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_base64(char c) noexcept { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }

float per_kilobyte(std::uint64_t count, std::size_t bytes) noexcept {
  return static_cast<float>(1024.0 * static_cast<double>(count) / static_cast<double>(bytes));
}
float share_of(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : static_cast<float>(part) / static_cast<float>(whole);
}

template <class Is>
std::size_t longest_run(std::string_view text, Is is) noexcept {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = is(c) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

bool is_comment(std::string_view line) noexcept {
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
  constexpr std::array<std::string_view, 9> kMarks{"//",   "#",  "'",  "rem ", "REM ",
                                                   "Rem ", "::", "/*", "* "};
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [&](std::string_view mark) { return line.starts_with(mark); });
}

void measure_lines(std::string_view text, FileFeatures& out) noexcept {
  std::size_t lines = 0, comments = 0, longest = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto line = text.substr(at, std::min(text.find('\n', at), text.size()) - at);
    ++lines;
    comments += is_comment(line);
    longest = std::max(longest, line.size());
    at += line.size() + 1;
  }
  out[Feature::text_mean_line] = log_of(text.size() / std::max<std::size_t>(lines, 1));
  out[Feature::text_longest_line] = log_of(longest);
  out[Feature::text_comments] = share_of(comments, lines);
}

/// Quotes end with their line: an apostrophe in a comment opens nothing that lasts.
void measure_literals(std::string_view text, FileFeatures& out) noexcept {
  std::uint64_t within = 0, few = 0, joins = 0;
  std::size_t longest = 0;
  ByteHistogram histogram;
  char joined_by = 0;  // since the last literal: only blanks and one of + & . ,
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '"' && c != '\'') {
      if (is_space(c)) continue;
      joined_by = joined_by == 'e' && (c == '+' || c == '&' || c == '.') ? '+' : '\0';
      continue;
    }
    auto end = at + 1;
    while (end < text.size() && text[end] != c && text[end] != '\n')
      end += text[end] == '\\' && end + 1 < text.size() && text[end + 1] != '\n' ? 2 : 1;
    if (end >= text.size() || text[end] == '\n') {
      joined_by = 0;
      continue;
    }
    const auto literal = text.substr(at + 1, end - at - 1);
    histogram.add(bytes_of(literal));
    within += literal.size();
    few += literal.size() <= 3;
    joins += joined_by == '+';
    longest = std::max(longest, literal.size());
    joined_by = 'e';
    at = end;
  }
  out[Feature::text_literals] = share_of(within, text.size());
  out[Feature::text_literal_entropy] = histogram.entropy();
  out[Feature::text_longest_literal] = log_of(longest);
  out[Feature::text_short_literals] = per_kilobyte(few, text.size());
  out[Feature::text_joins] = per_kilobyte(joins, text.size());
}

void measure_escapes(std::string_view text, FileFeatures& out) noexcept {
  std::uint64_t escapes = 0, splits = 0;
  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    const char c = text[at], next = text[at + 1];
    if ((c == '\\' && (next == 'x' || next == 'u') && is_hex(text[at + 2])) ||
        (c == '%' && is_hex(next) && is_hex(text[at + 2])) || (c == '&' && next == '#'))
      ++escapes;
    const bool within_word = at != 0 && is_letter(text[at - 1]) && is_letter(next);
    splits += (c == '^' || c == '`') && within_word;
  }
  out[Feature::text_escapes] = per_kilobyte(escapes, text.size());
  out[Feature::text_split_words] = per_kilobyte(splits, text.size());
}

struct Words {
  std::uint64_t count = 0, letters = 0, odd = 0, lengthy = 0, mixed = 0;

  void add(std::string_view word) noexcept {
    ++count;
    letters += word.size();
    unsigned consonants = 0, most = 0, digits_inside = 0;
    std::size_t changes = 0;
    for (std::size_t i = 0; i < word.size(); ++i) {
      const char c = static_cast<char>(word[i] | 0x20);
      const bool is_vowel = std::string_view("aeiouy_").find(c) != std::string_view::npos;
      consonants = is_letter(word[i]) && !is_vowel ? consonants + 1 : 0;
      most = std::max(most, consonants);
      if (i == 0 || i + 1 == word.size()) continue;
      changes += is_letter(word[i]) && is_letter(word[i - 1]) &&
                 is_upper(word[i]) != is_upper(word[i - 1]);
      digits_inside += is_digit(word[i]) && is_letter(word[i + 1]);
    }
    odd += most >= 5 || digits_inside >= 2;
    if (word.size() < 6) return;
    ++lengthy;
    mixed += 2 * changes >= word.size();
  }
};

void measure_identifiers(std::string_view text, FileFeatures& out) noexcept {
  Words words;
  for (std::size_t at = 0; at < text.size();) {
    auto end = at;
    while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]) || text[end] == '_'))
      ++end;
    if (end - at >= 3 && end - at <= 64 && !is_digit(text[at]))
      words.add(text.substr(at, end - at));
    at = std::max(end, at + 1);
  }
  out[Feature::text_mean_word] = share_of(words.letters, words.count);
  out[Feature::text_odd_words] = share_of(words.odd, words.count);
  out[Feature::text_mixed_case] = share_of(words.mixed, words.lengthy);
}

void measure_urls(std::string_view text, FileFeatures& out) noexcept {
  std::uint64_t urls = 0, by_address = 0;
  for (auto at = text.find("://"); at != text.npos; at = text.find("://", at + 3)) {
    ++urls;
    const auto host = text.substr(at + 3, 16);
    const auto end = host.find_first_not_of("0123456789.");
    by_address += std::count(host.begin(),
                             host.begin() + static_cast<std::ptrdiff_t>(std::min(end, host.size())),
                             '.') == 3;
  }
  out[Feature::text_urls] = log_of(urls);
  out[Feature::text_address_urls] = log_of(by_address);
}

}  // namespace

void measure_text(std::string_view text, FileFeatures& out) {
  if (text.empty()) return;
  ByteHistogram histogram;
  std::uint64_t letters = 0, digits = 0, spaces = 0, symbols = 0;
  for (const char c : text) {
    histogram.add(static_cast<std::uint8_t>(c));
    letters += is_letter(c);
    digits += is_digit(c);
    spaces += is_space(c);
    symbols += c > ' ' && c < 0x7f && !is_letter(c) && !is_digit(c);
  }
  out[Feature::text_bytes] = log_of(text.size());
  out[Feature::text_entropy] = histogram.entropy();
  out[Feature::text_letters] = share_of(letters, text.size());
  out[Feature::text_digits] = share_of(digits, text.size());
  out[Feature::text_spaces] = share_of(spaces, text.size());
  out[Feature::text_symbols] = share_of(symbols, text.size());
  out[Feature::text_longest_base64] = log_of(longest_run(text, is_base64));
  out[Feature::text_longest_hex] = log_of(longest_run(text, is_hex));
  out[Feature::text_longest_numbers] = log_of(longest_run(
      text, [](char c) { return is_digit(c) || c == ',' || c == ' ' || c == 'x' || c == 'X'; }));
  measure_lines(text, out);
  measure_literals(text, out);
  measure_escapes(text, out);
  measure_identifiers(text, out);
  measure_urls(text, out);
}

}  // namespace sekisho::engines::file_features
