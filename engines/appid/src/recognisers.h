#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engines/api/engine.h"
#include "engines/appid/host_table.h"
#include "engines/appid/network_table.h"
#include "engines/appid/own_applications.h"
#include "known_sockets.h"
#include "payload.h"
#include "payload_patterns.h"
#include "rules/applications/catalogue.h"
#include "sequences.h"
#include "signatures.h"

namespace sekisho::engines::appid {

/// A way to tell one application by content, for one transport.
struct Recogniser {
  const rules::Application* application;
  Matches matches;
};

/// In the order of trial: the surest and most frequent first.
std::vector<Recogniser> tcp_recognisers();
std::vector<Recogniser> udp_recognisers();

/// The application that an IP protocol number alone tells, or 0.
ApplicationId application_of_protocol(std::uint8_t protocol) noexcept;

/// Of an application that the catalogue has.
ApplicationId id_called(std::string_view name);

/// What one worker remembers between flows, and its memory to work with.
struct WorkerMemory {
  KnownSockets sockets;
  Sequences sequences;
  pattern::Scratch scratch;
};

/// This engine's run-time form; of the policy are the own applications.
class Recognition final : public Ruleset {
 public:
  Recognition(std::unique_ptr<const OwnApplications> own, PayloadPatterns patterns)
      : own_(std::move(own)),
        patterns_(std::move(patterns)),
        tcp_(tcp_recognisers()),
        udp_(udp_recognisers()) {}

  const OwnApplications& own() const noexcept { return *own_; }
  const PayloadPatterns& patterns() const noexcept { return patterns_; }

  /// Looks at one packet of a flow that is not decided yet. `worker`: the calling one's.
  void examine(Inspection& inspection, WorkerMemory& worker) const noexcept;

 private:
  void examine_carrier(Inspection& inspection, pattern::Scratch& scratch) const noexcept;
  ApplicationId application_within(ApplicationId application,
                                   const Payload& payload) const noexcept;
  ApplicationId application_of_request(std::string_view request) const noexcept;
  ApplicationId application_of_stun(std::span<const std::uint8_t> message) const noexcept;
  ApplicationId application_by_ends(const Facts& facts, const KnownSockets& sockets) const noexcept;
  ApplicationId recognise(const Facts& facts, Payload& payload) const noexcept;

  const std::unique_ptr<const OwnApplications> own_;
  const HostTable& hosts_ = own_->hosts();
  const NetworkTable networks_;
  const Signatures signatures_;
  const PayloadPatterns patterns_;
  const ApplicationId teams_ = id_called("teams"), whatsapp_ = id_called("whatsapp");
  std::vector<Recogniser> tcp_;
  std::vector<Recogniser> udp_;
};

/// What one flow remembers, in Inspection::flow_state; all zero at first.
struct FlowMemory {
  std::uint8_t payloads[2];  // seen [0] to the server, [1] to the client
  std::uint8_t hints;
  std::uint8_t half;  // PayloadPatterns::find()'s own
  RtpTrace rtp;
};

/// Payloads after which a flow is none that we know: so many in all, or so many when both ends have
/// spoken.
inline constexpr unsigned kMaxPayloads = 8;
inline constexpr unsigned kMaxPayloadsOfBoth = 4;

}  // namespace sekisho::engines::appid
