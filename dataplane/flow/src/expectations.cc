#include "dataplane/flow/expectations.h"

namespace sekisho::dataplane {
namespace {

/// Numbers of own applications may be another policy's when they are asked for.
engines::ApplicationId catalogue_application(const Flow& flow) noexcept {
  return OwnApplication::is_own(flow.application) ? flow.carrier : flow.application;
}

}  // namespace

void Expectations::expect(const DataEndpoint& endpoint, const IpAddress& peer, const Flow& parent,
                          std::uint64_t now_ns) noexcept {
  if (endpoint.port == 0) return;
  forget_old(now_ns);
  if (pending_ == kCapacity) {
    oldest_ = (oldest_ + 1) % kCapacity;
    --pending_;
  }
  const std::size_t i = (oldest_ + pending_++) % kCapacity;
  const IpAddress& client = parent.initiator_is_a ? parent.key.a : parent.key.b;
  ports_[i] = endpoint.port;
  entries_[i] = {
      .listener = endpoint.address,
      .peer = peer,
      .expires_ns = now_ns + kLifetimeNs,
      .match = {.rule = parent.rule,
                .parent_flow_id = parent.flow_id,
                .control_port = parent.initiator_is_a ? parent.key.port_b : parent.key.port_a,
                .server_connects = endpoint.address == client,
                .application = catalogue_application(parent)}};
}

std::optional<Expectations::Match> Expectations::take_pending(const IpAddress& source,
                                                              const IpAddress& destination,
                                                              std::uint16_t port,
                                                              std::uint64_t now_ns) noexcept {
  forget_old(now_ns);
  if (port == 0) return std::nullopt;
  for (std::uint32_t n = 0; n < pending_; ++n) {
    const std::size_t i = (oldest_ + n) % kCapacity;
    if (ports_[i] != port) continue;
    const Entry& entry = entries_[i];
    if (entry.listener != destination || entry.peer != source || entry.expires_ns <= now_ns)
      continue;
    ports_[i] = 0;
    return entry.match;  // the place is freed by a later forget_old
  }
  return std::nullopt;
}

void Expectations::forget_old(std::uint64_t now_ns) noexcept {
  while (pending_ != 0 && (ports_[oldest_] == 0 || entries_[oldest_].expires_ns <= now_ns)) {
    oldest_ = (oldest_ + 1) % kCapacity;
    --pending_;
  }
}

}  // namespace sekisho::dataplane
