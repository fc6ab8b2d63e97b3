#include <fmt/format.h>

#include <array>

#include "field_names.h"
#include "keyword.h"

namespace sekisho::rules {
namespace {

/// "2:4", "-4:-1".
bool take_slice(FieldNumberTest& test, std::string_view part) {
  const auto colon = part.find(':');
  if (colon == std::string_view::npos) return false;
  test.slice = true;
  test.slice_first = static_cast<std::int32_t>(signed_of(part.substr(0, colon), -65536, 65536));
  test.slice_last = static_cast<std::int32_t>(signed_of(part.substr(colon + 1), -65536, 65536));
  return true;
}

/// What stands behind the number of a keyword with many values: "all", "-1", "nb>3", "oob_or 2".
void take_quantifier(FieldNumberTest& test, std::string_view part) {
  const auto whole = part;
  if (part == "any") return;
  if (part == "all") {
    test.quantifier = Quantifier::all;
  } else if (part == "all_or_absent") {
    test.quantifier = Quantifier::all_or_absent;
  } else if (part == "or_absent") {
    test.quantifier = Quantifier::any_or_absent;
  } else if (take_prefix(part, "nb")) {
    test.quantifier = Quantifier::count;
    test.count = number_test_of(part, UINT32_MAX);
  } else if (take_prefix(part, "oob_or")) {
    test.quantifier = Quantifier::at_or_absent;
    test.index = static_cast<std::int32_t>(signed_of(trim(part), -65536, 65536));
  } else if (!take_slice(test, part)) {
    if (!to_signed(part)) refuse(whole, fmt::format("unknown index \"{}\"", whole));
    test.quantifier = Quantifier::at;
    test.index = static_cast<std::int32_t>(signed_of(part, -65536, 65536));
  }
}

/// "fin,!comp": every named bit set, every negated one not.
NumberTest bits_test(std::string_view text, std::span<const NamedNumber> names) {
  NumberTest test{Comparison::bits_equal, 0, 0, false};
  for (auto part : split(text, ',')) {
    const bool negated = take_prefix(part, "!");
    const auto bit = number_named(names, trim(part));
    if (!bit) refuse(part, fmt::format("unknown flag \"{}\"", part));
    test.low |= *bit;
    if (!negated) test.high |= *bit;
  }
  return test;
}

bool begins_with_name(std::string_view text) noexcept {
  text = trim(text);
  take_prefix(text, "!");
  text = trim(text);
  return !text.empty() &&
         ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}

void read_number_field(RuleBuilder& builder, Field field, const RuleOption& option) {
  FieldNumberTest test{field};
  auto rest = option.value;
  if (is_bit_field(field) && begins_with_name(rest)) {
    test.test = bits_test(rest, names_of(field));
    builder.rule.tests.emplace_back(std::move(test));
    return;
  }
  auto value = take_until(rest, ',');
  if (field == Field::tls_version) value = unquote(value);
  auto count = value;
  if (info_of(field).kind == FieldKind::numbers && take_prefix(count, "count ")) {
    test.test = {Comparison::greater_or_equal, 0, 0, false};
    test.quantifier = Quantifier::count;
    test.count = number_test_of(count, UINT32_MAX);
  } else {
    test.test = number_test_of(value, highest_of(field), names_of(field));
  }
  for (const auto part : split(rest, ',')) {
    if (info_of(field).kind != FieldKind::numbers)
      refuse(part, fmt::format("{} has one value, \"{}\" cannot choose", option.name, part));
    take_quantifier(test, part);
  }
  builder.rule.tests.emplace_back(std::move(test));
}

template <Field kField>
void read_number(RuleBuilder& builder, const RuleOption& option) {
  read_number_field(builder, kField, option);
}

/// Fields with a syntax of their own, in protocol_keywords.cc.
constexpr bool has_own_syntax(Field field) noexcept {
  return field == Field::http2_settings || field == Field::ike_chosen_sa_attribute ||
         field == Field::dnp3_obj || field == Field::krb5_ticket_encryption ||
         field == Field::dcerpc_opnum || field == Field::tls_cert_notafter ||
         field == Field::tls_cert_notbefore || field == Field::tls_state ||
         field == Field::nfs_procedure || field == Field::nfs_versioned_procedure ||
         field == Field::modbus_unit || field == Field::modbus_function ||
         field == Field::modbus_subfunction || field == Field::modbus_category ||
         field == Field::modbus_access || field == Field::modbus_read_first ||
         field == Field::modbus_read_last || field == Field::modbus_write_first ||
         field == Field::modbus_write_last || field == Field::enip_cip_service_class ||
         field == Field::enip_cip_service_attribute || field == Field::modbus_value ||
         field == Field::http_num_headers;
}

constexpr Keyword kModern[] = {
#define SEKISHO_FIELD(id, name, kind, direction, stage, protocols)                           \
  Keyword{(FieldKind::kind == FieldKind::number || FieldKind::kind == FieldKind::numbers) && \
                  !has_own_syntax(Field::id)                                                 \
              ? std::string_view{name}                                                       \
              : std::string_view{},                                                          \
          KeywordValue::required, read_number<Field::id>},
#include "rules/ips/field_list.inc"
#undef SEKISHO_FIELD
};

constexpr auto kRequired = KeywordValue::required;
constexpr std::array kOther{
    Keyword{"nfs_version", kRequired, read_number<Field::nfs_version>},
    Keyword{"krb5_msg_type", kRequired, read_number<Field::krb5_msg_type>},
    Keyword{"krb5_err_code", kRequired, read_number<Field::krb5_err_code>},
    Keyword{"dnp3_func", kRequired, read_number<Field::dnp3_func>},
    Keyword{"dnp3_ind", kRequired, read_number<Field::dnp3_ind>},
    Keyword{"enip_command", kRequired, read_number<Field::enip_command>},
    Keyword{"ftpdata_command", kRequired, read_number<Field::ftpdata_command>},
};

constexpr auto kKeywords = [] {
  std::array<Keyword, std::size(kModern) + kOther.size()> all{};
  std::size_t i = 0;
  for (const auto& one : kModern) all[i++] = one;
  for (const auto& one : kOther) all[i++] = one;
  return all;
}();

}  // namespace

std::span<const Keyword> number_field_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
