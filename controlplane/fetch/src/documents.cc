#include "controlplane/fetch/documents.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "controlplane/fetch/http_url.h"

namespace sekisho::controlplane {

Documents::Document Documents::get(const Wanted& wanted) {
  auto url = parse_http_url(wanted.url);
  if (!url) return nullptr;
  const auto name = wanted.url + '\n' + wanted.body;
  const auto host = url->host_field();
  {
    std::unique_lock lock(lock_);
    arrived_.wait(lock, [&] {
      const auto found = entries_.find(name);
      return found == entries_.end() || !found->second.is_under_way;
    });
    const auto now = now_();
    const auto found = entries_.find(name);
    if (found != entries_.end() && found->second.until > now) return found->second.document;
    const auto silent = silent_hosts_.find(host);
    if (silent != silent_hosts_.end() && silent->second > now) return nullptr;
    make_room(now);
    entries_[name].is_under_way = true;
  }
  auto fetched = fetch_(wanted);
  const std::lock_guard lock(lock_);
  const auto now = now_();
  Document document;
  if (fetched) {
    document = std::make_shared<const std::string>(*std::move(fetched));
  } else {
    spdlog::info("{}: {}", wanted.url, fetched.error().message);
    if (fetched.error().code == Error::Code::not_found) silent_hosts_[host] = now + kKeepFailure;
  }
  put(name, document, now + (document != nullptr ? wanted.keep : kKeepFailure));
  arrived_.notify_all();
  return document;
}

void Documents::put(const std::string& name, Document document, Clock::time_point until) {
  auto& entry = entries_[name];
  if (entry.document != nullptr) bytes_ -= entry.document->size();
  if (document != nullptr) bytes_ += document->size();
  entry = {std::move(document), until, false};
}

/// For one more: what is over goes, then what is over next.
void Documents::make_room(Clock::time_point now) {
  std::erase_if(silent_hosts_, [&](const auto& host) { return host.second <= now; });
  const auto is_full = [this] { return entries_.size() >= kMaxDocuments || bytes_ > kMaxBytes; };
  while (is_full()) {
    auto oldest = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at)
      if (!at->second.is_under_way &&
          (oldest == entries_.end() || at->second.until < oldest->second.until))
        oldest = at;
    if (oldest == entries_.end()) return;
    if (oldest->second.document != nullptr) bytes_ -= oldest->second.document->size();
    entries_.erase(oldest);
  }
}

std::size_t Documents::bytes() const {
  const std::lock_guard lock(lock_);
  return bytes_;
}

}  // namespace sekisho::controlplane
