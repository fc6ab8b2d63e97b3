#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// What the console shows of a box; as StatusReport of gateway_link.proto.
struct BoxStatus {
  struct Port {
    std::string name;
    std::string side;
    bool link_up = false;
    std::uint32_t speed_mbps = 0;
    std::uint64_t rx_packets = 0, tx_packets = 0, rx_bytes = 0, tx_bytes = 0;
  };
  /// The certificate authority for decrypted connections; as Authority of gateway_link.proto.
  struct Authority {
    std::string certificate, subject, issuer, key, origin, fingerprint;
    std::int64_t not_before = 0, not_after = 0;
    std::string trouble;
  };
  std::uint64_t uptime_seconds = 0;
  bool dataplane_up = false;
  std::vector<Port> ports;
  std::uint64_t flows = 0, packets = 0, bytes = 0, dropped = 0;
  std::uint64_t events_lost = 0;  // before they reached the spool
  Authority authority;
};

/// What the link asks the rest of sekisho-control and the dataplane. Any thread.
class BoxDoor {
 public:
  virtual ~BoxDoor() = default;
  virtual BoxStatus status() = 0;
  /// A request to control.sock, answered in this process.
  virtual Result<nlohmann::json> ask_control(const nlohmann::json& request) = 0;
  /// A request to dataplane.sock; `attached` is -1 or a descriptor to pass along.
  virtual Result<nlohmann::json> ask_dataplane(const nlohmann::json& request,
                                               std::chrono::milliseconds timeout, int attached,
                                               const std::stop_token& stop) = 0;
};

}  // namespace sekisho::controlplane
