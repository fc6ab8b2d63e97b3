#include <ostream>

#include "../policy_text.h"
#include "commands.h"
#include "tools/sekisho/options.h"

namespace sekisho::tools::commands {
namespace {

ExitCode print_policy(Context& context, const std::string& serial) {
  const auto reply = serial.empty() ? fetch_policy(context, std::nullopt)
                                    : fetch_policy(context, parse_serial(serial));
  if (context.json) {
    print_json(context, reply);
    return ExitCode::done;
  }
  const auto yaml = reply.find("yaml");
  if (yaml == reply.end() || !yaml->is_string())
    throw CommandError(ExitCode::unreachable, "the gateway's reply makes no sense: no yaml in it");
  const auto& text = yaml->get_ref<const std::string&>();
  context.out << text;  // byte for byte, so that it can be applied again
  if (!text.ends_with('\n')) context.out << '\n';
  return ExitCode::done;
}

Action declare_policy_show(Options& options) {
  const auto serial = std::make_shared<std::string>();
  options.operand("SERIAL", "which version (default: the one in force)", *serial, false);
  return [serial](Context& context) { return print_policy(context, *serial); };
}

}  // namespace

Command policy_show() {
  return {"policy show",
          "a policy as it was written",
          {{"sekisho policy show > office.yaml", "the policy in force, to edit"},
           {"sekisho policy show 12", "version 12"}},
          declare_policy_show};
}

}  // namespace sekisho::tools::commands
