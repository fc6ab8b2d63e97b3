#pragma once

#include <cstdint>
#include <span>

#include "dataplane/decrypt/segment/tcp_packet.h"
#include "dataplane/decrypt/takeover/handover.h"

namespace sekisho::decrypt {

/// What a connection's first segments say of it, for a flow that may have to be opened: 40 bytes,
/// and no allocation. Segments are noted in the order in which they pass; those that the flow's own
/// tracking drops are not noted.
class Handshake {
 public:
  enum class Outcome : std::uint8_t {
    going_on,
    complete,    // the next bytes are the client's
    impossible,  // data in a SYN, or options that a rebuilt connection could not go on with
  };

  /// `packet` is the IP packet that `at` was read from. A SYN begins all over again.
  Outcome note(std::span<const std::uint8_t> packet, const TcpPacket& at, Side from,
               std::uint32_t now_ms) noexcept;

  Outcome outcome() const noexcept { return outcome_; }

  /// Of a complete one; the addresses and ports are those of `packet`, which the client sent.
  Handover handover(std::span<const std::uint8_t> packet, const TcpPacket& at,
                    std::uint64_t flow_id, std::uint32_t now_ms) const noexcept;

 private:
  struct End {
    std::uint32_t next_seq = 0;
    std::uint32_t timestamp = 0;
    std::uint16_t window = 0;  // as it stood in the segment
    std::uint16_t mss = 0;
    std::uint8_t scale = TcpOptions::kNone;
    bool seen = false;
    bool sack = false;
    bool timestamps = false;
  };

  Outcome note_syn(std::span<const std::uint8_t> packet, const TcpPacket& at, Side from) noexcept;
  void note_ack(std::span<const std::uint8_t> packet, const TcpPacket& at, Side from) noexcept;
  bool scales() const noexcept;
  HandoverEnd end_of(const End& end) const noexcept;
  End& of(Side side) noexcept { return side == Side::client ? client_ : server_; }

  End client_;
  End server_;
  std::uint32_t noted_ms_ = 0;
  Outcome outcome_ = Outcome::going_on;
  bool client_window_is_scaled_ = false;
};

}  // namespace sekisho::decrypt
