#include "config/base/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>

namespace sekisho {
namespace {

Error bad(std::string_view text, std::string_view why) {
  return {Error::Code::invalid_input, "'" + std::string(text) + "' " + std::string(why)};
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Sets (or clears) every bit from `prefix` (0..128, counted in the 16-byte form) to the end.
IpAddress fill_host_bits(IpAddress address, unsigned prefix, bool value) {
  for (unsigned bit = prefix; bit < 128; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    auto& byte = address.bytes[bit / 8];
    byte = static_cast<std::uint8_t>(value ? byte | mask : byte & ~mask);
  }
  return address;
}

Result<AddressRange> parse_cidr(std::string_view text, std::size_t slash) {
  const auto address = parse_ip_address(trim(text.substr(0, slash)));
  if (!address) return bad(text, "is not an address, range or CIDR");
  const auto digits = trim(text.substr(slash + 1));
  const unsigned width = address->is_v4() ? 32 : 128;
  unsigned prefix = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (problem != std::errc{} || end != digits.data() + digits.size() || prefix > width)
    return bad(text, "has a prefix length outside 0-" + std::to_string(width));
  const unsigned bits = prefix + (128 - width);
  return AddressRange{fill_host_bits(*address, bits, false), fill_host_bits(*address, bits, true)};
}

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

/// The prefix length when `range` is exactly one CIDR block, counted in its own family.
std::optional<unsigned> prefix_of(const AddressRange& range) {
  unsigned bits = 128;  // that both ends share
  for (unsigned i = 0; i < 16 && bits == 128; ++i) {
    const auto difference = static_cast<std::uint8_t>(range.first.bytes[i] ^ range.last.bytes[i]);
    if (difference != 0) bits = i * 8 + static_cast<unsigned>(std::countl_zero(difference));
  }
  if (fill_host_bits(range.first, bits, false) != range.first ||
      fill_host_bits(range.last, bits, true) != range.last)
    return std::nullopt;
  return bits - (range.first.is_v4() ? 96 : 0);
}

}  // namespace

Result<IpAddress> parse_ip_address(std::string_view text) {
  const std::string zero_terminated(text);  // inet_pton would not see beyond a NUL
  if (text.find('\0') != text.npos) return bad(text, "is not an IPv4 or IPv6 address");
  in_addr v4{};
  if (inet_pton(AF_INET, zero_terminated.c_str(), &v4) == 1)
    return IpAddress::from_v4(ntohl(v4.s_addr));
  IpAddress v6;
  if (inet_pton(AF_INET6, zero_terminated.c_str(), v6.bytes.data()) == 1) return v6;
  return bad(text, "is not an IPv4 or IPv6 address");
}

Result<AddressRange> parse_address_range(std::string_view text) {
  text = trim(text);
  if (const auto slash = text.find('/'); slash != text.npos) return parse_cidr(text, slash);
  const auto dash = text.find('-');
  if (dash == text.npos) {
    const auto single = parse_ip_address(text);
    if (!single) return bad(text, "is not an address, range or CIDR");
    return AddressRange{*single, *single};
  }
  const auto first = parse_ip_address(trim(text.substr(0, dash)));
  const auto last = parse_ip_address(trim(text.substr(dash + 1)));
  if (!first || !last) return bad(text, "is not an address, range or CIDR");
  if (first->is_v4() != last->is_v4()) return bad(text, "mixes IPv4 and IPv6");
  if (*last < *first) return bad(text, "ends before it begins");
  return AddressRange{*first, *last};
}

Result<MacAddress> parse_mac_address(std::string_view text) {
  const auto whole = trim(text);
  if (whole.size() != 17) return bad(text, "is not a MAC address like 12:34:56:78:90:ab");
  MacAddress mac;
  for (std::size_t i = 0; i < 6; ++i) {
    const auto high = hex_digit(whole[i * 3]);
    const auto low = hex_digit(whole[i * 3 + 1]);
    const bool separated = i == 5 || whole[i * 3 + 2] == ':' || whole[i * 3 + 2] == '-';
    if (!high || !low || !separated)
      return bad(text, "is not a MAC address like 12:34:56:78:90:ab");
    mac.bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return mac;
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.is_v4())
    inet_ntop(AF_INET, address.bytes.data() + 12, text.data(), text.size());
  else
    inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
  return text.data();
}

std::string to_string(const AddressRange& range) {
  if (range.first == range.last) return to_string(range.first);
  if (const auto prefix = prefix_of(range))
    return to_string(range.first) + "/" + std::to_string(*prefix);
  return to_string(range.first) + "-" + to_string(range.last);
}

std::string to_string(const MacAddress& mac) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : mac.bytes) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

}  // namespace sekisho
