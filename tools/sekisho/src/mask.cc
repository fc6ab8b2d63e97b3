#include "tools/sekisho/mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace sekisho::tools {
namespace {

/// Wherever one stands in a name, the name is of a secret.
constexpr std::array<std::string_view, 12> kSecretParts{
    "password", "passwd", "passphrase", "secret", "token", "credential",
    "apikey",   "privat", "パスワード", "暗証",   "秘密",  "bearer"};
/// As a whole word of a name: "key", but not "keyboard".
constexpr std::array<std::string_view, 13> kSecretWords{
    "otp",  "key",  "keys",          "psk",    "pwd",       "pass", "pin",
    "auth", "salt", "authorization", "cookie", "community", "鍵"};
/// How values begin that are secrets whatever they are called: DER keys and OpenSSH keys in
/// base64, JSON web tokens.
constexpr std::array<std::string_view, 3> kSecretStarts{"MII", "b3BlbnNzaC1rZXk", "eyJ"};
constexpr std::size_t kLeastSecretLength = 40;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool is_name_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '-' || c == '.';
}

bool is_base64_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '-' ||
         c == '_' || c == '=' || c == '.';
}

/// Words of a name, in lower case: "clientPrivate-key" is client, private, key.
bool has_secret_word(std::string_view name) {
  std::string word;
  const auto is_secret = [&] {
    return std::find(kSecretWords.begin(), kSecretWords.end(), word) != kSecretWords.end();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool separator = name[i] == '_' || name[i] == '-' || name[i] == '.' || name[i] == ' ';
    const bool hump = is_upper(name[i]) && i > 0 && !is_upper(name[i - 1]);
    if (separator || hump) {
      if (is_secret()) return true;
      word.clear();
    }
    if (!separator) word += lower(name[i]);
  }
  return is_secret();
}

/// The name that ends at `end` (in front of ':' or '='), quotes and spaces aside.
std::string_view name_before(std::string_view line, std::size_t end) {
  const auto is_wrapping = [](char c) { return c == ' ' || c == '"' || c == '\'' || c == '\\'; };
  while (end > 0 && is_wrapping(line[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && is_name_char(line[begin - 1])) --begin;
  return line.substr(begin, end - begin);
}

/// Where the value that begins at `begin` ends; an unquoted one behind ':' may contain spaces.
std::size_t end_of_value(std::string_view line, std::size_t begin, bool spaces_belong) {
  const bool escaped = begin < line.size() && line[begin] == '\\';
  const std::size_t quote_at = escaped ? begin + 1 : begin;
  if (quote_at < line.size() && (line[quote_at] == '"' || line[quote_at] == '\'')) {
    const char quote = line[quote_at];
    for (std::size_t i = quote_at + 1; i < line.size(); ++i) {
      const bool behind_backslash = line[i - 1] == '\\';
      if (line[i] == quote && behind_backslash == escaped) return i + 1;
    }
    return line.size();
  }
  if (begin < line.size() && (line[begin] == '{' || line[begin] == '[')) return line.size();
  const std::string_view ends =
      spaces_belong ? std::string_view(",;}") : std::string_view(" \t,;&}");
  return std::min(line.find_first_of(ends, begin), line.size());
}

/// The user and password of "scheme://user:password@host".
std::string mask_urls(std::string line) {
  for (std::size_t at = line.find("://"); at != line.npos; at = line.find("://", at + 3)) {
    const auto stop = std::min(line.find_first_of(" \t\"'<>/?#", at + 3), line.size());
    const auto host = line.rfind('@', stop == 0 ? 0 : stop - 1);
    if (host == line.npos || host < at + 3 || host >= stop) continue;
    line.replace(at + 3, host - at - 3, kMasked);
  }
  return line;
}

std::string mask_lookalikes(std::string line) {
  for (std::size_t begin = 0; begin < line.size();) {
    if (!is_base64_char(line[begin])) {
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < line.size() && is_base64_char(line[end])) ++end;
    const std::string_view word(line.data() + begin, end - begin);
    const bool secret =
        word.size() >= kLeastSecretLength &&
        std::any_of(kSecretStarts.begin(), kSecretStarts.end(),
                    [&](std::string_view start) { return word.find(start) != word.npos; });
    if (secret) {
      line.replace(begin, end - begin, kMasked);
      end = begin + kMasked.size();
    }
    begin = end;
  }
  return line;
}

/// The column of the key when `line` is "key: ..." or "- key: ..." as YAML has it, and where its
/// value begins.
struct YamlKey {
  std::size_t column = 0;
  std::size_t value = 0;
  std::string_view name;
};
std::optional<YamlKey> yaml_key(std::string_view line) {
  std::size_t column = 0;
  while (column < line.size() &&
         (line[column] == ' ' ||
          (line[column] == '-' && column + 1 < line.size() && line[column + 1] == ' ')))
    ++column;
  const auto colon = line.find(':', column);
  if (colon == line.npos) return std::nullopt;
  const bool ends_key = colon + 1 == line.size() || line[colon + 1] == ' ';
  const auto name = name_before(line, colon);
  const bool whole = !name.empty() && name.data() <= line.data() + column + 1;
  if (!ends_key || !whole) return std::nullopt;
  return YamlKey{column, std::min(colon + 2, line.size()), name};
}

class TextMask {
 public:
  std::string mask(std::string_view text) {
    while (!text.empty()) {
      const auto newline = text.find('\n');
      const auto line = text.substr(0, newline);
      take_line(line);
      if (newline == text.npos) break;
      if (wrote_) out_ += '\n';
      text.remove_prefix(newline + 1);
    }
    return std::move(out_);
  }

 private:
  void take_line(std::string_view line) {
    wrote_ = false;
    if (in_pem_) {
      const auto end = line.find("-----END");
      if (end == line.npos) return;
      in_pem_ = false;
      const auto dashes = line.find("-----", end + 8);
      line = dashes == line.npos ? std::string_view() : line.substr(dashes + 5);
      if (line.empty()) return;
    }
    if (belongs_to_secret(line)) return;
    secret_column_.reset();
    wrote_ = true;
    if (const auto begin = line.find("-----BEGIN"); begin != line.npos) {
      put(line.substr(0, begin));
      out_ += kMasked;
      in_pem_ = true;
      const auto end = line.find("-----END", begin);
      if (end == line.npos) return;
      const auto dashes = line.find("-----", end + 8);
      in_pem_ = false;
      if (dashes != line.npos) take_line(line.substr(dashes + 5));
      wrote_ = true;
      return;
    }
    put(line);
  }

  /// Whether `line` continues the value of the secret key above it: deeper, or a list at its
  /// column.
  bool belongs_to_secret(std::string_view line) const {
    if (!secret_column_) return false;
    const auto column = line.find_first_not_of(" \t\r");
    if (column == line.npos) return true;
    return column > *secret_column_ || (column == *secret_column_ && line[column] == '-' &&
                                        column + 1 < line.size() && line[column + 1] == ' ');
  }

  void put(std::string_view line) {
    if (const auto key = yaml_key(line); key && is_secret_name(key->name)) {
      out_.append(line.substr(0, key->value));
      if (!out_.ends_with(' ')) out_ += ' ';
      out_ += kMasked;  // also for a value that follows on lines of its own
      secret_column_ = key->column;
      return;
    }
    out_ += mask_lookalikes(mask_urls(mask_pairs(line)));
  }

  /// "name=value", "name: value", "\"name\":\"value\"" anywhere in a line.
  static std::string mask_pairs(std::string_view line) {
    std::string masked;
    std::size_t copied = 0;
    for (std::size_t i = line.find_first_of(":="); i != line.npos;
         i = line.find_first_of(":=", i + 1)) {
      if (!is_secret_name(name_before(line, i))) continue;
      const auto begin = line.find_first_not_of(" \t", i + 1);
      if (begin == line.npos) break;
      const auto end = end_of_value(line, begin, line[i] == ':');
      masked.append(line.substr(copied, begin - copied));
      masked += kMasked;
      copied = end;
      if (end >= line.size()) break;
      i = end - 1;
    }
    return masked.append(line.substr(copied));
  }

  std::string out_;
  bool in_pem_ = false;
  bool wrote_ = false;
  std::optional<std::size_t> secret_column_;
};

}  // namespace

bool is_secret_name(std::string_view name) {
  std::string plain;  // "pass-word" and "api_key" without what separates
  for (const char c : name)
    if (c != '_' && c != '-' && c != '.' && c != ' ') plain += lower(c);
  const auto stands_in = [&](std::string_view part) { return plain.find(part) != plain.npos; };
  return std::any_of(kSecretParts.begin(), kSecretParts.end(), stands_in) || has_secret_word(name);
}

std::string mask_text(std::string_view text) { return TextMask().mask(text); }

nlohmann::json mask_json(nlohmann::json value) {
  if (value.is_string()) {
    value = mask_text(value.get_ref<const std::string&>());
  } else if (value.is_array()) {
    for (auto& element : value) element = mask_json(std::move(element));
  } else if (value.is_object()) {
    for (auto& [name, member] : value.items()) {
      // A number called "pass" counts verdicts.
      const bool is_count = name.ends_with("pass") && member.is_number();
      if (is_secret_name(name) && !member.is_null() && !is_count)
        member = kMasked;
      else
        member = mask_json(std::move(member));
    }
  }
  return value;
}

}  // namespace sekisho::tools
