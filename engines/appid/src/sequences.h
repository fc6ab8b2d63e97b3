#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engines/api/facts.h"
#include "payload.h"

namespace sekisho::engines::appid {

/// A payload as sequences see it.
struct SeenPayload {
  std::uint16_t bytes = 0;
  std::uint8_t first = 0;  // its first byte; over TCP the one behind what may be its length
  bool to_server = false;
};

/// What a flow that nothing has named has said so far, by its payloads' lengths, directions and
/// whether they look random.
struct Sequence {
  static constexpr std::size_t kMaxPayloads = 8;
  static constexpr std::size_t kHeadBytes = 8;

  std::uint64_t flow = 0;  // a digest of its ends
  std::array<SeenPayload, kMaxPayloads> payloads{};
  std::uint8_t count = 0;
  std::uint8_t repeats = 0;   // bytes of payloads' heads that stood at the same place before
  bool is_random = true;      // all of it could be a cipher's
  bool begins_random = true;  // the first payload is the client's and by Wu et al. fully encrypted
  bool is_framed = true;      // of TCP: each payload begins with its own length
  bool midstream = false;
  std::uint32_t tested_bytes = 0;
  std::array<std::array<std::uint8_t, kHeadBytes>, 2> heads{};  // of each end's first payload
  std::array<std::uint8_t, 2> head_bytes{};
  std::uint32_t offered_index = 0;  // the sender's of what may be a handshake of WireGuard; 0: none

  std::span<const SeenPayload> seen() const noexcept { return {payloads.data(), count}; }
};

/// The sequences of one worker's flows that nothing has named yet. Beside the flows, because few
/// need one; a flow that begins takes the place of an older one, which then gets no name from here.
class Sequences {
 public:
  static constexpr std::size_t kMax = 512;  // a power of two; about 50 KiB

  /// Adds a flow's next payload, not empty, of TCP or UDP; `payloads_before` of the flow were not
  /// named either. Null: the sequence is not whole, or of no use any more.
  const Sequence* add(const Facts& facts, const Payload& payload, unsigned payloads_before,
                      bool midstream) noexcept;

 private:
  std::array<Sequence, kMax> sequences_{};
};

/// What a sequence shows as soon as it has come so far; 0: nothing (yet). `sequence` ends with
/// `payload`.
ApplicationId application_of(const Sequence& sequence, const Facts& facts,
                             const Payload& payload) noexcept;

/// What it shows when the flow has said enough; 0: nothing. `beside_bittorrent`: one of the ends
/// speaks BitTorrent elsewhere.
ApplicationId last_word_of(const Sequence& sequence, const Facts& facts,
                           bool beside_bittorrent) noexcept;

}  // namespace sekisho::engines::appid
