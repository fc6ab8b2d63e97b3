// What a LentIo takes from the heap, before the first packet.
#include <rte_mbuf.h>

#include <algorithm>

#include "dataplane/lent/lent_io.h"

namespace sekisho::dataplane {
namespace {

/// Frames that wait to be received: some hundred offers at once.
constexpr std::size_t kWaitingFrames = 4096;
/// The IP packet says its length in 16 bits, and it has headers.
constexpr std::size_t kMostSegmentBytes = 65'000;

}  // namespace

LentIo::Room::Room(std::uint32_t most) : places_(most), waiting_(kWaitingFrames) {
  free_.reserve(most);
  for (auto number = most; number > 0; --number) free_.push_back(number - 1);
}

LentIo::LentIo(FrameIo& wire, std::uint8_t wire_ports, rte_mempool* pool, std::size_t segment_bytes)
    : wire_(wire), pool_(pool), wire_ports_(wire_ports), segment_bytes_(segment_bytes) {}

LentIo::~LentIo() {
  while (auto* frame = take_waiting()) rte_pktmbuf_free(frame);
}

Result<std::unique_ptr<LentIo>> LentIo::make(FrameIo& wire, std::uint8_t wire_ports,
                                             rte_mempool* pool) {
  const std::size_t room = rte_pktmbuf_data_room_size(pool) - std::size_t{RTE_PKTMBUF_HEADROOM};
  constexpr std::size_t kLeast = LentFrame::kMostHeaderBytes + LentFrame::kSynOptionBytes + 1;
  if (room < kLeast)
    return Error{Error::Code::invalid_input,
                 "packet buffers of " + std::to_string(room) + " bytes are too small to lend"};
  const auto segment = std::min(room - LentFrame::kMostHeaderBytes, kMostSegmentBytes);
  return std::unique_ptr<LentIo>(new LentIo(wire, wire_ports, pool, segment));
}

}  // namespace sekisho::dataplane
