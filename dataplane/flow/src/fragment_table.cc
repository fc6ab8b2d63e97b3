#include "dataplane/flow/fragment_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

namespace sekisho::dataplane {

/// What fragments of one datagram share (RFC 791 §2.3, RFC 8200 §4.5). IPv6 leaves the protocol
/// out: a later fragment cannot tell the transport behind extension headers.
struct FragmentTable::Identity {
  IpAddress source;
  IpAddress destination;
  std::uint32_t id;
  std::uint16_t vlan;
  std::uint16_t inner_vlan;
  std::uint8_t protocol;
  std::uint8_t segment;
  std::uint8_t tunnel;
  std::uint8_t family;
  std::uint32_t reserved;

  static Identity of(const PacketInfo& packet) noexcept {
    const FlowKey& key = packet.key;
    return {.source = packet.from_a ? key.a : key.b,
            .destination = packet.from_a ? key.b : key.a,
            .id = packet.fragment_id,
            .vlan = key.vlan,
            .inner_vlan = key.inner_vlan,
            .protocol = packet.is_ipv4 ? key.protocol : std::uint8_t{0},
            .segment = key.segment,
            .tunnel = key.tunnel,
            .family = packet.is_ipv4 ? std::uint8_t{4} : std::uint8_t{6},
            .reserved = 0};
  }
};

struct FragmentTable::Datagram {
  struct Range {
    std::uint16_t begin;
    std::uint16_t end;  // exclusive
  };
  Identity identity;
  FlowKey key;
  std::uint64_t first_ns;      // when the first fragment came
  std::uint32_t tcp_sequence;  // what it would be at the datagram's first byte
  std::uint32_t bytes;         // payload in all; 0 until the last fragment came
  bool from_a;
  std::uint8_t num_ranges;               // 0: free
  std::array<Range, kMaxRanges> ranges;  // passed; sorted, neither overlapping nor touching

  bool complete() const noexcept { return num_ranges == 1 && ranges[0].end == bytes; }
  std::uint16_t highest() const noexcept { return ranges[num_ranges - 1U].end; }
  DropReason insert(Range fragment) noexcept;
};

static constexpr std::uint64_t kSecondNs = 1'000'000'000;
static constexpr std::uint32_t kMaxDatagramBytes = 65535;

Result<FragmentTable> FragmentTable::create(std::size_t capacity, std::uint32_t timeout_s) {
  static_assert(std::has_unique_object_representations_v<Identity> &&
                sizeof(Identity) == KeyedHash::kKeyBytes);
  if (capacity == 0 || capacity > kMaxCapacity)
    return Error{Error::Code::invalid_input, "a capacity of " + std::to_string(capacity) +
                                                 " fragmented datagrams is outside 1-" +
                                                 std::to_string(kMaxCapacity)};
  const std::size_t sets = std::bit_ceil((capacity + kWays - 1) / kWays);
  Result<KeyedHash> hash = KeyedHash::create();
  if (!hash) return std::move(hash).error().within("fragment table");
  Result<HugeMemory> memory = HugeMemory::create(sets * kWays * sizeof(Datagram));
  if (!memory) return std::move(memory).error().within("fragment table");
  return FragmentTable(*std::move(memory), *hash, sets, timeout_s);
}

FragmentTable::FragmentTable(HugeMemory memory, const KeyedHash& hash, std::size_t sets,
                             std::uint32_t timeout_s) noexcept
    : memory_(std::move(memory)),
      hash_(hash),
      timeout_ns_(timeout_s * kSecondNs),
      set_mask_(static_cast<std::uint32_t>(sets - 1)) {}

FragmentTable::FragmentTable(FragmentTable&&) noexcept = default;
FragmentTable& FragmentTable::operator=(FragmentTable&&) noexcept = default;
FragmentTable::~FragmentTable() = default;

DropReason FragmentTable::first(const PacketInfo& packet, std::uint64_t now_ns) noexcept {
  if (!packet.more_fragments) return DropReason::none;  // whole by itself (RFC 6946)
  const Identity identity = Identity::of(packet);
  Datagram* datagram = find(identity);
  if (datagram != nullptr && over(*datagram, now_ns)) {
    forget(*datagram);
    datagram = nullptr;
  }
  if (datagram != nullptr) return DropReason::fragment_overlap;
  const std::uint32_t end = packet.fragment_bytes;
  if (end == 0 || packet.fragment_offset != 0)  // the decoder lets neither through
    return packet.is_ipv4 ? DropReason::ipv4_fragment_bad_length
                          : DropReason::ipv6_fragment_bad_length;
  datagram = &place_for(identity, now_ns);
  datagram->identity = identity;
  datagram->key = packet.key;
  datagram->from_a = packet.from_a;
  datagram->first_ns = now_ns;
  datagram->tcp_sequence = packet.tcp_seq - (packet.fragment_bytes - packet.payload_bytes) +
                           ((packet.tcp_flags & kTcpSyn) != 0 ? 1U : 0U) +
                           ((packet.tcp_flags & kTcpFin) != 0 ? 1U : 0U);
  datagram->bytes = 0;
  datagram->num_ranges = 1;
  datagram->ranges[0] = {0, packet.fragment_bytes};
  ++size_;
  return DropReason::none;
}

DropReason FragmentTable::later(PacketInfo& packet, std::uint64_t now_ns) noexcept {
  Datagram* const datagram = find(Identity::of(packet));
  if (datagram == nullptr) return DropReason::fragment_before_first;
  if (over(*datagram, now_ns)) {
    forget(*datagram);
    return DropReason::fragment_timeout;
  }
  const DropReason problem = account(*datagram, packet);
  if (problem != DropReason::none) return problem;
  packet.key = datagram->key;
  packet.from_a = datagram->from_a;
  packet.tcp_seq = datagram->tcp_sequence + packet.fragment_offset;
  if (datagram->complete()) forget(*datagram);
  return DropReason::none;
}

/// Adds a later fragment to what has passed of its datagram, or says why it may not pass.
DropReason FragmentTable::account(Datagram& datagram, const PacketInfo& packet) noexcept {
  const std::uint32_t begin = packet.fragment_offset;
  const std::uint32_t end = begin + packet.fragment_bytes;
  if (begin > kMaxDatagramBytes || end > kMaxDatagramBytes)
    return packet.is_ipv4 ? DropReason::ipv4_fragment_too_large
                          : DropReason::ipv6_fragment_too_large;
  if (begin == end)
    return packet.is_ipv4 ? DropReason::ipv4_fragment_bad_length
                          : DropReason::ipv6_fragment_bad_length;
  const bool last = !packet.more_fragments;
  if (datagram.bytes != 0 && (last || end > datagram.bytes)) return DropReason::fragment_overlap;
  if (last && end < datagram.highest()) return DropReason::fragment_overlap;
  const DropReason problem =
      datagram.insert({static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(end)});
  if (problem == DropReason::none && last) datagram.bytes = end;
  return problem;
}

DropReason FragmentTable::Datagram::insert(Range fragment) noexcept {
  Range* const first = ranges.data();
  Range* const end = first + num_ranges;
  Range* const next = std::find_if(
      first, end, [&](const Range& range) noexcept { return range.end > fragment.begin; });
  if (next != end && next->begin < fragment.end) return DropReason::fragment_overlap;
  const bool joins_next = next != end && next->begin == fragment.end;
  const bool joins_previous = next != first && (next - 1)->end == fragment.begin;
  if (joins_previous && joins_next) {
    (next - 1)->end = next->end;
    std::move(next + 1, end, next);
    --num_ranges;
  } else if (joins_previous) {
    (next - 1)->end = fragment.end;
  } else if (joins_next) {
    next->begin = fragment.begin;
  } else {
    if (num_ranges == kMaxRanges) return DropReason::fragment_table_full;
    std::move_backward(next, end, end + 1);
    *next = fragment;
    ++num_ranges;
  }
  return DropReason::none;
}

FragmentTable::Datagram* FragmentTable::set_of(const Identity& identity) const noexcept {
  auto* const datagrams = reinterpret_cast<Datagram*>(memory_.data());
  return datagrams + (hash_(&identity) & set_mask_) * kWays;
}

FragmentTable::Datagram* FragmentTable::find(const Identity& identity) const noexcept {
  Datagram* const set = set_of(identity);
  for (Datagram* way = set; way != set + kWays; ++way)
    if (way->num_ranges != 0 && std::memcmp(&way->identity, &identity, sizeof identity) == 0)
      return way;
  return nullptr;
}

/// A free place in the identity's set, else the one of a datagram whose time is over, else of the
/// oldest; the oldest is all three.
FragmentTable::Datagram& FragmentTable::place_for(const Identity& identity,
                                                  std::uint64_t now_ns) noexcept {
  Datagram* const set = set_of(identity);
  Datagram* oldest = set;
  for (Datagram* way = set; way != set + kWays; ++way) {
    if (way->num_ranges != 0 && over(*way, now_ns)) forget(*way);
    if (way->num_ranges == 0) return *way;
    if (way->first_ns < oldest->first_ns) oldest = way;
  }
  forget(*oldest);
  return *oldest;
}

bool FragmentTable::over(const Datagram& datagram, std::uint64_t now_ns) const noexcept {
  return datagram.first_ns + timeout_ns_ <= now_ns;
}

void FragmentTable::forget(Datagram& datagram) noexcept {
  datagram.num_ranges = 0;
  --size_;
}

}  // namespace sekisho::dataplane
