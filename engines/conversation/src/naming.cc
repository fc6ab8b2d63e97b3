// Which application a conversation is of, by the host names that are seen in it, and which URLs it
// asks for.
#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "config/base/byte_reader.h"
#include "conversation.h"
#include "engines/appid/host_table.h"
#include "rules/applications/catalogue.h"
#include "server_certificate.h"

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

/// By the client program, where the host is nobody's.
ApplicationId application_of_agent(const Transaction& transaction, Direction direction,
                                   const appid::HostTable& table) noexcept {
  std::array<std::uint8_t, kMaxHostBytes> scratch;
  const auto agent = transaction.bytes(rules::Field::http_user_agent, direction, 0, scratch);
  return agent ? table.find_agent(as_text(*agent)) : ApplicationId{0};
}

/// By how the client begins TLS or QUIC, where the host is nobody's.
ApplicationId application_of_client(const Transaction& transaction,
                                    const appid::HostTable& table) noexcept {
  const auto print = transaction.bytes(rules::Field::ja4_hash, Direction::to_server, 0, {});
  return print ? table.find_ja4(as_text(*print)) : ApplicationId{0};
}

std::string_view text_in(const Transaction& transaction, rules::Field field,
                         FieldScratch scratch) noexcept {
  const auto value = transaction.bytes(field, Direction::to_server, 0, scratch);
  return value ? as_text(*value) : std::string_view();
}

/// As the authority of a URL has it.
class AddressText {
 public:
  explicit AddressText(const IpAddress& address) noexcept {
    const bool v4 = address.is_v4();
    if (!v4) text_[size_++] = '[';
    inet_ntop(v4 ? AF_INET : AF_INET6, address.bytes.data() + (v4 ? 12 : 0), text_.data() + size_,
              INET6_ADDRSTRLEN);
    size_ = std::strlen(text_.data());
    if (!v4) text_[size_++] = ']';
  }
  std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, INET6_ADDRSTRLEN + 2> text_{};
  std::size_t size_ = 0;
};

/// Of one request, looked at only where a signature asks for them.
class HeadersOf final : public rules::RequestHeaders {
 public:
  explicit HeadersOf(const Transaction& transaction) noexcept : transaction_(transaction) {}

  bool has(std::string_view beginning) const noexcept override {
    constexpr std::uint32_t kMaxHeaders = 64;  // looked at
    std::array<std::uint8_t, 2 * kMaxHostBytes> scratch;
    for (std::uint32_t i = 0; i < kMaxHeaders; ++i) {
      const auto line =
          transaction_.bytes(rules::Field::http_request_header, Direction::to_server, i, scratch);
      if (!line) return false;
      if (rules::begins_header(as_text(*line), beginning)) return true;
    }
    return false;
  }

 private:
  const Transaction& transaction_;
};

/// By the type of what it sends or, as its message stands in the path of a GET, wants.
bool asks_dns(const Transaction& transaction, std::string_view content_type) noexcept {
  constexpr std::string_view kMediaType = "application/dns-message";
  std::array<std::uint8_t, kMaxHostBytes> scratch;
  const auto accepted = text_in(transaction, rules::Field::http_accept, scratch);
  return rules::begins_like(content_type, kMediaType) || accepted.find(kMediaType) != accepted.npos;
}

/// Whose host a request is sent to, and what it uses that for; 0: nobody's, or nothing that can be
/// told.
struct Use {
  ApplicationId application = 0;
  FunctionId function = 0;
};

Use use_of(const rules::SeenRequest& request, const appid::HostTable& hosts) noexcept {
  const auto id = hosts.find(request.host);
  const auto* const application = rules::application(id);
  if (application == nullptr) return {id, 0};  // the administrator's own have no functions
  return {id, rules::function_of(*application, request)};
}

/// Frames of a connection, like SETTINGS, are transactions that ask for nothing.
bool has_fields(const Transaction& transaction) noexcept {
  std::array<std::uint8_t, 2 * kMaxHostBytes> scratch;
  return transaction.bytes(rules::Field::http_request_header, Direction::to_server, 0, scratch)
      .has_value();
}

/// Without the host that the target names itself.
std::string_view path_of(std::string_view target) noexcept {
  if (target.starts_with('/')) return target;
  const auto scheme = target.find("://");
  const auto at = scheme == target.npos ? target.npos : target.find_first_of("/?#", scheme + 3);
  return at == target.npos || target[at] != '/' ? std::string_view() : target.substr(at);
}

/// The URL of a request that names `authority`. Of one that is too long its beginning; where the
/// name has something about it that no URL has, what servers read of it all the same ("host:port"
/// with letters for a port).
rules::UrlFault url_at(std::string_view scheme, std::string_view authority, std::string_view path,
                       rules::UrlScratch& scratch, rules::CanonicalUrl& url) noexcept {
  using rules::kMaxUrlBytes, rules::UrlFault;
  const auto cut = path.substr(0, kMaxUrlBytes - std::min(authority.size(), kMaxUrlBytes));
  const auto fault = rules::canonicalise_request(scheme, authority, cut, scratch, url);
  const auto port_at = authority.find(':');
  if (fault == UrlFault::none || port_at == authority.npos) return fault;
  return rules::canonicalise_request(scheme, authority.substr(0, port_at), cut, scratch, url);
}

/// The URL of a request: of a whole one as its target that, otherwise of the host that is asked
/// for; of a host that is none that of the server's address.
rules::UrlFault url_of(const Transaction& transaction, std::string_view scheme,
                       std::string_view authority, std::string_view target,
                       std::string_view address, rules::UrlScratch& scratch,
                       rules::CanonicalUrl& url) noexcept {
  using rules::kMaxUrlBytes, rules::UrlFault;
  const auto path = target.starts_with('/') ? target : std::string_view();
  const bool names_host = path.empty() && target.find("://") != target.npos;
  const auto whole = target.substr(0, kMaxUrlBytes - std::min(authority.size(), kMaxUrlBytes));
  const auto fault = names_host
                         ? rules::canonicalise_request(scheme, authority, whole, scratch, url)
                         : url_at(scheme, authority, path, scratch, url);
  if (fault == UrlFault::none) return fault;
  std::array<std::uint8_t, 4 * kMaxHostBytes> host_scratch;
  const auto host = text_in(transaction, rules::Field::http_host, host_scratch);
  if (url_at(scheme, host, path, scratch, url) == UrlFault::none) return UrlFault::none;
  return url_at(scheme, address, path, scratch, url);
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
/// have asked for another of its names, or against it. The hello's fingerprint where no name tells.
void Conversation::name_application(const Transaction& transaction, Direction direction) noexcept {
  using enum rules::Field;
  const auto stage = transaction.stage(direction);
  const bool to_server = direction == Direction::to_server;
  const auto& hosts = *core_.hosts;
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
      if (!to_server && stage >= 2 &&
          (application_ == 0 || told_by_client_ || name_is_false(transaction, direction)))
        named = application_of_certificate(transaction, direction, view_.server_port, hosts);
      break;
    default:
      break;
  }
  const bool is_hello = view_.protocol == Protocol::tls || view_.protocol == Protocol::quic;
  const bool by_client = is_hello && to_server && stage >= 1 && named == 0 && application_ == 0;
  if (by_client) named = application_of_client(transaction, hosts);
  if (named == 0) return;
  application_ = named;
  told_by_client_ = by_client;
}

/// Whether the server showed a certificate for others than whom the hello named. Looked at once.
bool Conversation::name_is_false(const Transaction& transaction, Direction direction) noexcept {
  if (!certificate_compared_) {
    certificate_compared_ = true;
    std::array<std::uint8_t, kMaxHostBytes> scratch;
    const auto name = text_in(transaction, rules::Field::tls_sni, scratch);
    name_is_false_ = contradicts_server_name(transaction, direction, name);
  }
  return name_is_false_;
}

/// Each transaction's once, as soon as it is whole.
void Conversation::tell_url(const Transaction& transaction, Direction direction) noexcept {
  const auto stage = transaction.stage(direction);
  const bool to_server = direction == Direction::to_server;
  const bool is_new = to_server && transaction.id() >= urls_told_;
  const auto told = [&] { urls_told_ = static_cast<std::uint32_t>(transaction.id() + 1); };
  std::array<std::uint8_t, kMaxHostBytes> scratch;
  switch (spec_ == nullptr ? Protocol::unknown : spec_->protocol) {
    case Protocol::http1:
    case Protocol::http2:
      if (stage < 2 || !is_new) return;
      told();
      return tell_request(transaction);
    case Protocol::quic:
      if (stage < 1 || !is_new) return;
      told();
      return tell_server_name(text_in(transaction, rules::Field::quic_sni, scratch), true,
                              transaction.offers_encrypted_hello());
    case Protocol::tls:
      if (stage >= 2 && !to_server && !certificate_named_)
        return tell_certificate(transaction, direction);
      if (stage < 1 || !is_new) return;
      told();
      return tell_server_name(text_in(transaction, rules::Field::tls_sni, scratch), false,
                              transaction.offers_encrypted_hello());
    default:
      return;
  }
}

/// CONNECT asks for a server, whatever is said to it then.
void Conversation::tell_request(const Transaction& transaction) noexcept {
  using enum rules::Field;
  if (spec_->protocol == Protocol::http2 && !has_fields(transaction)) return;
  std::array<std::uint8_t, 4 * kMaxHostBytes> host_scratch;
  std::array<std::uint8_t, kMaxHostBytes> method_scratch, target_scratch;
  const AddressText address(view_.server);
  auto authority = text_in(transaction, http_host_raw, host_scratch);
  auto target = text_in(transaction, http_uri_raw, target_scratch);
  const auto method = text_in(transaction, http_method, method_scratch);
  const bool connects = method == "CONNECT";
  if (connects && !target.empty()) authority = target;
  if (connects) target = {};
  if (authority.empty()) authority = address.view();
  const std::string_view scheme = connects || view_.decrypted ? "https" : "http";
  if (!connects) tell_further_hosts(transaction, scheme, authority, path_of(target));
  rules::CanonicalUrl url;
  const auto fault =
      url_of(transaction, scheme, authority, target, address.view(), core_.url_scratch, url);
  if (fault != rules::UrlFault::none) return core_.urls->url_seen({.application = application_});
  tell_request_for(transaction, url, connects);
}

/// Servers differ in which of a request's hosts counts, so that each is judged; whom it is taken to
/// ask comes last, and stays known of the flow.
void Conversation::tell_further_hosts(const Transaction& transaction, std::string_view scheme,
                                      std::string_view authority, std::string_view path) noexcept {
  std::array<std::uint8_t, 4 * kMaxHostBytes> scratch;
  for (std::uint32_t i = 1;; ++i) {
    const auto value =
        transaction.bytes(rules::Field::http_host_raw, Direction::to_server, i, scratch);
    if (!value) return;
    const auto host = as_text(*value);
    if (host == authority) continue;
    rules::CanonicalUrl url;
    if (url_at(scheme, host, path, core_.url_scratch, url) == rules::UrlFault::none)
      tell_request_for(transaction, url, false);
  }
}

void Conversation::tell_request_for(const Transaction& transaction, const rules::CanonicalUrl& url,
                                    bool connects) noexcept {
  using enum rules::Field;
  std::array<std::uint8_t, kMaxHostBytes> method_scratch, type_scratch, language_scratch;
  const HeadersOf headers(transaction);
  const auto content_type = text_in(transaction, http_content_type, type_scratch);
  rules::SeenRequest request{.host = url.host};
  if (!connects)
    request = {.host = url.host,
               .method = text_in(transaction, http_method, method_scratch),
               .path = url.path,
               .query = url.query,
               .content_type = content_type,
               .headers = &headers};
  const auto use = use_of(request, *core_.hosts);
  if (use.application != 0) application_ = use.application;
  core_.urls->url_seen(
      {.url = &url,
       .application = application_,
       .function = use.function,
       .asks_dns = !connects && asks_dns(transaction, content_type),
       .stream = transaction.stream_id(),
       .accept_language = text_in(transaction, http_accept_lang, language_scratch)});
}

/// Without a name the server is asked for by its address. `is_last`: no other will be read.
void Conversation::tell_server_name(std::string_view name, bool is_last,
                                    bool encrypted_hello) noexcept {
  const AddressText address(view_.server);
  server_named_ = !name.empty();
  rules::CanonicalUrl url;
  const auto fault = rules::canonicalise_request("https", server_named_ ? name : address.view(), {},
                                                 core_.url_scratch, url);
  const bool is_url = fault == rules::UrlFault::none;
  const auto use = is_url ? use_of({.host = url.host}, *core_.hosts) : Use{};
  core_.urls->url_seen({.url = is_url ? &url : nullptr,
                        .is_last = is_last && server_named_,
                        .encrypted_hello = encrypted_hello,
                        .application = application_,
                        .function = use.function});
}

/// The first name of the server's certificate, where the hello had none or a false one;
/// "*.example.com" stands for example.com.
void Conversation::tell_certificate(const Transaction& transaction, Direction direction) noexcept {
  using rules::Field;
  std::array<std::uint8_t, 4 * kMaxHostBytes> scratch;
  const auto subject = transaction.bytes(Field::tls_cert_subject, direction, 0, scratch);
  if (!subject) return;
  certificate_named_ = true;
  if (server_named_ && !name_is_false(transaction, direction)) return;
  auto name = common_name(as_text(*subject));
  if (name.find('.') == name.npos) {
    const auto alternative = transaction.bytes(Field::tls_subjectaltname, direction, 0, scratch);
    name = alternative ? as_text(*alternative) : std::string_view();
  }
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (!name.empty()) tell_server_name(name, true, false);
}

}  // namespace sekisho::engines
