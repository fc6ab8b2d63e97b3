// The life of a decrypted connection until both its ends are open: hello, origin, leaf, client.
#include "dataplane/decrypt/tls/tls_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

namespace sekisho::decrypt {
namespace {

constexpr int kStepsOfATurn = 16;  // others wait
// In checks of TlsSession::kCheckSeconds, without any progress.
constexpr std::uint32_t kHandshakeChecks = 4;
constexpr std::uint32_t kLendingChecks = 12;  // whoever looks at plaintext may wait for others
constexpr std::uint32_t kFarewellChecks = 2;

}  // namespace

/// The client's bytes come through memory until its hello is whole, so that they can still go on as
/// they are; what OpenSSL would say to it meanwhile is not sent.
TlsSession::TlsSession(RebuiltPair pair, TlsParts& parts, const HandoverWish& wish, TlsEnds names,
                       std::uint32_t waiter)
    : pair_(std::move(pair)),
      parts_(&parts),
      names_(std::move(names)),
      waiter_(waiter),
      wish_(wish) {
  auto& client = ends_[index(Side::client)];
  client.tls.reset(SSL_new(parts.contexts.towards_client.get()));
  BIO* const from = BIO_new(BIO_s_mem());
  BIO* const to = BIO_new(BIO_s_null());
  if (client.tls == nullptr || from == nullptr || to == nullptr) {
    BIO_free(from);
    BIO_free(to);
    client.failed = true;
    return;
  }
  SSL_set_bio(client.tls.get(), from, to);
  SSL_set_app_data(client.tls.get(), this);
  SSL_set_accept_state(client.tls.get());
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
  if (!std::exchange(waits_for_leaf_, false)) return;
  if (!is_there) fail(TlsFailure::no_leaf);
}

void TlsSession::enter(Stage stage) noexcept {
  stage_ = stage;
  ++progress_;
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
    case SSL_ERROR_SYSCALL:
      end.failed = true;
      return Said::reset;
    default:
      break;
  }
  const auto error = ERR_peek_last_error();
  ERR_clear_error();
  const bool is_end = ERR_GET_LIB(error) == ERR_LIB_SSL &&
                      ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return is_end ? Said::truncated : Said::failed;
}

TurnOutcome TlsSession::work(BufferPool& buffers) noexcept {
  for (int turn = 0; turn < kStepsOfATurn; ++turn) {
    if (stage_ == Stage::over) return TurnOutcome::over;
    if (stage_ == Stage::unopened) return TurnOutcome::unopened;
    // What an open session has read before its end was reset still goes on: see relay().
    if (stage_ != Stage::relay &&
        (ends_[index(Side::client)].failed ||
         (ends_[index(Side::server)].failed && !is_refused_ && !is_answered_))) {
      fail(failure_of_reset());
      continue;
    }
    ERR_clear_error();
    const bool was_open = is_open();
    switch (advance(buffers)) {
      case Step::moved:
      case Step::failed:
        // That it is open is told before anything else can become of it.
        if (!was_open && is_open()) return TurnOutcome::goes_on;
        break;
      case Step::stuck:
        return TurnOutcome::waits;
      case Step::no_buffer:
        return TurnOutcome::lacks_memory;
    }
  }
  return stage_ == Stage::over ? TurnOutcome::over : TurnOutcome::goes_on;
}

/// Who is reset in the middle of its handshake was refused by its end, which did not wait until its
/// alert was read.
TlsFailure TlsSession::failure_of_reset() const noexcept {
  if (stage_ == Stage::client && ends_[index(Side::client)].failed) return refusal_of_client();
  if (!ends_[index(Side::server)].failed) return TlsFailure::broken;
  if (certificate_wanted_) return TlsFailure::wants_certificate;
  return stage_ == Stage::origin ? TlsFailure::origin_refused : TlsFailure::broken;
}

TlsSession::Step TlsSession::advance(BufferPool& buffers) noexcept {
  switch (stage_) {
    case Stage::hello:
      return read_hello(buffers);
    case Stage::origin:
      return meet_origin();
    case Stage::finding:
      return ends_[index(Side::client)].has_closed ? fail(TlsFailure::broken) : Step::stuck;
    case Stage::leaf:
      return ask_for_leaf();
    case Stage::client:
      return meet_client();
    case Stage::relay:
      return relay(buffers);
    case Stage::farewell:
      return say_farewell();
    case Stage::unopened:
    case Stage::over:
      break;
  }
  return Step::stuck;
}

TlsSession::Step TlsSession::read_hello(BufferPool& buffers) noexcept {
  End& client = ends_[index(Side::client)];
  if (!client.readable) return Step::stuck;
  if (!hello_) hello_ = buffers.take();
  if (!hello_) return Step::no_buffer;
  const auto room = hello_.bytes().subspan(hello_bytes_);
  const auto got = recv(pair_.client.get(), room.data(), room.size(), 0);
  if (got < 0 && errno == EINTR) return Step::moved;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    client.readable = false;
    return Step::stuck;
  }
  if (got < 0) return fail(TlsFailure::broken);
  if (got == 0) return leave_unopened(TlsFailure::not_tls);
  hello_bytes_ += static_cast<std::uint32_t>(got);
  if (BIO_write(SSL_get_rbio(client.tls.get()), room.data(), static_cast<int>(got)) != got)
    return fail(TlsFailure::broken);
  return take_hello();
}

TlsSession::Step TlsSession::take_hello() noexcept {
  const auto said = hear(Side::client, SSL_accept(tls(Side::client)));
  ends_[index(Side::client)].readable = true;  // the socket itself was not asked
  if (!has_hello_ && said == Said::waits && hello_bytes_ != BufferPool::kBufferBytes)
    return Step::moved;
  // Before our answer a client has nothing to say but its hello.
  if (!has_hello_ || said != Said::waits || BIO_pending(SSL_get_rbio(tls(Side::client))) != 0)
    return leave_unopened(TlsFailure::not_tls);
  if (!asked_.is_supported) return leave_unopened(TlsFailure::unsupported);
  if (wish_.pass_unopened && !parts_->leafs.is_connected())
    return leave_unopened(TlsFailure::no_leaf);  // before anybody has heard anything
  if (SSL_set_fd(tls(Side::client), pair_.client.get()) != 1) return fail(TlsFailure::broken);
  hello_.reset();
  return begin_origin();
}

TlsSession::Step TlsSession::leave_unopened(TlsFailure failure) noexcept {
  if (wish_.pass_unopened) {
    failure_ = failure;
    enter(Stage::unopened);
    return Step::moved;
  }
  // It can be told why, if it is TLS at all.
  if (has_hello_ && SSL_set_fd(tls(Side::client), pair_.client.get()) == 1) stage_ = Stage::origin;
  return fail(failure);
}

Unopened TlsSession::take_unopened() noexcept {
  Unopened taken{std::move(pair_), std::move(hello_), hello_bytes_, {}};
  for (const Side side : {Side::client, Side::server}) {
    const End& end = ends_[index(side)];
    taken.events[index(side)] =
        EPOLLIN | EPOLLOUT | (end.has_closed ? EPOLLRDHUP : 0U) | (end.failed ? EPOLLERR : 0U);
  }
  end(false);
  return taken;
}

TlsSession::Step TlsSession::begin_origin() noexcept {
  auto& origin = ends_[index(Side::server)].tls;
  origin.reset(SSL_new(parts_->contexts.towards_origin.get()));
  enter(Stage::origin);
  if (origin == nullptr || SSL_set_fd(origin.get(), pair_.server.get()) != 1)
    return fail(TlsFailure::broken);
  SSL_set_app_data(origin.get(), this);
  SSL_set_connect_state(origin.get());
  if (!asked_.host.empty() && (asked_.host.find('\0') != std::string::npos ||
                               SSL_set_tlsext_host_name(origin.get(), asked_.host.c_str()) != 1))
    return fail(TlsFailure::not_tls);
  const auto protocols = offered_protocols(asked_.protocols);
  if (!protocols.empty() &&
      SSL_set_alpn_protos(origin.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned int>(protocols.size())) != 0)
    return fail(TlsFailure::not_tls);
  offer_ticket(protocols);
  return Step::moved;
}

void TlsSession::offer_ticket(std::string_view protocols) {
  const auto port = std::to_string(names_.server_port);
  ticket_name_ = digest_of(std::array<std::string_view, 5>{
      names_.client_address, names_.server_address, port, asked_.host, protocols});
  auto kept = parts_->tickets.take(ticket_name_);
  if (kept && SSL_set_session(tls(Side::server), kept->session.get()) == 1)
    staple_ = std::move(kept->staple);
}

/// TLS 1.2's comes with the handshake, TLS 1.3's after it.
void TlsSession::keep_ticket() {
  if (ticket_ == nullptr || stage_ == Stage::origin || stage_ == Stage::finding) return;
  if (judgement_.fault == engines::origin::Fault::none && !std::exchange(has_ticket_, true))
    parts_->tickets.put(ticket_name_, {std::move(ticket_), std::move(staple_)});
  ticket_.reset();
}

TlsSession::Step TlsSession::meet_origin() noexcept {
  if (ends_[index(Side::client)].has_closed) return fail(TlsFailure::broken);  // it has gone
  const auto said = hear(Side::server, SSL_connect(tls(Side::server)));
  if (said == Said::waits) return Step::stuck;
  if (said != Said::done)
    return fail(certificate_wanted_ ? TlsFailure::wants_certificate : TlsFailure::origin_refused);
  if (!judge_origin()) return fail(TlsFailure::origin_refused);
  if (judgement_.leaves_open && ask_about_origin()) {
    enter(Stage::finding);
    return Step::moved;
  }
  return take_judgement();
}

TlsSession::Step TlsSession::ask_for_leaf() noexcept {
  if (ends_[index(Side::client)].has_closed) return fail(TlsFailure::broken);
  if (waits_for_leaf_) return Step::stuck;
  const bool is_trusted = judgement_.fault == engines::origin::Fault::none ||
                          wish_.untrusted_origin == UntrustedOrigin::trust;
  const std::array<std::string_view, 2> shown{origin_der_, asked_host()};
  const LeafName name{digest_of(shown),
                      is_trusted ? keys::Issuer::trusted : keys::Issuer::untrusted,
                      asked_.takes_ecdsa ? LeafKey::p256 : LeafKey::rsa2048};
  leaf_ = parts_->leafs.find(name);
  if (leaf_ != nullptr) return show_leaf(is_trusted);
  auto request = request_for(origin_der_, name.issuer, asked_host(), std::time(nullptr));
  if (!request) return fail(TlsFailure::origin_refused);
  waits_for_leaf_ = parts_->leafs.ask_for(name, *std::move(request), waiter_);
  return waits_for_leaf_ ? Step::stuck : fail(TlsFailure::no_leaf);
}

TlsSession::Step TlsSession::show_leaf(bool is_trusted) noexcept {
  auto* const client = tls(Side::client);
  // Who resumes sees no certificate: so nobody resumes a session that began when the origin was
  // good, nor makes one of a session that it was warned of.
  if (!is_trusted) {
    SSL_set_options(client, SSL_OP_NO_TICKET);
    SSL_set_num_tickets(client, 0);
  }
  if (SSL_use_certificate(client, leaf_->certificate.get()) != 1 ||
      SSL_use_PrivateKey(client, leaf_->key) != 1 ||
      (leaf_->issuers != nullptr && SSL_set1_chain(client, leaf_->issuers.get()) != 1))
    return fail(TlsFailure::no_leaf);
  leaf_.reset();  // OpenSSL holds what it needs
  origin_der_ = {};
  enter(Stage::client);
  return Step::moved;
}

TlsSession::Step TlsSession::meet_client() noexcept {
  const auto said = hear(Side::client, SSL_accept(tls(Side::client)));
  if (said == Said::waits) return Step::stuck;
  if (said != Said::done) return fail(refusal_of_client());
  opened_.client_version = static_cast<std::uint16_t>(SSL_version(tls(Side::client)));
  asked_ = {};
  names_ = {};
  if (chosen_protocol_ == "h2") frames_ = std::make_unique<engines::http2::FrameWalk>();
  enter(Stage::relay);
  return Step::moved;
}

/// A client whose hello is not answered yet hears why by an alert.
TlsSession::Step TlsSession::fail(TlsFailure failure) noexcept {
  failure_ = failure;
  if (stage_ == Stage::origin || stage_ == Stage::finding || stage_ == Stage::leaf) {
    refusal_ = failure == TlsFailure::no_leaf            ? SSL_AD_INTERNAL_ERROR
               : failure == TlsFailure::untrusted_origin ? SSL_AD_ACCESS_DENIED
               : failure == TlsFailure::not_tls          ? SSL_AD_DECODE_ERROR
                                                         : SSL_AD_HANDSHAKE_FAILURE;
    SSL_accept(tls(Side::client));
    ERR_clear_error();
  }
  end(failure == TlsFailure::broken || failure == TlsFailure::timed_out ||
      failure == TlsFailure::http2_flood);
  return Step::failed;
}

bool TlsSession::has_timed_out() noexcept {
  const bool may_wait = stage_ == Stage::relay && !is_answered_ &&
                        !ways_[0].passage.awaits_clearing() && !ways_[1].passage.awaits_clearing();
  if (may_wait || std::exchange(progress_seen_, progress_) != progress_) {
    idle_checks_ = 0;
    return false;
  }
  const auto most = stage_ == Stage::relay      ? kLendingChecks
                    : stage_ == Stage::farewell ? kFarewellChecks
                                                : kHandshakeChecks;
  if (++idle_checks_ < most) return false;
  if (stage_ == Stage::farewell)
    end(false);
  else
    fail(TlsFailure::timed_out);
  return true;
}

void TlsSession::forget() noexcept {
  decrypt::forget(std::exchange(pair_, {}));
  end(false);
}

void TlsSession::end(bool is_reset) noexcept {
  stage_ = Stage::over;
  for (auto& end : ends_) end.tls.reset();
  for (auto& way : ways_) way.passage.reset();
  hello_.reset();
  if (is_reset) {
    was_reset_ = true;
    decrypt::reset(std::move(pair_.client));
    decrypt::reset(std::move(pair_.server));
  }
  pair_ = {};
}

}  // namespace sekisho::decrypt
