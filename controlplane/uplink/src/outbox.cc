#include "outbox.h"

namespace sekisho::controlplane {

bool Outbox::put(link::v1::FromGateway message) {
  const std::size_t bytes = message.ByteSizeLong();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || messages_.empty() || bytes_ + bytes <= kMaxBytes; });
  return add(std::move(message), bytes);
}

bool Outbox::put_now(link::v1::FromGateway message) {
  const std::size_t bytes = message.ByteSizeLong();
  const std::lock_guard lock(mutex_);
  return bytes_ + bytes <= 2 * kMaxBytes && add(std::move(message), bytes);
}

/// With mutex_ held.
bool Outbox::add(link::v1::FromGateway message, std::size_t bytes) {
  if (closed_) return false;
  bytes_ += bytes;
  messages_.push_back(std::move(message));
  changed_.notify_all();
  return true;
}

std::optional<link::v1::FromGateway> Outbox::take() {
  std::optional<link::v1::FromGateway> message;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !messages_.empty(); });
    if (closed_) return std::nullopt;
    message = std::move(messages_.front());
    messages_.pop_front();
    bytes_ -= message->ByteSizeLong();
  }
  changed_.notify_all();
  return message;
}

void Outbox::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace sekisho::controlplane
