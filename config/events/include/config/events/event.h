#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "config/base/address.h"

namespace sekisho::events {

/// Rule 0 is "no rule": the policy's end was reached. Rule n is the n-th rule of the file, from 1.
using RuleNumber = std::uint32_t;

enum class EventType : std::uint16_t {
  flow = 1,    // a flow ended, or the run did
  drop = 2,    // a packet was dropped; at most one record a flow and reason
  policy = 3,  // a rule with `log` decided about a flow
  anomaly = 4,
  text = 5,          // an alert or a protocol's record: members of EVE, made where the bytes were
  continuation = 6,  // of the text or policy record before it
};

enum class FlowEndReason : std::uint8_t { timeout, closed, reset, evicted, policy, shutdown };
enum class FlowState : std::uint8_t { fresh, established, closed, blocked };

/// Whose flow, as the wire has it: source is the initiator.
struct EventTuple {
  IpAddress source;
  IpAddress destination;
  std::uint16_t source_port = 0;       // host order; ICMP: type
  std::uint16_t destination_port = 0;  // ICMP: code
  std::uint8_t protocol = 0;
  std::uint8_t ingress_port = 0;  // index of the port the initiator is behind
  std::uint16_t vlan = 0;         // outer VLAN id, 0 when untagged
  std::uint16_t inner_vlan = 0;
  std::uint16_t third_vlan = 0;
};

/// What is known of flows whose content is inspected.
struct FlowDetails {
  std::uint8_t app_protocol_to_server;  // as recognised in each direction
  std::uint8_t app_protocol_to_client;
  std::uint8_t app_protocol_original;  // before an upgrade
  std::uint8_t app_protocol_expected;  // as another flow announced it
  std::uint8_t least_ttl[2];           // to server, to client; 0 of both: not recorded
  std::uint8_t most_ttl[2];
  std::uint8_t response_type, response_code;  // of ICMP
  std::uint8_t has_response;
  std::uint8_t midstream;  // of TCP: its beginning was not seen
  std::uint32_t transactions;
};

struct FlowFields {
  std::uint64_t start_ns;  // Unix time
  std::uint64_t last_ns;
  std::uint64_t packets_to_server;
  std::uint64_t packets_to_client;
  std::uint64_t bytes_to_server;  // frame bytes
  std::uint64_t bytes_to_client;
  FlowEndReason reason;
  FlowState state;
  std::uint8_t tcp_flags_to_server;  // union of all seen
  std::uint8_t tcp_flags_to_client;
  std::uint8_t
      tcp_state;  // dataplane/flow TcpState as a number; 8.. fin_wait2, close_wait, last_ack
  std::uint8_t alerted;
  std::uint16_t application;  // ApplicationId
  std::uint8_t app_protocol;  // rules::Protocol; 0: none
  std::uint8_t passed;        // by a pass rule
  std::uint16_t carrier;      // ApplicationId of the protocol that `application` is told from, or 0
  std::uint8_t function;      // FunctionId of the last request, or 0
  FlowDetails details;
  std::uint64_t parent_flow_id;  // of the flow that announced this one; 0: none did
  std::uint16_t hint;  // ApplicationId that its server was told to serve before; 0: none, or told
};

struct DropFields {
  std::uint16_t reason;  // DropReason (drop_reason.h)
  std::uint16_t packet_bytes;
  std::uint8_t direction;  // 0 to server, 1 to client
  std::uint8_t tcp_flags;
  std::uint8_t ttl;
  std::uint8_t pad;
  std::uint32_t tcp_seq;
  std::uint32_t tcp_ack;
  std::uint16_t tcp_window;
  std::uint16_t ip_id;
};

/// What a policy record is about.
enum class PolicyCause : std::uint8_t {
  flow,       // the flow itself
  dns_query,  // a name that was asked for in it, refused
  ech,        // the flow, because its hello is encrypted
  evasion,    // the flow, because it says what cannot all be true
};

struct PolicyFields {
  std::uint8_t action;    // policy::Action as a number
  std::uint8_t rejudged;  // 1: the flow was running when a new policy, fact or schedule decided so
  std::uint16_t application;
  std::uint16_t carrier;
  std::uint64_t block_id;  // that the answer to whoever asked quotes (block_id.h); 0: none
  /// Of a flow whose URL is known: its text follows in `continuations` records.
  std::uint16_t continuations;
  std::uint16_t host_at;  // where in the URL its host stands
  std::uint16_t host_bytes;
  std::array<std::uint16_t, 4> categories;  // ids; the first `num_categories`
  std::uint8_t num_categories;
  std::uint8_t list;  // engines::ListOutcome of it: 1 it is on the allow list, 2 on the block list
  PolicyCause cause;
  std::uint8_t function;                        // FunctionId, or 0
  std::array<std::uint64_t, 2> own_categories;  // words of OwnCategories, of URL and server
  std::uint64_t parent_flow_id;                 // as FlowFields has it
};

struct AnomalyFields {
  std::uint16_t reason;  // DropReason: anomalies that pass are counted under the same names
  std::uint16_t packet_bytes;
};

/// The first piece of a text: its event type, a zero byte, the members ("\"dns\":{...}"); the rest
/// follows in `continuations` records.
struct TextFields {
  static constexpr std::size_t kBytes = 88;
  std::uint16_t bytes;  // of this piece
  std::uint16_t continuations;
  std::uint8_t to_client;  // the record's source and destination are those of this direction
  std::uint8_t pad[3];
  std::array<char, kBytes> text;
};
/// Longer texts are left out and counted.
inline constexpr std::size_t kMaxTextRecords = 192;

/// One fixed-size record of a per-core ring. No strings: ids resolve against policy
/// `policy_serial`.
struct EventRecord {
  std::uint64_t time_ns;  // Unix time of the packet that caused it
  std::uint64_t flow_id;
  EventType type;
  std::uint16_t worker;
  std::uint32_t policy_serial;
  RuleNumber rule;
  std::array<std::uint8_t, 6> source_mac;  // of the initiator
  std::array<std::uint8_t, 6> destination_mac;
  EventTuple tuple;
  std::uint16_t ethertype;  // of the frame that caused it; 0: it says none
  std::uint8_t decrypted;   // 1: of what a flow of the same ends carried encrypted
  std::uint32_t user;  // behind tuple.source when the flow was judged (user_id); 0: nobody known
  union {
    FlowFields flow;
    DropFields drop;
    PolicyFields policy;
    AnomalyFields anomaly;
    TextFields text;
  };
};
static_assert(std::is_trivially_copyable_v<EventRecord>);
static_assert(sizeof(EventRecord) <= 192);

}  // namespace sekisho::events
