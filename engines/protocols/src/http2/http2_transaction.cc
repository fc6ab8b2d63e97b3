#include "http2/http2_transaction.h"
#include "config/base/text_bytes.h"

#include <algorithm>
#include <bit>

namespace sekisho::engines::http2 {
namespace {

using rules::Field;

constexpr std::string_view kVersionText = "HTTP/2";

/// Puts values together in the worker's scratch; what does not fit is cut.
class Composer {
 public:
  explicit Composer(FieldScratch scratch) noexcept : scratch_(scratch) {}
  Composer& add(Bytes bytes) noexcept {
    const auto count = std::min(bytes.size(), scratch_.size() - size_);
    std::copy_n(bytes.begin(), count, scratch_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += count;
    return *this;
  }
  Composer& add(std::string_view text) noexcept { return add(bytes_of(text)); }
  Bytes done() const noexcept { return scratch_.first(size_); }

 private:
  FieldScratch scratch_;
  std::size_t size_ = 0;
};

/// The field that a buffer of the rule language is in HTTP/2.
std::string_view header_of(Field field, Direction direction) noexcept {
  switch (field) {
    case Field::http_method:
      return ":method";
    case Field::http_uri:
    case Field::http_uri_raw:
      return ":path";
    case Field::http_stat_code:
      return ":status";
    case Field::http_user_agent:
      return "user-agent";
    case Field::http_referer:
      return "referer";
    case Field::http_accept:
      return "accept";
    case Field::http_accept_enc:
      return "accept-encoding";
    case Field::http_accept_lang:
      return "accept-language";
    case Field::http_connection:
      return "connection";
    case Field::http_content_type:
      return "content-type";
    case Field::http_content_len:
      return "content-length";
    case Field::http_location:
      return "location";
    case Field::http_server:
      return "server";
    case Field::http_cookie:
      return direction == Direction::to_server ? "cookie" : "set-cookie";
    default:
      return {};
  }
}

bool is_cookie(Bytes name) noexcept {
  const auto text = as_text(name);
  return text == "cookie" || text == "set-cookie";
}

std::optional<Bytes> authority_of(const HeaderList& request) noexcept {
  const auto authority = request.find(":authority");
  return authority ? authority : request.find("host");
}

/// The `instance`th besides that one, from 1.
std::optional<Bytes> further_authority(const HeaderList& request, std::uint32_t instance) noexcept {
  bool is_first = true;
  const bool has_authority = request.find(":authority").has_value();
  for (std::size_t i = 0; i < request.size(); ++i) {
    const auto name = as_text(request.name(i));
    if (name != ":authority" && name != "host") continue;
    const bool is_asked = is_first && (name == ":authority" || !has_authority);
    if (is_asked) is_first = false;
    if (!is_asked && !request.value(i).empty() && --instance == 0) return request.value(i);
  }
  return std::nullopt;
}

/// Without user information and port, in lower case.
Bytes normal_host(Bytes authority, FieldScratch scratch) noexcept {
  auto text = as_text(authority);
  if (const auto at = text.rfind('@'); at != text.npos) text.remove_prefix(at + 1);
  const auto bracket = text.rfind(']');
  const auto colon = text.rfind(':');
  if (colon != text.npos && (bracket == text.npos || colon > bracket)) text = text.substr(0, colon);
  const auto count = std::min(text.size(), scratch.size());
  std::transform(
      text.begin(), text.begin() + static_cast<std::ptrdiff_t>(count), scratch.begin(),
      [](char c) { return static_cast<std::uint8_t>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
  return scratch.first(count);
}

/// Cookies have a buffer of their own.
Bytes headers_without_cookies(const HeaderList& headers, FieldScratch scratch) noexcept {
  bool any = false;
  for (std::size_t i = 0; i < headers.size() && !any; ++i) any = is_cookie(headers.name(i));
  if (!any) return headers.text();
  Composer out(scratch);
  for (std::size_t i = 0; i < headers.size(); ++i)
    if (!is_cookie(headers.name(i))) out.add(headers.line(i)).add("\r\n");
  return out.done();
}

/// RFC 9113 §8.2.3: cookies may come in pieces.
std::optional<Bytes> joined(const HeaderList& headers, std::string_view name,
                            FieldScratch scratch) noexcept {
  Composer out(scratch);
  bool any = false;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (as_text(headers.name(i)) != name) continue;
    if (any) out.add("; ");
    any = true;
    out.add(headers.value(i));
  }
  return any ? std::optional<Bytes>(out.done()) : std::nullopt;
}

Bytes header_names(const HeaderList& headers, FieldScratch scratch) noexcept {
  Composer out(scratch);
  out.add("\r\n");
  for (std::size_t i = 0; i < headers.size(); ++i) out.add(headers.name(i)).add("\r\n");
  return out.add("\r\n").done();
}

std::optional<Bytes> item(const HeaderList& headers, std::uint32_t instance) noexcept {
  return instance < headers.size() ? std::optional<Bytes>(headers.line(instance)) : std::nullopt;
}

void add_start_line(const HeaderList& headers, Direction direction, Composer& out) noexcept {
  if (direction == Direction::to_server)
    out.add(headers.find(":method").value_or(Bytes{}))
        .add(" ")
        .add(headers.find(":path").value_or(Bytes{}))
        .add(" ")
        .add(kVersionText)
        .add("\r\n");
  else
    out.add(kVersionText).add(" ").add(headers.find(":status").value_or(Bytes{})).add("\r\n");
}

}  // namespace

std::optional<std::span<const std::uint8_t>> Http2Transaction::bytes(
    rules::Field field, Direction direction, std::uint32_t instance,
    FieldScratch scratch) const noexcept {
  const Side& own = side(direction);
  const HeaderList& headers = own.headers;
  if (!own.headers_done) return std::nullopt;
  Composer out(scratch);
  switch (field) {
    case Field::http_protocol:
      return bytes_of(kVersionText);
    case Field::http_stat_msg:
      return Bytes{};
    case Field::http_header:
      return headers_without_cookies(headers, scratch);
    case Field::http_header_raw:
      return headers.text();
    case Field::http_header_names:
      return header_names(headers, scratch);
    case Field::http_request_header:
    case Field::http_response_header:
      return item(headers, instance);
    case Field::http2_header_name:
      if (instance >= headers.size()) return std::nullopt;
      return headers.name(instance);
    case Field::http_host_raw:
      return instance == 0 ? authority_of(headers) : further_authority(headers, instance);
    case Field::http_host: {
      const auto authority = authority_of(headers);
      if (!authority) return std::nullopt;
      return normal_host(*authority, scratch);
    }
    case Field::http_request_line:
    case Field::http_response_line:
      add_start_line(headers, direction, out);
      return out.done();
    case Field::http_start:
      add_start_line(headers, direction, out);
      return out.add(headers.text()).add("\r\n").done();
    case Field::http_cookie:
      return joined(headers, header_of(field, direction), scratch);
    case Field::file_name:
      if (own.body == nullptr) return std::nullopt;
      return path();
    default:
      break;
  }
  const auto name = header_of(field, direction);
  return name.empty() ? std::nullopt : headers.find(name);
}

std::optional<std::uint64_t> Http2Transaction::number(rules::Field field, Direction direction,
                                                      std::uint32_t instance) const noexcept {
  const Side& own = side(direction);
  switch (field) {
    case Field::http2_frametype: {
      auto types = own.frame_types;
      for (; types != 0 && instance != 0; --instance) types &= types - 1;
      if (types == 0) return std::nullopt;
      return static_cast<std::uint64_t>(std::countr_zero(types));
    }
    case Field::http2_errorcode:
      return instance == 0 ? own.error_code : std::nullopt;
    case Field::http2_priority:
      return instance == 0 ? own.priority : std::nullopt;
    case Field::http_num_headers:
      return instance == 0 ? std::optional<std::uint64_t>(own.headers.size()) : std::nullopt;
    case Field::http2_size_update:
      return instance == 0 ? own.table_size_update : std::nullopt;
    case Field::file_size:
      if (own.body == nullptr || own.body->file() == nullptr) return std::nullopt;
      return own.body->file()->size;
    default:
      return std::nullopt;
  }
}

std::optional<BodyView> Http2Transaction::body(rules::Field field,
                                               Direction direction) const noexcept {
  const auto& pipe = side(direction).body;
  if (pipe == nullptr) return std::nullopt;
  if (field == Field::file_data) return pipe->file_view();
  const auto own_field =
      direction == Direction::to_server ? Field::http_request_body : Field::http_response_body;
  if (field != own_field) return std::nullopt;
  return pipe->view();
}

std::optional<std::uint32_t> FrameTransaction::be32_at(std::size_t offset) const noexcept {
  std::uint32_t value = 0;
  ByteReader reader(payload_);
  if (!reader.skip(offset) || !reader.be32(value)) return std::nullopt;
  return value;
}

std::optional<std::uint32_t> FrameTransaction::error_code() const noexcept {
  if (frame_.type == FrameType::rst_stream) return be32_at(0);
  if (frame_.type == FrameType::goaway) return be32_at(4);
  return std::nullopt;
}

std::optional<std::uint8_t> FrameTransaction::priority() const noexcept {
  constexpr std::size_t kWeightAt = 4;
  if (frame_.type != FrameType::priority || payload_.size() <= kWeightAt) return std::nullopt;
  return payload_[kWeightAt];
}

std::optional<std::uint32_t> FrameTransaction::window() const noexcept {
  if (frame_.type != FrameType::window_update) return std::nullopt;
  const auto value = be32_at(0);
  if (!value) return std::nullopt;
  return *value & 0x7fffffff;
}

/// Its identifier in the upper half, its value in the lower.
std::optional<std::uint64_t> FrameTransaction::setting(std::uint32_t index) const noexcept {
  if (index >= num_settings()) return std::nullopt;
  std::uint16_t id = 0;
  std::uint32_t value = 0;
  ByteReader reader(payload_);
  if (!reader.skip(index * kSettingBytes) || !reader.be16(id) || !reader.be32(value))
    return std::nullopt;
  return std::uint64_t{id} << 32 | value;
}

std::optional<std::uint64_t> FrameTransaction::number(rules::Field field, Direction direction,
                                                      std::uint32_t instance) const noexcept {
  if (direction != direction_) return std::nullopt;
  if (field == Field::http2_settings) return setting(instance);
  if (instance != 0) return std::nullopt;
  switch (field) {
    case Field::http2_frametype:
      return static_cast<std::uint64_t>(frame_.type);
    case Field::http2_errorcode:
      return error_code();
    case Field::http2_priority:
      return priority();
    case Field::http2_window:
      return window();
    default:
      return std::nullopt;
  }
}

}  // namespace sekisho::engines::http2
