// Names in one conversation that contradict each other, for whoever watches: what filters look at
// may lead elsewhere.
#include <algorithm>

#include "config/base/byte_reader.h"
#include "conversation.h"
#include "server_certificate.h"

namespace sekisho::engines {
namespace {

using evasion::Kind;
using rules::Field;

constexpr std::size_t kMaxHostBytes = 1024;  // as they were sent, with port or user

std::string_view sent_by_client(const Transaction& transaction, Field field,
                                FieldScratch scratch) noexcept {
  const auto value = transaction.bytes(field, Direction::to_server, 0, scratch);
  return value ? as_text(*value) : std::string_view();
}

/// Of the server's own certificate, that its subject is called by; otherwise its first other name.
std::string_view certified_name(const Transaction& transaction, Direction direction,
                                FieldScratch scratch) noexcept {
  const auto subject = transaction.bytes(Field::tls_cert_subject, direction, 0, scratch);
  const auto name = subject ? common_name(as_text(*subject)) : std::string_view();
  if (name.find('.') != name.npos) return name;
  const auto other = transaction.bytes(Field::tls_subjectaltname, direction, 0, scratch);
  return other ? as_text(*other) : name;
}

}  // namespace

TunnelHost::TunnelHost(std::string_view authority, rules::UrlScratch& scratch) noexcept {
  rules::CanonicalUrl url;
  if (rules::canonicalise_request("http", authority, {}, scratch, url) != rules::UrlFault::none ||
      url.host.size() > text_.size())
    return;
  std::copy(url.host.begin(), url.host.end(), text_.begin());
  bytes_ = static_cast<std::uint8_t>(url.host.size());
  kind_ = url.kind;
}

/// Each request, the client's hello and the server's certificate, as soon as they are read.
void Conversation::compare_names(const Transaction& transaction, Direction direction) noexcept {
  const auto stage = transaction.stage(direction);
  const bool to_server = direction == Direction::to_server;
  switch (spec_ == nullptr ? Protocol::unknown : spec_->protocol) {
    case Protocol::http1:
    case Protocol::http2:
      if (!to_server || stage < 2 || transaction.id() < requests_compared_) return;
      requests_compared_ = static_cast<std::uint32_t>(transaction.id() + 1);
      return compare_request(transaction);
    case Protocol::quic:
      if (to_server && stage >= 1) compare_hello(transaction, Field::quic_sni);
      return;
    case Protocol::tls:
      if (to_server && stage >= 1) compare_hello(transaction, Field::tls_sni);
      if (!to_server && stage >= 2) compare_certificate(transaction, direction);
      return;
    default:
      return;
  }
}

/// CONNECT asks for a server; what is said within is compared with it. Any other request takes back
/// a CONNECT that was refused.
void Conversation::compare_request(const Transaction& transaction) noexcept {
  std::array<std::uint8_t, kMaxHostBytes> method_scratch, target_scratch, named_scratch;
  const auto method = sent_by_client(transaction, Field::http_method, method_scratch);
  const auto target = sent_by_client(transaction, Field::http_uri_raw, target_scratch);
  if (method == "CONNECT") {
    if (auto* const kept = seldom()) kept->tunnel.emplace(target, core_.url_scratch);
    return;
  }
  if (!in_tunnel_ && seldom_) seldom_->tunnel.reset();
  const auto named = sent_by_client(transaction, Field::http_host_raw, named_scratch);
  const TunnelHost asked(named, core_.url_scratch);
  if (tunnel() != nullptr && tunnel()->is_name() && tunnel()->contradicts(asked))
    core_.evasions->evasion_seen(
        {.kind = Kind::tunnel_mismatch, .claimed = tunnel()->view(), .actual = named});
  compare_hosts(transaction, named, asked);
}

/// Which of several hosts a server goes by is the server's affair (RFC 9112 §3.2 has it refuse
/// them), and so is what it reads of a host that is none.
void Conversation::compare_hosts(const Transaction& transaction, std::string_view named,
                                 const TunnelHost& asked) noexcept {
  if (!named.empty() && asked.view().empty())
    core_.evasions->evasion_seen({.kind = Kind::invalid_host, .claimed = named});
  std::array<std::uint8_t, kMaxHostBytes> scratch;
  for (std::uint32_t i = 1;; ++i) {
    const auto value = transaction.bytes(Field::http_host_raw, Direction::to_server, i, scratch);
    if (!value) return;
    const TunnelHost other(as_text(*value), core_.url_scratch);
    if (other.view().empty())
      core_.evasions->evasion_seen({.kind = Kind::invalid_host, .claimed = as_text(*value)});
    if (asked.contradicts(other))
      core_.evasions->evasion_seen(
          {.kind = Kind::host_mismatch, .claimed = named, .actual = as_text(*value)});
  }
}

/// Hosts have names there (RFC 6066 §3), with letters, digits and hyphens.
void Conversation::compare_hello(const Transaction& transaction,
                                 rules::Field server_name) noexcept {
  if (hello_compared_) return;
  hello_compared_ = true;
  std::array<std::uint8_t, kMaxHostBytes> scratch;
  const auto name = sent_by_client(transaction, server_name, scratch);
  if (name.empty()) return;
  rules::CanonicalUrl url;
  const auto fault = rules::canonicalise_host(name, core_.url_scratch, url);
  if (fault != rules::UrlFault::none || url.kind != rules::HostKind::name)
    return core_.evasions->evasion_seen({.kind = Kind::invalid_server_name, .claimed = name});
  if (in_tunnel_ && tunnel() != nullptr && tunnel()->is_name() && url.host != tunnel()->view())
    core_.evasions->evasion_seen({.kind = Kind::tunnel_mismatch,
                                  .claimed = tunnel()->view(),
                                  .actual = url.host,
                                  .encrypted_hello = transaction.offers_encrypted_hello()});
}

void Conversation::compare_certificate(const Transaction& transaction,
                                       Direction direction) noexcept {
  // Between mail servers nobody checks whose the certificate is (RFC 7435).
  if (view_.original_protocol == Protocol::smtp) return;
  if (certificate_told_false_ || !name_is_false(transaction, direction)) return;
  certificate_told_false_ = true;
  std::array<std::uint8_t, kMaxHostBytes> name_scratch, certificate_scratch;
  const auto name = sent_by_client(transaction, Field::tls_sni, name_scratch);
  core_.evasions->evasion_seen(
      {.kind = Kind::certificate_mismatch,
       .claimed = name,
       .actual = certified_name(transaction, direction, certificate_scratch)});
}

}  // namespace sekisho::engines
