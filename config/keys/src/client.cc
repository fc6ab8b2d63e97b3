#include "config/keys/client.h"

#include <utility>

#include "config/base/text_bytes.h"

namespace sekisho::keys {

Result<SignReply> Client::sign(const SignRequest& request, std::chrono::milliseconds timeout) {
  auto reply = ask(request, timeout);
  if (!reply) return std::move(reply).error();
  if (auto* leaf = std::get_if<SignReply>(&*reply)) return std::move(*leaf);
  return Error{Error::Code::io, "sekisho-keys: answered something else than was asked"};
}

Result<DescribeReply> Client::describe(std::chrono::milliseconds timeout) {
  return ask_for_description(DescribeRequest{}, timeout);
}

Result<DescribeReply> Client::regenerate(const RegenerateRequest& request,
                                         std::chrono::milliseconds timeout) {
  return ask_for_description(request, timeout);
}

Result<DescribeReply> Client::import(const ImportRequest& request,
                                     std::chrono::milliseconds timeout) {
  return ask_for_description(request, timeout);
}

Result<DescribeReply> Client::ask_for_description(const Request& request,
                                                  std::chrono::milliseconds timeout) {
  auto reply = ask(request, timeout);
  if (!reply) return std::move(reply).error();
  if (auto* described = std::get_if<DescribeReply>(&*reply)) return std::move(*described);
  return Error{Error::Code::io, "sekisho-keys: answered something else than was asked"};
}

Result<Reply> Client::ask(const Request& request, std::chrono::milliseconds timeout) {
  const std::string body = encode(request);
  if (body.size() > kMaxMessageBytes)
    return Error{Error::Code::invalid_input,
                 "the request is over " + std::to_string(kMaxMessageBytes) + " bytes"};
  const bool was_open = socket_.valid();
  if (!was_open) {
    auto opened = connect_unix(path_);
    if (!opened) return std::move(opened).error().within("sekisho-keys");
    socket_ = std::move(*opened);
  }
  const auto sent = send_message(socket_.get(), body, -1, timeout);
  auto message = sent ? receive_message(socket_.get(), kMaxMessageBytes, timeout)
                      : Result<Message>(Error(sent.error()));
  if (!message) {
    socket_.reset();
    // A connection that lay open may have been left by a process that is another one by now.
    const bool is_gone = !sent || message.error().code == Error::Code::not_found;
    if (was_open && is_gone) return ask(request, timeout);
    Error error = std::move(message).error().within("sekisho-keys");
    error.code = Error::Code::io;
    return error;
  }
  auto reply = parse_reply(bytes_of(message->body));
  if (!reply) {
    socket_.reset();
    return std::move(reply).error().within("sekisho-keys");
  }
  if (auto* refused = std::get_if<Error>(&*reply)) return std::move(*refused);
  return reply;
}

}  // namespace sekisho::keys
