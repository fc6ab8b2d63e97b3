#include "tools/sekisho/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>

#include "tools/sekisho/text.h"

namespace sekisho::tools {
namespace {

/// The words also stand in the help and in completions, as "a|b|c".
void restrict(CLI::Option* option, const std::vector<std::string>& allowed) {
  std::string shown;
  for (const auto& word : allowed) shown += (shown.empty() ? "" : "|") + word;
  const auto check = [allowed, shown](const std::string& word) {
    const bool known = std::find(allowed.begin(), allowed.end(), word) != allowed.end();
    return known ? std::string() : "'" + word + "' is not one of " + shown;
  };
  option->type_name(shown)->check(CLI::Validator(check, ""));
}

}  // namespace

void Options::flag(std::string_view names, std::string_view help, bool& target) {
  app_.add_flag(std::string(names), target, std::string(help));
}

void Options::text(std::string_view names, std::string_view value, std::string_view help,
                   std::string& target) {
  app_.add_option(std::string(names), target, std::string(help))->type_name(std::string(value));
}

void Options::required_text(std::string_view names, std::string_view value, std::string_view help,
                            std::string& target) {
  app_.add_option(std::string(names), target, std::string(help))
      ->type_name(std::string(value))
      ->required();
}

void Options::number(std::string_view names, std::string_view help,
                     std::optional<std::uint64_t>& target, std::uint64_t least,
                     std::uint64_t most) {
  const auto parse = [&target, least, most](const CLI::results_t& values) {
    const auto number = parse_number(values.back());
    if (!number || *number < least || *number > most)
      throw CLI::ValidationError("'" + values.back() + "' is not a number between " +
                                 std::to_string(least) + " and " + std::to_string(most));
    target = number;
    return true;
  };
  app_.add_option(std::string(names), parse, std::string(help))->type_name("NUMBER");
}

void Options::choice(std::string_view names, std::string_view help, std::string& target,
                     const std::vector<std::string>& allowed) {
  restrict(app_.add_option(std::string(names), target, std::string(help)), allowed);
}

void Options::list(std::string_view names, std::string_view value, std::string_view help,
                   std::vector<std::string>& target) {
  app_.add_option(std::string(names), target, std::string(help))
      ->type_name(std::string(value))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void Options::operand(std::string_view name, std::string_view help, std::string& target,
                      bool required) {
  app_.add_option(std::string(name), target, std::string(help))->type_name("")->required(required);
}

void Options::operand_choice(std::string_view name, std::string_view help, std::string& target,
                             const std::vector<std::string>& allowed, bool required) {
  auto* option = app_.add_option(std::string(name), target, std::string(help));
  restrict(option, allowed);
  option->required(required);
}

void Options::operands(std::string_view name, std::string_view help,
                       std::vector<std::string>& target, std::size_t most) {
  constexpr int kNoLimit = 1 << 20;
  app_.add_option(std::string(name), target, std::string(help))
      ->type_name("")
      ->expected(0, most == 0 ? kNoLimit : static_cast<int>(most));
}

}  // namespace sekisho::tools
