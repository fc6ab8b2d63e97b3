#include "config/policy/pack_name.h"

#include <catch2/catch.hpp>
#include <string>

using sekisho::policy::is_pack_name;

TEST_CASE("a pack is named like a file of rules, or a file that rules load") {
  for (const auto* name : {"a.rules", "et-open_1.rules", "classification.config", "hosts.lst",
                           "a.rules/hosts.lst", "a.rules/lists/hosts.lst", "lists/hosts.lst"})
    CHECK(is_pack_name(name));
  for (const auto* name : {"", ".rules", "a b.rules", "ips_rules", "x/a.rules", "a.rules/a.rules",
                           "other.config", "a.rules/other.config", "a.rules/hosts.new",
                           "a.rules/../hosts.lst", "a.rules//hosts.lst", "/hosts.lst", "lists/"})
    CHECK_FALSE(is_pack_name(name));
  CHECK(is_pack_name(std::string(128, 'x')));
  CHECK_FALSE(is_pack_name(std::string(129, 'x')));
}
