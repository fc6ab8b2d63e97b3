#pragma once

#include <cstdint>

#include "engines/conversation/inspector.h"
#include "engines/protocols/parser.h"

namespace sekisho::engines {

/// Finds out what a conversation speaks from the first bytes of either direction.
class Recognition {
 public:
  struct Result {
    const ProtocolSpec* spec = nullptr;  // found
    bool reversed = false;               // the ends are the other way round
    bool failed = false;                 // none of all protocols, and that is final
  };

  /// `bytes` are all of the direction so far; asked again with more while nothing is found.
  Result look(const ProbeInput& input, bool tcp, const ProtocolSet& left_out) noexcept;
  /// That direction can tell nothing more.
  Result give_up(Direction direction) noexcept;
  bool failed_in_any() const noexcept { return failed_[0] || failed_[1]; }
  void start_over() noexcept { *this = {}; }

  /// Without a hint in this many bytes a direction has told what it can.
  static constexpr std::size_t kMaxBytes = 4096;

 private:
  bool failed_[2] = {};
};

/// The first protocol that knows `input` as its own.
struct Probed {
  const ProtocolSpec* spec = nullptr;
  bool reversed = false;
  bool undecided = false;  // none, but some may with more bytes
};
Probed probe_all(const ProbeInput& input, bool tcp, const ProtocolSet& left_out) noexcept;

/// The protocol's spec for the transport, or null.
const ProtocolSpec* spec_of(Protocol protocol, bool tcp) noexcept;

}  // namespace sekisho::engines
