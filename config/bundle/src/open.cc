#include <algorithm>

#include "compression_door.h"
#include "config/base/hex.h"
#include "config/bundle/bundle.h"
#include "layout.h"
#include "manifest.h"
#include "signature_door.h"

namespace sekisho::bundle {
namespace {

using Outcome = Verified<std::monostate>;

Outcome refuse(Reason reason, std::string message) {
  return Refusal{reason, "bundle " + std::move(message)};
}

/// Everything that is done with bytes that nobody has vouched for yet: none is parsed.
Outcome check_envelope(std::string_view bytes, const PublicKey& key) {
  if (bytes.size() > kMaxBundleBytes)
    return refuse(Reason::too_large, "has " + std::to_string(bytes.size()) + " bytes, at most " +
                                         std::to_string(kMaxBundleBytes) + " are accepted");
  if (!bytes.starts_with(kMagic.substr(0, bytes.size())))
    return refuse(Reason::not_a_bundle, "does not begin with " + std::string(kMagic));
  if (bytes.size() < kManifestAt)
    return refuse(Reason::truncated, "breaks off within its first " + std::to_string(kManifestAt) +
                                         " bytes, after " + std::to_string(bytes.size()));
  if (const auto declared = get_be<std::uint32_t>(bytes, kBundleBytesAt); bytes.size() < declared)
    return refuse(Reason::truncated, "breaks off after " + std::to_string(bytes.size()) + " of " +
                                         std::to_string(declared) + " bytes");
  if (const auto id = bytes.substr(kKeyIdAt, kKeyIdBytes); id != key.id())
    return refuse(Reason::unknown_key,
                  "is signed with key " + to_hex(id) + ", this gateway trusts key " + key.id_hex());
  if (!SignatureDoor::verify(key, bytes.substr(kSignedAt),
                             bytes.substr(kSignatureAt, kSignatureBytes)))
    return refuse(Reason::bad_signature, "does not match its signature by key " + key.id_hex());
  return std::monostate{};
}

Verified<Manifest> read_manifest(std::string_view bytes, std::size_t length) {
  if (length > kMaxManifestBytes)
    return Refusal{Reason::bad_manifest, "bundle manifest: " + std::to_string(length) +
                                             " bytes, at most " +
                                             std::to_string(kMaxManifestBytes) + " are accepted"};
  if (length > bytes.size() - kManifestAt)
    return Refusal{Reason::bad_manifest, "bundle manifest: runs past the end of the bundle"};
  return parse_manifest(bytes.substr(kManifestAt, length));
}

Outcome check_identity(const Identity& identity, const Expectation& expected) {
  if (identity.tenant != expected.tenant)
    return refuse(Reason::other_tenant, "is of tenant '" + identity.tenant +
                                            "', this gateway belongs to '" + expected.tenant + "'");
  if (identity.gateway != expected.gateway)
    return refuse(Reason::other_gateway,
                  "is for gateway '" + identity.gateway + "', this is '" + expected.gateway + "'");
  if (identity.kind != expected.kind)
    return refuse(Reason::other_kind, "carries " + std::string(name_of(identity.kind)) + ", " +
                                          std::string(name_of(expected.kind)) + " is expected");
  if (identity.version <= expected.version_in_force)
    return refuse(Reason::not_newer, "has version " + std::to_string(identity.version) +
                                         ", version " + std::to_string(expected.version_in_force) +
                                         " is in force");
  return std::monostate{};
}

Refusal bad_content(std::string why) {
  return {Reason::bad_content, "bundle content: " + std::move(why)};
}

Verified<std::vector<File>> unpack(const std::vector<PackedFiles::Entry>& entries,
                                   std::string_view stream) {
  Decompressor decompressor(stream);
  std::size_t room = max_unpacked_bytes(stream.size());
  std::vector<File> files;
  for (const auto& entry : entries) {
    // Before memory is taken: a few bytes cannot be what the manifest declares.
    if (entry.bytes > room)
      return bad_content("the compressed data holds less than the manifest declares");
    room -= entry.bytes;
    File file{entry.name, std::string(entry.bytes, '\0')};
    if (const auto problem = decompressor.fill(file.bytes); !problem.empty())
      return bad_content("file '" + entry.name + "': " + problem);
    if (sha256(file.bytes) != entry.sha256)
      return bad_content("file '" + entry.name + "': does not have the declared SHA-256");
    files.push_back(std::move(file));
  }
  if (const auto problem = decompressor.finish(); !problem.empty()) return bad_content(problem);
  return files;
}

}  // namespace

Verified<Bundle> open(std::string_view bytes, const Expectation& expected) {
  if (auto outcome = check_envelope(bytes, expected.key); !outcome)
    return std::move(outcome).refusal();

  if (get_be<std::uint32_t>(bytes, kBundleBytesAt) != bytes.size())
    return bad_content("bytes behind the bundle's declared end");
  const std::size_t manifest_bytes = get_be<std::uint32_t>(bytes, kManifestBytesAt);
  auto manifest = read_manifest(bytes, manifest_bytes);
  if (!manifest) return std::move(manifest).refusal();
  if (auto outcome = check_identity(manifest->identity, expected); !outcome)
    return std::move(outcome).refusal();

  auto files = unpack(manifest->files, bytes.substr(kManifestAt + manifest_bytes));
  if (!files) return std::move(files).refusal();
  return Bundle{manifest->identity.version, *std::move(files)};
}

}  // namespace sekisho::bundle
