#include "dataplane/flow/flow_table.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

namespace sekisho::dataplane {

static constexpr unsigned kBucketEntries = 7;
static constexpr std::uint8_t kProtocolIcmp = 1, kProtocolTcp = 6, kProtocolUdp = 17,
                              kProtocolIcmpv6 = 58;

/// Signature 0 marks a free entry, so a zeroed mapping is an empty table.
struct alignas(64) FlowTable::Bucket {
  std::uint32_t signature[kBucketEntries];
  std::uint32_t overflowed;  // keys whose first bucket this is and that live in their second
  std::uint32_t record[kBucketEntries];
  std::uint32_t reserved;

  /// Bit per entry that carries `wanted`.
  unsigned match(std::uint32_t wanted) const noexcept {
    const __m256i all = _mm256_load_si256(reinterpret_cast<const __m256i*>(signature));
    const __m256i equal = _mm256_cmpeq_epi32(all, _mm256_set1_epi32(static_cast<int>(wanted)));
    const int mask = _mm256_movemask_ps(_mm256_castsi256_ps(equal));
    return static_cast<unsigned>(mask) & ((1U << kBucketEntries) - 1);
  }
};

namespace {

constexpr std::size_t round_up_line(std::size_t bytes) noexcept { return (bytes + 63) / 64 * 64; }

/// At least two entries a flow: with 7 to a bucket a key then overflows rarely, and finding neither
/// of its buckets free nor one entry that can move does not happen in practice.
std::uint32_t buckets_for(std::uint32_t capacity) noexcept {
  const std::uint64_t entries = std::uint64_t{capacity} * 2;
  const std::uint64_t buckets = (entries + kBucketEntries - 1) / kBucketEntries;
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(2, std::bit_ceil(buckets)));
}

bool same_key(const FlowKey& x, const FlowKey& y) noexcept {
  const auto* const a = reinterpret_cast<const __m128i*>(&x);
  const auto* const b = reinterpret_cast<const __m128i*>(&y);
  const __m128i d0 = _mm_xor_si128(_mm_load_si128(a), _mm_load_si128(b));
  const __m128i d1 = _mm_xor_si128(_mm_load_si128(a + 1), _mm_load_si128(b + 1));
  const __m128i d2 = _mm_xor_si128(_mm_load_si128(a + 2), _mm_load_si128(b + 2));
  const __m128i all = _mm_or_si128(_mm_or_si128(d0, d1), d2);
  return _mm_testz_si128(all, all) != 0;
}

void prefetch(const void* address) noexcept { __builtin_prefetch(address, 1, 3); }

/// Every line that a packet of an established flow is going to touch.
void prefetch_record(const Flow& flow, const FlowKey& key) noexcept {
  const auto* const lines = reinterpret_cast<const std::byte*>(&flow);
  prefetch(lines);
  prefetch(lines + 64);
  if (key.protocol == kProtocolTcp) prefetch(lines + 128);
}

/// The queue of an unanswered flow; all flows of one queue have one timeout, so its head is the
/// first that can be idle.
std::uint8_t queue_of(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case kProtocolTcp:
      return 0;
    case kProtocolUdp:
      return 1;
    case kProtocolIcmp:
    case kProtocolIcmpv6:
      return 2;
    default:
      return 3;
  }
}

}  // namespace

Result<FlowTable> FlowTable::create(std::uint32_t capacity, const FlowTimeouts& timeouts) {
  if (capacity == 0 || capacity > kMaxCapacity)
    return Error{Error::Code::invalid_input, "a capacity of " + std::to_string(capacity) +
                                                 " flows is outside 1-" +
                                                 std::to_string(kMaxCapacity)};
  const std::uint32_t buckets = buckets_for(capacity);
  Result<KeyedHash> hash = KeyedHash::create();
  if (!hash) return std::move(hash).error().within("flow table");
  Result<HugeMemory> memory =
      HugeMemory::create(std::size_t{capacity} * sizeof(Flow) + buckets * sizeof(Bucket) +
                         round_up_line(kWheelSlots * sizeof(FlowIndex)));
  if (!memory) return std::move(memory).error().within("flow table");
  return FlowTable(*std::move(memory), *hash, capacity, buckets, timeouts);
}

FlowTable::FlowTable(HugeMemory memory, const KeyedHash& hash, std::uint32_t capacity,
                     std::uint32_t buckets, const FlowTimeouts& timeouts) noexcept
    : memory_(std::move(memory)),
      hash_(hash),
      timeouts_(timeouts),
      capacity_(capacity),
      bucket_mask_(buckets - 1) {
  std::byte* const base = memory_.data();
  const std::size_t records_bytes = std::size_t{capacity} * sizeof(Flow);
  records_ = reinterpret_cast<Flow*>(base);
  buckets_ = reinterpret_cast<Bucket*>(base + records_bytes);
  wheel_ = reinterpret_cast<FlowIndex*>(base + records_bytes + buckets * sizeof(Bucket));
  std::fill_n(wheel_, kWheelSlots, kNoFlow);
  queues_[0].timeout_s = timeouts.tcp_half_open;
  queues_[1].timeout_s = timeouts.udp_unanswered;
  queues_[2].timeout_s = timeouts.icmp;
  queues_[3].timeout_s = timeouts.other;
}

FlowTable::FlowTable(FlowTable&&) noexcept = default;
FlowTable& FlowTable::operator=(FlowTable&&) noexcept = default;
FlowTable::~FlowTable() = default;

std::uint32_t FlowTable::hash(const FlowKey& key) const noexcept {
  return static_cast<std::uint32_t>(hash_(&key) >> 32);
}

FlowTable::Place FlowTable::place_of(std::uint64_t hash) const noexcept {
  const auto first = static_cast<std::uint32_t>(hash) & bucket_mask_;
  auto second = static_cast<std::uint32_t>((hash * 0x9e3779b97f4a7c15) >> 32) & bucket_mask_;
  if (second == first) second ^= 1;
  const auto signature = static_cast<std::uint32_t>(hash >> 32);
  return {first, second, signature == 0 ? 1 : signature};
}

Flow* FlowTable::find_in(const Bucket& bucket, std::uint32_t signature,
                         const FlowKey& key) const noexcept {
  for (unsigned mask = bucket.match(signature); mask != 0; mask &= mask - 1) {
    Flow& flow = records_[bucket.record[std::countr_zero(mask)]];
    if (same_key(flow.key, key)) return &flow;
  }
  return nullptr;
}

Flow* FlowTable::find(const FlowKey& key) noexcept {
  const Place place = place_of(hash_(&key));
  Flow* const flow = find_in(buckets_[place.first], place.signature, key);
  if (flow != nullptr || buckets_[place.first].overflowed == 0) return flow;
  return find_in(buckets_[place.second], place.signature, key);
}

void FlowTable::find(std::span<const FlowKey* const> keys, std::span<Flow*> out) noexcept {
  std::array<Place, kMaxBulk> places;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == nullptr) continue;
    places[i] = place_of(hash_(keys[i]));
    prefetch(&buckets_[places[i].first]);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == nullptr) continue;
    const Bucket& bucket = buckets_[places[i].first];
    const unsigned mask = bucket.match(places[i].signature);
    if (mask != 0)
      prefetch_record(records_[bucket.record[std::countr_zero(mask)]], *keys[i]);
    else if (bucket.overflowed != 0)
      prefetch(&buckets_[places[i].second]);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    out[i] = nullptr;
    if (keys[i] == nullptr) continue;
    const Bucket& bucket = buckets_[places[i].first];
    out[i] = find_in(bucket, places[i].signature, *keys[i]);
    if (out[i] == nullptr && bucket.overflowed != 0)
      out[i] = find_in(buckets_[places[i].second], places[i].signature, *keys[i]);
  }
}

bool FlowTable::index_insert(const Place& place, FlowIndex record) noexcept {
  const auto put = [&](std::uint32_t number) noexcept {
    Bucket& bucket = buckets_[number];
    const unsigned free = bucket.match(0);
    if (free == 0) return false;
    const int entry = std::countr_zero(free);
    bucket.signature[entry] = place.signature;
    bucket.record[entry] = record;
    return true;
  };
  if (put(place.first)) return true;
  if (!put(place.second)) {
    if (displace_one(place.first)) return put(place.first);
    if (!displace_one(place.second) || !put(place.second)) return false;
  }
  ++buckets_[place.first].overflowed;
  return true;
}

/// Makes room in a full bucket by moving one of its keys to that key's other bucket.
bool FlowTable::displace_one(std::uint32_t number) noexcept {
  Bucket& from = buckets_[number];
  for (unsigned entry = 0; entry < kBucketEntries; ++entry) {
    const Place place = place_of(hash_(&records_[from.record[entry]].key));
    const bool lives_in_first = place.first == number;
    Bucket& to = buckets_[lives_in_first ? place.second : place.first];
    const unsigned free = to.match(0);
    if (free == 0) continue;
    const int target = std::countr_zero(free);
    to.signature[target] = from.signature[entry];
    to.record[target] = from.record[entry];
    from.signature[entry] = 0;
    if (lives_in_first)
      ++from.overflowed;
    else
      --to.overflowed;
    return true;
  }
  return false;
}

void FlowTable::index_erase(const Place& place, FlowIndex record) noexcept {
  for (const std::uint32_t number : {place.first, place.second}) {
    Bucket& bucket = buckets_[number];
    for (unsigned mask = bucket.match(place.signature); mask != 0; mask &= mask - 1) {
      const int entry = std::countr_zero(mask);
      if (bucket.record[entry] != record) continue;
      bucket.signature[entry] = 0;
      if (number == place.second) --buckets_[place.first].overflowed;
      return;
    }
  }
}

Flow* FlowTable::insert_free(const FlowKey& key, std::uint64_t now_ns) noexcept {
  const FlowIndex record = free_ != kNoFlow ? free_ : touched_;
  if (!index_insert(place_of(hash_(&key)), record)) return nullptr;
  Flow& flow = records_[record];
  if (free_ != kNoFlow)
    free_ = flow.link_next;
  else
    ++touched_;
  if (size_++ == 0) wheel_s_ = now_ns / 1'000'000'000;  // nothing is armed: follow the clock
  std::construct_at(&flow);
  flow.key = key;
  flow.last_ns = flow.start_ns = now_ns;
  flow.in_use = true;
  flow.half_open_list = queue_of(key.protocol);
  flow.timeout_s = queues_[flow.half_open_list].timeout_s;
  enqueue(flow, static_cast<std::uint32_t>(now_ns / 1'000'000'000));
  return &flow;
}

void FlowTable::erase(Flow& flow) noexcept {
  index_erase(place_of(hash_(&flow.key)), index_of(flow));
  unlink(flow);
  flow.in_use = false;
  flow.link_next = free_;
  free_ = index_of(flow);
  --size_;
}

}  // namespace sekisho::dataplane
