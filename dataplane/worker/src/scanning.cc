// Files that cross a flow: handed to the scanner as they come, their end held back until the
// verdict.
#include <algorithm>
#include <array>
#include <utility>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "config/events/json_writer.h"
#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {
namespace {

using engines::FileView;
using engines::Verdict;
using engines::antimalware::Profile;
using Number = FileExchange::Number;

constexpr std::size_t kLookedAtARound = 16;  // files; a cache line each
static_assert(kLookedAtARound <= kBurst);
constexpr std::uint8_t kTcp = 6;

constexpr bool carries_files(engines::Protocol protocol) noexcept {
  return protocol == engines::Protocol::http1 || protocol == engines::Protocol::http2;
}

FileVerdict without_verdict(std::string_view reason) noexcept {
  FileVerdict verdict;
  verdict.reason.assign(reason);
  return verdict;
}

}  // namespace

/// Of a flow that nothing else is looked for in.
bool Worker::turns_on_files(const Flow& flow) const noexcept {
  if (policy_ == nullptr || config_.files == nullptr || flow.key.protocol != kTcp ||
      policy_->malware_of(flow.inspected_as) == nullptr)
    return false;
  const auto protocol = static_cast<engines::Protocol>(flow.app_protocol);
  return protocol == engines::Protocol::unknown || carries_files(protocol);
}

std::uint64_t Worker::wanted_bytes(engines::Protocol protocol) noexcept {
  if (inspected_flow_ == nullptr || policy_ == nullptr || !carries_files(protocol)) return 0;
  const auto* profile = policy_->malware_of(inspected_flow_->inspected_as);
  return profile == nullptr ? 0 : profile->max_bytes;
}

void Worker::file_seen(engines::Protocol /*protocol*/, const FileView& file) noexcept {
  if (inspected_flow_ == nullptr || policy_ == nullptr || config_.files == nullptr ||
      file.direction != engines::Direction::to_client || inspected_packet_ >= kBurst)
    return;
  Flow& flow = *inspected_flow_;
  const auto* profile = policy_->malware_of(flow.inspected_as);
  auto number = scan_of(flow).first;
  while (number != 0 && scans_[number].id != file.id) number = scans_[number].next;
  if (profile == nullptr || flow.verdict != Verdict::pass) {
    if (number != 0) end_scan(number);
    return;
  }
  const bool begins = file.size == file.fresh.size() && !file.fresh.empty();
  if (number == 0 && begins) number = begin_scan(flow, *profile, file);
  if (number != 0 && !scans_[number].complete) grow_scan(flow, *profile, number, file);
}

/// 0: it is not scanned.
Number Worker::begin_scan(Flow& flow, const Profile& profile, const FileView& file) noexcept {
  // What an administrator allows is judged by nobody.
  if (url_of(flow).facts.list == engines::ListOutcome::allowed) return 0;
  FileScan scan{.flow = flows_.index_of(flow),
                .id = file.id,
                .size = file.size,
                .complete = false,
                .next = scan_of(flow).first,
                .name = {}};
  scan.name.assign(as_text(file.name));
  if (profile.excludes(as_text(file.name))) {
    ++counters_.malware_excluded;
    tell_file(flow, scan, nullptr, "excluded");
    return 0;
  }
  config_.files->collect();
  const auto number = config_.files->begin(scan.name.view());
  if (number == 0) {
    leave_unscanned(flow, profile, scan, "too many files are under way");
    return 0;
  }
  scans_[number] = scan;
  scan_of(flow).first = number;
  return number;
}

void Worker::grow_scan(Flow& flow, const Profile& profile, Number number,
                       const FileView& file) noexcept {
  auto& scan = scans_[number];
  scan.size = file.size;
  if (file.size > profile.max_bytes) {
    const auto told = scan;
    end_scan(number);
    ++counters_.malware_unscanned;
    const bool is_refused = profile.blocks && profile.blocks_large;
    tell_file(flow, told, nullptr, is_refused ? "block" : "large");
    if (is_refused) refuse_file(flow);
    return;
  }
  const bool fits = config_.files->append(number, file.fresh);
  if (fits && !file.complete) return;
  if (!fits || file.truncated || file.gaps) {
    const auto told = scan;
    end_scan(number);
    return leave_unscanned(flow, profile, told,
                           fits ? "it did not come whole" : "the scanner is behind");
  }
  config_.files->finish(number);
  scan.complete = true;
  ++scan_of(flow).awaited;
  ++counters_.malware_scanned;
  has_ended_file_ = true;
}

/// By the profile's fail mode.
void Worker::leave_unscanned(Flow& flow, const Profile& profile, const FileScan& scan,
                             std::string_view why) noexcept {
  ++counters_.malware_unscanned;
  const auto verdict = without_verdict(why);
  const bool is_refused = profile.blocks && profile.blocks_unscanned;
  tell_file(flow, scan, &verdict, is_refused ? "block" : "pass");
  if (is_refused) refuse_file(flow);
}

/// Nobody waits for this file any more.
void Worker::end_scan(Number number) noexcept {
  auto& scan = scans_[number];
  auto& of_flow = notes_[scan.flow].scan;
  auto* link = &of_flow.first;
  while (*link != number) link = &scans_[*link].next;
  *link = scan.next;
  of_flow.awaited = static_cast<std::uint16_t>(of_flow.awaited - (scan.complete ? 1 : 0));
  scan.flow = kNoFlow;
  config_.files->abandon(number);
}

/// The flow is no more.
void Worker::end_scans(const Flow& flow) noexcept {
  if (notes_.empty() || config_.files == nullptr) return;
  auto& of_flow = scan_of(flow);
  while (of_flow.first != 0) end_scan(of_flow.first);
  rte_mbuf* frame = std::exchange(of_flow.held, nullptr);
  if (frame == nullptr) return;
  const auto* const first = held_back_.data();
  const auto* const end = first + num_held_back_;
  if (std::find(first, end, flows_.index_of(flow)) != end) {
    batch_.drop[of_flow.slot] = DropReason::malware_wait;  // the burst lets go of it
    return;
  }
  ++counters_.dropped[static_cast<std::size_t>(DropReason::malware_wait)];
  io_.discard({&frame, 1});
}

/// Nothing of the flow passes any more; both ends hear of it.
void Worker::refuse_file(Flow& flow) noexcept {
  ++counters_.malware_blocked;
  scan_of(flow).blocks = true;
  flow.watch |= kCondemned | kResetInitiator | kResetResponder;
  flow.verdict = Verdict::reset;
  flow.state = events::FlowState::blocked;
}

/// After packet `i`, with which a file ended.
void Worker::hold_end_of_file(Flow& flow, std::size_t i) noexcept {
  const auto* profile = policy_->malware_of(flow.inspected_as);
  auto& of_flow = scan_of(flow);
  if (profile == nullptr || !profile->blocks || of_flow.awaited == 0 || of_flow.held != nullptr ||
      batch_.drop[i] != DropReason::none || batch_.to_server[i] || flow.verdict != Verdict::pass)
    return;
  ++counters_.malware_waited;
  of_flow.held = batch_.frames[i];
  of_flow.slot = static_cast<std::uint8_t>(i);
  held_back_[num_held_back_++] = flows_.index_of(flow);
}

/// Once the burst was inspected: what is held is out of it.
void Worker::take_held_back() noexcept {
  const auto count = std::exchange(num_held_back_, 0);
  for (std::size_t k = 0; k < count; ++k) {
    const auto& of_flow = notes_[held_back_[k]].scan;
    if (of_flow.held != nullptr) batch_.frames[of_flow.slot] = nullptr;
  }
}

/// What comes behind the end of a file is dropped until its verdict is there, so that its sender
/// sends it again; so is what would bring more of a file than there is room for. Resets, and what
/// only acknowledges, pass.
bool Worker::is_behind_file(const Flow& flow, std::size_t i) noexcept {
  const auto& of_flow = scan_of(flow);
  if (of_flow.first == 0 || i >= kBurst || batch_.to_server[i]) return false;
  const auto& info = batch_.info[i];
  if ((info.tcp_flags & kTcpRst) != 0 ||
      (info.payload_bytes == 0 && (info.tcp_flags & kTcpFin) == 0))
    return false;
  if (config_.files->is_short_of_memory() && info.payload_bytes != 0) return true;
  const auto* profile = policy_->malware_of(flow.inspected_as);
  return of_flow.awaited != 0 && profile != nullptr && profile->blocks;
}

/// Before the burst: files whose verdict came. Packets that were held go on from where they were.
void Worker::settle_scans(PolicySnapshot* policy) noexcept {
  config_.files->collect();
  batch_.count = 0;
  for (std::size_t k = 0; k < kLookedAtARound; ++k) {
    next_scan_ = static_cast<Number>(next_scan_ % FileExchange::kFiles + 1);
    const auto& scan = scans_[next_scan_];
    if (scan.flow == kNoFlow || !scan.complete) continue;
    const auto* verdict = config_.files->verdict_of(next_scan_);
    if (verdict == nullptr) continue;
    Flow& flow = flows_.at(scan.flow);
    if (policy != nullptr && flow.judged_generation != generation_) judge_again(*policy, flow);
    conclude_scan(flow, next_scan_, *verdict);
    auto& of_flow = scan_of(flow);
    const bool is_over = of_flow.awaited == 0 || of_flow.blocks;
    if (of_flow.held != nullptr && is_over)
      bring_back(flow, std::exchange(of_flow.held, nullptr), false);
  }
  if (batch_.count == 0) return;
  if (policy == nullptr) {
    io_.discard({batch_.frames.data(), batch_.count});
  } else {
    enforce(*policy);
    send_all();
  }
  batch_.count = 0;
}

void Worker::conclude_scan(Flow& flow, Number number, const FileVerdict& verdict) noexcept {
  const auto* profile = policy_ == nullptr ? nullptr : policy_->malware_of(flow.inspected_as);
  const bool is_suspected = profile != nullptr && verdict.verdict == scan::Verdict::clean &&
                            profile->suspects(verdict.suspicion);
  const bool is_refused =
      profile != nullptr && profile->blocks &&
      (is_suspected ? profile->blocks_suspected : profile->refuses(verdict.verdict));
  counters_.malware_suspected += is_suspected;
  counters_.malware_found += verdict.verdict == scan::Verdict::infected;
  counters_.malware_unscanned += verdict.verdict == scan::Verdict::failed;
  if (verdict.verdict != scan::Verdict::clean || is_suspected) {
    const bool is_monitored =
        profile != nullptr && (!profile->blocks || (is_suspected && !profile->blocks_suspected));
    tell_file(flow, scans_[number], &verdict,
              is_refused     ? "block"
              : is_monitored ? "monitor"
                             : "pass");
  }
  end_scan(number);
  if (is_refused && flow.verdict == Verdict::pass) refuse_file(flow);
}

/// `verdict` null: it was not asked for.
void Worker::tell_file(Flow& flow, const FileScan& scan, const FileVerdict* verdict,
                       std::string_view action) noexcept {
  if (!files_told_.take(now_ns_)) {
    ++counters_.malware_untold;
    return;
  }
  std::array<char, 2048> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  json.begin_object("malware").member("action", action);
  json.member("filename", bytes_of(scan.name.view()));
  if (const auto* url = url_of(flow).text; url != nullptr) {
    json.member("hostname", url->host()).member("url", url->view());
    if (url->is_cut) json.member("url_truncated", true);
  }
  if (verdict != nullptr) {
    json.member("verdict", scan::name_of(verdict->verdict));
    if (verdict->is_scored) {
      json.member("score", std::uint64_t{verdict->score});
      json.member("suspicion", scan::name_of(verdict->suspicion));
    }
    const std::pair<std::string_view, std::string_view> texts[] = {
        {"threat", verdict->threat.view()},
        {"engine", verdict->engine.view()},
        {"reason", verdict->reason.view()},
        {"sha256", verdict->sha256.view()},
        {"file_type", verdict->type.view()}};
    for (const auto& [name, value] : texts)
      if (!value.empty()) json.member(name, bytes_of(value));
  }
  json.member("size", scan.size).end_object();
  if (text.overflowed()) {
    ++counters_.records_lost;
    return;
  }
  auto* const at_work = std::exchange(inspected_flow_, &flow);
  record({.flow_id = flow.flow_id, .time_ns = wall_clock(now_ns_)}, "malware", text.view());
  inspected_flow_ = at_work;
}

}  // namespace sekisho::dataplane
