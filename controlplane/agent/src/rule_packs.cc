#include "controlplane/agent/rule_packs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "config/policy/pack_name.h"
#include "config/snapshot/snapshot.h"
#include "controlplane/agent/control_request.h"
#include "controlplane/files/framed_texts.h"
#include "json_at.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

using policy::is_pack_name;
using policy::is_rule_text;

static_assert(RulePacks::kMaxAllBytes == policy::kMaxAllPackBytes);
static_assert(kMaxNameBytes == policy::kMaxPackNameBytes);

constexpr std::size_t kToldRefusals = 20;
constexpr std::string_view kOwnRules = "ips_rules";  // the policy's, in messages
constexpr std::string_view kVariables = "variables.config";
constexpr std::string_view kCounts = ".counts";  // beside a compiled file: what became of each text
constexpr std::size_t kMaxCountBytes = std::size_t{4} << 20;

/// Packs lie in one folder: a slash of their names is a character that names do not have.
std::string file_of(std::string_view name) {
  std::string file(name);
  std::replace(file.begin(), file.end(), '/', '@');
  return file;
}

std::string name_of(std::string_view file) {
  std::string name(file);
  std::replace(name.begin(), name.end(), '@', '/');
  return name;
}

/// "FILE: ..." with the line behind the file: it is no line of the policy.
std::string with_line(const policy::Diagnostic& refused) {
  auto text = refused.message;
  const auto colon = text.find(':');
  if (colon == std::string::npos) return text;
  return text.insert(colon, ":" + std::to_string(refused.position.line));
}

/// What an administrator is told of rules that are not in force: the first ones, and how many.
std::vector<policy::Diagnostic> tell_refused(const CompilerOutput& output) {
  std::vector<policy::Diagnostic> told;
  const auto& refused = output.warnings;
  if (refused.empty()) return told;
  spdlog::warn("{} IPS rules are in force, with {} remarks on what is not", output.rules,
               refused.size());
  const auto count = std::min(refused.size(), kToldRefusals);
  for (std::size_t i = 0; i < count; ++i) {
    told.push_back({{}, "IPS rules: " + with_line(refused[i])});
    spdlog::warn("{}", told.back().message);
  }
  if (refused.size() > count)
    told.push_back({{}, "IPS rules: " + std::to_string(refused.size() - count) + " more remarks"});
  return told;
}

}  // namespace

RulePacks::RulePacks(std::string shipped, std::string folder, CompilerSettings compiler,
                     FileDoor& files)
    : shipped_(std::move(shipped)),
      folder_(std::move(folder)),
      compiler_(std::move(compiler)),
      files_(files),
      content_(folder_ + "/content", files) {}

Status RulePacks::read_folder(const std::string& folder, Origin origin, std::vector<Text>& texts) {
  auto names = files_.list(folder);
  std::sort(names.begin(), names.end());
  for (const auto& file : names) {
    const auto name = origin == Origin::firmware ? file : name_of(file);
    if (origin == Origin::firmware ? !is_rule_text(name) : !is_pack_name(name)) continue;
    auto path = folder;
    path.append("/").append(file);
    const auto bytes = files_.read(path, kMaxPackBytes);
    if (!bytes) return Error{bytes.error()}.within(path);
    texts.push_back({name, text_of(*bytes), origin, 0});
  }
  return ok();
}

Result<std::vector<RulePacks::Text>> RulePacks::read() {
  std::vector<Text> texts;
  if (!shipped_.empty())
    if (auto s = read_folder(shipped_, Origin::firmware, texts); !s) return std::move(s).error();
  if (auto s = read_folder(packs_folder(), Origin::import, texts); !s) return std::move(s).error();
  auto packs = content_.packs();
  if (!packs) return std::move(packs).error();
  for (auto& pack : *packs)
    for (auto& file : pack.files)
      texts.push_back(
          {pack.name + "/" + file.name, std::move(file.text), Origin::console, pack.version});
  return texts;
}

Result<std::vector<RulePacks::Pack>> RulePacks::list(const std::string& name) {
  const auto texts = read();
  if (!texts) return Error{texts.error()};
  const auto counts = counts_of(name);
  std::vector<Pack> packs;
  for (const auto& text : *texts) {
    const bool of_console = text.origin == Origin::console;
    auto pack = of_console ? text.name.substr(0, text.name.find('/')) : text.name;
    // The files of one of the console's packs stand together.
    if (packs.empty() || packs.back().name != pack || packs.back().origin != text.origin)
      packs.push_back({std::move(pack), text.origin, text.version});
    auto& row = packs.back();
    row.bytes += text.text.size();
    for (const auto& count : counts) {
      if (count.name != text.name) continue;
      row.is_counted = true;
      row.rules += count.rules;
      row.refused += count.refused;
    }
  }
  return packs;
}

Status RulePacks::import_pack(std::string_view name, std::string_view text) {
  if (!is_pack_name(name))
    return Error{Error::Code::invalid_input,
                 "'" + std::string(name) + "' is no name for a pack of rules: at most " +
                     std::to_string(kMaxNameBytes) +
                     " letters, digits, '_', '-' and '.', ending in .rules, or "
                     "classification.config, threshold.config or a file that rules load"};
  if (text.size() > kMaxPackBytes)
    return Error{Error::Code::invalid_input,
                 std::string(name) + " has more than " + std::to_string(kMaxPackBytes) + " bytes"};
  const auto packs = list({});
  if (!packs) return Error{packs.error()};
  auto all = text.size();
  for (const auto& pack : *packs)
    if (pack.origin != Origin::import || pack.name != name) all += pack.bytes;
  if (all > kMaxAllBytes)
    return Error{Error::Code::resource, "with " + std::string(name) +
                                            " the packs would have more than " +
                                            std::to_string(kMaxAllBytes) + " bytes together"};
  if (is_rule_text(name)) remove_data_files(name);
  return replace_file(files_, packs_folder() + "/" + file_of(name), text, Readers::group);
}

/// Those that came with the pack `name`.
void RulePacks::remove_data_files(std::string_view name) {
  const auto begin = std::string(name) + "@";
  for (const auto& file : files_.list(packs_folder()))
    if (file.starts_with(begin)) files_.remove(packs_folder() + "/" + file);
}

Status RulePacks::remove_pack(std::string_view name) {
  const auto names = files_.list(packs_folder());
  const auto file = file_of(name);
  if (!is_pack_name(name) || std::find(names.begin(), names.end(), file) == names.end())
    return Error{Error::Code::not_found, "no imported pack is named '" + std::string(name) + "'"};
  if (is_rule_text(name)) remove_data_files(name);
  files_.remove(packs_folder() + "/" + file);
  return ok();
}

Result<std::string> RulePacks::digest() {
  const auto texts = read();
  if (!texts) return Error{texts.error()};
  if (texts->empty()) return std::string();
  std::string all;
  for (const auto& text : *texts)
    all += text.name + " " + snapshot::sha256_hex(std::as_bytes(std::span(text.text))) + "\n";
  return snapshot::sha256_hex(std::as_bytes(std::span(all)));
}

Result<std::vector<policy::Diagnostic>> RulePacks::prepare(const PolicyRules& rules,
                                                           const std::string& in_force) {
  std::vector<policy::Diagnostic> told;
  if (rules.name.empty()) return told;
  const auto there = files_.list(folder_);
  const auto is_there = [&there](const std::string& name) {
    return std::find(there.begin(), there.end(), name) != there.end();
  };
  if (is_there(rules.name)) return told;
  const auto texts = read();
  if (!texts) return Error{texts.error()};
  std::string input;
  if (!rules.variables.empty()) append_frame(input, kVariables, rules.variables);
  for (const auto& text : *texts) append_frame(input, text.name, text.text);
  if (!rules.own.empty()) append_frame(input, kOwnRules, rules.own);
  const auto known = is_there(in_force) ? folder_ + "/" + in_force : std::string();
  auto compiled = run_rules_compiler(input, compiler_, known);
  if (auto* refusal = std::get_if<Refusal>(&compiled)) return std::move(refusal->error);
  const auto& output = *std::get_if<CompilerOutput>(&compiled);
  told = tell_refused(output);
  const auto path = folder_ + "/" + rules.name;
  if (auto s = replace_file(files_, path, output.snapshot, Readers::group); !s)
    return std::move(s).error();
  keep_counts(rules.name, output);
  made_.push_back(rules.name);
  return told;
}

void RulePacks::forget_compiled(const std::string& name) { files_.remove(folder_ + "/" + name); }

/// For people only: without it the rules are as much in force.
void RulePacks::keep_counts(const std::string& name, const CompilerOutput& output) {
  auto texts = nlohmann::json::array();
  for (const auto& text : output.texts)
    texts.push_back({{"name", text.name}, {"rules", text.rules}, {"refused", text.refused}});
  const auto path = folder_ + "/" + name + std::string(kCounts);
  if (auto s = replace_file(files_, path, texts.dump(), Readers::group); !s)
    spdlog::warn("{}", s.error().message);
}

std::vector<CompilerOutput::Text> RulePacks::counts_of(const std::string& name) {
  std::vector<CompilerOutput::Text> counts;
  if (name.empty()) return counts;
  const auto bytes = files_.read(folder_ + "/" + name + std::string(kCounts), kMaxCountBytes);
  if (!bytes) return counts;
  const auto texts = nlohmann::json::parse(text_of(*bytes), nullptr, false);
  if (!texts.is_array()) return counts;
  for (const auto& text : texts)
    if (text.is_object() && text.contains("name") && text["name"].is_string())
      counts.push_back({text["name"].get<std::string>(), number_at<std::uint32_t>(text, "rules"),
                        number_at<std::uint32_t>(text, "refused")});
  return counts;
}

void RulePacks::remove_unused(const std::vector<std::string>& in_use) {
  const auto last = made_.size() - std::min(made_.size(), kKeptFiles);
  made_.erase(made_.begin(), made_.begin() + static_cast<std::ptrdiff_t>(last));
  const auto stays = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const auto& name : files_.list(folder_)) {
    const auto stem = name.ends_with(kCounts) ? name.substr(0, name.size() - kCounts.size()) : name;
    if (!stays(in_use, stem) && !stays(made_, stem)) files_.remove(folder_ + "/" + name);
  }
}

}  // namespace sekisho::controlplane
