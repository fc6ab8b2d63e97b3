#include "decrypted.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <stdexcept>

namespace sekisho::decrypt::test {
namespace {

constexpr int kWaitMs = 20;
constexpr std::chrono::seconds kLong{5};

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

std::pair<FileDescriptor, FileDescriptor> socket_pair() {
  std::array<int, 2> ends{};
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "socketpair");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// "DNS:a,IP:1.2.3.4" of a request.
std::string names_of(const keys::SignRequest& request) {
  std::string names;
  for (const auto& name : request.dns_names)
    names.append(names.empty() ? "" : ",").append("DNS:").append(name);
  for (const auto& address : request.addresses) {
    std::array<char, 64> text{};
    std::array<unsigned char, 4> v4{};
    if (address.size() == v4.size()) {
      std::copy(address.begin(), address.end(), v4.begin());
      std::snprintf(text.data(), text.size(), "%d.%d.%d.%d", v4[0], v4[1], v4[2], v4[3]);
    }
    names.append(names.empty() ? "" : ",").append("IP:").append(text.data());
  }
  return names;
}

}  // namespace

Keys::Keys(std::string folder) : path_(std::move(folder) + "/keys.sock") {
  auto listener = listen_unix(path_);
  require(static_cast<bool>(listener), "listen");
  listener_ = *std::move(listener);
  thread_ = std::thread([this] { serve(); });
}

Keys::~Keys() {
  stop_ = true;
  thread_.join();
}

void Keys::regenerate() { authority_ = tests::Party::root("Sekisho 2"); }

keys::Reply Keys::answer(const keys::Request& request) {
  const auto fingerprint = digest_of(std::array<std::string_view, 1>{authority_.der()});
  if (std::holds_alternative<keys::DescribeRequest>(request)) {
    keys::DescribeReply reply;
    reply.certificate = authority_.der();
    reply.fingerprint = fingerprint;
    return reply;
  }
  const auto* wanted = std::get_if<keys::SignRequest>(&request);
  if (wanted == nullptr || refuses_) return Error{Error::Code::invalid_input, "not today"};
  ++signed_;
  const bool is_trusted = wanted->issuer == keys::Issuer::trusted;
  return keys::SignReply{
      (is_trusted ? authority_ : untrusted_)
          .issue_for(wanted->public_key, names_of(*wanted), wanted->not_before, wanted->not_after),
      fingerprint};
}

void Keys::serve() {
  FileDescriptor asker;
  while (!stop_) {
    if (!asker.valid()) {
      asker = FileDescriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!asker.valid()) std::this_thread::sleep_for(std::chrono::milliseconds(kWaitMs));
      continue;
    }
    std::uint8_t byte = 0;
    if (recv(asker.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    const auto message = receive_message(asker.get(), keys::kMaxMessageBytes, kLong);
    if (!message) {
      asker.reset();
      continue;
    }
    const auto* const body = reinterpret_cast<const std::uint8_t*>(message->body.data());
    const auto request = keys::parse_request({body, message->body.size()});
    require(static_cast<bool>(request), "request");
    require(static_cast<bool>(send_message(asker.get(), keys::encode(answer(*request)), -1, kLong)),
            "reply");
  }
}

End::End(FileDescriptor socket, const Wish& wish)
    : context_(SSL_CTX_new(wish.is_server ? TLS_server_method() : TLS_client_method()),
               SSL_CTX_free),
      tls_(nullptr, SSL_free),
      socket_(std::move(socket)),
      staple_(wish.staple) {
  auto* const context = context_.get();
  if (!wish.suites12.empty()) {
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    require(SSL_CTX_set_cipher_list(context, wish.suites12.c_str()) == 1, "suites");
  }
  for (const auto* root : wish.trusted)
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root->certificate());
  if (!wish.trusted.empty()) SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (wish.wants_certificate)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  if (wish.party != nullptr) {
    require(SSL_CTX_use_certificate(context, wish.party->certificate()) == 1, "certificate");
    require(SSL_CTX_use_PrivateKey(context, wish.party->key()) == 1, "key");
    for (const auto* issuer : wish.issuers) SSL_CTX_add1_chain_cert(context, issuer->certificate());
  }
  if (!staple_.empty()) {
    SSL_CTX_set_tlsext_status_cb(
        context, +[](SSL* tls, void* text) {
          const auto& staple = *static_cast<std::string*>(text);
          auto* const copy = OPENSSL_memdup(staple.data(), staple.size());
          SSL_set_tlsext_status_ocsp_resp(tls, copy, static_cast<long>(staple.size()));
          return SSL_TLSEXT_ERR_OK;
        });
    SSL_CTX_set_tlsext_status_arg(context, &staple_);
  }
  if (wish.is_server) {
    // Servers with the same certificate know each other's tickets.
    std::array<unsigned char, 80> keys{};
    const auto digest = digest_of(std::array<std::string_view, 1>{wish.party->der()});
    std::copy(digest.begin(), digest.end(), keys.begin());
    std::copy(digest.begin(), digest.end(), keys.begin() + digest.size());
    require(SSL_CTX_set_tlsext_ticket_keys(context, keys.data(), keys.size()) == 1, "ticket keys");
    SSL_CTX_set_alpn_select_cb(
        context,
        +[](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
            unsigned int offered_size, void*) {
          *size = offered[0];
          *out = offered + 1;  // the client's first
          return offered_size > 1 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
        },
        nullptr);
  }
  const timeval wait{.tv_sec = kLong.count(), .tv_usec = 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  tls_.reset(SSL_new(context));
  SSL_set_fd(tls_.get(), socket_.get());
  if (wish.is_server) {
    SSL_set_accept_state(tls_.get());
    return;
  }
  SSL_set_connect_state(tls_.get());
  if (!wish.host.empty()) {
    SSL_set_tlsext_host_name(tls_.get(), wish.host.c_str());
    if (!wish.trusted.empty()) SSL_set1_host(tls_.get(), wish.host.c_str());
  }
  if (!wish.protocols.empty())
    SSL_set_alpn_protos(tls_.get(), reinterpret_cast<const unsigned char*>(wish.protocols.data()),
                        static_cast<unsigned int>(wish.protocols.size()));
}

bool End::handshake() {
  ERR_clear_error();
  last_ = SSL_do_handshake(tls_.get());
  if (const auto error = ERR_peek_last_error(); last_ != 1 && error != 0)
    error_ = ERR_reason_error_string(error);
  return last_ == 1;
}

bool End::write(std::string_view text) {
  return SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())) ==
         static_cast<int>(text.size());
}

std::string End::read(std::size_t most) {
  std::string text(most, '\0');
  last_ = SSL_read(tls_.get(), text.data(), static_cast<int>(most));
  text.resize(static_cast<std::size_t>(std::max(last_, 0)));
  return text;
}

std::string End::read_all() {
  std::string text;
  for (auto piece = read(); !piece.empty(); piece = read()) text.append(piece);
  return text;
}

void End::finish() { ::shutdown(socket_.get(), SHUT_WR); }

std::string End::protocol() const {
  const unsigned char* text = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls_.get(), &text, &size);
  return {reinterpret_cast<const char*>(text), size};
}

std::string End::asked_host() const {
  const char* const name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

std::string End::peer_key() const {
  X509* const peer = SSL_get0_peer_certificate(tls_.get());
  const int kind = peer == nullptr ? 0 : EVP_PKEY_get_base_id(X509_get0_pubkey(peer));
  return kind == EVP_PKEY_EC ? "EC" : kind == EVP_PKEY_RSA ? "RSA" : "none";
}

Decrypted::Decrypted(TlsParts& parts, std::string server_address, const HandoverWish& wish,
                     Aside aside)
    : parts_(parts), aside_(std::move(aside)) {
  std::signal(SIGPIPE, SIG_IGN);  // as the process does: OpenSSL writes to sockets itself
  auto [client, ours_of_client] = socket_pair();
  auto [origin, ours_of_origin] = socket_pair();
  client_ = std::move(client);
  origin_ = std::move(origin);
  client_socket_ = ours_of_client.get();
  origin_socket_ = ours_of_origin.get();
  for (const int ours : {client_socket_, origin_socket_}) fcntl(ours, F_SETFL, O_NONBLOCK);
  session_.emplace(RebuiltPair{std::move(ours_of_client), std::move(ours_of_origin)}, parts_, wish,
                   TlsEnds{"192.0.2.1", std::move(server_address), 443}, 7);
  thread_ = std::thread([this] { run(); });
}

Decrypted::~Decrypted() {
  stop_ = true;
  thread_.join();
}

bool Decrypted::wait_over() {
  for (const auto until = std::chrono::steady_clock::now() + kLong;
       !over_ && std::chrono::steady_clock::now() < until;)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return over_;
}

void Decrypted::run() {
  const FileDescriptor poll(epoll_create1(EPOLL_CLOEXEC));
  const auto watch = [&](int descriptor, std::uint32_t tag) {
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u32 = tag}};
    epoll_ctl(poll.get(), EPOLL_CTL_ADD, descriptor, &event);
  };
  watch(client_socket_, 0);
  watch(origin_socket_, 1);
  int watched = -1;
  bool has_more = false;
  while (!stop_) {
    if (parts_.leafs.descriptor() != watched) {
      watched = parts_.leafs.descriptor();
      if (watched >= 0) watch(watched, 2);
    }
    std::array<epoll_event, 8> events{};
    const int count = epoll_wait(poll.get(), events.data(), events.size(), has_more ? 0 : kWaitMs);
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.u32 < 2) {
        session_->note(event.data.u32 == 0 ? Side::client : Side::server, event.events);
        continue;
      }
      std::vector<LeafStore::Told> told;
      parts_.leafs.take_answers(told);
      for (const auto& one : told) session_->leaf_told(one.is_there);
    }
    const auto outcome = session_->work(buffers_);
    lent_buffers_ = buffers_.lent();
    if (aside_) aside_(*session_);
    has_more = outcome == TurnOutcome::goes_on;
    if (outcome == TurnOutcome::unopened) {
      rest_.emplace(session_->take_unopened());
      const auto sent = rest_->sent.bytes().first(rest_->sent_bytes);
      unopened_.assign(sent.begin(), sent.end());
    }
    if (outcome == TurnOutcome::over || outcome == TurnOutcome::unopened) {
      over_ = true;
      return;
    }
  }
}

}  // namespace sekisho::decrypt::test
