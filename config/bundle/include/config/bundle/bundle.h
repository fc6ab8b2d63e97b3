#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/bundle/keys.h"
#include "config/bundle/refusal.h"

namespace sekisho::bundle {

/// A bundle carries the files of one version of a policy, of the packs of IPS rules, or of a
/// database's description, to one gateway, signed by the tenant's key. The layout is in README.md.
/// Bundles are made by the console and opened by the gateway's agent; both hold them in memory.
inline constexpr std::uint32_t kFormat = 1;
inline constexpr std::size_t kMaxBundleBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxContentBytes = std::size_t{256} << 20;  // all files, unpacked
inline constexpr std::size_t kMaxManifestBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxFiles = 200;
inline constexpr std::size_t kMaxFileNameBytes = 128;
inline constexpr std::size_t kMaxIdBytes = 64;  // of a tenant or a gateway

/// A tenant's or gateway's id: 1 to 64 of the characters A-Z a-z 0-9 _ . -
bool is_valid_id(std::string_view id) noexcept;

struct File {
  /// Segments of [a-z0-9_.-] joined by '/', none empty or starting with '.', at most 128 bytes:
  /// safe to append to a folder's path. No file's name is another file's folder.
  std::string name;
  std::string bytes;
};

/// Files checked, hashed and compressed once, to be signed for any number of gateways.
class PackedFiles {
 public:
  /// 1 to kMaxFiles files in any order. invalid_input names the file and what is wrong with it.
  static Result<PackedFiles> pack(const std::vector<File>& files);

  struct Entry {
    std::string name;
    std::uint64_t bytes = 0;
    std::array<char, 32> sha256{};
    bool operator==(const Entry&) const = default;
  };
  const std::vector<Entry>& entries() const noexcept { return entries_; }  // ascending by name
  const std::string& stream() const noexcept { return stream_; }           // zlib (RFC 1950)

 private:
  std::vector<Entry> entries_;
  std::string stream_;
};

/// What a bundle carries: a policy, content (packs of IPS rules), or what describes a version of a
/// database (config/content). Part of what is signed, so that none passes for another.
enum class Kind { policy, content, urls, reputation, indicators };
std::string_view name_of(Kind kind) noexcept;

/// What a bundle is: whose, for which gateway, which version of what.
struct Identity {
  std::string tenant;
  std::string gateway;
  std::uint64_t version = 0;  // from 1, per tenant and kind, never reused
  Kind kind = Kind::policy;
  bool operator==(const Identity&) const = default;
};

/// The bundle's bytes. The same arguments always give the same bytes.
Result<std::string> build(const Identity& identity, const PackedFiles& files,
                          const SigningKey& key);

/// What a gateway knows about the bundle that it waits for.
struct Expectation {
  PublicKey key;  // pinned
  std::string tenant;
  std::string gateway;
  std::uint64_t version_in_force = 0;  // 0: none; only a greater version is accepted
  Kind kind = Kind::policy;
};

struct Bundle {
  std::uint64_t version = 0;
  std::vector<File> files;  // ascending by name
};

/// Whole or nothing. Nothing but the fixed envelope is looked at before the signature has been
/// verified, and no more memory is taken for the files than the signed manifest declares.
Verified<Bundle> open(std::string_view bytes, const Expectation& expected);

}  // namespace sekisho::bundle
