#include "gateway_rows.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "controlplane/console/store/base64.h"
#include "controlplane/console/store/notices.h"
#include "controlplane/proto/gateway_link.pb.h"
#include "database_rows.h"
#include "event_cursor.h"
#include "refusal.h"

namespace sekisho::console {
namespace {

namespace v1 = link::v1;

constexpr int kDiagnosticsAtOnce = 2;  // what a gateway answers at a time

std::string mistakes_of(const v1::PolicyReport& report) {
  auto mistakes = nlohmann::json::array();
  for (const auto& mistake : report.mistakes())
    mistakes.push_back(
        {{"line", mistake.line()}, {"column", mistake.column()}, {"message", mistake.message()}});
  return mistakes.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

struct Row {
  long long number = 0;
  std::string console;
  std::string next_serial;
};

Row lock_row(GroupTransaction& transaction, const PeerCertificate& peer) {
  Row row;
  std::string state, tenant, serial;
  transaction.session << "SELECT number, state, tenant, console, certificate_serial, "
                         "next_certificate_serial FROM gateways WHERE id = :gateway" +
                             std::string(transaction.database.for_update()),
      soci::into(row.number), soci::into(state), soci::into(tenant), soci::into(row.console),
      soci::into(serial), soci::into(row.next_serial), soci::use(peer.gateway);
  if (!transaction.session.got_data() || state != "enrolled" || tenant != peer.tenant)
    throw Refused(End::permission_denied, "this gateway is revoked");
  if (peer.serial != serial && peer.serial != row.next_serial)
    throw Refused(End::permission_denied, "this certificate is not let in any more");
  return row;
}

void record_failure(Database::Session& session, const PeerCertificate& peer,
                    const v1::PolicyReport& report, std::int64_t now) {
  const bool rolled_back = report.state() == v1::POLICY_STATE_ROLLED_BACK;
  const std::string code = rolled_back                    ? "rolled_back"
                           : report.reason_code().empty() ? "refused"
                                                          : report.reason_code();
  const std::string mistakes = mistakes_of(report);
  const auto version = static_cast<long long>(report.version());
  const long long apply_ms = report.apply_ms();
  session << "UPDATE gateway_deliveries SET state = 'failed', reason_code = :code, "
             "reason = :reason, mistakes = :mistakes, apply_ms = :apply_ms, changed_at = :now "
             "WHERE tenant = :tenant AND version = :version AND gateway = :gateway AND "
             "state = 'delivering'",
      soci::use(code), soci::use(report.reason()), soci::use(mistakes), soci::use(apply_ms),
      soci::use(now), soci::use(peer.tenant), soci::use(version), soci::use(peer.gateway);
}

void record_success(Database::Session& session, const PeerCertificate& peer,
                    const v1::PolicyReport& report, std::int64_t now) {
  const auto version = static_cast<long long>(report.version());
  const long long apply_ms = report.apply_ms();
  session << "UPDATE gateway_deliveries SET state = 'succeeded', reason_code = '', reason = '', "
             "mistakes = '[]', apply_ms = :apply_ms, changed_at = :now "
             "WHERE tenant = :tenant AND version = :version AND gateway = :gateway AND "
             "state IN ('delivering', 'failed')",
      soci::use(apply_ms), soci::use(now), soci::use(peer.tenant), soci::use(version),
      soci::use(peer.gateway);
}

std::string packs_of(const v1::ContentReport& report) {
  auto packs = nlohmann::json::array();
  for (const auto& pack : report.packs())
    packs.push_back({{"name", pack.name()},
                     {"version", pack.version()},
                     {"rules", pack.rules()},
                     {"refused", pack.refused()}});
  return packs.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// As gateways.content_state has it; nothing: it says nothing about a delivery.
std::string content_state_of(const v1::ContentReport& report) {
  switch (report.state()) {
    case v1::CONTENT_STATE_ACCEPTED:
      return "accepted";
    case v1::CONTENT_STATE_REFUSED:
      return "refused";
    case v1::CONTENT_STATE_ROLLED_BACK:
      return "rolled_back";
    default:  // none was tried, or a state of a newer gateway
      return "";
  }
}

bool was_delivered(Database::Session& session, const PeerCertificate& peer, std::uint64_t version) {
  int count = 0;
  const auto number = static_cast<long long>(version);
  session << "SELECT COUNT(*) FROM gateway_deliveries WHERE tenant = :tenant AND "
             "version = :version AND gateway = :gateway",
      soci::into(count), soci::use(peer.tenant), soci::use(number), soci::use(peer.gateway);
  return count != 0;
}

}  // namespace

Admission admit(GroupTransaction& transaction, const PeerCertificate& peer,
                const StreamName& stream, const v1::Hello& hello, std::int64_t now) {
  auto& session = transaction.session;
  const Row row = lock_row(transaction, peer);
  if (!row.console.empty() && row.console != stream) notify_gateway(session, peer.gateway);
  if (peer.serial == row.next_serial)
    session << "UPDATE gateways SET certificate_serial = :serial, next_certificate_serial = '', "
               "certificate_expires_at = :expires WHERE id = :gateway",
        soci::use(peer.serial), soci::use(peer.expires_at), soci::use(peer.gateway);
  const auto key_sequence = static_cast<long long>(hello.signing_key_sequence());
  session << "UPDATE gateways SET console = :stream, seen_at = :now, software_version = :software, "
             "key_sequence = :sequence WHERE id = :gateway",
      soci::use(stream), soci::use(now), soci::use(hello.software_version()),
      soci::use(key_sequence), soci::use(peer.gateway);
  Admission admission{row.number, 0, 0};
  if (hello.has_content()) record_content(session, peer, hello.content(), now);
  if (hello.has_policy())
    admission.confirm_version = record_policy(transaction, peer, hello.policy(), now);
  if (!hello.spool_epoch().empty())
    admission.events_stored = stored_sequence(session, peer.gateway, hello.spool_epoch());
  return admission;
}

void hold(GroupTransaction& transaction, const std::string& gateway, const StreamName& stream) {
  std::string console;
  transaction.session << "SELECT console FROM gateways WHERE id = :gateway" +
                             std::string(transaction.database.for_update()),
      soci::into(console), soci::use(gateway);
  if (console != stream) throw Refused(End::aborted, "this gateway has another stream by now");
}

std::uint64_t record_policy(GroupTransaction& transaction, const PeerCertificate& peer,
                            const v1::PolicyReport& report, std::int64_t now) {
  auto& session = transaction.session;
  const auto in_force = static_cast<long long>(report.version_in_force());
  const int local = report.local_policy() ? 1 : 0;
  session << "UPDATE gateways SET version = :version, local_policy = :local_policy, "
             "content_address = :content, seen_at = :now WHERE id = :gateway",
      soci::use(in_force), soci::use(local), soci::use(report.content_address()), soci::use(now),
      soci::use(peer.gateway);
  session << "UPDATE gateway_deliveries SET state = 'superseded', changed_at = :now "
             "WHERE gateway = :gateway AND state = 'delivering' AND "
             "version < (SELECT desired_version FROM gateways WHERE id = :same)",
      soci::use(now), soci::use(peer.gateway), soci::use(peer.gateway);
  if (report.version() == 0) return 0;
  switch (report.state()) {
    case v1::POLICY_STATE_ENFORCED:
      return was_delivered(session, peer, report.version()) ? report.version() : 0;
    case v1::POLICY_STATE_CONFIRMED:
      record_success(session, peer, report, now);
      break;
    case v1::POLICY_STATE_REFUSED:
    case v1::POLICY_STATE_ROLLED_BACK:
      record_failure(session, peer, report, now);
      break;
    default:  // received, or a state of a newer gateway
      break;
  }
  return 0;
}

void record_content(Database::Session& session, const PeerCertificate& peer,
                    const v1::ContentReport& report, std::int64_t now) {
  const auto in_force = static_cast<long long>(report.version_in_force());
  const auto packs = packs_of(report);
  session << "UPDATE gateways SET content_version = :version, content_packs = :packs WHERE id = "
             ":gateway",
      soci::use(in_force), soci::use(packs), soci::use(peer.gateway);
  if (report.databases_size() > 0) {
    const auto databases = databases_json(report);
    session << "UPDATE gateways SET content_databases = :databases WHERE id = :gateway",
        soci::use(databases), soci::use(peer.gateway);
  }
  const auto state = content_state_of(report);
  if (state.empty()) return;
  // What the gateway says of an older version says nothing about the one that it is to have.
  const auto version = static_cast<long long>(report.version());
  session << "UPDATE gateways SET content_state = :state, content_reason_code = :code, "
             "content_reason = :reason, content_changed_at = :now WHERE id = :gateway AND "
             "content_desired = :version AND content_state <> :same",
      soci::use(state), soci::use(report.reason_code()), soci::use(report.reason()), soci::use(now),
      soci::use(peer.gateway), soci::use(version), soci::use(state);
}

void fail_content(Database::Session& session, const PeerCertificate& peer, std::uint64_t version,
                  const std::string& reason, std::int64_t now) {
  const auto number = static_cast<long long>(version);
  session << "UPDATE gateways SET content_state = 'refused', content_reason_code = 'console', "
             "content_reason = :reason, content_changed_at = :now WHERE id = :gateway AND "
             "content_desired = :version",
      soci::use(reason), soci::use(now), soci::use(peer.gateway), soci::use(number);
}

void fail_delivery(Database::Session& session, const PeerCertificate& peer, std::uint64_t version,
                   const std::string& reason_code, const std::string& reason, std::int64_t now) {
  v1::PolicyReport report;
  report.set_version(version);
  report.set_state(v1::POLICY_STATE_REFUSED);
  report.set_reason_code(reason_code);
  report.set_reason(reason);
  record_failure(session, peer, report, now);
}

void deliver_again(Database::Session& session, const PeerCertificate& peer, std::uint64_t version,
                   std::int64_t now) {
  const auto number = static_cast<long long>(version);
  session << "UPDATE gateway_deliveries SET state = 'delivering', changed_at = :now WHERE "
             "tenant = :tenant AND version = :version AND gateway = :gateway AND "
             "state = 'succeeded'",
      soci::use(now), soci::use(peer.tenant), soci::use(number), soci::use(peer.gateway);
}

void record_key(Database::Session& session, const std::string& gateway, std::uint64_t sequence) {
  const auto number = static_cast<long long>(sequence);
  session << "UPDATE gateways SET key_sequence = :sequence WHERE id = :gateway", soci::use(number),
      soci::use(gateway);
}

void release(Database::Session& session, const std::string& gateway, const StreamName& stream) {
  session << "UPDATE gateways SET console = '' WHERE id = :gateway AND console = :stream",
      soci::use(gateway), soci::use(stream);
}

GatewayView view_gateway(Database::Session& session, const PeerCertificate& peer) {
  GatewayView view;
  std::string state, tenant, serial, next;
  long long desired = 0, version = 0, key = 0, newest_key = 0, content_desired = 0, content = 0;
  int local = 0;
  session << "SELECT g.state, g.tenant, g.console, g.certificate_serial, "
             "g.next_certificate_serial, g.desired_version, g.version, g.local_policy, "
             "g.key_sequence, COALESCE((SELECT MAX(k.sequence) FROM signing_keys k "
             "WHERE k.tenant = g.tenant), 0), COALESCE(d.state, ''), COALESCE(d.group_id, ''), "
             "g.content_desired, g.content_version, g.content_state "
             "FROM gateways g LEFT JOIN gateway_deliveries d ON d.tenant = g.tenant AND "
             "d.version = g.desired_version AND d.gateway = g.id WHERE g.id = :gateway",
      soci::into(state), soci::into(tenant), soci::into(view.console), soci::into(serial),
      soci::into(next), soci::into(desired), soci::into(version), soci::into(local),
      soci::into(key), soci::into(newest_key), soci::into(view.delivery_state),
      soci::into(view.group), soci::into(content_desired), soci::into(content),
      soci::into(view.content_state), soci::use(peer.gateway);
  view.let_in = session.got_data() && state == "enrolled" && tenant == peer.tenant &&
                (peer.serial == serial || peer.serial == next);
  view.desired_version = static_cast<std::uint64_t>(desired);
  view.version = static_cast<std::uint64_t>(version);
  view.local_policy = local != 0;
  view.key_sequence = static_cast<std::uint64_t>(key);
  view.newest_key_sequence = static_cast<std::uint64_t>(newest_key);
  view.content_desired = static_cast<std::uint64_t>(content_desired);
  view.content_version = static_cast<std::uint64_t>(content);
  if (!view.let_in) return view;
  WaitingDiagnostic diagnostic;
  soci::statement select =
      (session.prepare << "SELECT id, op, arguments FROM diagnostics WHERE gateway = :gateway AND "
                          "state = 'waiting' ORDER BY created_at LIMIT "
                       << kDiagnosticsAtOnce,
       soci::into(diagnostic.id), soci::into(diagnostic.op), soci::into(diagnostic.arguments),
       soci::use(peer.gateway));
  select.execute();
  while (select.fetch()) view.diagnostics.push_back(diagnostic);
  return view;
}

bool take_diagnostic(Database& database, Database::Session& session, const std::string& id) {
  std::string state;
  session << "SELECT state FROM diagnostics WHERE id = :id" + std::string(database.for_update()),
      soci::into(state), soci::use(id);
  if (!session.got_data() || state != "waiting") return false;
  session << "UPDATE diagnostics SET state = 'sent', arguments = '' WHERE id = :id", soci::use(id);
  return true;
}

void finish_diagnostic(Database::Session& session, const std::string& gateway,
                       const DiagnosticResult& result) {
  const std::string state = result.failed ? "failed" : "done";
  const std::string file = to_base64(result.file);
  const auto file_bytes = static_cast<long long>(result.file.size());
  session << "UPDATE diagnostics SET state = :state, result = :result, message = :message, "
             "file = :file, file_bytes = :bytes WHERE id = :id AND gateway = :gateway AND "
             "state = 'sent'",
      soci::use(state), soci::use(result.json), soci::use(result.message), soci::use(file),
      soci::use(file_bytes), soci::use(result.id), soci::use(gateway);
}

}  // namespace sekisho::console
