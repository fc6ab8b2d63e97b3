#include <fmt/format.h>
#include <fmt/ostream.h>

#include "../policy_text.h"
#include "commands.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kApplyTimeout{120};  // 65,536 rules on a slow box

/// The mistakes of a refused policy, "FILE:line:column: message" each; none when it was refused
/// for something else.
std::size_t print_diagnostics(Context& context, const json& reply, const std::string& file) {
  const View view(reply, "policy.apply");
  auto diagnostics = view.list("diagnostics");
  if (diagnostics.empty()) diagnostics = view.object("error").list("diagnostics");
  for (const auto& mistake : diagnostics)
    fmt::print(context.err, "{}:{}:{}: {}\n", file, mistake.count_or_zero("line"),
               mistake.count_or_zero("column"), mistake.text("message"));
  return diagnostics.size();
}

ExitCode print_applied(Context& context, const json& reply) {
  if (context.json) {
    print_json(context, reply);
    return ExitCode::done;
  }
  const View view(reply, "policy.apply");
  for (const auto& warning : view.texts("warnings"))
    fmt::print(context.err, "warning: {}\n", warning);
  const double total_ms = view.object("timings").number("total_ms").value_or(0);
  fmt::print(context.out, "serial {} is in force: {} rules, {:.{}f} ms\n{}\n", view.text("serial"),
             view.text("rules"), total_ms, total_ms < 10 ? 1 : 0, view.text("content_address"));
  return ExitCode::done;
}

/// Sends a request that changes the policy; refusals name `file`.
ExitCode change_policy(Context& context, const json& request, const std::string& file) {
  const auto answer = context.gateway->request(Peer::control, request, kApplyTimeout);
  if (const auto* reply = std::get_if<json>(&answer)) return print_applied(context, *reply);
  const auto& failure = std::get<Failure>(answer);
  const auto mistakes = print_diagnostics(context, failure.reply, file);
  if (mistakes == 0) throw CommandError(failure);
  if (context.json) print_json(context, failure.reply);
  fmt::print(context.err, "{} mistake{}; nothing was changed\n", mistakes,
             mistakes == 1 ? "" : "s");
  return failure.exit;
}

struct ApplyOptions {
  std::string file;
  std::string comment;
};

Action declare_apply(Options& options) {
  const auto parsed = std::make_shared<ApplyOptions>();
  options.operand("FILE", "policy in YAML; - is standard input", parsed->file, true);
  options.text("-m,--comment", "TEXT", "why, for the history", parsed->comment);
  return [parsed](Context& context) {
    const auto yaml = read_policy_file(context, parsed->file);
    const json request{{"op", "policy.apply"}, {"yaml", yaml}, {"comment", parsed->comment}};
    return change_policy(context, request, parsed->file);
  };
}

Action declare_rollback(Options& options) {
  const auto serial = std::make_shared<std::string>();
  options.operand("SERIAL", "the version to return to (default: the one before)", *serial, false);
  return [serial](Context& context) {
    json request{{"op", "policy.rollback"}};
    if (!serial->empty()) request["serial"] = parse_serial(*serial);
    return change_policy(context, request, "policy");
  };
}

}  // namespace

Command policy_apply() {
  return {
      "policy apply",
      "compile a policy file and put it in force",
      {{"sekisho policy apply office.yaml --comment 'guests may print'", "apply with a reason"},
       {"sekisho policy show | sed s/drop/reset/ | sekisho policy apply -", "change and apply"}},
      declare_apply};
}

Command policy_rollback() {
  return {"policy rollback",
          "return to an earlier policy, under a new serial",
          {{"sekisho policy rollback", "undo the last change"},
           {"sekisho policy rollback 12", "return to version 12"}},
          declare_rollback};
}

}  // namespace sekisho::tools::commands
