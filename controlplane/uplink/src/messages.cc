#include "messages.h"

#include <chrono>
#include <nlohmann/json.hpp>

namespace sekisho::controlplane {
namespace {

namespace v1 = link::v1;

v1::PolicyState to_message(DeliveryState state) {
  switch (state) {
    case DeliveryState::none:
      return v1::POLICY_STATE_UNSPECIFIED;
    case DeliveryState::received:
      return v1::POLICY_STATE_RECEIVED;
    case DeliveryState::enforced:
      return v1::POLICY_STATE_ENFORCED;
    case DeliveryState::confirmed:
      return v1::POLICY_STATE_CONFIRMED;
    case DeliveryState::refused:
      return v1::POLICY_STATE_REFUSED;
    case DeliveryState::rolled_back:
      return v1::POLICY_STATE_ROLLED_BACK;
  }
  return v1::POLICY_STATE_UNSPECIFIED;
}

v1::ContentState to_message(ContentOutcome outcome) {
  switch (outcome) {
    case ContentOutcome::none:
      return v1::CONTENT_STATE_UNSPECIFIED;
    case ContentOutcome::accepted:
      return v1::CONTENT_STATE_ACCEPTED;
    case ContentOutcome::refused:
      return v1::CONTENT_STATE_REFUSED;
    case ContentOutcome::rolled_back:
      return v1::CONTENT_STATE_ROLLED_BACK;
  }
  return v1::CONTENT_STATE_UNSPECIFIED;
}

}  // namespace

std::string utf8_of(std::string text) {
  try {
    (void)nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    for (char& c : text)
      if (static_cast<unsigned char>(c) > 0x7f) c = '?';
  }
  return text;
}

v1::PolicyReport to_message(const DeliveryReport& report) {
  v1::PolicyReport message;
  const auto& in_force = report.in_force;
  message.set_version_in_force(in_force.bundle_version);
  message.set_local_policy(in_force.serial != 0 && in_force.bundle_version == 0);
  message.set_content_address(in_force.content_address);
  message.set_serial(in_force.serial);
  const auto& attempt = report.attempt;
  message.set_version(attempt.version);
  message.set_state(to_message(attempt.state));
  message.set_reason_code(attempt.reason_code);
  message.set_reason(utf8_of(attempt.reason));
  for (const auto& mistake : attempt.mistakes) {
    auto& added = *message.add_mistakes();
    added.set_line(mistake.line);
    added.set_column(mistake.column);
    added.set_message(utf8_of(mistake.message));
  }
  message.set_apply_ms(attempt.apply_ms);
  return message;
}

v1::ContentReport to_message(const ContentReport& report,
                             const std::vector<DatabaseReport>& databases) {
  v1::ContentReport message;
  message.set_version_in_force(report.version_in_force);
  message.set_version(report.attempt.version);
  message.set_state(to_message(report.attempt.outcome));
  message.set_reason_code(report.attempt.reason_code);
  message.set_reason(utf8_of(report.attempt.reason));
  message.set_digest(report.digest);
  for (const auto& pack : report.packs) {
    auto& added = *message.add_packs();
    added.set_name(pack.name);
    added.set_version(pack.version);
    added.set_rules(pack.rules);
    added.set_refused(pack.refused);
  }
  for (const auto& database : databases) {
    auto& added = *message.add_databases();
    added.set_kind(std::string(name_of(database.kind)));
    added.set_version_in_force(database.in_force.version);
    added.set_built(database.in_force.built);
    added.set_entries(database.in_force.entries);
    added.set_version(database.attempt.version);
    added.set_state(to_message(database.attempt.outcome));
    added.set_reason_code(database.attempt.reason_code);
    added.set_reason(utf8_of(database.attempt.reason));
    added.set_stale(database.is_stale);
  }
  return message;
}

v1::StatusReport to_message(const BoxStatus& status) {
  v1::StatusReport message;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  message.set_time_unix_ms(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count()));
  message.set_uptime_seconds(status.uptime_seconds);
  message.set_dataplane_up(status.dataplane_up);
  for (const auto& port : status.ports) {
    auto& added = *message.add_ports();
    added.set_name(port.name);
    added.set_side(port.side);
    added.set_link_up(port.link_up);
    added.set_speed_mbps(port.speed_mbps);
    added.set_rx_packets(port.rx_packets);
    added.set_tx_packets(port.tx_packets);
    added.set_rx_bytes(port.rx_bytes);
    added.set_tx_bytes(port.tx_bytes);
  }
  message.set_flows(status.flows);
  message.set_packets(status.packets);
  message.set_bytes(status.bytes);
  message.set_dropped(status.dropped);
  message.set_events_lost(status.events_lost);
  auto& authority = *message.mutable_authority();
  authority.set_certificate(utf8_of(status.authority.certificate));
  authority.set_subject(utf8_of(status.authority.subject));
  authority.set_issuer(utf8_of(status.authority.issuer));
  authority.set_not_before(status.authority.not_before);
  authority.set_not_after(status.authority.not_after);
  authority.set_key(utf8_of(status.authority.key));
  authority.set_origin(utf8_of(status.authority.origin));
  authority.set_fingerprint(utf8_of(status.authority.fingerprint));
  authority.set_trouble(utf8_of(status.authority.trouble));
  return message;
}

}  // namespace sekisho::controlplane
