#include <algorithm>
#include <cstring>
#include <string>

#include "artifact.h"
#include "payload_patterns.h"
#include "server_maps.h"

namespace sekisho::engines::appid {
namespace {

template <class Item>
void put(const std::vector<Item>& items, Artifact& artifact) {
  const auto bytes = std::as_bytes(std::span(items));
  artifact.insert(artifact.end(), bytes.begin(), bytes.end());
}

template <class Item>
std::uint32_t count_of(const std::vector<Item>& items) {
  return static_cast<std::uint32_t>(items.size());
}

/// Their names are checked with all others of contents, by the firewall's compiler.
Artifact build(const std::vector<policy::ApplicationObject>& applications, const ServerMaps& maps,
               const std::vector<std::byte>& patterns) {
  std::vector<std::uint32_t> keys;
  std::vector<HostRecord> hosts;
  std::string text;
  for (std::size_t i = 0; i < std::min(applications.size(), OwnApplication::kMax); ++i) {
    keys.push_back(OwnApplication::key_of(applications[i].name));
    for (const auto& host : applications[i].hosts) {
      hosts.push_back({static_cast<std::uint32_t>(text.size()),
                       static_cast<std::uint16_t>(host.value.size()), OwnApplication::id_of(i)});
      text += host.value;
    }
  }
  const std::vector<ArtifactHeader> header{{.magic = ArtifactHeader::kMagic,
                                            .num_keys = count_of(keys),
                                            .num_hosts = count_of(hosts),
                                            .num_v4_steps = count_of(maps.v4),
                                            .num_v6_steps = count_of(maps.v6),
                                            .num_maps = count_of(maps.maps),
                                            .num_ranges = count_of(maps.ranges),
                                            .text_bytes = static_cast<std::uint32_t>(text.size()),
                                            .pattern_bytes = count_of(patterns),
                                            .pattern_key = PayloadPatterns::key()}};
  Artifact artifact;
  put(header, artifact);
  put(keys, artifact);
  put(hosts, artifact);
  put(maps.v4, artifact);
  put(maps.v6, artifact);
  put(maps.maps, artifact);
  put(maps.ranges, artifact);
  put(std::vector<char>(text.begin(), text.end()), artifact);
  put(patterns, artifact);
  return artifact;
}

}  // namespace

std::variant<Artifact, Diagnostics> compile(const CompileInput& input, Diagnostics& /*warnings*/) {
  const auto& applications = input.policy.applications;
  const auto maps = make_server_maps(applications);
  if (maps.ranges.size() > kMaxPortRanges)
    return Diagnostics{{applications.front().position,
                        "the applications' servers overlap in too many different ways: more than " +
                            std::to_string(kMaxPortRanges) + " ranges of ports"}};
  const auto& patterns = PayloadPatterns::compiled();
  if (!patterns) return Diagnostics{{{}, "applications: " + patterns.error().message}};
  return build(applications, maps, *patterns);
}

}  // namespace sekisho::engines::appid
