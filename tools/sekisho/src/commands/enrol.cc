#include <fmt/format.h>
#include <fmt/ostream.h>

#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kEnrolTimeout{45};  // the console may be far away

struct EnrolOptions {
  std::string console;
  std::vector<std::string> code;  // people type it with spaces
  bool again = false;
};

json request_of(const EnrolOptions& options) {
  std::string code;
  for (const auto& part : options.code) code += (code.empty() ? "" : " ") + part;
  json request{{"op", "enrol"}, {"code", code}, {"again", options.again}};
  if (!options.console.empty()) request["console"] = options.console;
  return request;
}

/// The reply, or the command ends with what went wrong.
json ask(Context& context, const json& request) {
  const auto answer = context.gateway->request(Peer::control, request, kEnrolTimeout);
  if (const auto* failure = std::get_if<Failure>(&answer)) throw CommandError(*failure);
  return std::get<json>(answer);
}

Action declare_enrol(Options& options) {
  const auto parsed = std::make_shared<EnrolOptions>();
  options.operands("CODE", "activation code that the console gave", parsed->code, 0);
  options.text("-c,--console", "HOST:PORT[,...]",
               "the console, with all its addresses (default: the box file's)", parsed->console);
  options.flag("--again", "replace the console that this box is enrolled at", parsed->again);
  return [parsed](Context& context) {
    if (parsed->code.empty()) throw CommandError(ExitCode::usage, "the activation code is missing");
    const json reply = ask(context, request_of(*parsed));
    if (context.json) {
      print_json(context, reply);
      return ExitCode::done;
    }
    const View view(reply, "enrol");
    fmt::print(context.out, "enrolled at {} as gateway {}\n", view.text("console"),
               view.text("gateway"));
    return ExitCode::done;
  };
}

Action declare_unenrol(Options& /*options*/) {
  return [](Context& context) {
    const json reply = ask(context, {{"op", "unenrol"}});
    if (context.json)
      print_json(context, reply);
    else
      fmt::print(context.out, "this box has no console any more; its policy stays in force\n");
    return ExitCode::done;
  };
}

}  // namespace

Command enrol() {
  return {"enrol",
          "put this box under a console, with an activation code",
          {{"sekisho enrol --console console.example:8443 7K2M-...-4", "a new box"},
           {"sekisho enrol --again --console console.example:8443 7K2M-...-4",
            "after it was replaced or its certificate revoked"},
           {"sekisho enrol --console a.example:8443,b.example:8443 7K2M-...-4",
            "a console that runs twice"}},
          declare_enrol};
}

Command unenrol() {
  return {"unenrol",
          "take this box from its console; forgets its key",
          {{"sekisho unenrol", "before it goes to somebody else"}},
          declare_unenrol};
}

}  // namespace sekisho::tools::commands
