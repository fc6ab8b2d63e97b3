#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/bundle/bundle.h"

namespace sekisho::bundle {

struct Manifest {
  Identity identity;
  std::vector<PackedFiles::Entry> files;
};

/// The one spelling of `manifest`, whose identity and files have no problem: members sorted by
/// name, no white space.
std::string to_json(const Manifest& manifest);

/// Only what to_json gives is accepted; a refusal's reason is bad_manifest or unsupported_format.
Verified<Manifest> parse_manifest(std::string_view text);

}  // namespace sekisho::bundle
