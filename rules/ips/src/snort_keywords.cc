#include <fmt/format.h>

#include <array>

#include "keyword.h"

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

void read_http_version(RuleBuilder& builder, const RuleOption& option) {
  builder.select(Field::http_protocol, option.name);
}

void refuse_keyword(RuleBuilder&, const RuleOption& option) {
  refuse(option.name, fmt::format("Snort's {} has no counterpart here", option.name));
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"service", V::required, read_service},
    Keyword{"http_header", V::optional, read_http_header},
    Keyword{"http_param", V::optional, refuse_keyword},
    Keyword{"http_version", V::none, read_http_version},
    Keyword{"http_trailer", V::optional, refuse_keyword},
    Keyword{"http_true_ip", V::optional, refuse_keyword},
    Keyword{"http_num_headers", V::optional, refuse_keyword},
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
