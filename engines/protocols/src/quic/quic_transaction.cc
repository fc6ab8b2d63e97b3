#include "quic/quic_transaction.h"
#include "config/base/text_bytes.h"

namespace sekisho::engines::quic {
namespace {

std::optional<Bytes> when(bool there, Bytes bytes) noexcept {
  return there ? std::optional<Bytes>(bytes) : std::nullopt;
}

/// Names of the TLS extension registry (IANA) as EVE has them, by number.
constexpr std::string_view kExtensionNames[] = {"server_name",
                                                "max_fragment_length",
                                                "client_certificate_url",
                                                "trusted_ca_keys",
                                                "truncated_hmac",
                                                "status_request",
                                                "user_mapping",
                                                "client_authz",
                                                "server_authz",
                                                "cert_type",
                                                "supported_groups",
                                                "ec_point_formats",
                                                "srp",
                                                "signature_algorithms",
                                                "use_srtp",
                                                "heartbeat",
                                                "alpn",
                                                "status_request_v2",
                                                "signed_certificate_timestamp",
                                                "client_certificate_type",
                                                "server_certificate_type",
                                                "padding",
                                                "encrypt_then_mac",
                                                "extended_master_secret",
                                                "token_binding",
                                                "cached_info",
                                                "tls_lts",
                                                "compress_certificate",
                                                "record_size_limit",
                                                "pwd_protect",
                                                "pwd_clear",
                                                "password_salt",
                                                "ticket_pinning",
                                                "tls_cert_with_extern_psk",
                                                "delegated_credentials",
                                                "session_ticket",
                                                "TLMSP",
                                                "TLMSP_proxying",
                                                "TLMSP_delegate",
                                                "supported_ekt_ciphers",
                                                "",
                                                "pre_shared_key",
                                                "early_data",
                                                "supported_versions",
                                                "cookie",
                                                "psk_key_exchange_modes",
                                                "",
                                                "certificate_authorities",
                                                "oid_filters",
                                                "post_handshake_auth",
                                                "signature_algorithms_cert",
                                                "key_share",
                                                "transparency_info",
                                                "connection_id_deprecated",
                                                "connection_id",
                                                "external_id_hash",
                                                "external_session_id",
                                                "quic_transport_parameters",
                                                "ticket_request",
                                                "dnssec_chain"};

std::string_view extension_name(std::uint16_t type) noexcept {
  if (type < std::size(kExtensionNames)) return kExtensionNames[type];
  if (type == 0xfe0d) return "encrypted_client_hello";
  if (type == 0xff01) return "renegotiation_info";
  return {};
}

}  // namespace

bool QuicTransaction::take_hello(Bytes body) noexcept {
  if (from_client()) {
    if (!tls::parse_client_hello(body, client_)) return false;
    tls::write_ja3(client_, ja3_);
    ja4_ = tls::make_ja4(client_, 'q');
  } else {
    if (!tls::parse_server_hello(body, server_)) return false;
    tls::write_ja3s(server_, ja3_);
  }
  has_hello_ = true;
  if (ja3_.overflowed()) ja3_.clear();
  ja3_hash_ = md5_hex(bytes_of(ja3_.view()));
  return true;
}

/// CYU: the version's number and the tags in their order.
void QuicTransaction::take_google_hello(const GoogleHello& hello, std::uint32_t version) noexcept {
  google_ = hello;
  const unsigned number = google_number(version);
  cyu_ += static_cast<char>('0' + number / 10);
  cyu_ += static_cast<char>('0' + number % 10);
  for (std::size_t at = 0; at < hello.tags.size(); at += 8) {
    auto tag = as_text(hello.tags.subspan(at, 4));
    tag = tag.substr(0, tag.find('\0'));
    cyu_ += at == 0 ? ',' : '-';
    cyu_ += tag;
  }
  cyu_hash_ = md5_hex(bytes_of(cyu_.view()));
}

std::optional<std::span<const std::uint8_t>> QuicTransaction::bytes(rules::Field field, Direction,
                                                                    std::uint32_t instance,
                                                                    FieldScratch) const noexcept {
  using enum rules::Field;
  const bool has_ja3 = !ja3_.view().empty();
  const auto ja3 = bytes_of(ja3_.view());
  const Bytes name = has_hello_ ? client_.server_name : google_.server_name;
  switch (field) {
    case quic_version:
      return bytes_of(version_.view());
    case quic_sni:
      return when(!name.empty(), name);
    case quic_ua:
      return when(!google_.user_agent.empty(), google_.user_agent);
    case quic_cyu_hash:
      return when(instance == 0 && !cyu_.view().empty(), bytes_of(cyu_hash_));
    case quic_cyu_string:
      return when(instance == 0 && !cyu_.view().empty(), bytes_of(cyu_.view()));
    case ja3_string:
      return when(has_ja3 && from_client(), ja3);
    case ja3_hash:
      return when(has_ja3 && from_client(), bytes_of(ja3_hash_));
    case ja3s_string:
      return when(has_ja3 && !from_client(), ja3);
    case ja3s_hash:
      return when(has_ja3 && !from_client(), bytes_of(ja3_hash_));
    case ja4_hash:
      return when(has_hello_ && from_client(), bytes_of(ja4_));
    default:
      return std::nullopt;
  }
}

void QuicTransaction::write_extensions(events::BoundedJsonWriter& json) const noexcept {
  constexpr std::size_t kMaxListed = 64;
  const Bytes extensions = from_client() ? client_.extensions : server_.extensions;
  const Bytes protocols = from_client() ? client_.protocols : server_.protocols;
  if (extensions.empty()) return;
  json.begin_array("extensions");
  std::size_t count = 0;
  tls::for_each_extension(extensions, [&](std::uint16_t type, Bytes) {
    if (count++ >= kMaxListed) return;
    json.begin_object();
    if (const auto name = extension_name(type); !name.empty()) json.member("name", name);
    json.member("type", type);
    if (type == static_cast<std::uint16_t>(tls::ExtensionType::server_name) &&
        !client_.server_name.empty())
      json.begin_array("values").value(client_.server_name).end_array();
    if (type == static_cast<std::uint16_t>(tls::ExtensionType::alpn)) {
      json.begin_array("values");
      for (std::uint32_t i = 0; i < kMaxListed; ++i)
        if (const auto protocol = tls::protocol_name(protocols, i)) json.value(*protocol);
      json.end_array();
    }
    json.end_object();
  });
  json.end_array();
}

void QuicTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("quic");
  json.member("version", version_.view());
  const Bytes name = has_hello_ ? client_.server_name : google_.server_name;
  if (!name.empty()) json.member("sni", name);
  if (!google_.user_agent.empty()) json.member("ua", google_.user_agent);
  if (!cyu_.view().empty()) {
    json.begin_array("cyu").begin_object();
    json.member("hash", std::string_view(cyu_hash_.data(), cyu_hash_.size()));
    json.member("string", cyu_.view()).end_object().end_array();
  }
  if (!ja3_.view().empty())
    json.begin_object(from_client() ? "ja3" : "ja3s")
        .member("hash", std::string_view(ja3_hash_.data(), ja3_hash_.size()))
        .member("string", ja3_.view())
        .end_object();
  if (has_hello_ && from_client()) json.member("ja4", std::string_view(ja4_.data(), ja4_.size()));
  write_extensions(json);
  json.end_object();
}

}  // namespace sekisho::engines::quic
