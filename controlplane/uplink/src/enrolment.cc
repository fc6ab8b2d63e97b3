#include "enrolment.h"

#include <ctime>

#include "config/bundle/bundle.h"
#include "controlplane/uplink/certificate.h"

namespace sekisho::controlplane {
namespace {

namespace v1 = link::v1;

/// What the console's certificate is made out to wherever it stands; no gateway's ever is.
constexpr std::string_view kConsoleName = "sekisho-console";
constexpr std::string_view kRequestName = "sekisho-gateway";  // the console gives the real one

Error refusal_of(const LinkFailure& failure) {
  const std::string why = failure.message.empty() ? "" : ": " + failure.message;
  switch (failure.kind) {
    case LinkFailure::Kind::unreachable:
      return {Error::Code::not_found, "the console cannot be reached" + why};
    case LinkFailure::Kind::unauthenticated:
    case LinkFailure::Kind::revoked:
      return {Error::Code::invalid_input,
              "the console refuses the activation code: it is unknown, used or expired"};
    case LinkFailure::Kind::ended:
    case LinkFailure::Kind::refused:
      break;
  }
  return {Error::Code::io, "the console refuses to enrol this box" + why};
}

Result<LinkPeer> recognise(const HostAndPort& target, const activation::ActivationCode& code) {
  const auto chain = fetch_server_chain(target.text());
  if (!chain) return Error(chain.error()).within("console");
  auto authority = find_authority(*chain, code.authority);
  if (!authority || chain->empty())
    return Error{Error::Code::signature,
                 "the activation code is for another console than " + target.text()};
  const bool by_role = is_made_out_to(chain->front(), kConsoleName);
  return LinkPeer{.address = target.text(),
                  .server_name = by_role ? std::string(kConsoleName) : target.host,
                  .authority_pem = std::move(*authority),
                  .key_pem = {},
                  .chain_pem = {}};
}

/// The first that answers; the trouble with each when none does.
Result<LinkPeer> recognise_any(const std::vector<HostAndPort>& targets,
                               const activation::ActivationCode& code) {
  std::string troubles;
  for (const auto& target : targets) {
    auto peer = recognise(target, code);
    if (peer || peer.error().code != Error::Code::not_found) return peer;
    troubles += (troubles.empty() ? "" : "; ") + peer.error().message;
  }
  return Error{Error::Code::not_found, troubles};
}

std::string text_of(const std::vector<HostAndPort>& targets) {
  std::string text;
  for (const auto& target : targets) text += (text.empty() ? "" : ",") + target.text();
  return text;
}

/// The console is trusted, and still may be broken.
Status check_reply(const v1::EnrolReply& reply, const std::string& key_pem,
                   const std::string& authority_pem) {
  if (!bundle::is_valid_id(reply.tenant_id()) || !bundle::is_valid_id(reply.gateway_id()))
    return Error{Error::Code::invalid_input, "the console gave an id that is none"};
  auto checked = check_chain(reply.certificate_chain(), key_pem, authority_pem, std::time(nullptr));
  if (!checked) return std::move(checked).error().within("the console's answer");
  const auto facts = facts_of(reply.certificate_chain());
  if (!facts || facts->common_name != reply.gateway_id() ||
      facts->organization != reply.tenant_id())
    return Error{Error::Code::invalid_input, "the console gave a certificate for another gateway"};
  return ok();
}

}  // namespace

Result<Identity> enrol_box(std::string_view addresses, std::string_view code,
                           const std::string& box_name, const std::string& software_version) {
  const auto parsed = activation::parse_activation_code(code);
  if (!parsed) return Error{parsed.error()};
  const auto targets = parse_hosts_and_ports(addresses);
  if (!targets) return Error(targets.error()).within("the console's address");
  const auto peer = recognise_any(*targets, *parsed);
  if (!peer) return Error{peer.error()};

  auto key = make_device_key();
  if (!key) return std::move(key).error();
  auto signing_request = make_certificate_request(*key, kRequestName);
  if (!signing_request) return std::move(signing_request).error();
  v1::EnrolRequest request;
  request.set_activation_code(activation::to_text(*parsed));
  request.set_certificate_request(std::move(*signing_request));
  request.set_box_name(box_name);
  request.set_software_version(software_version);
  const auto answer = call_enrol(*peer, request);
  if (const auto* failure = std::get_if<LinkFailure>(&answer)) return refusal_of(*failure);
  const auto& reply = *std::get_if<v1::EnrolReply>(&answer);
  if (auto checked = check_reply(reply, *key, peer->authority_pem); !checked)
    return std::move(checked).error();
  auto signing_key = bundle::PublicKey::from_bytes(reply.signing_key());
  if (!signing_key) return std::move(signing_key).error().within("the console's signing key");
  return Identity{.tenant = reply.tenant_id(),
                  .gateway = reply.gateway_id(),
                  .console_address = text_of(*targets),
                  .server_name = peer->server_name,
                  .authority_pem = peer->authority_pem,
                  .key_pem = std::move(*key),
                  .chain_pem = reply.certificate_chain(),
                  .signing_key = {*signing_key, reply.signing_key_sequence()},
                  .enrolled_at = std::time(nullptr)};
}

LinkPeer peer_of(const Identity& identity, const HostAndPort& target) {
  // Where the certificate is made out to the console's place, it is to the one that is dialled.
  const bool by_role = identity.server_name == kConsoleName;
  return {.address = target.text(),
          .server_name = by_role ? identity.server_name : target.host,
          .authority_pem = identity.authority_pem,
          .key_pem = identity.key_pem,
          .chain_pem = identity.chain_pem};
}

std::variant<Identity, LinkFailure> renew_identity(const Identity& identity,
                                                   const HostAndPort& target) {
  const auto broken = [](const Error& error) {
    return LinkFailure{LinkFailure::Kind::refused, error.message};
  };
  auto key = make_device_key();
  if (!key) return broken(key.error());
  auto signing_request = make_certificate_request(*key, identity.gateway);
  if (!signing_request) return broken(signing_request.error());
  v1::RenewRequest request;
  request.set_certificate_request(std::move(*signing_request));
  auto answer = call_renew(peer_of(identity, target), request);
  if (auto* failure = std::get_if<LinkFailure>(&answer)) return std::move(*failure);
  Identity renewed = identity;
  renewed.key_pem = std::move(*key);
  renewed.chain_pem = std::get_if<v1::RenewReply>(&answer)->certificate_chain();
  if (auto checked = check_chain(renewed.chain_pem, renewed.key_pem, renewed.authority_pem,
                                 std::time(nullptr));
      !checked)
    return broken(checked.error());
  return renewed;
}

}  // namespace sekisho::controlplane
