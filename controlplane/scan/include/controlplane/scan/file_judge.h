#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "config/base/message_socket.h"
#include "config/scan/scan_message.h"
#include "controlplane/scan/clamd_client.h"
#include "controlplane/scan/learned_model.h"
#include "controlplane/scan/own_signatures.h"
#include "controlplane/scan/sealed_file.h"
#include "controlplane/scan/verdict_cache.h"

namespace sekisho::controlplane {

/// How the questions were answered since the start; written and read by any thread.
struct ScanCounts {
  std::atomic<std::uint64_t> files = 0, from_cache = 0, bytes = 0;
  std::atomic<std::uint64_t> verdicts[5] = {};    // by scan::Verdict
  std::atomic<std::uint64_t> scored = 0;          // by machine learning
  std::atomic<std::uint64_t> suspicions[4] = {};  // of those, by scan::Suspicion
};

/// Judges files: by what was said of the same bytes before, by the own set of hashes, by what an
/// archive says of itself, by clamd, and what passes all of them by machine learning. Any thread.
class FileJudge {
 public:
  struct Settings {
    std::string own_signatures;  // path; empty: none
    std::string clamd_socket;    // empty: there is no clamd, and what no own hash knows is clean
    std::string model = {};      // path; empty: nothing is judged by machine learning
    /// For all of a question: also while clamd starts anew, which it does for new signatures.
    std::chrono::milliseconds patience{30'000};
  };
  explicit FileJudge(const Settings& settings);

  scan::ScanAnswer judge(FileDescriptor file);

  const ScanCounts& counts() const noexcept { return counts_; }
  const VerdictCache& cache() const noexcept { return cache_; }
  bool has_clamd() const noexcept { return has_clamd_; }
  bool clamd_answers() const { return has_clamd_ && clamd_.ping(std::chrono::seconds(1)); }
  OwnSignatures& own_signatures() noexcept { return own_; }
  LearnedModel& model() noexcept { return model_; }

 private:
  using Clock = std::chrono::steady_clock;
  scan::ScanAnswer look_at(const SealedFile& file, Clock::time_point until);
  void ask_clamd(const SealedFile& file, Clock::time_point until, scan::ScanAnswer& answer);

  OwnSignatures own_;
  LearnedModel model_;
  ClamdClient clamd_;
  bool has_clamd_;
  std::chrono::milliseconds patience_;
  VerdictCache cache_;
  ScanCounts counts_;
};

}  // namespace sekisho::controlplane
