#pragma once

#include <cstdint>

namespace sekisho::decrypt {

/// What a session's turn has come to.
enum class TurnOutcome : std::uint8_t {
  waits,         // for its sockets, or for somebody's answer
  goes_on,       // has had its turn, and more to do
  lacks_memory,  // no buffer is free
  unopened,      // it cannot be opened, and neither end has heard anything: see TlsSession
  over,          // both ends have closed, or one was reset and the other is
};

}  // namespace sekisho::decrypt
