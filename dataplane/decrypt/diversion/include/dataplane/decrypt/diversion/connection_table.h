#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "config/base/address.h"
#include "dataplane/decrypt/segment/tcp_packet.h"

namespace sekisho::decrypt {

/// Who speaks with whom; unique in the network of the decrypting process.
struct ConnectionEnds {
  IpAddress client;
  IpAddress server;
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  bool operator==(const ConnectionEnds&) const = default;
};

/// The ends of a packet that its client sent.
ConnectionEnds ends_of(std::span<const std::uint8_t> packet, const TcpPacket& at) noexcept;
/// The same with client and server changed.
ConnectionEnds turned_round(const ConnectionEnds& ends) noexcept;

/// Ends to a number below `most`, by open addressing in memory of fixed size.
class ConnectionTable {
 public:
  explicit ConnectionTable(std::uint32_t most);

  std::optional<std::uint32_t> find(const ConnectionEnds& ends) const noexcept;
  /// False: they are there already, or the table is full.
  bool add(const ConnectionEnds& ends, std::uint32_t number) noexcept;
  void remove(const ConnectionEnds& ends) noexcept;

 private:
  static constexpr std::uint32_t kEmpty = 0xffffffff;
  struct Slot {
    ConnectionEnds ends;
    std::uint32_t number = kEmpty;
  };
  std::size_t home_of(const ConnectionEnds& ends) const noexcept;
  std::size_t slot_of(const ConnectionEnds& ends) const noexcept;  // its own, or a free one

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::uint64_t secret_;     // so that nobody can choose ends that collide
  std::uint32_t most_;
  std::uint32_t count_ = 0;
};

}  // namespace sekisho::decrypt
