#include "controlplane/agent/event_log.h"

namespace sekisho::controlplane {

Status EventLog::write(std::span<const EventLine> lines) {
  std::string text;
  for (const EventLine& line : lines) text.append(line.json).push_back('\n');
  const std::lock_guard lock(mutex_);
  if (auto appended = file_.append(text, EveFile::Clock::now()); !appended) return appended;
  written_ += lines.size();
  if (syslog_)
    for (const EventLine& line : lines) syslog_->send(line);
  return ok();
}

EventLog::Counters EventLog::counters() const {
  const std::lock_guard lock(mutex_);
  return {written_, syslog_ ? syslog_->sent() : 0, syslog_ ? syslog_->lost() : 0};
}

}  // namespace sekisho::controlplane
