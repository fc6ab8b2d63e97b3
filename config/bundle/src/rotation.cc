#include "config/bundle/rotation.h"

#include "config/base/hex.h"
#include "config/bundle/bundle.h"
#include "layout.h"
#include "signature_door.h"

namespace sekisho::bundle {
namespace {

constexpr std::string_view kRotationMagic = "SKROTAT1";
constexpr std::size_t kTenantAt = 8;
constexpr std::size_t kSequenceAt = 72;
constexpr std::size_t kOldKeyIdAt = 80;
constexpr std::size_t kNewKeyAt = 88;
constexpr std::size_t kStatementSignatureAt = 120;  // covers everything before it
constexpr std::size_t kRotationBytes = 184;
static_assert(kTenantAt + kMaxIdBytes == kSequenceAt);
static_assert(kOldKeyIdAt + kKeyIdBytes == kNewKeyAt);
static_assert(kNewKeyAt + kKeyBytes == kStatementSignatureAt);
static_assert(kStatementSignatureAt + kSignatureBytes == kRotationBytes);

Error bad(std::string why) {
  return {Error::Code::invalid_input, "key rotation: " + std::move(why)};
}

Refusal refuse(Reason reason, std::string message) {
  return {reason, "key rotation " + std::move(message)};
}

/// As it stands in the statement: filled up with zeros.
std::string tenant_field(std::string_view tenant) {
  std::string field(tenant);
  field.resize(kMaxIdBytes, '\0');
  return field;
}

}  // namespace

Result<std::string> sign_rotation(std::string_view tenant, std::uint64_t sequence,
                                  const PublicKey& new_key, const SigningKey& old_key) {
  if (!is_valid_id(tenant)) return bad("not a tenant's id");
  if (sequence == 0) return bad("sequence numbers start from 1");
  if (new_key == old_key.public_key()) return bad("the new key is the old one");
  std::string statement(kRotationMagic);
  statement += tenant_field(tenant);
  append_be(statement, sequence);
  statement += old_key.public_key().id();
  statement += new_key.bytes();
  statement += SignatureDoor::sign(old_key, statement);
  return statement;
}

Verified<Pinned> accept_rotation(std::string_view bytes, std::string_view tenant,
                                 const Pinned& pinned) {
  if (!bytes.starts_with(kRotationMagic.substr(0, bytes.size())))
    return refuse(Reason::not_a_rotation, "does not begin with " + std::string(kRotationMagic));
  if (bytes.size() != kRotationBytes)
    return refuse(bytes.size() < kRotationBytes ? Reason::truncated : Reason::too_large,
                  "has " + std::to_string(bytes.size()) + " bytes instead of " +
                      std::to_string(kRotationBytes));
  if (const auto id = bytes.substr(kOldKeyIdAt, kKeyIdBytes); id != pinned.key.id())
    return refuse(Reason::unknown_key, "is signed with key " + to_hex(id) +
                                           ", this gateway trusts key " + pinned.key.id_hex());
  if (!SignatureDoor::verify(pinned.key, bytes.substr(0, kStatementSignatureAt),
                             bytes.substr(kStatementSignatureAt)))
    return refuse(Reason::bad_signature,
                  "does not match its signature by key " + pinned.key.id_hex());

  if (bytes.substr(kTenantAt, kMaxIdBytes) != tenant_field(tenant))
    return refuse(Reason::other_tenant,
                  "is of another tenant, this gateway belongs to '" + std::string(tenant) + "'");
  const auto sequence = get_be<std::uint64_t>(bytes, kSequenceAt);
  if (sequence <= pinned.sequence)
    return refuse(Reason::not_newer, "has number " + std::to_string(sequence) +
                                         ", this gateway has accepted number " +
                                         std::to_string(pinned.sequence));
  auto key = PublicKey::from_bytes(bytes.substr(kNewKeyAt, kKeyBytes));
  if (!key) return refuse(Reason::bad_content, "names a bad key: " + key.error().message);
  return Pinned{*std::move(key), sequence};
}

}  // namespace sekisho::bundle
