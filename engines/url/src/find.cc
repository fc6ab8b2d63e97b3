#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "label_text.h"
#include "view.h"

namespace sekisho::engines::url {
namespace {

using Impl = UrlDatabase::Impl;

const __m128i kNumbers = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

/// A mask of the lowest bytes; `count` at most 8.
std::uint64_t ones(std::size_t count) noexcept {
  return count == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * count)) - 1;
}

constexpr std::size_t kMaxHostBytes = 255;

/// Whether packed codes are exactly `label`, of any length and with escaped characters.
bool is_any_label(const Impl& db, const std::byte* code, const std::byte* end,
                  const Label& label) noexcept {
  std::size_t at = 0;
  const auto size = label.text.size();
  for (; code != end; ++code) {
    const auto symbol = std::to_integer<unsigned>(*code);
    std::size_t length = db.lengths[symbol];
    if (symbol == kEscape) {
      ++code;
      if (at == size ||
          static_cast<unsigned char>(label.text[at]) != std::to_integer<unsigned>(*code))
        return false;
      length = 1;
    } else if (at + length > size || ((label.eight(at) ^ db.symbols[symbol]) & ones(length)) != 0) {
      return false;
    }
    at += length;
  }
  return at == size;
}

/// Likewise, of a label of at most kBytes and few codes for its length. All codes are unpacked
/// without a branch that depends on them, so that a look-up can begin while the one before still
/// waits for its bucket.
template <std::size_t kCodes, std::size_t kBytes>
bool is_short_label(const Impl& db, const std::byte* code, const std::byte* end,
                    const Label& label) noexcept {
  const auto num_codes = static_cast<std::size_t>(end - code);
  const auto packed = read_at<__m128i>(code);
  const auto is_code = _mm_cmpgt_epi8(_mm_set1_epi8(static_cast<char>(num_codes)), kNumbers);
  const auto is_escape = _mm_cmpeq_epi8(packed, _mm_set1_epi8(-1));
  if (num_codes > kCodes || !_mm_testz_si128(is_code, is_escape))
    return is_any_label(db, code, end, label);
  alignas(16) std::array<std::uint8_t, 16> codes;  // behind the end: kEscape, which is empty
  const auto filled = _mm_or_si128(packed, _mm_xor_si128(is_code, _mm_set1_epi8(-1)));
  std::memcpy(codes.data(), &filled, sizeof filled);
  std::array<char, 8 * (kCodes + 1)> text;
  static_assert(sizeof text >= kBytes);
  std::size_t length = 0;
  for (std::size_t i = 0; i < kCodes; ++i) {
    std::memcpy(text.data() + length, &db.symbols[codes[i]], 8);
    length += db.lengths[codes[i]];
  }
  const auto size = label.text.size();
  if (length != size) return false;
  std::uint64_t differs = 0;
  for (std::size_t at = 0; at < size; at += 8) {
    std::uint64_t piece = 0;
    std::memcpy(&piece, text.data() + at, 8);
    differs |= (piece & ones(std::min<std::size_t>(8, size - at))) ^ label.eight(at);
  }
  return differs == 0;
}

bool is_label(const Impl& db, const std::byte* code, const std::byte* end,
              const Label& label) noexcept {
  if (label.text.size() <= 16) return is_short_label<12, 16>(db, code, end, label);
  if (label.text.size() <= 32) return is_short_label<16, 32>(db, code, end, label);
  return is_any_label(db, code, end, label);
}

/// The sum of the first `count` of at least 16 bytes; `count` below 16.
std::size_t sum_of(const std::byte* bytes, unsigned count) noexcept {
  const auto mask = _mm_cmpgt_epi8(_mm_set1_epi8(static_cast<char>(count)), kNumbers);
  const auto sums = _mm_sad_epu8(_mm_and_si128(read_at<__m128i>(bytes), mask), _mm_setzero_si128());
  return static_cast<std::size_t>(_mm_cvtsi128_si64(sums) + _mm_extract_epi64(sums, 1));
}

/// Entries of a bucket whose fingerprint fits are compared in full: parent and label.
bool is_entry(const Impl& db, const std::byte* bucket, unsigned count, unsigned index,
              const Label& label, Node& node) noexcept {
  const std::byte* sizes = bucket + 1 + count;
  const std::byte* entry = sizes + count;
  const auto size = std::to_integer<unsigned>(sizes[index]);
  for (; index >= 15; index -= 15, sizes += 15) entry += sum_of(sizes, 15);
  entry += sum_of(sizes, index);
  const auto [descriptor, head] = read_head(entry, db.shorts);
  if (descriptor.parent != node.place || !is_label(db, entry + head, entry + size, label))
    return false;
  node.place = static_cast<std::uint32_t>(entry - db.buckets) + 1;
  node.set = descriptor.set;
  node.flags = descriptor.flags;
  return true;
}

/// Where a label below a node would be. Its lines are asked for as soon as it is made: a probe for
/// the label after this one is made before this one is looked at, so that they come together.
struct Probe {
  Label label;
  std::uint64_t hash = 0;
  const std::byte* bucket = nullptr;
};

Probe probe_below(const Impl& db, std::uint64_t parent_hash, const Label& label) noexcept {
  const auto hash = node_hash(parent_hash, label.text, [&label](const char* at, std::size_t) {
    return label.eight(static_cast<std::size_t>(at - label.text.data()));
  });
  const std::byte* bucket = db.buckets + db.bucket_begin(bucket_of(hash, db.header.num_buckets));
  _mm_prefetch(bucket, _MM_HINT_T0);
  _mm_prefetch(bucket + 64, _MM_HINT_T0);
  return {label, hash, bucket};
}

/// One label further down from `node`; false when the database has nothing there.
bool step(const Impl& db, const Probe& probe, Node& node) noexcept {
  if (probe.label.text.size() > kMaxLabelBytes) return false;
  const std::byte* bucket = probe.bucket;
  _mm_prefetch(bucket + 128, _MM_HINT_T0);
  const auto count = std::to_integer<unsigned>(*bucket);
  const auto wanted = _mm_set1_epi8(static_cast<char>(fingerprint_of(probe.hash)));
  for (unsigned at = 0; at < count; at += 16) {
    const auto prints = read_at<__m128i>(bucket + 1 + at);
    auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(prints, wanted)));
    if (count - at < 16) hits &= (1U << (count - at)) - 1;
    for (; hits != 0; hits &= hits - 1) {
      const auto index = at + static_cast<unsigned>(std::countr_zero(hits));
      if (!is_entry(db, bucket, count, index, probe.label, node)) continue;
      node.hash = probe.hash;
      return true;
    }
  }
  return false;
}

/// As step(), of a label behind which nothing may be read.
bool step_to(const Impl& db, std::string_view label, Node& node) noexcept {
  return label.size() <= kMaxLabelBytes &&
         step(db, probe_below(db, node.hash, PaddedLabel(label).label()), node);
}

Node root_of(const Impl& db) noexcept { return {db.header.seed, 0, 0, kHasHosts}; }

/// The first step of a name.
bool step_to_top_level(const Impl& db, const Label& label, Node& node) noexcept {
  if (!label.text.empty() && label.text.size() <= 8) {
    const auto name = label.eight(0);
    const auto& slot = db.top_levels.slots[TopLevels::slot_of(name)];
    if (slot.name == name) {
      node = slot.node;
      return true;
    }
  }
  return step(db, probe_below(db, node.hash, label), node);
}

/// A label of at most eight characters as a number; 0 for longer ones.
std::uint64_t unpack_short(const Impl& db, const std::byte* code, const std::byte* end) noexcept {
  std::uint64_t name = 0;
  std::size_t size = 0;
  for (; code != end; ++code) {
    const auto symbol = std::to_integer<unsigned>(*code);
    const bool is_escaped = symbol == kEscape;
    const std::size_t length = is_escaped ? 1 : db.lengths[symbol];
    if (is_escaped) ++code;
    if (size + length > 8) return 0;
    const auto piece = is_escaped ? std::to_integer<std::uint64_t>(*code) : db.symbols[symbol];
    name |= piece << (8 * size);
    size += length;
  }
  return name;
}

struct Found {
  std::uint16_t set = 0;
  std::size_t host_bytes = 0, path_bytes = 0;
  bool is_host_only = false;
};

/// What a host's paths say: the longest that `url` lies under. False: none of them.
bool find_path(const Impl& db, const rules::CanonicalUrl& url, Node node, Found& best) noexcept {
  bool is_found = false;
  std::size_t at = 0;
  while (at < url.path.size() && (node.flags & kHasPaths) != 0) {
    const auto end = std::min(url.path.find('/', at + 1), url.path.size());
    const auto segment = url.path.substr(at, end - at);
    at = end;
    if (segment.size() == 1) continue;  // "//" is "/", as it is for servers
    if (!step_to(db, segment, node)) return is_found;
    if (node.set != 0) best.set = node.set, best.path_bytes = end, is_found = true;
  }
  if (at < url.path.size() || !url.has_query || (node.flags & kHasPaths) == 0) return is_found;
  const std::string_view query(url.query.data() - 1, url.query.size() + 1);
  if (!step_to(db, query, node) || node.set == 0) return is_found;
  best.set = node.set;
  best.path_bytes = url.path.size() + query.size();
  return true;
}

/// How far a host is known.
struct HostWalk {
  Node last, above;       // the node of the most labels, and its parent
  std::size_t bytes = 0;  // of the host that `last` stands for
  std::size_t above_bytes = 0;
};

/// Goes from label to label while there are hosts below.
HostWalk walk_host(const Impl& db, std::string_view text, rules::HostKind kind,
                   Found& best) noexcept {
  HostWalk walk;
  walk.last = root_of(db);
  if (text.empty() || text.size() > kMaxHostBytes) return walk;  // not canonical
  const HostText host(text);
  const auto begin_of = [&](std::size_t end) {
    return kind == rules::HostKind::name ? host.last_label(end) : 0;
  };
  const auto take = [&](const Node& node, std::size_t begin) {
    walk.above = walk.last;
    walk.above_bytes = walk.bytes;
    walk.last = node;
    walk.bytes = host.size() - begin;
    if (node.set != 0) best = {node.set, walk.bytes, 0, false};
  };
  auto begin = begin_of(host.size());
  auto node = walk.last;
  if (!step_to_top_level(db, host.label(begin, host.size()), node)) return walk;
  take(node, begin);
  const auto probe_before = [&](std::size_t end, std::uint64_t hash) {
    begin = begin_of(end);
    return probe_below(db, hash, host.label(begin, end));
  };
  Probe probe;
  if (begin > 0) probe = probe_before(begin - 1, node.hash);
  for (auto end = walk.bytes; end < host.size() && (walk.last.flags & kHasHosts) != 0;
       end = walk.bytes) {
    const auto here = begin;
    const auto next = here > 0 ? probe_before(here - 1, probe.hash) : Probe{};
    if (!step(db, probe, node)) break;
    take(node, here);
    probe = next;
  }
  return walk;
}

/// Entries for this host alone, and its paths.
void find_below(const Impl& db, const rules::CanonicalUrl& url, const HostWalk& walk,
                Found& best) noexcept {
  const auto host = url.host;
  const bool is_whole = walk.bytes == host.size();
  if (is_whole && (walk.last.flags & kHasPaths) != 0) {
    auto only = walk.last;
    if (step_to(db, kHostOnlyLabel, only)) best = {only.set, host.size(), 0, true};
    if (find_path(db, url, walk.last, best)) {
      best.host_bytes = host.size();
      best.is_host_only = false;
      return;
    }
  }
  if (!host.starts_with("www.")) return;
  const auto bare = host.size() - 4;  // paths of example.com are for www.example.com too
  const bool from_last = walk.bytes == bare;
  if (!from_last && !(is_whole && walk.above_bytes == bare)) return;
  const auto& node = from_last ? walk.last : walk.above;
  if (!find_path(db, url, node, best)) return;
  best.host_bytes = bare;
  best.is_host_only = false;
}

Match match_of(const Impl& db, const Found& found) noexcept {
  Match match;
  match.categories = db.set(found.set);
  while (match.num_categories < kMaxCategories && match.categories[match.num_categories] != 0)
    ++match.num_categories;
  match.is_host_only = found.is_host_only;
  match.host_bytes = static_cast<std::uint16_t>(found.host_bytes);
  match.path_bytes = static_cast<std::uint16_t>(found.path_bytes);
  return match;
}

}  // namespace

void UrlDatabase::Impl::find_top_levels() {
  for (std::uint32_t i = 0; i < header.num_buckets; ++i) {
    const std::byte* bucket = buckets + bucket_begin(i);
    const auto count = std::to_integer<std::size_t>(*bucket);
    const std::byte* size = bucket + 1 + count;
    const std::byte* entry = size + count;
    for (const auto* end = entry; size != end; ++size) {
      const auto* next = entry + std::to_integer<std::size_t>(*size);
      const auto [descriptor, head] = read_head(entry, shorts);
      const auto name = descriptor.parent == 0 ? unpack_short(*this, entry + head, next) : 0;
      entry = next;
      auto& slot = top_levels.slots[TopLevels::slot_of(name)];
      std::array<char, 9> text{};
      std::memcpy(text.data(), &name, sizeof name);
      auto node = root_of(*this);
      if (name != 0 && slot.name == 0 && step_to(*this, text.data(), node)) slot = {name, node};
    }
  }
}

Match UrlDatabase::find(const rules::CanonicalUrl& url) const noexcept {
  Found best;
  const auto walk = walk_host(*impl_, url.host, url.kind, best);
  find_below(*impl_, url, walk, best);
  return match_of(*impl_, best);
}

Match UrlDatabase::find_host(std::string_view host, rules::HostKind kind) const noexcept {
  rules::CanonicalUrl url;
  url.host = host;
  url.kind = kind;
  return find(url);
}

std::string entry_of(const rules::CanonicalUrl& url, const Match& match) {
  std::string text(url.host.substr(url.host.size() - match.host_bytes));
  return text.append(url.path.data(), match.path_bytes);  // the query stands behind the path
}

}  // namespace sekisho::engines::url
