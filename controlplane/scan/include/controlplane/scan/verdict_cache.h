#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "config/scan/scan_message.h"

namespace sekisho::controlplane {

/// Which signatures judged: of the own set, of the instance of clamd, of the model. An answer
/// counts only while all are what they were.
struct SignatureState {
  std::uint64_t own = 0, engine = 0, model = 0;
  bool operator==(const SignatureState&) const = default;
};

/// Answers by SHA-256; the one that was used longest ago gives way. Any thread.
class VerdictCache {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMaxAnswers = 65'536;
  /// For how long a file counts as failed that ends the scanner whenever it is looked at.
  static constexpr std::chrono::minutes kFailureLife{10};

  std::optional<scan::ScanAnswer> find(const std::string& sha256, const SignatureState& state,
                                       Clock::time_point now);
  /// An answer of verdict failed is kept for kFailureLife, whatever the signatures become.
  void keep(const scan::ScanAnswer& answer, const SignatureState& state, Clock::time_point now);
  std::size_t size() const;

 private:
  struct Entry {
    scan::ScanAnswer answer;
    SignatureState state;
    Clock::time_point since;
  };
  using Entries = std::list<Entry>;  // the one used last in front

  mutable std::mutex mutex_;
  Entries entries_;                                             // under mutex_
  std::unordered_map<std::string, Entries::iterator> by_hash_;  // likewise
};

}  // namespace sekisho::controlplane
