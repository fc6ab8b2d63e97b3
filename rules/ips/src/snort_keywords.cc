#include <fmt/format.h>

#include <array>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "keyword.h"
#include "number_text.h"
#include "pattern_text.h"
#include "regex_door.h"

namespace sekisho::rules {
namespace {

/// Snort's names of services that are protocols here under another name.
struct Service {
  std::string_view name;
  std::string_view protocol;
};
constexpr std::array<Service, 8> kServices{{{"kerberos", "krb5"},
                                            {"vnc", "rfb"},
                                            {"http3", "quic"},
                                            {"cip", "enip"},
                                            {"dcerpc", "dcerpc"},
                                            {"netbios-ssn", "smb"},
                                            {"postgresql", "pgsql"},
                                            {"ssl", "tls"}}};

/// "service:http,ftp": the flow must be one of them. A service that is not recognised here leaves
/// the ports to decide, as Snort does while it does not know the service.
void read_service(RuleBuilder& builder, const RuleOption& option) {
  std::uint64_t all = 0;
  bool all_known = true;
  for (const auto name : split(option.value, ',')) {
    auto known = protocols_named(name);
    for (const auto& one : kServices)
      if (one.name == name) known = protocols_named(one.protocol);
    all_known &= known.has_value();
    all |= known.value_or(0);
  }
  if (all_known) builder.service_protocols = all;
}

struct HeaderField {
  std::string_view name;
  Field field;
};
constexpr std::array<HeaderField, 11> kHeaderFields{{
    {"user-agent", Field::http_user_agent},
    {"host", Field::http_host_raw},
    {"referer", Field::http_referer},
    {"cookie", Field::http_cookie},
    {"content-type", Field::http_content_type},
    {"content-length", Field::http_content_len},
    {"accept", Field::http_accept},
    {"accept-encoding", Field::http_accept_enc},
    {"accept-language", Field::http_accept_lang},
    {"connection", Field::http_connection},
    {"location", Field::http_location},
}};

/// "http_header", "http_header:field user-agent".
void read_http_header(RuleBuilder& builder, const RuleOption& option) {
  if (!option.has_value) {
    builder.select(Field::http_header, option.name);
    return;
  }
  auto rest = option.value;
  const auto word = take_word(rest);
  for (const auto& one : kHeaderFields)
    if (word == "field" && equals_nocase(one.name, unquote(rest))) {
      builder.select(one.field, option.name);
      return;
    }
  refuse(option.value, fmt::format("http_header with \"{}\" is not supported", option.value));
}

/// http_num_headers:"0<=>9"; ",request" is what the flow's direction says anyway.
void read_num_headers(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  FieldNumberTest test{Field::http_num_headers};
  test.test = number_test_of(unquote(take_until(rest, ',')), UINT16_MAX);
  if (const auto part = trim(rest); !part.empty() && part != "request")
    refuse(part, fmt::format("unknown part \"{}\" of http_num_headers", part));
  builder.rule.tests.emplace_back(std::move(test));
}

/// http_param:"name"[,nocase]: the parameter's value, of the URI's query.
void read_http_param(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  Transform transform{};
  transform.kind = Transform::Kind::form_value;
  transform.key = content_bytes(unquote(take_until(rest, ',')));
  const auto part = trim(rest);
  if (transform.key.empty()) refuse(option.value, "http_param names no parameter");
  if (!part.empty() && part != "nocase")
    refuse(part, fmt::format("unknown part \"{}\" of http_param", part));
  transform.nocase = !part.empty();
  builder.select(Field::http_uri, option.name);
  builder.add_transform(std::move(transform), option.name);
  builder.no_effects.emplace_back("http_param: parameters in a request's body are not looked at");
}

void read_http_version(RuleBuilder& builder, const RuleOption& option) {
  builder.select(Field::http_protocol, option.name);
}

void add_number(RuleBuilder& builder, Field field, NumberTest test) {
  FieldNumberTest number{field};
  number.test = test;
  builder.rule.tests.emplace_back(std::move(number));
}

template <Field kField, std::uint64_t kHighest>
void read_field_number(RuleBuilder& builder, const RuleOption& option) {
  add_number(builder, kField, number_test_of(unquote(option.value), kHighest));
}

template <PacketNumber kNumber, std::uint64_t kHighest>
void read_packet_number(RuleBuilder& builder, const RuleOption& option) {
  builder.rule.tests.emplace_back(
      PacketNumberTest{kNumber, number_test_of(unquote(option.value), kHighest)});
}

/// Function codes of Modbus (V1.1b3 §6) as Snort calls them.
constexpr std::array<NamedNumber, 19> kModbusFunctions{{
    {"read_coils", 1},
    {"read_discrete_inputs", 2},
    {"read_holding_registers", 3},
    {"read_input_registers", 4},
    {"write_single_coil", 5},
    {"write_single_register", 6},
    {"read_exception_status", 7},
    {"diagnostics", 8},
    {"get_comm_event_counter", 11},
    {"get_comm_event_log", 12},
    {"write_multiple_coils", 15},
    {"write_multiple_registers", 16},
    {"report_slave_id", 17},
    {"read_file_record", 20},
    {"write_file_record", 21},
    {"mask_write_register", 22},
    {"read_write_multiple_registers", 23},
    {"read_fifo_queue", 24},
    {"encapsulated_interface_transport", 43},
}};

void read_modbus_function(RuleBuilder& builder, const RuleOption& option) {
  add_number(builder, Field::modbus_function,
             number_test_of(unquote(option.value), UINT8_MAX, kModbusFunctions));
}

/// "http_raw_request;" and its kin, whatever part of the header they were said to come from.
template <Field kField>
void read_buffer(RuleBuilder& builder, const RuleOption& option) {
  if (option.has_value && option.value != "request")
    refuse(option.value, fmt::format("{} with \"{}\" is not supported", option.name, option.value));
  builder.select(kField, option.name);
}

/// http_version_match:"1.0 1.1": the protocol's version is one of these.
void read_version_match(RuleBuilder& builder, const RuleOption& option) {
  Pcre pcre;
  for (const auto version : words(unquote(option.value))) {
    if (version.find_first_not_of("0123456789.") != std::string_view::npos)
      refuse(version, fmt::format("\"{}\" is no version of HTTP", version));
    pcre.pattern += pcre.pattern.empty() ? "^HTTP/(?:" : "|";
    for (const char c : version) pcre.pattern += c == '.' ? std::string("\\.") : std::string(1, c);
  }
  if (pcre.pattern.empty()) refuse(option.value, "http_version_match names no version");
  pcre.pattern += ")$";
  builder.add_to(Field::http_protocol, std::move(pcre), option.name);
}

/// regex:"text",nocase,dotall,multiline,relative: an expression of Hyperscan's, which are PCRE's.
void read_regex(RuleBuilder& builder, const RuleOption& option) {
  const auto quoted = split_quoted(option.value);
  Pcre pcre;
  pcre.negated = quoted.negated;
  auto rest = quoted.rest;
  take_prefix(rest, ",");
  for (const auto word : split(rest, ',')) {
    if (word == "nocase")
      pcre.options |= PCRE2_CASELESS;
    else if (word == "dotall")
      pcre.options |= PCRE2_DOTALL;
    else if (word == "multiline")
      pcre.options |= PCRE2_MULTILINE;
    else if (word == "relative")
      pcre.relative = true;
    else if (word != "fast_pattern")
      refuse(word, fmt::format("unknown part \"{}\" of regex", word));
  }
  pcre.pattern = quoted.inner;
  check_regex(quoted.inner, pcre.options);
  const bool relative = pcre.relative;
  builder.add(std::move(pcre), relative, option.name);
}

void refuse_keyword(RuleBuilder&, const RuleOption& option) {
  refuse(option.name, fmt::format("Snort's {} has no counterpart here", option.name));
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"service", V::required, read_service},
    Keyword{"http_header", V::optional, read_http_header},
    Keyword{"http_param", V::required, read_http_param},
    Keyword{"http_version", V::none, read_http_version},
    Keyword{"http_trailer", V::optional, refuse_keyword},
    Keyword{"http_true_ip", V::optional, refuse_keyword},
    Keyword{"http_num_headers", V::required, read_num_headers},
    Keyword{"http_raw_request", V::none, read_buffer<Field::http_request_line>},
    Keyword{"http_raw_status", V::none, read_buffer<Field::http_response_line>},
    Keyword{"http_raw_cookie", V::optional, read_buffer<Field::http_cookie>},
    Keyword{"http_version_match", V::required, read_version_match},
    Keyword{"http_raw_body", V::none, refuse_keyword},
    Keyword{"http_raw_trailer", V::optional, refuse_keyword},
    Keyword{"http_num_trailers", V::optional, refuse_keyword},
    Keyword{"http_num_cookies", V::optional, refuse_keyword},
    Keyword{"http_max_header_line", V::optional, refuse_keyword},
    Keyword{"http_max_trailer_line", V::optional, refuse_keyword},
    Keyword{"http_header_test", V::optional, refuse_keyword},
    Keyword{"http_trailer_test", V::optional, refuse_keyword},
    Keyword{"mss", V::required, read_packet_number<PacketNumber::tcp_mss, UINT16_MAX>},
    Keyword{"wscale", V::required, read_packet_number<PacketNumber::tcp_window_scale, UINT8_MAX>},
    Keyword{"modbus_func", V::required, read_modbus_function},
    Keyword{"modbus_unit", V::required, read_field_number<Field::modbus_unit, UINT8_MAX>},
    Keyword{"modbus_data", V::none, refuse_keyword},
    Keyword{"cip_class", V::required, read_field_number<Field::enip_cip_class, UINT16_MAX>},
    Keyword{"cip_instance", V::required, read_field_number<Field::enip_cip_instance, UINT32_MAX>},
    Keyword{"cip_attribute", V::required, read_field_number<Field::enip_cip_attribute, UINT16_MAX>},
    Keyword{"cip_status", V::required, read_field_number<Field::enip_cip_status, UINT8_MAX>},
    Keyword{"cip_conn_path_class", V::optional, refuse_keyword},
    Keyword{"cip_req", V::none, refuse_keyword},
    Keyword{"cip_rsp", V::none, refuse_keyword},
    Keyword{"enip_req", V::none, refuse_keyword},
    Keyword{"enip_rsp", V::none, refuse_keyword},
    Keyword{"regex", V::required, read_regex},
    Keyword{"md5", V::required, refuse_keyword},
    Keyword{"sha256", V::required, refuse_keyword},
    Keyword{"sha512", V::required, refuse_keyword},
    Keyword{"file_meta", V::optional, refuse_keyword},
    Keyword{"gtp_info", V::optional, refuse_keyword},
    Keyword{"gtp_type", V::optional, refuse_keyword},
    Keyword{"gtp_version", V::optional, refuse_keyword},
    Keyword{"iec104_apci_type", V::optional, refuse_keyword},
    Keyword{"iec104_asdu_func", V::optional, refuse_keyword},
    Keyword{"mms_data", V::none, refuse_keyword},
    Keyword{"mms_func", V::optional, refuse_keyword},
    Keyword{"pkt_num", V::optional, refuse_keyword},
    Keyword{"urg", V::optional, refuse_keyword},
    Keyword{"js_data", V::optional, refuse_keyword},
    Keyword{"vba_data", V::optional, refuse_keyword},
    Keyword{"ber_data", V::optional, refuse_keyword},
    Keyword{"ber_skip", V::optional, refuse_keyword},
    Keyword{"sd_pattern", V::optional, refuse_keyword},
    Keyword{"sip_header", V::optional, refuse_keyword},
    Keyword{"sip_body", V::optional, refuse_keyword},
    Keyword{"cvs", V::optional, refuse_keyword},
    Keyword{"stream_reassemble", V::optional, refuse_keyword},
    Keyword{"appids", V::optional, refuse_keyword},
    Keyword{"file_type", V::optional, refuse_keyword},
    Keyword{"so", V::optional, refuse_keyword},
};

}  // namespace

std::span<const Keyword> snort_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
