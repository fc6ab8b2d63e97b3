#include "controlplane/scan/scan_service.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace sekisho::controlplane {
namespace {

using scan::ScanRequest;
using scan::Verdict;

constexpr std::chrono::milliseconds kRequestTime{5'000}, kReplyTime{5'000}, kRefusalTime{50};

std::string refusal(std::string_view why) {
  scan::ScanAnswer answer;
  answer.reason = why;
  return scan::write_answer(answer);
}

void tell(const ScanRequest& request, const scan::ScanAnswer& answer) {
  if (answer.verdict == Verdict::clean && answer.suspicion == scan::Suspicion::none) return;
  spdlog::warn(
      "{}: {} {} {} ({}, {} bytes, {})",
      nlohmann::json(request.name).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace),
      name_of(answer.verdict), answer.threat, answer.reason, answer.type, answer.size,
      answer.sha256);
}

}  // namespace

ScanService::ScanService(FileJudge& judge) : judge_(judge) {
  for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { work(); });
}

ScanService::~ScanService() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void ScanService::serve(FileDescriptor connection) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back(std::move(connection));
      changed_.notify_one();
      return;
    }
    ++refused_;
  }
  (void)send_message(connection.get(), refusal("too many files wait already"), -1, kRefusalTime);
}

void ScanService::work() {
  for (;;) {
    FileDescriptor connection;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      connection = std::move(waiting_.front());
      waiting_.pop_front();
    }
    answer_one(connection);
  }
}

void ScanService::answer_one(const FileDescriptor& connection) {
  auto message = receive_message(connection.get(), scan::kMaxMessageBytes, kRequestTime);
  if (!message) return;
  const auto request = scan::read_request(message->body);
  if (!request) {
    (void)send_message(connection.get(), refusal(request.error().message), -1, kReplyTime);
    return;
  }
  if (request->operation == ScanRequest::Operation::status) {
    (void)send_message(connection.get(), status(), -1, kReplyTime);
    return;
  }
  const auto answer = judge_.judge(std::move(message->attached));
  tell(*request, answer);
  (void)send_message(connection.get(), scan::write_answer(answer), -1, kReplyTime);
}

std::string ScanService::status() const {
  const auto& counts = judge_.counts();
  nlohmann::json verdicts;
  for (std::size_t i = 0; i < std::size(counts.verdicts); ++i)
    verdicts[std::string(name_of(static_cast<Verdict>(i)))] = counts.verdicts[i].load();
  nlohmann::json status{{"v", scan::kMessageVersion},
                        {"ok", true},
                        {"files", counts.files.load()},
                        {"from_cache", counts.from_cache.load()},
                        {"bytes", counts.bytes.load()},
                        {"verdicts", std::move(verdicts)},
                        {"cached", judge_.cache().size()},
                        {"clamd", !judge_.has_clamd()      ? "off"
                                  : judge_.clamd_answers() ? "running"
                                                           : "not running"}};
  if (const auto model = judge_.model().in_force().model) status["model"] = model->built();
  status["scored"] = counts.scored.load();
  for (std::size_t i = 1; i < std::size(counts.suspicions); ++i)
    status["suspected"][std::string(name_of(static_cast<scan::Suspicion>(i)))] =
        counts.suspicions[i].load();
  std::size_t hashes = 0;
  if (const auto own = judge_.own_signatures().in_force().database)
    for (const auto kind : {rules::HashKind::md5, rules::HashKind::sha1, rules::HashKind::sha256})
      hashes += own->num_hashes(kind);
  status["own_hashes"] = hashes;
  const std::lock_guard lock(mutex_);
  status["waiting"] = waiting_.size();
  status["refused"] = refused_;
  return status.dump();
}

}  // namespace sekisho::controlplane
