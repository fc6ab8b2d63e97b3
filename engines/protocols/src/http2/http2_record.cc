#include <charconv>

#include "http2/http2_transaction.h"

namespace sekisho::engines::http2 {
namespace {

/// Header fields in a record; further ones are left out.
constexpr std::size_t kMaxListed = 96;

void write_headers(const char* key, const HeaderList& headers,
                   events::BoundedJsonWriter& json) noexcept {
  if (headers.size() == 0) return;
  json.begin_array(key);
  for (std::size_t i = 0; i < headers.size() && i < kMaxListed; ++i)
    json.begin_object()
        .member("name", headers.name(i))
        .member("value", headers.value(i))
        .end_object();
  json.end_array();
}

void write_text(const char* key, const HeaderList& headers, std::string_view name,
                events::BoundedJsonWriter& json) noexcept {
  if (const auto value = headers.find(name)) json.member(key, *value);
}

std::optional<std::uint64_t> number_in(const HeaderList& headers, std::string_view name) noexcept {
  const auto value = headers.find(name);
  if (!value) return std::nullopt;
  const auto text = as_text(*value);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

void write_error(std::uint32_t code, events::BoundedJsonWriter& json) noexcept {
  if (const auto name = error_name(code); !name.empty())
    json.member("error_code", name);
  else
    json.member("error_code", code);
}

void write_side(const char* key, const Http2Transaction::Side& side,
                events::BoundedJsonWriter& json) noexcept {
  json.begin_object(key);
  if (side.error_code) write_error(*side.error_code, json);
  if (side.priority) json.member("priority", *side.priority);
  json.end_object();
}

}  // namespace

void Http2Transaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("http").member("version", "2");
  write_headers("request_headers", request(), json);
  write_headers("response_headers", response(), json);
  if (const auto authority = request().find(":authority"))
    json.member("hostname", *authority);
  else
    write_text("hostname", request(), "host", json);
  write_text("http_method", request(), ":method", json);
  write_text("url", request(), ":path", json);
  write_text("http_user_agent", request(), "user-agent", json);
  if (const auto status = number_in(response(), ":status")) json.member("status", *status);
  const auto length = number_in(response(), "content-length");
  if (const auto any = length ? length : number_in(request(), "content-length"))
    json.member("length", *any);
  json.begin_object("http2").member("stream_id", stream);
  write_side("request", sides[0], json);
  write_side("response", sides[1], json);
  json.end_object().end_object();
}

void FrameTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("http").member("version", "2");
  json.begin_object("http2").member("stream_id", frame_.stream);
  const bool from_client = direction_ == Direction::to_server;
  if (!from_client) json.begin_object("request").end_object();
  json.begin_object(from_client ? "request" : "response");
  if (num_settings() != 0) {
    json.begin_array("settings");
    for (std::size_t i = 0; i < num_settings() && i < kMaxListed; ++i) {
      ByteReader reader(payload_.subspan(i * kSettingBytes, kSettingBytes));
      std::uint16_t id = 0;
      std::uint32_t value = 0;
      if (!reader.be16(id) || !reader.be32(value)) break;
      json.begin_object();
      if (const auto name = setting_name(id); !name.empty())
        json.member("settings_id", name);
      else
        json.member("settings_id", id);
      json.member("settings_value", value).end_object();
    }
    json.end_array();
  }
  if (const auto code = error_code()) write_error(*code, json);
  if (const auto weight = priority()) json.member("priority", *weight);
  json.end_object();
  if (from_client) json.begin_object("response").end_object();
  json.end_object().end_object();
}

}  // namespace sekisho::engines::http2
