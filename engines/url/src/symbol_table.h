#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "layout.h"

namespace sekisho::engines::url {

/// Symbols that make `sample` short: common parts of up to eight characters (after FSST, Boncz,
/// Neumann, Leis: "Fast Random Access String Compression", VLDB 2020).
SymbolTable train_symbols(std::span<const std::string_view> sample);

/// Writes a label in the fewest codes.
class LabelPacker {
 public:
  explicit LabelPacker(const SymbolTable& table);
  /// At most kMaxLabelBytes of label; the codes are valid until the next call.
  std::span<const std::uint8_t> pack(std::string_view label);

 private:
  struct TrieNode {
    std::array<std::uint16_t, 256> next{};  // 0: none
    int code = -1;                          // of the symbol that ends here
  };
  std::vector<TrieNode> trie_;
  std::vector<std::uint8_t> codes_;
};

}  // namespace sekisho::engines::url
