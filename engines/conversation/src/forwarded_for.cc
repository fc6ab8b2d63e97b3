#include "forwarded_for.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string_view>

namespace sekisho::engines {
namespace {

constexpr std::uint32_t kMaxFields = 128;     // of a header that are looked at
constexpr std::size_t kMaxFieldBytes = 2048;  // of one

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_named(std::string_view field, std::string_view lower_name) noexcept {
  return std::equal(
      field.begin(), field.end(), lower_name.begin(), lower_name.end(),
      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

std::optional<IpAddress> parse_address(std::string_view text) noexcept {
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

std::optional<IpAddress> forwarded_client(const ForwardedFor& config,
                                          const Transaction* transaction) noexcept {
  if (!config.enabled || transaction == nullptr) return std::nullopt;
  const std::string_view name(config.header.data());
  std::array<std::uint8_t, kMaxFieldBytes> scratch;
  for (std::uint32_t i = 0; i < kMaxFields; ++i) {
    const auto field =
        transaction->bytes(rules::Field::http_request_header, Direction::to_server, i, scratch);
    if (!field) return std::nullopt;
    const std::string_view line(reinterpret_cast<const char*>(field->data()), field->size());
    const auto colon = line.find(':');
    if (colon == line.npos || !is_named(trim(line.substr(0, colon)), name)) continue;
    const auto value = line.substr(colon + 1);
    const auto comma = config.last ? value.rfind(',') : value.find(',');
    if (comma == value.npos) return parse_address(trim(value));
    return parse_address(trim(config.last ? value.substr(comma + 1) : value.substr(0, comma)));
  }
  return std::nullopt;
}

}  // namespace sekisho::engines
