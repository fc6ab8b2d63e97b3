#pragma once

#include <array>
#include <cstdint>

#include "config/base/address.h"
#include "config/events/event.h"
#include "dataplane/parse/packet_info.h"
#include "engines/api/facts.h"

namespace sekisho::dataplane {

enum class TcpState : std::uint8_t {
  none,
  syn_sent,
  syn_received,
  established,
  fin_wait,
  closing,
  time_wait,
  closed
};

/// One direction of a TCP connection, for the window check (G. van Rooij, "Real stateful TCP packet
/// filtering").
struct TcpEnd {
  std::uint32_t seq_end = 0;  // highest sequence number sent + 1
  std::uint32_t max_ack_end =
      0;  // highest acknowledged + advertised by the peer: what this end may send up to
  std::uint32_t max_window = 1;  // largest window it advertised, scaled
  std::uint8_t scale = 0;
  bool scale_known = false;
  bool seen = false;
  bool fin_sent = false;
};

using FlowIndex = std::uint32_t;
inline constexpr FlowIndex kNoFlow = 0xffffffff;

/// One flow of one worker. Line 0 is what every packet needs, line 1 what it changes, the rest is
/// for events, judging and housekeeping.
struct alignas(64) Flow {
  // line 0: identity and standing verdict
  FlowKey key;
  std::uint32_t judged_generation = 0;  // the worker's generation that `verdict` was made under
  events::RuleNumber rule = 0;
  engines::Verdict verdict = engines::Verdict::pass;
  bool initiator_is_a = false;
  bool settled = false;   // judged, and no fact can change it: packets skip the engines
  bool half_open = true;  // not yet answered: first to go under pressure
  TcpState tcp_state = TcpState::none;
  bool log = false;
  std::uint8_t drops_logged = 0;  // a drop event was sent: at most one a flow and judgement
  events::FlowState state = events::FlowState::fresh;

  // line 1: what packets change
  std::uint64_t last_ns = 0;
  std::uint64_t packets[2] = {};  // [0] to server, [1] to client
  std::uint64_t bytes[2] = {};
  std::uint8_t tcp_flags[2] = {};
  std::uint8_t inspected_packets = 0;
  std::uint8_t reserved0 = 0;
  std::uint32_t timeout_s = 0;        // current idle timeout
  std::uint32_t link_next = kNoFlow;  // timing wheel slot or half-open list
  std::uint32_t link_previous = kNoFlow;
  std::uint64_t flow_id = 0;

  // line 2: TCP windows
  TcpEnd tcp[2];  // [0] the initiator

  // line 3: for judging and events
  std::uint64_t start_ns = 0;
  MacAddress initiator_mac;
  MacAddress responder_mac;
  engines::ApplicationId application = 0;
  engines::Knowledge application_known = engines::Knowledge::not_yet;
  policy::Action action = policy::Action::allow;
  bool tentative = false;
  bool expected = false;          // allowed by another flow (FTP data)
  std::uint8_t ingress_port = 0;  // port the initiator is behind
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  policy::Side ingress_side = policy::Side::lan;
  std::uint16_t wheel_slot = 0;
  bool in_use = false;
  bool in_half_open_list = false;
  std::array<std::uint8_t, 8> engine_state{};  // appid's slot (EngineSpec::flow_state_bytes)
};
static_assert(sizeof(Flow) <= 320);

}  // namespace sekisho::dataplane
