// The "http" record in Suricata's names and types.
#include <array>

#include "http1/transaction.h"

namespace sekisho::engines::http1 {
namespace {

using events::BoundedJsonWriter;

constexpr std::size_t kMaxValueBytes = 2048;  // of one value in a record
constexpr std::size_t kMaxRecordedFields = 64;

Bytes cut(Bytes bytes) noexcept { return bytes.first(std::min(bytes.size(), kMaxValueBytes)); }

void write_named(BoundedJsonWriter& json, std::string_view key, const MessageHead& head,
                 Name name) noexcept {
  const auto* const field = head.table.find(name);
  if (field == nullptr) return;
  std::array<std::uint8_t, kMaxValueBytes> scratch;
  json.member(key, cut(value_of(*field, head.bytes(), scratch)));
}

void write_fields(BoundedJsonWriter& json, std::string_view key, const MessageHead& head) noexcept {
  if (head.table.fields().empty()) return;
  json.begin_array(key);
  std::size_t count = 0;
  for (const auto& field : head.table.fields()) {
    if (field.shadow || ++count > kMaxRecordedFields) continue;
    std::array<std::uint8_t, kMaxValueBytes> scratch;
    json.begin_object();
    json.member("name", cut(name_of(field, head.bytes())));
    json.member("value", cut(value_of(field, head.bytes(), scratch)));
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void HttpTransaction::write_record(std::uint8_t kind, BoundedJsonWriter& json) const noexcept {
  json.begin_object("http");
  if (request.line_done()) write_request(json);
  write_response(json);
  json.member("length", body_bytes[index_of(Direction::to_client)]);
  if (kind == kLog && record_headers_) {
    write_fields(json, "request_headers", request);
    write_fields(json, "response_headers", response);
  }
  json.end_object();
}

void HttpTransaction::write_request(BoundedJsonWriter& json) const noexcept {
  std::array<std::uint8_t, kMaxValueBytes> scratch;
  if (const auto name = host(false, scratch)) json.member("hostname", cut(*name));
  const auto line = request_line();
  auto port = target().port;
  if (port.empty()) {
    if (const auto* const field = request.table.find(Name::host))
      port = split_host(raw_value_of(*field, request.bytes())).port;
  }
  constexpr std::size_t kMostDigits = 5;
  if (!port.empty() && port.size() <= kMostDigits &&
      std::all_of(port.begin(), port.end(), is_digit)) {
    unsigned value = 0;
    for (const auto c : port) value = value * 10 + (c - unsigned{'0'});
    json.member("http_port", value);
  }
  if (!line.uri.empty()) json.member("url", cut(line.uri));
  write_named(json, "http_user_agent", request, Name::user_agent);
  write_named(json, "xff", request, Name::x_forwarded_for);
  if (const auto* const type = response.table.find(Name::content_type)) {
    const auto value = value_of(*type, response.bytes(), scratch);
    json.member("http_content_type",
                cut(trimmed(value.first(std::min(find_byte(value, ';'), value.size())))));
  }
  if (const auto* const range = response.table.find(Name::content_range)) {
    json.begin_object("content_range");
    json.member("raw", cut(value_of(*range, response.bytes(), scratch)));
    json.end_object();
  }
  write_named(json, "http_refer", request, Name::referer);
  if (!line.method.empty()) json.member("http_method", cut(line.method));
  if (!line.protocol.empty()) json.member("protocol", cut(line.protocol));
}

void HttpTransaction::write_response(BoundedJsonWriter& json) const noexcept {
  if (!response.line_done()) return;
  const auto line = status_line();
  if (!request.line_done() && !line.protocol.empty()) json.member("protocol", cut(line.protocol));
  if (line.code.empty()) return;
  if (line.status != 0)
    json.member("status", unsigned{line.status});
  else
    json.member("status_string", cut(line.code));
  if (line.status >= 300 && line.status < 400)
    write_named(json, "redirect", response, Name::location);
}

}  // namespace sekisho::engines::http1
