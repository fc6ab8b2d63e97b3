#include "engines/stream/defragmenter.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "datagram.h"
#include "engines/stream/segment_queue.h"

namespace sekisho::engines::stream {
namespace {

constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::size_t kMaxLength = 65535;
/// Link layer, tunnels and IP headers before the fragmentable part; more is refused.
constexpr std::size_t kMaxHeaders = 1024;
/// Fragments of one datagram whose TTLs differ by more did not take one way.
constexpr int kUsualHopChange = 8;

/// Fragments of IPv4 and IPv6 have other rules than segments: Linux takes the later one already
/// when both begin at the same place.
OverlapPolicy of_fragments(OverlapPolicy policy) noexcept {
  return policy == OverlapPolicy::linux ? OverlapPolicy::old_linux : policy;
}

/// Keyed, because identities are chosen by strangers.
struct SecretHash {
  std::uint64_t secret[6] = {};
  std::uint64_t operator()(const DatagramKey& key) const noexcept {
    std::uint64_t words[6];
    std::memcpy(words, &key, sizeof words);
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < 6; i += 2) {
      const auto product =
          static_cast<unsigned __int128>(words[i] ^ secret[i]) * (words[i + 1] ^ secret[i + 1]);
      hash = std::rotl(hash, 21) ^ static_cast<std::uint64_t>(product) ^
             static_cast<std::uint64_t>(product >> 64);
    }
    return hash;
  }
};

struct Datagram {
  DatagramKey key;
  SegmentQueue pieces;  // "sequence numbers" are offsets
  std::uint8_t* headers = nullptr;
  WholeHeaders whole;
  std::uint64_t started_ns = 0;
  std::uint32_t total = 0;  // once the last fragment is known
  std::uint32_t bucket_next = kNone;
  std::uint32_t older = kNone, newer = kNone;
  std::uint32_t bucket = 0;
  std::uint8_t least_ttl = 0, most_ttl = 0;
  bool total_known = false;
  bool given_up = false;  // nothing more of it may pass
};

}  // namespace

class Defragmenter::Core {
 public:
  Core(const FragmentConfig& config, MemoryPool& pool);

  Defragmented add(const PacketView& packet) noexcept;
  void refuse() noexcept;
  void expire(std::uint64_t now_ns, std::size_t budget) noexcept;

  std::size_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return bytes_; }
  const FragmentCounters& counters() const noexcept { return counters_; }

 private:
  Defragmented dropped(DropReason reason) noexcept;
  Defragmented dropped(DropReason reason, std::string_view oddity) noexcept {
    oddities_.add(oddity);
    return dropped(reason);
  }
  DropReason check_size(const Fragment& fragment) noexcept;
  DropReason check_end(Datagram& datagram, const Fragment& fragment) noexcept;
  Defragmented add_to(Datagram& datagram, const Fragment& fragment,
                      const PacketView& packet) noexcept;
  Defragmented conflict(Datagram& datagram, const Fragment& fragment) noexcept;
  DropReason keep_headers(Datagram& datagram, const Fragment& fragment) noexcept;
  Defragmented complete(Datagram& datagram) noexcept;
  Defragmented alone(const Fragment& fragment) noexcept;

  Datagram* find(const DatagramKey& key, std::uint64_t hash) noexcept;
  Datagram* begin(const DatagramKey& key, std::uint64_t hash, std::uint64_t now_ns) noexcept;
  bool over(const Datagram& datagram, std::uint64_t now_ns) const noexcept;
  bool make_room(std::size_t bytes, const Datagram& keep) noexcept;
  void drop_bytes(Datagram& datagram) noexcept;
  void give_up(Datagram& datagram) noexcept;
  void forget(Datagram& datagram) noexcept;
  std::uint32_t index_of(const Datagram& datagram) const noexcept {
    return static_cast<std::uint32_t>(&datagram - datagrams_.data());
  }

  FragmentConfig config_;
  MemoryPool* pool_;
  std::uint64_t timeout_ns_;
  SecretHash hash_;
  std::vector<Datagram> datagrams_;
  std::vector<std::uint32_t> buckets_;
  std::unique_ptr<std::uint8_t[]> frame_;
  std::uint32_t free_ = 0;  // by bucket_next
  std::uint32_t oldest_ = kNone, newest_ = kNone;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
  DatagramKey completed_;  // last one, version 0: none
  std::uint64_t completed_ns_ = 0;
  FragmentCounters counters_;
  Oddities oddities_;
};

Defragmenter::Core::Core(const FragmentConfig& config, MemoryPool& pool)
    : config_(config),
      pool_(&pool),
      timeout_ns_(std::uint64_t{config.timeout_s} * 1'000'000'000),
      datagrams_(std::bit_ceil(std::clamp<std::size_t>(config.max_datagrams, 1, 1 << 20))),
      buckets_(datagrams_.size() * 2, kNone),
      frame_(std::make_unique<std::uint8_t[]>(kMaxHeaders + kMaxLength)) {
  config_.overlap = of_fragments(config.overlap);
  for (std::size_t i = 0; i < datagrams_.size(); ++i)
    datagrams_[i].bucket_next =
        i + 1 < datagrams_.size() ? static_cast<std::uint32_t>(i + 1) : kNone;
  // Without entropy the table still works; getrandom() only fails before the system is up.
  if (getrandom(hash_.secret, sizeof hash_.secret, 0) < 0) hash_.secret[0] = 1;
}

Defragmented Defragmenter::Core::dropped(DropReason reason) noexcept {
  Defragmented outcome;
  outcome.kind = Defragmented::Kind::dropped;
  outcome.drop = reason;
  outcome.oddities = oddities_.names();
  if (reason == DropReason::fragment_limit) ++counters_.refused;
  return outcome;
}

Defragmented Defragmenter::Core::add(const PacketView& packet) noexcept {
  oddities_.clear();
  completed_.version = 0;
  ++counters_.fragments;
  const auto fragment = read_fragment(packet);
  if (!fragment)
    return dropped(packet.source.is_v4() ? DropReason::ipv4_truncated : DropReason::ipv6_truncated);
  const auto reason = check_size(*fragment);
  if (reason != DropReason::none) return dropped(reason);
  if (fragment->offset == 0 && !fragment->more) return alone(*fragment);
  const auto hash = hash_(fragment->key);
  Datagram* datagram = find(fragment->key, hash);
  if (datagram != nullptr && over(*datagram, packet.time_ns)) {
    ++counters_.timeouts;
    forget(*datagram);
    datagram = nullptr;
  }
  if (datagram == nullptr) {
    datagram = begin(fragment->key, hash, packet.time_ns);
    if (datagram == nullptr) return dropped(DropReason::fragment_limit);
    datagram->least_ttl = datagram->most_ttl = packet.ttl;
  }
  if (datagram->given_up) return dropped(DropReason::fragment_abandoned);
  return add_to(*datagram, *fragment, packet);
}

/// RFC 791, RFC 8200 §4.5: what no sender may send.
DropReason Defragmenter::Core::check_size(const Fragment& fragment) noexcept {
  const bool v6 = fragment.is_v6();
  if (fragment.end() > kMaxLength) {
    oddities_.add(v6 ? "ipv6.frag_pkt_too_large" : "ipv4.frag_pkt_too_large");
    return v6 ? DropReason::ipv6_fragment_too_large : DropReason::ipv4_fragment_too_large;
  }
  if (fragment.bytes.empty() || (fragment.more && fragment.bytes.size() % 8 != 0)) {
    if (v6) oddities_.add("ipv6.frag_invalid_length");
    return v6 ? DropReason::ipv6_fragment_bad_length : DropReason::ipv4_fragment_bad_length;
  }
  return fragment.headers.size() > kMaxHeaders ? DropReason::fragment_limit : DropReason::none;
}

/// One datagram has one end.
DropReason Defragmenter::Core::check_end(Datagram& datagram, const Fragment& fragment) noexcept {
  const bool beyond = datagram.total_known && fragment.end() > datagram.total;
  const bool other_end =
      !fragment.more &&
      ((datagram.total_known && fragment.end() != datagram.total) ||
       (datagram.pieces.front() != nullptr && fragment.end() < datagram.pieces.end()));
  return beyond || other_end ? DropReason::fragment_differs : DropReason::none;
}

Defragmented Defragmenter::Core::add_to(Datagram& datagram, const Fragment& fragment,
                                        const PacketView& packet) noexcept {
  const SegmentQueue::Piece piece{fragment.offset, fragment.bytes, SegmentQueue::kNoUrgent};
  if (check_end(datagram, fragment) != DropReason::none || datagram.pieces.differs(piece)) {
    ++counters_.overlaps;
    oddities_.add(fragment.is_v6() ? "ipv6.frag_overlap" : "ipv4.frag_overlap");
    if (config_.drop_differing) return conflict(datagram, fragment);
    if (check_end(datagram, fragment) != DropReason::none)
      return dropped(DropReason::fragment_differs);
  }
  if (fragment.offset == 0 && datagram.headers == nullptr) {
    const auto reason = keep_headers(datagram, fragment);
    if (reason != DropReason::none) return dropped(reason);
  }
  const auto before = datagram.pieces.bytes();
  if (!make_room(fragment.bytes.size(), datagram)) return dropped(DropReason::fragment_limit);
  const auto inserted = datagram.pieces.insert(
      *pool_, piece, config_.drop_differing ? OverlapPolicy::first : config_.overlap,
      {kMaxLength * 2, config_.max_fragments});
  if (inserted != SegmentQueue::Inserted::yes) return dropped(DropReason::fragment_limit);
  const auto added = datagram.pieces.bytes() - before;
  bytes_ += added;
  if (added == 0) ++counters_.duplicates;
  if (added != 0 && added < fragment.bytes.size())
    oddities_.add(fragment.is_v6() ? "ipv6.frag_overlap" : "ipv4.frag_overlap");
  if (!fragment.more) {
    datagram.total = fragment.end();
    datagram.total_known = true;
  }
  datagram.least_ttl = std::min(datagram.least_ttl, packet.ttl);
  datagram.most_ttl = std::max(datagram.most_ttl, packet.ttl);
  if (datagram.total_known && datagram.pieces.bytes() == datagram.total) {
    completed_ns_ = packet.time_ns;
    return complete(datagram);
  }
  Defragmented outcome;
  outcome.oddities = oddities_.names();
  return outcome;
}

/// Inline, bytes that differ from what was forwarded. Of IPv6 the datagram is lost (RFC 5722).
Defragmented Defragmenter::Core::conflict(Datagram& datagram, const Fragment& fragment) noexcept {
  if (fragment.is_v6()) give_up(datagram);
  return dropped(DropReason::fragment_differs);
}

DropReason Defragmenter::Core::keep_headers(Datagram& datagram, const Fragment& fragment) noexcept {
  auto* const copy = static_cast<std::uint8_t*>(pool_->allocate(fragment.headers.size()));
  if (copy == nullptr) return DropReason::fragment_limit;
  std::memcpy(copy, fragment.headers.data(), fragment.headers.size());
  datagram.headers = copy;
  datagram.whole = {fragment.ip_offset, fragment.headers.size(), fragment.next_header_offset,
                    fragment.next_header, fragment.is_v6()};
  bytes_ += fragment.headers.size();
  return DropReason::none;
}

/// All bytes are there, and so are the headers of the first fragment.
Defragmented Defragmenter::Core::complete(Datagram& datagram) noexcept {
  const auto headers = datagram.whole.headers_bytes;
  std::memcpy(frame_.get(), datagram.headers, headers);
  std::size_t at = headers;
  while (auto* const piece = datagram.pieces.front()) {
    std::memcpy(frame_.get() + at, piece->data(), piece->size);
    at += piece->size;
    bytes_ -= piece->size;
    datagram.pieces.take_front(*pool_, piece->size);
  }
  Defragmented outcome;
  outcome.kind = Defragmented::Kind::complete;
  outcome.ip_offset = datagram.whole.ip_offset;
  outcome.differing_ttl = datagram.most_ttl - datagram.least_ttl > kUsualHopChange;
  const auto whole = datagram.whole;
  completed_ = datagram.key;
  forget(datagram);
  const std::span<std::uint8_t> frame{frame_.get(), at};
  if (!make_whole(frame, whole)) {
    oddities_.add(whole.is_v6 ? "ipv6.frag_pkt_too_large" : "ipv4.frag_pkt_too_large");
    refuse();
    return dropped(whole.is_v6 ? DropReason::ipv6_fragment_too_large
                               : DropReason::ipv4_fragment_too_large);
  }
  ++counters_.datagrams;
  outcome.frame = frame;
  outcome.oddities = oddities_.names();
  return outcome;
}

/// A datagram in one "fragment" (RFC 6946): by itself, whatever else has its identity.
Defragmented Defragmenter::Core::alone(const Fragment& fragment) noexcept {
  const auto headers = fragment.headers.size();
  const std::span<std::uint8_t> frame{frame_.get(), headers + fragment.bytes.size()};
  std::memcpy(frame.data(), fragment.headers.data(), headers);
  std::memcpy(frame.data() + headers, fragment.bytes.data(), fragment.bytes.size());
  if (!make_whole(frame, {fragment.ip_offset, headers, fragment.next_header_offset,
                          fragment.next_header, fragment.is_v6()}))
    return dropped(fragment.is_v6() ? DropReason::ipv6_fragment_too_large
                                    : DropReason::ipv4_fragment_too_large);
  Defragmented outcome;
  outcome.kind = Defragmented::Kind::complete;
  outcome.ip_offset = fragment.ip_offset;
  outcome.frame = frame;
  outcome.oddities = oddities_.names();
  return outcome;
}

bool Defragmenter::Core::over(const Datagram& datagram, std::uint64_t now_ns) const noexcept {
  return now_ns > datagram.started_ns && now_ns - datagram.started_ns > timeout_ns_;
}

Datagram* Defragmenter::Core::find(const DatagramKey& key, std::uint64_t hash) noexcept {
  auto at = buckets_[hash & (buckets_.size() - 1)];
  while (at != kNone && datagrams_[at].key != key) at = datagrams_[at].bucket_next;
  return at == kNone ? nullptr : &datagrams_[at];
}

Datagram* Defragmenter::Core::begin(const DatagramKey& key, std::uint64_t hash,
                                    std::uint64_t now_ns) noexcept {
  if (free_ == kNone) {
    Datagram& oldest = datagrams_[oldest_];
    const bool timed_out = over(oldest, now_ns);
    if (config_.drop_differing && !timed_out) return nullptr;
    ++(timed_out ? counters_.timeouts : counters_.evicted);
    forget(oldest);
  }
  const auto index = free_;
  Datagram& datagram = datagrams_[index];
  free_ = datagram.bucket_next;
  datagram = Datagram{};
  datagram.key = key;
  datagram.started_ns = now_ns;
  datagram.bucket = static_cast<std::uint32_t>(hash & (buckets_.size() - 1));
  datagram.bucket_next = buckets_[datagram.bucket];
  buckets_[datagram.bucket] = index;
  datagram.older = newest_;
  (newest_ == kNone ? oldest_ : datagrams_[newest_].newer) = index;
  newest_ = index;
  ++size_;
  return &datagram;
}

/// Room for `bytes` of copies; the oldest datagrams give way, but not `keep`.
bool Defragmenter::Core::make_room(std::size_t bytes, const Datagram& keep) noexcept {
  for (auto at = oldest_; bytes_ + bytes > config_.max_bytes;) {
    while (at != kNone && (datagrams_[at].given_up || &datagrams_[at] == &keep))
      at = datagrams_[at].newer;
    if (at == kNone) return false;
    ++counters_.evicted;
    Datagram& victim = datagrams_[at];
    at = victim.newer;
    if (config_.drop_differing)
      give_up(victim);
    else
      forget(victim);
  }
  return true;
}

void Defragmenter::Core::drop_bytes(Datagram& datagram) noexcept {
  bytes_ -= datagram.pieces.bytes();
  datagram.pieces.clear(*pool_);
  if (datagram.headers == nullptr) return;
  bytes_ -= datagram.whole.headers_bytes;
  pool_->release(datagram.headers, datagram.whole.headers_bytes);
  datagram.headers = nullptr;
}

void Defragmenter::Core::give_up(Datagram& datagram) noexcept {
  drop_bytes(datagram);
  datagram.given_up = true;
}

void Defragmenter::Core::forget(Datagram& datagram) noexcept {
  drop_bytes(datagram);
  const auto index = index_of(datagram);
  auto* link = &buckets_[datagram.bucket];
  while (*link != index) link = &datagrams_[*link].bucket_next;
  *link = datagram.bucket_next;
  (datagram.older == kNone ? oldest_ : datagrams_[datagram.older].newer) = datagram.newer;
  (datagram.newer == kNone ? newest_ : datagrams_[datagram.newer].older) = datagram.older;
  datagram.key.version = 0;
  datagram.bucket_next = free_;
  free_ = index;
  --size_;
}

void Defragmenter::Core::refuse() noexcept {
  if (completed_.version == 0) return;
  Datagram* const datagram = begin(completed_, hash_(completed_), completed_ns_);
  if (datagram != nullptr) datagram->given_up = true;
  completed_.version = 0;
}

void Defragmenter::Core::expire(std::uint64_t now_ns, std::size_t budget) noexcept {
  while (budget-- != 0 && oldest_ != kNone && over(datagrams_[oldest_], now_ns)) {
    ++counters_.timeouts;
    forget(datagrams_[oldest_]);
  }
}

Result<std::unique_ptr<Defragmenter>> Defragmenter::create(const FragmentConfig& config,
                                                           MemoryPool& pool) {
  if (config.max_datagrams == 0 || config.max_fragments == 0 || config.timeout_s == 0)
    return Error{Error::Code::invalid_input, "limits of fragments must not be 0"};
  return std::unique_ptr<Defragmenter>(new Defragmenter(std::make_unique<Core>(config, pool)));
}

Defragmenter::Defragmenter(std::unique_ptr<Core> core) noexcept : core_(std::move(core)) {}
Defragmenter::~Defragmenter() = default;

Defragmented Defragmenter::add(const PacketView& packet) noexcept { return core_->add(packet); }
void Defragmenter::refuse() noexcept { core_->refuse(); }
void Defragmenter::expire(std::uint64_t now_ns, std::size_t budget) noexcept {
  core_->expire(now_ns, budget);
}
std::size_t Defragmenter::datagrams() const noexcept { return core_->size(); }
std::size_t Defragmenter::bytes() const noexcept { return core_->bytes(); }
const FragmentCounters& Defragmenter::counters() const noexcept { return core_->counters(); }

}  // namespace sekisho::engines::stream
