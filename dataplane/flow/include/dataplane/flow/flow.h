#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "config/base/address.h"
#include "config/events/event.h"
#include "dataplane/flow/control_channel.h"
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
/// filtering"). Sequence numbers as on the wire: compare modulo 2^32.
struct TcpEnd {
  std::uint32_t first_seq = 0;    // of its first byte after the SYN; midstream: the first one seen
  std::uint32_t seq_end = 0;      // highest sequence number sent + 1
  std::uint32_t acked = 0;        // highest acknowledgement of the peer: the peer's next expected
  std::uint32_t max_ack_end = 0;  // highest acknowledgement + window of the peer: may send up to
  std::uint32_t max_window = 1;   // largest window it advertised, scaled
  std::uint8_t scale = 0;         // before both SYNs were seen: kNoWindowScale if it offered none
  bool scale_known = false;       // both SYNs were seen: `scale` is in force
  bool midstream = false;         // picked up without its SYN: `scale` is the largest possible
  bool seen = false;              // has sent a segment that counts
  bool fin_sent = false;
  bool fin_acked = false;
  bool challenged =
      false;  // unseen, but answered a SYN with a challenge ACK: its number is `acked`
};

/// Flow::watch
inline constexpr std::uint8_t kWatchControl = 0x03;  // these two: what the flow may tell of others
inline constexpr std::uint8_t kWatchDns = 0x01;      // DNS answers name addresses
inline constexpr std::uint8_t kWatchFtp = 0x02;      // FTP control announces data connections
inline constexpr std::uint8_t kWatchMedia = 0x03;    // SIP and RTSP announce media
inline constexpr std::uint8_t kWatchContent = 0x04;  // streams, protocols and the IPS see it
inline constexpr std::uint8_t kCondemned = 0x08;     // its content was: no policy lets it through
inline constexpr std::uint8_t kAlerted = 0x10;       // an IPS rule matched
inline constexpr std::uint8_t kPassed = 0x20;        // an IPS rule lets the rest of it through
inline constexpr std::uint8_t kResetInitiator = 0x40;  // condemned, and this end is told
inline constexpr std::uint8_t kResetResponder = 0x80;

/// Flow::drops_logged: what was told of its drops
inline constexpr std::uint8_t kDropByPolicy = 0x01;
inline constexpr std::uint8_t kDropOtherwise = 0x02;
inline constexpr std::uint8_t kDropByRule = 0x04;  // of the IPS

/// Of a flow that another one announced (Flow::has_parent). In words, as the record has no room for
/// 8 aligned bytes.
struct ParentFlow {
  std::uint32_t id_high, id_low;
  engines::ApplicationId application;  // that its media is of; 0: FTP's data, named at once

  std::uint64_t id() const noexcept { return std::uint64_t{id_high} << 32 | id_low; }
};

inline ParentFlow parent_of(std::uint64_t flow_id, engines::ApplicationId application) noexcept {
  return {static_cast<std::uint32_t>(flow_id >> 32), static_cast<std::uint32_t>(flow_id),
          application};
}

using FlowIndex = std::uint32_t;
inline constexpr FlowIndex kNoFlow = 0xffffffff;

/// One flow of one worker: four cache lines. A packet of an established flow reads line 0, changes
/// line 1 and, with TCP, line 2; line 3 is for judging and events.
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

  // line 1: what packets change, and the table's own links
  std::uint64_t last_ns = 0;
  std::uint64_t packets[2] = {};      // [0] to server, [1] to client
  std::uint64_t bytes[2] = {};        // frame bytes
  std::uint32_t timeout_s = 0;        // current idle timeout
  FlowIndex link_next = kNoFlow;      // timing wheel slot, half-open list or free list
  FlowIndex link_previous = kNoFlow;  // table's
  std::uint32_t armed_s = 0;       // table's: second of the wheel's visit; half-open: of queueing
  std::uint8_t tcp_flags[2] = {};  // union of all seen
  std::uint8_t inspected_packets = 0;
  std::uint8_t watch = 0;              // kWatch bits: payloads read although the flow is settled
  bool in_use : 1 = false;             // table's
  bool in_half_open_list : 1 = false;  // table's
  bool is_followed : 1 = false;        // it may have to be opened: its worker's Diverter has it
  std::uint8_t half_open_list = 0;     // table's: which of the lists
  std::uint8_t app_protocol = 0;       // rules::Protocol that its bytes were recognised as

  // line 2: TCP windows
  alignas(64) TcpEnd tcp[2];  // [0] the initiator
  std::uint64_t flow_id = 0;

  // line 3: for judging and events
  std::uint64_t start_ns = 0;
  std::uint32_t policy_serial = 0;             // of the policy that `rule` is of
  events::RuleNumber inspected_as = 0;         // rule whose profile holds for its content
  std::array<std::uint8_t, 8> engine_state{};  // appid's slot (EngineSpec::flow_state_bytes)
  MacAddress initiator_mac;
  MacAddress responder_mac;
  engines::ApplicationId application = 0;
  engines::Knowledge application_known = engines::Knowledge::not_yet;
  policy::Action action = policy::Action::allow;
  bool tentative : 1 = false;
  bool expected : 1 = false;              // allowed by another flow (FTP data)
  bool expected_from_server : 1 = false;  // expected, and opened by the control connection's server
  bool told_by_ends : 1 = false;          // Facts::told_by_ends
  bool carrier_awaited : 1 = false;       // Facts::carrier_awaited
  bool has_parent : 1 = false;            // another flow announced it: `parent`
  engines::FunctionId function = 0;       // Facts::function
  std::uint8_t ingress_port = 0;          // port the initiator is behind
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  policy::Side ingress_side = policy::Side::lan;
  std::uint8_t answers = 0;            // segments sent to its initiator in the responder's name
  std::uint16_t control_port = 0;      // of an expected flow: the control connection's server port
  engines::ApplicationId carrier = 0;  // Facts::carrier
  union {                              // by `watch` and `has_parent`
    FtpLines ftp_lines{};
    DnsQuestions dns_questions;
    ParentFlow parent;
  };
};
static_assert(sizeof(FtpLines) == 12 && sizeof(DnsQuestions) <= sizeof(FtpLines));
static_assert(sizeof(ParentFlow) == sizeof(FtpLines));
static_assert(sizeof(TcpEnd) == 28);
static_assert(sizeof(Flow) == 256);
static_assert(offsetof(Flow, last_ns) == 64 && offsetof(Flow, tcp) == 128);
static_assert(offsetof(Flow, start_ns) == 192);

}  // namespace sekisho::dataplane
