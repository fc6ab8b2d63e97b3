#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "dataplane/decrypt/channel/session_messages.h"

namespace sekisho::decrypt {

/// Written by one thread, read by any.
class Count {
 public:
  void add(std::uint64_t more) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Of one loop, since it began.
struct LoopCounters {
  Count sessions;           // open now
  Count taken_over;         // connections rebuilt
  Count refused_full;       // handed over while no session was free
  Count refused_malformed;  // what was handed over contradicts itself
  Count refused_by_kernel;  // e.g. ports that the last connection still has
  Count abandoned;          // called off by the worker
  Count closed;             // both ends closed
  Count reset;              // one end was reset, and so the other
  Count lost_with_worker;   // whose channel broke, or went away
  Count bytes_to_server;    // of payload
  Count bytes_to_client;
  Count packets_in;       // from the worker
  Count pieces_in;        // that they became for the kernel
  Count packets_out;      // to the worker
  Count pieces_out;       // of the kernel that they were cut from
  Count bad_checksums;    // packets not believed
  Count malformed;        // packets in or out
  Count refused_by_link;  // pieces that the kernel did not take
  Count not_tcp;          // that the kernel itself would have said
  Count memory_short;     // turns that a session waited for a buffer
  Count channels_broken;
  Count opened;      // both handshakes were over
  Count unopened;    // could not be opened, and went on as they were
  Count answered;    // ended with an answer of the worker's
  Count condemned;   // ended by the worker
  Count leafs_made;  // by sekisho-keys
  Count leafs_refused;
  Count inquiries;             // of sekisho-fetch, about origins' certificates
  Count inquiries_unanswered;  // it was not there, or too much was asked: went on without
  Count found_revoked;         // by it
  Count chains_completed;      // with authorities that it fetched
  std::array<Count, kTlsFailures> failures;  // by TlsFailure
};

}  // namespace sekisho::decrypt
