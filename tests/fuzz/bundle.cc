// What a console, or somebody in its place, sends to a gateway: into open() and accept_rotation().
// The signature stops a fuzzer at the door, so each input is also tried with a valid one.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "bundles/forge.h"
#include "config/bundle/bundle.h"
#include "config/bundle/rotation.h"

namespace {

using namespace sekisho;
using namespace sekisho::bundle;

constexpr std::size_t kManifestBytesAt = 84, kStatementBytes = 120;

const SigningKey& key() {
  static const auto kKey = tests::known_key();
  return kKey;
}

/// There is one spelling of a manifest: what was opened and is built again has the same.
void check(std::string_view bytes, const Bundle& opened, Kind kind) {
  const auto packed = PackedFiles::pack(opened.files);
  if (!packed) __builtin_trap();
  const auto again = build({"acme", "gw-1", opened.version, kind}, *packed, key());
  if (!again) __builtin_trap();
  const auto at = again->rfind(packed->stream());
  if (again->substr(kManifestBytesAt, at - kManifestBytesAt) !=
      bytes.substr(kManifestBytesAt, at - kManifestBytesAt))
    __builtin_trap();
}

void try_bundle(std::string_view bytes) {
  for (const auto kind : {Kind::policy, Kind::content, Kind::urls}) {
    const Expectation expected{key().public_key(), "acme", "gw-1", 6, kind};
    if (const auto opened = bundle::open(bytes, expected)) check(bytes, *opened, kind);
  }
}

void try_rotation(std::string_view bytes) {
  static const Pinned kPinned{key().public_key(), 2};
  const auto accepted = accept_rotation(bytes, "acme", kPinned);
  if (accepted && accepted->sequence <= kPinned.sequence) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  try_bundle(input);
  try_rotation(input);
  try_rotation(tests::forge_rotation(input.substr(0, kStatementBytes)));
  if (input.size() < kManifestBytesAt) return 0;

  // Signed as it is, but for the length; and with the manifest's length right, too, so that an
  // insertion into it does not end there.
  const auto rest = input.substr(kManifestBytesAt);
  try_bundle(tests::forge_envelope(tests::be32(kManifestBytesAt + rest.size()) + rest));
  const auto manifest_and_stream = rest.substr(std::min<std::size_t>(4, rest.size()));
  const auto end = std::min(manifest_and_stream.find("\x78\x9c"), manifest_and_stream.size());
  try_bundle(
      tests::forge_bundle(manifest_and_stream.substr(0, end), manifest_and_stream.substr(end)));
  return 0;
}
