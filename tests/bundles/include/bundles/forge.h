#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/bundle/bundle.h"

namespace sekisho::tests {

/// The secret 00 01 02 ... 1f, which tests may publish, and its key.
bundle::Secret known_secret();
bundle::SigningKey known_key();

/// A bundle envelope, signed with known_key(), in front of whatever stands at README.md's offset 80
/// and behind. Made with OpenSSL and this file's own idea of the layout, not with product code.
std::string forge_envelope(std::string_view from_offset_80);

/// The same with the two lengths made right.
std::string forge_bundle(std::string_view manifest, std::string_view stream);

/// The first 120 bytes of a rotation statement and known_key()'s signature of them.
std::string forge_rotation(std::string_view statement);

/// The canonical manifest of `files`, which are taken in the order given.
std::string manifest_of(const bundle::Identity& identity, const std::vector<bundle::File>& files);

/// One zlib stream of `content`.
std::string zlib_stream(std::string_view content);

/// One zlib stream of `megabytes` MiB of zeros, checksum and all; made in the time of 16.
std::string zlib_bomb(unsigned megabytes);

std::string be32(std::size_t value);
std::string sha256(std::string_view bytes);
std::string to_hex(std::string_view bytes);

}  // namespace sekisho::tests
