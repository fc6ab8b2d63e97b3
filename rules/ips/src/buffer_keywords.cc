#include <fmt/format.h>

#include <array>

#include "keyword.h"

namespace sekisho::rules {
namespace {

/// "file.data:to_client" in rules for both directions of a transaction.
FieldDirection direction_of(std::string_view text) {
  if (text.empty()) return FieldDirection::either;
  if (text == "to_server" || text == "toserver") return FieldDirection::to_server;
  if (text == "to_client" || text == "toclient") return FieldDirection::to_client;
  refuse(text, fmt::format("\"{}\" is neither to_server nor to_client", text));
}

template <Field kField>
void read_sticky(RuleBuilder& builder, const RuleOption& option) {
  builder.select(kField, option.name, direction_of(option.value));
}

/// A modifier of the content before it in Suricata, a buffer for what follows in Snort 3.
template <Field kField>
void read_legacy(RuleBuilder& builder, const RuleOption& option) {
  if (builder.rule.dialect == Dialect::snort3)
    builder.select(kField, option.name);
  else
    builder.move_last_content(kField, option.name);
}

void read_payload(RuleBuilder& builder, const RuleOption&) { builder.select_payload(); }

template <bool kSource>
void read_address(RuleBuilder& builder, const RuleOption& option) {
  builder.select_address(kSource, option.name);
}

template <Field kField>
constexpr Keyword sticky(std::string_view name) {
  return {name, KeywordValue::optional, read_sticky<kField>};
}
template <Field kField>
constexpr Keyword legacy(std::string_view name) {
  return {name, KeywordValue::none, read_legacy<kField>};
}

/// The modern names of all fields that are bytes.
constexpr Keyword kModern[] = {
#define SEKISHO_FIELD(id, name, kind, direction, stage, protocols)                      \
  Keyword{FieldKind::kind == FieldKind::number || FieldKind::kind == FieldKind::numbers \
              ? std::string_view{}                                                      \
              : std::string_view{name},                                                 \
          KeywordValue::optional, read_sticky<Field::id>},
#include "rules/ips/field_list.inc"
#undef SEKISHO_FIELD
};

constexpr std::array kOther{
    Keyword{"pkt_data", KeywordValue::none, read_payload},
    Keyword{"raw_data", KeywordValue::none, read_payload},
    Keyword{"ip.src", KeywordValue::none, read_address<true>},
    Keyword{"ip.dst", KeywordValue::none, read_address<false>},

    legacy<Field::http_uri>("http_uri"),
    legacy<Field::http_uri_raw>("http_raw_uri"),
    legacy<Field::http_header>("http_header"),
    legacy<Field::http_header_raw>("http_raw_header"),
    legacy<Field::http_method>("http_method"),
    legacy<Field::http_cookie>("http_cookie"),
    legacy<Field::http_request_body>("http_client_body"),
    legacy<Field::http_response_body>("http_server_body"),
    legacy<Field::http_stat_code>("http_stat_code"),
    legacy<Field::http_stat_msg>("http_stat_msg"),
    legacy<Field::http_user_agent>("http_user_agent"),
    legacy<Field::http_host>("http_host"),
    legacy<Field::http_host_raw>("http_raw_host"),

    sticky<Field::http_protocol>("http_protocol"),
    sticky<Field::http_request_line>("http_request_line"),
    sticky<Field::http_response_line>("http_response_line"),
    sticky<Field::http_header_names>("http_header_names"),
    sticky<Field::http_referer>("http_referer"),
    sticky<Field::http_accept>("http_accept"),
    sticky<Field::http_accept_enc>("http_accept_enc"),
    sticky<Field::http_accept_lang>("http_accept_lang"),
    sticky<Field::http_connection>("http_connection"),
    sticky<Field::http_content_type>("http_content_type"),
    sticky<Field::http_content_len>("http_content_len"),
    sticky<Field::http_start>("http_start"),
    sticky<Field::file_data>("file_data"),
    sticky<Field::tls_sni>("tls_sni"),
    sticky<Field::tls_cert_subject>("tls_cert_subject"),
    sticky<Field::tls_cert_issuer>("tls_cert_issuer"),
    sticky<Field::tls_cert_serial>("tls_cert_serial"),
    sticky<Field::tls_cert_fingerprint>("tls_cert_fingerprint"),
    sticky<Field::ja3_hash>("ja3_hash"),
    sticky<Field::ja3_string>("ja3_string"),
    sticky<Field::dns_query>("dns_query"),
    sticky<Field::dns_queries_rrname>("dns.query.name"),
    sticky<Field::dns_answers_rrname>("dns.answer.name"),
    sticky<Field::ssh_proto>("ssh_proto"),
    sticky<Field::ssh_software>("ssh_software"),
    sticky<Field::smb_named_pipe>("smb_named_pipe"),
    sticky<Field::smb_share>("smb_share"),
    sticky<Field::dcerpc_stub_data>("dce_stub_data"),
    sticky<Field::krb5_cname>("krb5_cname"),
    sticky<Field::krb5_sname>("krb5_sname"),
    sticky<Field::dnp3_data>("dnp3_data"),
};

constexpr auto kKeywords = [] {
  std::array<Keyword, std::size(kModern) + kOther.size()> all{};
  std::size_t i = 0;
  for (const auto& one : kModern) all[i++] = one;
  for (const auto& one : kOther) all[i++] = one;
  return all;
}();

}  // namespace

std::span<const Keyword> buffer_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
