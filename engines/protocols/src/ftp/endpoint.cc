#include "ftp/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "lines.h"

namespace sekisho::engines {
namespace {

bool is_digit(std::uint8_t byte) noexcept { return byte >= '0' && byte <= '9'; }

std::optional<IpAddress> parse_address(std::span<const std::uint8_t> text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.empty() || text.size() >= copy.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), copy.begin());
  in_addr v4{};
  if (inet_pton(AF_INET, copy.data(), &v4) == 1) return IpAddress::from_v4(ntohl(v4.s_addr));
  IpAddress v6;
  if (inet_pton(AF_INET6, copy.data(), v6.bytes.data()) == 1) return v6;
  return std::nullopt;
}

}  // namespace

std::optional<FtpEndpoint> parse_ftp_host_port(std::span<const std::uint8_t> text) noexcept {
  const auto begin = std::find_if(text.begin(), text.end(), is_digit);
  text = text.subspan(static_cast<std::size_t>(begin - text.begin()));
  std::array<std::uint32_t, 6> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto digits = text.first(static_cast<std::size_t>(end - text.begin()));
    const auto value = decimal(digits);
    if (!value || *value > 255) return std::nullopt;
    numbers[i] = static_cast<std::uint32_t>(*value);
    text = text.subspan(digits.size());
    if (i + 1 == numbers.size()) break;
    if (text.empty() || text[0] != ',') return std::nullopt;
    text = trim(text.subspan(1));
  }
  return FtpEndpoint{
      IpAddress::from_v4(numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3]),
      static_cast<std::uint16_t>(numbers[4] << 8 | numbers[5])};
}

std::optional<FtpEndpoint> parse_ftp_extended(std::span<const std::uint8_t> text) noexcept {
  if (text.empty()) return std::nullopt;
  const auto delimiter = text[0];
  text = text.subspan(1);
  take_until(text, delimiter);
  const auto address = take_until(text, delimiter);
  const auto port = decimal(take_until(text, delimiter));
  if (!port || *port == 0 || *port > 0xffff) return std::nullopt;
  return FtpEndpoint{parse_address(address), static_cast<std::uint16_t>(*port)};
}

}  // namespace sekisho::engines
