#include "dataplane/decrypt/diversion/connection_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <utility>

#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::decrypt {
namespace {

std::uint64_t mixed(std::uint64_t value) noexcept {  // the finaliser of SplitMix64
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

std::uint64_t random_secret() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

}  // namespace

ConnectionEnds ends_of(std::span<const std::uint8_t> packet, const TcpPacket& at) noexcept {
  ConnectionEnds ends;
  const auto addresses = addresses_of(packet, at);
  if (at.is_ipv4) {
    ends.client = IpAddress::from_v4(load32(addresses.data()));
    ends.server = IpAddress::from_v4(load32(addresses.data() + 4));
  } else {
    std::copy_n(addresses.begin(), 16, ends.client.bytes.begin());
    std::copy_n(addresses.begin() + 16, 16, ends.server.bytes.begin());
  }
  ends.client_port = load16(packet.data() + at.tcp_offset);
  ends.server_port = load16(packet.data() + at.tcp_offset + 2);
  return ends;
}

ConnectionEnds turned_round(const ConnectionEnds& ends) noexcept {
  return {ends.server, ends.client, ends.server_port, ends.client_port};
}

ConnectionTable::ConnectionTable(std::uint32_t most)
    : slots_(std::bit_ceil(std::size_t{most} * 2)), secret_(random_secret()), most_(most) {}

std::size_t ConnectionTable::home_of(const ConnectionEnds& ends) const noexcept {
  std::uint64_t words[4];
  std::memcpy(words, ends.client.bytes.data(), 16);
  std::memcpy(words + 2, ends.server.bytes.data(), 16);
  auto hash = secret_ ^ (std::uint64_t{ends.client_port} << 16 | ends.server_port);
  for (const auto word : words) hash = mixed(hash ^ word);
  return static_cast<std::size_t>(hash) & (slots_.size() - 1);
}

std::size_t ConnectionTable::slot_of(const ConnectionEnds& ends) const noexcept {
  auto at = home_of(ends);
  while (slots_[at].number != kEmpty && !(slots_[at].ends == ends))
    at = (at + 1) & (slots_.size() - 1);
  return at;
}

std::optional<std::uint32_t> ConnectionTable::find(const ConnectionEnds& ends) const noexcept {
  const auto& slot = slots_[slot_of(ends)];
  if (slot.number == kEmpty) return std::nullopt;
  return slot.number;
}

bool ConnectionTable::add(const ConnectionEnds& ends, std::uint32_t number) noexcept {
  auto& slot = slots_[slot_of(ends)];
  if (slot.number != kEmpty || count_ == most_) return false;
  slot = {ends, number};
  ++count_;
  return true;
}

/// What stands behind it moves up where it may, so that no search ends too early.
void ConnectionTable::remove(const ConnectionEnds& ends) noexcept {
  const auto mask = slots_.size() - 1;
  auto hole = slot_of(ends);
  if (slots_[hole].number == kEmpty) return;
  --count_;
  for (auto at = (hole + 1) & mask; slots_[at].number != kEmpty; at = (at + 1) & mask) {
    const auto home = home_of(slots_[at].ends);
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    slots_[hole] = std::exchange(slots_[at], {});
    hole = at;
  }
  slots_[hole] = {};
}

}  // namespace sekisho::decrypt
