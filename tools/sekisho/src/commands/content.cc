#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../policy_text.h"
#include "commands.h"
#include "config/base/message_socket.h"
#include "rules/ips/parse.h"
#include "rules/ips/rule_files.h"
#include "rules/ips/variables.h"
#include "tools/sekisho/options.h"
#include "tools/sekisho/reply.h"
#include "tools/sekisho/table.h"

namespace sekisho::tools::commands {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kImportTimeout{60};
constexpr std::chrono::seconds kCompileTimeout{240};  // the largest sets on a slow box

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw CommandError(ExitCode::negative, fmt::format("{}: {}", path, std::strerror(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(json(text).dump());
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

/// Public rules carry bytes of older encodings in their messages; requests are UTF-8.
std::string as_utf8(const std::string& text) {
  if (is_utf8(text)) return text;
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {  // Latin-1
      out += static_cast<char>(0xc0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

/// With the variables of the policy in force, which the rules will be compiled with.
rules::RuleContext context_in_force(Context& context) try {
  return rules::context_of(load_policy(context, std::nullopt));
} catch (const CommandError&) {  // the import itself will tell why
  return rules::RuleContext::of_gateway();
}

/// Rules that could not be taken are told, and no reason to refuse the others.
rules::RuleSet check(Context& context, const std::string& path, const std::string& text) {
  rules::RuleSet set;
  rules::parse_rules(text, path, context_in_force(context), set);
  for (const auto& refused : set.refused)
    fmt::print(context.err, "{}:{}:{}: {}\n", refused.position.file, refused.position.line,
               refused.position.column, refused.message);
  fmt::print(context.err, "{}: {} rules, {} refused\n", path, set.rules.size(), set.refused.size());
  if (set.rules.empty())
    throw CommandError(ExitCode::negative, path + ": holds no rule that can be used");
  return set;
}

ExitCode put_in_force(Context& context, const char* op = "content.apply") {
  const auto answer = context.gateway->request(Peer::control, {{"op", op}}, kCompileTimeout);
  if (const auto* failure = std::get_if<Failure>(&answer)) throw CommandError(*failure);
  const auto& reply = std::get<json>(answer);
  if (context.json)
    print_json(context, reply);
  else
    fmt::print(context.out, "in force as serial {}\n", View(reply, op).text("serial"));
  for (const auto& warning : reply.value("warnings", json::array()))
    if (warning.is_string()) fmt::print(context.err, "warning: {}\n", warning.get<std::string>());
  return ExitCode::done;
}

void request(Context& context, const json& body) {
  const auto answer = context.gateway->request(Peer::control, body, kImportTimeout);
  if (const auto* failure = std::get_if<Failure>(&answer)) throw CommandError(*failure);
}

void import_text(Context& context, const std::string& name, const std::string& text) {
  const json body = {{"op", "content.import"}, {"name", name}, {"text", text}};
  if (body.dump().size() > kMaxRequestBytes)
    throw CommandError(ExitCode::negative, fmt::format("{}: larger than a request may be ({} MiB)",
                                                       name, kMaxRequestBytes >> 20));
  request(context, body);
}

void import_data(Context& context, const std::string& path, const std::string& name) {
  const auto text = read_file(path);
  if (!is_utf8(text)) throw CommandError(ExitCode::negative, path + ": is no UTF-8 text");
  import_text(context, name, text);
}

/// The files that a pack's rules load come along, from the pack's folder. One that cannot is told:
/// the rules that need it will be refused, the others not.
void import_files(Context& context, const std::filesystem::path& pack, const rules::RuleSet& set) {
  for (const auto& file : rules::files_of(set)) {
    const auto path = pack.parent_path() / file.name;
    std::string why;
    if (!rules::is_inside(file.name))
      why = "is outside of the folder of the rules";
    else if (!std::filesystem::is_regular_file(path) && !file.may_be_missing)
      why = "is not there";
    if (!why.empty())
      fmt::print(context.err, "{}:{}:{}: rule {}: file {} {}\n", file.position.file,
                 file.position.line, file.position.column, file.signature, file.name, why);
    else if (std::filesystem::is_regular_file(path))
      import_data(context, path.string(), pack.filename().string() + "/" + file.name);
  }
}

bool asks_reputation(const rules::RuleSet& set) {
  return std::any_of(set.rules.begin(), set.rules.end(), [](const rules::Rule& rule) {
    return std::any_of(rule.tests.begin(), rule.tests.end(), [](const rules::PacketTest& test) {
      return std::holds_alternative<rules::ReputationTest>(test);
    });
  });
}

/// What iprep asks is not named in rules: all of its files in the pack's folder.
void import_reputation(Context& context, const std::filesystem::path& pack) {
  std::vector<std::string> names;
  std::error_code problem;
  const auto folder = pack.has_parent_path() ? pack.parent_path() : std::filesystem::path(".");
  for (std::filesystem::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const auto name = entry->path().filename().string();
    if (rules::is_reputation_categories(name) || rules::is_reputation_list(name))
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  for (const auto& name : names)
    import_data(context, (folder / name).string(), pack.filename().string() + "/" + name);
}

void import_file(Context& context, const std::string& path) {
  const std::filesystem::path file(path);
  const auto name = file.filename().string();
  if (!name.ends_with(".rules") && !name.ends_with(".config"))
    return import_data(context, path, name);
  const auto text = as_utf8(read_file(path));
  const auto set = name.ends_with(".rules") ? check(context, path, text) : rules::RuleSet{};
  import_text(context, name, text);
  import_files(context, file, set);
  if (asks_reputation(set)) import_reputation(context, file);
}

Action declare_import(Options& options) {
  const auto files = std::make_shared<std::vector<std::string>>();
  options.operands("FILE",
                   "rules (*.rules), with the files that they load; classification.config, "
                   "threshold.config; *.categories, *.reputation: what iprep asks of addresses; "
                   "any other: a file that every rule may load",
                   *files, 0);
  return [files](Context& context) {
    if (files->empty()) throw CommandError(ExitCode::usage, "no FILE was given");
    for (const auto& path : *files) import_file(context, path);
    return put_in_force(context);
  };
}

Action declare_remove(Options& options) {
  const auto name = std::make_shared<std::string>();
  options.operand("NAME", "as `sekisho content list` shows it", *name, true);
  return [name](Context& context) {
    request(context, {{"op", "content.remove"}, {"name", *name}});
    return put_in_force(context);
  };
}

/// The console's packs as a whole; nothing where it has delivered none.
void print_console(Context& context, const View& console) {
  if (console.count_or_zero("version") != 0)
    fmt::print(context.out, "console: version {} is in force{}\n", console.text("version"),
               console.has("former_version") ? ", before it was " + console.text("former_version")
                                             : std::string());
  if (!console.has("last_delivery")) return;
  const auto last = console.object("last_delivery");
  if (last.text("state") != "accepted")
    fmt::print(context.out, "console: version {} was {} {}\n", last.text("version"),
               last.text("state") == "refused" ? "refused:" : "left by `sekisho content rollback`",
               last.text_or_empty("reason"));
}

Action declare_rollback(Options&) {
  return [](Context& context) { return put_in_force(context, "content.rollback"); };
}

Action declare_list(Options&) {
  return [](Context& context) {
    const auto answer = ask(context, Peer::control, {{"op", "content.list"}});
    if (context.json) {
      print_json(context, answer);
      return ExitCode::done;
    }
    Table table({{"NAME"},
                 {"FROM"},
                 {"VERSION", Column::Align::right},
                 {"BYTES", Column::Align::right},
                 {"RULES", Column::Align::right},
                 {"REFUSED", Column::Align::right}});
    const View reply(answer, "content.list");
    for (const auto& pack : reply.list("packs"))
      table.add({pack.text("name"), pack.text("origin"), pack.text("version"),
                 show_bytes(pack.count("bytes")), pack.text("rules"), pack.text("refused")});
    context.out << table.render(context.width, context.colour);
    print_console(context, reply.object("console"));
    return ExitCode::done;
  };
}

}  // namespace

Command content_import() {
  return {"content import",
          "add packs of IPS rules to this gateway and put them in force",
          {{"sekisho content import emerging-exploit.rules", "one file of a public set"},
           {"sekisho content import et/*.rules et/classification.config", "all of it"},
           {"sekisho content import hosts.lst", "a data set that rules of the policy load"},
           {"sekisho content import own.categories own.reputation",
            "reputation of addresses, for all rules"}},
          declare_import};
}

Command content_remove() {
  return {"content remove",
          "take an imported pack away",
          {{"sekisho content remove emerging-exploit.rules", "by its name"}},
          declare_remove};
}

Command content_list() {
  return {"content list",
          "the packs of IPS rules on this gateway",
          {{"sekisho content list",
            "names, where they came from, versions, rules in force and refused"}},
          declare_list};
}

Command content_rollback() {
  return {"content rollback",
          "return to the console's packs that were in force before",
          {{"sekisho content rollback", "until the console delivers newer ones"}},
          declare_rollback};
}

}  // namespace sekisho::tools::commands
