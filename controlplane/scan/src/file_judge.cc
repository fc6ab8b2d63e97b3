#include "controlplane/scan/file_judge.h"

#include <algorithm>
#include <thread>

#include "config/base/hex.h"
#include "engines/antimalware/file_type.h"
#include "engines/antimalware/zip_directory.h"
#include "engines/protocols/file_digests.h"

namespace sekisho::controlplane {
namespace {

using engines::FileDigests;
using rules::HashKind;
using scan::ScanAnswer;
using scan::Verdict;
namespace antimalware = engines::antimalware;

constexpr std::uint64_t kMostUnpacked = std::uint64_t{200} << 20;  // as clamd_settings.cc has it
constexpr std::chrono::milliseconds kBetweenAttempts{50};
constexpr std::chrono::seconds kStartPatience{5};  // of clamd, to be there again

std::string_view known_name(const OwnSignatures::Database& own, const FileDigests::Values& hashes,
                            std::uint64_t size) {
  if (const auto name = own.find(HashKind::sha256, hashes.sha256, size); !name.empty()) return name;
  if (const auto name = own.find(HashKind::sha1, hashes.sha1, size); !name.empty()) return name;
  return own.find(HashKind::md5, hashes.md5, size);
}

FileDigests::Values hashes_of(std::span<const std::uint8_t> bytes) {
  FileDigests digests({.md5 = true, .sha1 = true, .sha256 = true});
  digests.add(bytes);
  return digests.values();
}

void take_finding(const ClamdFinding& finding, ScanAnswer& answer) {
  switch (finding.kind) {
    case ClamdFinding::Kind::nothing:
      answer.verdict = Verdict::clean;
      return;
    case ClamdFinding::Kind::malware:
      answer.verdict = Verdict::infected;
      answer.threat = finding.name;
      answer.engine = "clamav";
      return;
    case ClamdFinding::Kind::encrypted:
      answer.verdict = Verdict::encrypted;
      break;
    case ClamdFinding::Kind::over_limits:
      answer.verdict = Verdict::over_limits;
      break;
  }
  answer.reason = finding.name;
}

}  // namespace

FileJudge::FileJudge(const Settings& settings)
    : own_(settings.own_signatures),
      model_(settings.model),
      clamd_(settings.clamd_socket),
      has_clamd_(!settings.clamd_socket.empty()),
      patience_(settings.patience) {}

ScanAnswer FileJudge::judge(FileDescriptor file) {
  const auto begin = Clock::now();
  ScanAnswer answer;
  const auto mapped = SealedFile::map(std::move(file), scan::kMaxFileBytes);
  if (mapped) {
    answer = look_at(*mapped, begin + patience_);
  } else {
    const bool is_large = mapped.error().code == Error::Code::resource;
    answer.verdict = is_large ? Verdict::over_limits : Verdict::failed;
    answer.reason = mapped.error().message;
  }
  answer.took_ms = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count());
  ++counts_.files;
  counts_.from_cache += answer.from_cache ? 1U : 0U;
  counts_.bytes += answer.size;
  ++counts_.verdicts[static_cast<std::size_t>(answer.verdict)];
  counts_.scored += answer.is_scored ? 1U : 0U;
  if (answer.is_scored) ++counts_.suspicions[static_cast<std::size_t>(answer.suspicion)];
  return answer;
}

ScanAnswer FileJudge::look_at(const SealedFile& file, Clock::time_point until) {
  const auto bytes = file.bytes();
  const auto hashes = hashes_of(bytes);
  const auto own = own_.in_force();
  const auto learned = model_.in_force();
  const SignatureState state{.own = own.generation,
                             .engine = has_clamd_ ? clamd_.instance() : 0,
                             .model = learned.generation};
  const auto sha256 = to_hex(hashes.sha256);
  if (auto known = cache_.find(sha256, state, Clock::now())) return *std::move(known);
  ScanAnswer answer{.verdict = Verdict::clean,
                    .threat = {},
                    .engine = {},
                    .reason = {},
                    .sha256 = sha256,
                    .type = {},
                    .size = bytes.size(),
                    .took_ms = 0,
                    .from_cache = false,
                    .is_scored = false,
                    .score = 0,
                    .suspicion = scan::Suspicion::none,
                    .measures = {}};
  answer.type = name_of(antimalware::file_types(bytes, bytes).type);
  const auto name = own.database ? known_name(*own.database, hashes, bytes.size()) : "";
  if (!name.empty()) {
    answer.verdict = Verdict::infected;
    answer.threat = name;
    answer.engine = "hash";
  } else {
    if (has_clamd_) ask_clamd(file, until, answer);
    // clamd looks into as much of an archive's member as its limits let it, and says nothing.
    if (answer.verdict == Verdict::clean &&
        is_bomb(antimalware::read_zip_directory(bytes), bytes.size(), kMostUnpacked)) {
      answer.verdict = Verdict::over_limits;
      answer.reason = "the archive unpacks to more than is scanned";
    }
    if (answer.verdict == Verdict::clean && learned.model) add_score(*learned.model, bytes, answer);
  }
  // While clamd was starting anew it is not known with which signatures it answered.
  const bool same = !has_clamd_ || clamd_.instance() == state.engine;
  if (same && answer.verdict != Verdict::failed) cache_.keep(answer, state, Clock::now());
  return answer;
}

/// clamd may be starting anew: that is waited for, a while. A file that ended it twice is not given
/// to it a third time.
void FileJudge::ask_clamd(const SealedFile& file, Clock::time_point until, ScanAnswer& answer) {
  constexpr unsigned kMostDeaths = 2;
  const auto absent_until = std::min(until, Clock::now() + kStartPatience);
  answer.verdict = Verdict::failed;
  for (unsigned deaths = 0; deaths < kMostDeaths;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0) return;
    const auto instance = clamd_.instance();
    const auto found = clamd_.scan(file.descriptor(), left);
    if (found) return take_finding(*found, answer);
    answer.reason = found.error().message;
    switch (found.error().code) {
      case Error::Code::not_found:  // nobody listens yet
        if (Clock::now() >= absent_until) return;
        std::this_thread::sleep_for(kBetweenAttempts);
        break;
      case Error::Code::resource:  // it ended over this file, or beside it
        ++deaths;
        while (Clock::now() < absent_until && clamd_.instance() == instance)
          std::this_thread::sleep_for(kBetweenAttempts);
        break;
      default:
        return;
    }
  }
  cache_.keep(answer, {}, Clock::now());
}

}  // namespace sekisho::controlplane
