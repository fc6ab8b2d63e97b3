#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "config/base/address.h"

namespace sekisho::engines::firewall {

/// Stable across policies: a hash of the pattern's text, never 0.
using FqdnId = std::uint32_t;

/// Which FQDN patterns an address stands for, learned from DNS answers. One table for the whole
/// dataplane; every worker reads and writes it without locks or waiting. Fixed size; under pressure
/// the entry that expires first gives way (counted). Addresses are kept as 64-bit fingerprints
/// under a secret of this table, so that nobody can aim at another's entry.
class LearnedAddresses {
 public:
  /// An address can stand for this many patterns at once.
  static constexpr std::size_t kPatternsPerAddress = 7;
  /// Slots that an address may be in; a full neighbourhood displaces.
  static constexpr std::size_t kProbes = 8;

  /// `capacity` addresses, rounded up to a power of two. Neighbourhoods fill up before the table
  /// does: give it several times the addresses expected.
  explicit LearnedAddresses(std::size_t capacity);
  ~LearnedAddresses();

  /// Any thread. Returns true when this told something new (not merely a longer life): the pattern
  /// was unknown for the address, or had expired before `now_seconds`.
  bool learn(const IpAddress& address, FqdnId pattern, std::uint32_t expires_seconds,
             std::uint32_t now_seconds) noexcept;

  /// Any thread. Patterns alive at `now_seconds`, written into `out`; returns how many.
  std::size_t patterns_of(const IpAddress& address, std::uint32_t now_seconds,
                          std::span<FqdnId> out) const noexcept;

  /// Any thread, as long as no other learns of this address: it stands for nothing any more.
  void forget(const IpAddress& address) noexcept;

  /// Asks for what patterns_of() will read.
  void prefetch(const IpAddress& address) const noexcept;

  /// Addresses, and patterns of one address, that had to go before they expired.
  std::uint64_t displaced() const noexcept { return displaced_.load(std::memory_order_relaxed); }

 private:
  struct Slot;
  std::uint64_t fingerprint(const IpAddress& address) const noexcept;
  Slot* slot_for(std::uint64_t key, std::uint32_t now_seconds) noexcept;
  bool learn_in(Slot& slot, std::uint64_t key, FqdnId pattern, std::uint32_t expires_seconds,
                std::uint32_t now_seconds) noexcept;

  std::unique_ptr<Slot[]> slots_;
  std::size_t mask_ = 0;
  std::array<std::uint64_t, 2> secret_{};
  std::atomic<std::uint64_t> displaced_{0};
};

/// What stands for a user or a group in a table of its own, learned from whoever identifies users;
/// Conditions::users. Never the id of what a DNS answer can teach.
FqdnId user_id(std::string_view user_or_group);

class Firewall;

/// A TTL is taken as at least and at most this: shorter-lived names are used by clients a while
/// longer, and no answer is believed for ever.
inline constexpr std::uint32_t kMinLearnedSeconds = 60;
inline constexpr std::uint32_t kMaxLearnedSeconds = 24 * 60 * 60;
/// Records of one answer that are looked at; more are left out.
inline constexpr std::size_t kMaxDnsRecords = 64;

/// Pinned core: learns from one DNS response (RFC 1035), following CNAME chains inside it; names
/// that no pattern wants cost a lookup. Returns how many (address, pattern) pairs were new. Never
/// reads past `message`.
std::size_t learn_from_dns(std::span<const std::uint8_t> message, const Firewall& firewall,
                           LearnedAddresses& learned, std::uint32_t now_seconds) noexcept;

/// What a DNS response says: the name that was asked for, in lower case and without a trailing dot,
/// and the addresses that the response gives it.
struct ResolvedName {
  static constexpr std::size_t kMaxAddresses = 16;  // more are left out
  std::array<char, 253> text;                       // RFC 1035 §2.3.4
  std::size_t size = 0;
  std::array<IpAddress, kMaxAddresses> addresses;
  std::size_t num_addresses = 0;
  std::string_view name() const noexcept { return {text.data(), size}; }
};

/// Pinned core: reads a response without error, of at most kMaxDnsRecords records; false when it is
/// none, or broken. Believes any response, as learn_from_dns().
bool read_resolved_name(std::span<const std::uint8_t> message, ResolvedName& out) noexcept;

/// What ties an answer to its question. Names are compared without case.
struct DnsQuestion {
  std::uint16_t id = 0;    // of the transaction
  std::uint16_t hash = 0;  // of the question section: name, type and class
  bool response = false;
};

/// Pinned core: the question of a plain query, or the one that a response repeats; nullopt when the
/// message is broken or has not exactly one. learn_from_dns() believes any response: show it only
/// those that were asked for. Never reads past `message`.
std::optional<DnsQuestion> read_dns_question(std::span<const std::uint8_t> message) noexcept;

}  // namespace sekisho::engines::firewall
