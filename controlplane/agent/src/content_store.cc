#include "controlplane/agent/content_store.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "config/snapshot/snapshot.h"
#include "controlplane/files/framed_texts.h"
#include "json_at.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxStateBytes = std::size_t{1} << 20;
constexpr std::string_view kEnding = ".packs";

json to_json(const ContentStore::Kept& kept) {
  json packs = json::array();
  for (const auto& pack : kept.packs)
    packs.push_back({{"name", pack.name}, {"version", pack.version}});
  return {{"version", kept.version}, {"digest", kept.digest}, {"packs", std::move(packs)}};
}

/// Nothing where there is none, or the file is damaged.
std::optional<ContentStore::Kept> kept_at(const json& state, const char* key) {
  const auto it = state.find(key);
  if (it == state.end() || !it->is_object()) return std::nullopt;
  ContentStore::Kept kept{number_at(*it, "version"), text_at(*it, "digest"), {}};
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (kept.digest.size() != 64 || kept.digest.find_first_not_of(kDigits) != std::string::npos)
    return std::nullopt;
  const auto packs = it->value("packs", json::array());
  if (!packs.is_array()) return std::nullopt;
  for (const json& pack : packs)
    if (pack.is_object()) kept.packs.push_back({text_at(pack, "name"), number_at(pack, "version")});
  return kept;
}

ContentOutcome outcome_named(std::string_view name) {
  using enum ContentOutcome;
  for (const auto outcome : {accepted, refused, rolled_back})
    if (name_of(outcome) == name) return outcome;
  return none;
}

std::string framed(const ContentSet& set) {
  std::string all;
  for (const auto& pack : set.packs)
    for (const auto& file : pack.files) append_frame(all, pack.name + "/" + file.name, file.text);
  return all;
}

std::string digest_of(std::string_view bytes) {
  return snapshot::sha256_hex(std::as_bytes(std::span(bytes)));
}

}  // namespace

ContentStore::ContentStore(std::string folder, FileDoor& files)
    : folder_(std::move(folder)), files_(&files) {
  load();
  for (const auto& name : files_->list(folder_))  // what a kill left half-way
    if (name.ends_with(".new")) files_->remove(folder_ + "/" + name);
}

void ContentStore::load() {
  const auto bytes = files_->read(folder_ + "/state.json", kMaxStateBytes);
  if (!bytes) return;
  const json state = json::parse(text_of(*bytes), nullptr, false);
  if (!state.is_object()) return spdlog::error("content: {}/state.json is damaged", folder_);
  current_ = kept_at(state, "current");
  former_ = kept_at(state, "former");
  pending_ = kept_at(state, "pending");
  pending_rolls_back_ = state.value("pending_rolls_back", json(false)) == true;
  pending_was_interrupted_ = state.value("pending_was_interrupted", json(false)) == true;
  unproven_ = state.value("unproven", json(false)) == true;
  highest_ = number_at(state, "highest_version");
  // As without any: the console delivers again what it has delivered to a box that lost it.
  if (current_)
    if (const auto sound = read(*current_); !sound) {
      spdlog::error("packs of the console: {}; they are fetched again", sound.error().message);
      current_.reset();
      former_.reset();
      pending_.reset();
      highest_ = 0;
      return;
    }
  if (const auto it = state.find("attempt"); it != state.end() && it->is_object())
    attempt_ = {number_at(*it, "version"), outcome_named(text_at(*it, "outcome")),
                text_at(*it, "reason_code"), text_at(*it, "reason")};
}

Status ContentStore::save() const {
  json state{{"highest_version", highest_},
             {"unproven", unproven_},
             {"attempt",
              {{"version", attempt_.version},
               {"outcome", name_of(attempt_.outcome)},
               {"reason_code", attempt_.reason_code},
               {"reason", attempt_.reason}}}};
  if (current_) state["current"] = to_json(*current_);
  if (former_) state["former"] = to_json(*former_);
  if (pending_) {
    state["pending"] = to_json(*pending_);
    state["pending_rolls_back"] = pending_rolls_back_;
    state["pending_was_interrupted"] = pending_was_interrupted_;
  }
  return replace_file(*files_, folder_ + "/state.json",
                      state.dump(1, ' ', false, json::error_handler_t::replace), Readers::group);
}

Result<std::vector<ContentPack>> ContentStore::packs() const {
  if (trying_ && pending_) return read(*pending_);
  return current_ ? read(*current_) : std::vector<ContentPack>{};
}

Result<std::vector<ContentPack>> ContentStore::read(const Kept& kept) const {
  const auto path = path_of(kept.digest);
  const auto bytes = files_->read(path, kMaxSetBytes);
  if (!bytes) return Error{bytes.error()};
  const auto text = text_of(*bytes);
  auto frames = digest_of(text) == kept.digest ? read_frames(text) : std::nullopt;
  if (!frames) return Error{Error::Code::io, path + ": damaged"};
  std::vector<ContentPack> packs;
  for (const auto& pack : kept.packs) packs.push_back({pack.name, pack.version, {}});
  for (const auto& frame : *frames) {
    const auto slash = frame.name.find('/');
    for (auto& pack : packs)
      if (slash != std::string_view::npos && frame.name.substr(0, slash) == pack.name)
        pack.files.push_back({std::string(frame.name.substr(slash + 1)), std::string(frame.text)});
  }
  return packs;
}

Status ContentStore::stage(const ContentSet& set) {
  const auto text = framed(set);
  Kept kept{set.version, digest_of(text), {}};
  for (const auto& pack : set.packs) kept.packs.push_back({pack.name, pack.version});
  if (auto written = replace_file(*files_, path_of(kept.digest), text, Readers::group); !written)
    return written;
  // A retry of what was interrupted stays one.
  const bool again = pending_ == kept && pending_was_interrupted_;
  pending_ = std::move(kept);
  pending_rolls_back_ = false;
  pending_was_interrupted_ = again;
  auto saved = save();
  if (!saved) pending_.reset();
  trying_ = pending_.has_value();
  return saved;
}

Status ContentStore::stage_former() {
  if (!former_)
    return Error{Error::Code::not_found, "no packs of the console were in force before"};
  pending_ = former_;
  pending_rolls_back_ = true;
  pending_was_interrupted_ = false;
  auto saved = save();
  if (!saved) pending_.reset();
  trying_ = pending_.has_value();
  return saved;
}

Status ContentStore::stage_nothing() {
  auto staged = stage({});
  pending_rolls_back_ = staged ? true : false;
  return staged;
}

Status ContentStore::prove() {
  unproven_ = false;
  return save();
}

Status ContentStore::commit(std::string_view why) {
  if (!pending_) return ok();
  trying_ = false;
  const bool changed =
      !current_ || current_->digest != pending_->digest || current_->version != pending_->version;
  const auto left = current_ ? current_->version : 0;
  if (changed) former_ = std::exchange(current_, std::exchange(pending_, std::nullopt));
  pending_.reset();
  unproven_ = !pending_rolls_back_;
  // The version that was left is the one that is not to come again.
  if (std::exchange(pending_rolls_back_, false))
    attempt_ = {left, ContentOutcome::rolled_back, why.empty() ? "" : "unreachable",
                std::string(why)};
  else
    attempt_ = {current_->version, ContentOutcome::accepted, "", ""};
  highest_ = std::max(highest_, current_->version);
  auto saved = save();
  if (saved) remove_unused();
  return saved;
}

Status ContentStore::discard(std::string_view reason_code, std::string_view reason) {
  if (!pending_) return ok();
  trying_ = false;
  // A way back that did not work leaves what is known of the deliveries.
  if (!std::exchange(pending_rolls_back_, false))
    attempt_ = {pending_->version, ContentOutcome::refused, std::string(reason_code),
                std::string(reason.substr(0, kMaxReasonBytes))};
  pending_.reset();
  auto saved = save();
  if (saved) remove_unused();
  return saved;
}

void ContentStore::refuse(std::uint64_t version, std::string_view reason_code,
                          std::string_view reason) {
  attempt_ = {version, ContentOutcome::refused, std::string(reason_code),
              std::string(reason.substr(0, kMaxReasonBytes))};
  (void)save();  // told all the same
}

std::optional<ContentSet> ContentStore::take_interrupted() {
  if (!pending_) return std::nullopt;
  auto packs = read(*pending_);
  if (pending_was_interrupted_ || pending_rolls_back_ || !packs) {
    (void)discard("interrupted", "the box stopped while it was brought into force");
    return std::nullopt;
  }
  ContentSet set{pending_->version, std::move(*packs)};
  // Until it is tried again, what is in force counts.
  pending_was_interrupted_ = true;
  (void)save();
  return set;
}

Status ContentStore::forget() {
  if (current_) current_->version = 0;
  former_.reset();
  pending_.reset();
  attempt_ = {};
  highest_ = 0;
  unproven_ = false;
  auto saved = save();
  if (saved) remove_unused();
  return saved;
}

void ContentStore::remove_unused() {
  for (const auto& name : files_->list(folder_)) {
    if (!name.ends_with(kEnding)) continue;
    const auto digest = name.substr(0, name.size() - kEnding.size());
    const auto is_of = [&](const std::optional<Kept>& kept) {
      return kept && kept->digest == digest;
    };
    if (!is_of(current_) && !is_of(former_) && !is_of(pending_))
      files_->remove(folder_ + "/" + name);
  }
}

}  // namespace sekisho::controlplane
