// Every reader of what a gateway or its event file may hold: the first byte chooses the command,
// the rest is the reply to each of its requests and a line of its event file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "tools/sekisho/command.h"
#include "tools/sekisho/eve_line.h"
#include "tools/sekisho/mask.h"

namespace {

using namespace sekisho::tools;

class OneReplyGateway final : public Gateway {
 public:
  explicit OneReplyGateway(std::string reply) : reply_(std::move(reply)) {}
  Answer request(Peer /*peer*/, const nlohmann::json& /*request*/,
                 std::chrono::milliseconds /*timeout*/) override {
    return interpret_reply(reply_);
  }
  std::optional<Failure> stream(
      Peer /*peer*/, const nlohmann::json& /*request*/, int /*attached*/,
      const std::function<bool()>& /*stopped*/,
      const std::function<bool(const nlohmann::json&)>& on_frame) override {
    auto answer = interpret_reply(reply_);
    if (auto* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
    on_frame(std::get<nlohmann::json>(answer));
    return std::nullopt;
  }

 private:
  std::string reply_;
};

const std::vector<std::vector<std::string>> kCommandLines{{"status"},
                                                          {"ports"},
                                                          {"flows"},
                                                          {"flows", "--top", "source"},
                                                          {"policy", "version"},
                                                          {"policy", "rules"},
                                                          {"policy", "show"},
                                                          {"policy", "rollback"},
                                                          {"policy", "diff"},
                                                          {"trace", "::1"},
                                                          {"explain", "-s", "::1", "-d", "::2"},
                                                          {"version"},
                                                          {"complete", "policy", "show", ""},
                                                          {"alert-captures", "list"}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in;
  Host host{"/nonexistent", "/nonexistent", [] { return false; }, nullptr};
  Context context{out, err, in, host};
  context.width = 80;
  context.open_gateway = [&](const std::string& /*run_dir*/) {
    return std::make_unique<OneReplyGateway>(text);
  };
  auto arguments = kCommandLines[data[0] % kCommandLines.size()];
  arguments.insert(arguments.begin(), {"--run-dir", "/nonexistent"});
  if (data[0] >= 128) arguments.emplace_back("--json");
  const auto code = run_command_line(arguments, context);
  if (code == ExitCode::usage) std::abort();  // a reply is never the user's fault
  if (const auto event = parse_eve(text)) {
    if (render_event(*event, false).find('\x1b') != std::string::npos) std::abort();
  }
  mask_text(text);
  return 0;
}
