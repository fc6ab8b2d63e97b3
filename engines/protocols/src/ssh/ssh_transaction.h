#pragma once

#include <cstdint>
#include <optional>

#include "digest_door.h"
#include "engines/memory/memory_pool.h"
#include "engines/protocols/transaction.h"

namespace sekisho::engines::ssh {

using Bytes = std::span<const std::uint8_t>;

/// What the two ends say before they encrypt (RFC 4253 §4.2, §7.1).
class SshTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxBanner = 255;           // RFC 4253 §4.2
  static constexpr std::size_t kMaxHasshBytes = 8 * 1024;  // of the string; a longer one is none

  struct Side {
    explicit Side(MemoryPool& pool) noexcept
        : banner(pool, kMaxBanner), hassh(pool, kMaxHasshBytes) {}
    PooledBytes banner;  // the line without its end
    Bytes protocol;      // "2.0"
    Bytes software;      // "OpenSSH_9.2p1"
    PooledBytes hassh;   // "key exchange;ciphers;MACs;compression"
    Md5Hex hassh_hash{};
    bool has_banner = false;
  };

  explicit SshTransaction(MemoryPool& pool) noexcept
      : Transaction(0), sides{Side(pool), Side(pool)} {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  Side& side(Direction direction) noexcept { return sides[index_of(direction)]; }
  const Side& side(Direction direction) const noexcept { return sides[index_of(direction)]; }

  /// Takes the banner apart; false: none.
  bool banner_done(Direction direction) noexcept;
  /// The body of a KEXINIT, behind its number; false: malformed.
  bool key_exchange_done(Direction direction, Bytes body) noexcept;

  Side sides[2];
};

}  // namespace sekisho::engines::ssh
