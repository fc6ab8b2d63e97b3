#include "stix_pattern.h"

#include "feed_builder.h"
#include "rules/feeds/feed.h"

namespace sekisho::rules {
namespace {

constexpr std::size_t kMaxComparisons = 1'000;

bool is_path_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == ':';
}

class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) {}

  Result<std::vector<StixComparison>> parse() {
    do {
      if (!take('[')) return wrong("'['");
      if (auto read = parse_comparisons(); !read) return std::move(read).error();
      if (!take(']')) return wrong("']' or OR");
    } while (take_word("OR"));
    skip_spaces();
    if (at_ != text_.size()) return wrong("OR or the end");
    return std::move(found_);
  }

 private:
  Status parse_comparisons() {
    do {
      if (found_.size() == kMaxComparisons)
        return Error{Error::Code::invalid_input, "a pattern of more than 1000 comparisons"};
      StixComparison comparison{take_path(), {}};
      if (comparison.path.empty()) return wrong("the path of an object");
      if (!take('=')) return wrong("'='");
      if (!take_text(comparison.value)) return wrong("a text in quotes");
      found_.push_back(std::move(comparison));
    } while (take_word("OR"));
    return ok();
  }

  /// "file:hashes.'SHA-256'"; empty: there is none.
  std::string take_path() {
    skip_spaces();
    std::string path;
    while (at_ < text_.size()) {
      if (text_[at_] == '\'' && path.ends_with('.')) {
        std::string part;
        if (!take_text(part)) return {};
        path += part;
      } else if (is_path_character(text_[at_])) {
        path += text_[at_++];
      } else {
        break;
      }
    }
    return path;
  }

  bool take_text(std::string& text) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != '\'') return false;
    auto at = at_ + 1;
    for (; at < text_.size() && text_[at] != '\''; ++at) {
      if (text_[at] == '\\' && ++at == text_.size()) return false;
      text += text_[at];
    }
    if (at == text_.size()) return false;
    at_ = at + 1;
    return true;
  }

  bool take(char c) {
    skip_spaces();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool take_word(std::string_view word) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(word)) return false;
    const auto end = at_ + word.size();
    if (end < text_.size() && is_path_character(text_[end])) return false;
    at_ = end;
    return true;
  }

  void skip_spaces() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  Error wrong(std::string_view expected) {
    skip_spaces();
    const auto rest = text_.substr(at_, text_.substr(at_).find_first_of(" \t\r\n"));
    return {Error::Code::invalid_input, "column " + std::to_string(at_ + 1) + ": " +
                                            std::string(expected) + " expected, not " +
                                            (rest.empty() ? "the end" : shown(rest)) +
                                            "; only comparisons with = joined by OR are read"};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<StixComparison> found_;
};

}  // namespace

Result<std::vector<StixComparison>> parse_stix_pattern(std::string_view pattern) {
  if (pattern.size() > kMaxFeedLineBytes)
    return Error{Error::Code::invalid_input, "a pattern of more than 16384 bytes"};
  return PatternParser(pattern).parse();
}

}  // namespace sekisho::rules
