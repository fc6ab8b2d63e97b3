#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "engines/file_features/file_features.h"
#include "engines/file_model/model_text.h"

namespace sekisho::engines::file_model {

/// One measure's share in a score: how much it moved the logit, up where positive.
struct Share {
  file_features::Feature feature;
  float value = 0;  // measured; NaN: the file has no such thing
  float logit = 0;
};

/// Gradient-boosted trees that say how likely it is that a measured file is harmful; evaluated by
/// XGBoost, which only ever sees what read_model() has checked. Any thread, one at a time.
class FileModel {
 public:
  /// As read_model(); resource: XGBoost refused it.
  static Result<std::unique_ptr<const FileModel>> load(std::string_view text);
  ~FileModel();
  FileModel(const FileModel&) = delete;
  FileModel& operator=(const FileModel&) = delete;

  /// 0 to 1; nothing: XGBoost failed.
  std::optional<float> score(const file_features::FileFeatures& file) const;
  /// The `most` measures that raised the score most, the greatest first (Shapley values of the
  /// trees).
  std::vector<Share> reasons(const file_features::FileFeatures& file, std::size_t most) const;

  /// From which score on a file of that kind is suspected.
  float threshold(file_features::Kind kind, Sensitivity sensitivity) const noexcept {
    return thresholds_[static_cast<std::size_t>(kind)][static_cast<std::size_t>(sensitivity)];
  }
  std::string_view built() const noexcept { return built_; }
  std::size_t num_trees() const noexcept { return num_trees_; }

 private:
  FileModel() = default;
  std::vector<float> predict(const file_features::FileFeatures& file, bool shares) const;

  mutable std::mutex mutex_;  // XGBoost keeps caches of predictions
  void* booster_ = nullptr;   // XGBoost's, ours to free
  std::array<Thresholds, file_features::kKinds> thresholds_{};
  std::string built_;
  std::size_t num_trees_ = 0;
};

}  // namespace sekisho::engines::file_model
