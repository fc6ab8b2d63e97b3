#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "artifact.h"

/// Compile time: rows and the pool of unique blocks that they share.
namespace sekisho::engines::firewall {

/// 64-byte blocks, each kept once. Block 0 is all zero.
class BlockPool {
 public:
  BlockPool();

  /// `words`: kWordsPerBlock of them.
  std::uint32_t intern(const std::uint64_t* words);
  std::uint32_t intern_union(std::uint32_t a, std::uint32_t b);
  std::uint8_t live_words(std::uint32_t block) const { return live_words_[block]; }
  const std::vector<std::uint64_t>& words() const { return words_; }

 private:
  void grow();
  const std::uint64_t* at(std::uint32_t block) const {
    return words_.data() + std::size_t{block} * kWordsPerBlock;
  }
  std::vector<std::uint64_t> words_;
  std::vector<std::uint8_t> live_words_;  // per block: bit w set when word w is not zero
  std::vector<std::uint32_t> slots_;      // open addressing; block + 1, 0 free
};

using RowBlocks = std::vector<std::uint32_t>;  // block index per 512 rules

/// All rows of all dimensions.
class RowTable {
 public:
  explicit RowTable(std::uint32_t summary_words);

  std::uint32_t add(const RowBlocks& blocks, std::uint16_t country = 0);
  std::uint32_t add_bits(const std::vector<std::uint32_t>& bits);
  RowBlocks blocks_of(std::uint32_t row) const;
  RowBlocks blocks_of_bits(const std::vector<std::uint32_t>& bits);

  BlockPool& pool() { return pool_; }
  std::uint32_t summary_words() const { return summary_words_; }
  std::uint32_t num_blocks() const { return summary_words_ * kBlocksPerSummary; }
  std::uint32_t num_words() const { return summary_words_ * kBitsPerWord; }
  std::uint32_t num_bits() const { return summary_words_ * kBitsPerSummary; }
  std::uint32_t num_rows() const { return static_cast<std::uint32_t>(countries_.size()); }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  const std::vector<std::uint16_t>& countries() const { return countries_; }
  std::size_t total_bytes() const { return bytes_.size() + pool_.words().size() * 8; }

 private:
  std::uint32_t summary_words_;
  BlockPool pool_;
  std::vector<std::byte> bytes_;
  std::vector<std::uint16_t> countries_;
};

/// A set of rules that changes rule by rule while a dimension is swept; equal sets have one name.
class RuleSet {
 public:
  explicit RuleSet(const RowTable& table);

  /// Returns true when the rule is in the set now.
  bool toggle(std::uint32_t bit);

  /// The same for equal sets and, but for a chance of 2^-128, only for them.
  struct Identity {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    bool operator==(const Identity&) const = default;
  };
  Identity identity() const { return identity_; }
  Identity identity_without(std::uint32_t bit) const;  // with it, when the set lacks it
  const RowBlocks& blocks(BlockPool& pool);            // brings the block indices up to date
  const std::vector<std::uint64_t>& words() const { return words_; }

 private:
  std::vector<std::uint64_t> words_;
  RowBlocks blocks_;
  std::vector<std::uint8_t> stale_;  // per block
  std::vector<std::uint32_t> stale_list_;
  Identity identity_;
};

struct IdentityHash {
  std::size_t operator()(const RuleSet::Identity& identity) const { return identity.a; }
};

using RowByIdentity = std::unordered_map<RuleSet::Identity, std::uint32_t, IdentityHash>;

}  // namespace sekisho::engines::firewall
