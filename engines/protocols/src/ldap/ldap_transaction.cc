#include "ldap/ldap_transaction.h"

namespace sekisho::engines::ldap {
namespace {

constexpr std::size_t kMaxShownResponses = 256;

}  // namespace

std::optional<Message> LdapTransaction::response(std::uint32_t instance) const noexcept {
  auto rest = responses.view();
  for (std::uint32_t i = 0; !rest.empty(); ++i) {
    const auto count = asn1::value_bytes(rest);
    if (count == 0 || count > rest.size()) return std::nullopt;
    if (i == instance) return read_message(rest.first(static_cast<std::size_t>(count)));
    rest = rest.subspan(static_cast<std::size_t>(count));
  }
  return std::nullopt;
}

std::optional<std::span<const std::uint8_t>> LdapTransaction::bytes(rules::Field field, Direction,
                                                                    std::uint32_t instance,
                                                                    FieldScratch) const noexcept {
  using enum rules::Field;
  switch (field) {
    case ldap_request_dn:
      if (const auto message = read_message(request.view()); message && instance == 0)
        return name_in(*message);
      return std::nullopt;
    case ldap_request_attribute_type:
      if (const auto message = read_message(request.view()))
        return attribute_in(*message, instance);
      return std::nullopt;
    case ldap_responses_dn:
      // one a response, empty where there is none
      if (const auto message = response(instance)) return name_in(*message).value_or(Bytes{});
      return std::nullopt;
    case ldap_responses_message:
      if (const auto message = response(instance)) {
        const auto result = result_of(*message);
        return result ? result->message : Bytes{};
      }
      return std::nullopt;
    case ldap_responses_attribute_type:
      for (std::uint32_t i = 0; const auto message = response(i); ++i) {
        if (message->operation != kSearchEntry) continue;
        std::uint32_t before = 0;
        while (before <= instance && attribute_in(*message, before)) ++before;
        if (before > instance) return attribute_in(*message, instance);
        instance -= before;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> LdapTransaction::number(rules::Field field, Direction,
                                                     std::uint32_t instance) const noexcept {
  using enum rules::Field;
  switch (field) {
    case ldap_request_operation:
      if (const auto message = read_message(request.view())) return message->operation;
      return std::nullopt;
    case ldap_responses_operation:
      if (const auto message = response(instance)) return message->operation;
      return std::nullopt;
    case ldap_responses_count:
      return num_responses;
    case ldap_responses_result_code:
      for (std::uint32_t i = 0; const auto message = response(i); ++i)
        if (const auto result = result_of(*message); result && instance-- == 0)
          return static_cast<std::uint64_t>(result->code);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

void LdapTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("ldap");
  if (const auto message = read_message(request.view())) {
    json.begin_object("request").member("message_id", message->id);
    write_operation(*message, json);
    json.end_object();
  }
  if (num_responses != 0) {
    json.begin_array("responses");
    auto rest = responses.view();
    for (std::size_t i = 0; i < kMaxShownResponses && !rest.empty(); ++i) {
      const auto count = static_cast<std::size_t>(asn1::value_bytes(rest));
      const auto message = read_message(rest.first(count));
      if (!message) break;
      json.begin_object();
      if (request.empty()) json.member("message_id", message->id);
      write_operation(*message, json);
      json.end_object();
      rest = rest.subspan(count);
    }
    json.end_array();
  }
  json.end_object();
}

}  // namespace sekisho::engines::ldap
