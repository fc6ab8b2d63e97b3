#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "rules/ips/rule.h"

namespace sekisho::engines::ips {

struct JsonDatasetEntry {
  std::vector<std::uint8_t> value;
  std::string context;  // the JSON object
};

/// A value's text as bytes; false: it cannot be one of this type.
bool dataset_value(rules::DatasetTest::Type type, std::string_view text,
                   std::vector<std::uint8_t>& out);
/// All entries of a file in JSON.
Status load_json_dataset(const rules::DatasetTest& test, std::string_view text,
                         std::vector<JsonDatasetEntry>& entries);

}  // namespace sekisho::engines::ips
