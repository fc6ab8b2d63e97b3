#include "symbol_table.h"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>

namespace sekisho::engines::url {
namespace {

constexpr int kRounds = 8;
constexpr std::size_t kMaxSymbol = 8;
constexpr std::size_t kMaxSymbols = 255;

SymbolTable table_of(const std::vector<std::string>& symbols) {
  SymbolTable table{};
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    table.symbols[i] = up_to_eight(symbols[i].data(), symbols[i].size());
    table.lengths[i] = static_cast<std::uint8_t>(symbols[i].size());
  }
  return table;
}

/// Cuts labels into the symbols that a table has, and counts what would be worth a symbol.
using Worth = std::unordered_map<std::string, std::size_t>;

void count(std::string_view label, LabelPacker& packer, const SymbolTable& table, Worth& worth) {
  std::string_view before;
  std::size_t at = 0;
  const auto codes = packer.pack(label);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t length = codes[i] == kEscape ? 1 : table.lengths[codes[i]];
    i += codes[i] == kEscape ? 1 : 0;
    const auto piece = label.substr(at, length);
    at += length;
    worth[std::string(piece)] += length;
    if (!before.empty() && before.size() + length <= kMaxSymbol)
      worth[std::string(before) + std::string(piece)] += before.size() + length;
    before = piece;
  }
}

}  // namespace

SymbolTable train_symbols(std::span<const std::string_view> sample) {
  std::vector<std::string> symbols;
  for (int round = 0; round < kRounds; ++round) {
    const auto table = table_of(symbols);
    LabelPacker packer(table);
    Worth worth;
    for (const auto label : sample) count(label, packer, table, worth);
    // A single character saves its escape besides, wherever no longer symbol fits.
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (const auto& [text, value] : worth)
      ranked.emplace_back(text.size() == 1 ? value * 4 : value, text);
    std::sort(ranked.begin(), ranked.end(), std::greater<>());
    if (ranked.size() > kMaxSymbols) ranked.resize(kMaxSymbols);
    symbols.clear();
    for (auto& one : ranked) symbols.push_back(std::move(one.second));
  }
  return table_of(symbols);
}

LabelPacker::LabelPacker(const SymbolTable& table) : trie_(1) {
  for (unsigned code = 0; code < kMaxSymbols; ++code) {
    std::size_t at = 0;
    for (unsigned i = 0; i < table.lengths[code]; ++i) {
      const auto byte = static_cast<std::uint8_t>(table.symbols[code] >> (8 * i));
      if (trie_[at].next[byte] == 0) {
        trie_[at].next[byte] = static_cast<std::uint16_t>(trie_.size());
        trie_.emplace_back();
      }
      at = trie_[at].next[byte];
    }
    if (at != 0) trie_[at].code = static_cast<int>(code);
  }
}

std::span<const std::uint8_t> LabelPacker::pack(std::string_view label) {
  struct Step {
    std::size_t cost = 0;  // bytes from here to the end
    std::size_t length = 0;
    int code = -1;
  };
  std::array<Step, kMaxLabelBytes + 1> steps{};
  for (std::size_t from = label.size(); from-- > 0;) {
    auto& best = steps[from];
    best = {steps[from + 1].cost + 2, 1, -1};
    std::size_t node = 0;
    for (std::size_t to = from; to < label.size(); ++to) {
      node = trie_[node].next[static_cast<unsigned char>(label[to])];
      if (node == 0) break;
      const auto cost = steps[to + 1].cost + 1;
      if (trie_[node].code >= 0 && cost <= best.cost)
        best = {cost, to + 1 - from, trie_[node].code};
    }
  }
  codes_.clear();
  for (std::size_t at = 0; at < label.size(); at += steps[at].length) {
    const int code = steps[at].code;
    codes_.push_back(static_cast<std::uint8_t>(code < 0 ? static_cast<int>(kEscape) : code));
    if (code < 0) codes_.push_back(static_cast<std::uint8_t>(label[at]));
  }
  return codes_;
}

}  // namespace sekisho::engines::url
