#include "krb5/krb5_message.h"

namespace sekisho::engines::krb5 {
namespace {

using namespace asn1;

struct NumberName {
  std::int64_t number;
  std::string_view name;
};
constexpr NumberName kErrors[] = {{0, "KDC_ERR_NONE"},
                                  {1, "KDC_ERR_NAME_EXP"},
                                  {2, "KDC_ERR_SERVICE_EXP"},
                                  {3, "KDC_ERR_BAD_PVNO"},
                                  {4, "KDC_ERR_C_OLD_MAST_KVNO"},
                                  {5, "KDC_ERR_S_OLD_MAST_KVNO"},
                                  {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"},
                                  {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
                                  {8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE"},
                                  {9, "KDC_ERR_NULL_KEY"},
                                  {10, "KDC_ERR_CANNOT_POSTDATE"},
                                  {11, "KDC_ERR_NEVER_VALID"},
                                  {12, "KDC_ERR_POLICY"},
                                  {13, "KDC_ERR_BADOPTION"},
                                  {14, "KDC_ERR_ETYPE_NOSUPP"},
                                  {15, "KDC_ERR_SUMTYPE_NOSUPP"},
                                  {16, "KDC_ERR_PADATA_TYPE_NOSUPP"},
                                  {17, "KDC_ERR_TRTYPE_NOSUPP"},
                                  {18, "KDC_ERR_CLIENT_REVOKED"},
                                  {19, "KDC_ERR_SERVICE_REVOKED"},
                                  {20, "KDC_ERR_TGT_REVOKED"},
                                  {21, "KDC_ERR_CLIENT_NOTYET"},
                                  {22, "KDC_ERR_SERVICE_NOTYET"},
                                  {23, "KDC_ERR_KEY_EXPIRED"},
                                  {24, "KDC_ERR_PREAUTH_FAILED"},
                                  {25, "KDC_ERR_PREAUTH_REQUIRED"},
                                  {26, "KDC_ERR_SERVER_NOMATCH"},
                                  {27, "KDC_ERR_MUST_USE_USER2USER"},
                                  {28, "KDC_ERR_PATH_NOT_ACCEPTED"},
                                  {29, "KDC_ERR_SVC_UNAVAILABLE"},
                                  {31, "KRB_AP_ERR_BAD_INTEGRITY"},
                                  {32, "KRB_AP_ERR_TKT_EXPIRED"},
                                  {33, "KRB_AP_ERR_TKT_NYV"},
                                  {34, "KRB_AP_ERR_REPEAT"},
                                  {35, "KRB_AP_ERR_NOT_US"},
                                  {36, "KRB_AP_ERR_BADMATCH"},
                                  {37, "KRB_AP_ERR_SKEW"},
                                  {38, "KRB_AP_ERR_BADADDR"},
                                  {39, "KRB_AP_ERR_BADVERSION"},
                                  {40, "KRB_AP_ERR_MSG_TYPE"},
                                  {41, "KRB_AP_ERR_MODIFIED"},
                                  {42, "KRB_AP_ERR_BADORDER"},
                                  {44, "KRB_AP_ERR_BADKEYVER"},
                                  {45, "KRB_AP_ERR_NOKEY"},
                                  {46, "KRB_AP_ERR_MUT_FAIL"},
                                  {47, "KRB_AP_ERR_BADDIRECTION"},
                                  {48, "KRB_AP_ERR_METHOD"},
                                  {49, "KRB_AP_ERR_BADSEQ"},
                                  {50, "KRB_AP_ERR_INAPP_CKSUM"},
                                  {51, "KRB_AP_PATH_NOT_ACCEPTED"},
                                  {52, "KRB_ERR_RESPONSE_TOO_BIG"},
                                  {60, "KRB_ERR_GENERIC"},
                                  {61, "KRB_ERR_FIELD_TOOLONG"},
                                  {68, "KDC_ERR_WRONG_REALM"}};
constexpr NumberName kEncryptions[] = {{1, "des-cbc-crc"},
                                       {2, "des-cbc-md4"},
                                       {3, "des-cbc-md5"},
                                       {5, "des3-cbc-md5"},
                                       {7, "des3-cbc-sha1"},
                                       {9, "dsaWithSHA1-CmsOID"},
                                       {10, "md5WithRSAEncryption-CmsOID"},
                                       {11, "sha1WithRSAEncryption-CmsOID"},
                                       {12, "rc2CBC-EnvOID"},
                                       {13, "rsaEncryption-EnvOID"},
                                       {14, "rsaES-OAEP-ENV-OID"},
                                       {15, "des-ede3-cbc-Env-OID"},
                                       {16, "des3-cbc-sha1-kd"},
                                       {17, "aes128-cts-hmac-sha1-96"},
                                       {18, "aes256-cts-hmac-sha1-96"},
                                       {19, "aes128-cts-hmac-sha256-128"},
                                       {20, "aes256-cts-hmac-sha384-192"},
                                       {23, "rc4-hmac"},
                                       {24, "rc4-hmac-exp"},
                                       {25, "camellia128-cts-cmac"},
                                       {26, "camellia256-cts-cmac"},
                                       {65, "subkey-keymaterial"}};
constexpr NumberName kTypes[] = {{kAsRequest, "KRB_AS_REQ"},   {kAsReply, "KRB_AS_REP"},
                                 {kTgsRequest, "KRB_TGS_REQ"}, {kTgsReply, "KRB_TGS_REP"},
                                 {kApRequest, "KRB_AP_REQ"},   {kApReply, "KRB_AP_REP"},
                                 {kError, "KRB_ERROR"}};

template <std::size_t kCount>
std::string_view find_name(const NumberName (&names)[kCount], std::int64_t number) noexcept {
  for (const auto& one : names)
    if (one.number == number) return one.name;
  return {};
}

/// The contents of the SEQUENCE within a tagged element.
Bytes sequence_in(Bytes element) noexcept {
  Bytes body;
  return Reader(element).next(kSequence, body) ? body : Bytes{};
}
Bytes string_in(Bytes element) noexcept {
  Value value;
  return Reader(element).next(value) ? value.body : Bytes{};
}
std::optional<std::int64_t> integer_in(Bytes element) noexcept {
  std::int64_t number = 0;
  if (!Reader(element).integer(kInteger, number)) return std::nullopt;
  return number;
}
/// EncryptedData: etype comes first.
std::optional<std::int64_t> encryption_in(Bytes element) noexcept {
  Bytes type;
  if (!Reader(sequence_in(element)).next(context(0), type)) return std::nullopt;
  return integer_in(type);
}

void read_ticket(Bytes element, Message& message) noexcept {
  Bytes ticket;
  if (!Reader(element).next(application(1), ticket)) return;
  Reader reader(sequence_in(ticket));
  Value part;
  while (reader.next(part)) {
    if (part.tag == context(2)) message.server = sequence_in(part.body);
    if (part.tag == context(3)) message.ticket_encryption = encryption_in(part.body);
    if (part.tag == context(1) && message.realm.empty()) message.realm = string_in(part.body);
  }
}

void read_request_body(Bytes element, Message& message) noexcept {
  Reader reader(sequence_in(element));
  Value part;
  while (reader.next(part)) {
    if (part.tag == context(1)) message.client = sequence_in(part.body);
    if (part.tag == context(2)) message.realm = string_in(part.body);
    if (part.tag == context(3)) message.server = sequence_in(part.body);
  }
}

void read_reply_part(const Value& part, Message& message) noexcept {
  if (part.tag == context(3)) message.realm = string_in(part.body);
  if (part.tag == context(4)) message.client = sequence_in(part.body);
  if (part.tag == context(5)) read_ticket(part.body, message);
  if (part.tag == context(6)) message.encryption = encryption_in(part.body);
}

void read_error_part(const Value& part, Message& message) noexcept {
  if (part.tag == context(6)) message.error = integer_in(part.body);
  if (part.tag == context(7)) message.realm = string_in(part.body);
  if (part.tag == context(8)) message.client = sequence_in(part.body);
  if (part.tag == context(10)) message.server = sequence_in(part.body);
}

void read_part(const Value& part, Message& message) noexcept {
  switch (message.type) {
    case kAsRequest:
    case kTgsRequest:
      if (part.tag == context(4)) read_request_body(part.body, message);
      return;
    case kAsReply:
    case kTgsReply:
      return read_reply_part(part, message);
    case kApRequest:
      if (part.tag == context(3)) read_ticket(part.body, message);
      if (part.tag == context(4)) message.encryption = encryption_in(part.body);
      return;
    case kApReply:
      if (part.tag == context(2)) message.encryption = encryption_in(part.body);
      return;
    default:
      return read_error_part(part, message);
  }
}

}  // namespace

std::optional<Message> read_message(Bytes bytes) noexcept {
  constexpr std::uint8_t kNumberBits = 0x1f;
  constexpr std::int64_t kVersion = 5;
  Value outer;
  if (!Reader(bytes).next(outer)) return std::nullopt;
  Message message;
  message.type = outer.tag & kNumberBits;
  if (outer.tag != application(message.type) || name_of(message.type).empty()) return std::nullopt;
  Reader reader(sequence_in(outer.body));
  Value part;
  // requests of tickets count from 1, all others from 0
  const bool request = message.type == kAsRequest || message.type == kTgsRequest;
  if (!reader.next(part) || part.tag != context(request ? 1 : 0) ||
      integer_in(part.body) != kVersion)
    return std::nullopt;
  while (reader.next(part)) read_part(part, message);
  return message;
}

std::optional<Bytes> component_of(Bytes principal, std::uint32_t instance) noexcept {
  constexpr std::uint32_t kMaxComponents = 64;
  Bytes type, names;
  Reader reader(principal);
  if (instance >= kMaxComponents || !reader.next(context(0), type) ||
      !reader.next(context(1), names))
    return std::nullopt;
  Reader strings(sequence_in(names));
  Value name;
  for (std::uint32_t i = 0; strings.next(name); ++i)
    if (i == instance) return name.body;
  return std::nullopt;
}

std::string_view name_of(std::uint8_t type) noexcept { return find_name(kTypes, type); }
std::string_view error_name(std::int64_t code) noexcept { return find_name(kErrors, code); }
std::string_view encryption_name(std::int64_t type) noexcept {
  return find_name(kEncryptions, type);
}
bool is_weak(std::int64_t encryption) noexcept {
  return !((encryption >= 17 && encryption <= 20) || encryption == 25 || encryption == 26);
}

}  // namespace sekisho::engines::krb5
