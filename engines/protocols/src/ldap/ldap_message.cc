#include <array>

#include "ldap/ldap_transaction.h"

namespace sekisho::engines::ldap {
namespace {

using namespace asn1;

struct OperationName {
  std::uint8_t number;
  std::string_view name;
};
constexpr OperationName kOperations[] = {{kBindRequest, "bind_request"},
                                         {kBindResponse, "bind_response"},
                                         {kUnbindRequest, "unbind_request"},
                                         {kSearchRequest, "search_request"},
                                         {kSearchEntry, "search_result_entry"},
                                         {kSearchDone, "search_result_done"},
                                         {kModifyRequest, "modify_request"},
                                         {kModifyResponse, "modify_response"},
                                         {kAddRequest, "add_request"},
                                         {kAddResponse, "add_response"},
                                         {kDelRequest, "del_request"},
                                         {kDelResponse, "del_response"},
                                         {kModDnRequest, "mod_dn_request"},
                                         {kModDnResponse, "mod_dn_response"},
                                         {kCompareRequest, "compare_request"},
                                         {kCompareResponse, "compare_response"},
                                         {kAbandonRequest, "abandon_request"},
                                         {kSearchReference, "search_result_reference"},
                                         {kExtendedRequest, "extended_request"},
                                         {kExtendedResponse, "extended_response"},
                                         {kIntermediateResponse, "intermediate_response"}};
constexpr OperationName kResults[] = {{0, "success"},
                                      {1, "operations_error"},
                                      {2, "protocol_error"},
                                      {3, "time_limit_exceeded"},
                                      {4, "size_limit_exceeded"},
                                      {5, "compare_false"},
                                      {6, "compare_true"},
                                      {7, "auth_method_not_supported"},
                                      {8, "stronger_auth_required"},
                                      {10, "referral"},
                                      {11, "admin_limit_exceeded"},
                                      {12, "unavailable_critical_extension"},
                                      {13, "confidentiality_required"},
                                      {14, "sasl_bind_in_progress"},
                                      {16, "no_such_attribute"},
                                      {17, "undefined_attribute_type"},
                                      {18, "inappropriate_matching"},
                                      {19, "constraint_violation"},
                                      {20, "attribute_or_value_exists"},
                                      {21, "invalid_attribute_syntax"},
                                      {32, "no_such_object"},
                                      {33, "alias_problem"},
                                      {34, "invalid_dns_syntax"},
                                      {35, "is_leaf"},
                                      {36, "alias_dereferencing_problem"},
                                      {48, "inappropriate_authentication"},
                                      {49, "invalid_credentials"},
                                      {50, "insufficient_access_rights"},
                                      {51, "busy"},
                                      {52, "unavailable"},
                                      {53, "unwilling_to_perform"},
                                      {54, "loop_detect"},
                                      {64, "naming_violation"},
                                      {65, "object_class_violation"},
                                      {66, "not_allowed_on_non_leaf"},
                                      {67, "not_allowed_on_rdn"},
                                      {68, "entry_already_exists"},
                                      {69, "object_class_mods_prohibited"},
                                      {71, "affects_multiple_dsas"},
                                      {80, "other"}};

template <std::size_t kCount>
std::string_view find_name(const OperationName (&names)[kCount], std::int64_t number) noexcept {
  for (const auto& one : names)
    if (one.number == number) return one.name;
  return {};
}

constexpr bool carries_result(std::uint8_t operation) noexcept {
  switch (operation) {
    case kBindResponse:
    case kSearchDone:
    case kModifyResponse:
    case kAddResponse:
    case kDelResponse:
    case kModDnResponse:
    case kCompareResponse:
    case kExtendedResponse:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool is_request(std::uint8_t operation) noexcept {
  return name_of(operation).ends_with("_request");
}
bool is_last_response(std::uint8_t operation) noexcept { return carries_result(operation); }
std::string_view name_of(std::uint8_t operation) noexcept {
  return find_name(kOperations, operation);
}
std::string_view result_name(std::int64_t code) noexcept { return find_name(kResults, code); }

std::optional<Message> read_message(Bytes bytes) noexcept {
  Bytes body;
  if (!Reader(bytes).next(kSequence, body)) return std::nullopt;
  Reader reader(body);
  Message message;
  Value operation;
  if (!reader.integer(kInteger, message.id) || !reader.next(operation)) return std::nullopt;
  constexpr std::uint8_t kClassBits = 0xc0, kApplication = 0x40, kNumberBits = 0x1f;
  if ((operation.tag & kClassBits) != kApplication) return std::nullopt;
  message.operation = operation.tag & kNumberBits;
  if (name_of(message.operation).empty()) return std::nullopt;
  message.body = operation.body;
  return message;
}

std::optional<Result> result_of(const Message& message) noexcept {
  if (!carries_result(message.operation)) return std::nullopt;
  Reader reader(message.body);
  Result result;
  if (!reader.integer(kEnumerated, result.code) || !reader.next(kOctetString, result.matched_dn) ||
      !reader.next(kOctetString, result.message))
    return std::nullopt;
  result.rest = reader.rest();
  return result;
}

std::optional<Bytes> name_in(const Message& message) noexcept {
  Reader reader(message.body);
  Bytes name;
  switch (message.operation) {
    case kDelRequest:
      return message.body;
    case kBindRequest: {
      std::int64_t version = 0;
      if (!reader.integer(kInteger, version)) return std::nullopt;
      break;
    }
    case kSearchRequest:
    case kSearchEntry:
    case kModifyRequest:
    case kAddRequest:
    case kModDnRequest:
    case kCompareRequest:
      break;
    default:
      if (const auto result = result_of(message)) return result->matched_dn;
      return std::nullopt;
  }
  if (!reader.next(kOctetString, name)) return std::nullopt;
  return name;
}

std::optional<Bytes> attribute_in(const Message& message, std::uint32_t instance) noexcept {
  Reader reader(message.body);
  Bytes list, name;
  Value skipped;
  const bool search = message.operation == kSearchRequest;
  // baseObject; scope, derefAliases, sizeLimit, timeLimit, typesOnly, filter
  for (int i = 0; i < (search ? 7 : 1); ++i)
    if (!reader.next(skipped)) return std::nullopt;
  if (!reader.next(kSequence, list)) return std::nullopt;
  Reader items(list);
  if (message.operation == kCompareRequest)
    return instance == 0 && items.next(kOctetString, name) ? std::optional(name) : std::nullopt;
  for (std::uint32_t i = 0; i < LdapTransaction::kMaxAttributes; ++i) {
    Value item;
    if (!items.next(item)) return std::nullopt;
    if (i < instance) continue;
    if (search) return item.body;
    Reader parts(item.body);
    if (message.operation == kModifyRequest) {
      std::int64_t what = 0;
      Bytes modification;
      if (!parts.integer(kEnumerated, what) || !parts.next(kSequence, modification))
        return std::nullopt;
      parts = Reader(modification);
    }
    return parts.next(kOctetString, name) ? std::optional(name) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace sekisho::engines::ldap
