#include "dataplane/answers/block_page.h"

#include <algorithm>
#include <charconv>

#include "config/events/json_writer.h"

namespace sekisho::dataplane {
namespace {

using events::BoundedText;

constexpr std::size_t kHeadRoom = 512;  // of the response's head
constexpr std::size_t kMaxShown = 255;  // bytes of a host name

struct Words {
  std::string_view language, title, explanation, destination, reason, application, category, score,
      no_score, policy, rule, id, contact;
};
constexpr std::array<Words, 2> kWords{
    {{"ja", "このサイトへの接続は遮断されました",
      "ネットワークの利用規則により、ゲートウェイがこの通信を遮断しました。", "接続先", "理由",
      "アプリケーション: ", "カテゴリー: ",
      "このサイトの評判（Webレピュテーション）が基準を下回っています: 100点中 ",
      "このサイトの評判（Webレピュテーション）を確認できませんでした", "通信の規則", "ルール",
      "受付番号", "お問い合わせ先: "},
     {"en", "Access to this site is blocked",
      "This gateway blocked the request: the rules of this network do not allow it.", "Destination",
      "Reason", "Application: ", "Category: ", "The site's reputation is too bad. Score, of 100: ",
      "The site's reputation could not be checked", "Network policy", "Rule", "Request ID",
      "Contact: "}}};

constexpr std::string_view kStyle =
    "body{margin:0;background:#f3f4f6;color:#1f2937;font:16px/1.6 sans-serif}"
    "main{max-width:36em;margin:2em auto;padding:1.5em;background:#fff;border-top:4px solid "
    "#b91c1c}"
    "h1{font-size:1.3em;margin:.2em 0}dt{color:#4b5563;font-size:.85em}"
    "dd{margin:0 0 .6em;overflow-wrap:anywhere}.m{white-space:pre-line}";

const Words& words_of(Language language) noexcept {
  return kWords[static_cast<std::size_t>(language)];
}

/// What has a meaning in HTML loses it.
std::string_view escape_of(char c) noexcept {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

template <class Out>
void append_escaped(std::string_view text, Out& out) {
  for (const char& c : text) {
    const auto escape = escape_of(c);
    out += escape.empty() ? std::string_view(&c, 1) : escape;
  }
}

/// A host name has only printable ASCII; nothing else of what a stranger wrote gets to the page.
void append_host(std::string_view host, BoundedText& out) noexcept {
  for (const char c : host.substr(0, kMaxShown)) {
    const char shown = c > 0x20 && c < 0x7f ? c : '?';
    append_escaped({&shown, 1}, out);
  }
}

void begin_fact(std::string_view label, BoundedText& out) noexcept {
  out.append("<dt>").append(label).append("</dt><dd>");
}

void write_reputation(const PageReputation& reputation, const Words& words,
                      BoundedText& out) noexcept {
  if (!reputation.is_known) {
    out += words.no_score;
    return;
  }
  std::array<char, 4> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), reputation.score).ptr;
  out.append(words.score).append({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

/// A function that is known is told besides the category: either may be what a rule is about.
void write_reason(const PageFields& fields, const Words& words, BoundedText& out) noexcept {
  if (fields.reputation) write_reputation(*fields.reputation, words, out);
  if (fields.reputation && !fields.category.empty()) out += "<br>";
  if (!fields.category.empty()) {
    out += words.category;
    append_escaped(fields.category, out);
  }
  const bool is_told = fields.reputation || !fields.category.empty();
  if (fields.application.empty() || (is_told && fields.function.empty())) {
    if (!is_told) out += words.policy;
    return;
  }
  if (is_told) out += "<br>";
  out += words.application;
  append_escaped(fields.application, out);
  if (!fields.function.empty()) out += " / ";
  append_escaped(fields.function, out);
}

void write_facts(const PageFields& fields, const Words& words, BoundedText& out) noexcept {
  if (!fields.host.empty()) {
    begin_fact(words.destination, out);
    append_host(fields.host, out);
    out += "</dd>";
  }
  begin_fact(words.reason, out);
  write_reason(fields, words, out);
  out += "</dd>";
  if (!fields.rule.empty()) {
    begin_fact(words.rule, out);
    append_escaped(fields.rule, out);
    out += "</dd>";
  }
  begin_fact(words.id, out);
  append_escaped(fields.id, out);
  out += "</dd>";
}

void write_head(std::string_view language, std::size_t body_bytes, BoundedText& out) noexcept {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), body_bytes).ptr;
  out += "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ";
  out.append({digits.data(), static_cast<std::size_t>(end - digits.data())});
  out.append("\r\nContent-Language: ").append(language);
  out +=
      "\r\nCache-Control: no-store\r\nConnection: close\r\nX-Content-Type-Options: nosniff\r\n"
      "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\r\n";
}

std::string opening_of(const Words& words, const PageBranding& branding) {
  std::string text = "<!DOCTYPE html>\n<html lang=\"";
  text += words.language;
  text +=
      "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>";
  text += words.title;
  text.append("</title><style>").append(kStyle).append("</style></head><body><main>");
  if (!branding.organisation.empty()) {
    text += "<p>";
    append_escaped(branding.organisation, text);
    text += "</p>";
  }
  text.append("<h1>").append(words.title).append("</h1><p>").append(words.explanation);
  text += "</p>";
  if (!branding.message.empty()) {
    text += "<p class=\"m\">";
    append_escaped(branding.message, text);
    text += "</p>";
  }
  return text + "<dl>";
}

std::string closing_of(const Words& words, const PageBranding& branding) {
  std::string text = "</dl>";
  if (!branding.contact.empty()) {
    text.append("<p class=\"m\">").append(words.contact);
    append_escaped(branding.contact, text);
    text += "</p>";
  }
  return text + "</main></body></html>\n";
}

}  // namespace

BlockPages::BlockPages(const PageBranding& branding) {
  for (std::size_t i = 0; i < parts_.size(); ++i)
    parts_[i] = {opening_of(kWords[i], branding), closing_of(kWords[i], branding)};
}

/// The body goes behind the room of the head, which is then written to end where the body begins:
/// only then is its length known.
std::string_view BlockPages::write(const PageFields& fields, std::span<char> room) const noexcept {
  if (room.size() < kHeadRoom) return {};
  const auto& words = words_of(fields.language);
  const auto& parts = parts_[static_cast<std::size_t>(fields.language)];
  BoundedText body(room.subspan(kHeadRoom));
  body += parts.opening;
  write_facts(fields, words, body);
  body += parts.closing;
  std::array<char, kHeadRoom> head_room;
  BoundedText head(head_room);
  write_head(words.language, body.view().size(), head);
  if (body.overflowed() || head.overflowed()) return {};
  const std::size_t begin = kHeadRoom - head.view().size();
  std::copy(head.view().begin(), head.view().end(),
            room.begin() + static_cast<std::ptrdiff_t>(begin));
  return {room.data() + begin,
          head.view().size() + (fields.wants_no_body ? 0 : body.view().size())};
}

}  // namespace sekisho::dataplane
