#include "dataplane/flow/control_channel.h"

#include "config/base/byte_reader.h"
#include "dataplane/flow/flow.h"

namespace sekisho::dataplane {
namespace {

/// Modulo 2^32 (RFC 9293 §3.4).
constexpr bool after(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(b - a) < 0;
}

}  // namespace

void DnsQuestions::ask(Question question) noexcept {
  for (std::size_t i = 0; i < count; ++i)
    if (asked[i] == question) return;
  if (count == std::size(asked)) {
    asked[0] = asked[1];
    --count;
  }
  asked[count++] = question;
}

bool DnsQuestions::answer(Question question) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (asked[i] != question) continue;
    if (i == 0) asked[0] = asked[1];
    --count;
    return true;
  }
  return false;
}

bool begins_ftp_line(Flow& flow, bool to_server, const PacketInfo& packet,
                     std::span<const std::uint8_t> payload) noexcept {
  const std::size_t direction = to_server ? 0 : 1;
  const TcpEnd& sender = flow.tcp[direction];
  const auto end = packet.tcp_seq + static_cast<std::uint32_t>(payload.size());
  // What was forwarded although it is out of the window, or belongs to no stream, says nothing.
  if (!sender.seen || after(end, sender.seq_end) || (packet.tcp_flags & (kTcpSyn | kTcpRst)) != 0)
    return false;
  bool& known = flow.ftp_lines.known[direction];
  std::uint32_t& start = flow.ftp_lines.start[direction];
  if (!known && !sender.midstream) {
    known = true;
    start = sender.first_seq;
  }
  const bool begins = known && packet.tcp_seq == start;
  if (as_text(payload).ends_with("\r\n") && (!known || after(end, start))) {
    known = true;
    start = end;
  }
  return begins;
}

}  // namespace sekisho::dataplane
