#include "controlplane/scan/learned_model.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cmath>

#include "config/base/bounded_file.h"

namespace sekisho::controlplane {

using engines::file_model::Sensitivity;
namespace features = engines::file_features;

LearnedModel::InForce LearnedModel::in_force() {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                       std::chrono::steady_clock::now().time_since_epoch())
                       .count();
  const std::lock_guard lock(mutex_);
  if (!path_.empty() && looked_s_ != now) {
    looked_s_ = now;
    look();
  }
  return current_;
}

void LearnedModel::look() {
  const auto state = state_of(path_);
  if (state == state_) return;
  state_ = state;
  const auto text = read_bounded(path_, engines::file_model::kMaxModelBytes);
  auto loaded = text ? Model::load(*text) : Result<std::unique_ptr<const Model>>(text.error());
  if (!loaded) {
    spdlog::error("{}: {}; the model before stays", path_, loaded.error().message);
    return;
  }
  current_.model = *std::move(loaded);
  ++current_.generation;
  spdlog::info("machine learning: {} trees, {}", current_.model->num_trees(),
               current_.model->built());
}

namespace {

scan::Suspicion suspicion_of(const LearnedModel::Model& model, features::Kind kind, float score) {
  return score >= model.threshold(kind, Sensitivity::low)      ? scan::Suspicion::strong
         : score >= model.threshold(kind, Sensitivity::medium) ? scan::Suspicion::fair
         : score >= model.threshold(kind, Sensitivity::high)   ? scan::Suspicion::weak
                                                               : scan::Suspicion::none;
}

std::string threat_of(features::Kind kind) {
  std::string name(name_of(kind));
  name[0] = static_cast<char>(name[0] & ~0x20);
  return "ML." + name;
}

/// The first three fit in an event.
std::string reason_of(const std::vector<scan::Measure>& measures) {
  constexpr std::size_t kTold = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(measures.size(), kTold); ++i)
    text += fmt::format("{}{} {:.3g}", i == 0 ? "" : ", ", measures[i].name, measures[i].value);
  return text;
}

}  // namespace

void add_score(const LearnedModel::Model& model, std::span<const std::uint8_t> file,
               scan::ScanAnswer& answer) {
  const auto measured = features::measure(file);
  if (measured.kind == features::Kind::none) return;
  const auto score = model.score(measured);
  if (!score) return;
  answer.is_scored = true;
  answer.score = static_cast<std::uint16_t>(std::lround(*score * 1000));
  answer.suspicion = suspicion_of(model, measured.kind, *score);
  if (answer.suspicion == scan::Suspicion::none) return;
  for (const auto& share : model.reasons(measured, scan::kMaxMeasures))
    if (!std::isnan(share.value))
      answer.measures.push_back({.name = std::string(name_of(share.feature)),
                                 .meaning = std::string(meaning_of(share.feature)),
                                 .value = share.value,
                                 .share = share.logit});
  answer.threat = threat_of(measured.kind);
  answer.engine = "ml";
  answer.reason = reason_of(answer.measures);
}

}  // namespace sekisho::controlplane
