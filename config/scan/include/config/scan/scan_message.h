#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::scan {

inline constexpr int kMessageVersion = 1;
inline constexpr std::size_t kMaxMessageBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxNameBytes = 1024;
/// Larger files are answered with over_limits, unread.
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{100} << 20;

/// RUN_DIR/scan.sock.
std::string socket_path(std::string_view run_dir);

/// What is asked of sekisho-scan. The file itself rides along as a descriptor.
struct ScanRequest {
  enum class Operation : std::uint8_t { scan, status } operation = Operation::scan;
  std::string name;  // of the file, as its origin calls it; for logs only, at most kMaxNameBytes
};

enum class Verdict : std::uint8_t { clean, infected, encrypted, over_limits, failed };
/// "clean", "infected", "encrypted", "over_limits", "failed".
std::string_view name_of(Verdict verdict) noexcept;

/// How much a file that no signature knows looks like harmful ones, to the model of
/// engines/file_model: `weak` is for who asks for high sensitivity, `strong` for everybody.
enum class Suspicion : std::uint8_t { none, weak, fair, strong };
/// "none", "weak", "fair", "strong".
std::string_view name_of(Suspicion suspicion) noexcept;

/// One measure of a file that raised its score.
struct Measure {
  std::string name, meaning;  // of engines/file_features
  double value = 0;
  double share = 0;  // by how much it raised the score's logit
  bool operator==(const Measure&) const = default;
};
inline constexpr std::size_t kMaxMeasures = 8;

/// What sekisho-scan says of a file.
struct ScanAnswer {
  Verdict verdict = Verdict::failed;
  std::string threat;         // of infected, or suspected: what it is called
  std::string engine;         // who found it: "hash" (an own set), "clamav", "ml"
  std::string reason;         // of failed, encrypted, over_limits: what is the matter
  std::string sha256;         // 64 lower-case hexadecimal digits; empty: it was not read
  std::string type;           // name_of(engines::antimalware::FileType)
  std::uint64_t size = 0;     // bytes
  std::uint32_t took_ms = 0;  // from the request's arrival on
  bool from_cache = false;    // the same bytes were judged before
  bool is_scored = false;     // by machine learning: a clean file of a kind that it knows
  std::uint16_t score = 0;    // of 1,000: how likely it is harmful
  Suspicion suspicion = Suspicion::none;
  std::vector<Measure> measures;  // of a suspected one: what speaks most against it, at most 8
  bool operator==(const ScanAnswer&) const = default;
};

/// Texts that are no UTF-8 are sent with replacement characters.
std::string write_request(const ScanRequest& request);
std::string write_answer(const ScanAnswer& answer);
/// Bytes of a peer that need not be sane. version: another kMessageVersion; invalid_input: whatever
/// else is wrong with them.
Result<ScanRequest> read_request(std::string_view bytes);
Result<ScanAnswer> read_answer(std::string_view bytes);

}  // namespace sekisho::scan
