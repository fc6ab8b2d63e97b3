#include "rules/ips/rule_files.h"

#include <algorithm>

namespace sekisho::rules {
namespace {

void add(const Rule& rule, const DatasetTest& test, std::vector<RuleFile>& files) {
  if (test.load.empty()) return;
  const bool is_known = std::any_of(files.begin(), files.end(), [&](const RuleFile& file) {
    return file.name == test.load && file.position.file == rule.position.file;
  });
  if (is_known) return;
  files.push_back({test.load, rule.position, rule.signature,
                   !test.save.empty() || test.command == DatasetTest::Command::set});
}

}  // namespace

std::vector<RuleFile> files_of(const RuleSet& set) {
  std::vector<RuleFile> files;
  for (const auto& rule : set.rules) {
    for (const auto& buffer : rule.buffers)
      for (const auto& element : buffer.elements)
        if (const auto* test = std::get_if<DatasetTest>(&element)) add(rule, *test, files);
    for (const auto& test : rule.tests)
      if (const auto* address = std::get_if<AddressTest>(&test)) add(rule, address->dataset, files);
  }
  return files;
}

bool is_inside(std::string_view name) noexcept {
  for (;;) {
    const auto slash = name.find('/');
    const auto part = name.substr(0, slash);
    if (part.empty() || part.front() == '.') return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace sekisho::rules
