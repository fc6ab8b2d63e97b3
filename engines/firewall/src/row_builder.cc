#include "row_builder.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "tables.h"

namespace sekisho::engines::firewall {

namespace {

std::uint64_t hash_block(const std::uint64_t* words) {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < kWordsPerBlock; ++i)
    hash = mix(hash ^ (words[i] + i)) + 0x9e3779b97f4a7c15ULL;
  return hash;
}

constexpr std::array<std::uint64_t, kWordsPerBlock> kZeroBlock{};

}  // namespace

BlockPool::BlockPool() : slots_(1024) { intern(kZeroBlock.data()); }

std::uint32_t BlockPool::intern(const std::uint64_t* words) {
  if (live_words_.size() * 2 >= slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash_block(words) & mask;
  for (; slots_[i] != 0; i = (i + 1) & mask)
    if (std::equal(words, words + kWordsPerBlock, at(slots_[i] - 1))) return slots_[i] - 1;
  const auto block = static_cast<std::uint32_t>(live_words_.size());
  std::uint8_t live = 0;
  for (unsigned w = 0; w < kWordsPerBlock; ++w)
    if (words[w] != 0) live = static_cast<std::uint8_t>(live | 1u << w);
  const std::array<std::uint64_t, kWordsPerBlock> copy = [words] {
    std::array<std::uint64_t, kWordsPerBlock> c;  // `words` may point into words_
    std::copy_n(words, kWordsPerBlock, c.begin());
    return c;
  }();
  words_.insert(words_.end(), copy.begin(), copy.end());
  live_words_.push_back(live);
  slots_[i] = block + 1;
  return block;
}

std::uint32_t BlockPool::intern_union(std::uint32_t a, std::uint32_t b) {
  if (a == b || live_words_[b] == 0) return a;
  if (live_words_[a] == 0) return b;
  std::array<std::uint64_t, kWordsPerBlock> words;
  for (std::size_t i = 0; i < kWordsPerBlock; ++i) words[i] = at(a)[i] | at(b)[i];
  return intern(words.data());
}

void BlockPool::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t block = 0; block < live_words_.size(); ++block) {
    std::size_t i = hash_block(at(block)) & mask;
    while (slots_[i] != 0) i = (i + 1) & mask;
    slots_[i] = block + 1;
  }
}

RowTable::RowTable(std::uint32_t summary_words) : summary_words_(summary_words) {}

std::uint32_t RowTable::add(const RowBlocks& blocks, std::uint16_t country) {
  const std::uint32_t row = num_rows();
  const std::size_t begin = bytes_.size();
  bytes_.resize(begin + row_bytes(summary_words_));
  for (std::uint32_t s = 0; s < summary_words_; ++s) {
    std::uint64_t summary = 0;
    for (std::uint32_t b = 0; b < kBlocksPerSummary; ++b)
      summary |= std::uint64_t{pool_.live_words(blocks[s * kBlocksPerSummary + b])}
                 << b * kWordsPerBlock;
    std::memcpy(&bytes_[begin + s * sizeof summary], &summary, sizeof summary);
  }
  std::memcpy(&bytes_[begin + summary_words_ * sizeof(std::uint64_t)], blocks.data(),
              blocks.size() * sizeof(std::uint32_t));
  countries_.push_back(country);
  return row;
}

std::uint32_t RowTable::add_bits(const std::vector<std::uint32_t>& bits) {
  return add(blocks_of_bits(bits));
}

RowBlocks RowTable::blocks_of(std::uint32_t row) const {
  RowBlocks blocks(num_blocks());
  const std::size_t begin = row * row_bytes(summary_words_);
  std::memcpy(blocks.data(), &bytes_[begin + summary_words_ * sizeof(std::uint64_t)],
              blocks.size() * sizeof(std::uint32_t));
  return blocks;
}

RowBlocks RowTable::blocks_of_bits(const std::vector<std::uint32_t>& bits) {
  RuleSet set(*this);
  for (const std::uint32_t bit : bits) set.toggle(bit);
  return set.blocks(pool_);
}

RuleSet::RuleSet(const RowTable& table)
    : words_(table.num_words()), blocks_(table.num_blocks()), stale_(table.num_blocks()) {}

namespace {

RuleSet::Identity identity_of(std::uint32_t bit) {
  return {mix(bit + 0x9e3779b97f4a7c15ULL),
          mix(mix(bit + 0xd1b54a32d192ed03ULL) ^ 0x2545f4914f6cdd1dULL)};
}

}  // namespace

RuleSet::Identity RuleSet::identity_without(std::uint32_t bit) const {
  const Identity change = identity_of(bit);
  return {identity_.a ^ change.a, identity_.b ^ change.b};
}

bool RuleSet::toggle(std::uint32_t bit) {
  words_[bit / kBitsPerWord] ^= std::uint64_t{1} << bit % kBitsPerWord;
  identity_ = identity_without(bit);
  const std::uint32_t block = bit / kBitsPerWord / kWordsPerBlock;
  if (stale_[block] == 0) {
    stale_[block] = 1;
    stale_list_.push_back(block);
  }
  return words_[bit / kBitsPerWord] >> bit % kBitsPerWord & 1;
}

const RowBlocks& RuleSet::blocks(BlockPool& pool) {
  for (const std::uint32_t block : stale_list_) {
    blocks_[block] = pool.intern(&words_[std::size_t{block} * kWordsPerBlock]);
    stale_[block] = 0;
  }
  stale_list_.clear();
  return blocks_;
}

}  // namespace sekisho::engines::firewall
