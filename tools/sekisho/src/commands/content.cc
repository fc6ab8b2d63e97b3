#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <filesystem>

#include "../content_upload.h"
#include "../policy_text.h"
#include "../rule_data_files.h"
#include "commands.h"
#include "config/base/bounded_file.h"
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

constexpr std::chrono::seconds kRemoveTimeout{60};
constexpr std::chrono::seconds kCompileTimeout{240};  // the largest sets on a slow box

/// Larger ones cannot be sent. Rules in an older encoding grow: the request's own limit remains.
std::string read_file(const std::string& path) {
  auto text = read_bounded(path, kMaxRequestBytes);
  if (!text) throw CommandError(ExitCode::negative, text.error().message);
  return *std::move(text);
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

void add_data(ContentUpload& upload, const std::string& path, const std::string& name,
              std::string text) {
  if (!is_utf8(text)) throw CommandError(ExitCode::negative, path + ": is no UTF-8 text");
  upload.add(name, std::move(text));
}

/// The files that a pack's rules load come along, from the pack's folder. One that cannot is told:
/// the rules that need it will be refused, the others not. One that no gateway takes is an error.
void add_loaded_files(Context& context, const std::string& pack, const rules::RuleSet& set,
                      ContentUpload& upload) {
  for (const auto& file : rules::files_of(set)) {
    auto text = read_data_file(file, kMaxRequestBytes);
    if (text) {
      add_data(upload, file.name, pack + "/" + file.name, *std::move(text));
      continue;
    }
    const auto told = tell_data_file(file, text.error().message);
    if (text.error().code == Error::Code::resource) throw CommandError(ExitCode::negative, told);
    if (text.error().code != Error::Code::not_found || !file.may_be_missing)
      fmt::print(context.err, "{}\n", told);
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
void add_reputation(Context& context, const std::filesystem::path& pack, ContentUpload& upload) {
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
  for (const auto& name : names) {
    const auto path = (folder / name).string();
    auto text =
        read_data_file({.name = name, .position = {.file = pack.string()}}, kMaxRequestBytes);
    if (!text && text.error().code == Error::Code::resource)
      throw CommandError(ExitCode::negative, fmt::format("{} {}", path, text.error().message));
    if (text)
      add_data(upload, path, pack.filename().string() + "/" + name, *std::move(text));
    else
      fmt::print(context.err, "{} {}\n", path, text.error().message);
  }
}

void add_file(Context& context, const std::string& path, ContentUpload& upload) {
  const std::filesystem::path file(path);
  const auto name = file.filename().string();
  if (!name.ends_with(".rules") && !name.ends_with(".config"))
    return add_data(upload, path, name, read_file(path));
  const auto text = as_utf8(read_file(path));
  const auto set = name.ends_with(".rules") ? check(context, path, text) : rules::RuleSet{};
  upload.add(name, text);
  add_loaded_files(context, name, set, upload);
  if (asks_reputation(set)) add_reputation(context, file, upload);
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
    ContentUpload upload;
    for (const auto& path : *files) add_file(context, path, upload);
    upload.send(context);
    return put_in_force(context);
  };
}

Action declare_remove(Options& options) {
  const auto name = std::make_shared<std::string>();
  options.operand("NAME", "as `sekisho content list` shows it", *name, true);
  return [name](Context& context) {
    begin_pack_change(context);
    ask(context, Peer::control, {{"op", "content.remove"}, {"name", *name}}, kRemoveTimeout);
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

/// Of a database the gateway's answer says nothing more.
Action declare_rollback(Options& options) {
  const auto kind = std::make_shared<std::string>("ips");
  options.operand("KIND", "ips (the packs of IPS rules), urls, reputation or indicators", *kind,
                  false);
  return [kind](Context& context) {
    if (*kind == "ips") return put_in_force(context, "content.rollback");
    const auto answer =
        ask(context, Peer::control, {{"op", "content.rollback"}, {"name", *kind}}, kCompileTimeout);
    if (context.json)
      print_json(context, answer);
    else
      fmt::print(context.out, "{}: what was in force before is again\n", *kind);
    return ExitCode::done;
  };
}

Action declare_update(Options&) {
  return [](Context& context) {
    const auto answer = ask(context, Peer::control, {{"op", "content.update"}});
    if (context.json)
      print_json(context, answer);
    else
      fmt::print(context.out,
                 "the console is asked; `sekisho content list` shows what comes of it\n");
    return ExitCode::done;
  };
}

/// Where content comes from: "console", "box" (its own file, the firmware), "import" or "none".
void print_databases(Context& context, const View& reply) {
  if (!reply.has("databases")) return;
  Table table({{"CONTENT"},
               {"FROM"},
               {"VERSION", Column::Align::right},
               {"BUILT"},
               {"AGE", Column::Align::right},
               {"ENTRIES", Column::Align::right},
               {"BYTES", Column::Align::right},
               {"BEFORE", Column::Align::right},
               {"LAST DELIVERY"}});
  for (const auto& one : reply.list("databases")) {
    const bool is_stale = one.flag("stale");
    std::string delivered;
    if (one.has("last_delivery")) {
      const auto last = one.object("last_delivery");
      delivered = fmt::format("version {} {} {}", last.text("version"), last.text("state"),
                              last.text_or_empty("reason"));
    }
    table.add({one.text("kind"),
               one.text("origin"),
               one.text_or_empty("version"),
               one.has("built") ? one.when("built") : std::string(),
               {one.has("age_seconds")
                    ? show_duration(one.count("age_seconds")) + (is_stale ? " (stale)" : "")
                    : std::string(),
                is_stale ? Style::warning : Style::plain},
               one.has("entries") ? show(one.count("entries")) : std::string(),
               one.has("bytes") ? show_bytes(one.count("bytes")) : std::string(),
               one.text_or_empty("former_version"),
               delivered});
  }
  if (!table.empty()) context.out << '\n' << table.render(context.width, context.colour);
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
                 show_bytes(pack.count("bytes")),
                 pack.flag("left_out") ? Cell{"left out", Style::bad} : Cell{pack.text("rules")},
                 pack.text("refused")});
    context.out << table.render(context.width, context.colour);
    if (reply.has("left_out"))
      fmt::print(context.out, "left out since {}: {}\n", reply.object("left_out").when("since"),
                 reply.object("left_out").text("reason"));
    print_console(context, reply.object("console"));
    print_databases(context, reply);
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
          "the packs of IPS rules and the databases on this gateway",
          {{"sekisho content list",
            "names, where they came from, versions, rules in force and refused, and how old"}},
          declare_list};
}

Command content_rollback() {
  return {"content rollback",
          "return to the console's packs, or its database, that were in force before",
          {{"sekisho content rollback", "the packs, until the console delivers newer ones"},
           {"sekisho content rollback urls", "likewise the database of URLs"}},
          declare_rollback};
}

Command content_update() {
  return {"content update",
          "ask the console now for newer packs and databases",
          {{"sekisho content update", "also for what was refused; not for what was left"}},
          declare_update};
}

}  // namespace sekisho::tools::commands
