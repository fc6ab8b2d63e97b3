#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "config/base/result.h"
#include "engines/api/facts.h"
#include "engines/pattern/database.h"
#include "payload.h"
#include "rules/applications/catalogue.h"

namespace sekisho::engines::appid {

/// A scan's bytes of one payload; patterns behind them are not found.
inline constexpr std::size_t kScannedBytes = 1024;

/// The catalogue's patterns, searched for all at once. Immutable once made, for any number of
/// threads.
class PayloadPatterns {
 public:
  /// Their database for this processor and library, as the artifact carries it; made once a
  /// process.
  static const Result<std::vector<std::byte>>& compiled();
  /// Stands for the database's content: another catalogue, library or processor has another.
  static std::uint64_t key() noexcept;

  /// Of what compiled() gave in whatever process; without a database it is made here.
  static Result<PayloadPatterns> load(std::span<const std::byte> database);

  /// False: no memory; find() with it finds nothing.
  bool fit(pattern::Scratch& scratch) const { return database_.fit(scratch); }

  /// The first of the catalogue that shows itself with this payload, which is not empty, of a flow
  /// over TCP or UDP, or a part of that which does, too; 0: none. `half`: the flow's own, 0 at
  /// first.
  ApplicationId find(const Facts& facts, const Payload& payload, pattern::Scratch& scratch,
                     std::uint8_t& half) const noexcept;

 private:
  using Found = std::bitset<rules::ApplicationPatterns::kMaxParts>;
  /// A list of the catalogue's, by the ids of its parts.
  struct Parts {
    std::uint16_t first;
    std::uint16_t count;
    bool are_in(const Found& found) const noexcept;
  };
  struct Signature {
    const rules::Application* application;
    std::uint8_t protocol;
    std::uint8_t number;  // from 1, of those of both ends
    std::uint16_t port;
    Parts client, server, either;
  };
  explicit PayloadPatterns(pattern::Database database);
  static bool shows(const Signature& signature, const Found& found, bool to_server,
                    std::uint8_t& half) noexcept;

  pattern::Database database_;
  std::vector<Signature> signatures_;
};

}  // namespace sekisho::engines::appid
