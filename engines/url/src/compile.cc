#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "config/snapshot/snapshot.h"
#include "engines/url/url_database.h"
#include "key_tree.h"
#include "symbol_table.h"

namespace sekisho::engines::url {
namespace {

constexpr std::size_t kSampleLabels = 60'000;
constexpr std::size_t kNodesPerBucket = 9;  // so that hardly one has more than sixteen
constexpr std::size_t kMaxInBucket = 255;
constexpr std::uint64_t kSeeds[] = {0x736b7572, 0x6c6462a1, 0x9d2cc5f3, 0x4e1f77b9};

Error refused(std::string why) { return {Error::Code::resource, std::move(why)}; }

SymbolTable train(const KeyTree& tree) {
  std::vector<std::string_view> sample;
  const auto step = std::max<std::size_t>(1, tree.nodes.size() / kSampleLabels);
  for (std::size_t i = 0; i < tree.nodes.size(); i += step)
    sample.push_back(tree.label(tree.nodes[i]));
  return train_symbols(sample);
}

/// Which nodes stand in which bucket, in the order of the buckets.
struct Buckets {
  std::vector<std::uint64_t> hashes;  // by node
  std::vector<std::uint32_t> ends;    // by bucket, in `nodes`
  std::vector<std::uint32_t> nodes;
};

Buckets fill_buckets(const KeyTree& tree, std::uint64_t seed, std::uint32_t num_buckets) {
  Buckets buckets;
  buckets.hashes.reserve(tree.nodes.size());
  buckets.ends.resize(num_buckets);
  for (const auto& node : tree.nodes) {
    const auto parent = node.parent == 0 ? seed : buckets.hashes[node.parent - 1];
    buckets.hashes.push_back(node_hash(parent, tree.label(node), up_to_eight));
    ++buckets.ends[bucket_of(buckets.hashes.back(), num_buckets)];
  }
  std::partial_sum(buckets.ends.begin(), buckets.ends.end(), buckets.ends.begin());
  buckets.nodes.resize(tree.nodes.size());
  auto next = buckets.ends;  // filled from behind
  for (std::size_t i = tree.nodes.size(); i-- > 0;)
    buckets.nodes[--next[bucket_of(buckets.hashes[i], num_buckets)]] =
        static_cast<std::uint32_t>(i);
  return buckets;
}

std::size_t largest(const Buckets& buckets) {
  std::size_t most = 0, before = 0;
  for (const auto end : buckets.ends) most = std::max(most, end - before), before = end;
  return most;
}

/// Its parent is a node (plus one) until places are known.
Descriptor descriptor_of(const KeyTree::Node& node) { return {node.parent, node.set, node.flags}; }

/// Those that are worth a code of one byte or of two, instead of seven: the most frequent first.
std::vector<Descriptor> choose_shorts(const KeyTree& tree) {
  constexpr std::size_t kLeastUses = 3;  // one takes eight bytes itself
  std::vector<Descriptor> all;
  all.reserve(tree.nodes.size());
  for (const auto& node : tree.nodes) all.push_back(descriptor_of(node));
  std::sort(all.begin(), all.end());
  std::vector<std::pair<std::size_t, Descriptor>> counted;
  for (std::size_t i = 0, end = 0; i < all.size(); i = end) {
    for (end = i; end < all.size() && all[end] == all[i];) ++end;
    if (end - i >= kLeastUses) counted.emplace_back(end - i, all[i]);
  }
  std::sort(counted.begin(), counted.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  if (counted.size() > kMaxShorts) counted.resize(kMaxShorts);
  std::vector<Descriptor> shorts;
  shorts.reserve(counted.size());
  for (const auto& one : counted) shorts.push_back(one.second);
  return shorts;
}

template <class T>
void put(std::vector<std::byte>& out, const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

class Writer {
 public:
  Writer(const KeyTree& tree, const Buckets& buckets)
      : tree_(tree), buckets_(buckets), table_(train(tree)), shorts_(choose_shorts(tree)) {
    for (const auto& one : shorts_)
      short_codes_.emplace(one, static_cast<unsigned>(short_codes_.size()));
  }

  Result<Built> write(std::uint64_t seed) {
    pack();
    if (auto status = place(); !status) return std::move(status).error();
    Header header{};
    header.magic = kMagic;
    header.version = kFormatVersion;
    header.num_sets = static_cast<std::uint32_t>(tree_.sets.size());
    header.seed = seed;
    header.num_buckets = static_cast<std::uint32_t>(buckets_.ends.size());
    header.num_shorts = static_cast<std::uint32_t>(shorts_.size());
    header.num_entries = static_cast<std::uint32_t>(tree_.num_entries);
    header.num_nodes = static_cast<std::uint32_t>(tree_.nodes.size());
    put(built_.file, header);
    put(built_.file, table_);
    for (const auto& set : tree_.sets) put(built_.file, set);
    for (auto one : shorts_) {
      one.parent = place_of(one.parent);
      put(built_.file, one);
    }
    if (auto status = write_directory(); !status) return std::move(status).error();
    for (std::size_t i = 0; i < buckets_.ends.size(); ++i) write_bucket(i);
    built_.file.resize(built_.file.size() + kPadding);
    seal(header);
    built_.num_entries = tree_.num_entries;
    built_.num_nodes = tree_.nodes.size();
    return std::move(built_);
  }

 private:
  std::span<const std::uint32_t> bucket(std::size_t index) const {
    const auto begin = index == 0 ? 0 : buckets_.ends[index - 1];
    return std::span(buckets_.nodes).subspan(begin, buckets_.ends[index] - begin);
  }
  std::uint32_t place_of(std::uint32_t parent) const {
    return parent == 0 ? 0 : places_[parent - 1] + 1;
  }
  /// Which of shorts_ a node's descriptor is; kMaxShorts: none.
  unsigned short_of(const KeyTree::Node& node) const {
    const auto found = short_codes_.find(descriptor_of(node));
    return found == short_codes_.end() ? kMaxShorts : found->second;
  }
  unsigned form_of(const KeyTree::Node& node) const {
    return (has_wide_parents_ ? unsigned{kWideParent} : 0U) |
           (node.set > 0xff ? unsigned{kWideSet} : 0U);
  }
  std::size_t head_bytes(const KeyTree::Node& node, unsigned index) const {
    if (index < kMaxShorts) return index < kMiddleCode ? 1 : kMiddleHead;
    return long_head_bytes(form_of(node));
  }
  void write_head(const KeyTree::Node& node, unsigned index) {
    auto& out = built_.file;
    if (index < kMiddleCode) {
      put(out, static_cast<std::uint8_t>(index));
    } else if (index < kMaxShorts) {
      put(out, static_cast<std::uint8_t>(kMiddleCode + (index - kMiddleCode) / 256));
      put(out, static_cast<std::uint8_t>((index - kMiddleCode) % 256));
    } else {
      const auto form = form_of(node);
      put(out, static_cast<std::uint8_t>(kLongCode + node.flags + form));
      put(out, place_of(node.parent));
      if (!has_wide_parents_) out.pop_back();
      put(out, static_cast<std::uint8_t>(node.set));
      if ((form & kWideSet) != 0) put(out, static_cast<std::uint8_t>(node.set >> 8));
    }
  }

  void pack() {
    LabelPacker packer(table_);
    for (const auto& node : tree_.nodes) {
      const auto codes = packer.pack(tree_.label(node));
      packed_begin_.push_back(packed_.size());
      packed_bytes_.push_back(static_cast<std::uint8_t>(codes.size()));
      packed_.insert(packed_.end(), codes.begin(), codes.end());
      indices_.push_back(static_cast<std::uint16_t>(short_of(node)));
      built_.label_bytes += node.label_bytes;
    }
    built_.packed_label_bytes = packed_.size();
    constexpr std::size_t kMostBesides = 10;  // a longest head, fingerprint, size, count
    has_wide_parents_ = packed_.size() + kMostBesides * tree_.nodes.size() >= std::size_t{1} << 24;
  }

  /// Says where each entry will be.
  Status place() {
    places_.resize(tree_.nodes.size());
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < buckets_.ends.size(); ++i) {
      directory_.push_back(static_cast<std::uint32_t>(at));
      at += 1 + 2 * bucket(i).size();
      for (const auto index : bucket(i)) {
        places_[index] = static_cast<std::uint32_t>(at);
        at += packed_bytes_[index] + head_bytes(tree_.nodes[index], indices_[index]);
      }
      if (at > std::numeric_limits<std::uint32_t>::max() - 1)
        return refused("more than 4 GiB of entries");
    }
    directory_.push_back(static_cast<std::uint32_t>(at));
    return ok();
  }

  Status write_directory() {
    for (std::size_t first = 0; first < directory_.size(); first += kBucketsInGroup) {
      put(built_.file, directory_[first]);
      for (std::size_t i = first + 1; i < first + kBucketsInGroup; ++i) {
        const auto distance = i < directory_.size() ? directory_[i] - directory_[first] : 0;
        if (distance > std::numeric_limits<std::uint16_t>::max())
          return refused("names fall into too few buckets");
        put(built_.file, static_cast<std::uint16_t>(distance));
      }
    }
    return ok();
  }

  void write_bucket(std::size_t index) {
    auto& out = built_.file;
    const auto nodes = bucket(index);
    put(out, static_cast<std::uint8_t>(nodes.size()));
    for (const auto node : nodes) put(out, fingerprint_of(buckets_.hashes[node]));
    for (const auto node : nodes)
      put(out, static_cast<std::uint8_t>(packed_bytes_[node] +
                                         head_bytes(tree_.nodes[node], indices_[node])));
    for (const auto node : nodes) {
      write_head(tree_.nodes[node], indices_[node]);
      const auto label =
          std::as_bytes(std::span(packed_).subspan(packed_begin_[node], packed_bytes_[node]));
      out.insert(out.end(), label.begin(), label.end());
    }
  }

  void seal(Header& header) {
    auto& file = built_.file;
    header.file_bytes = file.size();
    const auto rewrite = [&file, &header] {
      const auto bytes = std::as_bytes(std::span(&header, 1));
      std::copy(bytes.begin(), bytes.end(), file.begin());
    };
    rewrite();
    const auto digest = snapshot::sha256_hex(std::span(file).subspan(kDigestCovers));
    std::copy(digest.begin(), digest.end(), header.digest.begin());
    rewrite();
  }

  const KeyTree& tree_;
  const Buckets& buckets_;
  const SymbolTable table_;
  const std::vector<Descriptor> shorts_;
  bool has_wide_parents_ = false;
  std::map<Descriptor, unsigned> short_codes_;
  std::vector<std::uint16_t> indices_;  // by node, of short_of()
  std::vector<std::uint32_t> directory_;
  std::vector<std::uint32_t> places_;        // by node, in the buckets
  std::vector<std::uint8_t> packed_;         // labels, one behind the other
  std::vector<std::uint64_t> packed_begin_;  // by node
  std::vector<std::uint8_t> packed_bytes_;
  Built built_;
};

}  // namespace

Result<Built> compile(const rules::UrlList& list) {
  const auto tree = make_key_tree(list);
  if (tree.sets.size() > std::numeric_limits<std::uint16_t>::max())
    return refused("more than 65535 different sets of categories");
  if (tree.nodes.size() >= std::numeric_limits<std::uint32_t>::max())
    return refused("more than 4 G of names");
  for (const auto& node : tree.nodes)
    if (node.label_bytes > kMaxLabelBytes)
      return Error{Error::Code::invalid_input, "longer than " + std::to_string(kMaxLabelBytes) +
                                                   " bytes: " + std::string(tree.label(node))};
  const auto num_buckets = static_cast<std::uint32_t>(tree.nodes.size() / kNodesPerBucket + 1);
  for (const auto seed : kSeeds) {
    const auto buckets = fill_buckets(tree, seed, num_buckets);
    if (largest(buckets) <= kMaxInBucket) return Writer(tree, buckets).write(seed);
  }
  return refused("names fall into too few buckets");
}

}  // namespace sekisho::engines::url
