#include "engines/file_model/file_model.h"

#include <xgboost/c_api.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "xgboost_text.h"

namespace sekisho::engines::file_model {

using file_features::Feature;
using file_features::FileFeatures;
using file_features::kFeatures;

Result<std::unique_ptr<const FileModel>> FileModel::load(std::string_view text) {
  const auto parts = read_model(text);
  if (!parts) return Error{parts.error()};
  std::unique_ptr<FileModel> model(new FileModel);
  model->thresholds_ = parts->thresholds;
  model->built_ = parts->built;
  model->num_trees_ = parts->trees.size();
  const auto theirs = xgboost_text(*parts);
  if (XGBoosterCreate(nullptr, 0, &model->booster_) != 0 ||
      XGBoosterSetParam(model->booster_, "nthread", "1") != 0 ||
      XGBoosterLoadModelFromBuffer(model->booster_, theirs.data(), theirs.size()) != 0 ||
      XGBoosterSetParam(model->booster_, "nthread", "1") != 0)  // loading forgets it
    return Error{Error::Code::resource, std::string("XGBoost: ") + XGBGetLastError()};
  return std::unique_ptr<const FileModel>(std::move(model));
}

FileModel::~FileModel() {
  if (booster_ != nullptr) XGBoosterFree(booster_);
}

/// Empty: XGBoost failed.
std::vector<float> FileModel::predict(const FileFeatures& file, bool shares) const {
  constexpr const char* kScore =
      R"({"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false})";
  constexpr const char* kShares =
      R"({"type":2,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false})";
  const std::lock_guard lock(mutex_);
  DMatrixHandle row = nullptr;
  if (XGDMatrixCreateFromMat(file.values.data(), 1, kFeatures,
                             std::numeric_limits<float>::quiet_NaN(), &row) != 0)
    return {};
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* result = nullptr;
  std::vector<float> out;
  if (XGBoosterPredictFromDMatrix(booster_, row, shares ? kShares : kScore, &shape, &dimensions,
                                  &result) == 0)
    out.assign(result, result + (shares ? kFeatures : 1));
  XGDMatrixFree(row);
  return out;
}

std::optional<float> FileModel::score(const FileFeatures& file) const {
  const auto result = predict(file, false);
  return result.empty() ? std::nullopt : std::optional(result.front());
}

std::vector<Share> FileModel::reasons(const FileFeatures& file, std::size_t most) const {
  const auto result = predict(file, true);
  std::vector<Share> shares;
  for (std::size_t i = 0; i < result.size(); ++i)
    if (result[i] > 0)
      shares.push_back(
          {.feature = static_cast<Feature>(i), .value = file.values[i], .logit = result[i]});
  std::sort(shares.begin(), shares.end(),
            [](const Share& a, const Share& b) { return a.logit > b.logit; });
  shares.resize(std::min(shares.size(), most));
  return shares;
}

}  // namespace sekisho::engines::file_model
