// Questions to a gateway over its stream, and their answers.

#include "controlplane/console/secrets/random.h"
#include "controlplane/console/secrets/sealed_arguments.h"
#include "controlplane/console/store/base64.h"
#include "controlplane/console/store/notices.h"
#include "controlplane/console/store/online.h"
#include "questions.h"
#include "rows.h"

namespace sekisho::console {
namespace {

constexpr std::int64_t kKeptMs = 3'600'000;
constexpr std::int64_t kMaxOpen = 4;  // of one gateway

struct DiagnosticRow {
  std::string id, op, state, result, message, created_by;
  std::int64_t file_bytes = 0, created_at = 0;
};

Json json_of(const DiagnosticRow& row) {
  Json json{{"id", row.id},
            {"op", row.op},
            {"state", row.state == "sent" ? "waiting" : row.state},
            {"created_at", row.created_at},
            {"created_by", row.created_by}};
  if (row.state == "done") {
    Json result = Json::parse(row.result, nullptr, false);
    json["result"] = result.is_object() ? std::move(result) : Json::object();
  }
  if (!row.message.empty()) json["message"] = row.message;
  if (row.file_bytes > 0) json["file_bytes"] = row.file_bytes;
  return json;
}

/// The name of the gateway, which can be asked now.
std::string check_gateway(Session& session, const Services& services, const Call& call) {
  std::string name, console;
  std::int64_t seen_at = 0;
  if (!first_row((session.prepare << "SELECT name, console, seen_at FROM gateways "
                                     "WHERE tenant = :tenant AND id = :id",
                  soci::into(name), soci::into(console), soci::into(seen_at),
                  soci::use(call.tenant(), "tenant"), soci::use(call.path.at("gateway"), "id"))))
    throw not_found("there is no such gateway");
  if (!is_online(console, seen_at, services.now()))
    throw Refusal(409, "offline", "the gateway is offline");
  std::int64_t open = 0;
  session
      << "SELECT COUNT(*) FROM diagnostics WHERE gateway = :id AND state IN ('waiting', 'sent')",
      soci::into(open), soci::use(call.path.at("gateway"), "id");
  if (open >= kMaxOpen)
    throw Refusal(409, "busy", "the gateway has " + std::to_string(open) + " questions to answer");
  return name;
}

http::Response start_diagnostic(Services& services, const Call& call) {
  const auto op = call.body["op"].get<std::string>();
  if (op == "capture" && call.user().role == "customer")
    throw forbidden("a capture is for providers and administrators");
  const auto arguments = canonical(call.body.value("arguments", Json::object()));
  return ask_gateway(services, call, {op, arguments, op + " " + arguments});
}

DiagnosticRow diagnostic_of(Session& session, const Services& services, const Call& call) {
  DiagnosticRow row;
  row.id = call.path.at("diagnostic");
  const auto old = services.now() - kKeptMs;
  if (!first_row((session.prepare
                      << "SELECT op, state, result, message, created_by, file_bytes, created_at "
                         "FROM diagnostics WHERE id = :id AND tenant = :tenant AND gateway = "
                         ":gateway AND created_at >= :old",
                  soci::into(row.op), soci::into(row.state), soci::into(row.result),
                  soci::into(row.message), soci::into(row.created_by), soci::into(row.file_bytes),
                  soci::into(row.created_at), soci::use(row.id, "id"),
                  soci::use(call.tenant(), "tenant"), soci::use(call.path.at("gateway"), "gateway"),
                  soci::use(old, "old"))))
    throw not_found("there is no such question, or its answer is no longer kept");
  return row;
}

http::Response get_diagnostic(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    return json_response(200, json_of(diagnostic_of(session, services, call)));
  });
}

http::Response get_diagnostic_file(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    const auto row = diagnostic_of(session, services, call);
    if (row.file_bytes == 0) throw not_found("the answer has no packets");
    std::string file;
    session << "SELECT file FROM diagnostics WHERE id = :id", soci::into(file),
        soci::use(row.id, "id");
    http::Response response;
    response.headers = {{"Content-Type", "application/vnd.tcpdump.pcap"},
                        {"Content-Disposition", "attachment; filename=\"capture.pcap\""},
                        {"Cache-Control", "no-store"}};
    response.body = from_base64(file);
    return response;
  });
}

}  // namespace

http::Response ask_gateway(Services& services, const Call& call, const Question& question) {
  DiagnosticRow row;
  row.op = question.op;
  row.id = new_uuid();
  row.state = "waiting";
  row.created_at = services.now();
  row.created_by = call.user().login;
  const std::string arguments =
      has_sealed_arguments(row.op)
          ? seal_arguments(services.doors.tenant_keys.master_key(), row.id, question.arguments)
          : question.arguments;
  return services.database().write([&](Session& session) {
    const auto old = row.created_at - kKeptMs;
    session << "DELETE FROM diagnostics WHERE created_at < :old", soci::use(old, "old");
    const auto gateway_name = check_gateway(session, services, call);
    session << "INSERT INTO diagnostics (id, tenant, gateway, op, arguments, state, created_at, "
               "created_by) VALUES (:id, :tenant, :gateway, :op, :arguments, :state, :now, :login)",
        soci::use(row.id, "id"), soci::use(call.tenant(), "tenant"),
        soci::use(call.path.at("gateway"), "gateway"), soci::use(row.op, "op"),
        soci::use(arguments, "arguments"), soci::use(row.state, "state"),
        soci::use(row.created_at, "now"), soci::use(row.created_by, "login");
    notify_gateway(session, call.path.at("gateway"));
    audit(session, services, call, gateway_name, question.audited);
    return json_response(202, json_of(row));
  });
}

void add_diagnostic_handlers(Handlers& handlers) {
  handlers["startDiagnostic"] = start_diagnostic;
  handlers["getDiagnostic"] = get_diagnostic;
  handlers["getDiagnosticFile"] = get_diagnostic_file;
}

}  // namespace sekisho::console
