#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "layout.h"
#include "rules/urls/url_list.h"

namespace sekisho::engines::url {

/// Hosts and paths as a tree of labels: com → example → /casino. Parents stand before children.
struct KeyTree {
  struct Node {
    std::uint64_t label_begin;  // in `texts`
    std::uint32_t parent;       // index plus one; 0: below the root
    std::uint16_t label_bytes;
    std::uint16_t set = 0;
    std::uint8_t flags = 0;  // NodeFlag
  };
  std::string texts;
  std::vector<Node> nodes;
  std::vector<CategorySet> sets;  // the first is empty
  std::size_t num_entries = 0;

  std::string_view label(const Node& node) const noexcept {
    return std::string_view(texts).substr(node.label_begin, node.label_bytes);
  }
};

KeyTree make_key_tree(const rules::UrlList& list);

}  // namespace sekisho::engines::url
