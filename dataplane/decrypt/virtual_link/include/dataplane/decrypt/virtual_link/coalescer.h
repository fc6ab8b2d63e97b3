#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/decrypt/segment/tcp_packet.h"
#include "dataplane/decrypt/virtual_link/virtual_header.h"

namespace sekisho::decrypt {

/// Puts segments that follow each other in one connection together to super-segments of up to 64
/// KB, for the kernel to receive in one piece (generic receive offload, by the rules of Linux's
/// tcp_gro_receive(): nothing that the kernel could see of the single segments is lost but where
/// one ends). Payloads are not copied, nothing is allocated.
///
/// What is emitted is an array of iovec, the virtual header first; it and what it points to hold
/// during the call alone. Packets of one connection are emitted in the order in which they came.
class Coalescer {
 public:
  struct Counts {
    std::uint64_t packets = 0;       // taken in
    std::uint64_t emitted = 0;       // pieces that they became
    std::uint64_t not_tcp = 0;       // emitted as they are: ICMP errors, for example
    std::uint64_t bad_checksum = 0;  // not emitted
    std::uint64_t malformed = 0;     // not emitted
  };

  /// Takes in an IP packet, which has to stay where it is until flush(). `checksum_is_good`:
  /// whoever received it has checked the transport checksum. `emit(std::span<const iovec>)`.
  template <class Emit>
  void add(std::span<const std::uint8_t> packet, bool checksum_is_good, Emit&& emit) {
    ++counts_.packets;
    TcpPacket at;
    const auto problem = read_tcp_packet(packet, at);
    if (problem == PacketProblem::other_protocol) return pass_on(packet, emit);
    if (problem != PacketProblem::none) {
      ++counts_.malformed;
      return;
    }
    if (!checksum_is_good && !has_good_checksum(packet, at)) {
      ++counts_.bad_checksum;
      return;
    }
    if (Open* const open = find(packet, at); open != nullptr) {
      if (joins(*open, packet, at)) {
        join(*open, packet, at);
        if (is_last(*open, at)) close(*open, emit);
        return;
      }
      close(*open, emit);
    }
    begin(packet, at, emit);
  }

  /// Emits what is left; after that no packet is referred to any more.
  template <class Emit>
  void flush(Emit&& emit) {
    for (Open& open : open_)
      if (open.pieces != 0) close(open, emit);
  }

  const Counts& counts() const noexcept { return counts_; }

 private:
  static constexpr std::size_t kOpen = 8;     // connections at a time
  static constexpr std::size_t kPieces = 46;  // 64 KB of what Ethernet carries
  static constexpr std::size_t kHeaderRoom = 60 + 60;

  /// A super-segment that may still grow. pieces == 0: none.
  struct Open {
    std::array<iovec, kPieces + 2> parts;  // virtual header, headers, payloads
    std::size_t pieces = 0;                // segments in it
    std::span<const std::uint8_t> first;   // packet
    TcpPacket at;                          // of the first
    std::uint32_t next_seq = 0;
    std::uint32_t total_bytes = 0;  // of the packet that it will be
    std::uint8_t more_flags = 0;    // PSH and FIN of those that joined
    std::array<std::uint8_t, kHeaderRoom> headers;
    VirtualHeader virtual_header;
  };

  Open* find(std::span<const std::uint8_t> packet, const TcpPacket& at) noexcept;
  static bool joins(const Open& open, std::span<const std::uint8_t> packet,
                    const TcpPacket& at) noexcept;
  static void join(Open& open, std::span<const std::uint8_t> packet, const TcpPacket& at) noexcept;
  static bool is_last(const Open& open, const TcpPacket& joined) noexcept;
  static bool may_grow(const TcpPacket& at) noexcept;
  static void open_with(Open& open, std::span<const std::uint8_t> packet,
                        const TcpPacket& at) noexcept;
  /// The parts of the finished super-segment.
  static std::span<const iovec> finish(Open& open) noexcept;
  std::span<const iovec> alone(std::span<const std::uint8_t> packet, std::uint8_t flags) noexcept;

  template <class Emit>
  void begin(std::span<const std::uint8_t> packet, const TcpPacket& at, Emit& emit) {
    if (!may_grow(at)) {
      ++counts_.emitted;
      emit(alone(packet, VirtualHeader::kChecksumIsGood));
      return;
    }
    Open& open = open_[next_];
    next_ = (next_ + 1) % kOpen;
    if (open.pieces != 0) close(open, emit);
    open_with(open, packet, at);
  }

  template <class Emit>
  void close(Open& open, Emit& emit) {
    ++counts_.emitted;
    emit(open.pieces == 1 ? alone(open.first, VirtualHeader::kChecksumIsGood) : finish(open));
    open.pieces = 0;
  }

  template <class Emit>
  void pass_on(std::span<const std::uint8_t> packet, Emit& emit) {
    ++counts_.not_tcp;
    ++counts_.emitted;
    emit(alone(packet, 0));
  }

  std::array<Open, kOpen> open_{};
  std::size_t next_ = 0;
  VirtualHeader lone_header_;
  std::array<iovec, 2> lone_parts_{};
  Counts counts_;
};

}  // namespace sekisho::decrypt
