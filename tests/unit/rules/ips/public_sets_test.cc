// The public rule sets and conformance cases beside the source tree (../shared, or where the
// environment's SEKISHO_SHARED says): how much of them loads. They are not part of this repository;
// without them the tests say so and pass.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "rules/ips/parse.h"

namespace fs = std::filesystem;
using namespace sekisho::rules;

namespace {

fs::path shared_folder() {
  const char* const elsewhere = std::getenv("SEKISHO_SHARED");
  return elsewhere != nullptr ? elsewhere : SEKISHO_SHARED_FOLDER;
}
const fs::path kSets = shared_folder() / "content/rules";
const fs::path kCases = shared_folder() / "conformance/ips/open/cases";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Loaded {
  RuleSet set;
  double seconds = 0;
};

Loaded load_folder(const fs::path& folder) {
  auto context = RuleContext::defaults();
  if (fs::exists(folder / "classification.config"))
    parse_classifications(read_file(folder / "classification.config"), context);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".rules") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Loaded loaded;
  for (const auto& path : files) {
    const auto text = read_file(path);
    const auto start = std::chrono::steady_clock::now();
    parse_rules(text, path.filename().string(), context, loaded.set);
    loaded.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return loaded;
}

void print(const RuleDiagnostic& one) {
  std::cout << "  " << one.position.file << ':' << one.position.line << ':' << one.position.column
            << ": sid " << one.signature << ": " << one.message << '\n';
}

/// What README.md says is not supported.
bool is_on_purpose(std::string_view message) {
  return message.starts_with("no frame is called") || message.starts_with("lua is not supported") ||
         message.starts_with("protocol arp is not supported") ||
         message.find("belongs to a firewall rule set") != std::string_view::npos;
}

}  // namespace

TEST_CASE("at least 99 % of each public rule set loads") {
  if (!fs::exists(kSets)) {
    std::cout << "SKIPPED: no public rule sets at " << kSets << '\n';
    return;
  }
  for (const auto& folder : fs::directory_iterator(kSets)) {
    if (!folder.is_directory()) continue;
    const auto loaded = load_folder(folder);
    const auto& set = loaded.set;
    const auto total = set.rules.size() + set.refused.size();
    const double ratio =
        total == 0 ? 0 : static_cast<double>(set.rules.size()) / static_cast<double>(total);
    std::cout << folder.path().filename().string() << ": " << set.rules.size() << " of " << total
              << " loaded (" << ratio * 100 << " %), " << set.num_disabled << " disabled, "
              << set.warnings.size() << " warnings, " << loaded.seconds << " s\n";
    for (const auto& one : set.refused) print(one);
    CAPTURE(folder.path().string());
    CHECK(total > 1000);
    CHECK(ratio >= 0.99);
  }
}

TEST_CASE("the rules of the open conformance cases load but for what is refused on purpose") {
  if (!fs::exists(kCases)) {
    std::cout << "SKIPPED: no conformance cases at " << kCases << '\n';
    return;
  }
  std::size_t num_loaded = 0;
  std::size_t num_refused = 0;
  for (const auto& folder : fs::directory_iterator(kCases)) {
    if (!fs::exists(folder.path() / "test.rules")) continue;
    RuleSet set;
    const auto name = folder.path().filename().string();
    parse_rules(read_file(folder.path() / "test.rules"), name, RuleContext::defaults(), set);
    num_loaded += set.rules.size();
    for (const auto& one : set.refused) {
      print(one);
      num_refused += is_on_purpose(one.message) ? 0 : 1;
    }
  }
  std::cout << num_loaded << " rules of conformance cases loaded, " << num_refused
            << " refused by mistake\n";
  CHECK(num_refused == 0);
}
