#include "signatures.h"

namespace sekisho::engines::appid {
namespace {

constexpr std::uint8_t kTcpProtocol = 6;

bool begins_like(std::string_view text, const rules::ApplicationPayload& wanted) noexcept {
  for (std::size_t i = 0; i < wanted.value.size(); ++i)
    if (((text[i] ^ wanted.value[i]) & wanted.mask[i]) != 0) return false;
  return true;
}

bool fits(const Facts& facts, const Payload& payload,
          const rules::ApplicationPayload& wanted) noexcept {
  using From = rules::ApplicationPayload::From;
  const auto size = payload.bytes.size();
  if (size < wanted.least || size > wanted.most) return false;
  if (wanted.port != 0 && wanted.port != facts.source_port && wanted.port != facts.destination_port)
    return false;
  if (wanted.from != From::either && (wanted.from == From::client) != payload.to_server)
    return false;
  return begins_like(payload.text(), wanted);
}

}  // namespace

Signatures::Signatures() {
  for (const auto& application : rules::applications())
    for (const auto& payload : application.payloads)
      (payload.protocol == kTcpProtocol ? tcp_ : udp_).push_back({application.id, payload});
}

ApplicationId Signatures::find(const Facts& facts, const Payload& payload) const noexcept {
  for (const auto& signature : facts.protocol == kTcpProtocol ? tcp_ : udp_)
    if (fits(facts, payload, signature.payload)) return signature.application;
  return 0;
}

}  // namespace sekisho::engines::appid
