#include <algorithm>
#include <array>
#include <string_view>

#include "config/base/byte_reader.h"
#include "dataplane/flow/expectations.h"
#include "line_words.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint16_t kFirstUnprivilegedPort = 1024;
constexpr std::size_t kMaxReplyLines = 32;  // of one payload that are looked at

/// "h1,h2,h3,h4,p1,p2" (RFC 959 §4.1.2).
std::optional<DataEndpoint> take_host_port(std::string_view& text) noexcept {
  std::array<std::uint32_t, 6> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0 && !take_char(text, ',')) return std::nullopt;
    const std::optional<std::uint32_t> byte = take_number(text, 3, 255);
    if (!byte) return std::nullopt;
    bytes[i] = *byte;
  }
  return DataEndpoint{
      IpAddress::from_v4(bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]),
      static_cast<std::uint16_t>(bytes[4] << 8 | bytes[5])};
}

/// RFC 2428 §2: a delimiter is any printable character; a digit would be ambiguous.
bool is_delimiter(char c) noexcept { return c >= 33 && c <= 126 && !is_digit(c); }

/// "|1|192.0.2.1|6275|" or "|2|2001:db8::1|6275|" (RFC 2428 §2).
std::optional<DataEndpoint> take_extended_port(std::string_view& text) noexcept {
  if (text.empty() || !is_delimiter(text.front())) return std::nullopt;
  const char delimiter = text.front();
  text.remove_prefix(1);
  const std::optional<std::uint32_t> family = take_number(text, 1, 2);
  if (!family || *family == 0 || !take_char(text, delimiter)) return std::nullopt;
  const std::size_t length = text.find(delimiter);
  if (length == std::string_view::npos) return std::nullopt;
  const std::optional<IpAddress> address = read_address(text.substr(0, length), *family == 2);
  text.remove_prefix(length + 1);
  const std::optional<std::uint32_t> port = take_number(text, 5, 65535);
  if (!address || !port || !take_char(text, delimiter)) return std::nullopt;
  return DataEndpoint{*address, static_cast<std::uint16_t>(*port)};
}

/// "|||6446|" in the first parentheses of a 229 reply (RFC 2428 §3): family and address are empty.
std::optional<DataEndpoint> read_extended_passive(std::string_view text,
                                                  const IpAddress& server) noexcept {
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos) return std::nullopt;
  text.remove_prefix(open + 1);
  if (text.empty() || !is_delimiter(text.front())) return std::nullopt;
  const char delimiter = text.front();
  for (int i = 0; i < 3; ++i)
    if (!take_char(text, delimiter)) return std::nullopt;
  const std::optional<std::uint32_t> port = take_number(text, 5, 65535);
  if (!port || !take_char(text, delimiter) || !take_char(text, ')')) return std::nullopt;
  return DataEndpoint{server, static_cast<std::uint16_t>(*port)};
}

/// The text around the numbers of a 227 reply is free (RFC 1123 §4.1.2.6): they begin at the first
/// digit.
std::optional<DataEndpoint> read_passive(std::string_view text) noexcept {
  const auto* const digit = std::find_if(text.begin(), text.end(), is_digit);
  text.remove_prefix(static_cast<std::size_t>(digit - text.begin()));
  const std::optional<DataEndpoint> endpoint = take_host_port(text);
  if (!text.empty() && (is_digit(text.front()) || text.front() == ',')) return std::nullopt;
  return endpoint;
}

/// The next whole line without its CRLF, taken from the front.
std::optional<std::string_view> take_line(std::string_view& text) noexcept {
  const std::size_t end = text.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

std::optional<DataEndpoint> read_command(std::string_view text) noexcept {
  std::optional<std::string_view> line = take_line(text);
  if (!line || !text.empty()) return std::nullopt;
  std::optional<DataEndpoint> endpoint;
  if (take_word(*line, "PORT "))
    endpoint = take_host_port(*line);
  else if (take_word(*line, "EPRT "))
    endpoint = take_extended_port(*line);
  return line->empty() ? endpoint : std::nullopt;
}

std::optional<DataEndpoint> read_reply(std::string_view text, const IpAddress& server) noexcept {
  for (std::size_t i = 0; i < kMaxReplyLines; ++i) {
    std::optional<std::string_view> line = take_line(text);
    if (!line) return std::nullopt;
    if (take_word(*line, "227 ")) return read_passive(*line);
    if (take_word(*line, "229 ")) return read_extended_passive(*line, server);
  }
  return std::nullopt;
}

}  // namespace

std::optional<DataEndpoint> parse_ftp_endpoint(std::span<const std::uint8_t> payload,
                                               bool to_server, const IpAddress& client,
                                               const IpAddress& server) noexcept {
  const std::string_view text = as_text(payload);
  const std::optional<DataEndpoint> endpoint =
      to_server ? read_command(text) : read_reply(text, server);
  if (!endpoint || endpoint->port < kFirstUnprivilegedPort) return std::nullopt;
  if (endpoint->address != (to_server ? client : server)) return std::nullopt;
  return endpoint;
}

}  // namespace sekisho::dataplane
