#include "controlplane/agent/rule_packs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "config/snapshot/snapshot.h"
#include "controlplane/agent/control_request.h"
#include "controlplane/files/framed_texts.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kToldRefusals = 20;
constexpr std::string_view kOwnRules = "ips_rules";  // the policy's, in messages
constexpr std::string_view kVariables = "variables.config";
constexpr std::string_view kCounts = ".counts";  // beside a compiled file: what became of each text
constexpr std::size_t kMaxCountBytes = std::size_t{4} << 20;

bool is_rule_text(std::string_view name) {
  return name.ends_with(".rules") || name == "classification.config" || name == "threshold.config";
}

bool is_pack_name(std::string_view name) {
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return is_rule_text(name) && name.size() <= kMaxNameBytes && name.front() != '.' &&
         name.find_first_not_of(kCharacters) == std::string_view::npos;
}

std::uint32_t number_at(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number_unsigned() ? it->get<std::uint32_t>() : 0;
}

void tell_refused(const CompilerOutput& output) {
  if (output.warnings.empty()) return;
  spdlog::warn("{} IPS rules are in force, {} could not be taken", output.rules,
               output.warnings.size());
  for (std::size_t i = 0; i < std::min(output.warnings.size(), kToldRefusals); ++i)
    spdlog::warn("{}:{}", output.warnings[i].position.line, output.warnings[i].message);
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
  for (const auto& name : names) {
    if (!is_rule_text(name)) continue;
    auto path = folder;
    path.append("/").append(name);
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
                 "'" + std::string(name) +
                     "' is no name for a pack of rules: letters, digits, '_', "
                     "'-' and '.', ending in .rules, or classification.config or threshold.config"};
  if (text.size() > kMaxPackBytes)
    return Error{Error::Code::invalid_input,
                 std::string(name) + " has more than " + std::to_string(kMaxPackBytes) + " bytes"};
  return replace_file(files_, packs_folder() + "/" + std::string(name), text, Readers::group);
}

Status RulePacks::remove_pack(std::string_view name) {
  const auto names = files_.list(packs_folder());
  if (std::find(names.begin(), names.end(), name) == names.end())
    return Error{Error::Code::not_found, "no imported pack is named '" + std::string(name) + "'"};
  files_.remove(packs_folder() + "/" + std::string(name));
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

Status RulePacks::prepare(const std::string& name, std::string_view own_rules,
                          std::string_view variables) {
  if (name.empty()) return ok();
  const auto there = files_.list(folder_);
  if (std::find(there.begin(), there.end(), name) != there.end()) return ok();
  const auto texts = read();
  if (!texts) return Error{texts.error()};
  std::string input;
  if (!variables.empty()) append_frame(input, kVariables, variables);
  for (const auto& text : *texts) append_frame(input, text.name, text.text);
  if (!own_rules.empty()) append_frame(input, kOwnRules, own_rules);
  auto compiled = run_rules_compiler(input, compiler_);
  if (auto* refusal = std::get_if<Refusal>(&compiled)) return std::move(refusal->error);
  const auto& output = *std::get_if<CompilerOutput>(&compiled);
  tell_refused(output);
  const auto path = folder_ + "/" + name;
  if (auto s = files_.write(path + ".new", output.snapshot, Readers::group); !s) return s;
  if (auto s = files_.rename(path + ".new", path); !s) return s;
  keep_counts(name, output);
  made_.push_back(name);
  return ok();
}

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
      counts.push_back(
          {text["name"].get<std::string>(), number_at(text, "rules"), number_at(text, "refused")});
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
