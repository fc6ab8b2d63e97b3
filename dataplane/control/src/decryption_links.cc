#include "dataplane/control/decryption_links.h"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace sekisho::dataplane {
namespace {

constexpr int kLookEveryMs = 100;
constexpr auto kRetryAfter = std::chrono::milliseconds(250);

using decrypt::DiversionCounters;

struct Shown {
  const char* name;
  SharedCount DiversionCounters::*count;
};
constexpr Shown kShown[] = {
    {"decryption.watched", &DiversionCounters::watched},
    {"decryption.handed_over", &DiversionCounters::handed_over},
    {"decryption.opened", &DiversionCounters::opened},
    {"decryption.not_tls", &DiversionCounters::not_tls},
    {"decryption.impossible", &DiversionCounters::impossible},
    {"decryption.too_long", &DiversionCounters::too_long},
    {"decryption.no_room", &DiversionCounters::no_room},
    {"decryption.refused", &DiversionCounters::refused},
    {"decryption.unanswered", &DiversionCounters::unanswered},
    {"decryption.reset_by_death", &DiversionCounters::reset_by_death},
    {"decryption.reset_by_policy", &DiversionCounters::reset_by_policy},
    {"decryption.ring_full", &DiversionCounters::ring_full},
    {"decryption.unknown_emitted", &DiversionCounters::unknown_emitted},
};

}  // namespace

/// One thing for a worker to do, on its own core.
struct DecryptionLinks::Task final : Job {
  explicit Task(std::function<void(Worker&)> to_do) : what(std::move(to_do)) {}
  bool run_slice(Worker& worker) noexcept override {
    what(worker);
    return true;
  }
  std::function<void(Worker&)> what;
};

DecryptionLinks::DecryptionLinks(std::string socket_path,
                                 const std::vector<std::unique_ptr<Worker>>& workers, Run run)
    : socket_path_(std::move(socket_path)), run_(std::move(run)) {
  for (const auto& worker : workers)
    links_.push_back({.worker = worker.get(), .channel = {}, .task = {}});
}

DecryptionLinks::~DecryptionLinks() = default;

bool DecryptionLinks::run(std::size_t worker, std::function<void(Worker&)> what) {
  auto& task = links_[worker].task;
  task = std::make_unique<Task>(std::move(what));
  return run_(*task, worker);
}

void DecryptionLinks::begin(bool are_running) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(status_.is_wanted, true)) return;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    auto made = std::make_unique<Diversion>(decrypt::DiversionSettings{});
    links_[i].diverter = &made->diverter;
    const auto give = [&made](Worker& worker) { worker.follow_connections(std::move(made)); };
    if (!are_running)
      give(*links_[i].worker);
    else if (!run(i, give))
      links_[i].diverter = nullptr;
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { keep_attached(stop); });
}

void DecryptionLinks::keep_attached(const std::stop_token& stop) {
  auto next_attempt = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    if (const auto now = std::chrono::steady_clock::now(); now >= next_attempt) {
      next_attempt = now + kRetryAfter;
      attach_missing();
    }
    wait_for_death(stop);
  }
}

void DecryptionLinks::attach_missing() {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (links_[i].diverter == nullptr) continue;
    // A worker that found nonsense in its ring has let go of it by itself.
    if (links_[i].channel && !links_[i].diverter->is_attached()) lose(i);
    if (!links_[i].channel) attach(i);
  }
}

void DecryptionLinks::attach(std::size_t worker) {
  auto channel = decrypt::attach(socket_path_, static_cast<unsigned>(worker),
                                 static_cast<unsigned>(links_.size()));
  if (!channel) {
    const std::lock_guard lock(mutex_);
    if (status_.problem != channel.error().message)
      spdlog::warn("decryption: {}", channel.error().message);
    status_.problem = channel.error().message;
    return;
  }
  links_[worker].channel = *std::move(channel);
  const auto& made = *links_[worker].channel;
  const auto give = [&made](Worker& to) {
    to.attach_decryption(decrypt::RingWriter(made.memory.to_decrypt()),
                         decrypt::RingReader(made.memory.from_decrypt()), made.bell.descriptor());
  };
  if (!run(worker, give)) return;  // it ends: nobody reads the channel any more
  const std::lock_guard lock(mutex_);
  status_.problem.clear();
  ++status_.attached;
  ++status_.attached_ever;
}

/// The worker lets go of the channel before it goes.
void DecryptionLinks::lose(std::size_t worker) {
  if (!run(worker, [](Worker& of) { of.lose_decryption(); })) return;
  links_[worker].channel.reset();
  spdlog::warn("decryption: worker {} has lost sekisho-decrypt; its open connections are reset",
               worker);
  const std::lock_guard lock(mutex_);
  --status_.attached;
}

/// Its process never writes to a channel's connection: what can be read is its end.
void DecryptionLinks::wait_for_death(const std::stop_token& stop) {
  std::vector<pollfd> connections;
  std::vector<std::size_t> whose;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (!links_[i].channel) continue;
    connections.push_back({links_[i].channel->connection.get(), POLLIN, 0});
    whose.push_back(i);
  }
  if (poll(connections.data(), connections.size(), kLookEveryMs) <= 0) return;
  for (std::size_t i = 0; i < connections.size() && !stop.stop_requested(); ++i)
    if (connections[i].revents != 0) lose(whose[i]);
}

DecryptionLinks::Status DecryptionLinks::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void DecryptionLinks::add_to(std::map<std::string, std::uint64_t>& sum) const {
  const std::lock_guard lock(mutex_);
  for (const auto& shown : kShown) {
    auto& total = sum[shown.name];
    for (const auto& link : links_)
      if (link.diverter != nullptr) total += (link.diverter->counters().*shown.count).get();
  }
}

}  // namespace sekisho::dataplane
