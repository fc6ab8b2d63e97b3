#include "controlplane/agent/fqdn_resolver.h"

#include <netdb.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::seconds kEvery{60};
/// Answers of the system's resolver carry no lifetime: outlives a few rounds, so that a name server
/// that is away for a moment changes nothing.
constexpr std::chrono::seconds kLifetime{300};
constexpr std::size_t kThreads = 4;  // a name that does not resolve takes seconds
constexpr std::size_t kMaxNames = 4096;
constexpr std::size_t kMaxAddresses = 64;  // of one name
constexpr std::size_t kNamesInRequest = 64;

}  // namespace

std::vector<std::string> resolve_by_system(const std::string& name) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* a = list; a != nullptr && addresses.size() < kMaxAddresses; a = a->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(a->ai_addr, a->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0)
      continue;
    std::string address(text.data());
    if (address.find('%') == std::string::npos) addresses.push_back(std::move(address));
  }
  return addresses;
}

std::vector<std::string> resolvable(const std::vector<std::string>& patterns) {
  std::vector<std::string> names;
  for (const std::string& pattern : patterns)
    if (pattern.find('*') == std::string::npos) names.push_back(pattern);
  if (names.size() > kMaxNames) names.resize(kMaxNames);
  return names;
}

std::vector<LearnedName> resolve_all(const std::vector<std::string>& names, const Resolve& resolve,
                                     const std::stop_token& stop) {
  std::vector<LearnedName> found(names.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (;;) {
      const std::size_t i = next.fetch_add(1);
      if (i >= names.size() || stop.stop_requested()) return;
      found[i] = {names[i], resolve(names[i])};
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(kThreads, names.size()); ++i) threads.emplace_back(work);
    work();
  }
  std::erase_if(found, [](const LearnedName& n) { return n.addresses.empty(); });
  return found;
}

void FqdnResolver::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kEvery, [&] { return woken_; });
      woken_ = false;
    }
    if (!stop.stop_requested()) resolve_once(stop);
  }
}

void FqdnResolver::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void FqdnResolver::resolve_once(const std::stop_token& stop) {
  auto found = resolve_all(resolvable(patterns_()), resolve_, stop);
  for (std::size_t from = 0; from < found.size(); from += kNamesInRequest) {
    const auto first = found.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last =
        found.begin() + static_cast<std::ptrdiff_t>(std::min(from + kNamesInRequest, found.size()));
    const auto learned = dataplane_.learn({first, last}, kLifetime);
    // It comes back with another boot id, and this is done again.
    if (!learned) return spdlog::warn("names: {}", learned.error().message);
  }
}

}  // namespace sekisho::controlplane
