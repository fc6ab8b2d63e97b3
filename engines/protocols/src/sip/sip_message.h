#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "config/events/json_writer.h"
#include "rules/ips/field.h"

namespace sekisho::engines {

/// A SIP message in place (RFC 3261 §7): lends the bytes.
class SipMessage {
 public:
  static constexpr std::uint32_t kMaxInstances = 64;  // of a field; further ones are not shown

  /// nullopt: no start line of SIP. `bytes` may lack the end of the body.
  static std::optional<SipMessage> read(std::span<const std::uint8_t> bytes) noexcept;

  bool is_response() const noexcept { return is_response_; }
  /// The header, and whether its end was seen.
  bool is_header_complete() const noexcept { return header_complete_; }
  std::size_t header_bytes() const noexcept { return header_bytes_; }  // with the start line
  std::span<const std::uint8_t> start_line() const noexcept { return start_line_; }
  std::optional<std::uint64_t> content_length() const noexcept;
  std::optional<std::span<const std::uint8_t>> header(std::string_view name, char compact,
                                                      std::uint32_t instance) const noexcept;
  std::optional<std::span<const std::uint8_t>> field(rules::Field field,
                                                     std::uint32_t instance) const noexcept;
  /// `"sip": {...}`
  void write(events::BoundedJsonWriter& json) const noexcept;

 private:
  std::optional<std::span<const std::uint8_t>> start_line_field(rules::Field field) const noexcept;
  bool has_sdp() const noexcept;

  std::span<const std::uint8_t> start_line_;
  // of a request: method, URI, version; of a response: version, code, reason
  std::span<const std::uint8_t> first_, second_, third_;
  std::span<const std::uint8_t> headers_;
  std::span<const std::uint8_t> body_;
  std::size_t header_bytes_ = 0;
  bool is_response_ = false;
  bool header_complete_ = false;
};

/// Values of a session description (RFC 8866), in place.
std::optional<std::span<const std::uint8_t>> sdp_field(std::span<const std::uint8_t> text,
                                                       rules::Field field,
                                                       std::uint32_t instance) noexcept;
/// `"sdp": {...}`
void write_sdp(std::span<const std::uint8_t> text, events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines
