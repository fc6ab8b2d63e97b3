#include <grpcpp/grpcpp.h>
#include <zlib.h>

#include <catch2/catch.hpp>

#include "controlplane/proto/gateway_link.grpc.pb.h"
#include "fake_console.h"

namespace sekisho::controlplane {

namespace v1 = link::v1;

class FakeConsole::Service final : public v1::GatewayLink::Service {
 public:
  using Stream = grpc::ServerReaderWriter<v1::ToGateway, v1::FromGateway>;

  Service(FakeConsole& console, const TestAuthority& authority)
      : console_(console), authority_(authority) {}

  grpc::Status Enrol(grpc::ServerContext*, const v1::EnrolRequest* request,
                     v1::EnrolReply* reply) override {
    if (request->activation_code() != console_.code())
      return {grpc::StatusCode::UNAUTHENTICATED, "no"};
    reply->set_tenant_id("tenant");
    reply->set_gateway_id("gateway");
    reply->set_certificate_chain(sign(request->certificate_request()));
    reply->set_signing_key(std::string(console_.signing_key.public_key().bytes()));
    reply->set_signing_key_sequence(0);
    return grpc::Status::OK;
  }

  grpc::Status Renew(grpc::ServerContext* context, const v1::RenewRequest* request,
                     v1::RenewReply* reply) override {
    if (context->auth_context()->GetPeerIdentity().empty() &&
        context->auth_context()->FindPropertyValues("x509_common_name").empty())
      return {grpc::StatusCode::UNAUTHENTICATED, "who"};
    reply->set_certificate_chain(sign(request->certificate_request()));
    const std::lock_guard lock(mutex);
    ++renewals;
    return grpc::Status::OK;
  }

  grpc::Status Link(grpc::ServerContext* context, Stream* stream) override {
    const auto names = context->auth_context()->FindPropertyValues("x509_common_name");
    if (names.empty() || names.front() != "gateway")
      return {grpc::StatusCode::UNAUTHENTICATED, "who"};
    if (behaviour().revoked) return {grpc::StatusCode::PERMISSION_DENIED, "revoked"};
    v1::FromGateway message;
    if (!stream->Read(&message) || !message.has_hello())
      return {grpc::StatusCode::INVALID_ARGUMENT, "no Hello"};
    {
      const std::lock_guard lock(mutex);
      stream_ = stream;
      context_ = context;
      ++hellos;
    }
    greet(message);
    keep(message);
    while (stream->Read(&message)) {
      answer(message);
      keep(message);
    }
    const std::lock_guard lock(mutex);
    if (stream_ == stream) stream_ = nullptr, context_ = nullptr;
    return grpc::Status::OK;
  }

  bool send(const v1::ToGateway& message) {
    const std::lock_guard lock(mutex);
    return stream_ != nullptr && stream_->Write(message);
  }
  void hang_up() {
    const std::lock_guard lock(mutex);
    if (context_ != nullptr) context_->TryCancel();
  }
  Behaviour behaviour() const {
    const std::lock_guard lock(mutex);
    return behaviour_;
  }

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  Behaviour behaviour_;  // under mutex, as what follows
  Messages messages;
  std::string lines;
  std::uint64_t stored = 0;
  int hellos = 0;
  int renewals = 0;

 private:
  std::string sign(const std::string& request) const {
    return authority_.sign_request(request, "gateway", "tenant", behaviour().certificate_lived) +
           authority_.certificate_pem();
  }

  void greet(const v1::FromGateway& hello) {
    const auto how = behaviour();
    if (!how.says_welcome) return;
    v1::ToGateway welcome;
    welcome.mutable_welcome()->set_heartbeat_seconds(how.heartbeat_seconds);
    welcome.mutable_welcome()->set_status_interval_seconds(60);
    welcome.mutable_welcome()->set_answers_reputation(how.answers_reputation);
    {
      const std::lock_guard lock(mutex);
      welcome.mutable_welcome()->set_events_stored(stored);
    }
    send(welcome);
    if (hello.hello().policy().state() == v1::POLICY_STATE_ENFORCED)
      confirm(hello.hello().policy());
  }

  void confirm(const v1::PolicyReport& report) {
    if (!behaviour().confirms) return;
    v1::ToGateway confirmation;
    confirmation.mutable_confirmation()->set_version(report.version());
    send(confirmation);
  }

  void answer(const v1::FromGateway& message) {
    if (message.has_policy() && message.policy().state() == v1::POLICY_STATE_ENFORCED)
      confirm(message.policy());
    if (message.has_events() && behaviour().stores_events) store(message.events());
    if (message.message_case() == v1::FromGateway::MESSAGE_NOT_SET) send({});
  }

  void store(const v1::EventBatch& batch) {
    std::string raw(batch.raw_bytes(), '\0');
    uLongf size = raw.size();
    CHECK(uncompress(reinterpret_cast<Bytef*>(raw.data()), &size,
                     reinterpret_cast<const Bytef*>(batch.zlib().data()),
                     batch.zlib().size()) == Z_OK);
    CHECK(size == raw.size());
    v1::ToGateway reply;
    {
      const std::lock_guard lock(mutex);
      const auto last = batch.first_sequence() + batch.lines() - 1;
      if (last > stored) {  // else it was here before
        lines += raw;
        stored = last;
      }
      reply.mutable_events_stored()->set_sequence(stored);
    }
    reply.mutable_events_stored()->set_epoch(batch.epoch());
    send(reply);
  }

  void keep(const v1::FromGateway& message) {
    {
      const std::lock_guard lock(mutex);
      messages.push_back(message);
    }
    changed.notify_all();
  }

  FakeConsole& console_;
  const TestAuthority& authority_;
  Stream* stream_ = nullptr;
  grpc::ServerContext* context_ = nullptr;
};

struct FakeConsole::Server {
  std::unique_ptr<grpc::Server> server;
};

FakeConsole::FakeConsole(const TestAuthority& authority, int port, const std::string& names)
    : authority_(authority),
      service_(std::make_unique<Service>(*this, authority)),
      server_(std::make_unique<Server>()) {
  const auto issued = authority.issue_server(names);
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = authority.certificate_pem();
  tls.pem_key_cert_pairs = {{issued.key_pem, issued.certificate_pem + authority.certificate_pem()}};
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::SslServerCredentials(tls),
                           &port_);
  builder.RegisterService(service_.get());
  server_->server = builder.BuildAndStart();
  REQUIRE(server_->server);
}

FakeConsole::~FakeConsole() {
  server_->server->Shutdown(std::chrono::system_clock::now());
  server_->server->Wait();
}

std::string FakeConsole::code() const {
  return activation::to_text({.secret = {1, 2, 3}, .authority = authority_.fingerprint()});
}

void FakeConsole::behave(const Behaviour& behaviour) {
  const std::lock_guard lock(service_->mutex);
  service_->behaviour_ = behaviour;
}
FakeConsole::Behaviour FakeConsole::behaviour() const { return service_->behaviour(); }
bool FakeConsole::send(const v1::ToGateway& message) { return service_->send(message); }

bool FakeConsole::send_bundle(std::uint64_t version, const std::string& bytes) {
  v1::ToGateway message;
  message.mutable_bundle()->set_version(version);
  message.mutable_bundle()->set_bytes(bytes);
  return send(message);
}

bool FakeConsole::wait_for(const std::function<bool(const Messages&)>& found,
                           std::chrono::milliseconds timeout) const {
  std::unique_lock lock(service_->mutex);
  return service_->changed.wait_for(lock, timeout, [&] { return found(service_->messages); });
}

bool FakeConsole::reported(v1::PolicyState state, std::uint64_t version,
                           std::chrono::milliseconds timeout) const {
  return wait_for(
      [&](const Messages& all) {
        for (const auto& m : all) {
          const auto& report = m.has_hello() ? m.hello().policy() : m.policy();
          if (report.state() == state && report.version() == version) return true;
        }
        return false;
      },
      timeout);
}

v1::PolicyReport FakeConsole::last_report() const {
  const std::lock_guard lock(service_->mutex);
  for (auto m = service_->messages.rbegin(); m != service_->messages.rend(); ++m) {
    if (m->has_policy()) return m->policy();
    if (m->has_hello()) return m->hello().policy();
  }
  return {};
}

int FakeConsole::hellos() const {
  const std::lock_guard lock(service_->mutex);
  return service_->hellos;
}
int FakeConsole::renewals() const {
  const std::lock_guard lock(service_->mutex);
  return service_->renewals;
}
std::string FakeConsole::stored_lines() const {
  const std::lock_guard lock(service_->mutex);
  return service_->lines;
}
void FakeConsole::hang_up() { service_->hang_up(); }

}  // namespace sekisho::controlplane
