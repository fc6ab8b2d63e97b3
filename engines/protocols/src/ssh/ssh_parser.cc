#include "ssh/ssh_parser.h"

#include <algorithm>
#include <cstring>

#include "specs.h"

namespace sekisho::engines {
namespace ssh {
namespace {

constexpr std::uint8_t kKeyExchangeInit = 20;
constexpr std::uint8_t kNewKeys = 21;
constexpr std::uint8_t kStageBanner = 1;
constexpr std::uint8_t kStageKeyExchange = 2;

}  // namespace

ParseStatus SshParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                               ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  while (!bytes.empty() && !finished_ && !end.encrypted) {
    if (!end.banner_over) {
      if (!read_banner(direction, bytes, events)) {
        finish(events);
        return ParseStatus::failed;
      }
      continue;
    }
    if (!end.in_packet) {
      if (read_header(direction, bytes)) continue;
      finish(events);
      return ParseStatus::failed;
    }
    const auto part = bytes.first(std::min<std::size_t>(bytes.size(), end.left));
    bytes = bytes.subspan(part.size());
    end.left -= static_cast<std::uint32_t>(part.size());
    if (end.message == kKeyExchangeInit && end.key_exchange.append_some(part) < part.size())
      transaction_.add_oddity("ssh.long_kex_record");
    if (end.left != 0) continue;
    if (events.wants_frames()) report_frames(direction, bytes.data(), events);
    packet_done(direction, events);
  }
  if (ends_[0].encrypted && ends_[1].encrypted) finish(events);
  return finished_ ? ParseStatus::enough : ParseStatus::ok;
}

/// Takes from the front of `bytes` up to the line's end. False: no banner.
bool SshParser::read_banner(Direction direction, Bytes& bytes, ProtocolEvents& events) noexcept {
  PooledBytes& banner = transaction_.side(direction).banner;
  const auto* found =
      static_cast<const std::uint8_t*>(std::memchr(bytes.data(), '\n', bytes.size()));
  const auto line =
      found == nullptr ? bytes : bytes.first(static_cast<std::size_t>(found - bytes.data()));
  bytes = bytes.subspan(line.size() + (found != nullptr ? 1 : 0));
  const bool fits = banner.append_some(line) == line.size();
  if (!fits) transaction_.add_oddity("ssh.long_banner");
  // What is too long is judged by its beginning; the rest up to the line's end is passed over.
  const bool enough = found != nullptr || !fits;
  if (enough && !transaction_.side(direction).has_banner && !finish_banner(direction, events))
    return false;
  end_of(direction).banner_over = found != nullptr;
  return true;
}

bool SshParser::finish_banner(Direction direction, ProtocolEvents& events) noexcept {
  const bool good = transaction_.banner_done(direction);
  if (!good) transaction_.add_oddity("ssh.invalid_banner");
  if (transaction_.side(direction).has_banner) reach(direction, kStageBanner, events);
  return good;
}

/// False: no packet.
bool SshParser::read_header(Direction direction, Bytes& bytes) noexcept {
  End& end = end_of(direction);
  const auto count = std::min(bytes.size(), kHeaderBytes - end.header_bytes);
  std::memcpy(end.header + end.header_bytes, bytes.data(), count);
  end.header_bytes = static_cast<std::uint8_t>(end.header_bytes + count);
  bytes = bytes.subspan(count);
  if (end.header_bytes < kHeaderBytes) return true;
  constexpr std::uint32_t kCounted = 2;  // padding length and message number
  std::uint32_t length = 0;
  (void)ByteReader(end.header).be32(length);
  end.header_bytes = 0;
  if (length <= kCounted || length > kMaxPacket) {
    transaction_.add_oddity("ssh.invalid_record");
    return false;
  }
  end.left = length - kCounted;
  end.message = end.header[5];
  end.in_packet = true;
  return true;
}

/// The packet that ends at `end`; a longer one than is at hand has no frames.
void SshParser::report_frames(Direction direction, const std::uint8_t* end,
                              ProtocolEvents& events) noexcept {
  std::uint32_t length = 0;
  (void)ByteReader(end_of(direction).header).be32(length);
  const std::uint64_t bytes = std::uint64_t{length} + sizeof(length);
  const auto packet = events.bytes_before(end, bytes);
  if (packet.size() != bytes) return;
  events.frame(rules::Field::frame_ssh_record_pdu, direction, packet);
  events.frame(rules::Field::frame_ssh_record_hdr, direction, packet.first(kHeaderBytes));
  events.frame(rules::Field::frame_ssh_record_data, direction, packet.subspan(kHeaderBytes));
}

void SshParser::packet_done(Direction direction, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  end.in_packet = false;
  if (end.message == kKeyExchangeInit && !end.key_exchange.empty()) {
    if (transaction_.side(direction).hassh.empty() &&
        !transaction_.key_exchange_done(direction, end.key_exchange.view()))
      transaction_.add_oddity("ssh.invalid_record");
    end.key_exchange.reset();
    reach(direction, kStageKeyExchange, events);
    if (transaction_.stage(opposite(direction)) >= kStageKeyExchange) log(events);
  } else if (end.message == kNewKeys) {
    end.encrypted = true;
    reach(direction, kStageEnd, events);
  }
}

void SshParser::reach(Direction direction, std::uint8_t stage, ProtocolEvents& events) noexcept {
  if (transaction_.stage(direction) >= stage) return;
  transaction_.set_stage(direction, stage);
  events.stage_reached(transaction_, direction);
}

void SshParser::log(ProtocolEvents& events) noexcept {
  const bool anything = transaction_.sides[0].has_banner || transaction_.sides[1].has_banner;
  if (logged_ || !anything) return;
  logged_ = true;
  events.record_due(transaction_, "ssh", 0, Direction::to_server);
}

void SshParser::finish(ProtocolEvents& events) noexcept {
  if (finished_) return;
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    // A banner whose line never ended is judged as it is.
    auto& side = transaction_.side(direction);
    if (!side.has_banner && !side.banner.empty() && !end_of(direction).banner_over)
      (void)finish_banner(direction, events);
    reach(direction, kStageEnd, events);
  }
  log(events);
  finished_ = true;
  events.ended(transaction_);
}

bool SshParser::gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  if (end.encrypted) return true;
  if (end.in_packet && end.message != kKeyExchangeInit && count < end.left) {
    end.left -= static_cast<std::uint32_t>(count);
    return true;
  }
  // Nothing more can be read here; the other end's banner may be yet to come.
  if (!transaction_.side(direction).has_banner && !transaction_.side(direction).banner.empty())
    (void)finish_banner(direction, events);
  end.encrypted = true;
  reach(direction, kStageEnd, events);
  if (end_of(opposite(direction)).encrypted) finish(events);
  return !finished_;
}

void SshParser::end(Direction direction, ProtocolEvents& events) noexcept {
  if (finished_) return;
  end_of(direction).over = true;
  if (end_of(opposite(direction)).over) finish(events);
}

Likeness probe(const ProbeInput& input) noexcept {
  constexpr std::string_view kBegin = "SSH-";
  const auto begin = as_text(input.bytes).substr(0, kBegin.size());
  if (begin != kBegin.substr(0, begin.size())) return Likeness::no;
  return begin.size() == kBegin.size() ? Likeness::yes : Likeness::maybe;
}

}  // namespace ssh

const ProtocolSpec kSsh{.protocol = Protocol::ssh,
                        .tcp = true,
                        .udp = false,
                        .probe = ssh::probe,
                        .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                          return make_pooled<ssh::SshParser, Parser>(pool, pool);
                        }};

}  // namespace sekisho::engines
