#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "engines/firewall/firewall.h"

namespace sekisho::engines::firewall {

/// A policy compiled and loaded for a test; the artifact lives as long as the firewall.
struct Compiled {
  Artifact artifact;
  std::unique_ptr<const Firewall> firewall;
  Diagnostics warnings;

  const Firewall& operator*() const { return *firewall; }
  const Firewall* operator->() const { return firewall.get(); }
};

inline Compiled compiled(const policy::Policy& policy, const rules::GeoDatabase* geo = nullptr) {
  Compiled result;
  auto output = kSpec.compile({policy, geo}, result.warnings);
  if (const auto* errors = std::get_if<Diagnostics>(&output)) FAIL(errors->front().message);
  result.artifact = std::get<Artifact>(std::move(output));
  auto loaded = Firewall::load(result.artifact);
  if (!loaded) FAIL(loaded.error().message);
  result.firewall = *std::move(loaded);
  return result;
}

inline Diagnostics compile_errors(const policy::Policy& policy,
                                  const rules::GeoDatabase* geo = nullptr) {
  Diagnostics warnings;
  auto output = kSpec.compile({policy, geo}, warnings);
  REQUIRE(std::holds_alternative<Diagnostics>(output));
  return std::get<Diagnostics>(std::move(output));
}

inline IpAddress ip(const std::string& text) { return *parse_ip_address(text); }

inline policy::Rule rule_from(const std::string& source, policy::Action action) {
  policy::Rule rule;
  rule.name = "from " + source;
  if (!source.empty()) rule.source.addresses.push_back(*parse_address_range(source));
  rule.action = action;
  return rule;
}

inline Facts tcp_flow(const std::string& source, const std::string& destination,
                      std::uint16_t port) {
  Facts facts;
  facts.source = ip(source);
  facts.destination = ip(destination);
  facts.protocol = 6;
  facts.source_port = 40'000;
  facts.destination_port = port;
  return facts;
}

}  // namespace sekisho::engines::firewall
