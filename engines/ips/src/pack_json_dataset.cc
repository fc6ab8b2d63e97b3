// Datasets of JSON: values with what is known of them, which alerts carry.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/base/text_bytes.h"
#include "dataset_file.h"

namespace sekisho::engines::ips {
namespace {

using nlohmann::json;
using rules::DatasetTest;

/// The member at a dotted path; null: there is none.
const json* member_of(const json& object, std::string_view path) {
  const json* at = &object;
  while (!path.empty()) {
    const auto dot = path.find('.');
    if (!at->is_object()) return nullptr;
    const auto found = at->find(std::string(path.substr(0, dot)));
    if (found == at->end()) return nullptr;
    at = &*found;
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return at;
}

void remove_member(json& object, std::string_view path) {
  json* at = &object;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    const auto found = at->find(std::string(path.substr(0, dot)));
    if (found == at->end() || !found->is_object()) return;
    at = &*found;
    path = path.substr(dot + 1);
  }
  at->erase(std::string(path));
}

/// Texts of strings stand for themselves; those of hashes are hexadecimal, of addresses as usual.
bool json_value_of(DatasetTest::Type type, std::string_view text, std::vector<std::uint8_t>& out) {
  if (type != DatasetTest::Type::string) return dataset_value(type, text, out);
  const auto bytes = bytes_of(text);
  out.assign(bytes.begin(), bytes.end());
  return !out.empty();
}

class JsonDataset {
 public:
  JsonDataset(const DatasetTest& test, std::vector<JsonDatasetEntry>& entries)
      : test_(test), entries_(entries) {}

  Status add(const json& object) {
    const json* value = member_of(object, test_.json_value_key);
    if (!object.is_object() || value == nullptr || !value->is_string())
      return Error{Error::Code::invalid_input,
                   test_.load + ": an entry without a text \"" + test_.json_value_key + "\""};
    JsonDatasetEntry entry;
    if (!json_value_of(test_.type, value->get_ref<const std::string&>(), entry.value))
      return Error{Error::Code::invalid_input, test_.load + ": not a value of the dataset: " +
                                                   value->get_ref<const std::string&>()};
    json context = object;
    if (test_.json_remove_key) remove_member(context, test_.json_value_key);
    entry.context = context.dump(-1, ' ', false, json::error_handler_t::replace);
    entries_.push_back(std::move(entry));
    return ok();
  }

 private:
  const DatasetTest& test_;
  std::vector<JsonDatasetEntry>& entries_;
};

Error no_json(const DatasetTest& test) {
  return Error{Error::Code::invalid_input, test.load + ": is no JSON"};
}

}  // namespace

Status load_json_dataset(const DatasetTest& test, std::string_view text,
                         std::vector<JsonDatasetEntry>& entries) {
  JsonDataset dataset(test, entries);
  if (test.format == DatasetTest::Format::ndjson) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      const auto line = text.substr(0, end);
      text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      const auto object = json::parse(line, nullptr, false);
      if (object.is_discarded()) return no_json(test);
      if (auto added = dataset.add(object); !added) return added;
    }
    return ok();
  }
  const auto whole = json::parse(text, nullptr, false);
  if (whole.is_discarded()) return no_json(test);
  const json* list = member_of(whole, test.json_array_key);
  if (list == nullptr || !list->is_array())
    return Error{Error::Code::invalid_input,
                 test.load + ": no list at \"" + test.json_array_key + "\""};
  for (const auto& object : *list)
    if (auto added = dataset.add(object); !added) return added;
  return ok();
}

}  // namespace sekisho::engines::ips
