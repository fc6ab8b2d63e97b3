#pragma once

#include <chrono>
#include <string>

#include "config/base/message_socket.h"
#include "config/keys/messages.h"

namespace sekisho::keys {

/// Asks sekisho-keys, waiting for each answer. One connection, opened when it is needed and again
/// after it broke; one thread. Who must not wait sends encode()'s bytes in a frame and reads
/// replies with parse_reply() as they come.
class Client {
 public:
  explicit Client(std::string socket_path) : path_(std::move(socket_path)) {}

  /// not_found: sekisho-keys is not there; io: it went away or did not answer in time; else its own
  /// refusal.
  Result<SignReply> sign(const SignRequest& request, std::chrono::milliseconds timeout);
  Result<DescribeReply> describe(std::chrono::milliseconds timeout);
  Result<DescribeReply> regenerate(const RegenerateRequest& request,
                                   std::chrono::milliseconds timeout);
  Result<DescribeReply> import(const ImportRequest& request, std::chrono::milliseconds timeout);

 private:
  Result<Reply> ask(const Request& request, std::chrono::milliseconds timeout);
  Result<DescribeReply> ask_for_description(const Request& request,
                                            std::chrono::milliseconds timeout);

  std::string path_;
  FileDescriptor socket_;  // invalid: not connected
};

}  // namespace sekisho::keys
