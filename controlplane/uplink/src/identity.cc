#include "controlplane/uplink/identity.h"

#include <nlohmann/json.hpp>

#include "controlplane/uplink/certificate.h"
#include "json_fields.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 10;

Error damaged(const std::string& path, std::string_view what) {
  return {Error::Code::invalid_input,
          path + ": " + std::string(what) + "; enrol this box anew (sekisho enrol --again)"};
}

}  // namespace

Result<std::optional<Identity>> IdentityFile::load() const {
  const auto bytes = files_.read(path_, kMaxFileBytes);
  if (!bytes && bytes.error().code == Error::Code::not_found)
    return std::optional<Identity>(std::nullopt);
  if (!bytes) return Error{bytes.error()};
  const json document = parse_json(*bytes);
  auto key = bundle::PublicKey::from_hex(text_at(document, "signing_key"));
  if (!key) return damaged(path_, "it has no signing key");
  Identity identity{.tenant = text_at(document, "tenant"),
                    .gateway = text_at(document, "gateway"),
                    .console_address = text_at(document, "console_address"),
                    .server_name = text_at(document, "server_name"),
                    .authority_pem = text_at(document, "authority"),
                    .key_pem = text_at(document, "key"),
                    .chain_pem = text_at(document, "certificate_chain"),
                    .signing_key = {*key, number_at(document, "signing_key_sequence")}};
  identity.enrolled_at = static_cast<std::int64_t>(number_at(document, "enrolled_at"));
  for (const auto* text :
       {&identity.tenant, &identity.gateway, &identity.console_address, &identity.server_name,
        &identity.authority_pem, &identity.key_pem, &identity.chain_pem})
    if (text->empty()) return damaged(path_, "a part of it is missing");
  return std::optional<Identity>(std::move(identity));
}

Status IdentityFile::save(const Identity& identity) {
  const json document{{"tenant", identity.tenant},
                      {"gateway", identity.gateway},
                      {"console_address", identity.console_address},
                      {"server_name", identity.server_name},
                      {"authority", identity.authority_pem},
                      {"key", identity.key_pem},
                      {"certificate_chain", identity.chain_pem},
                      {"signing_key", identity.signing_key.key.to_hex()},
                      {"signing_key_sequence", identity.signing_key.sequence},
                      {"enrolled_at", identity.enrolled_at}};
  const auto text = document.dump(1, ' ', false, json::error_handler_t::replace);
  return replace_file(files_, path_, text, Readers::nobody);
}

std::int64_t renewal_time(const Identity& identity) {
  const auto facts = facts_of(identity.chain_pem);
  if (!facts) return 0;
  return facts->not_before + (facts->not_after - facts->not_before) / 3 * 2;
}

}  // namespace sekisho::controlplane
