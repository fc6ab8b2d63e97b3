#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "config/policy/profile_settings.h"
#include "load_policy.h"

namespace sekisho::policy {
namespace {

const Setting* setting_of(std::string_view section, std::string_view name) {
  for (const auto& spec : profile_sections())
    if (spec.name == section)
      for (const auto& setting : spec.settings)
        if (setting.name == name) return &setting;
  return nullptr;
}

TEST_CASE("the factory policy loads without a warning") {
  CHECK(load_good(factory_policy_yaml()).warnings.empty());
}

TEST_CASE("the factory policy means what the golden file says") {
  std::ifstream file(SEKISHO_GOLDEN_DIR "/factory_policy.txt");
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  REQUIRE_FALSE(golden.empty());
  CHECK(describe(load_good(factory_policy_yaml()).policy) == golden);
}

TEST_CASE("the factory policy passes everything: what blocks is off or selects nothing") {
  const auto policy = load_good(factory_policy_yaml()).policy;
  REQUIRE(policy.rules.size() == 5);
  for (const Rule& rule : policy.rules) {
    CAPTURE(rule.name);
    if (rule.action == Action::block) CHECK((!rule.enabled || rule.content.none));
  }
  CHECK(policy.rules.back().action == Action::allow);
  CHECK(policy.rules.back().profile == "【50-1】初期設定のプロファイル");
}

TEST_CASE("the factory policy has the rules of a fresh tenant in their order") {
  const auto policy = load_good(factory_policy_yaml()).policy;
  CHECK(policy.rules[0].name == "【50-1】アプリケーションコントロール");      // R041
  CHECK(policy.rules[1].name == "【50-1】URLフィルタリング");                 // R049
  CHECK(policy.rules[2].name == "【50-1】ファイアウォール（個別許可設定）");  // R054
  CHECK_FALSE(policy.rules[2].enabled);
  CHECK(policy.rules[2].action == Action::allow);
  CHECK(policy.rules[3].name == "【50-1】ファイアウォール");  // R052, R053
  CHECK_FALSE(policy.rules[3].enabled);
  CHECK(policy.rules[3].action == Action::block);
  CHECK(policy.rules[3].source.everything());
  CHECK(policy.rules[3].destination.everything());
  CHECK(policy.rules[3].services.empty());
}

TEST_CASE("the factory profile writes defaults only, so leaving it out means the same") {
  const auto factory = load_good(factory_policy_yaml()).policy;
  const auto bare = load_good("version: 1\nprofiles: [{name: x}]\n").policy;
  REQUIRE(factory.profiles.size() == 1);
  CHECK(factory.profiles[0].sections == bare.profiles[0].sections);
}

TEST_CASE("the defaults are those of the requirements") {
  const auto sections = load_good(factory_policy_yaml()).policy.profiles[0].sections;
  CHECK(sections.size() == profile_sections().size());
  const auto value = [&](std::string_view section, std::string_view name) {
    REQUIRE(setting_of(section, name) != nullptr);
    return sections.find(section)->second.find(name)->second;
  };
  for (const auto* on : {"smtp", "pop3", "imap", "anti_malware", "anti_spam"})  // R085, R160
    CHECK(value("mail", on) == SettingValue(true));
  for (const auto* off : {"smtps", "pop3s", "imaps"})
    CHECK(value("mail", off) == SettingValue(false));
  CHECK(value("web_reputation", "enabled") == SettingValue(true));               // R160
  CHECK(value("mail", "smtp_error_code") == SettingValue(std::int64_t{450}));    // R152
  CHECK(value("mail", "my_number_action") == SettingValue(std::string("tag")));  // R082
  CHECK(value("https_decryption", "smart_bypass") == SettingValue(false));       // R074
  CHECK(value("https_decryption", "untrusted_origin") ==
        SettingValue(std::string("show")));                                      // R075
  CHECK(value("https_decryption", "exempt_known_hosts") == SettingValue(true));  // R174
  CHECK(value("https_decryption", "ports") == SettingValue(std::vector<std::int64_t>{443, 8443}));
  CHECK(value("anti_malware", "excluded_extensions") ==  // R142
        SettingValue(
            std::vector<std::string>{"png", "gif", "jpg", "mp3", "mp4", "avi", "mov", "wmv"}));
}

TEST_CASE("the factory allow list holds the update sites of systems and vendors") {  // R069
  const auto policy = load_good(factory_policy_yaml()).policy;
  const auto holds = [&](std::string_view site) {
    for (const auto& entry : policy.allow_list)
      if (entry.value == site) return true;
    return false;
  };
  for (const auto* site :
       {"*.apple.com", "*.google.com", "*.windowsupdate.com", "*.trendmicro.com", "*.cdn-apple.com",
        "*.gvt1.com", "update.googleapis.com", "*.delivery.mp.microsoft.com",
        "windowsupdate.microsoft.com", "download.microsoft.com"}) {
    CAPTURE(site);
    CHECK(holds(site));
  }
}

}  // namespace
}  // namespace sekisho::policy
