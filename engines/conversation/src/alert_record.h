#pragma once

#include <span>

#include "config/events/json_writer.h"
#include "engines/conversation/inspector.h"
#include "files.h"

namespace sekisho::engines {

/// What an alert's record says besides the rule.
/// How often excerpts may be cut to a quarter, so that a record fits; after that there are none.
inline constexpr unsigned kMostCuts = 4;

struct AlertContext {
  const ips::FlowView* flow = nullptr;  // null: a packet of no flow
  Direction direction = Direction::to_server;
  Transaction* transaction = nullptr;
  std::string_view members{};  // what write_members() wrote, when the transaction is over
  std::span<const Pooled<KnownFile>> files{};  // of all transactions
  const PacketView* packet = nullptr;
  std::span<const std::uint8_t> payload{};  // what matched, or the packet's
  unsigned cuts = 0;                        // of excerpts
  bool from_stream = false;
  bool blocked = false;                      // the verdict was obeyed
  const IpAddress* forwarded_for = nullptr;  // the client that a proxy names
  std::string_view notes{}, metadata{};      // JSON objects
  std::string_view capture{};                // file of the flow's packets; empty: none
};

/// Members of an `alert` record in Suricata's names.
void write_alert(const InspectorConfig& config, const ips::RuleInfo& rule,
                 const AlertContext& context, events::BoundedJsonWriter& json) noexcept;

/// The first `bytes` of the packet, and what they begin with.
void write_packet(const InspectorConfig& config, const PacketView& packet, std::size_t bytes,
                  events::BoundedJsonWriter& json) noexcept;

/// Which packet, where it came from and what it is (write_packet_facts); nothing of null.
void write_packet_origin(const PacketView* packet, events::BoundedJsonWriter& json) noexcept;

/// What an alert says of its transaction and its files.
void write_members(const AlertContext& context, events::BoundedJsonWriter& json) noexcept;

/// `tx_id`, the protocol's own object and app_proto.
void write_transaction(const ips::FlowView& flow, const Transaction* transaction,
                       events::BoundedJsonWriter& json) noexcept;

/// `flow` with its counts and ends.
void write_flow(const ips::FlowView& flow, events::BoundedJsonWriter& json) noexcept;

/// "2026-11-21T10:00:00.000000+0000" needs the calendar: times inside records are UTC.
void write_time(std::string_view key, std::uint64_t time_ns,
                events::BoundedJsonWriter& json) noexcept;

/// Addresses as EVE has them: IPv6 in full.
void write_address(std::string_view key, const IpAddress& address,
                   events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines
