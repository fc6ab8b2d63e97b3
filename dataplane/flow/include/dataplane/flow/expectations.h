#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/flow/flow.h"

namespace sekisho::dataplane {

/// A connection that another flow announced: FTP PORT/EPRT (server connects to the client) and
/// 227/229 replies (client connects to the server).
struct DataEndpoint {
  IpAddress address;  // who will be listening; for EPSV the server of the control connection
  std::uint16_t port = 0;
};

/// Reads one control-channel payload (RFC 959, RFC 2428). Only endpoints that belong to the control
/// connection's own two ends count: anything else is the FTP bounce attack and is ignored.
std::optional<DataEndpoint> parse_ftp_endpoint(std::span<const std::uint8_t> payload,
                                               bool to_server, const IpAddress& client,
                                               const IpAddress& server) noexcept;

/// Endpoints announced and not yet used; small, fixed, per worker; the oldest gives way.
class Expectations {
 public:
  static constexpr std::size_t kCapacity = 1024;
  static constexpr std::uint64_t kLifetimeNs = 60'000'000'000;

  void expect(const DataEndpoint& endpoint, const IpAddress& peer, const Flow& parent,
              std::uint64_t now_ns) noexcept;
  /// The rule that allowed the parent, when a new flow from `source` to `destination`:`port` was
  /// announced; used up.
  struct Match {
    events::RuleNumber rule;
    std::uint64_t parent_flow_id;
  };
  std::optional<Match> take(const IpAddress& source, const IpAddress& destination,
                            std::uint16_t port, std::uint64_t now_ns) noexcept;

 private:
  struct Entry {
    IpAddress listener, peer;
    std::uint64_t expires_ns = 0;
    std::uint64_t parent_flow_id = 0;
    events::RuleNumber rule = 0;
    std::uint16_t port = 0;
  };
  Entry entries_[kCapacity]{};
  std::uint32_t next_ = 0;
  std::uint32_t live_ = 0;
};

}  // namespace sekisho::dataplane
