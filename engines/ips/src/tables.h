#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "config/base/byte_reader.h"
#include "engines/ips/ips.h"
#include "engines/pattern/database.h"
#include "engines/pattern/regex.h"
#include "rules/ips/rule.h"

namespace sekisho::engines::ips {

// The artifact: a header, then sections of the records below, each on a 64-byte boundary. All
// references are indices; load() checks every one.

/// `count` records from `first` of a section that the member's comment names.
struct Slice {
  std::uint32_t first = 0, count = 0;
  friend bool operator==(const Slice&, const Slice&) = default;
};

inline constexpr std::uint32_t kNone = 0xffffffff;
inline constexpr std::size_t kMaxRules = 1U << 20;
inline constexpr std::size_t kMaxBuffersOfRule = 32;  // bits of a waiting rule's memory
inline constexpr std::size_t kNumStages = 4;          // as FieldInfo::stage counts

/// Signed: may be below 0 where the language allows it.
struct PackedOperand {
  std::int64_t value = 0;
  std::int32_t variable = -1;
  std::uint32_t unused = 0;
};

enum class ElementKind : std::uint8_t {
  content,
  pcre,
  byte_test,
  byte_jump,
  byte_extract,
  byte_math,
  is_data_at,
  size,
  base64_decode,
  absent,
  entropy,
  dataset,
  asn1,
};
inline constexpr std::uint8_t kNumElementKinds = static_cast<std::uint8_t>(ElementKind::asn1) + 1;

enum ElementFlag : std::uint16_t {
  kNegated = 1,
  kNocase = 2,
  kStartsWith = 4,
  kEndsWith = 8,
  kHasOffset = 16,
  kHasDepth = 32,
  kHasDistance = 64,
  kHasWithin = 128,
  kRelative = 256,      // looks from the end of the last match
  kNextRelative = 512,  // so does the next: worth another try when it fails
  kAlign = 1024,
  kFromBeginning = 2048,
  kFromEnd = 4096,
  kOrElse = 8192,
  kBitstringOverflow = 16384,
  kDoubleOverflow = 32768,
};

/// One BufferElement. Operands by kind:
/// content: offset, depth, distance, within. pcre: index of the regex in `extra`; byte_*: count,
/// offset, value or right or post_offset. is_data_at: at. size: low, high in `numbers`.
/// base64_decode: bytes, offset. entropy: bytes, offset, value's bits in `number`.
struct Element {
  ElementKind kind = ElementKind::content;
  std::uint8_t comparison = 0, base = 0, operation = 0;
  std::uint16_t flags = 0;
  std::int8_t variable = -1;
  std::uint8_t align = 0;
  Slice bytes;  // strings: the pattern; ids: pcre's variables by group (kNone: not kept)
  std::uint32_t extra = kNone;  // pcre: regex; dataset: dataset; asn1: oversize length
  std::int32_t multiplier = 1;
  std::uint64_t number = 0, high = 0;
  PackedOperand operands[4];
  /// pcre: ids, three a group: AlertNote::Scope, place and size of its name in strings. dataset:
  /// strings, under which name its context is noted.
  Slice names;
};

struct TransformRecord {
  std::uint8_t kind = 0, base64_mode = 0, has_count = 0;
  std::uint8_t truncate = 0;  // form_value: whatever the name's case
  std::uint32_t regex = kNone;
  Slice key;  // strings
  std::int64_t from = 0, count = 0;
  std::uint32_t key_bytes = 0, key_offset = 0;
};

struct BufferRecord {
  std::uint16_t field = 0;
  std::uint8_t stage = 0;       // from which it can be decided
  std::uint8_t direction = 2;   // FieldDirection that the rule asks for
  std::uint32_t needs_end = 0;  // 1: a value that grows is only looked at when it is whole
  Slice transforms;             // transforms; equal lists are the same slice
  Slice elements;               // elements
};

enum class TestKind : std::uint8_t {
  field_number,
  packet_number,
  tcp_flags,
  fragment_bits,
  ip_option,
  same_address,
  checksum,
  address,
  geo,
  reputation,
  decode_event,
  application_event,
  application_protocol,
  application_state,
  rpc_call,
  ftp_bounce,
  tcp_session,
  flow_bits,
  flow_integer,
  host_bits,
  flow_text,
};
inline constexpr std::uint8_t kNumTestKinds = static_cast<std::uint8_t>(TestKind::flow_text) + 1;

/// One PacketTest, or a change of state after a match (flow_bits, flow_integer, host_bits only).
struct TestRecord {
  TestKind kind = TestKind::same_address;
  std::uint8_t comparison = 0, negated = 0, mode = 0;  // mode: side, command, track, ... by kind
  std::uint16_t field = 0;                             // Field or PacketNumber
  std::uint8_t stage = 0, all = 0;                     // all: Quantifier, track, ... by kind
  std::int32_t index = 0;
  std::uint32_t extra = 0;
  Slice list;  // numbers (alternatives), ids (bits, countries), strings (names, a text's value)
  /// numbers, of field_number: kNumQuantityNumbers of them: comparison, low and high of the count,
  /// 1 when sliced, first and last of the slice, 1 when compared with the packet's time.
  Slice more;
  std::uint64_t low = 0, high = 0;
};
inline constexpr std::size_t kNumQuantityNumbers = 7, kAgainstClock = 6;

struct ThresholdRecord {
  std::uint8_t type = 0, track = 0, new_action = 0, unique = 0;
  std::uint32_t count = 1, seconds = 60, multiplier = 10, timeout_seconds = 0;
  std::uint8_t any_address = 1, unused2[3] = {};
  Slice addresses;  // addresses
};

enum RuleFlag : std::uint32_t {
  kBidirectional = 1,
  kIpv4 = 2,
  kIpv6 = 4,
  kNoAlert = 8,
  kStoreFile = 16,
  kEstablished = 32,
  kNotEstablished = 64,
  kOnlyStream = 128,
  kNoStream = 256,
  kOnlyFragment = 512,
  kNoFragment = 1024,
  kNeedsFlow = 2048,
  kTransactional = 4096,      // decided on a transaction
  kIpOnly = 8192,             // decided once per flow and direction
  kPrefilterDecides = 16384,  // the fast pattern is all of its buffer's tests
  kHasVariables = 32768,
  kPacketPayload = 65536,   // payload: of packets even where there is a stream
  kStreamPayload = 131072,  // payload: of streams
  kBypass = 262144,
  kAnyProtocol = 524288,  // any IP protocol
  kNeedsFile = 1048576,
  kStatelessFlow = 2097152,
  kFlowStart = 4194304,     // the flow's first packet only
  kProtocolOnly = 8388608,  // once each direction when the application protocol is known
  kAlertAlways = 33554432,  // a pass rule that alerts
  kAnyPacket = 16777216,    // also one that was not decoded to the end
  kOwn = 67108864,          // of the administrator's own hand
  kHasNotes = 268435456,    // keeps something of what it matched
  kAsksState = 134217728,   // flow bits and their like, which another rule may set meanwhile
  kArp = 536870912,         // packets of ARP, and no others
};

struct RuleRecord {
  std::uint64_t app_protocols = 0;
  std::uint32_t flags = 0;
  std::uint32_t ip_protocols = 0;  // numbers: four of them
  std::uint32_t generator = 1, signature = 0, revision = 0;
  std::uint8_t action = 0, priority = 3, target = 0;
  std::uint8_t directions = 3;  // bit by Direction
  std::uint8_t fast_buffer = 0xff;
  std::uint8_t num_variables = 0;
  std::uint8_t quiet = 0, store_scope = 0, store_direction = 0;
  std::uint8_t unused[3] = {};
  Slice source, destination;              // addresses; none: any
  Slice source_ports, destination_ports;  // ports; none: any
  Slice buffers, tests, changes;          // buffers, tests, changes
  Slice thresholds;
  Slice message, category, metadata, references;  // strings
  std::uint32_t tag_seconds = 0, tag_packets = 0, tag_bytes = 0, unused2 = 0;
};

/// Kinds of payload, each with groups of its own.
enum class PayloadClass : std::uint8_t { tcp, udp, icmp, other };
inline constexpr std::size_t kNumPayloadClasses = 4;

/// TCP's bytes are looked at as packets and as a stream, those of HTTP as bodies and as files: the
/// patterns of both are searched for together, and each call of a rule says at which look it
/// counts.
inline constexpr std::uint32_t kAtPacket = 1U << 30, kAtStream = 1U << 31;
inline constexpr std::uint32_t kAtFile = kAtPacket, kAtBody = kAtStream;
inline constexpr std::uint32_t kAtAny = kAtPacket | kAtStream;
inline constexpr std::uint32_t kRuleOfCall = kAtPacket - 1;  // the rest of a call

enum class GroupKind : std::uint8_t { payload, field };

/// What a group's database looks for; expressions that need more than a few bytes before the new
/// ones are apart, as all that is known is searched for them each time.
enum class PatternForm : std::uint16_t { literals, near_expressions, far_expressions };
inline constexpr std::size_t kNumPatternForms = 3;

/// What is scanned together.
struct GroupRecord {
  std::uint8_t kind = 0, payload_class = 0, direction = 0, has_port = 0;
  std::uint16_t field = 0;
  std::uint16_t port = 0;          // the server's; payload groups for one port only
  Slice transforms;                // transforms
  std::uint32_t database = kNone;  // of all patterns
  std::uint32_t looks = 0;         // kAt...: of all its calls
  std::uint16_t has_any = 0;       // with a port: what is for any port is in it too
  PatternForm form = PatternForm::literals;
  std::uint32_t reach = 0;  // bytes before new ones that are searched with them
};

using DatabaseAddress = std::array<std::uint8_t, 32>;
struct DatabaseRecord {
  std::uint64_t offset = 0, bytes = 0;  // in database_bytes
  Slice patterns;                       // patterns: by id
  DatabaseAddress address{};            // of what it was compiled from
};
struct PatternRecord {
  Slice calls;              // ids: rules, and kAt... in the upper bits
  std::uint32_t bytes = 0;  // of the literal; 0 of an expression
};

/// Rules that no pattern calls: looked at whenever their subject comes.
enum class ListKind : std::uint8_t { packet, stream, transaction, body, file, protocol, address };
struct ListRecord {
  std::uint8_t kind = 0;
  std::uint8_t which = 0;  // PayloadClass; Protocol of a transaction
  std::uint8_t direction = 0;
  std::uint8_t stage = 0;   // transaction
  std::uint16_t field = 0;  // body
  std::uint16_t unused = 0;
  Slice rules;  // list_entries
};
/// Bit p % 64 of each port is set when the rule may want it.
struct ListEntry {
  std::uint64_t source_ports = ~std::uint64_t{0}, destination_ports = ~std::uint64_t{0};
  std::uint32_t rule = 0;
  std::uint32_t tcp_flags_any = 0;  // non-zero: one of these must be set
};

/// Rules called by the name of an oddity.
struct EventRecord {
  Slice name;   // strings
  Slice rules;  // ids
};

/// What concerns the addresses between this and the next record.
struct AddressStep {
  IpAddress first;
  Slice rules;  // ids: of rules, or of reputations
};

/// The country of the addresses between this and the next record.
inline constexpr std::uint32_t kNoCountry = 0;
inline constexpr std::uint32_t kOtherCountry = 1;  // one that no rule names
struct CountryStep {
  IpAddress first;
  std::uint32_t country = kNoCountry;  // 'J' << 8 | 'P'
};

struct DatasetRecord {
  Slice name;     // strings
  Slice entries;  // dataset_entries, by key
  std::uint32_t id = 0;
  std::uint8_t type = 0, unused[3] = {};
};
struct DatasetEntry {
  std::uint64_t key[2] = {};
  std::uint32_t reputation = 0, unused = 0;
  Slice context;  // strings: a JSON object
};

struct ReputationEntry {
  std::uint32_t category = 0, score = 0;
};

struct RegexRecord {
  Slice pattern;  // strings
  std::uint32_t options = 0;
};

enum class Section : std::uint32_t {
  strings,
  numbers,
  ids,
  addresses,
  ports,
  rules,
  buffers,
  elements,
  transforms,
  tests,
  changes,
  thresholds,
  regexes,
  groups,
  databases,
  patterns,
  lists,
  list_entries,
  packet_events,
  application_events,
  source_steps,
  destination_steps,
  datasets,
  dataset_entries,
  reputations,
  reputation_steps,
  country_steps,
  database_bytes,
};
inline constexpr std::size_t kNumSections = static_cast<std::size_t>(Section::database_bytes) + 1;

struct SectionEntry {
  std::uint64_t offset = 0, bytes = 0;
};
struct ArtifactHeader {
  char magic[8] = {'S', 'E', 'K', 'I', 'P', 'S', '0', '5'};
  std::uint32_t num_sections = kNumSections;
  std::uint32_t num_fields = 0;  // of the build that made it
  std::uint64_t bytes = 0;
  SectionEntry sections[kNumSections];
};

/// Groups of payload patterns for one class and direction.
struct PayloadGroups {
  std::uint32_t any = kNone;                                     // for every port
  std::vector<std::pair<std::uint16_t, std::uint32_t>> by_port;  // sorted
};

struct Ruleset::Tables {
  std::span<const std::uint8_t> strings;
  std::span<const std::uint64_t> numbers;
  std::span<const std::uint32_t> ids;
  std::span<const AddressRange> addresses;
  std::span<const rules::PortRange> ports;
  std::span<const RuleRecord> rules;
  std::span<const BufferRecord> buffers;
  std::span<const Element> elements;
  std::span<const TransformRecord> transforms;
  std::span<const TestRecord> tests;
  std::span<const TestRecord> changes;
  std::span<const ThresholdRecord> thresholds;
  std::span<const RegexRecord> regex_records;
  std::span<const GroupRecord> groups;
  std::span<const DatabaseRecord> database_records;
  std::span<const PatternRecord> patterns;
  std::span<const ListRecord> lists;
  std::span<const ListEntry> list_entries;
  std::span<const EventRecord> packet_events, application_events;
  std::span<const AddressStep> steps[2];  // by source, by destination
  std::span<const DatasetRecord> datasets;
  std::span<const DatasetEntry> dataset_entries;
  std::span<const ReputationEntry> reputations;
  std::span<const AddressStep> reputation_steps;
  std::span<const CountryStep> country_steps;
  std::span<const std::byte> database_bytes;

  std::vector<pattern::Regex> regexes;
  std::vector<pattern::Database> databases;

  // Found by what is at hand; kNone: nothing.
  PayloadGroups payload_groups[kNumPayloadClasses][2][kNumPatternForms];
  std::uint32_t packet_list[kNumPayloadClasses][2];
  std::uint32_t address_list[kNumPayloadClasses][2];  // for the first packet of a direction
  std::uint32_t stream_list[2];
  std::uint32_t protocol_list[rules::kNumProtocols][2];
  std::uint32_t file_list[2];
  std::uint32_t transaction_list[rules::kNumProtocols][2][kNumStages];
  std::vector<std::uint32_t> body_list[2];  // by field
  /// Groups of the fields that are final from a stage on, by protocol.
  std::vector<std::uint32_t> stage_groups[rules::kNumProtocols][2][kNumStages];
  std::vector<std::vector<std::uint32_t>> body_groups[2];  // by direction, field
  std::vector<std::uint32_t> file_groups[2];               // by direction
  /// First two bytes of the IPv4 addresses that some step with rules concerns; by side.
  std::array<std::uint64_t, 1024> step_bits[2] = {};
  std::vector<RuleInfo> infos;
  std::uint64_t serial = 0;  // distinguishes rulesets of one process
  bool wants_streams = false;
  bool wants_frames = false;
  bool wants_elephants = false;
  bool asks_flow_texts = false;  // of the flow, not of the packet

  template <class T>
  std::span<const T> of(std::span<const T> section, Slice slice) const noexcept {
    return section.subspan(slice.first, slice.count);
  }
  std::string_view text(Slice slice) const noexcept { return as_text(of(strings, slice)); }
};

/// The body that file data is the content of, most of the time.
inline constexpr rules::Field http_body_of(std::uint8_t direction) noexcept {
  return direction == 0 ? rules::Field::http_request_body : rules::Field::http_response_body;
}
inline constexpr std::size_t index_of_class(PayloadClass payload_class) noexcept {
  return static_cast<std::size_t>(payload_class);
}

/// Protocols whose rules concern a conversation: DNS over HTTP/2 is both.
constexpr std::uint64_t protocols_seen_in(rules::Protocol protocol) noexcept {
  const auto bits = rules::bit_of(protocol);
  return protocol == rules::Protocol::doh2 ? bits | rules::bit_of(rules::Protocol::http2) : bits;
}

/// Fields that belong to files, not to their transaction.
constexpr bool is_file_field(rules::Field field) noexcept {
  return field >= rules::Field::file_data && field <= rules::Field::file_sha256;
}
/// Fields of packets.
constexpr bool is_packet_field(rules::Field field) noexcept {
  return field < rules::Field::base64_data;
}

}  // namespace sekisho::engines::ips
