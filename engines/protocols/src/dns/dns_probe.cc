#include "dns/dns_probe.h"

#include <algorithm>

#include "dns/dns_message.h"

namespace sekisho::engines {
namespace {

std::size_t be16_at(std::span<const std::uint8_t> bytes, std::size_t offset) noexcept {
  return static_cast<std::size_t>(bytes[offset] << 8 | bytes[offset + 1]);
}

/// NetBIOS names (RFC 1002) share the form of DNS's messages.
constexpr std::uint16_t kNetbiosNamePort = 137;

/// On a port that is not DNS's only what could hardly be anything else: one question of class
/// Internet, every record in place, no byte left over.
bool is_surely_dns(std::span<const std::uint8_t> bytes) noexcept {
  const auto message = DnsMessage::read(bytes);
  if (!message || message->malformed() || message->opcode() != 0) return false;
  const auto odd = message->oddities();
  if (odd.z_flag_set || odd.name_too_long || odd.infinite_loop || odd.invalid_authorities ||
      odd.invalid_additionals)
    return false;
  const auto question = message->record(DnsSection::questions, 0);
  if (message->count(DnsSection::questions) != 1 || !question || question->klass != 1) return false;
  return message->is_response() ||
         (message->count(DnsSection::answers) == 0 && message->rcode() == 0 && question->type != 0);
}

/// A flow of which the answer was seen first has its ends the wrong way round.
Likeness by_sender(const ProbeInput& input, std::uint16_t flags, std::uint16_t port) noexcept {
  const bool response = (flags & 0x8000) != 0;
  const bool from_port = input.client_port == port && input.server_port != port;
  if (input.direction == Direction::to_server && response && from_port) return Likeness::reversed;
  return Likeness::yes;
}

bool is_port(const ProbeInput& input, std::uint16_t port) noexcept {
  return input.server_port == port || input.client_port == port;
}

}  // namespace

bool is_plausible_dns_header(std::span<const std::uint8_t> message, std::size_t bytes) noexcept {
  if (message.size() < kDnsHeaderBytes) return false;
  std::size_t records = 0;
  for (std::size_t i = 0; i < kNumDnsSections; ++i) records += be16_at(message, 4 + 2 * i);
  return kDnsHeaderBytes + 2 * records <= bytes;
}

Likeness probe_dns_datagram(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  if (!is_plausible_dns_header(bytes, bytes.size())) return Likeness::no;
  for (const auto port : {kMdnsPort, kLlmnrPort, kNetbiosNamePort})
    if (is_port(input, port)) return Likeness::no;
  if (!is_port(input, kDnsPort)) return is_surely_dns(bytes) ? Likeness::yes : Likeness::no;
  return by_sender(input, static_cast<std::uint16_t>(be16_at(bytes, 2)), kDnsPort);
}

Likeness probe_dns_stream(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  if (bytes.size() < 2) return Likeness::maybe;
  const std::size_t length = be16_at(bytes, 0);
  if (length < kDnsHeaderBytes) return Likeness::no;
  if (bytes.size() < 2 + kDnsHeaderBytes) return Likeness::maybe;
  const auto message = bytes.subspan(2);
  if (!is_plausible_dns_header(message, length)) return Likeness::no;
  if (is_port(input, kDnsPort))
    return by_sender(input, static_cast<std::uint16_t>(be16_at(message, 2)), kDnsPort);
  constexpr std::size_t kPatience = 512;  // bytes of a message on a foreign port
  if (length > kPatience) return Likeness::no;
  if (message.size() < length) return Likeness::maybe;
  return is_surely_dns(message.first(length)) ? Likeness::yes : Likeness::no;
}

Likeness probe_mdns(const ProbeInput& input) noexcept {
  if (!is_port(input, kMdnsPort)) return Likeness::no;
  return is_plausible_dns_header(input.bytes, input.bytes.size()) ? Likeness::yes : Likeness::no;
}

Likeness probe_llmnr(const ProbeInput& input) noexcept {
  if (!is_port(input, kLlmnrPort)) return Likeness::no;
  if (!is_plausible_dns_header(input.bytes, input.bytes.size())) return Likeness::no;
  return by_sender(input, static_cast<std::uint16_t>(be16_at(input.bytes, 2)), kLlmnrPort);
}

}  // namespace sekisho::engines
