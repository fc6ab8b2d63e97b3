#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <map>
#include <ostream>
#include <utility>

#include "command_line.h"
#include "tools/sekisho/command.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

constexpr std::string_view kFooter =
    "Where the gateway is: --run-dir, else $SEKISHO_RUN_DIR, else /run/sekisho.\n"
    "Results go to standard output, complaints to standard error; with --json also one object\n"
    "{\"error\": {\"code\", \"message\"}} on standard output.\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  the input is bad, or the answer is negative\n"
    "  2  wrong usage\n"
    "  3  the gateway does not answer, or its answer makes no sense\n"
    "  4  refused by the gateway or by the system\n"
    "\n"
    "'sekisho COMMAND --help' shows options and examples of a command.";

std::string examples_of(const Command& command) {
  std::string text = "Examples:";
  for (const auto& example : command.examples) {
    text += "\n  ";
    text += example.line;
    text += "\n      ";
    text += example.what;
  }
  return text;
}

std::string_view summary_of_group(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kGroups[] = {
      {"alert-captures", "packets around alerts: list, export, remove"},
      {"content", "packs of IPS rules, and the URL database"},
      {"policy", "check, apply, compare and take back the policy"},
      {"bandwidth", "who used how much of the line"},
      {"callbacks", "which hosts call servers that control malware"},
      {"quarantine", "who is cut off after an attack"},
      {"tls", "connections that are decrypted, and those that are not"},
      {"tls bypasses", "clients and hosts that are not decrypted, as it failed for them"},
      {"users", "who is behind which address"},
      {"ca", "the certificate authority for decrypted connections"},
      {"reputation", "how far a site is to be trusted"},
      {"rules", "check IPS rules, and see what they cost"},
      {"url", "what the URL database knows of URLs"},
  };
  for (const auto& [group, summary] : kGroups)
    if (group == name) return summary;
  return "";
}

/// The group ("policy", "tls bypasses") that commands of several words belong to, made on first
/// use. `name`: all words but the command's last; empty: it belongs to the root.
CLI::App& group(CLI::App& root, const std::string& name) {
  if (name.empty()) return root;
  const auto space = name.rfind(' ');
  auto& above = group(root, space == name.npos ? std::string() : name.substr(0, space));
  const auto word = name.substr(space == name.npos ? 0 : space + 1);
  const auto same = above.get_subcommands([&](CLI::App* sub) { return sub->get_name() == word; });
  if (!same.empty()) return *same.front();
  auto& made = *above.add_subcommand(word, std::string(summary_of_group(name)));
  made.require_subcommand(1);
  made.fallthrough();
  return made;
}

struct Declared {
  CLI::App* app = nullptr;
  Action action;
};

Declared declare(CLI::App& root, const Command& command) {
  const std::string name(command.name);
  const auto space = name.rfind(' ');
  auto& parent = group(root, space == name.npos ? std::string() : name.substr(0, space));
  auto* app = parent.add_subcommand(space == name.npos ? name : name.substr(space + 1),
                                    std::string(command.summary));
  app->footer(examples_of(command));
  app->fallthrough(!command.pass_through);
  app->prefix_command(command.pass_through);
  if (command.hidden) app->group("");
  Options options(*app);
  return {app, command.declare(options)};
}

/// The name of what was chosen, for complaints: "sekisho policy apply".
std::string chosen_name(const CLI::App& root) {
  std::string name = "sekisho";
  for (const auto* app = &root; !app->get_subcommands().empty();) {
    app = app->get_subcommands().back();
    name += " " + app->get_name();
  }
  return name;
}

/// Tells a failure to people and, when asked for, to machines.
ExitCode fail(Context& context, const std::string& name, const Failure& failure) {
  context.err << name << ": " << failure.message << '\n';
  if (context.json) print_json_line(context, {{"error", error_to_json(failure)}});
  return failure.exit;
}

ExitCode complain(Context& context, const CLI::App& root, const CLI::ParseError& problem) {
  if (problem.get_exit_code() == 0) {  // --help and --version are answers
    const bool version = problem.get_name() == "CallForVersion";
    context.out << (version ? std::string(problem.what()) + "\n" : root.help());
    return ExitCode::done;
  }
  const auto name = chosen_name(root);
  const auto code = fail(context, name, {.exit = ExitCode::usage, .message = problem.what()});
  context.err << "try '" << name << " --help'\n";
  return code;
}

ExitCode run_action(Context& context, const std::string& name, const Action& action) {
  try {
    return action(context);
  } catch (const CommandError& problem) {
    return fail(context, name, problem.failure());
  } catch (const nlohmann::json::exception& problem) {
    return fail(context, name,
                {.exit = ExitCode::unreachable,
                 .message = std::string("the gateway's reply makes no sense: ") + problem.what()});
  }
}

std::string default_run_dir() {
  const char* set = std::getenv("SEKISHO_RUN_DIR");
  return set != nullptr && *set != '\0' ? set : "/run/sekisho";
}

}  // namespace

CommandTree::CommandTree() : root_(std::make_unique<CLI::App>()) {
  root_->name("sekisho");
  root_->description("The local command line of a Sekisho gateway.");
  root_->footer(std::string(kFooter));
  root_->require_subcommand(1);
  root_->fallthrough();
  root_->set_help_flag("-h,--help", "what this does, and examples");
  root_->set_version_flag("--version", "sekisho " SEKISHO_VERSION, "the version of this program");
  run_dir_ = default_run_dir();
  root_->add_option("--run-dir", run_dir_, "folder of the gateway's sockets")->type_name("DIR");
  root_->add_flag("--json", json_, "print for machines");
}

CommandTree::~CommandTree() = default;

void CommandTree::add(const Command& command) {
  auto declared = declare(*root_, command);
  actions_[declared.app] = std::move(declared.action);
}

ExitCode CommandTree::run(const std::vector<std::string>& arguments, Context& context) {
  // Also when the arguments turn out to be wrong.
  context.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  auto reversed = arguments;  // CLI11 takes them from the back
  std::reverse(reversed.begin(), reversed.end());
  try {
    root_->parse(reversed);
  } catch (const CLI::ParseError& problem) {
    return complain(context, *root_, problem);
  }
  context.json = json_;
  context.run_dir = run_dir_;
  context.arguments = arguments;
  context.gateway = context.open_gateway(run_dir_);
  CLI::App* chosen = root_.get();
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().back();
  return run_action(context, chosen_name(*root_), actions_.at(chosen));
}

std::unique_ptr<CommandTree> CommandTree::whole() {
  auto tree = std::make_unique<CommandTree>();
  for (const auto& command : all_commands()) tree->add(command);
  return tree;
}

ExitCode run_command_line(const std::vector<std::string>& arguments, Context& context) {
  return CommandTree::whole()->run(arguments, context);
}

nlohmann::json ask(Context& context, Peer peer, const nlohmann::json& request,
                   std::chrono::milliseconds timeout) {
  auto answer = context.gateway->request(peer, request, timeout);
  if (const auto* failure = std::get_if<Failure>(&answer)) throw CommandError(*failure);
  return std::move(std::get<nlohmann::json>(answer));
}

nlohmann::json error_to_json(const Failure& failure) {
  std::string code = failure.exit == ExitCode::negative  ? "invalid_input"
                     : failure.exit == ExitCode::usage   ? "usage"
                     : failure.exit == ExitCode::refused ? "refused"
                                                         : "unreachable";
  const auto error = failure.reply.find("error");
  if (error != failure.reply.end() && error->is_object())
    if (const auto told = error->find("code"); told != error->end() && told->is_string())
      code = told->get<std::string>();
  return {{"code", code}, {"message", failure.message}};
}

void print_json(Context& context, nlohmann::json value) {
  if (value.is_object()) value.erase("ok");
  context.out << value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_json_line(Context& context, const nlohmann::json& value) {
  context.out << value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace sekisho::tools
