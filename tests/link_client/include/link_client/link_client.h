#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "console_support/device.h"
#include "controlplane/proto/gateway_link.pb.h"

namespace sekisho::tests {

/// What a box has after it enrolled.
struct BoxIdentity {
  std::string key_pem;
  std::string chain_pem;
  std::string tenant;
  std::string gateway;
  std::string signing_key;  // 32 bytes
  std::uint64_t signing_key_sequence = 0;
};

/// A gateway's end of the link: real TLS to a console on this machine, blocking calls.
class LinkClient {
 public:
  /// Numbers of gRPC's status codes that tests ask for.
  enum Code : int {
    kOk = 0,
    kInvalidArgument = 3,
    kDeadlineExceeded = 4,
    kPermissionDenied = 7,
    kAborted = 10,
    kUnavailable = 14,
    kUnauthenticated = 16,
  };

  /// `authority_pem`: the console's CA; `identity`: without one, no client certificate.
  LinkClient(int port, std::string authority_pem,
             std::optional<BoxIdentity> identity = std::nullopt);
  ~LinkClient();
  LinkClient(LinkClient&&) noexcept;

  struct Enrolled {
    int code = 0;
    BoxIdentity identity;
  };
  Enrolled enrol(const std::string& activation_code, const Device& device,
                 const std::string& box_name = "box");
  Enrolled renew(const Device& device);

  /// Opens the stream; with open(Hello) says Hello.
  void open();
  void open(const link::v1::Hello& hello);
  bool send(const link::v1::FromGateway& message);
  /// The next message but heartbeats. Nothing: the time is over, or the stream is.
  std::optional<link::v1::ToGateway> receive(
      std::chrono::milliseconds time = std::chrono::seconds(10));
  /// Waits for the stream's end and says its code; -1: it does not end in time.
  int code(std::chrono::milliseconds time = std::chrono::seconds(10));
  /// The gateway's end goes away.
  void cancel();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sekisho::tests
