#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "config/policy/policy.h"
#include "engines/api/facts.h"
#include "reference_interpreter.h"

namespace sekisho::engines::firewall {

/// Random policies and flows over a small world, so that ranges overlap and selectors meet.
class RandomCases {
 public:
  explicit RandomCases(std::uint64_t seed) : random_(seed) {}

  policy::Policy policy(std::size_t num_rules);
  Facts facts();

  std::uint32_t below(std::uint32_t limit) {
    return std::uniform_int_distribution<std::uint32_t>(0, limit - 1)(random_);
  }
  bool chance(std::uint32_t percent) { return below(100) < percent; }

  /// What the DNS has said of the addresses of this world: which names each is known by.
  std::vector<std::pair<IpAddress, std::string>> names();

  static const std::vector<std::pair<std::string, std::string>>& country_blocks();
  static std::string country_of(const IpAddress& address);

 private:
  template <class T>
  const T& any_of(const std::vector<T>& values) {
    return values[below(static_cast<std::uint32_t>(values.size()))];
  }
  IpAddress address();
  AddressRange range();
  OwnCategories own_categories();
  UrlFacts url();
  policy::HostSelectors hosts(bool source);
  policy::ServiceEntry service();
  policy::ContentSelectors content();
  policy::Rule rule(std::size_t number);

  std::mt19937_64 random_;
};

}  // namespace sekisho::engines::firewall
