#include <grpcpp/grpcpp.h>

#include <chrono>

#include "config/bundle/bundle.h"
#include "controlplane/proto/gateway_link.grpc.pb.h"
#include "link_stream.h"

namespace sekisho::controlplane {
namespace {

namespace v1 = link::v1;

constexpr std::chrono::seconds kCallTime{15};
// For each address that a host's name stands for: two that are silent are given up, and a third is
// reached, before a Welcome is due.
constexpr std::chrono::milliseconds kConnectTime{5'000};
constexpr int kMaxMessageBytes = static_cast<int>(bundle::kMaxBundleBytes) + (1 << 20);

std::unique_ptr<v1::GatewayLink::Stub> connect(const LinkPeer& peer) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = peer.authority_pem;
  tls.pem_private_key = peer.key_pem;
  tls.pem_cert_chain = peer.chain_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(peer.server_name);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // Each attempt is a connection of its own: we have our own back-off.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(kConnectTime.count()));
  return v1::GatewayLink::NewStub(
      grpc::CreateCustomChannel(peer.address, grpc::SslCredentials(tls), arguments));
}

LinkFailure failure_of(const grpc::Status& status) {
  using Kind = LinkFailure::Kind;
  Kind kind = Kind::refused;
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::CANCELLED:
      kind = Kind::ended;
      break;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      kind = Kind::unreachable;
      break;
    case grpc::StatusCode::UNAUTHENTICATED:
      kind = Kind::unauthenticated;
      break;
    case grpc::StatusCode::PERMISSION_DENIED:
      kind = Kind::revoked;
      break;
    default:
      break;
  }
  return {kind, status.error_message()};
}

class GrpcStream final : public LinkStream {
 public:
  explicit GrpcStream(const LinkPeer& peer)
      : stub_(connect(peer)), stream_(stub_->Link(&context_)) {}
  GrpcStream(const GrpcStream&) = delete;
  GrpcStream& operator=(const GrpcStream&) = delete;

  bool send(const v1::FromGateway& message) override { return stream_->Write(message); }
  bool receive(v1::ToGateway& message) override { return stream_->Read(&message); }
  void cancel() override { context_.TryCancel(); }
  LinkFailure finish() override { return failure_of(stream_->Finish()); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<v1::GatewayLink::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::FromGateway, v1::ToGateway>> stream_;
};

template <class Reply, class Request, class Method>
std::variant<Reply, LinkFailure> call(const LinkPeer& peer, const Request& request, Method method) {
  const auto stub = connect(peer);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallTime);
  Reply reply;
  const auto status = ((*stub).*method)(&context, request, &reply);
  if (!status.ok()) return failure_of(status);
  return reply;
}

}  // namespace

std::unique_ptr<LinkStream> open_link(const LinkPeer& peer) {
  return std::make_unique<GrpcStream>(peer);
}

std::variant<v1::EnrolReply, LinkFailure> call_enrol(const LinkPeer& peer,
                                                     const v1::EnrolRequest& request) {
  return call<v1::EnrolReply>(peer, request, &v1::GatewayLink::Stub::Enrol);
}

std::variant<v1::RenewReply, LinkFailure> call_renew(const LinkPeer& peer,
                                                     const v1::RenewRequest& request) {
  return call<v1::RenewReply>(peer, request, &v1::GatewayLink::Stub::Renew);
}

}  // namespace sekisho::controlplane
