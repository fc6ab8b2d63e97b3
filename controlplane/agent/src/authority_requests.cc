#include "controlplane/agent/authority_requests.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "config/base/hex.h"
#include "config/keys/client.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kAuthorityTimeout{5'000};
constexpr std::chrono::milliseconds kNewKeyTimeout{30'000};

json to_json(const keys::DescribeReply& authority) {
  return {{"subject", authority.subject},
          {"issuer", authority.issuer},
          {"organization", authority.organization},
          {"common_name", authority.common_name},
          {"not_before", authority.not_before},
          {"not_after", authority.not_after},
          {"key", authority.key},
          {"origin", name_of(authority.origin)},
          {"fingerprint", to_hex(std::span(authority.fingerprint))},
          {"certificate", authority.certificate_pem},
          {"certificate_der", to_hex(authority.certificate)}};
}

Result<keys::KeyType> key_type_named(const std::string& name) {
  for (const auto type : {keys::KeyType::ecdsa_p256, keys::KeyType::rsa_3072})
    if (name.empty() || name == name_of(type)) return type;
  return Error{Error::Code::invalid_input,
               "'key_type' must be ecdsa-p256 or rsa-3072, not '" + name + "'"};
}

Result<keys::DescribeReply> regenerate(const ControlRequest& request, keys::Client& client) {
  const auto type = key_type_named(request.key_type);
  if (!type) return Error(type.error());
  return client.regenerate({*type, request.organization, request.common_name}, kNewKeyTimeout);
}

Result<keys::DescribeReply> import(const ControlRequest& request, keys::Client& client) {
  for (const auto& [name, text] :
       {std::pair("certificate", &request.certificate), std::pair("key", &request.key)})
    if (text->empty())
      return Error{Error::Code::invalid_input, "ca.import: '" + std::string(name) + "' is missing"};
  return client.import({request.certificate, request.key}, kAuthorityTimeout);
}

}  // namespace

Result<json> answer_authority_request(const ControlRequest& request,
                                      const std::string& keys_socket) {
  keys::Client client(keys_socket);
  if (request.op == "ca.show") {
    const auto shown = client.describe(kAuthorityTimeout);
    if (!shown) return Error(shown.error());
    return to_json(*shown);
  }
  const bool is_import = request.op == "ca.import";
  if (!is_import && request.op != "ca.regenerate")
    return Error{Error::Code::invalid_input, "no op '" + request.op + "'"};
  const auto done = is_import ? import(request, client) : regenerate(request, client);
  if (!done) return Error(done.error());
  spdlog::warn("certificate authority {}: {}, SHA-256 {}", is_import ? "imported" : "regenerated",
               done->subject, to_hex(std::span(done->fingerprint)));
  return to_json(*done);
}

}  // namespace sekisho::controlplane
