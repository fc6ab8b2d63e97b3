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
  void start_over() noexcept { *this = {}; }

  /// Without a hint in this many bytes a direction has told what it can.
  static constexpr std::size_t kMaxBytes = 4096;

 private:
  bool failed_[2] = {};
};

/// The protocol's spec for the transport, or null.
const ProtocolSpec* spec_of(Protocol protocol, bool tcp) noexcept;

}  // namespace sekisho::engines
