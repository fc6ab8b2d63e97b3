#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/console/gateways/group_writer.h"
#include "controlplane/console/secrets/authority.h"

namespace sekisho::link::v1 {
class ContentReport;
class Hello;
class PolicyReport;
}  // namespace sekisho::link::v1

namespace sekisho::console {

/// A stream's name in gateways.console: "CONSOLE/NUMBER", so that only the newest stream of a
/// gateway writes its row.
using StreamName = std::string;

struct Admission {
  std::int64_t gateway_number = 0;
  std::uint64_t events_stored = 0;
  std::uint64_t confirm_version = 0;  // 0: nothing to confirm
};

/// The stream becomes the gateway's, whoever had it before hears of it. Throws Refused with
/// permission_denied: not enrolled, or by another certificate.
Admission admit(GroupTransaction& transaction, const PeerCertificate& peer,
                const StreamName& stream, const link::v1::Hello& hello, std::int64_t now);

/// Throws Refused with aborted when the gateway has another stream by now.
void hold(GroupTransaction& transaction, const std::string& gateway, const StreamName& stream);

/// Writes down how a policy fares on the gateway; returns the version to confirm, or 0. See
/// README.md for when.
std::uint64_t record_policy(GroupTransaction& transaction, const PeerCertificate& peer,
                            const link::v1::PolicyReport& report, std::int64_t now);

/// Writes down which packs of IPS rules the gateway has, and how the last ones fared.
void record_content(Database::Session& session, const PeerCertificate& peer,
                    const link::v1::ContentReport& report, std::int64_t now);

/// The gateway cannot be given the packs of `version`, for a reason of the console's.
void fail_content(Database::Session& session, const PeerCertificate& peer, std::uint64_t version,
                  const std::string& reason, std::int64_t now);

/// The gateway cannot be given `version`, for a reason of the console's.
void fail_delivery(Database::Session& session, const PeerCertificate& peer, std::uint64_t version,
                   const std::string& reason_code, const std::string& reason, std::int64_t now);

/// The gateway had the version and lost it: it is delivered again.
void deliver_again(Database::Session& session, const PeerCertificate& peer, std::uint64_t version,
                   std::int64_t now);

void record_key(Database::Session& session, const std::string& gateway, std::uint64_t sequence);

/// The stream is over.
void release(Database::Session& session, const std::string& gateway, const StreamName& stream);

struct WaitingDiagnostic {
  std::string id;
  std::string op;
  std::string arguments;
};

/// What a stream needs to know about its gateway to decide what to say next.
struct GatewayView {
  bool let_in = false;
  StreamName console;
  std::uint64_t desired_version = 0;
  std::uint64_t version = 0;
  bool local_policy = false;
  std::uint64_t key_sequence = 0;         // that the gateway has
  std::uint64_t newest_key_sequence = 0;  // of its tenant
  std::string delivery_state;             // of desired_version; empty: it was never to be delivered
  std::string group;                      // whose policy desired_version is
  std::uint64_t content_desired = 0;      // version of all packs together
  std::uint64_t content_version = 0;      // that the gateway has
  std::string content_state;              // of content_desired
  std::vector<WaitingDiagnostic> diagnostics;

  bool wants_content() const {
    return content_desired > content_version &&
           (content_state == "delivering" || content_state == "accepted");
  }
  bool wants_bundle() const {
    return desired_version > version &&
           (delivery_state == "delivering" || (delivery_state == "succeeded" && !local_policy));
  }
};
GatewayView view_gateway(Database::Session& session, const PeerCertificate& peer);

/// Marks it as sent and forgets its arguments, which may have been a secret; false: it is not
/// waiting any more.
bool take_diagnostic(Database& database, Database::Session& session, const std::string& id);

struct DiagnosticResult {
  std::string id;
  bool failed = false;
  std::string json;
  std::string message;
  std::string file;  // bytes
};
void finish_diagnostic(Database::Session& session, const std::string& gateway,
                       const DiagnosticResult& result);

}  // namespace sekisho::console
