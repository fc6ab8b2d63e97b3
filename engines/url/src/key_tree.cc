#include "key_tree.h"

#include <algorithm>
#include <map>
#include <span>

namespace sekisho::engines::url {
namespace {

/// Between labels; below every character of a canonical URL, so that sorting keeps what lies below
/// a node together.
constexpr char kSeparator = '\1';

struct Key {
  std::uint64_t begin;
  std::uint32_t bytes;
  std::uint16_t category;
};

/// As look-ups do it: www.example.com/a is example.com/a.
std::string_view without_www(const rules::UrlList::Entry& entry) {
  const bool has_path = !entry.path.empty() || !entry.query.empty();
  const auto rest = entry.host.substr(entry.host.starts_with("www.") ? 4 : 0);
  return has_path && rest.find('.') != rest.npos ? rest : entry.host;
}

void append_segments(std::string_view path, std::string& out) {
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    if (end > 1) out.append(1, kSeparator).append(path.substr(0, end));
    path.remove_prefix(end);
  }
}

void append_key(const rules::UrlList::Entry& entry, std::string& out) {
  auto host = without_www(entry);
  if (entry.kind != rules::HostKind::name) {
    out += host;
  } else {
    for (auto dot = host.rfind('.'); dot != host.npos; dot = host.rfind('.')) {
      out.append(host.substr(dot + 1)).append(1, kSeparator);
      host = host.substr(0, dot);
    }
    out += host;
  }
  if (entry.scope == rules::UrlScope::host_only) out.append(1, kSeparator).append(kHostOnlyLabel);
  append_segments(entry.path, out);
  if (!entry.query.empty()) out.append(1, kSeparator).append(entry.query);
}

/// Gives each set of categories one number.
class SetNumbers {
 public:
  explicit SetNumbers(std::vector<CategorySet>& sets) : sets_(sets) { sets_.push_back({}); }

  /// `ids` ascending, each once.
  std::uint16_t number_of(std::span<const std::uint16_t> ids) {
    CategorySet set{};
    std::copy_n(ids.begin(), std::min(ids.size(), set.size()), set.begin());
    const auto [found, is_new] =
        numbers_.try_emplace(set, static_cast<std::uint16_t>(sets_.size()));
    if (is_new) sets_.push_back(set);
    return found->second;
  }

 private:
  std::vector<CategorySet>& sets_;
  std::map<CategorySet, std::uint16_t> numbers_;
};

class TreeMaker {
 public:
  explicit TreeMaker(KeyTree& tree) : tree_(tree), numbers_(tree.sets) {}

  /// Keys must come in ascending order.
  void add(const Key& key) {
    const auto text = std::string_view(tree_.texts).substr(key.begin, key.bytes);
    path_.resize(shared_depth(text));
    for (auto at = path_end(); at <= text.size();) {
      const auto end = std::min(text.find(kSeparator, at), text.size());
      push(key.begin + at, end - at, text[at]);
      at = end + 1;
    }
    previous_ = text;
  }
  void set_categories(std::span<const std::uint16_t> ids) {
    tree_.nodes[path_.back()].set = numbers_.number_of(ids);
    ++tree_.num_entries;
  }

 private:
  /// How many whole labels `text` has in common with the key before.
  std::size_t shared_depth(std::string_view text) const {
    const auto common = static_cast<std::size_t>(
        std::mismatch(text.begin(), text.end(), previous_.begin(), previous_.end()).first -
        text.begin());
    const bool ends_label = (common == previous_.size() || previous_[common] == kSeparator) &&
                            common < text.size() && text[common] == kSeparator;
    const auto labels = static_cast<std::size_t>(
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(common), kSeparator));
    return previous_.empty() ? 0 : labels + (ends_label ? 1 : 0);
  }
  /// Where the label behind those of `path_` begins in the key.
  std::size_t path_end() const {
    std::size_t end = 0;
    for (const auto index : path_) end += tree_.nodes[index].label_bytes + std::size_t{1};
    return end;
  }
  void push(std::uint64_t begin, std::size_t bytes, char first) {
    const bool is_host = first != '/' && first != '?' && first != kHostOnlyLabel[0];
    const auto parent = path_.empty() ? 0 : path_.back() + 1;
    if (parent != 0) {
      auto& flags = tree_.nodes[parent - 1].flags;
      flags = static_cast<std::uint8_t>(flags | (is_host ? kHasHosts : kHasPaths));
    }
    path_.push_back(static_cast<std::uint32_t>(tree_.nodes.size()));
    tree_.nodes.push_back({begin, parent, static_cast<std::uint16_t>(bytes)});
  }

  KeyTree& tree_;
  SetNumbers numbers_;
  std::vector<std::uint32_t> path_;  // nodes from below the root to the last key
  std::string_view previous_;
};

}  // namespace

KeyTree make_key_tree(const rules::UrlList& list) {
  KeyTree tree;
  std::vector<Key> keys;
  keys.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto entry = list.entry(i);
    const auto begin = tree.texts.size();
    append_key(entry, tree.texts);
    keys.push_back({begin, static_cast<std::uint32_t>(tree.texts.size() - begin), entry.category});
  }
  const std::string_view texts = tree.texts;
  const auto text = [texts](const Key& key) { return texts.substr(key.begin, key.bytes); };
  std::sort(keys.begin(), keys.end(), [&text](const Key& a, const Key& b) {
    const auto order = text(a).compare(text(b));
    return order != 0 ? order < 0 : a.category < b.category;
  });

  TreeMaker maker(tree);
  std::vector<std::uint16_t> ids;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (ids.empty() || ids.back() != keys[i].category) ids.push_back(keys[i].category);
    if (i + 1 < keys.size() && text(keys[i]) == text(keys[i + 1])) continue;
    maker.add(keys[i]);
    maker.set_categories(ids);
    ids.clear();
  }
  return tree;
}

}  // namespace sekisho::engines::url
