#include "complete.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "command_line.h"
#include "tools/sekisho/reply.h"

namespace sekisho::tools {
namespace {

constexpr std::chrono::seconds kPatience{1};  // of somebody who has just pressed Tab

/// The options of `app` and those of the program, which may stand anywhere.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  std::vector<const CLI::Option*> options;
  for (const auto* level = &app; level != nullptr; level = level->get_parent())
    for (const auto* option : level->get_options())
      if (level == &app || option->get_name() != "--help") options.push_back(option);
  return options;
}

const CLI::Option* option_named(const CLI::App& app, const std::string& word) {
  for (const auto* option : options_of(app))
    if (option->check_name(word)) return option;
  return nullptr;
}

bool takes_value(const CLI::Option* option) {
  return option != nullptr && option->get_items_expected_max() > 0;
}

/// "a|b|c", the value of a choice, as its words.
void add_choices(const std::string& shown, std::vector<Candidate>& out) {
  if (shown.find('|') == shown.npos) return;
  for (std::size_t begin = 0; begin <= shown.size();) {
    const auto end = std::min(shown.find('|', begin), shown.size());
    out.push_back({shown.substr(begin, end - begin), ""});
    begin = end + 1;
  }
}

void add_rules(Context& context, std::vector<Candidate>& out) {
  const auto answer = context.gateway->request(Peer::control, {{"op", "policy.show"}}, kPatience);
  const auto* reply = std::get_if<nlohmann::json>(&answer);
  if (reply == nullptr) return;
  std::size_t number = 0;
  for (const auto& rule : View(*reply, "policy.show").object("meta").list("rules"))
    out.push_back({std::to_string(++number), rule.text("name")});
}

void add_serials(Context& context, std::vector<Candidate>& out) {
  const auto answer =
      context.gateway->request(Peer::control, {{"op", "policy.history"}}, kPatience);
  const auto* reply = std::get_if<nlohmann::json>(&answer);
  if (reply == nullptr) return;
  for (const auto& version : View(*reply, "policy.history").list("versions"))
    out.push_back({version.text("serial"),
                   version.when("applied_at") + " " + version.text_or_empty("comment")});
}

void add_captures(Context& context, std::vector<Candidate>& out) {
  const auto answer =
      context.gateway->request(Peer::dataplane, {{"op", "alert_captures.list"}}, kPatience);
  const auto* reply = std::get_if<nlohmann::json>(&answer);
  if (reply == nullptr) return;
  for (const auto& capture : View(*reply, "alert_captures.list").list("captures"))
    out.push_back({capture.text("name"), capture.text_or_empty("message")});
}

void add_value(const CLI::Option& option, Context& context, std::vector<Candidate>& out) {
  add_choices(option.get_type_name(), out);
  if (option.check_name("--rule")) add_rules(context, out);
}

void add_names(const CLI::App& app, std::vector<Candidate>& out) {
  for (const auto* option : options_of(app))
    for (const auto& name : option->get_lnames())
      out.push_back({"--" + name, option->get_description()});
}

void add_next(const CLI::App& app, Context& context, std::vector<Candidate>& out) {
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty())
      out.push_back({command->get_name(), command->get_description()});
  for (const auto* option : app.get_options()) {
    if (!option->get_positional()) continue;
    add_choices(option->get_type_name(), out);
    const auto name = option->get_name(true);
    if (name == "SERIAL" || name == "VERSION") add_serials(context, out);
    if (name == "CAPTURE") add_captures(context, out);
  }
}

}  // namespace

std::vector<Candidate> complete_words(const std::vector<std::string>& words, Context& context) {
  const auto tree = CommandTree::whole();
  const CLI::App* app = &tree->root();
  const CLI::Option* waiting = nullptr;  // for its value
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const auto& word = words[i];
    const bool is_value = waiting != nullptr;
    waiting = nullptr;
    if (is_value) continue;
    if (word.starts_with('-')) {
      const auto* option = option_named(*app, word);
      if (takes_value(option)) waiting = option;
      continue;
    }
    const auto next =
        app->get_subcommands([&](const CLI::App* command) { return command->get_name() == word; });
    if (!next.empty()) app = next.front();
  }
  std::vector<Candidate> candidates;
  const std::string current = words.empty() ? "" : words.back();
  if (waiting != nullptr)
    add_value(*waiting, context, candidates);
  else if (current.starts_with('-'))
    add_names(*app, candidates);
  else
    add_next(*app, context, candidates);
  std::erase_if(candidates,
                [&](const Candidate& candidate) { return !candidate.word.starts_with(current); });
  return candidates;
}

}  // namespace sekisho::tools
