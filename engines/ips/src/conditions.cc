#include "core.h"

namespace sekisho::engines::ips {
namespace {

bool has(const RuleRecord& record, RuleFlag flag) noexcept { return (record.flags & flag) != 0; }

bool ports_hold(std::span<const rules::PortRange> ranges, std::uint16_t port) noexcept {
  if (ranges.empty()) return true;
  for (const auto& range : ranges)
    if (port >= range.first && port <= range.last) return true;
  return false;
}

struct Ends {
  const IpAddress* source;
  const IpAddress* destination;
  std::uint16_t source_port, destination_port;
};

Ends ends_of(const Look& look) noexcept {
  if (look.flow == nullptr)
    return {&look.packet->source, &look.packet->destination, look.packet->source_port,
            look.packet->destination_port};
  const auto& flow = *look.flow;
  if (look.direction == Direction::to_server)
    return {&flow.client, &flow.server, flow.client_port, flow.server_port};
  return {&flow.server, &flow.client, flow.server_port, flow.client_port};
}

bool fit(const Ruleset::Tables& tables, const RuleRecord& record, const Ends& ends) noexcept {
  const auto in = [&tables](Slice slice, const IpAddress& address) {
    return slice.count == 0 || contains(tables.of(tables.addresses, slice), address);
  };
  return ports_hold(tables.of(tables.ports, record.source_ports), ends.source_port) &&
         ports_hold(tables.of(tables.ports, record.destination_ports), ends.destination_port) &&
         in(record.source, *ends.source) && in(record.destination, *ends.destination);
}

}  // namespace

const IpAddress& Detector::Core::source_of(const Look& look) const noexcept {
  return *ends_of(look).source;
}

const IpAddress& Detector::Core::destination_of(const Look& look) const noexcept {
  return *ends_of(look).destination;
}

std::pair<std::uint16_t, std::uint16_t> Detector::Core::ports_of(const Look& look) const noexcept {
  const auto ends = ends_of(look);
  return {ends.source_port, ends.destination_port};
}

bool Detector::Core::endpoints_hold(const RuleRecord& record, const Look& look) const noexcept {
  const auto ends = ends_of(look);
  if (fit(tables, record, ends)) return true;
  if (!has(record, kBidirectional)) return false;
  return fit(tables, record,
             {ends.destination, ends.source, ends.destination_port, ends.source_port});
}

bool Detector::Core::flow_holds(const RuleRecord& record, const Look& look) const noexcept {
  const auto* flow = look.flow;
  if (flow == nullptr) return !has(record, kNeedsFlow);
  // A packet that completes a handshake is not yet one of an established connection; its bytes are.
  const bool of_packet = !look.from_stream && look.transaction == nullptr;
  const bool established = of_packet ? flow->was_established : flow->established;
  if (has(record, kEstablished) && !established) return false;
  if (has(record, kNotEstablished) && established) return false;
  const bool of_stream = look.from_stream || (look.transaction != nullptr && flow->has_stream);
  if (has(record, kOnlyStream) && !of_stream) return false;
  if (has(record, kNoStream) && look.from_stream) return false;
  if (has(record, kFlowStart) && flow->packets[index_of(look.direction)] > 1) return false;
  return true;
}

bool Detector::Core::header_holds(const RuleRecord& record, const Look& look) const noexcept {
  if ((record.directions >> index_of(look.direction) & 1) == 0) return false;
  if (record.app_protocols != 0) {
    if (look.flow == nullptr) return false;
    const auto seen_protocols =
        protocols_seen_in(look.flow->protocol) |
        protocols_seen_in(look.flow->protocol_by_direction[index_of(look.direction)]);
    if ((record.app_protocols & seen_protocols) == 0) return false;
  }
  if (!has(record, kAnyProtocol)) {
    const auto protocol = look.flow != nullptr ? look.flow->ip_protocol : look.packet->ip_protocol;
    if ((tables.numbers[record.ip_protocols + protocol / 64] >> (protocol % 64) & 1) == 0)
      return false;
  }
  if (has(record, kOnlyFragment) && !look.packet->is_reassembled && !look.packet->is_fragment)
    return false;
  if (has(record, kNoFragment) && (look.packet->is_reassembled || look.packet->is_fragment))
    return false;
  if (!flow_holds(record, look)) return false;
  if (look.packet->ip_header.empty() && look.flow == nullptr && !has(record, kAnyPacket))
    return false;
  constexpr std::uint32_t kBoth = kIpv4 | kIpv6;
  if ((record.flags & kBoth) != kBoth && !has(record, source_of(look).is_v4() ? kIpv4 : kIpv6))
    return false;
  return endpoints_hold(record, look);
}

}  // namespace sekisho::engines::ips
