#pragma once

#include <array>
#include <cstddef>
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

/// Reads one control-channel payload that begins a line (begins_ftp_line(); RFC 959, RFC 2428): to
/// the server exactly one PORT or EPRT command, to the client a 227 or 229 reply at the beginning
/// of one of its lines. Lines must be whole (ended by CRLF): what is split over segments, or hidden
/// in a longer line, announces nothing. Only endpoints that belong to the control connection's own
/// two ends count: anything else is the FTP bounce attack and is ignored, and so are the privileged
/// ports below 1024, which no data connection needs and a script in a browser could be made to
/// announce.
std::optional<DataEndpoint> parse_ftp_endpoint(std::span<const std::uint8_t> payload,
                                               bool to_server, const IpAddress& client,
                                               const IpAddress& server) noexcept;

/// Endpoints announced and not yet used; small, fixed, per worker; the oldest gives way.
class Expectations {
 public:
  static constexpr std::size_t kCapacity = 1024;
  static constexpr std::uint64_t kLifetimeNs = 60'000'000'000;

  /// `peer` is who will connect to the endpoint; port 0 is ignored.
  void expect(const DataEndpoint& endpoint, const IpAddress& peer, const Flow& parent,
              std::uint64_t now_ns) noexcept;
  /// What is needed to judge the new flow as its control connection is judged. Ends are told apart
  /// by address: between two ports of one host the listener counts as the client.
  struct Match {
    events::RuleNumber rule;  // that allowed the parent when it announced
    std::uint64_t parent_flow_id;
    std::uint16_t control_port;          // the parent's server port
    bool server_connects;                // the parent's responder opens the new flow (active FTP)
    engines::ApplicationId application;  // the parent's, or what carries it; 0: none
  };
  /// The parent, when a new flow from `source` to `destination`:`port` was announced; used up.
  std::optional<Match> take(const IpAddress& source, const IpAddress& destination,
                            std::uint16_t port, std::uint64_t now_ns) noexcept {
    if (pending_ == 0) [[likely]]
      return std::nullopt;
    return take_pending(source, destination, port, now_ns);
  }

 private:
  struct Entry {
    IpAddress listener, peer;
    std::uint64_t expires_ns = 0;
    Match match{};
  };
  std::optional<Match> take_pending(const IpAddress& source, const IpAddress& destination,
                                    std::uint16_t port, std::uint64_t now_ns) noexcept;
  void forget_old(std::uint64_t now_ns) noexcept;

  // A ring: the `pending_` entries from `oldest_` on, in order of expiry; ports apart because a
  // search reads nothing else of most. Port 0: used up.
  std::array<std::uint16_t, kCapacity> ports_{};
  std::array<Entry, kCapacity> entries_{};
  std::uint32_t oldest_ = 0;
  std::uint32_t pending_ = 0;
};

}  // namespace sekisho::dataplane
