#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tools/sekisho/gateway.h"

namespace sekisho::tools {

class Options;

/// The box around the process, so that tests can stand in for it.
struct Host {
  std::filesystem::path root = "/";   // where proc, sys and etc are found
  std::filesystem::path program_dir;  // where our own binary lies
  std::function<bool()> stopped;      // true after Ctrl-C
  /// Becomes the program; returns only when that fails, with the reason.
  std::function<std::string(const std::vector<std::string>& arguments)> execute;
};

/// What a command works with.
struct Context {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  Host& host;
  std::function<std::unique_ptr<Gateway>(const std::string& run_dir)> open_gateway = {};
  unsigned width = 0;   // columns of the terminal; 0: no limit
  bool colour = false;  // out is a terminal that shows colours
  // Filled in from the global options.
  bool json = false;
  std::string run_dir = {};
  std::unique_ptr<Gateway> gateway = {};
  std::vector<std::string> arguments = {};  // as typed, without the program's name
};

/// Ends a command: `run_command_line` prints the message, with --json also an object
/// {"error": {"code", "message"}} on standard output, and returns the code.
class CommandError : public std::runtime_error {
 public:
  CommandError(ExitCode code, const std::string& message)
      : std::runtime_error(message), failure_{.exit = code, .message = message} {}
  explicit CommandError(Failure failure)
      : std::runtime_error(failure.message), failure_(std::move(failure)) {}
  ExitCode code() const noexcept { return failure_.exit; }
  const Failure& failure() const noexcept { return failure_; }

 private:
  Failure failure_;
};

/// {"code", "message"} of a failure: the gateway's own code where it gave one, else
/// "invalid_input", "usage", "unreachable" or "refused".
nlohmann::json error_to_json(const Failure& failure);

struct Example {
  std::string_view line;
  std::string_view what;
};

/// What to do once the options are parsed. May throw CommandError.
using Action = std::function<ExitCode(Context&)>;

/// One command of the table. `name` is one word or two ("policy check"). `declare` states the
/// options and returns the action, which owns what they are parsed into.
struct Command {
  std::string_view name;
  std::string_view summary;
  std::vector<Example> examples;
  Action (*declare)(Options& options);
  bool hidden = false;        // not in help or completion
  bool pass_through = false;  // unknown arguments are not our business
};

/// Every command, in the order of the help.
const std::vector<Command>& all_commands();

/// Parses `arguments` (without the program's name), runs the command, prints complaints.
ExitCode run_command_line(const std::vector<std::string>& arguments, Context& context);

/// The reply of a request that must succeed; otherwise throws CommandError.
nlohmann::json ask(Context& context, Peer peer, const nlohmann::json& request,
                   std::chrono::milliseconds timeout = std::chrono::seconds(10));

/// Prints `value` for machines: indented, without the "ok" of a reply.
void print_json(Context& context, nlohmann::json value);

/// Prints `value` on one line, for streams.
void print_json_line(Context& context, const nlohmann::json& value);

}  // namespace sekisho::tools
