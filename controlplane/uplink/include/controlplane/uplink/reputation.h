#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rules/reputation/score.h"
#include "rules/reputation/url_expressions.h"

namespace sekisho::controlplane {

/// A whole hash that begins with a prefix that was asked for.
struct RatedHash {
  rules::UrlHash hash{};
  rules::Reputation reputation;
  bool operator==(const RatedHash&) const = default;
};

/// What the console knows of one prefix.
struct PrefixAnswer {
  rules::UrlHashPrefix prefix = 0;
  std::uint32_t ttl_seconds = 0;  // 1 to a day: for so long it may be believed
  std::vector<RatedHash> rated;   // empty: no expression that begins so is rated
  bool operator==(const PrefixAnswer&) const = default;
};

/// Hears what comes back. Calls come one at a time, on threads of the uplink: be short, and ask
/// nothing from within.
class ReputationListener {
 public:
  virtual ~ReputationListener() = default;
  /// One answer for each prefix of that question, in any order.
  virtual void answered(std::uint64_t id, std::span<const PrefixAnswer> answers) = 0;
  /// No answer will come: the link was lost, or the console said nothing for kReputationTimeout.
  virtual void failed(std::uint64_t id) = 0;
  /// What was answered for these prefixes is no longer true.
  virtual void changed(std::span<const rules::UrlHashPrefix> prefixes) = 0;
  /// Nothing that was answered is certain any more: a link is new, or too much was changed.
  virtual void all_changed() = 0;
};

/// A console that is there answers within milliseconds; what is asked about waits on nobody.
inline constexpr std::chrono::seconds kReputationTimeout{5};
/// Prefixes of one question, and questions that may be under way.
inline constexpr std::size_t kMaxAskedPrefixes = 4'096;
inline constexpr std::size_t kMaxReputationQuestions = 64;

enum class AskOutcome : std::uint8_t {
  sent,         // answered() or failed() is called with the id, once, perhaps before ask() returns
  unavailable,  // no link, or its console answers no such questions; nothing will be called
  busy,         // kMaxReputationQuestions are under way; nothing will be called
  invalid,      // no prefix, or more than kMaxAskedPrefixes; nothing will be called
};

/// The console's ratings, asked by the beginnings of hashes, so that it learns no URL. Any thread;
/// never waits for the network.
class ReputationService {
 public:
  virtual ~ReputationService() = default;
  /// `id`: the caller's, used by no question under way.
  virtual AskOutcome ask(std::uint64_t id, std::span<const rules::UrlHashPrefix> prefixes) = 0;
  /// Who is called from now on; null: nobody. When it returns, no call to the one before runs.
  virtual void listen(ReputationListener* listener) = 0;
};

}  // namespace sekisho::controlplane
