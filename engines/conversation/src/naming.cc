// Which application a conversation is of, by the host names that are seen in it.
#include "config/base/byte_reader.h"
#include "conversation.h"
#include "engines/appid/host_table.h"

namespace sekisho::engines {
namespace {

constexpr std::size_t kMaxHostBytes = 256;
constexpr std::uint32_t kMaxCertificateNames = 32;  // looked at

/// "*.example.com" of certificates stands for names below example.com.
ApplicationId application_of(std::string_view host, const appid::HostTable& hosts) noexcept {
  if (host.starts_with("*.")) host.remove_prefix(2);
  return hosts.find(host);
}

ApplicationId application_in(const Transaction& transaction, rules::Field field,
                             Direction direction, const appid::HostTable& hosts) noexcept {
  std::array<std::uint8_t, kMaxHostBytes> scratch;
  const auto host = transaction.bytes(field, direction, 0, scratch);
  return host ? application_of(as_text(*host), hosts) : ApplicationId{0};
}

/// By what is carried, where the host is nobody's.
ApplicationId application_of_body(const Transaction& transaction, Direction direction,
                                  const appid::HostTable& table) noexcept {
  std::array<std::uint8_t, kMaxHostBytes> scratch;
  const auto type = transaction.bytes(rules::Field::http_content_type, direction, 0, scratch);
  return type ? table.find_media_type(as_text(*type)) : ApplicationId{0};
}

/// "C=US, O=Example, CN=www.example.com"
std::string_view common_name(std::string_view subject) noexcept {
  constexpr std::string_view kKey = "CN=";
  const auto begin = subject.rfind(kKey);
  if (begin == subject.npos || (begin != 0 && subject[begin - 1] != ' ')) return {};
  const auto name = subject.substr(begin + kKey.size());
  return name.substr(0, name.find(','));
}

/// By the client program, where the host is nobody's.
ApplicationId application_of_agent(const Transaction& transaction, Direction direction,
                                   const appid::HostTable& table) noexcept {
  std::array<std::uint8_t, kMaxHostBytes> scratch;
  const auto agent = transaction.bytes(rules::Field::http_user_agent, direction, 0, scratch);
  return agent ? table.find_agent(as_text(*agent)) : ApplicationId{0};
}

/// The subject's; without one of ours there that of all alternative names that are of any: a
/// certificate for several names tells nothing.
ApplicationId application_of_certificate(const Transaction& transaction, Direction direction,
                                         std::uint16_t server_port,
                                         const appid::HostTable& hosts) noexcept {
  using rules::Field;
  std::array<std::uint8_t, 4 * kMaxHostBytes> scratch;
  const auto subject = transaction.bytes(Field::tls_cert_subject, direction, 0, scratch);
  if (!subject) return 0;
  if (const auto named = application_of(common_name(as_text(*subject)), hosts)) return named;
  std::array<std::uint8_t, kMaxHostBytes> issuer_scratch;
  const auto issuer = transaction.bytes(Field::tls_cert_issuer, direction, 0, issuer_scratch);
  const auto issuer_text = issuer ? as_text(*issuer) : std::string_view{};
  if (const auto named = hosts.find_certificate(as_text(*subject), issuer_text, server_port))
    return named;
  ApplicationId common = 0;
  for (std::uint32_t i = 0; i < kMaxCertificateNames; ++i) {
    const auto name = transaction.bytes(Field::tls_subjectaltname, direction, i, scratch);
    if (!name) break;
    const auto named = application_of(as_text(*name), hosts);
    if (named != 0 && common != 0 && named != common) return 0;
    if (named != 0) common = named;
  }
  return common;
}

}  // namespace

/// The newest request's host, the hello's name; a certificate's only without it, as the client may
/// have asked for another of its names.
void Conversation::name_application(const Transaction& transaction, Direction direction) noexcept {
  using enum rules::Field;
  const auto stage = transaction.stage(direction);
  const bool to_server = direction == Direction::to_server;
  const auto& hosts = core_.hosts;
  ApplicationId named = 0;
  switch (view_.protocol) {
    case Protocol::http1:
    case Protocol::http2:
      if (stage < 2) return;
      if (to_server) named = application_in(transaction, http_host, direction, hosts);
      if (to_server && named == 0 && application_ == 0)
        named = application_of_agent(transaction, direction, hosts);
      if (named == 0 && application_ == 0)
        named = application_of_body(transaction, direction, hosts);
      break;
    case Protocol::quic:
      if (to_server && stage >= 1) named = application_in(transaction, quic_sni, direction, hosts);
      break;
    case Protocol::tls:
      if (to_server && stage >= 1) named = application_in(transaction, tls_sni, direction, hosts);
      if (!to_server && stage >= 2 && application_ == 0)
        named = application_of_certificate(transaction, direction, view_.server_port, hosts);
      break;
    default:
      break;
  }
  if (named != 0) application_ = named;
}

}  // namespace sekisho::engines
