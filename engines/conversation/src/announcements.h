#pragma once

#include <array>
#include <cstdint>

#include "engines/ips/ips.h"
#include "engines/protocols/parser.h"

namespace sekisho::engines {

/// Conversations that others announced: FTP's data connections, TFTP's transfers. Of one worker, as
/// both are the same two hosts' and hosts stay with their worker. The oldest gives way.
class Announcements {
 public:
  static constexpr std::size_t kMax = 256;
  static constexpr std::uint64_t kLifetimeNs = 60'000'000'000;

  /// `by` is the announcing conversation. Replaces what it said of the same address and port.
  void put(const Expectation& expectation, const ips::FlowView& by, std::uint64_t now_ns) noexcept;
  /// What was said of a conversation, once; null: nothing. Lent until the next call.
  const Expectation* take(const ips::FlowView& flow, std::uint64_t now_ns) noexcept;

 private:
  struct Entry {
    Expectation expectation;
    IpAddress peer;  // who will connect
    /// The announcing end: where the peer really goes when an address was translated on the way.
    IpAddress own;
    std::uint64_t since_ns = 0;
    bool used = false;
  };
  std::array<Entry, kMax> entries_;
  Expectation taken_;
  std::size_t next_ = 0;  // to give way
};

}  // namespace sekisho::engines
