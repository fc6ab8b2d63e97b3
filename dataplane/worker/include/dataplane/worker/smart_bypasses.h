#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "dataplane/decrypt/channel/session_messages.h"

namespace sekisho::dataplane {

/// A client whose connections to a host are not decrypted for some time.
struct SmartBypass {
  IpAddress client;
  std::string host;
  std::uint32_t seconds_left = 0;
  decrypt::TlsFailure failure = decrypt::TlsFailure::none;
};

/// Clients and hosts whose decryption failed in a way that would not change (R074): a pinned
/// certificate, a client's certificate, a protocol that we do not speak. One table for all workers;
/// nobody waits, and of two who write to one place at once the second leaves it. A newer pair takes
/// the place of the one of its bucket that has the least time left. 1.2 MiB.
class SmartBypasses {
 public:
  static constexpr std::size_t kMax = 4096;

  SmartBypasses();  // before there are packets: allocates

  /// Any thread. `host`: lower case, or an address as text; one that DNS cannot have is left out.
  /// False: it was, or somebody else was at work there.
  bool put(const IpAddress& client, std::string_view host, decrypt::TlsFailure failure,
           std::uint32_t now_seconds, std::uint32_t seconds) noexcept;
  /// Any thread.
  bool has(const IpAddress& client, std::string_view host,
           std::uint32_t now_seconds) const noexcept;
  /// Any thread; false: it is not there.
  bool remove(const IpAddress& client, std::string_view host, std::uint32_t now_seconds) noexcept;
  std::size_t clear(std::uint32_t now_seconds) noexcept;  // how many there were
  /// Those whose time is not over, the longest left first. Allocates.
  std::vector<SmartBypass> list(std::uint32_t now_seconds) const;

 private:
  static constexpr std::size_t kBucket = 4;
  static constexpr std::size_t kMostBytes = 253;  // RFC 1035 §2.3.4
  static constexpr std::size_t kWords = 4 + (kMostBytes + 7) / 8;
  using Words = std::array<std::uint64_t, kWords>;

  /// Words, as they are read while somebody else writes; what was written meanwhile shows in
  /// `sequence`, which is odd while somebody writes.
  struct Entry {
    std::atomic<std::uint32_t> sequence{0};
    std::array<std::atomic<std::uint64_t>, kWords> words{};
  };
  struct Pair {
    IpAddress client;
    std::uint32_t until_seconds;
    decrypt::TlsFailure failure;
    std::size_t size;
    std::array<char, kMostBytes> host;
    std::string_view name() const noexcept { return {host.data(), size}; }
  };

  static Words words_of(const IpAddress& client, std::string_view host, decrypt::TlsFailure failure,
                        std::uint32_t until_seconds) noexcept;
  static bool read(const Entry& entry, Pair& out) noexcept;
  static bool write(Entry& entry, const Words& words) noexcept;
  Entry* bucket_of(const IpAddress& client, std::string_view host) const noexcept;
  Entry* find(const IpAddress& client, std::string_view host,
              std::uint32_t now_seconds) const noexcept;

  std::uint64_t secret_;  // so that nobody can choose pairs that collide
  std::unique_ptr<Entry[]> entries_;
};

}  // namespace sekisho::dataplane
