#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <variant>

#include "engines/api/engine.h"
#include "engines/appid/own_applications.h"

namespace sekisho::engines::appid {

/// The section of a snapshot: this header, then keys (u32), hosts (HostRecord), steps of IPv4 and
/// IPv6, maps, ranges, the hosts' text, and the database of PayloadPatterns. In the byte order of
/// the box, read by copying.
struct ArtifactHeader {
  static constexpr std::uint64_t kMagic = 0x0300'0064'6970'7061;  // "appid", version 3
  std::uint64_t magic;
  std::uint32_t num_keys;
  std::uint32_t num_hosts;
  std::uint32_t num_v4_steps;
  std::uint32_t num_v6_steps;
  std::uint32_t num_maps;
  std::uint32_t num_ranges;
  std::uint32_t text_bytes;
  std::uint32_t pattern_bytes;
  std::uint64_t pattern_key;  // PayloadPatterns::key() of whoever made the database
};

struct HostRecord {
  std::uint32_t text_at;
  std::uint16_t text_bytes;
  ApplicationId application;
};

/// Where entries overlap in many different ways there are more.
inline constexpr std::size_t kMaxPortRanges = 65'536;

static_assert(std::is_trivially_copyable_v<ArtifactHeader> && sizeof(ArtifactHeader) == 48);
static_assert(std::has_unique_object_representations_v<HostRecord> &&
              std::has_unique_object_representations_v<OwnApplications::PortRange> &&
              std::has_unique_object_representations_v<OwnApplications::ServerMap> &&
              std::has_unique_object_representations_v<OwnApplications::AddressStep>);

std::variant<Artifact, Diagnostics> compile(const CompileInput& input, Diagnostics& warnings);

}  // namespace sekisho::engines::appid
