#include <immintrin.h>

#include <algorithm>
#include <bit>

#include "view.h"

namespace sekisho::engines::url {
namespace {

using Impl = UrlDatabase::Impl;

/// Where a walk down the tree of labels has come to.
struct Node {
  std::uint64_t hash = 0;
  std::uint32_t place = 0;  // of its entry plus one; 0: the root
  std::uint16_t set = 0;
  std::uint16_t flags = 0;
};

/// Whether packed codes are exactly `label`.
bool is_label(const Impl& db, const std::byte* code, const std::byte* end,
              std::string_view label) noexcept {
  for (; code != end; ++code) {
    auto symbol = std::to_integer<unsigned>(*code);
    if (symbol == kEscape) {
      ++code;
      if (label.empty() || static_cast<unsigned char>(label[0]) != std::to_integer<unsigned>(*code))
        return false;
      label.remove_prefix(1);
      continue;
    }
    const std::size_t length = db.table.lengths[symbol];
    if (length > label.size() ||
        ((up_to_eight(label.data(), label.size()) ^ db.table.symbols[symbol]) & db.masks[symbol]) !=
            0)
      return false;
    label.remove_prefix(length);
  }
  return label.empty();
}

/// Entries of a bucket whose fingerprint fits are compared in full: parent and label.
bool is_entry(const Impl& db, const std::byte* bucket, unsigned count, unsigned index,
              std::string_view label, Node& node) noexcept {
  const std::byte* sizes = bucket + 1 + count;
  const std::byte* entry = sizes + count;
  for (unsigned i = 0; i < index; ++i) entry += std::to_integer<unsigned>(sizes[i]);
  const auto [descriptor, head] = read_head(entry, db.shorts);
  const std::byte* end = entry + std::to_integer<unsigned>(sizes[index]);
  if (descriptor.parent != node.place || !is_label(db, entry + head, end, label)) return false;
  node.place = static_cast<std::uint32_t>(entry - db.buckets) + 1;
  node.set = descriptor.set;
  node.flags = descriptor.flags;
  return true;
}

/// One label further down; false when the database has nothing there.
bool step(const Impl& db, std::string_view label, Node& node) noexcept {
  if (label.size() > kMaxLabelBytes) return false;
  const auto hash = node_hash(node.hash, label);
  const std::byte* bucket = db.buckets + db.bucket_begin(bucket_of(hash, db.header.num_buckets));
  const auto count = std::to_integer<unsigned>(*bucket);
  const auto wanted = _mm_set1_epi8(static_cast<char>(fingerprint_of(hash)));
  for (unsigned at = 0; at < count; at += 16) {
    const auto prints = read_at<__m128i>(bucket + 1 + at);
    auto hits = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(prints, wanted)));
    if (count - at < 16) hits &= (1U << (count - at)) - 1;
    for (; hits != 0; hits &= hits - 1) {
      const auto index = at + static_cast<unsigned>(std::countr_zero(hits));
      if (!is_entry(db, bucket, count, index, label, node)) continue;
      node.hash = hash;
      return true;
    }
  }
  return false;
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
    if (!step(db, segment, node)) return is_found;
    if (node.set != 0) best.set = node.set, best.path_bytes = end, is_found = true;
  }
  if (at < url.path.size() || !url.has_query || (node.flags & kHasPaths) == 0) return is_found;
  const std::string_view query(url.query.data() - 1, url.query.size() + 1);
  if (!step(db, query, node) || node.set == 0) return is_found;
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

HostWalk walk_host(const Impl& db, std::string_view host, rules::HostKind kind,
                   Found& best) noexcept {
  HostWalk walk;
  walk.last.hash = db.header.seed;
  walk.last.flags = kHasHosts;
  while (walk.bytes < host.size() && (walk.last.flags & kHasHosts) != 0) {
    const auto rest = host.substr(0, host.size() - walk.bytes - (walk.bytes > 0 ? 1 : 0));
    const auto dot = kind == rules::HostKind::name ? rest.rfind('.') : rest.npos;
    auto node = walk.last;
    if (!step(db, rest.substr(dot + 1), node)) break;
    walk.above = walk.last;
    walk.above_bytes = walk.bytes;
    walk.last = node;
    walk.bytes = host.size() - (dot + 1);
    if (node.set != 0) best = {node.set, walk.bytes, 0, false};
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
    if (step(db, kHostOnlyLabel, only)) best = {only.set, host.size(), 0, true};
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
