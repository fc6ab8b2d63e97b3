#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "config/base/address.h"
#include "rules/ips/field.h"
#include "rules/ips/protocol.h"

namespace sekisho::rules {

/// Where a rule stands; lines and columns from 1.
struct RulePosition {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

enum class RuleAction : std::uint8_t {
  alert,
  drop,
  reject_source,
  reject_destination,
  reject_both,
  pass,
};

/// What a packet or transaction must be before anything else is looked at. Payload tests of an
/// `ip` rule see datagrams and TCP streams alike, as those of `tcp` do.
enum class RuleLayer : std::uint8_t {
  ip,             // every packet
  packet,         // "tcp-pkt", "udp", "icmp", ...: packets of `ip_protocols`
  tcp,            // packets, and the stream's bytes where there are some
  tcp_stream,     // the stream's bytes only
  packet_header,  // "pkthdr": every packet, also one that was not decoded to the end
  arp,            // packets of ARP, which have no IP header
  application  // transactions of `app_protocols`; without tests on them: once each direction when
               // the protocol is known
};

/// "tcp:flow_start": the only packets a rule looks at.
enum class PacketHook : std::uint8_t { none, flow_start, all };

struct AddressSet {
  bool any = true;
  std::vector<AddressRange> ranges;  // resolved, exclusions cut out, sorted, disjoint
};
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 65535;
};
struct PortSet {
  bool any = true;
  std::vector<PortRange> ranges;  // resolved, exclusions cut out, sorted, disjoint
};

struct RuleHeader {
  RuleAction action = RuleAction::alert;
  RuleLayer layer = RuleLayer::ip;
  std::bitset<256> ip_protocols;  // after ip_proto; all set for "ip"
  bool ipv4 = true, ipv6 = true;  // "ipv4", "ipv6", "icmpv6", ...
  /// Bits of Protocol, 0: none asked. Payload tests of an application rule look at packets and
  /// streams of flows of these protocols.
  std::uint64_t app_protocols = 0;
  PacketHook hook = PacketHook::none;
  AddressSet source, destination;
  PortSet source_ports, destination_ports;
  bool bidirectional = false;  // <>
  bool transactional = false;  // =>: tests of both directions on one transaction
};

/// A constant, or what byte_extract and byte_math stored under a name.
struct Operand {
  std::int64_t value = 0;
  std::int8_t variable = -1;  // index; -1: `value` counts
  bool is_variable() const noexcept { return variable >= 0; }
};
inline constexpr std::size_t kMaxRuleVariables = 16;

enum class Comparison : std::uint8_t {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  between,            // low < value < high
  between_inclusive,  // low <= value <= high
  outside,            // not between
  bits_any,           // (value & low) != 0
  bits_none,          // (value & low) == 0
  bits_all,           // (value & low) == low
  bits_equal,         // (value & low) == high
};
struct NumberTest {
  Comparison comparison = Comparison::equal;
  std::uint64_t low = 0, high = 0;
  bool negated = false;
};

// --- Tests on one buffer, in the order of the rule. "Relative" is behind the last match. ---

struct Content {
  std::vector<std::uint8_t> pattern;
  bool nocase = false;
  bool negated = false;
  bool starts_with = false, ends_with = false;
  bool has_offset = false, has_depth = false, has_distance = false, has_within = false;
  Operand offset, depth, distance, within;
  bool fast_pattern = false, fast_pattern_only = false;
  std::uint16_t chop_offset = 0, chop_length = 0;  // length 0: the whole pattern
  bool is_relative() const noexcept { return has_distance || has_within; }
};

struct Pcre {
  std::string pattern;        // without delimiters
  std::uint32_t options = 0;  // PCRE2_* compile options
  bool negated = false;
  bool relative = false;               // R
  std::vector<std::string> captures;   // "flow:name", "pkt:name", "alert:name": logged, by group
  std::vector<std::int8_t> variables;  // group i+1 into this rule variable; -1: not kept
};

enum class NumberBase : std::uint8_t {
  binary_big,
  binary_little,
  decimal,
  hexadecimal,
  octal,
  dce
};
struct ByteSource {
  Operand count;  // bytes: 1-8 binary, 1-23 text; 0: all digits of a text, no bytes of byte_jump
  Operand offset;
  bool relative = false;
  NumberBase base = NumberBase::binary_big;
  std::uint64_t bitmask = 0;  // 0: none; shifted down to its lowest bit
};
struct ByteTest {
  ByteSource source;
  Comparison comparison = Comparison::equal;
  bool negated = false;
  Operand value;
};
struct ByteJump {
  ByteSource source;
  std::int32_t multiplier = 1;
  Operand post_offset;
  bool align = false, from_beginning = false, from_end = false;
};
struct ByteExtract {
  ByteSource source;
  std::int8_t variable = 0;
  std::int32_t multiplier = 1;
  std::uint8_t align = 0;  // 0, 2 or 4
};
struct ByteMath {
  ByteSource source;
  enum class Operator : std::uint8_t { add, subtract, multiply, divide, shift_left, shift_right };
  Operator operation = Operator::add;
  Operand right;
  std::int8_t variable = 0;
};
struct IsDataAt {
  Operand at;
  bool relative = false;
  bool negated = false;
};
struct BufferSize {  // bsize, urilen, bufferlen
  NumberTest size;
  bool relative = false;  // of what is behind the last match
};
struct Base64Decode {       // fills Field::base64_data for the tests behind it
  std::uint32_t bytes = 0;  // 0: to the end
  std::uint32_t offset = 0;
  bool relative = false;
};
struct Absent {  // the buffer must not exist ("or_else": or the other tests hold)
  bool or_else = false;
};
struct Entropy {  // Shannon, bits a byte
  Comparison comparison = Comparison::greater;
  double value = 0, high = 0;  // high: between, outside
  std::uint32_t bytes = 0, offset = 0;
};
struct DatasetTest {  // dataset, datarep, datajson, filemd5/filesha1/filesha256 lists
  std::string name;
  enum class Type : std::uint8_t { string, md5, sha256, ip, ipv4, sha1 } type = Type::string;
  enum class Command : std::uint8_t {
    isset,
    isnotset,
    set,
    unset,
    reputation
  } command = Command::isset;
  std::string load, save;                     // files as the rule names them
  Comparison comparison = Comparison::equal;  // reputation
  std::uint16_t reputation = 0;
  std::uint32_t memcap_bytes = 0, hashsize = 0;
  enum class Format : std::uint8_t { csv, json, ndjson } format = Format::csv;
  /// JSON: where the values are, the member that is looked up, and under which name what was found
  /// is logged (alert.context).
  std::string json_array_key, json_value_key, json_context_key;
  bool json_remove_key = false;
  RulePosition position;  // of the keyword
};
struct AsnOne {  // asn1
  bool bitstring_overflow = false, double_overflow = false;
  std::uint32_t oversize_length = 0;
  std::int32_t offset = 0;
  bool relative = false;
};

using BufferElement =
    std::variant<Content, Pcre, ByteTest, ByteJump, ByteExtract, ByteMath, IsDataAt, BufferSize,
                 Base64Decode, Absent, Entropy, DatasetTest, AsnOne>;

struct Transform {
  enum class Kind : std::uint8_t {
    to_lowercase,
    to_uppercase,
    strip_whitespace,
    compress_whitespace,
    strip_pseudo_headers,
    header_lowercase,
    url_decode,
    from_base64,
    gunzip,
    zlib_deflate,
    to_md5,
    to_sha1,
    to_sha256,
    dotprefix,
    domain,
    tld,
    xor_key,
    pcrexform,
    subslice,
    form_value,
  } kind;
  /// xor; empty: `key_bytes` of the buffer at `key_offset`. form_value: the parameter's name.
  std::vector<std::uint8_t> key;
  std::uint32_t key_bytes = 0, key_offset = 0;
  std::string pattern;  // pcrexform: what its first group holds, else the whole match
  /// subslice: begin and, when has_count, end (negative: from the buffer's end). from_base64:
  /// offset and bytes. xor: from. gunzip, zlib_deflate: count is the most that may come out.
  std::int64_t from = 0, count = 0;
  std::uint8_t base64_mode = 0;  // 0 rfc4648, 1 rfc2045, 2 strict
  bool has_count = false;
  bool truncate = false;  // subslice: bounds beyond the buffer are moved into it
  bool nocase = false;    // form_value: of the name
};

/// All tests of a rule on one buffer. A list field opens one per mention: each may be satisfied by
/// another value.
struct BufferTests {
  Field field = Field::payload;
  FieldDirection direction = FieldDirection::either;  // "file.data:to_client"
  std::vector<Transform> transforms;
  std::vector<BufferElement> elements;
  RulePosition position;
};

// --- Tests on numbers, packets and state ---

/// Which of several numbers must satisfy a test. All but any need all of them to be known.
enum class Quantifier : std::uint8_t {
  any,
  any_or_absent,
  all,  // and at least one
  all_or_absent,
  at,  // the one at `index`; negative: from the end
  at_or_absent,
  count  // `count` holds for the number of those that satisfy
};

struct FieldNumberTest {  // dns.opcode, mqtt.type, tls.version, ...
  Field field = Field::payload;
  NumberTest test = {};
  std::vector<std::uint64_t> alternatives = {};  // when set, instead of `test`: any of these
  bool negated = false;                          // of `alternatives`
  Quantifier quantifier = Quantifier::any;
  std::int32_t index = 0;
  NumberTest count = {};
  /// Only the numbers from slice_first to before slice_last (negative: from the end).
  bool slice = false;
  std::int32_t slice_first = 0, slice_last = 0;
  bool against_clock = false;  // seconds since 1970: `test` is of them and the packet's time
};

enum class PacketNumber : std::uint8_t {
  payload_bytes,  // dsize
  ttl,
  tos,
  ip_id,
  ip_protocol,
  tcp_sequence,
  tcp_acknowledgement,
  tcp_window,
  tcp_mss,
  tcp_window_scale,
  icmp_type,
  icmp_code,
  icmp_id,
  icmp_sequence,
  icmpv6_mtu,
  igmp_type,
  vlan_id,  // outermost first
  vlan_layers,
  vxlan_vni,
  fragment_offset,
  stream_bytes_to_server,  // stream_size
  stream_bytes_to_client,
  stream_bytes_both,
  stream_bytes_either,
  flow_age_seconds,
  flow_packets_to_server,
  flow_packets_to_client,
  flow_packets_either,
  flow_packets_both,
  flow_bytes_to_server,
  flow_bytes_to_client,
  flow_bytes_either,
  flow_bytes_both,
  flow_elephant_to_server,  // 1 while kElephantBytes come within kElephantSeconds, else 0
  flow_elephant_to_client,
  flow_elephant_either,
  flow_elephant_both,
};
inline constexpr std::uint64_t kElephantBytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kElephantSeconds = 10;

struct PacketNumberTest {
  PacketNumber number;
  NumberTest test;
  Quantifier quantifier = Quantifier::any;  // vlan_id
  std::int32_t index = 0;
};
struct TcpFlags {                     // as in the header: FIN 1, SYN 2, ... CWR 0x80
  std::uint8_t set = 0, mask = 0xff;  // mask: bits that are looked at
  enum class Mode : std::uint8_t { equal, all, any, none } mode = Mode::equal;
};
struct FragmentBits {  // fragbits: M 1, D 2, R 4
  std::uint8_t bits = 0;
  TcpFlags::Mode mode = TcpFlags::Mode::equal;
};
struct IpOption {  // ipopts
  std::uint8_t number = 0;
  bool any = false;
  bool negated = false;
};
struct SameAddress {};           // sameip
struct ChecksumTest {            // ipv4-csum, tcpv4-csum, ...
  std::uint8_t ip_protocol = 0;  // 0: IPv4 header
  bool ipv4 = true;
  bool valid = true;
};
struct AddressTest {  // ip.src, ip.dst as buffers of 4 or 16 bytes are Fields of datasets
  bool source = true;
  DatasetTest dataset;
};
struct GeoTest {  // geoip
  enum class Side : std::uint8_t { source, destination, both, any } side = Side::any;
  std::vector<std::string> countries;
  bool negated = false;
};
struct ReputationTest {  // iprep
  enum class Side : std::uint8_t { source, destination, both, any } side = Side::any;
  std::string category;
  bool test_isset = false, test_isnotset = false;
  NumberTest score;
  RulePosition position;  // of the keyword
};
struct DecodeEvent {
  std::string name;
};  // decode-event, stream-event: "ipv4.trunc_pkt"
struct ApplicationEvent {
  std::string name;
};                                // app-layer-event: "http.response_..."
struct ApplicationProtocolTest {  // app-layer-protocol
  std::uint64_t protocols = 0;
  bool failed = false, unknown = false;
  bool negated = false;
  enum class Mode : std::uint8_t {
    either,
    to_server,
    to_client,
    final,
    original
  } mode = Mode::either;
};
struct ApplicationStateTest {  // the header's "tls:client_hello_done"
  FieldDirection direction = FieldDirection::to_server;
  std::uint8_t stage = 0;  // that must be reached there
};
struct RpcCall {  // rpc: a Sun RPC call (RFC 5531); -1: any
  std::int64_t program = -1, version = -1, procedure = -1;
};
struct FtpBounce {};  // a PORT command that names an address other than the client's
struct TcpSession {   // tcp.session: of the packet's TCP session; any of
  bool setup = false, established = false, closing = false, closed = false;
  bool negated = false;
};

struct FlowTest {
  bool to_server = false, to_client = false;
  bool established = false, not_established = false, stateless = false;
  bool only_stream = false, no_stream = false, only_frag = false, no_frag = false;
};

struct FlowBits {
  enum class Command : std::uint8_t { set, isset, isnotset, unset, toggle } command;
  std::vector<std::uint32_t> bits;  // names as numbers, RuleSet::flow_bits; several: any
};
struct FlowInteger {
  enum class Command : std::uint8_t { assign, add, subtract, isset, isnotset, compare } command;
  std::uint32_t name = 0;  // RuleSet::flow_integers
  Comparison comparison = Comparison::equal;
  std::int64_t value = 0;
  std::int32_t other_name = -1;  // instead of `value`
};
struct FlowText {  // flowvar, pktvar: what a group of a pcre kept under the name has the value in
                   // it
  bool of_packet = false;
  std::string name;
  std::vector<std::uint8_t> value;
};
struct HostBits {  // xbits, hostbits
  FlowBits::Command command = FlowBits::Command::set;
  enum class Track : std::uint8_t { source, destination, pair, tx } track = Track::source;
  std::uint32_t bit = 0;  // RuleSet::host_bits
  std::uint32_t expire_seconds = 30;
};

using PacketTest =
    std::variant<FieldNumberTest, PacketNumberTest, TcpFlags, FragmentBits, IpOption, SameAddress,
                 ChecksumTest, AddressTest, GeoTest, ReputationTest, DecodeEvent, ApplicationEvent,
                 ApplicationProtocolTest, ApplicationStateTest, RpcCall, FtpBounce, TcpSession,
                 FlowBits, FlowInteger, FlowText, HostBits>;

// --- After a match ---

struct Threshold {
  enum class Type : std::uint8_t {
    limit,
    threshold,
    both,
    backoff,
    detection,
    rate,
    suppress
  } type = Type::limit;
  enum class Track : std::uint8_t {
    source,
    destination,
    either,
    pair,
    rule,
    flow
  } track = Track::source;
  /// detection: count distinct ports, not packets.
  enum class Unique : std::uint8_t { none, source_port, destination_port } unique = Unique::none;
  std::uint32_t count = 1;
  std::uint32_t seconds = 60;
  std::uint32_t multiplier = 10;              // backoff
  RuleAction new_action = RuleAction::alert;  // rate
  std::uint32_t timeout_seconds = 0;          // rate
  AddressSet addresses;                       // suppress
};
/// tag: the alert's packets and those after it are captured, until one of these is over.
struct Tag {
  static constexpr std::uint32_t kMostSeconds = 600;
  std::uint32_t seconds = 0;             // 0: there is no tag
  std::uint32_t packets = 0, bytes = 0;  // 0: the time decides alone
};
struct Reference {
  std::string system;  // "cve", "url", ...
  std::string id;
};

enum class RuleTarget : std::uint8_t { none, source, destination };

enum class Dialect : std::uint8_t { suricata, snort3 };

/// One rule as its author meant it, with all names resolved.
struct Rule {
  RuleHeader header;
  std::uint32_t generator = 1;  // gid
  std::uint32_t signature = 0;  // sid
  std::uint32_t revision = 0;
  std::string message;
  std::string class_type;         // short name
  std::string class_description;  // EVE's alert.category
  std::uint8_t priority = 3;      // 1 is gravest; class type's unless the rule says
  std::vector<Reference> references;
  std::vector<std::pair<std::string, std::string>> metadata;  // in order
  RuleTarget target = RuleTarget::none;
  FlowTest flow;
  std::vector<BufferTests> buffers;
  std::vector<PacketTest> tests;
  std::vector<FlowBits> set_flow_bits;  // set, unset, toggle
  std::vector<FlowInteger> set_flow_integers;
  std::vector<HostBits> set_host_bits;
  std::vector<Threshold> thresholds;  // the rule's own and those of the threshold file
  Tag tag;
  bool no_alert = false;
  bool alert_always = false;  // "alert;": a pass rule that alerts
  bool bypass = false;        // a match ends the inspection of its flow
  bool store_file = false;
  enum class StoreScope : std::uint8_t { file, transaction, flow } store_scope = StoreScope::file;
  FieldDirection store_direction = FieldDirection::either;
  /// "config ...: logging disable": a rule that never alerts but keeps records from being written.
  enum class Quiet : std::uint8_t { none, transaction, flow } disable_logging = Quiet::none;
  Dialect dialect = Dialect::suricata;
  std::uint8_t num_variables = 0;
  RulePosition position;
};

}  // namespace sekisho::rules
