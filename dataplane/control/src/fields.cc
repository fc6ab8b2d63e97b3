#include <array>

#include "requests.h"

namespace sekisho::dataplane {
namespace {

struct ProtocolName {
  std::string_view name;
  std::uint8_t number;
};
constexpr std::array kProtocols{ProtocolName{"tcp", 6},    ProtocolName{"udp", 17},
                                ProtocolName{"icmp", 1},   ProtocolName{"icmpv6", 58},
                                ProtocolName{"sctp", 132}, ProtocolName{"gre", 47},
                                ProtocolName{"esp", 50},   ProtocolName{"igmp", 2}};

Error wrong(const char* name, std::string_view what) {
  return {Error::Code::invalid_input, "'" + std::string(name) + "' " + std::string(what)};
}

bool absent(const Json& body, const char* name) {
  return !body.contains(name) || body[name].is_null();
}

template <class T, class Parse>
Result<std::optional<T>> parsed_field(const Json& body, const char* name, Parse parse) {
  if (absent(body, name)) return std::optional<T>{};
  if (!body[name].is_string()) return wrong(name, "must be a string");
  auto value = parse(body[name].template get<std::string>());
  if (!value) return std::move(value).error().within(name);
  return std::optional<T>(*std::move(value));
}

}  // namespace

Result<std::string> text_field(const Json& body, const char* name, std::string fallback) {
  if (absent(body, name)) return fallback;
  if (!body[name].is_string()) return wrong(name, "must be a string");
  return body[name].get<std::string>();
}

Result<std::uint64_t> number_field(const Json& body, const char* name, std::uint64_t fallback,
                                   std::uint64_t max) {
  if (absent(body, name)) return fallback;
  if (!body[name].is_number_unsigned() || body[name].get<std::uint64_t>() > max)
    return wrong(name, "must be a whole number from 0 to " + std::to_string(max));
  return body[name].get<std::uint64_t>();
}

Result<std::optional<IpAddress>> address_field(const Json& body, const char* name) {
  return parsed_field<IpAddress>(body, name, parse_ip_address);
}

Result<std::optional<MacAddress>> mac_field(const Json& body, const char* name) {
  return parsed_field<MacAddress>(body, name, parse_mac_address);
}

Result<std::optional<std::uint8_t>> protocol_field(const Json& body, const char* name) {
  if (absent(body, name)) return std::optional<std::uint8_t>{};
  if (body[name].is_number_unsigned() && body[name].get<std::uint64_t>() <= 255)
    return std::optional<std::uint8_t>(body[name].get<std::uint8_t>());
  if (body[name].is_string()) {
    const auto text = body[name].get<std::string>();
    for (const auto& protocol : kProtocols)
      if (protocol.name == text) return std::optional<std::uint8_t>(protocol.number);
  }
  return wrong(name,
               "must be tcp, udp, icmp, icmpv6, sctp, gre, esp, igmp or a number from 0 to 255");
}

std::string protocol_name(std::uint8_t protocol) {
  for (const auto& known : kProtocols)
    if (known.number == protocol) return std::string(known.name);
  return std::to_string(protocol);
}

}  // namespace sekisho::dataplane
