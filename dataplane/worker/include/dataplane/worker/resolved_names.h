#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "config/base/address.h"

namespace sekisho::dataplane {

/// What a client asked DNS for, by the address that it was given: what it then sends there without
/// naming anybody is most likely for that name. A client is a MAC address, as it asks by IPv4 for
/// what it calls by IPv6; those behind a router are one. One table for all workers, as a question
/// and the flow after it need not meet the same one: nobody waits, and of two who write to one
/// place at once the second leaves it. A newer answer takes the place of an older one. 2.4 MiB.
class ResolvedNames {
 public:
  static constexpr std::size_t kMax = 8192;  // a power of two
  /// A name is believed so long whatever its TTL: clients keep connecting to what they once had.
  static constexpr std::uint32_t kSeconds = 24 * 60 * 60;
  using Text = std::array<char, 256>;  // RFC 1035 §2.3.4: at most 253 bytes are used

  ResolvedNames();  // before there are packets: allocates

  /// Any worker. `name`: lower case, without a trailing dot; one that DNS cannot have is left out.
  void put(const MacAddress& client, const IpAddress& server, std::string_view name,
           std::uint32_t now_seconds) noexcept;
  /// Any worker. The name, in `out`; empty: the client did not ask, or it is not known any more.
  std::string_view find(const MacAddress& client, const IpAddress& server,
                        std::uint32_t now_seconds, Text& out) const noexcept;

 private:
  /// Whose name it is, how long it is, and when it was told.
  struct Head {
    std::array<std::uint64_t, 2> server;
    std::uint64_t client_and_size;
    std::uint64_t told_seconds;
  };
  /// Words, as they are read while somebody else writes; what was written meanwhile shows in
  /// `sequence`, which is odd while somebody writes.
  struct Entry {
    std::atomic<std::uint32_t> sequence{0};
    std::array<std::atomic<std::uint64_t>, sizeof(Head) / sizeof(std::uint64_t)> head{};
    std::array<std::atomic<std::uint64_t>, sizeof(Text) / sizeof(std::uint64_t)> name{};
  };
  static Head head_of(const MacAddress& client, const IpAddress& server, std::size_t size,
                      std::uint32_t now_seconds) noexcept;
  static std::size_t slot_of(const MacAddress& client, const IpAddress& server) noexcept;
  std::unique_ptr<Entry[]> entries_;
};

}  // namespace sekisho::dataplane
