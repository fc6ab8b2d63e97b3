#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base64.h"
#include "config/base/bounded_file.h"
#include "config/base/text_bytes.h"
#include "dataset_file.h"
#include "dataset_key.h"
#include "pack_groups.h"
#include "pack_rule.h"

namespace sekisho::engines::ips {
namespace {

using rules::DatasetTest;

constexpr std::size_t kMaxDatasetFileBytes = std::size_t{64} << 20;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

template <class Function>
void for_each_line(std::string_view text, Function function) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end));
    if (!line.empty() && line.front() != '#') function(line);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

Error missing(const std::string& name) {
  return Error{Error::Code::not_found, "file " + name + " is not there"};
}

Result<std::string> read_from_folders(const rules::Rule& rule, const CompileOptions& options,
                                      const std::string& name) {
  if (options.data_folders.empty()) return missing(name);
  std::vector<std::string> paths;
  const auto slash = rule.position.file.rfind('/');
  if (!name.empty() && name.front() == '/') paths.push_back(name);
  paths.push_back(
      (slash == std::string::npos ? std::string("./") : rule.position.file.substr(0, slash + 1)) +
      name);
  for (auto folder : options.data_folders) paths.push_back(folder.append("/").append(name));
  for (const auto& path : paths) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(path, problem)) continue;  // a pipe might never end
    auto text = read_bounded(path, kMaxDatasetFileBytes);
    if (text) return text;
    if (text.error().code == Error::Code::resource)
      return Error{Error::Code::resource, name + " is larger than 64 MiB"};
  }
  return missing(name);
}

/// As the rule's own pack has it, else as every rule may name it.
Result<std::string> read_file(const rules::Rule& rule, const CompileOptions& options,
                              const std::string& name) {
  const auto& files = options.data_files;
  auto found = files.find(rule.position.file + "/" + name);
  if (found == files.end()) found = files.find(name);
  if (found != files.end()) return std::string(found->second);
  return read_from_folders(rule, options, name);
}

bool from_hex(std::string_view text, std::vector<std::uint8_t>& out) {
  out.clear();
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto result = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (result.ec != std::errc{} || result.ptr != text.data() + i + 2) return false;
    out.push_back(byte);
  }
  return true;
}

std::uint32_t dataset_id(std::string_view name) {
  const auto hash = hash128(bytes_of(name), 0x5e7);
  return static_cast<std::uint32_t>(hash.low);
}

}  // namespace

bool dataset_value(DatasetTest::Type type, std::string_view text, std::vector<std::uint8_t>& out) {
  switch (type) {
    case DatasetTest::Type::string: {
      out.resize(text.size());
      const auto count = decode_base64(bytes_of(text), Base64Mode::strict, out);
      out.resize(count);
      return count != 0;
    }
    case DatasetTest::Type::md5:
      return from_hex(text, out) && out.size() == 16;
    case DatasetTest::Type::sha1:
      return from_hex(text, out) && out.size() == 20;
    case DatasetTest::Type::sha256:
      return from_hex(text, out) && out.size() == 32;
    case DatasetTest::Type::ip:
    case DatasetTest::Type::ipv4: {
      const auto address = parse_ip_address(text);
      if (!address) return false;
      out.assign(address->bytes.begin(), address->bytes.end());
      return true;
    }
  }
  return false;
}

Status RulePacker::load_dataset(const rules::Rule& rule, const DatasetTest& test,
                                std::vector<DatasetEntry>& entries) const {
  auto text = read_file(rule, options_, test.load);
  if (!text) {
    // A set that is also saved begins empty.
    if (alone_ || !test.save.empty() || test.command == DatasetTest::Command::set) return ok();
    return std::move(text).error();
  }
  if (test.format != DatasetTest::Format::csv) return add_json_dataset(test, *text, entries);
  std::string refused;
  std::vector<std::uint8_t> value;
  for_each_line(*text, [&](std::string_view line) {
    DatasetEntry entry;
    const auto comma = line.find(',');
    const auto word = trimmed(line.substr(0, std::min(comma, line.find_first_of(" \t"))));
    if (!dataset_value(test.type, word, value)) {
      if (refused.empty()) refused = line;
      return;
    }
    if (comma != std::string_view::npos) {
      const auto number = trimmed(line.substr(comma + 1));
      std::from_chars(number.data(), number.data() + number.size(), entry.reputation);
    }
    const auto key = dataset_key(test.type, value);
    entry.key[0] = key.low;
    entry.key[1] = key.high;
    entries.push_back(entry);
  });
  if (!refused.empty())
    return Error{Error::Code::invalid_input,
                 test.load + ": not a value of the dataset: " + refused};
  return ok();
}

Status RulePacker::add_json_dataset(const DatasetTest& test, std::string_view text,
                                    std::vector<DatasetEntry>& entries) const {
  std::vector<JsonDatasetEntry> found;
  if (auto loaded = load_json_dataset(test, text, found); !loaded) return loaded;
  for (const auto& one : found) {
    const auto key = dataset_key(test.type, one.value);
    DatasetEntry entry;
    entry.key[0] = key.low;
    entry.key[1] = key.high;
    entry.context = writer_.add_text(one.context);
    entries.push_back(entry);
  }
  return ok();
}

Result<std::uint32_t> RulePacker::dataset(const rules::Rule& rule, const DatasetTest& test) {
  const auto name = test.name.empty() ? test.load : test.name;
  const auto known = datasets_.find(name);
  if (known != datasets_.end() &&
      (test.load.empty() || writer_.datasets[known->second].entries.count != 0))
    return known->second;
  std::vector<DatasetEntry> entries;
  blamed_ = &test.position;
  if (!test.load.empty()) {
    auto status = load_dataset(rule, test, entries);
    if (!status) return std::move(status).error();
  }
  std::sort(entries.begin(), entries.end(), [](const DatasetEntry& a, const DatasetEntry& b) {
    return std::pair(a.key[0], a.key[1]) < std::pair(b.key[0], b.key[1]);
  });
  DatasetRecord record;
  record.name = writer_.add_text(name);
  record.id = dataset_id(name);
  record.type = static_cast<std::uint8_t>(test.type);
  record.entries = append(writer_.dataset_entries, entries);
  if (known != datasets_.end()) {
    writer_.datasets[known->second] = record;
    return known->second;
  }
  const auto index = static_cast<std::uint32_t>(writer_.datasets.size());
  writer_.datasets.push_back(record);
  datasets_.emplace(name, index);
  return index;
}

}  // namespace sekisho::engines::ips
