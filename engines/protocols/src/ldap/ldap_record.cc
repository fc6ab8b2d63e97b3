#include "ldap/ldap_transaction.h"

namespace sekisho::engines::ldap {
namespace {

using namespace asn1;
using Json = events::BoundedJsonWriter;
constexpr std::size_t kMaxShown = 128;  // values of one list

void write_values(std::string_view key, Bytes values, Json& json) noexcept {
  Reader reader(values);
  Value value;
  json.begin_array(key);
  for (std::size_t i = 0; i < kMaxShown && reader.next(value); ++i) json.value(value.body);
  json.end_array();
}

void write_result(const Message& message, Json& json) noexcept {
  const auto result = result_of(message);
  if (!result) return;
  const auto name = result_name(result->code);
  if (name.empty())
    json.member("result_code", result->code);
  else
    json.member("result_code", name);
  json.member("matched_dn", result->matched_dn).member("message", result->message);
  Reader reader(result->rest);
  Bytes value;
  if (reader.next_if(context(3), value)) {
  }  // referral
  if (message.operation == kBindResponse && reader.next_if(context_primitive(7), value))
    json.member("server_sasl_creds", value);
  if (message.operation != kExtendedResponse) return;
  if (reader.next_if(context_primitive(10), value)) json.member("name", value);
  if (reader.next_if(context_primitive(11), value)) json.member("value", value);
}

void write_bind(Reader reader, Json& json) noexcept {
  std::int64_t version = 0;
  Bytes name, sasl;
  if (!reader.integer(kInteger, version) || !reader.next(kOctetString, name)) return;
  json.member("version", version).member("name", name);
  if (!reader.next_if(context(3), sasl)) return;
  Reader parts(sasl);
  Bytes part;
  json.begin_object("sasl");
  if (parts.next_if(kOctetString, part)) json.member("mechanism", part);
  if (parts.next_if(kOctetString, part)) json.member("credentials", part);
  json.end_object();
}

void write_search(Reader reader, Json& json) noexcept {
  Bytes part;
  if (!reader.next(kOctetString, part)) return;
  json.member("base_object", part);
  constexpr struct {
    std::uint8_t tag;
    const char* name;
  } kNumbers[] = {{kEnumerated, "scope"},
                  {kEnumerated, "deref_alias"},
                  {kInteger, "size_limit"},
                  {kInteger, "time_limit"}};
  for (const auto& [tag, name] : kNumbers) {
    std::int64_t number = 0;
    if (!reader.integer(tag, number)) return;
    json.member(name, number);
  }
  if (!reader.next(kBoolean, part)) return;
  json.member("types_only", !part.empty() && part[0] != 0);
  Value filter;
  if (reader.next(filter) && reader.next(kSequence, part) && !part.empty())
    write_values("attributes", part, json);
}

/// AttributeList: a type and a set of values each.
void write_attributes(Reader reader, const char* type_key, Json& json) noexcept {
  Bytes list, item, type, values;
  if (!reader.next(kSequence, list)) return;
  Reader items(list);
  json.begin_array("attributes");
  for (std::size_t i = 0; i < kMaxShown && items.next(kSequence, item); ++i) {
    Reader parts(item);
    if (!parts.next(kOctetString, type)) break;
    json.begin_object().member(type_key, type);
    if (parts.next(kSet, values)) write_values("values", values, json);
    json.end_object();
  }
  json.end_array();
}

void write_changes(Reader reader, Json& json) noexcept {
  static constexpr const char* kChanges[] = {"add", "delete", "replace", "increment"};
  Bytes list, item, modification, part;
  if (!reader.next(kSequence, list)) return;
  Reader items(list);
  json.begin_array("changes");
  for (std::size_t i = 0; i < kMaxShown && items.next(kSequence, item); ++i) {
    Reader parts(item);
    std::int64_t what = 0;
    if (!parts.integer(kEnumerated, what) || !parts.next(kSequence, modification)) break;
    json.begin_object();
    if (what >= 0 && what < std::ssize(kChanges)) json.member("operation", kChanges[what]);
    json.begin_object("modification");
    Reader change(modification);
    if (change.next(kOctetString, part)) json.member("attribute_type", part);
    if (change.next(kSet, part)) write_values("attribute_values", part, json);
    json.end_object().end_object();
  }
  json.end_array();
}

void write_mod_dn(Reader reader, Json& json) noexcept {
  Bytes part;
  if (reader.next(kOctetString, part)) json.member("new_rdn", part);
  if (reader.next(kBoolean, part)) json.member("delete_old_rdn", !part.empty() && part[0] != 0);
  if (reader.next_if(context_primitive(0), part)) json.member("new_superior", part);
}

void write_compare(Reader reader, Json& json) noexcept {
  Bytes assertion, part;
  if (!reader.next(kSequence, assertion)) return;
  Reader parts(assertion);
  json.begin_object("attribute_value_assertion");
  if (parts.next(kOctetString, part)) json.member("description", part);
  if (parts.next(kOctetString, part)) json.member("value", part);
  json.end_object();
}

void write_extended(Reader reader, Json& json) noexcept {
  Bytes part;
  if (reader.next_if(context_primitive(0), part)) json.member("name", part);
  if (reader.next_if(context_primitive(1), part)) json.member("value", part);
}

/// Operations that begin with the name of an object, written under `key`.
bool write_named(const char* key, Reader& reader, Json& json) noexcept {
  Bytes name;
  if (!reader.next(kOctetString, name)) return false;
  json.member(key, name);
  return true;
}

void write_parts(const Message& message, Json& json) noexcept {
  Reader reader(message.body);
  switch (message.operation) {
    case kBindRequest:
      return write_bind(reader, json);
    case kSearchRequest:
      return write_search(reader, json);
    case kSearchEntry:
      if (write_named("base_object", reader, json)) write_attributes(reader, "type", json);
      return;
    case kModifyRequest:
      if (write_named("object", reader, json)) write_changes(reader, json);
      return;
    case kAddRequest:
      if (write_named("entry", reader, json)) write_attributes(reader, "name", json);
      return;
    case kDelRequest:
      json.member("dn", message.body);
      return;
    case kModDnRequest:
      if (write_named("entry", reader, json)) write_mod_dn(reader, json);
      return;
    case kCompareRequest:
      if (write_named("entry", reader, json)) write_compare(reader, json);
      return;
    case kAbandonRequest:
      if (const auto id = integer_of(message.body)) json.member("message_id", *id);
      return;
    case kSearchReference:
      return write_values("uris", message.body, json);
    case kExtendedRequest:
    case kIntermediateResponse:
      return write_extended(reader, json);
    default:
      return write_result(message, json);
  }
}

}  // namespace

void write_operation(const Message& message, events::BoundedJsonWriter& json) noexcept {
  const auto name = name_of(message.operation);
  json.member("operation", name);
  if (message.operation == kUnbindRequest) return;
  json.begin_object(name);
  write_parts(message, json);
  json.end_object();
}

}  // namespace sekisho::engines::ldap
