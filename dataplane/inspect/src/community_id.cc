#include "community_id.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace sekisho::dataplane {
namespace {

constexpr std::uint8_t kIcmp = 1, kTcp = 6, kUdp = 17, kIcmpV6 = 58, kSctp = 132;
constexpr std::size_t kSha1Bytes = 20;

using TypePair = std::pair<std::uint16_t, std::uint16_t>;

/// Types of ICMP that are asked and answered stand for ports.
std::optional<std::uint16_t> counterpart(std::uint8_t protocol, std::uint16_t type) {
  constexpr std::array<TypePair, 5> kV4{{{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}}};
  constexpr std::array<TypePair, 5> kV6{
      {{128, 129}, {133, 134}, {135, 136}, {130, 131}, {144, 145}}};
  for (const auto& [asked, answered] : protocol == kIcmp ? kV4 : kV6) {
    if (type == asked) return answered;
    if (type == answered) return asked;
  }
  return std::nullopt;
}

struct End {
  IpAddress address;
  std::uint16_t port;
  auto operator<=>(const End& other) const {
    const auto order = address.bytes <=> other.address.bytes;
    return order != 0 ? order : port <=> other.port;
  }
};

void put_number(std::vector<std::uint8_t>& out, std::uint16_t number) {
  out.push_back(static_cast<std::uint8_t>(number >> 8));
  out.push_back(static_cast<std::uint8_t>(number));
}

void put_address(std::vector<std::uint8_t>& out, const IpAddress& address) {
  out.insert(out.end(), address.bytes.begin() + (address.is_v4() ? 12 : 0), address.bytes.end());
}

}  // namespace

std::string community_id(const events::EventTuple& tuple, std::uint16_t seed) {
  End one{tuple.source, tuple.source_port}, other{tuple.destination, tuple.destination_port};
  const bool icmp = tuple.protocol == kIcmp || tuple.protocol == kIcmpV6;
  const auto answer = icmp ? counterpart(tuple.protocol, tuple.source_port) : std::nullopt;
  if (answer) other.port = *answer;
  const bool one_way = icmp && !answer;
  if (!one_way && other < one) std::swap(one, other);

  std::vector<std::uint8_t> input;
  put_number(input, seed);
  put_address(input, one.address);
  put_address(input, other.address);
  input.push_back(tuple.protocol);
  input.push_back(0);
  const bool has_ports =
      icmp || tuple.protocol == kTcp || tuple.protocol == kUdp || tuple.protocol == kSctp;
  if (has_ports) {
    put_number(input, one.port);
    put_number(input, other.port);
  }
  std::array<std::uint8_t, kSha1Bytes> digest{};
  if (EVP_Digest(input.data(), input.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
    return {};
  std::array<unsigned char, 4 * ((kSha1Bytes + 2) / 3) + 1> text{};
  const int size = EVP_EncodeBlock(text.data(), digest.data(), kSha1Bytes);
  return "1:" + std::string(text.begin(), text.begin() + size);
}

}  // namespace sekisho::dataplane
