#include "dataplane/decrypt/diversion/link_header.h"

#include <algorithm>

#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::decrypt {
namespace {

constexpr std::size_t kAddresses = 12, kPppoe = 6, kLengthInPppoe = 4;
constexpr std::uint16_t kVlan = 0x8100, kServiceVlan = 0x88a8, kOldVlan = 0x9100,
                        kPppoeSession = 0x8864, kLeastEthertype = 0x0600;

bool is_tag(std::uint16_t type) noexcept {
  return type == kVlan || type == kServiceVlan || type == kOldVlan;
}

}  // namespace

bool LinkHeader::keep(std::span<const std::uint8_t> header) noexcept {
  std::size_t at = kAddresses;
  if (header.size() > kMostBytes) return false;
  while (at + 6 <= header.size() && is_tag(load16(&header[at]))) at += 4;
  if (at + 2 > header.size()) return false;
  const auto type = load16(&header[at]);
  const auto behind = header.size() - at - 2;
  const bool is_pppoe = type == kPppoeSession;
  // PPP's protocol has two bytes, or one (RFC 1661 §6.5).
  const bool fits = is_pppoe ? behind == kPppoe + 2 || behind == kPppoe + 1 : behind == 0;
  if (!fits || type < kLeastEthertype) return false;
  std::copy(header.begin(), header.end(), header_.begin());
  bytes_ = static_cast<std::uint8_t>(header.size());
  pppoe_at_ = static_cast<std::uint8_t>(is_pppoe ? at + 2 : 0);
  return true;
}

std::span<const std::uint8_t> LinkHeader::for_packet(std::size_t packet_bytes) noexcept {
  if (pppoe_at_ != 0) {
    const auto ppp = bytes_ - pppoe_at_ - kPppoe;
    store16(&header_[pppoe_at_ + kLengthInPppoe], static_cast<std::uint32_t>(ppp + packet_bytes));
  }
  return std::span(header_).first(bytes_);
}

}  // namespace sekisho::decrypt
