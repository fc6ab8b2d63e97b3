// Calls: SIP and RTSP flows announce where their media will be, and the media's flows are named by
// them. Nothing is opened: a flow of media is judged by its own ends, and by that name.
#include "dataplane/flow/media_announcement.h"
#include "dataplane/worker/worker.h"
#include "rules/applications/catalogue.h"

namespace sekisho::dataplane {
namespace {

namespace id = rules::application_id;

/// The signalling that a flow is spoken in; 0: none.
engines::ApplicationId signalling_of(const Flow& flow) noexcept {
  for (const auto application : {flow.application, flow.carrier})
    if (application == id::kSip || application == id::kRtsp) return application;
  return 0;
}

}  // namespace

/// After the flow's application was told by packet `i`.
void Worker::listen_for_media(Flow& flow, std::size_t i) noexcept {
  if (signalling_of(flow) == 0 || (flow.watch & kWatchControl) != 0) return;
  flow.watch |= kWatchMedia;
  const auto& info = batch_.info[i];
  if (info.kind == PacketKind::flow && flow.verdict == engines::Verdict::pass)
    announce_media(flow, i);
}

/// Whoever sends packet `i` tells of its own sockets only.
void Worker::announce_media(const Flow& flow, std::size_t i) noexcept {
  const auto& info = batch_.info[i];
  const auto payload = frame_bytes(i).subspan(info.payload_offset, info.payload_bytes);
  const bool to_server = batch_.to_server[i];
  const auto& sender = to_server == flow.initiator_is_a ? flow.key.a : flow.key.b;
  const auto application = signalling_of(flow);
  const auto ports = application == id::kRtsp ? read_rtsp_media(payload, to_server)
                                              : read_sip_media(payload, sender);
  for (const auto port : ports.all())
    shared_.media.put(sender, port, {flow.flow_id, application}, now_seconds());
}

/// Of a flow over UDP whose application is not known yet: whether one of its ends was announced.
void Worker::adopt_media(Flow& flow) noexcept {
  if (flow.has_parent || (flow.watch & kWatchControl) != 0) return;
  const auto& key = flow.key;
  for (const bool of_a : {true, false}) {
    const auto& address = of_a ? key.a : key.b;
    const auto port = of_a ? key.port_a : key.port_b;
    const auto parent = shared_.media.find(address, port, now_seconds());
    if (!parent) continue;
    flow.has_parent = true;
    flow.parent = parent_of(parent->flow_id, parent->application);
    shared_.media.put(address, port, *parent, now_seconds());  // the call goes on
    ++counters_.flows_expected;
    return;
  }
}

}  // namespace sekisho::dataplane
