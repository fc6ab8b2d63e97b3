// Gateways: their state, their names and groups, their right to be here.
#include "content_packs.h"
#include "controlplane/console/secrets/random.h"
#include "controlplane/console/store/notices.h"
#include "controlplane/console/store/online.h"
#include "rows.h"

namespace sekisho::console {
namespace {

struct GatewayRow {
  std::string id, name, group, group_name, state, console, software_version, status;
  std::string last_delivery, last_reason_code, last_reason;
  std::int64_t seen_at = 0, version = 0, desired_version = 0, local_policy = 0, events_lost = 0;
  std::int64_t certificate_expires_at = 0;
};

/// A number of a StatusReport's JSON, in which 64-bit numbers are texts (proto3 JSON mapping).
std::int64_t number_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return 0;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  if (!found->is_string()) return 0;
  return std::strtoll(found->get_ref<const std::string&>().c_str(), nullptr, 10);
}

bool flag_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json port_json(const Json& port) {
  Json json{{"name", text_in(port, "name")},
            {"side", text_in(port, "side") == "lan" ? "lan" : "wan"},
            {"link_up", flag_in(port, "link_up")}};
  for (const char* count : {"speed_mbps", "rx_packets", "tx_packets", "rx_bytes", "tx_bytes"})
    json[count] = number_in(port, count);
  return json;
}

/// Without the certificate itself, which is a file of its own.
Json authority_json(const Json& authority) {
  if (const auto trouble = text_in(authority, "trouble"); !trouble.empty())
    return {{"trouble", trouble}};
  constexpr std::int64_t kMs = 1000;
  return {{"subject", text_in(authority, "subject")},
          {"issuer", text_in(authority, "issuer")},
          {"not_before", number_in(authority, "not_before") * kMs},
          {"not_after", number_in(authority, "not_after") * kMs},
          {"key", text_in(authority, "key")},
          {"origin", text_in(authority, "origin")},
          {"fingerprint", text_in(authority, "fingerprint")}};
}

void add_status(Json& json, const std::string& stored) {
  const Json status = Json::parse(stored, nullptr, false);
  json["ports"] = Json::array();
  if (!status.is_object() || status.empty()) return;
  json["dataplane_up"] = flag_in(status, "dataplane_up");
  json["flows"] = number_in(status, "flows");
  if (const auto authority = status.find("authority");
      authority != status.end() && authority->is_object())
    json["authority"] = authority_json(*authority);
  if (const auto ports = status.find("ports"); ports != status.end() && ports->is_array())
    for (const Json& port : *ports)
      if (port.is_object()) json["ports"].push_back(port_json(port));
}

Json json_of(const GatewayRow& row, std::int64_t now) {
  Json json{{"id", row.id},
            {"name", row.name},
            {"group", row.group},
            {"group_name", row.group_name},
            {"state", row.state},
            {"online", is_online(row.console, row.seen_at, now)},
            {"version", row.version},
            {"desired_version", row.desired_version},
            {"local_policy", row.local_policy != 0},
            {"events_lost", row.events_lost},
            {"certificate_expires_at", row.certificate_expires_at}};
  if (row.seen_at > 0) json["seen_at"] = row.seen_at;
  if (!row.software_version.empty()) json["software_version"] = row.software_version;
  if (!row.last_delivery.empty()) json["last_delivery"] = row.last_delivery;
  if (!row.last_reason_code.empty()) json["last_reason_code"] = row.last_reason_code;
  if (!row.last_reason.empty()) json["last_reason"] = row.last_reason;
  add_status(json, row.status);
  return json;
}

/// All of a tenant's, or the one with that id; those of others are not there.
std::vector<GatewayRow> gateways_of(Session& session, const std::string& tenant,
                                    const std::string& id) {
  GatewayRow row;
  std::vector<GatewayRow> gateways;
  for_each_row(
      (session.prepare
           << "SELECT g.id, g.name, g.group_id, p.name, g.state, g.console, g.software_version, "
              "g.status, COALESCE(" +
                  std::string(kDeliveryState) +
                  ", ''), COALESCE(d.reason_code, ''), COALESCE(d.reason, ''), g.seen_at, "
                  "g.version, "
                  "g.desired_version, g.local_policy, g.events_lost, g.certificate_expires_at FROM "
                  "gateways g JOIN gateway_groups p ON p.id = g.group_id LEFT JOIN "
                  "gateway_deliveries "
                  "d "
                  "ON d.tenant = g.tenant AND d.version = g.desired_version AND d.gateway = g.id "
                  "WHERE "
                  "g.tenant = :tenant AND (:id = '' OR g.id = :id) ORDER BY g.name",
       soci::into(row.id), soci::into(row.name), soci::into(row.group), soci::into(row.group_name),
       soci::into(row.state), soci::into(row.console), soci::into(row.software_version),
       soci::into(row.status), soci::into(row.last_delivery), soci::into(row.last_reason_code),
       soci::into(row.last_reason), soci::into(row.seen_at), soci::into(row.version),
       soci::into(row.desired_version), soci::into(row.local_policy), soci::into(row.events_lost),
       soci::into(row.certificate_expires_at), soci::use(tenant, "tenant"), soci::use(id, "id")),
      [&] { gateways.push_back(row); });
  return gateways;
}

GatewayRow gateway_of(Session& session, const Call& call) {
  auto found = gateways_of(session, call.tenant(), call.path.at("gateway"));
  if (found.empty()) throw not_found("there is no such gateway");
  return std::move(found.front());
}

Json gateway_json(Session& session, const Services& services, const std::string& tenant,
                  const std::string& id) {
  return json_of(gateways_of(session, tenant, id).at(0), services.now());
}

http::Response list_gateways(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    Json list = Json::array();
    for (const auto& row : gateways_of(session, call.tenant(), ""))
      list.push_back(json_of(row, services.now()));
    return json_response(200, {{"gateways", list}});
  });
}

http::Response get_gateway(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    return json_response(200, json_of(gateway_of(session, call), services.now()));
  });
}

/// A number for its events, never used again; the name stays with it when the gateway goes.
std::int64_t new_number(Session& session, const std::string& gateway, const std::string& name) {
  std::int64_t number = 0;
  session << "INSERT INTO gateway_numbers (gateway, name) VALUES (:gateway, :name)",
      soci::use(gateway, "gateway"), soci::use(name, "name");
  session << "SELECT number FROM gateway_numbers WHERE gateway = :gateway", soci::into(number),
      soci::use(gateway, "gateway");
  return number;
}

/// A gateway that is about to enrol gets its group's newest version, if there is one.
void want_newest(Session& session, const Services& services, const std::string& tenant,
                 const GatewayRow& gateway) {
  std::int64_t version = 0;
  session << "SELECT COALESCE(MAX(version), 0) FROM delivered_policies WHERE tenant = :tenant AND "
             "group_id = :id",
      soci::into(version), soci::use(tenant, "tenant"), soci::use(gateway.group, "id");
  if (version == 0) return;
  const auto now = services.now();
  session
      << "UPDATE gateways SET desired_version = :version, delivered_group = group_id WHERE id = "
         ":id",
      soci::use(version, "version"), soci::use(gateway.id, "id");
  session << "DELETE FROM gateway_deliveries WHERE tenant = :tenant AND version = :version AND "
             "gateway = :id",
      soci::use(tenant, "tenant"), soci::use(version, "version"), soci::use(gateway.id, "id");
  session << "INSERT INTO gateway_deliveries (tenant, version, gateway, gateway_name, group_id, "
             "group_name, state, changed_at) VALUES (:tenant, :version, :id, :name, :group, "
             ":group_name, 'delivering', :now)",
      soci::use(tenant, "tenant"), soci::use(version, "version"), soci::use(gateway.id, "id"),
      soci::use(gateway.name, "name"), soci::use(gateway.group, "group"),
      soci::use(gateway.group_name, "group_name"), soci::use(now, "now");
}

/// It will not get what is on its way.
void fail_deliveries(Session& session, const Services& services, const std::string& gateway,
                     const std::string& code, const std::string& reason) {
  const auto now = services.now();
  session
      << "UPDATE gateway_deliveries SET state = 'failed', reason_code = :code, reason = :reason, "
         "changed_at = :now WHERE gateway = :id AND state = 'delivering'",
      soci::use(code, "code"), soci::use(reason, "reason"), soci::use(now, "now"),
      soci::use(gateway, "id");
}

http::Response activation_response(Services& services, Session& session, const Call& call,
                                   const std::string& gateway) {
  const auto activation = services.doors.activations.create(session, gateway, services.now());
  Json body = {{"gateway", gateway_json(session, services, call.tenant(), gateway)},
               {"activation_code", activation.code},
               {"expires_at", activation.expires_at}};
  if (!services.doors.link.empty()) body["link"] = services.doors.link;
  return json_response(201, body);
}

http::Response create_gateway(Services& services, const Call& call) {
  return services.database().write([&](Session& session) {
    const auto group = group_of(session, services, call.tenant(),
                                call.body["group"].get<std::string>(), Rows::lock);
    GatewayRow row;
    row.id = new_uuid();
    row.name = call.body["name"].get<std::string>();
    row.group = group.id;
    row.group_name = group.name;
    const auto number = new_number(session, row.id, row.name);
    session << "INSERT INTO gateways (id, number, tenant, group_id, name, state) VALUES (:id, "
               ":number, :tenant, :group, :name, 'waiting_for_activation')",
        soci::use(row.id, "id"), soci::use(number, "number"), soci::use(call.tenant(), "tenant"),
        soci::use(row.group, "group"), soci::use(row.name, "name");
    want_newest(session, services, call.tenant(), row);
    want_packs(session, call.tenant(), row.id, services.now());
    audit(session, services, call, row.name, "group " + group.name);
    return activation_response(services, session, call, row.id);
  });
}

http::Response renew_activation(Services& services, const Call& call) {
  return services.database().write([&](Session& session) {
    const auto row = gateway_of(session, call);
    if (row.state == "revoked") {
      session << "UPDATE gateways SET state = 'waiting_for_activation' WHERE id = :id",
          soci::use(row.id, "id");
      want_newest(session, services, call.tenant(), row);
      want_packs(session, call.tenant(), row.id, services.now());
    }
    audit(session, services, call, row.name, "");
    return activation_response(services, session, call, row.id);
  });
}

http::Response change_gateway(Services& services, const Call& call) {
  return services.database().write([&](Session& session) {
    auto row = gateway_of(session, call);
    std::string detail;
    if (call.body.contains("name")) {
      detail = "was " + row.name;
      row.name = call.body["name"].get<std::string>();
    }
    if (call.body.contains("group")) {
      const auto group = group_of(session, services, call.tenant(),
                                  call.body["group"].get<std::string>(), Rows::lock);
      detail += (detail.empty() ? "group " : "; group ") + group.name;
      row.group = group.id;
    }
    session << "UPDATE gateways SET name = :name, group_id = :group WHERE id = :id",
        soci::use(row.name, "name"), soci::use(row.group, "group"), soci::use(row.id, "id");
    // Its policy comes with the next delivery; packs are not waited for.
    if (call.body.contains("group")) want_packs(session, call.tenant(), row.id, services.now());
    session << "UPDATE gateway_numbers SET name = :name WHERE gateway = :id",
        soci::use(row.name, "name"), soci::use(row.id, "id");
    audit(session, services, call, row.name, detail);
    return json_response(200, gateway_json(session, services, call.tenant(), row.id));
  });
}

http::Response revoke_gateway(Services& services, const Call& call) {
  return services.database().write([&](Session& session) {
    const auto row = gateway_of(session, call);
    session << "UPDATE gateways SET state = 'revoked', activation_hash = '', activation_expires_at "
               "= 0, certificate_serial = '', next_certificate_serial = '' WHERE id = :id",
        soci::use(row.id, "id");
    fail_deliveries(session, services, row.id, "revoked", "the gateway's certificate was revoked");
    notify_gateway(session, row.id);
    audit(session, services, call, row.name, "");
    return json_response(200, gateway_json(session, services, call.tenant(), row.id));
  });
}

http::Response delete_gateway(Services& services, const Call& call) {
  services.database().write([&](Session& session) {
    const auto row = gateway_of(session, call);
    fail_deliveries(session, services, row.id, "removed", "the gateway was removed");
    for (const char* table : {"DELETE FROM event_cursors", "DELETE FROM diagnostics"})
      session << std::string(table) + " WHERE gateway = :id", soci::use(row.id, "id");
    session << "DELETE FROM gateways WHERE id = :id", soci::use(row.id, "id");
    notify_gateway(session, row.id);
    audit(session, services, call, row.name, "");
  });
  return no_content();
}

}  // namespace

void add_gateway_handlers(Handlers& handlers) {
  handlers["listGateways"] = list_gateways;
  handlers["getGateway"] = get_gateway;
  handlers["createGateway"] = create_gateway;
  handlers["renewActivation"] = renew_activation;
  handlers["changeGateway"] = change_gateway;
  handlers["revokeGateway"] = revoke_gateway;
  handlers["deleteGateway"] = delete_gateway;
}

}  // namespace sekisho::console
