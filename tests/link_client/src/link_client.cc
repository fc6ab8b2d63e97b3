#include "link_client/link_client.h"

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "controlplane/proto/gateway_link.grpc.pb.h"

namespace sekisho::tests {

namespace v1 = link::v1;

struct LinkClient::Parts {
  std::optional<BoxIdentity> identity;
  std::unique_ptr<v1::GatewayLink::Stub> stub;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::FromGateway, v1::ToGateway>> stream;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<v1::ToGateway> arrived;  // under mutex
  std::optional<int> code;            // under mutex
  std::thread reader;

  void read() {
    v1::ToGateway message;
    while (stream->Read(&message)) {
      if (message.message_case() == v1::ToGateway::MESSAGE_NOT_SET) continue;
      const std::scoped_lock lock(mutex);
      arrived.push_back(message);
      changed.notify_all();
    }
    const int ended = stream->Finish().error_code();
    const std::scoped_lock lock(mutex);
    code = ended;
    changed.notify_all();
  }

  void close() {
    if (context) context->TryCancel();
    if (reader.joinable()) reader.join();
  }
};

LinkClient::LinkClient(int port, std::string authority_pem, std::optional<BoxIdentity> identity)
    : parts_(std::make_unique<Parts>()) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = std::move(authority_pem);
  if (identity) {
    tls.pem_private_key = identity->key_pem;
    tls.pem_cert_chain = identity->chain_pem;
  }
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("sekisho-console");
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  parts_->stub = v1::GatewayLink::NewStub(grpc::CreateCustomChannel(
      "127.0.0.1:" + std::to_string(port), grpc::SslCredentials(tls), arguments));
  parts_->identity = std::move(identity);
}

LinkClient::~LinkClient() {
  if (parts_) parts_->close();
}
LinkClient::LinkClient(LinkClient&&) noexcept = default;

LinkClient::Enrolled LinkClient::enrol(const std::string& activation_code, const Device& device,
                                       const std::string& box_name) {
  v1::EnrolRequest request;
  request.set_activation_code(activation_code);
  request.set_certificate_request(device.request);
  request.set_box_name(box_name);
  request.set_software_version("1.2.3");
  v1::EnrolReply reply;
  grpc::ClientContext context;
  const auto status = parts_->stub->Enrol(&context, request, &reply);
  return {status.error_code(),
          {device.key_pem, reply.certificate_chain(), reply.tenant_id(), reply.gateway_id(),
           reply.signing_key(), reply.signing_key_sequence()}};
}

LinkClient::Enrolled LinkClient::renew(const Device& device) {
  v1::RenewRequest request;
  request.set_certificate_request(device.request);
  v1::RenewReply reply;
  grpc::ClientContext context;
  const auto status = parts_->stub->Renew(&context, request, &reply);
  BoxIdentity renewed = parts_->identity.value_or(BoxIdentity{});
  renewed.key_pem = device.key_pem;
  renewed.chain_pem = reply.certificate_chain();
  return {status.error_code(), std::move(renewed)};
}

void LinkClient::open() {
  parts_->close();
  parts_->arrived.clear();
  parts_->code.reset();
  parts_->stream.reset();
  parts_->context = std::make_unique<grpc::ClientContext>();
  parts_->stream = parts_->stub->Link(parts_->context.get());
  parts_->reader = std::thread([parts = parts_.get()] { parts->read(); });
}

void LinkClient::open(const v1::Hello& hello) {
  open();
  v1::FromGateway message;
  *message.mutable_hello() = hello;
  send(message);
}

bool LinkClient::send(const v1::FromGateway& message) { return parts_->stream->Write(message); }

std::optional<v1::ToGateway> LinkClient::receive(std::chrono::milliseconds time) {
  std::unique_lock lock(parts_->mutex);
  parts_->changed.wait_for(lock, time, [this] { return !parts_->arrived.empty() || parts_->code; });
  if (parts_->arrived.empty()) return std::nullopt;
  auto message = std::move(parts_->arrived.front());
  parts_->arrived.pop_front();
  return message;
}

int LinkClient::code(std::chrono::milliseconds time) {
  std::unique_lock lock(parts_->mutex);
  parts_->changed.wait_for(lock, time, [this] { return parts_->code.has_value(); });
  return parts_->code.value_or(-1);
}

void LinkClient::cancel() { parts_->close(); }

}  // namespace sekisho::tests
