#pragma once

#include "http1/text.h"

namespace sekisho::engines::http1 {

/// A request's target taken apart (RFC 9112 §3.2).
struct Target {
  Bytes user_info, host, port;  // of an absolute target or an authority
  Bytes path;                   // from its slash; empty when there is none
  Bytes query;                  // after '?'
  Bytes fragment;               // after '#'
  bool has_query = false, has_fragment = false;
};
Target parse_target(Bytes uri, bool connect) noexcept;

/// As rules see it in http.uri: path and query percent-decoded once (also %uXXXX), slashes
/// compressed and dot segments removed in the path; without scheme and authority.
void add_normalised_uri(const Target& target, ScratchWriter& out) noexcept;
void add_normalised_path(Bytes path, ScratchWriter& out) noexcept;
/// A percent sign is left after decoding once.
bool is_double_encoded(Bytes uri) noexcept;

/// Host of "host", "host:port" or "[v6]:port".
struct HostPort {
  Bytes host, port;
  bool invalid = false;
};
HostPort split_host(Bytes text) noexcept;
/// Lower case, no dots at the end.
void add_normalised_host(Bytes host, ScratchWriter& out) noexcept;

}  // namespace sekisho::engines::http1
