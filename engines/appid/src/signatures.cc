#include "signatures.h"

#include <string>

namespace sekisho::engines::appid {
namespace {

constexpr std::uint8_t kTcpProtocol = 6;

/// As far as `count` bytes go, which `text` has.
bool begins_like(std::string_view text, const rules::ApplicationPayload& wanted,
                 std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i)
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
  return begins_like(payload.text(), wanted, wanted.value.size());
}

}  // namespace

Signatures::Signatures() {
  for (const auto& application : rules::applications())
    for (const auto& payload : application.payloads) {
      auto& signatures = payload.protocol == kTcpProtocol ? tcp_ : udp_;
      for (unsigned byte = 0; byte < signatures.size(); ++byte)
        if (begins_like(std::string(1, static_cast<char>(byte)), payload, 1))
          signatures[byte].push_back({application.id, payload});
    }
}

ApplicationId Signatures::find(const Facts& facts, const Payload& payload) const noexcept {
  const auto& signatures = facts.protocol == kTcpProtocol ? tcp_ : udp_;
  for (const auto& signature : signatures[payload.bytes[0]])
    if (fits(facts, payload, signature.payload)) return signature.application;
  return 0;
}

}  // namespace sekisho::engines::appid
