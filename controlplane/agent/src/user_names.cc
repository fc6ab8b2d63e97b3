#include "controlplane/agent/user_names.h"

#include <array>
#include <utility>

#include "engines/firewall/learned_addresses.h"

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kKeptPolicies = 8;
constexpr std::size_t kKeptUsers = 65'536;
constexpr std::chrono::seconds kAskAgain{1};          // for what was not known
constexpr std::chrono::seconds kGroupsMayChange{30};  // of whom is known

}  // namespace

events::EveUser UserNames::name(std::uint32_t serial, std::uint32_t id) {
  const std::lock_guard lock(mutex_);
  if (id == 0) return {};
  if (const auto* user = in_policy(serial, id)) return *user;
  return identified(id);
}

const events::EveUser* UserNames::in_policy(std::uint32_t serial, std::uint32_t id) {
  if (serial == 0) return nullptr;
  const auto now = Clock::now();
  auto [entry, fresh] = by_serial_.try_emplace(serial);
  OfPolicy& policy = entry->second;
  if (fresh || (!policy.known && now - policy.asked >= kAskAgain)) {
    policy.asked = now;
    if (auto meta = policies_(serial)) {
      policy.known = true;
      for (auto& user : meta->users) {
        const auto its_id = engines::firewall::user_id(user.name);
        policy.users[its_id] = {std::move(user.name), std::move(user.groups)};
      }
    }
  }
  if (by_serial_.size() > kKeptPolicies) {
    const bool oldest_is_asked = by_serial_.begin()->first == serial;
    by_serial_.erase(oldest_is_asked ? std::prev(by_serial_.end()) : by_serial_.begin());
  }
  const auto found = policy.users.find(id);
  return found == policy.users.end() ? nullptr : &found->second;
}

/// A dataplane that does not answer must not hold up events: it is asked once a second then.
events::EveUser UserNames::identified(std::uint32_t id) {
  const auto now = Clock::now();
  if (identified_.size() >= kKeptUsers && !identified_.contains(id)) identified_.clear();
  Known& known = identified_[id];
  if (now < known.ask_again || now < ask_dataplane_) return known.user;
  const auto answer = dataplane_(std::array{id});
  if (!answer) {
    ask_dataplane_ = now + kAskAgain;
    return known.user;
  }
  for (const auto& one : *answer)
    if (one.id == id) known.user = one.user;
  known.ask_again = now + (known.user.name.empty() ? kAskAgain : kGroupsMayChange);
  return known.user;
}

}  // namespace sekisho::controlplane
