#pragma once

#include <catch2/catch.hpp>

#include "bundles/forge.h"
#include "config/bundle/bundle.h"

namespace sekisho::tests {

inline const bundle::Identity kSample{"acme", "gw-1", 7};

inline std::vector<bundle::File> sample_files() {
  return {{"policy.yaml", "rules: []\n"}, {"certificates/empty.pem", ""}};
}

inline std::string sample_bundle(const bundle::Identity& identity = kSample) {
  const auto packed = bundle::PackedFiles::pack(sample_files());
  REQUIRE(packed);
  const auto built = bundle::build(identity, *packed, known_key());
  REQUIRE(built);
  return *built;
}

/// What gateway gw-1 of acme knows, with version 6 in force.
inline bundle::Expectation sample_expectation() {
  return {known_key().public_key(), "acme", "gw-1", 6, bundle::Kind::policy};
}

/// The refusal of `bytes` by that gateway.
inline bundle::Refusal refusal_of(std::string_view bytes) {
  const auto opened = bundle::open(bytes, sample_expectation());
  REQUIRE_FALSE(opened);
  return opened.refusal();
}

}  // namespace sekisho::tests
