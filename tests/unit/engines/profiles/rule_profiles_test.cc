#include "engines/profiles/rule_profiles.h"

#include <catch2/catch.hpp>

namespace sekisho::engines {
namespace {

constexpr ProfileMagic kMagic{'s', 'e', 'k', 't', 'e', 's', 't', '1'};

using Numbers = RuleProfiles<std::uint16_t>;

policy::Policy policy_with(const std::vector<std::pair<std::string, bool>>& rules) {
  policy::Policy policy;
  for (const auto& [profile, enabled] : rules) {
    policy::Rule rule;
    rule.profile = profile;
    rule.enabled = enabled;
    policy.rules.push_back(rule);
  }
  return policy;
}

Artifact written(const std::vector<std::pair<std::string, bool>>& rules) {
  const std::map<std::string_view, std::uint16_t> profiles{{"one", 11}, {"three", 33}, {"two", 22}};
  return write_rule_profiles(kMagic, policy_with(rules), profiles,
                             [](std::uint16_t number, ProfileWriter& out) { out.be16(number); });
}

Result<Numbers> loaded(std::span<const std::byte> artifact, const ProfileMagic& magic = kMagic) {
  return Numbers::load(artifact, magic, "tests", [](ByteReader& reader, std::uint16_t& number) {
    return reader.be16(number) && number != 0;
  });
}

}  // namespace

TEST_CASE("each rule has the profile that it names, if the engine has something to do for it") {
  const auto profiles =
      loaded(written({{"two", true}, {"", true}, {"one", true}, {"other", true}, {"two", true}}));
  REQUIRE(profiles);
  CHECK(profiles->is_used());
  CHECK(profiles->of_rule(0) == nullptr);
  CHECK(*profiles->of_rule(1) == 22);
  CHECK(profiles->of_rule(2) == nullptr);
  CHECK(*profiles->of_rule(3) == 11);
  CHECK(profiles->of_rule(4) == nullptr);
  CHECK(profiles->index_of(5) == profiles->index_of(1));
  CHECK(profiles->index_of(6) == Numbers::kNone);  // there is no such rule
  CHECK(profiles->all() == std::vector<std::uint16_t>{22, 11});
}

TEST_CASE("a profile of no enabled rule is left out") {
  const auto profiles = loaded(written({{"three", false}, {"", true}}));
  REQUIRE(profiles);
  CHECK_FALSE(profiles->is_used());
  CHECK(profiles->all().empty());
  CHECK(profiles->of_rule(1) == nullptr);
}

TEST_CASE("a damaged section is refused, and it is said whose") {
  const auto whole = written({{"one", true}, {"two", true}});
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(loaded(std::span(whole).first(size)));
  auto longer = whole;
  longer.push_back(std::byte{0});
  const auto refused = loaded(longer);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "the profiles of tests are damaged");
  auto beyond = whole;
  beyond[8 + 4 + 2 + 2 + 1] = std::byte{2};  // the first rule's index, of two profiles
  CHECK_FALSE(loaded(beyond));
  auto unreadable = whole;
  unreadable[whole.size() - 1] = unreadable[whole.size() - 2] = std::byte{0};
  CHECK_FALSE(loaded(unreadable));
  CHECK_FALSE(loaded(whole, {'o', 't', 'h', 'e', 'r', '0', '0', '1'}));
}

}  // namespace sekisho::engines
