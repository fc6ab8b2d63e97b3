// IEEE 802.11 data frames, and the three headers that capturing systems put in front of them.
#include "link_readers.h"

namespace sekisho::dataplane {
namespace {

/// What a data frame's header says of its body.
struct WirelessBody {
  std::size_t at;
  bool aggregate;  // an A-MSDU
};

WirelessBody find_body(Frame frame, std::size_t at, bool padded) noexcept {
  constexpr std::size_t kHeader = 24, kFourthAddress = 6, kQosControl = 2, kHtControl = 4;
  constexpr std::uint8_t kQos = 0x80, kBothWays = 0x03, kOrder = 0x80, kAggregate = 0x80;
  const bool qos = (frame[at] & kQos) != 0;
  const auto flags = frame[at + 1];
  std::size_t header = kHeader;
  if ((flags & kBothWays) == kBothWays) header += kFourthAddress;
  const std::size_t qos_at = at + header;
  if (qos) header += kQosControl;
  if (qos && (flags & kOrder) != 0) header += kHtControl;
  const bool aggregate = qos && qos_at < frame.size() && (frame[qos_at] & kAggregate) != 0;
  if (padded) header = (header + 3) / 4 * 4;
  return {at + header, aggregate};
}

/// Of an A-MSDU the first frame counts: one captured frame is one packet.
LinkResult read_aggregate(Frame frame, std::size_t at) noexcept {
  constexpr std::size_t kSubframeHeader = 14;
  if (frame.size() - at < kSubframeHeader) return truncated();
  const std::size_t bytes = load_be16(&frame[at + 12]);
  at += kSubframeHeader;
  if (bytes > frame.size() - at) return truncated();
  return read_llc_header(frame.first(at + bytes), at);
}

/// Only a data frame that is whole and in the clear can show IP.
bool may_carry_ip(Frame frame, std::size_t at) noexcept {
  constexpr std::uint8_t kVersionAndType = 0x0f, kData = 0x08, kNoData = 0x40;
  constexpr std::uint8_t kMoreFragments = 0x04, kProtected = 0x40;
  return (frame[at] & kVersionAndType) == kData && (frame[at] & kNoData) == 0 &&
         (frame[at + 1] & (kProtected | kMoreFragments)) == 0;
}

/// `at` may be behind the end; `padded`: the header is filled up to a multiple of 4 bytes.
LinkResult read_wireless_frame(Frame frame, std::size_t at, bool padded) noexcept {
  constexpr std::size_t kSequenceControlAt = 22;
  if (frame.size() < at + 2) return truncated();
  if (!may_carry_ip(frame, at)) return {};
  const auto body = find_body(frame, at, padded);
  if (frame.size() < body.at) return truncated();
  const bool later_fragment = (frame[at + kSequenceControlAt] & 0x0f) != 0;
  if (later_fragment) return {};
  return body.aggregate ? read_aggregate(frame, body.at) : read_llc_header(frame, body.at);
}

/// Whether the flags field, second of the fields that `radiotap`'s bitmap announces, tells of
/// padding behind the 802.11 header.
bool has_padded_header(Frame radiotap) noexcept {
  constexpr std::uint32_t kTimestamp = 1, kFlags = 2, kMoreBitmaps = 0x80000000;
  constexpr std::uint8_t kPadded = 0x20;
  constexpr std::size_t kBitmapAt = 4, kTimestampBytes = 8;
  const auto present = load_le32(&radiotap[kBitmapAt]);
  if ((present & kFlags) == 0) return false;
  std::size_t at = kBitmapAt;
  while ((load_le32(&radiotap[at]) & kMoreBitmaps) != 0) {
    at += 4;
    if (radiotap.size() < at + 4) return false;
  }
  at += 4;
  if ((present & kTimestamp) != 0) at = (at + 7) / 8 * 8 + kTimestampBytes;
  return at < radiotap.size() && (radiotap[at] & kPadded) != 0;
}

}  // namespace

LinkResult read_ieee802_11(Frame frame) noexcept { return read_wireless_frame(frame, 0, false); }

LinkResult read_radiotap(Frame frame) noexcept {
  constexpr std::size_t kHeader = 8;
  if (frame.size() < kHeader) return truncated();
  const std::size_t bytes = load_le16(&frame[2]);
  if (frame[0] != 0 || bytes < kHeader) return {};
  if (bytes > frame.size()) return truncated();
  return read_wireless_frame(frame, bytes, has_padded_header(frame.first(bytes)));
}

/// Drivers of Prism cards write AVS headers under the same link type.
LinkResult read_prism(Frame frame) noexcept {
  constexpr std::size_t kHeader = 144;
  constexpr std::uint32_t kAvsMask = 0xfffff000, kAvs = 0x80211000;
  if (frame.size() >= 4 && (load_be32(frame.data()) & kAvsMask) == kAvs) return read_avs(frame);
  return read_wireless_frame(frame, kHeader, false);
}

LinkResult read_avs(Frame frame) noexcept {
  constexpr std::size_t kVersionAndLength = 8;
  if (frame.size() < kVersionAndLength) return truncated();
  const std::size_t bytes = load_be32(&frame[4]);
  if (bytes < kVersionAndLength) return {};
  return read_wireless_frame(frame, bytes, false);
}

}  // namespace sekisho::dataplane
