#include "dataplane/loader/ips_rules.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "config/snapshot/snapshot.h"
#include "rules/ips/parse.h"

namespace sekisho::dataplane {
namespace {

/// A folder of compiled rules.
class RulesFolder {
 public:
  RulesFolder() { std::filesystem::create_directories(path_); }
  ~RulesFolder() { std::filesystem::remove_all(path_); }
  RulesFolder(const RulesFolder&) = delete;
  RulesFolder& operator=(const RulesFolder&) = delete;

  const std::string& path() const { return path_; }

  void compile(const std::string& name, const std::string& text) const {
    rules::RuleSet set;
    rules::parse_rules(text, "test.rules", rules::RuleContext::defaults(), set);
    const auto artifact = engines::ips::compile(set, {});
    REQUIRE(artifact);
    snapshot::SnapshotWriter writer;
    writer.add(snapshot::kRulesSection, *artifact);
    const auto bytes = writer.finish();
    std::ofstream(path_ + "/" + name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

 private:
  const std::string path_ =
      std::filesystem::temp_directory_path() / ("ips_rules_" + std::to_string(getpid()));
};

TEST_CASE("what was remembered of hosts goes on when other rules take the place") {
  const RulesFolder folder;
  folder.compile("one", "alert udp any any -> any any (content:\"abc\"; sid:1;)\n");
  folder.compile("other", "alert udp any any -> any any (content:\"def\"; sid:2;)\n");
  auto first = IpsRules::load(folder.path(), "one", nullptr);
  REQUIRE(first);
  auto* const hosts = &(*first)->hosts();
  const auto next = IpsRules::load(folder.path(), "other", first->get());
  REQUIRE(next);
  CHECK((*next)->name() == "other");
  CHECK(&(*next)->hosts() == hosts);
  CHECK(&(*IpsRules::load(folder.path(), "one", nullptr))->hosts() != hosts);
}

TEST_CASE("compiled rules that are not there, or damaged, are refused with their path") {
  const RulesFolder folder;
  CHECK_FALSE(IpsRules::load(folder.path(), "none", nullptr));
  folder.compile("one", "alert udp any any -> any any (content:\"abc\"; sid:1;)\n");
  std::filesystem::resize_file(folder.path() + "/one", 500);
  const auto damaged = IpsRules::load(folder.path(), "one", nullptr);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().message.starts_with(folder.path() + "/one: "));
}

}  // namespace
}  // namespace sekisho::dataplane
