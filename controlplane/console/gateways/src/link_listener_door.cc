// The only file of the console that knows gRPC.
#include <grpc/grpc_security.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

#include "controlplane/console/store/clock.h"
#include "controlplane/proto/gateway_link.grpc.pb.h"
#include "link_listener.h"
#include "listening_socket.h"
#include "streams.h"

namespace sekisho::console {
namespace {

namespace v1 = link::v1;

constexpr int kMaxMessageBytes = 2 << 20;  // a batch of events, a piece of a capture
constexpr std::size_t kMaxCallBytes = std::size_t{16} << 10;  // an enrolment waits for its turn
constexpr std::size_t kMaxMemory = std::size_t{1} << 30;
constexpr std::size_t kMaxOutgoing = 16;  // messages; nothing is read while as many wait
constexpr int kMaxStreams = 16;           // and calls, of one connection; a gateway has two at most
constexpr int kIdleMs = 60'000;           // of a connection without a call
constexpr int kPingMs = 30'000;
constexpr int kPingTimeoutMs = 15'000;

grpc::Status status_of(const Refusal& refusal) {
  const auto code = [&] {
    switch (refusal.end) {
      case End::unauthenticated:
        return grpc::StatusCode::UNAUTHENTICATED;
      case End::permission_denied:
        return grpc::StatusCode::PERMISSION_DENIED;
      case End::invalid_argument:
        return grpc::StatusCode::INVALID_ARGUMENT;
      case End::aborted:
        return grpc::StatusCode::ABORTED;
      case End::resource_exhausted:
        return grpc::StatusCode::RESOURCE_EXHAUSTED;
      case End::deadline_exceeded:
        return grpc::StatusCode::DEADLINE_EXCEEDED;
      case End::unavailable:
        return grpc::StatusCode::UNAVAILABLE;
      case End::internal:
        break;
    }
    return grpc::StatusCode::INTERNAL;
  }();
  return {code, refusal.message};
}

// ---- TLS ----

/// A client without a certificate may come (to enrol); one with a certificate of another authority
/// may not. The console's own certificate is asked for at each handshake, so that a renewed one is
/// used at once.
class Credentials final : public grpc::ServerCredentials {
 public:
  explicit Credentials(ServerIdentity& identity) : identity_(identity) {
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY, &Credentials::fetch, this));
  }
  ~Credentials() override { grpc_server_credentials_release(credentials_); }
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  static grpc_ssl_certificate_config_reload_status fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<Credentials*>(self)->fetch(config);
  }

  grpc_ssl_certificate_config_reload_status fetch(grpc_ssl_server_certificate_config** config) {
    const auto current = identity_.current(unix_ms());
    if (!current) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_FAIL;
    if (used_.exchange(current.get()) == current.get())
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    held_ = current;  // so that another one has another address
    const grpc_ssl_pem_key_cert_pair pair{current->key_pem.c_str(), current->chain_pem.c_str()};
    *config = grpc_ssl_server_certificate_config_create(
        identity_.authority().certificate_pem().c_str(), &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  ServerIdentity& identity_;
  grpc_server_credentials* credentials_ = nullptr;
  std::atomic<const ServerCertificate*> used_{nullptr};
  std::shared_ptr<const ServerCertificate> held_;  // gRPC calls fetch() under a lock of its own
};

/// Refused: there is none, or it names nobody.
Result<PeerCertificate> peer_of(const grpc::CallbackServerContext& context) {
  const auto found = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (found.empty()) return Error{Error::Code::not_found, "a client certificate is needed"};
  return read_peer_certificate({found.front().data(), found.front().size()});
}

// ---- streams ----

class Stream final : public grpc::ServerBidiReactor<v1::FromGateway, v1::ToGateway>, public Wire {
 public:
  /// gRPC holds it until OnDone().
  static Stream* open(grpc::CallbackServerContext& context, const LinkServices& services,
                      const PeerCertificate& peer, const StreamName& name) {
    const std::shared_ptr<Stream> stream(new Stream);
    stream->context_ = &context;
    stream->self_ = stream;
    stream->session_ = std::make_shared<LinkSession>(services, stream, peer, name);
    services.streams.add(stream->session_);
    stream->read_next();
    return stream.get();
  }

  // Wire
  void send(std::shared_ptr<const v1::ToGateway> message) override {
    const std::scoped_lock lock(mutex_);
    if (finished_ || why_) return;
    outgoing_.push_back(std::move(message));
    if (outgoing_.size() == 1) StartWrite(outgoing_.front().get());
  }

  void read_next() override {
    const std::scoped_lock lock(mutex_);
    if (finished_ || why_) return;
    if (outgoing_.size() >= kMaxOutgoing) {
      read_later_ = true;
      return;
    }
    StartRead(&incoming_);
  }

  /// Behind what is being written; the rest of what waits is not worth sending any more.
  void finish(const Refusal& why) override {
    const std::scoped_lock lock(mutex_);
    if (finished_ || why_) return;
    why_ = why;
    if (outgoing_.empty()) finish_locked();
  }

  void abort() override {
    const std::scoped_lock lock(mutex_);
    if (context_ != nullptr) context_->TryCancel();
  }

  // gRPC
  void OnReadDone(bool good) override {
    if (good) return session_->received(std::move(incoming_));
    finish({End::unavailable, "the gateway ended the stream"});
  }

  void OnWriteDone(bool good) override {
    const std::scoped_lock lock(mutex_);
    outgoing_.pop_front();
    if (why_ && !finished_) return finish_locked();
    if (finished_) return;
    if (!good) {
      why_ = Refusal{End::unavailable, "the gateway is gone"};
      return finish_locked();
    }
    if (!outgoing_.empty()) StartWrite(outgoing_.front().get());
    if (outgoing_.size() < kMaxOutgoing && std::exchange(read_later_, false)) StartRead(&incoming_);
  }

  void OnCancel() override {
    const std::scoped_lock lock(mutex_);
    if (finished_) return;
    why_ = Refusal{End::unavailable, "the gateway is gone"};
    finish_locked();
  }

  void OnDone() override {
    {
      const std::scoped_lock lock(mutex_);
      context_ = nullptr;
    }
    session_->ended();
    session_.reset();
    const auto last = std::exchange(self_, nullptr);
  }

 private:
  Stream() = default;

  void finish_locked() {
    finished_ = true;
    Finish(status_of(*why_));
  }

  std::shared_ptr<Stream> self_;
  std::shared_ptr<LinkSession> session_;
  v1::FromGateway incoming_;
  std::mutex mutex_;
  grpc::CallbackServerContext* context_ = nullptr;             // null: gRPC is done with it
  std::deque<std::shared_ptr<const v1::ToGateway>> outgoing_;  // the first is being written
  std::optional<Refusal> why_;                                 // it is about to finish
  bool read_later_ = false;
  bool finished_ = false;
};

/// A stream that is refused before it begins.
class RefusedStream final : public grpc::ServerBidiReactor<v1::FromGateway, v1::ToGateway> {
 public:
  explicit RefusedStream(const Refusal& why) { Finish(status_of(why)); }
  void OnDone() override { delete this; }
};

// ---- the service ----

class Service final : public v1::GatewayLink::CallbackService {
 public:
  explicit Service(LinkListener::Parts parts) : parts_(std::move(parts)) {}

  grpc::ServerUnaryReactor* Enrol(grpc::CallbackServerContext* context,
                                  const v1::EnrolRequest* request, v1::EnrolReply* reply) override {
    return call(context, *request, [this, request, reply] {
      auto enrolment = enrol(parts_.issuing,
                             {request->activation_code(), request->certificate_request(),
                              request->box_name(), request->software_version()},
                             unix_ms());
      reply->set_tenant_id(enrolment.tenant);
      reply->set_gateway_id(enrolment.gateway);
      reply->set_certificate_chain(std::move(enrolment.certificate.chain_pem));
      reply->set_signing_key(std::string(enrolment.signing_key.key.bytes()));
      reply->set_signing_key_sequence(enrolment.signing_key.sequence);
    });
  }

  grpc::ServerUnaryReactor* Renew(grpc::CallbackServerContext* context,
                                  const v1::RenewRequest* request, v1::RenewReply* reply) override {
    return call(context, *request, [this, context, request, reply] {
      const auto peer = peer_of(*context);
      if (!peer) throw Refused(End::unauthenticated, peer.error().message);
      auto certificate = renew(parts_.issuing, *peer, request->certificate_request(), unix_ms());
      reply->set_certificate_chain(std::move(certificate.chain_pem));
    });
  }

  grpc::ServerBidiReactor<v1::FromGateway, v1::ToGateway>* Link(
      grpc::CallbackServerContext* context) override {
    if (stopping_.load()) return new RefusedStream({End::unavailable, "the console stops"});
    const auto peer = peer_of(*context);
    if (!peer) return new RefusedStream({End::unauthenticated, peer.error().message});
    return Stream::open(*context, parts_.services, *peer,
                        parts_.console + "/" + std::to_string(++last_stream_));
  }

  void stop() { stopping_.store(true); }

 private:
  /// `work` on the pool; what it throws is the answer.
  template <class Request, class Work>
  grpc::ServerUnaryReactor* call(grpc::CallbackServerContext* context, const Request& request,
                                 Work work) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    if (request.ByteSizeLong() > kMaxCallBytes) {
      reactor->Finish(status_of({End::invalid_argument, "the request has more than 16 KiB"}));
      return reactor;
    }
    const bool posted = parts_.services.pool.try_post([reactor, work] {
      grpc::Status status;
      try {
        work();
      } catch (const Refused& refused) {
        status = status_of(refused.refusal());
      } catch (const std::exception&) {
        status = status_of({End::unavailable, "the console's database is in trouble"});
      }
      reactor->Finish(status);
    });
    if (!posted) reactor->Finish(status_of({End::resource_exhausted, "too many calls at once"}));
    return reactor;
  }

  LinkListener::Parts parts_;
  std::atomic<std::uint64_t> last_stream_{0};
  std::atomic<bool> stopping_{false};
};

class Listener final : public LinkListener {
 public:
  explicit Listener(Parts parts)
      : credentials_(std::make_shared<Credentials>(parts.identity)), service_(std::move(parts)) {}

  Status listen(const std::string& address) {
    auto socket = ListeningSocket::listen(address);
    if (!socket) return std::move(socket).error();
    socket_.emplace(std::move(*socket));
    port_ = socket_->port();
    grpc::ServerBuilder builder;
    using Type = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
    acceptor_ = builder.experimental().AddExternalConnectionAcceptor(Type::FROM_FD, credentials_);
    builder.RegisterService(&service_);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.SetResourceQuota(grpc::ResourceQuota("gateways").Resize(kMaxMemory));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kPingMs);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingTimeoutMs);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
    server_ = builder.BuildAndStart();
    if (!server_) return Error{Error::Code::io, "gateways cannot be served on " + address};
    socket_->start([this](int listener, FileDescriptor connection) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
      parameters.listener_fd = listener;
      parameters.fd = connection.release();
      acceptor_->HandleNewConnection(&parameters);
    });
    return ok();
  }

  int port() const override { return port_; }

  void stop(std::chrono::milliseconds patience) override {
    service_.stop();
    socket_->stop();
    server_->Shutdown(std::chrono::system_clock::now() + patience);
    server_->Wait();
  }

 private:
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  std::unique_ptr<grpc::Server> server_;
  std::optional<ListeningSocket> socket_;  // last: its thread uses all of the above
};

}  // namespace

Result<std::unique_ptr<LinkListener>> LinkListener::start(Parts parts, const std::string& address) {
  if (!parts.identity.current(unix_ms()))
    return Error{Error::Code::invalid_input,
                 "the console has no certificate: one of its names is no host name or address"};
  auto listener = std::make_unique<Listener>(std::move(parts));
  if (auto listening = listener->listen(address); !listening) return std::move(listening).error();
  return std::unique_ptr<LinkListener>(std::move(listener));
}

}  // namespace sekisho::console
