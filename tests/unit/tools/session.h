#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tools/sekisho/command.h"

namespace sekisho::tools::test {

/// What a gateway would say, as raw bytes by "peer/op"; what is not there does not answer. Of
/// several replies each request gets the next, the last one again and again; a stream gets all.
using Replies = std::map<std::string, std::vector<std::string>>;

/// A gateway that plays canned replies and notes the requests.
class CannedGateway final : public Gateway {
 public:
  CannedGateway(const Replies& replies, std::vector<nlohmann::json>& requests)
      : replies_(replies), requests_(requests) {}

  Answer request(Peer peer, const nlohmann::json& request,
                 std::chrono::milliseconds /*timeout*/) override {
    const auto* frames = frames_for(peer, request);
    if (frames == nullptr) return Failure{ExitCode::unreachable, "connection refused"};
    auto& next = next_[frames];
    const auto& frame = (*frames)[std::min(next++, frames->size() - 1)];
    return interpret_reply(frame);
  }

  std::optional<Failure> stream(
      Peer peer, const nlohmann::json& request, int attached, const std::function<bool()>& stopped,
      const std::function<bool(const nlohmann::json&)>& on_frame) override {
    attached_ = attached;
    const auto* frames = frames_for(peer, request);
    if (frames == nullptr) return Failure{ExitCode::unreachable, "connection refused"};
    for (const auto& frame : *frames) {
      if (stopped()) return std::nullopt;
      auto answer = interpret_reply(frame);
      if (auto* failure = std::get_if<Failure>(&answer)) return *failure;
      if (!on_frame(std::get<nlohmann::json>(answer))) return std::nullopt;
    }
    return Failure{ExitCode::unreachable, "the peer closed the connection"};
  }

 private:
  const std::vector<std::string>* frames_for(Peer peer, const nlohmann::json& request) {
    requests_.push_back(request);
    const auto key = std::string(name_of(peer)) + "/" + request.at("op").get<std::string>();
    const auto found = replies_.find(key);
    return found == replies_.end() ? nullptr : &found->second;
  }

  const Replies& replies_;
  std::vector<nlohmann::json>& requests_;
  std::map<const std::vector<std::string>*, std::size_t> next_;
  int attached_ = -1;
};

/// Runs the command line as a process would, against a canned gateway.
struct Session {
  Replies replies;
  std::string input;
  unsigned width = 80;
  Host host{"/", "/nonexistent", [] { return false; }, nullptr};

  std::string out;
  std::string err;
  std::vector<nlohmann::json> requests;

  ExitCode run(std::vector<std::string> arguments) {
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    std::istringstream in_stream(input);
    Context context{out_stream, err_stream, in_stream, host};
    context.width = width;
    context.open_gateway = [this](const std::string& /*run_dir*/) {
      return std::make_unique<CannedGateway>(replies, requests);
    };
    const auto code = run_command_line(arguments, context);
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }

  nlohmann::json out_json() const { return nlohmann::json::parse(out); }
};

}  // namespace sekisho::tools::test
