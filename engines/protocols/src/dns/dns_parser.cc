#include <algorithm>
#include <array>

#include "dns/dns_message.h"
#include "dns/dns_probe.h"
#include "dns/dns_transaction.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

constexpr rules::Field frame_of(Protocol protocol) noexcept {
  return protocol == Protocol::mdns    ? rules::Field::frame_mdns_pdu
         : protocol == Protocol::llmnr ? rules::Field::frame_llmnr_pdu
                                       : rules::Field::frame_dns_pdu;
}

class DnsDatagramParser final : public Parser {
 public:
  DnsDatagramParser(Protocol protocol, const DnsRecords& records) noexcept
      : protocol_(protocol), records_(records) {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    const auto message = DnsMessage::read(bytes);
    if (message) events.frame(frame_of(protocol_), direction, bytes);
    if (message) report_dns_message(*message, protocol_, next_id_++, direction, records_, events);
    return ParseStatus::ok;
  }
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  Protocol protocol_;
  DnsRecords records_;
  std::uint64_t next_id_ = 0;
};

/// Messages with their length before them (RFC 7766 §8). A message that lies whole in the bytes
/// given is read where it is; only a split one is put together.
class DnsStreamParser final : public Parser {
 public:
  DnsStreamParser(MemoryPool& pool, const DnsRecords& records) noexcept
      : records_(records), halves_{{Half{pool}, Half{pool}}} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t, ProtocolEvents&) noexcept override {
    auto& half = halves_[index_of(direction)];
    half.partial.reset();
    half.skip = 0;
    half.lost_place = true;
    return true;
  }
  void end(Direction direction, ProtocolEvents&) noexcept override {
    halves_[index_of(direction)].partial.reset();
  }
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  static constexpr std::size_t kLengthBytes = 2;
  static constexpr std::size_t kMaxMessage = kLengthBytes + 0xffff;

  struct Half {
    explicit Half(MemoryPool& pool) noexcept : partial(pool, kMaxMessage) {}
    PooledBytes partial;      // length and beginning of a split message
    std::size_t skip = 0;     // of a message that there was no memory for
    bool lost_place = false;  // after a gap: a length is believed when a header follows
  };

  static std::size_t message_bytes(std::span<const std::uint8_t> bytes) noexcept {
    return kLengthBytes + static_cast<std::size_t>(bytes[0] << 8 | bytes[1]);
  }
  void report(Direction direction, std::span<const std::uint8_t> framed,
              ProtocolEvents& events) noexcept;
  std::size_t complete_partial(Direction direction, std::span<const std::uint8_t> bytes,
                               ProtocolEvents& events) noexcept;
  void keep(Half& half, std::span<const std::uint8_t> bytes) noexcept;

  DnsRecords records_;
  std::array<Half, 2> halves_;
  std::uint64_t next_id_ = 0;
};

ParseStatus DnsStreamParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                     ProtocolEvents& events) noexcept {
  auto& half = halves_[index_of(direction)];
  const auto skipped = std::min(half.skip, bytes.size());
  half.skip -= skipped;
  bytes = bytes.subspan(skipped);
  if (half.lost_place && !bytes.empty()) {
    // a message mostly begins with a segment
    if (bytes.size() < kLengthBytes + kDnsHeaderBytes ||
        !is_plausible_dns_header(bytes.subspan(kLengthBytes), message_bytes(bytes) - kLengthBytes))
      return ParseStatus::ok;
    half.lost_place = false;
  }
  if (!half.partial.empty()) bytes = bytes.subspan(complete_partial(direction, bytes, events));
  while (bytes.size() >= kLengthBytes && bytes.size() >= message_bytes(bytes)) {
    const auto framed = bytes.first(message_bytes(bytes));
    report(direction, framed, events);
    bytes = bytes.subspan(framed.size());
  }
  if (!bytes.empty()) keep(half, bytes);
  return ParseStatus::ok;
}

/// How many of `bytes` the message begun earlier took.
std::size_t DnsStreamParser::complete_partial(Direction direction,
                                              std::span<const std::uint8_t> bytes,
                                              ProtocolEvents& events) noexcept {
  auto& partial = halves_[index_of(direction)].partial;
  std::size_t taken = 0;
  if (partial.size() < kLengthBytes && !bytes.empty()) {
    if (!partial.append(bytes.first(1))) return bytes.size();
    taken = 1;
  }
  if (partial.size() < kLengthBytes) return taken;
  const auto missing = message_bytes(partial.view()) - partial.size();
  const auto more = bytes.subspan(taken, std::min(missing, bytes.size() - taken));
  if (!partial.append(more)) {
    halves_[index_of(direction)].skip = missing - more.size();
    partial.reset();
    return taken + more.size();
  }
  if (more.size() == missing) {
    report(direction, partial.view(), events);
    partial.reset();
  }
  return taken + more.size();
}

void DnsStreamParser::keep(Half& half, std::span<const std::uint8_t> bytes) noexcept {
  if (half.partial.append(bytes)) return;
  if (bytes.size() >= kLengthBytes)
    half.skip = message_bytes(bytes) - bytes.size();
  else
    half.lost_place = true;
}

void DnsStreamParser::report(Direction direction, std::span<const std::uint8_t> framed,
                             ProtocolEvents& events) noexcept {
  const auto message = DnsMessage::read(framed.subspan(kLengthBytes));
  if (!message) return;
  events.frame(rules::Field::frame_dns_pdu, direction, framed);
  report_dns_message(*message, Protocol::dns, next_id_++, direction, records_, events);
}

template <Protocol kProtocol>
Pooled<Parser> make_datagram_parser(MemoryPool& pool, const ParserOptions& options) noexcept {
  return make_pooled<DnsDatagramParser, Parser>(pool, kProtocol, options.dns_records);
}

}  // namespace

const ProtocolSpec kDnsUdp{.protocol = Protocol::dns,
                           .udp = true,
                           .probe = probe_dns_datagram,
                           .make = make_datagram_parser<Protocol::dns>};
const ProtocolSpec kDnsTcp{.protocol = Protocol::dns,
                           .tcp = true,
                           .probe = probe_dns_stream,
                           .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                             return make_pooled<DnsStreamParser, Parser>(pool, pool,
                                                                         options.dns_records);
                           }};
const ProtocolSpec kMdns{.protocol = Protocol::mdns,
                         .udp = true,
                         .probe = probe_mdns,
                         .make = make_datagram_parser<Protocol::mdns>};
const ProtocolSpec kLlmnr{.protocol = Protocol::llmnr,
                          .udp = true,
                          .probe = probe_llmnr,
                          .make = make_datagram_parser<Protocol::llmnr>};

}  // namespace sekisho::engines
