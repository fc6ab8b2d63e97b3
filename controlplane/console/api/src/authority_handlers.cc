// The certificate authority of a gateway: its certificate as a file, and another one in its place.
#include "questions.h"
#include "rows.h"

namespace sekisho::console {
namespace {

/// What the gateway reported last; null where it reported none.
Json authority_of(Session& session, const Call& call) {
  std::string status;
  if (!first_row(
          (session.prepare << "SELECT status FROM gateways WHERE tenant = :tenant AND id = :id",
           soci::into(status), soci::use(call.tenant(), "tenant"),
           soci::use(call.path.at("gateway"), "id"))))
    throw not_found("there is no such gateway");
  const Json report = Json::parse(status, nullptr, false);
  if (!report.is_object()) return nullptr;
  return report.value("authority", Json());
}

http::Response get_certificate(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    const Json authority = authority_of(session, call);
    const auto pem = authority.is_object() ? authority.value("certificate", "") : "";
    if (pem.empty()) throw not_found("the gateway has told of no certificate");
    http::Response response;
    response.headers = {{"Content-Type", "application/x-x509-ca-cert"},
                        {"Content-Disposition", "attachment; filename=\"Sekisho.crt\""},
                        {"Cache-Control", "no-store"}};
    response.body = pem;
    return response;
  });
}

/// The members of the body that are arguments of the box's op, under the same names.
http::Response regenerate(Services& services, const Call& call) {
  return ask_gateway(
      services, call,
      {"ca.regenerate", canonical(call.body), "ca.regenerate " + canonical(call.body)});
}

http::Response import(Services& services, const Call& call) {
  return ask_gateway(services, call, {"ca.import", canonical(call.body), "ca.import"});
}

}  // namespace

void add_authority_handlers(Handlers& handlers) {
  handlers["getGatewayCertificate"] = get_certificate;
  handlers["regenerateGatewayCertificate"] = regenerate;
  handlers["importGatewayCertificate"] = import;
}

}  // namespace sekisho::console
