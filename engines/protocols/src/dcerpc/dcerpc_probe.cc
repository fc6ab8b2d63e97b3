#include "dcerpc/dcerpc_parser.h"
#include "little_endian.h"

namespace sekisho::engines::dcerpc {
namespace {

/// Integers, characters, floating point: C706 §14.1. Two bytes and two reserved.
bool is_data_representation(Bytes bytes) noexcept {
  return (bytes[0] == 0x10 || bytes[0] == 0x00) && bytes[1] <= 3 && bytes[2] == 0 && bytes[3] == 0;
}

bool is_answer(std::uint8_t type) noexcept {
  return type == kResponse || type == kFault || type == kBindAck || type == kBindNak ||
         type == kAlterContextResponse;
}

}  // namespace

Likeness probe_stream(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  if (bytes.empty()) return Likeness::maybe;
  if (pdu_bytes(bytes) == 0) return Likeness::no;
  if (bytes.size() < kHeaderBytes) return Likeness::maybe;
  if (!is_data_representation(bytes.subspan(4, 4))) return Likeness::no;
  const auto type = bytes[2];
  if (type != kRequest && type != kResponse && type < kBind && type != kFault) return Likeness::no;
  // cancellations and the like have no body
  constexpr std::size_t kLeast = 8;
  if (type <= kAlterContextResponse && pdu_bytes(bytes) < kHeaderBytes + kLeast)
    return Likeness::no;
  return is_answer(type) && input.direction == Direction::to_server ? Likeness::reversed
                                                                    : Likeness::yes;
}

Likeness probe_datagram(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  constexpr std::uint8_t kHighestDatagramType = 10;
  constexpr std::uint8_t kReservedFlags = 0x81, kReservedFlags2 = 0xfd;
  if (bytes.size() < kDatagramHeaderBytes || bytes[0] != 4 || bytes[1] > kHighestDatagramType)
    return Likeness::no;
  if ((bytes[2] & kReservedFlags) != 0 || (bytes[3] & kReservedFlags2) != 0) return Likeness::no;
  if ((bytes[4] != 0x10 && bytes[4] != 0x00) || bytes[5] > 3 || bytes[6] != 0) return Likeness::no;
  const auto length = integer_at(bytes, 74, 2, bytes[4] == 0x10);
  if (length > bytes.size() - kDatagramHeaderBytes) return Likeness::no;
  return is_answer(bytes[1]) && input.direction == Direction::to_server ? Likeness::reversed
                                                                        : Likeness::yes;
}

}  // namespace sekisho::engines::dcerpc
