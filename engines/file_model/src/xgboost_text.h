#pragma once

#include <string>

#include "engines/file_model/model_text.h"

namespace sekisho::engines::file_model {

/// The model in the JSON form that XGBoost 1.7 loads (its doc/model.schema).
std::string xgboost_text(const ModelParts& model);

}  // namespace sekisho::engines::file_model
