#include "enrolment.h"

#include "controlplane/console/gateways/message_check.h"
#include "controlplane/console/store/notices.h"
#include "refusal.h"

namespace sekisho::console {
namespace {

/// The newest version of the tenant, if its delivery had this gateway's group.
void give_newest_version(Database::Session& session, const std::string& gateway, std::int64_t now) {
  std::string tenant, group, gateway_name, group_name;
  long long desired = 0, newest = 0;
  session << "SELECT g.tenant, g.group_id, g.name, g.desired_version, t.delivered_version, "
             "COALESCE(p.group_name, '') FROM gateways g JOIN tenants t ON t.id = g.tenant "
             "LEFT JOIN delivered_policies p ON p.tenant = g.tenant AND "
             "p.version = t.delivered_version AND p.group_id = g.group_id WHERE g.id = :gateway",
      soci::into(tenant), soci::into(group), soci::into(gateway_name), soci::into(desired),
      soci::into(newest), soci::into(group_name), soci::use(gateway);
  if (desired == 0 && !group_name.empty()) {
    session << "UPDATE gateways SET desired_version = :newest, delivered_group = :group_id "
               "WHERE id = :gateway",
        soci::use(newest), soci::use(group), soci::use(gateway);
    session << "INSERT INTO gateway_deliveries (tenant, version, gateway, gateway_name, group_id, "
               "group_name, state, changed_at) VALUES (:tenant, :version, :gateway, :name, "
               ":group_id, :group_name, 'delivering', :now) "
               "ON CONFLICT (tenant, version, gateway) DO NOTHING",
        soci::use(tenant), soci::use(newest), soci::use(gateway), soci::use(gateway_name),
        soci::use(group), soci::use(group_name), soci::use(now);
  }
  // Whatever the box before has made of it: this one has nothing yet.
  session << "UPDATE gateway_deliveries SET state = 'delivering', reason_code = '', reason = '', "
             "mistakes = '[]', apply_ms = 0, changed_at = :now WHERE gateway = :gateway AND "
             "version = (SELECT desired_version FROM gateways WHERE id = :same)",
      soci::use(now), soci::use(gateway), soci::use(gateway);
}

GatewayCertificate issue(const Issuing& issuing, const std::string& request,
                         const std::string& gateway, const std::string& tenant, std::int64_t now) {
  auto issued = issuing.authority.issue_gateway(request, gateway, tenant, now);
  if (!issued) throw Refused(End::invalid_argument, issued.error().message);
  return std::move(*issued);
}

Enrolment enrol_within(Database::Session& session, const Issuing& issuing,
                       const EnrolmentRequest& request, std::int64_t now) {
  const auto redeemed = Activations(issuing.authority.fingerprint())
                            .redeem(issuing.database, session, request.activation_code, now);
  if (!redeemed)
    throw Refused(End::unauthenticated, "the activation code is unknown, used or expired");
  const auto key = issuing.keys.name(session, redeemed->tenant);
  if (!key) throw Refused(End::internal, key.error().message);
  auto certificate =
      issue(issuing, request.certificate_request, redeemed->gateway, redeemed->tenant, now);
  const auto sequence = static_cast<long long>(key->sequence);
  session << "UPDATE gateways SET state = 'enrolled', certificate_serial = :serial, "
             "certificate_expires_at = :expires, next_certificate_serial = '', "
             "key_sequence = :sequence, software_version = :software, version = 0, "
             "local_policy = 0, content_address = '', status = '{}', content_version = 0, "
             "content_packs = '[]', content_state = CASE WHEN content_state = '' THEN '' ELSE "
             "'delivering' END WHERE id = :gateway",
      soci::use(certificate.serial), soci::use(certificate.expires_at), soci::use(sequence),
      soci::use(request.software_version), soci::use(redeemed->gateway);
  give_newest_version(session, redeemed->gateway, now);
  session << "INSERT INTO audit (tenant, time, login, action, target, detail) VALUES "
             "(:tenant, :now, '', 'enrolGateway', (SELECT name FROM gateways WHERE id = :gateway), "
             ":detail)",
      soci::use(redeemed->tenant), soci::use(now), soci::use(redeemed->gateway),
      soci::use(request.box_name);
  notify_gateway(session, redeemed->gateway);
  return {redeemed->tenant, redeemed->gateway, std::move(certificate), *key};
}

}  // namespace

Enrolment enrol(const Issuing& issuing, EnrolmentRequest request, std::int64_t now) {
  for (auto* text : {&request.activation_code, &request.box_name, &request.software_version})
    tidy(*text, kMaxNameBytes);
  return issuing.database.write(
      [&](Database::Session& session) { return enrol_within(session, issuing, request, now); });
}

GatewayCertificate renew(const Issuing& issuing, const PeerCertificate& peer,
                         const std::string& certificate_request, std::int64_t now) {
  return issuing.database.write([&](Database::Session& session) {
    std::string state, tenant, serial, next;
    session << "SELECT state, tenant, certificate_serial, next_certificate_serial FROM gateways "
               "WHERE id = :gateway" +
                   std::string(issuing.database.for_update()),
        soci::into(state), soci::into(tenant), soci::into(serial), soci::into(next),
        soci::use(peer.gateway);
    if (!session.got_data() || state != "enrolled" || tenant != peer.tenant ||
        (peer.serial != serial && peer.serial != next))
      throw Refused(End::permission_denied, "this certificate is not let in any more");
    auto certificate = issue(issuing, certificate_request, peer.gateway, peer.tenant, now);
    // Asked with the certificate that was to be next, so that one is in use.
    session << "UPDATE gateways SET certificate_serial = :used, next_certificate_serial = :next "
               "WHERE id = :gateway",
        soci::use(peer.serial), soci::use(certificate.serial), soci::use(peer.gateway);
    return certificate;
  });
}

}  // namespace sekisho::console
