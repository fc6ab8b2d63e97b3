// How a worker keeps the packets around alerts.
#include <rte_mbuf.h>

#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {

/// The one question that a burst is asked while no profile captures.
bool Worker::captures_in(const PolicySnapshot& policy) const noexcept {
  return captures_ && (policy.captures() || captures_->is_running());
}

/// While the verdict is tentative nobody knows the flow's profile.
bool Worker::may_be_captured(const PolicySnapshot& policy, const Flow& flow) const noexcept {
  if (!policy.captures()) return false;
  if (flow.tentative) return true;
  const auto treatment = policy.inspection_of(flow.rule);
  return treatment && treatment->profile != nullptr &&
         treatment->profile->capture.seconds_after != 0;
}

/// Packet `i` as it came, whatever becomes of it.
void Worker::capture_packet(const PolicySnapshot& policy, std::size_t i) noexcept {
  const Flow* flow = batch_.keys[i] == nullptr ? nullptr : batch_.flows[i];
  if (flow == nullptr) return;
  auto& capture = notes_[flows_.index_of(*flow)].capture;
  const WirePacket packet{.time_ns = wall_clock(now_ns_),
                          .frame_bytes = batch_.frames[i]->pkt_len,
                          .bytes = frame_bytes(i)};
  if (captures_->add(capture, flow->flow_id, packet, now_ns_)) return;
  if (may_be_captured(policy, *flow)) captures_->keep(capture, flow->flow_id, packet);
}

/// The packet with the alert and those after it come by in enforce(). Of a packet inside another
/// one it is the outer flow that came on the wire.
std::string_view Worker::capture(const engines::ips::RuleInfo& rule,
                                 const engines::ips::CaptureSettings& wanted) noexcept {
  const Flow* flow = !carrier_                           ? inspected_flow_
                     : batch_.keys[*carrier_] == nullptr ? nullptr
                                                         : batch_.flows[*carrier_];
  if (flow == nullptr) return {};
  const bool a = flow->initiator_is_a;
  return captures_->begin(notes_[flows_.index_of(*flow)].capture,
                          {.flow_id = flow->flow_id,
                           .time_ns = wall_clock(now_ns_),
                           .client = a ? flow->key.a : flow->key.b,
                           .server = a ? flow->key.b : flow->key.a,
                           .client_port = a ? flow->key.port_a : flow->key.port_b,
                           .server_port = a ? flow->key.port_b : flow->key.port_a,
                           .protocol = flow->key.protocol,
                           .rule = &rule},
                          wanted, now_ns_);
}

}  // namespace sekisho::dataplane
