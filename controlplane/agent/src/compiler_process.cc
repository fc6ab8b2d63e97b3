#include "controlplane/agent/compiler_process.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

#include "child_pipes.h"
#include "config/snapshot/snapshot.h"
#include "json_at.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxReportBytes = std::size_t{4} << 20;
constexpr int kCompiled = 0;  // the exit codes of sekisho-compile
constexpr int kMistakes = 1;

/// What does not have the form is left out: the child is not trusted to be well.
std::vector<policy::Diagnostic> diagnostics_at(const json& object, const char* key) {
  std::vector<policy::Diagnostic> list;
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array()) return list;
  for (const json& entry : *it) {
    if (!entry.is_object()) continue;
    const auto message = entry.find("message");
    if (message == entry.end() || !message->is_string()) continue;
    list.push_back(
        {{number_at<std::uint32_t>(entry, "line"), number_at<std::uint32_t>(entry, "column")},
         message->get<std::string>()});
  }
  return list;
}

std::vector<CompilerOutput::Text> texts_at(const json& object) {
  std::vector<CompilerOutput::Text> texts;
  const auto it = object.find("texts");
  if (it == object.end() || !it->is_array()) return texts;
  for (const json& entry : *it) {
    if (!entry.is_object()) continue;
    const auto name = entry.find("name");
    if (name != entry.end() && name->is_string())
      texts.push_back({name->get<std::string>(), number_at<std::uint32_t>(entry, "rules"),
                       number_at<std::uint32_t>(entry, "refused")});
  }
  return texts;
}

json parse_report(const std::vector<std::byte>& bytes) {
  std::string text(bytes.size(), '\0');
  if (!bytes.empty()) std::memcpy(text.data(), bytes.data(), bytes.size());
  return json::parse(text, nullptr, false);
}

std::string summary(const std::vector<policy::Diagnostic>& mistakes) {
  if (mistakes.size() == 1 && mistakes.front().position.line == 0) return mistakes.front().message;
  std::string text = "the policy has " + std::to_string(mistakes.size()) +
                     (mistakes.size() == 1 ? " mistake" : " mistakes");
  const auto& first = mistakes.front();
  if (first.position.line != 0)
    text += "; line " + std::to_string(first.position.line) + ", column " +
            std::to_string(first.position.column);
  return text + ": " + first.message;
}

Refusal died(int status) {
  if (WIFSIGNALED(status))
    return {{Error::Code::resource, "the compiler was ended by signal " +
                                        std::to_string(WTERMSIG(status)) +
                                        ": a limit, or something it may not do"},
            {}};
  return {{Error::Code::io, "the compiler ended with " + std::to_string(WEXITSTATUS(status)) +
                                "; its log has the reason"},
          {}};
}

std::vector<std::string> command_of(const CompilerSettings& settings) {
  std::vector<std::string> command{settings.binary, "--diagnostics-fd",
                                   std::to_string(PipedChild::kReportFd)};
  if (settings.user != 0)
    command.insert(command.end(), {"--user", std::to_string(settings.user), "--group",
                                   std::to_string(settings.group)});
  if (!settings.geo_database.empty())
    command.insert(command.end(), {"--geo", settings.geo_database});
  return command;
}

std::variant<CompilerOutput, Refusal> run(const std::vector<std::string>& command,
                                          std::string_view input, Clock::time_point deadline) {
  auto child = PipedChild::start(command);
  if (!child) return Refusal{std::move(child).error().within("start the compiler"), {}};
  auto output = child->converse(input, snapshot::kMaxSnapshotBytes, kMaxReportBytes, deadline);
  if (!output) return Refusal{std::move(output).error(), {}};
  const int status = child->wait(deadline);
  if (!WIFEXITED(status) || (WEXITSTATUS(status) != kCompiled && WEXITSTATUS(status) != kMistakes))
    return died(status);

  const json report = parse_report(output->report);
  if (!report.is_object())
    return Refusal{{Error::Code::io, "the compiler's report is no JSON object"}, {}};
  if (WEXITSTATUS(status) == kMistakes) {
    auto mistakes = diagnostics_at(report, "diagnostics");
    if (mistakes.empty()) mistakes.push_back({{}, "refused without a reason"});
    std::string message = summary(mistakes);
    return Refusal{{Error::Code::invalid_input, std::move(message)}, std::move(mistakes)};
  }
  return CompilerOutput{std::move(output->output), diagnostics_at(report, "warnings"),
                        number_at<std::uint32_t>(report, "rules"), texts_at(report)};
}

}  // namespace

std::variant<CompilerOutput, Refusal> run_compiler(std::string_view yaml,
                                                   const CompilerSettings& settings,
                                                   std::string_view rule_packs) {
  auto command = command_of(settings);
  if (!rule_packs.empty()) command.insert(command.end(), {"--rule-packs", std::string(rule_packs)});
  return run(command, yaml, Clock::now() + settings.time_limit);
}

std::variant<CompilerOutput, Refusal> run_rules_compiler(std::string_view texts,
                                                         const CompilerSettings& settings,
                                                         const std::string& known) {
  auto command = command_of(settings);
  command.emplace_back("--rules");
  if (!known.empty()) command.insert(command.end(), {"--known", known});
  return run(command, texts, Clock::now() + settings.rules_time_limit);
}

std::variant<CompilerOutput, Refusal> run_database_compiler(content::DatabaseKind kind,
                                                            std::string_view list,
                                                            const CompilerSettings& settings) {
  auto command = command_of(settings);
  command.insert(command.end(), {"--database", std::string(name_of(kind))});
  return run(command, list, Clock::now() + settings.rules_time_limit);
}

}  // namespace sekisho::controlplane
