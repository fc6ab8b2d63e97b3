#include "controlplane/agent/event_log.h"

namespace sekisho::controlplane {
namespace {

bool is_uploaded(const EventLine& line) { return line.kind != "stats" && !line.json.empty(); }

}  // namespace

Status EventLog::write(std::span<const EventLine> lines) {
  if (auto written = write_outlets(lines); !written) return written;
  const auto to = spool();
  if (!to) return ok();
  auto spooled = write_spool(*to, lines, std::nullopt);
  if (spooled) return ok();
  const std::lock_guard lock(spool_mutex_);
  for (const EventLine& line : lines) {
    if (!is_uploaded(line)) continue;
    if (waiting_bytes_ + line.json.size() <= kMaxWaitingBytes) {
      waiting_bytes_ += line.json.size();
      waiting_.push_back(line.json);
    } else {
      ++unspooled_;
    }
  }
  return spooled;
}

Status EventLog::write_outlets(std::span<const EventLine> lines) {
  std::string text;
  std::size_t count = 0;
  for (const EventLine& line : lines) {
    if (line.json.empty()) continue;  // a continuation
    text.append(line.json).push_back('\n');
    ++count;
  }
  const std::lock_guard lock(mutex_);
  if (auto appended = file_.append(text, EveFile::Clock::now()); !appended) return appended;
  written_ += count;
  if (syslog_)
    for (const EventLine& line : lines)
      if (!line.json.empty()) syslog_->send(line);
  return ok();
}

Status EventLog::write_spool(Spool& spool, std::span<const EventLine> lines,
                             std::optional<RingMark> mark) {
  const std::lock_guard lock(spool_mutex_);
  std::vector<std::string_view> batch(waiting_.begin(), waiting_.end());
  for (const EventLine& line : lines)
    if (is_uploaded(line)) batch.emplace_back(line.json);
  if (batch.empty() && !mark) return ok();
  auto appended = spool.append(batch, mark);
  if (!appended) return std::move(appended).error().within("spool");
  waiting_.clear();
  waiting_bytes_ = 0;
  return ok();
}

void EventLog::attach_spool(std::shared_ptr<Spool> spool) {
  const bool to_none = !spool;
  {
    const std::lock_guard lock(mutex_);
    spool_.swap(spool);
  }
  if (!to_none) return;
  const std::lock_guard lock(spool_mutex_);
  waiting_.clear();
  waiting_bytes_ = 0;
}

std::shared_ptr<Spool> EventLog::spool() const {
  const std::lock_guard lock(mutex_);
  return spool_;
}

EventLog::Counters EventLog::counters() const {
  Counters counters;
  {
    const std::lock_guard lock(mutex_);
    counters.written = written_;
    if (syslog_) counters.syslog_sent = syslog_->sent(), counters.syslog_lost = syslog_->lost();
  }
  const std::lock_guard lock(spool_mutex_);
  counters.waiting = waiting_.size();
  counters.unspooled = unspooled_;
  return counters;
}

}  // namespace sekisho::controlplane
