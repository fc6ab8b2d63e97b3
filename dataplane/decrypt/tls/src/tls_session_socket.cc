#include "dataplane/decrypt/tls/tls_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <utility>
#include <vector>

#include "callbacks.h"

namespace sekisho::decrypt {
namespace {

constexpr int kStepsOfATurn = 16;  // others wait

/// An encoded certificate; empty: none.
std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = certificate == nullptr ? -1 : i2d_X509(certificate, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

/// What the server sent, its own certificate first.
std::vector<std::string> chain_of(SSL* connection) {
  std::vector<std::string> chain;
  const auto* const sent = SSL_get_peer_cert_chain(connection);
  for (int i = 0; i < sk_X509_num(sent); ++i) chain.push_back(der_of(sk_X509_value(sent, i)));
  return chain;
}

std::string_view staple_of(SSL* connection) {
  const unsigned char* bytes = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(connection, &bytes);
  if (size <= 0 || bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

}  // namespace

/// What OpenSSL asks a session while it is at work.
struct TlsCallbacks {
  static TlsSession& of(SSL* connection) noexcept {
    return *static_cast<TlsSession*>(SSL_get_app_data(connection));
  }
  static int take_hello(SSL* connection, int* alert) noexcept {
    auto& session = of(connection);
    if (session.refusal_ != 0) {
      *alert = session.refusal_;
      return SSL_CLIENT_HELLO_ERROR;
    }
    if (session.has_hello_) return SSL_CLIENT_HELLO_SUCCESS;
    session.has_hello_ = true;
    if (read_wish(connection, session.wish_)) return SSL_CLIENT_HELLO_RETRY;
    *alert = SSL_AD_DECODE_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
  }
  static std::string_view chosen_protocol(SSL* connection) noexcept {
    return of(connection).chosen_protocol_;
  }
  static void want_certificate(SSL* connection) noexcept {
    of(connection).certificate_wanted_ = true;
  }
};

int on_client_hello(SSL* connection, int* alert, void* /*unused*/) {
  return TlsCallbacks::take_hello(connection, alert);
}

int on_protocol_choice(SSL* connection, const unsigned char** out, unsigned char* out_bytes,
                       const unsigned char* /*offered*/, unsigned int /*offered_bytes*/,
                       void* /*unused*/) {
  const auto chosen = TlsCallbacks::chosen_protocol(connection);
  if (chosen.empty()) return SSL_TLSEXT_ERR_NOACK;  // nor did the origin choose
  *out = reinterpret_cast<const unsigned char*>(chosen.data());
  *out_bytes = static_cast<unsigned char>(chosen.size());
  return SSL_TLSEXT_ERR_OK;
}

int on_certificate_wanted(SSL* connection, X509** /*certificate*/, EVP_PKEY** /*key*/) {
  TlsCallbacks::want_certificate(connection);
  return 0;  // go on without: some origins only would like one
}

TlsSession::TlsSession(RebuiltPair pair, TlsParts& parts, std::string server_address,
                       std::uint32_t waiter)
    : pair_(std::move(pair)),
      parts_(&parts),
      server_address_(std::move(server_address)),
      waiter_(waiter) {
  auto& tls = ends_[index(Side::client)].tls;
  tls.reset(SSL_new(parts.contexts.towards_client.get()));
  if (tls == nullptr || SSL_set_fd(tls.get(), pair_.client.get()) != 1) {
    failure_ = TlsFailure::broken;
    return;
  }
  SSL_set_app_data(tls.get(), this);
  SSL_set_accept_state(tls.get());
}
TlsSession::~TlsSession() = default;

void TlsSession::note(Side side, std::uint32_t events) noexcept {
  End& end = ends_[index(side)];
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) end.has_closed = true;
  if ((events & EPOLLIN) != 0 || end.has_closed) end.readable = true;
  if ((events & EPOLLOUT) != 0) end.writable = true;
  if ((events & EPOLLERR) != 0) end.failed = true;
}

void TlsSession::leaf_told(bool is_there) noexcept {
  waits_for_leaf_ = false;
  if (!is_there) fail(TlsFailure::no_leaf);
}

/// What the end has to wait for is noted.
TlsSession::Said TlsSession::hear(Side side, int result) noexcept {
  if (result == 1) return Said::done;
  End& end = ends_[index(side)];
  switch (SSL_get_error(end.tls.get(), result)) {
    case SSL_ERROR_WANT_READ:
      end.readable = false;
      return Said::waits;
    case SSL_ERROR_WANT_WRITE:
      end.writable = false;
      return Said::waits;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
      return Said::waits;
    case SSL_ERROR_ZERO_RETURN:
      return Said::closed;
    default:
      break;
  }
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  const bool is_end = ERR_GET_LIB(error) == ERR_LIB_SSL &&
                      ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return is_end ? Said::truncated : Said::failed;
}

TlsSession::Outcome TlsSession::work(BufferPool& buffers) noexcept {
  if (failure_ != TlsFailure::none && stage_ != Stage::over) end(true);
  for (int turn = 0; turn < kStepsOfATurn; ++turn) {
    if (stage_ == Stage::over) return Outcome::over;
    if (ends_[0].failed || ends_[1].failed) {
      fail(failure_of_reset());
      continue;
    }
    ERR_clear_error();
    switch (advance(buffers)) {
      case Step::moved:
      case Step::failed:
        break;
      case Step::stuck:
        return Outcome::waits;
      case Step::no_buffer:
        return Outcome::lacks_memory;
    }
  }
  return stage_ == Stage::over ? Outcome::over : Outcome::goes_on;
}

/// Who is reset in the middle of its handshake was refused by its end, which did not wait until its
/// alert was read.
TlsFailure TlsSession::failure_of_reset() const noexcept {
  if (stage_ == Stage::client && ends_[index(Side::client)].failed)
    return TlsFailure::client_refused;
  if (stage_ == Stage::origin && ends_[index(Side::server)].failed)
    return certificate_wanted_ ? TlsFailure::wants_certificate : TlsFailure::origin_refused;
  return TlsFailure::broken;
}

TlsSession::Step TlsSession::advance(BufferPool& buffers) noexcept {
  switch (stage_) {
    case Stage::hello:
      return read_hello();
    case Stage::origin:
      return meet_origin();
    case Stage::leaf:
      return ask_for_leaf();
    case Stage::client:
      return meet_client();
    case Stage::relay:
      return relay(buffers);
    case Stage::over:
      break;
  }
  return Step::stuck;
}

TlsSession::Step TlsSession::read_hello() noexcept {
  const auto said = hear(Side::client, SSL_accept(ends_[index(Side::client)].tls.get()));
  if (has_hello_ && said == Said::waits) return begin_origin();
  return said == Said::waits ? Step::stuck : fail(TlsFailure::not_tls);
}

TlsSession::Step TlsSession::begin_origin() noexcept {
  auto& tls = ends_[index(Side::server)].tls;
  tls.reset(SSL_new(parts_->contexts.towards_origin.get()));
  if (tls == nullptr || SSL_set_fd(tls.get(), pair_.server.get()) != 1)
    return fail(TlsFailure::broken);
  SSL_set_app_data(tls.get(), this);
  SSL_set_connect_state(tls.get());
  if (!wish_.host.empty() && (wish_.host.find('\0') != std::string::npos ||
                              SSL_set_tlsext_host_name(tls.get(), wish_.host.c_str()) != 1))
    return fail(TlsFailure::not_tls);
  const auto protocols = offered_protocols(wish_.protocols);
  if (!protocols.empty() &&
      SSL_set_alpn_protos(tls.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned int>(protocols.size())) != 0)
    return fail(TlsFailure::not_tls);
  stage_ = Stage::origin;
  return Step::moved;
}

TlsSession::Step TlsSession::meet_origin() noexcept {
  const auto said = hear(Side::server, SSL_connect(ends_[index(Side::server)].tls.get()));
  if (said == Said::waits) return Step::stuck;
  if (said != Said::done)
    return fail(certificate_wanted_ ? TlsFailure::wants_certificate : TlsFailure::origin_refused);
  if (!judge_origin()) return fail(TlsFailure::origin_refused);
  stage_ = Stage::leaf;
  return Step::moved;
}

/// False: it showed no certificate.
bool TlsSession::judge_origin() noexcept {
  auto* const tls = ends_[index(Side::server)].tls.get();
  const auto chain = chain_of(tls);
  if (chain.empty()) return false;
  const std::vector<std::string_view> views(chain.begin(), chain.end());
  judgement_ = parts_->judgements.judge(
      {.chain = views, .host = asked_host(), .staple = staple_of(tls), .now = std::time(nullptr)});
  origin_der_ = chain.front();
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls, &protocol, &size);
  chosen_protocol_.assign(reinterpret_cast<const char*>(protocol), size);
  return true;
}

std::string_view TlsSession::asked_host() const noexcept {
  return wish_.host.empty() ? server_address_ : wish_.host;
}

TlsSession::Step TlsSession::ask_for_leaf() noexcept {
  if (waits_for_leaf_) return Step::stuck;
  const bool is_good = judgement_.fault == engines::origin::Fault::none;
  const std::array<std::string_view, 2> shown{origin_der_, asked_host()};
  const LeafName name{digest_of(shown), is_good ? keys::Issuer::trusted : keys::Issuer::untrusted,
                      wish_.takes_ecdsa ? LeafKey::p256 : LeafKey::rsa2048};
  leaf_ = parts_->leafs.find(name);
  if (leaf_ != nullptr) return show_leaf();
  auto request = request_for(origin_der_, name.issuer, asked_host(), std::time(nullptr));
  if (!request) return fail(TlsFailure::origin_refused);
  waits_for_leaf_ = parts_->leafs.ask_for(name, *std::move(request), waiter_);
  return waits_for_leaf_ ? Step::stuck : fail(TlsFailure::no_leaf);
}

TlsSession::Step TlsSession::show_leaf() noexcept {
  auto* const tls = ends_[index(Side::client)].tls.get();
  if (SSL_use_certificate(tls, leaf_->certificate.get()) != 1 ||
      SSL_use_PrivateKey(tls, leaf_->key) != 1 ||
      (leaf_->issuers != nullptr && SSL_set1_chain(tls, leaf_->issuers.get()) != 1))
    return fail(TlsFailure::no_leaf);
  leaf_.reset();  // OpenSSL holds what it needs
  origin_der_ = {};
  stage_ = Stage::client;
  return Step::moved;
}

TlsSession::Step TlsSession::meet_client() noexcept {
  const auto said = hear(Side::client, SSL_accept(ends_[index(Side::client)].tls.get()));
  if (said == Said::waits) return Step::stuck;
  if (said != Said::done) return fail(TlsFailure::client_refused);
  stage_ = Stage::relay;
  return Step::moved;
}

TlsSession::Step TlsSession::relay(BufferPool& buffers) noexcept {
  bool has_moved = false, lacks = false;
  for (const Side from : {Side::client, Side::server}) {
    const auto done = relay_from(from, buffers);
    if (done == Step::failed)
      return fail(certificate_wanted_ ? TlsFailure::wants_certificate : TlsFailure::broken);
    has_moved |= done == Step::moved;
    lacks |= done == Step::no_buffer;
  }
  const bool is_over = std::all_of(ways_.begin(), ways_.end(),
                                   [](const Way& way) { return way.is_shut || way.is_told; });
  if (is_over) end(false);
  if (has_moved || is_over) return Step::moved;
  return lacks ? Step::no_buffer : Step::stuck;
}

TlsSession::Step TlsSession::relay_from(Side from, BufferPool& buffers) noexcept {
  const Way& way = ways_[index(from)];
  if (way.is_shut) return Step::stuck;
  if (way.begin != way.end) return write_some(from);
  if (way.is_ended) return pass_on_end(from);
  return ends_[index(from)].readable ? read_some(from, buffers) : Step::stuck;
}

/// As many records as a buffer takes, so that the other end gets them in few pieces.
TlsSession::Step TlsSession::read_some(Side from, BufferPool& buffers) noexcept {
  Way& way = ways_[index(from)];
  way.buffer = buffers.take();
  if (!way.buffer) return Step::no_buffer;
  const auto room = way.buffer.bytes();
  std::size_t filled = 0;
  auto said = Said::done;
  while (filled != room.size() && said == Said::done) {
    std::size_t got = 0;
    ERR_clear_error();
    said = hear(from, SSL_read_ex(ends_[index(from)].tls.get(), room.data() + filled,
                                  room.size() - filled, &got));
    filled += got;
  }
  way.is_ended = said == Said::closed || said == Said::truncated;
  way.is_truncated = said == Said::truncated;
  way.begin = 0;
  way.end = static_cast<std::uint32_t>(filled);
  if (filled == 0) way.buffer.reset();
  if (said == Said::failed) return Step::failed;
  if (filled != 0) return write_some(from);
  return way.is_ended ? Step::moved : Step::stuck;
}

TlsSession::Step TlsSession::write_some(Side from) noexcept {
  Way& way = ways_[index(from)];
  const Side to = other(from);
  if (!ends_[index(to)].writable) return Step::stuck;
  while (way.begin != way.end) {
    const auto waiting = way.buffer.bytes().subspan(way.begin, way.end - way.begin);
    std::size_t sent = 0;
    ERR_clear_error();
    const auto said =
        hear(to, SSL_write_ex(ends_[index(to)].tls.get(), waiting.data(), waiting.size(), &sent));
    if (said == Said::waits) return Step::stuck;
    if (said != Said::done) return Step::failed;
    way.begin += static_cast<std::uint32_t>(sent);
    way.carried += sent;
  }
  way.buffer.reset();
  return Step::moved;
}

/// The receiver hears of the end as the sender told it: by close_notify (RFC 8446 §6.1), by FIN, or
/// by both. Without a close_notify the receiver gets none either: it has to see that something may
/// be missing.
TlsSession::Step TlsSession::pass_on_end(Side from) noexcept {
  Way& way = ways_[index(from)];
  const Side to = other(from);
  if (!way.is_truncated && !way.is_told) {
    ERR_clear_error();
    const int result = SSL_shutdown(ends_[index(to)].tls.get());
    if (result < 0 && hear(to, result) == Said::waits) return Step::stuck;
    way.is_told = true;
    return Step::moved;
  }
  if (!way.is_truncated && !ends_[index(from)].has_closed) return Step::stuck;
  if (shutdown(pair_.towards(to).get(), SHUT_WR) != 0) return Step::failed;
  way.is_shut = true;
  return Step::moved;
}

/// A client whose hello is not answered yet hears why by an alert.
TlsSession::Step TlsSession::fail(TlsFailure failure) noexcept {
  failure_ = failure;
  if (stage_ == Stage::origin || stage_ == Stage::leaf) {
    refusal_ = failure == TlsFailure::no_leaf ? SSL_AD_INTERNAL_ERROR : SSL_AD_HANDSHAKE_FAILURE;
    SSL_accept(ends_[index(Side::client)].tls.get());
    ERR_clear_error();
  }
  end(failure == TlsFailure::broken);
  return Step::failed;
}

void TlsSession::end(bool is_reset) noexcept {
  stage_ = Stage::over;
  for (auto& end : ends_) end.tls.reset();
  for (auto& way : ways_) way.buffer.reset();
  if (is_reset) {
    decrypt::reset(std::move(pair_.client));
    decrypt::reset(std::move(pair_.server));
  }
  pair_ = {};
}

}  // namespace sekisho::decrypt
