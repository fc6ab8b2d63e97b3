#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "config/reputation/answer_table.h"
#include "dataplane/flow/flow.h"

struct rte_mbuf;

namespace sekisho::dataplane {

/// What is known of the reputation of the URL that a flow asks for.
struct FlowReputation {
  enum class State : std::uint8_t {
    none,    // nobody asked, or no answer yet
    known,   // `answer` holds
    failed,  // no answer in time, or nobody to ask
  };
  reputation::Answer answer{};
  State state = State::none;
  bool blocks = false;        // the flow's verdict is for its reputation
  std::uint16_t waiting = 0;  // number in the waiting room; 0: it does not wait
};

/// URLs of one packet whose reputation is asked for.
struct AskedKeys {
  static constexpr std::size_t kMost = 4;
  std::array<std::uint64_t, kMost> keys;
  std::size_t count = 0;
};

/// A flow that waits for reputations, and the packet that asked.
struct WaitingFlow {
  rte_mbuf* frame = nullptr;   // ours; null: only the flow's next packets feel the answer
  FlowIndex flow = kNoFlow;    // kNoFlow: this place is free
  std::uint64_t until_ns = 0;  // of the worker's clock
  AskedKeys asked{};
  std::uint8_t slot = 0;  // of the packet in its burst, until that is over
  bool to_server = true;
};

/// One worker's waiting flows. Takes no memory once made.
class WaitingRoom {
 public:
  static constexpr std::size_t kPlaces = 256;

  WaitingRoom() noexcept;
  std::size_t size() const noexcept { return kPlaces - num_free_; }
  /// Number of a free place, from 1; 0: there is none.
  std::uint16_t enter() noexcept { return num_free_ == 0 ? std::uint16_t{0} : free_[--num_free_]; }
  void leave(std::uint16_t number) noexcept;
  WaitingFlow& at(std::uint16_t number) noexcept { return places_[number - 1U]; }
  /// Numbers one after the other, over and over.
  std::uint16_t next() noexcept;

 private:
  std::array<WaitingFlow, kPlaces> places_{};
  std::array<std::uint16_t, kPlaces> free_;
  std::size_t num_free_ = kPlaces;
  std::uint16_t next_ = 0;
};

}  // namespace sekisho::dataplane
