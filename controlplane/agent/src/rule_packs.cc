#include "controlplane/agent/rule_packs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

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
constexpr std::string_view kLeftOut = "left_out.json";
constexpr std::size_t kMaxCountBytes = std::size_t{4} << 20;

/// Of what cannot be read.
constexpr std::string_view kUnreadable = "unreadable";

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
      imported_(folder_ + "/packs", kMaxPackBytes, files),
      content_(folder_ + "/content", files),
      left_out_(folder_ + "/" + std::string(kLeftOut), files) {}

std::vector<RulePacks::Text> RulePacks::read_shipped() {
  std::vector<Text> texts;
  if (shipped_.empty()) return texts;
  auto names = files_.list(shipped_);
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    if (!is_rule_text(name)) continue;
    const auto bytes = files_.read(shipped_ + "/" + name, kMaxPackBytes);
    Text text{.name = name};
    if (bytes)
      text.text = text_of(*bytes);
    else
      text.problem = bytes.error().message;
    texts.push_back(std::move(text));
  }
  return texts;
}

/// All of them, also what cannot be read.
std::vector<RulePacks::Text> RulePacks::read_texts() {
  auto texts = read_shipped();
  for (auto& one : imported_.read(tries_change_))
    texts.push_back({.name = std::move(one.name),
                     .text = std::move(one.text),
                     .origin = Origin::import,
                     .problem = std::move(one.problem)});
  auto packs = content_.packs();
  if (!packs)
    texts.push_back(
        {.name = "console", .origin = Origin::console, .problem = packs.error().message});
  else
    for (auto& pack : *packs)
      for (auto& file : pack.files)
        texts.push_back({.name = pack.name + "/" + file.name,
                         .text = std::move(file.text),
                         .origin = Origin::console,
                         .version = pack.version});
  return texts;
}

/// The same, and which of them are left out.
std::vector<RulePacks::Text> RulePacks::read() {
  auto texts = read_texts();
  for (auto& text : texts) {
    text.sha256 = text.problem.empty() ? snapshot::sha256_hex(std::as_bytes(std::span(text.text)))
                                       : std::string(kUnreadable);
    text.is_left_out = left_out_.holds(key_of(text), text.sha256);
  }
  return texts;
}

/// Texts of different origins may have one name.
std::string RulePacks::key_of(const Text& text) {
  return std::to_string(static_cast<int>(text.origin)) + " " + text.name;
}

Result<std::vector<RulePacks::Text>> RulePacks::read_counting() {
  auto texts = read();
  std::erase_if(texts, [](const Text& text) { return text.is_left_out; });
  for (const auto& text : texts)
    if (!text.problem.empty()) return Error{Error::Code::io, text.name + ": " + text.problem};
  return texts;
}

Result<std::vector<RulePacks::Pack>> RulePacks::list(const std::string& name) {
  const auto texts = read();
  const auto counts = counts_of(name);
  std::vector<Pack> packs;
  for (const auto& text : texts) {
    const bool of_console = text.origin == Origin::console;
    auto pack = of_console ? text.name.substr(0, text.name.find('/')) : text.name;
    // The files of one of the console's packs stand together.
    if (packs.empty() || packs.back().name != pack || packs.back().origin != text.origin)
      packs.push_back({std::move(pack), text.origin, text.version});
    auto& row = packs.back();
    row.bytes += text.text.size();
    row.is_left_out = row.is_left_out || text.is_left_out;
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
  auto all = text.size();
  const bool tries = std::exchange(tries_change_, true);
  for (const auto& other : read_texts())
    if (other.origin != Origin::import || other.name != name) all += other.text.size();
  tries_change_ = tries;
  if (all > kMaxAllBytes)
    return Error{Error::Code::resource, "with " + std::string(name) +
                                            " the packs would have more than " +
                                            std::to_string(kMaxAllBytes) + " bytes together"};
  return imported_.stage(name, text);
}

Status RulePacks::remove_pack(std::string_view name) { return imported_.stage_removal(name); }

void RulePacks::discard_change() {
  tries_change_ = false;
  take_back_left_out();
  imported_.discard();
}

/// What was left out and comes anew is tried anew.
void RulePacks::try_change() {
  tries_change_ = true;
  if (!before_leaving_out_) before_leaving_out_ = left_out_;
  for (const auto& name : imported_.staged())
    left_out_.forget(key_of({.name = name, .origin = Origin::import}));
}

Status RulePacks::commit_change() {
  tries_change_ = false;
  auto committed = imported_.commit();
  return committed ? keep_left_out() : committed;
}

void RulePacks::retry_console() {
  if (!before_leaving_out_) before_leaving_out_ = left_out_;
  for (const auto& text : read())
    if (text.origin == Origin::console) left_out_.forget(key_of(text));
}

bool RulePacks::leave_out_more(std::string_view reason) {
  using enum Origin;
  static const std::array<std::vector<Origin>, 4> kRungs{
      {{import}, {console}, {import, console}, {firmware, import, console}}};
  if (!before_leaving_out_) before_leaving_out_ = left_out_;
  const auto texts = read();
  const auto are_there = [&](Origin origin) {
    return std::any_of(texts.begin(), texts.end(), [&](const Text& text) {
      return text.origin == origin && !before_leaving_out_->holds(key_of(text), text.sha256);
    });
  };
  while (rung_ < kRungs.size()) {
    const auto& rung = kRungs[rung_++];
    // Otherwise it is as another rung, or as it was.
    const bool helps = rung.front() == firmware ? are_there(firmware)
                                                : std::all_of(rung.begin(), rung.end(), are_there);
    if (!helps) continue;
    left_out_ = *before_leaving_out_;
    for (const auto& text : texts)
      if (std::find(rung.begin(), rung.end(), text.origin) != rung.end())
        left_out_.add(key_of(text), text.sha256, reason);
    return true;
  }
  return false;
}

Status RulePacks::keep_left_out() {
  before_leaving_out_.reset();
  rung_ = 0;
  return left_out_.save();
}

void RulePacks::take_back_left_out() {
  if (before_leaving_out_) left_out_ = *std::exchange(before_leaving_out_, std::nullopt);
  rung_ = 0;
}

std::optional<RulePacks::LeftOut> RulePacks::left_out() {
  if (left_out_.empty()) return std::nullopt;
  LeftOut found{.packs = {}, .reason = left_out_.reason(), .since = left_out_.since()};
  for (const auto& text : read())
    if (text.is_left_out) found.packs.push_back(text.name);
  if (found.packs.empty()) return std::nullopt;
  return found;
}

Result<std::string> RulePacks::digest() {
  const auto texts = read_counting();
  if (!texts) return Error{texts.error()};
  if (texts->empty()) return std::string();
  std::string all;
  for (const auto& text : *texts) all += text.name + " " + text.sha256 + "\n";
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
  const auto texts = read_counting();
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
    if (name == kLeftOut) continue;
    const auto stem = name.ends_with(kCounts) ? name.substr(0, name.size() - kCounts.size()) : name;
    if (!stays(in_use, stem) && !stays(made_, stem)) files_.remove(folder_ + "/" + name);
  }
}

}  // namespace sekisho::controlplane
