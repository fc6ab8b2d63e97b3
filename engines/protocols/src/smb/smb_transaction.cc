#include "smb/smb_transaction.h"

#include "dcerpc/dcerpc_transaction.h"

namespace sekisho::engines::smb {
namespace {

std::optional<Bytes> when(bool there, const PooledBytes& value) noexcept {
  if (!there || value.empty()) return std::nullopt;
  return value.view();
}

}  // namespace

std::optional<std::span<const std::uint8_t>> SmbTransaction::bytes(
    rules::Field field, Direction direction, std::uint32_t instance,
    FieldScratch scratch) const noexcept {
  using enum rules::Field;
  const bool asked = direction == Direction::to_server && instance == 0;
  switch (field) {
    case smb_named_pipe:
      return when(asked && subject == Subject::tree && share_is_pipe, share);
    case smb_share:
      return when(asked && subject == Subject::tree && !share_is_pipe, share);
    case smb_ntlmssp_user:
      if (session == nullptr) return std::nullopt;
      return when(asked && session->ntlm, session->user);
    case smb_ntlmssp_domain:
      if (session == nullptr) return std::nullopt;
      return when(asked && session->ntlm, session->domain);
    default:
      if (call == nullptr || interfaces == nullptr) return std::nullopt;
      return dcerpc::call_bytes(*call, *interfaces, field, direction, instance, scratch);
  }
}

std::optional<std::uint64_t> SmbTransaction::number(rules::Field field, Direction,
                                                    std::uint32_t instance) const noexcept {
  if (instance != 0) return std::nullopt;
  if (field == rules::Field::smb_version) return header.version;
  return call == nullptr ? std::nullopt : dcerpc::call_number(*call, field);
}

}  // namespace sekisho::engines::smb
