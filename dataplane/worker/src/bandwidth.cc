// Who used how much: what flows count themselves is added up when they end, when whom it is for
// changes, and by a walk over the table, so that long flows show while they run.
#include <algorithm>
#include <utility>

#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kWalkNs = 10'000'000'000;  // as long as a walk takes
constexpr std::uint32_t kAccountedARound = 32;     // flows at most

}  // namespace

/// Who is at an address now: whom somebody identified, else whom the policy puts there.
std::uint32_t Worker::user_at(const PolicySnapshot& policy, const IpAddress& address,
                              const MacAddress& mac) const noexcept {
  if (shared_.identifies_users.load(std::memory_order_relaxed)) {
    std::array<engines::firewall::FqdnId, 1> user;  // what was learned first is the user
    if (shared_.users.patterns_of(address, now_seconds(), user) != 0) return user[0];
  }
  return policy.users().find(address, mac);
}

/// Finds out who is behind the flow's ends. What it carried until now, with the packet that brought
/// this about, was of whom was there before; of a new flow nobody was.
void Worker::identify(const PolicySnapshot& policy, const Flow& flow) noexcept {
  const bool a = flow.initiator_is_a;
  const auto source = user_at(policy, a ? flow.key.a : flow.key.b, flow.initiator_mac);
  const auto inside = flow.ingress_side == policy::Side::lan
                          ? source
                          : user_at(policy, a ? flow.key.b : flow.key.a, flow.responder_mac);
  auto& account = accounts_[flows_.index_of(flow)];
  if (account.source_user == source && account.inside_user == inside) return;
  if (flow.judged_generation != 0) add_up(flow);
  account.source_user = source;
  account.inside_user = inside;
}

/// Adds what the flow counted since the last time.
void Worker::add_up(const Flow& flow) noexcept {
  auto& account = accounts_[flows_.index_of(flow)];
  if (account.is_carried) return;
  const auto to_server = flow.bytes[0] - account.bytes[0];
  const auto to_client = flow.bytes[1] - account.bytes[1];
  if ((to_server | to_client) == 0) return;
  const auto packets_to_server = static_cast<std::uint32_t>(flow.packets[0]) - account.packets[0];
  const auto packets_to_client = static_cast<std::uint32_t>(flow.packets[1]) - account.packets[1];
  account.bytes = {flow.bytes[0], flow.bytes[1]};
  account.packets = {static_cast<std::uint32_t>(flow.packets[0]),
                     static_cast<std::uint32_t>(flow.packets[1])};
  Traffic traffic{to_server, to_client, packets_to_server, packets_to_client};
  const bool opened_inside = flow.ingress_side == policy::Side::lan;
  if (!opened_inside) {
    std::swap(traffic.bytes_out, traffic.bytes_in);
    std::swap(traffic.packets_out, traffic.packets_in);
  }
  BandwidthKey key{.address = flow.initiator_is_a == opened_inside ? flow.key.a : flow.key.b,
                   .user = account.inside_user,
                   .application = OwnApplication::is_own(flow.application) ? account.own_application
                                                                           : flow.application};
  if (!notes_.empty())
    if (const auto& url = url_of(flow).facts; url.num_categories != 0)
      key.category = url.categories[0];
  bandwidth_->add(key, traffic);
}

/// The next flows of the walk, at the pace that makes it last kWalkNs.
void Worker::add_up_some() noexcept {
  const auto all = flows_.high_water();
  const auto elapsed = now_ns_ - walk_began_ns_;
  if (added_up_ >= all) {
    if (elapsed < kWalkNs) return;
    added_up_ = 0;
    walk_began_ns_ = now_ns_;
    return;
  }
  const auto due =
      elapsed >= kWalkNs ? all : static_cast<std::uint32_t>(all * (elapsed + 1) / kWalkNs) + 1;
  const auto end = std::min({due, added_up_ + kAccountedARound, all});
  for (; added_up_ < end; ++added_up_)
    if (const Flow& flow = flows_.at(added_up_); flow.in_use) add_up(flow);
}

}  // namespace sekisho::dataplane
