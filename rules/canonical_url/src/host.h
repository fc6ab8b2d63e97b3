#pragma once

#include <string_view>

#include "byte_sink.h"
#include "rules/canonical_url/canonical_url.h"

namespace sekisho::rules {

/// The canonical form of a host as it stands in a URL (brackets around IPv6), into `out`.
UrlFault write_host(std::string_view host, ByteSink& out, HostKind& kind) noexcept;

}  // namespace sekisho::rules
