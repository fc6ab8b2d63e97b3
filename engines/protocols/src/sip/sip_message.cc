#include "sip/sip_message.h"

#include <algorithm>

#include "lines.h"

namespace sekisho::engines {
namespace {

using rules::Field;

/// Takes a line off the front, without its end; false: there is no line end.
bool take_line(std::span<const std::uint8_t>& rest, std::span<const std::uint8_t>& line) noexcept {
  const auto end = find_byte(rest, '\n');
  line = rest.first(end == kNotFound ? rest.size() : end);
  rest = rest.subspan(end == kNotFound ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
  return end != kNotFound;
}

bool is_method(std::span<const std::uint8_t> word) noexcept {
  constexpr std::size_t kLongest = 32;
  return !word.empty() && word.size() <= kLongest &&
         std::all_of(word.begin(), word.end(),
                     [](std::uint8_t c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
}

}  // namespace

std::optional<SipMessage> SipMessage::read(std::span<const std::uint8_t> bytes) noexcept {
  SipMessage message;
  auto rest = bytes;
  if (!take_line(rest, message.start_line_)) return std::nullopt;
  auto words = message.start_line_;
  message.first_ = take_until(words, ' ');
  message.second_ = take_until(words, ' ');
  message.third_ = words;
  message.is_response_ = starts_nocase(message.first_, "sip/");
  if (message.is_response_) {
    if (message.second_.size() != 3 || !decimal(message.second_)) return std::nullopt;
  } else if (!is_method(message.first_) || !starts_nocase(message.third_, "sip/")) {
    return std::nullopt;
  }
  const auto headers = rest;
  std::span<const std::uint8_t> line;
  while (true) {
    const auto before = rest.size();
    if (!take_line(rest, line)) break;
    if (!line.empty()) continue;
    message.header_complete_ = true;
    message.headers_ = headers.first(headers.size() - before);
    break;
  }
  if (!message.header_complete_) message.headers_ = headers;
  message.header_bytes_ = bytes.size() - rest.size();
  message.body_ = rest;
  return message;
}

std::optional<std::uint64_t> SipMessage::content_length() const noexcept {
  const auto value = header("content-length", 'l', 0);
  return value ? decimal(*value) : std::nullopt;
}

std::optional<std::span<const std::uint8_t>> SipMessage::header(
    std::string_view name, char compact, std::uint32_t instance) const noexcept {
  if (instance >= kMaxInstances) return std::nullopt;
  auto rest = headers_;
  std::span<const std::uint8_t> line;
  while (!rest.empty()) {
    take_line(rest, line);
    auto value = line;
    const auto key = trim(take_until(value, ':'));
    if (!equals_nocase(key, name) && !equals_nocase(key, {&compact, 1})) continue;
    if (instance-- != 0) continue;
    auto end = value.data() + value.size();
    while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t')) {  // RFC 3261 §7.3.1: folded
      take_line(rest, line);
      end = line.data() + line.size();
    }
    return trim({value.data(), static_cast<std::size_t>(end - value.data())});
  }
  return std::nullopt;
}

std::optional<std::span<const std::uint8_t>> SipMessage::start_line_field(
    Field field) const noexcept {
  if (field == Field::sip_protocol) return is_response_ ? first_ : third_;
  if (is_response_) {
    if (field == Field::sip_response_line) return start_line_;
    if (field == Field::sip_stat_code) return second_;
    if (field == Field::sip_stat_msg) return third_;
    return std::nullopt;
  }
  if (field == Field::sip_request_line) return start_line_;
  if (field == Field::sip_method) return first_;
  if (field == Field::sip_uri) return second_;
  return std::nullopt;
}

bool SipMessage::has_sdp() const noexcept {
  const auto type = header("content-type", 'c', 0);
  return type && starts_nocase(*type, "application/sdp");
}

std::optional<std::span<const std::uint8_t>> SipMessage::field(
    Field field, std::uint32_t instance) const noexcept {
  switch (field) {
    case Field::sip_from:
      return header("from", 'f', instance);
    case Field::sip_to:
      return header("to", 't', instance);
    case Field::sip_via:
      return header("via", 'v', instance);
    case Field::sip_user_agent:
      return header("user-agent", '\0', instance);
    case Field::sip_content_type:
      return header("content-type", 'c', instance);
    case Field::sip_content_length:
      return header("content-length", 'l', instance);
    default:
      break;
  }
  if (rules::info_of(field).name.starts_with("sdp."))
    return has_sdp() ? sdp_field(body_, field, instance) : std::nullopt;
  return instance == 0 ? start_line_field(field) : std::nullopt;
}

void SipMessage::write(events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("sip");
  if (is_response_) {
    json.member("version", first_)
        .member("code", second_)
        .member("reason", third_)
        .member("response_line", start_line_);
  } else {
    json.member("method", first_)
        .member("uri", second_)
        .member("version", third_)
        .member("request_line", start_line_);
  }
  if (has_sdp()) write_sdp(body_, json);
  json.end_object();
}

}  // namespace sekisho::engines
