#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "config/reputation/answer_table.h"
#include "controlplane/uplink/reputation.h"

namespace sekisho::controlplane {

/// The hashes of a URL's expressions, the most specific first.
using ExpressionHashes = std::vector<rules::UrlHash>;

/// What is known of a URL, and by which of its expressions.
struct UrlRating {
  reputation::Answer answer{};              // with its expiry
  std::optional<std::size_t> expression{};  // index; none is rated
};

/// What the look-up service answered, by prefix, for as long as it may be believed. Bounded: the
/// oldest answers give way. One thread. Times are Unix seconds.
class ReputationCache {
 public:
  static constexpr std::size_t kMostPrefixes = 262'144;

  void put(const PrefixAnswer& answer, std::uint32_t now_s);
  void drop(std::span<const rules::UrlHashPrefix> prefixes);
  void clear();
  std::size_t size() const noexcept { return answers_.size(); }

  bool knows(rules::UrlHashPrefix prefix, std::uint32_t now_s) const;
  /// By the most specific expression that is rated; what is not known counts as unrated. The
  /// answer expires with the first of those that it rests on, at `latest_s` at the latest.
  UrlRating rate(const ExpressionHashes& hashes, std::uint32_t now_s, std::uint32_t latest_s) const;

 private:
  struct Known {
    std::uint32_t expires_s = 0;
    std::vector<RatedHash> rated;
  };
  const Known* find(rules::UrlHashPrefix prefix, std::uint32_t now_s) const;

  std::unordered_map<rules::UrlHashPrefix, Known> answers_;
  std::deque<rules::UrlHashPrefix> by_age_;  // of those put; may name some that were dropped
};

}  // namespace sekisho::controlplane
