// The first byte chooses who reads the rest: the head of a request, a DNS query, or a whole frame
// that is answered. Whatever they say, an answer is well-formed and stays in its bounds.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dataplane/answers/block_page.h"
#include "dataplane/answers/dns_refusal.h"
#include "dataplane/answers/dns_sinkhole.h"
#include "dataplane/answers/reply.h"
#include "dataplane/answers/reset.h"
#include "dataplane/parse/decode.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using Bytes = std::span<const std::uint8_t>;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

bool is_within(std::string_view part, Bytes whole) {
  const auto* begin = reinterpret_cast<const char*>(whole.data());
  return part.empty() ||
         (part.data() >= begin && part.data() + part.size() <= begin + whole.size());
}

void answer_request(Bytes payload) {
  static const BlockPages pages({.organisation = "o", .message = "m", .contact = "c"});
  const auto head = read_request_head(payload);
  for (const auto part : {head.host, head.target, head.accept_language})
    check(is_within(part, payload));
  std::array<char, BlockPages::kMaxBytes> room;
  const auto page = pages.write({.language = preferred_language(head.accept_language),
                                 .wants_no_body = head.wants_no_body,
                                 .host = head.host,
                                 .application = {},
                                 .category = {},
                                 .rule = "r",
                                 .id = "0000-0000-0000"},
                                room);
  check(page.starts_with("HTTP/1.1 403 "));
  check(page.find("<script") == page.npos);
}

void answer_query(Bytes query) {
  std::array<std::uint8_t, kMaxDnsRefusalBytes> out;
  const auto led = write_dns_sinkhole(query, {IpAddress::from_v4(1), IpAddress{}}, out);
  check(led <= kMaxDnsSinkholeBytes);
  if (led != 0) check(write_dns_sinkhole({out.data(), led}, {}, out) == 0);
  const auto size = write_dns_refusal(query, "blocked", out);
  std::array<char, 256> name;
  check(size != 0 || name_of_dns_query(query, name).empty());
  if (size == 0) return;
  check(size <= out.size() && out[0] == query[0] && out[1] == query[1]);
  check((out[2] & 0x80) != 0 && (out[3] & 15) == 5);
  check(write_dns_refusal({out.data(), size}, "again", out) == 0);  // nobody answers an answer
}

void answer_frame(Bytes frame) {
  PacketInfo info;
  decode_ethernet(frame, {}, info);
  const std::array<std::uint8_t, 3> payload{1, 2, 3};
  std::array<std::uint8_t, kMaxReplyBytes> out;
  const auto segment = build_segment_to_sender(
      frame, info, {.seq = 1, .ack = 2, .flags = kTcpAck, .payload = payload}, out);
  check(segment <= out.size());
  if (segment != 0) {
    PacketInfo answer;
    decode_ethernet(Bytes(out).first(segment),
                    {.check_ipv4_checksum = true, .check_transport_checksum = true}, answer);
    check(answer.kind == PacketKind::flow && answer.payload_bytes == payload.size());
  }
  check(build_datagram_to_sender(frame, info, payload, out) <= out.size());
  check(build_reset_to_sender(frame, info, out) <= out.size());
  check(build_reset_to_receiver(frame, info, out) <= out.size());
  check(build_port_unreachable(frame, info, out) <= out.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      answer_request(rest);
      break;
    case 1:
      answer_query(rest);
      break;
    default:
      answer_frame(rest);
  }
  return 0;
}
