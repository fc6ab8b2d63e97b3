#pragma once

#include <memory>
#include <string>
#include <variant>

#include "controlplane/proto/gateway_link.pb.h"

namespace sekisho::controlplane {

/// Why a call or a stream ended.
struct LinkFailure {
  enum class Kind {
    ended,            // by the console, or by us
    unreachable,      // nobody there, or not who it should be
    unauthenticated,  // the console does not know the code or the certificate
    revoked,
    refused,  // anything else
  };
  Kind kind = Kind::ended;
  std::string message;
};

struct LinkPeer {
  std::string address;
  std::string server_name;
  std::string authority_pem;
  std::string key_pem;  // with the chain: our own; empty: we do not say who we are
  std::string chain_pem;
};

/// One stream; the only place that knows gRPC is behind it.
class LinkStream {
 public:
  virtual ~LinkStream() = default;
  virtual bool send(const link::v1::FromGateway& message) = 0;  // of one thread; may block
  virtual bool receive(link::v1::ToGateway& message) = 0;       // of another; blocks
  /// Ends both; any thread.
  virtual void cancel() = 0;
  /// Once, after both have failed.
  virtual LinkFailure finish() = 0;
};
std::unique_ptr<LinkStream> open_link(const LinkPeer& peer);

std::variant<link::v1::EnrolReply, LinkFailure> call_enrol(const LinkPeer& peer,
                                                           const link::v1::EnrolRequest& request);
std::variant<link::v1::RenewReply, LinkFailure> call_renew(const LinkPeer& peer,
                                                           const link::v1::RenewRequest& request);

}  // namespace sekisho::controlplane
