#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "rules/canonical_url/canonical_url.h"

namespace sekisho::engines {

/// A host as canonical URLs have it, kept: names of one conversation are compared over packets.
/// Empty: what was said is no host.
class TunnelHost {
 public:
  /// Of "host" or "host:port".
  TunnelHost(std::string_view authority, rules::UrlScratch& scratch) noexcept;

  std::string_view view() const noexcept { return {text_.data(), bytes_}; }
  bool is_name() const noexcept { return bytes_ != 0 && kind_ == rules::HostKind::name; }
  /// Both are hosts, and not the same one.
  bool contradicts(const TunnelHost& other) const noexcept {
    return bytes_ != 0 && other.bytes_ != 0 && view() != other.view();
  }

 private:
  static constexpr std::size_t kMaxBytes = 253;  // RFC 1035 §2.3.4

  std::array<char, kMaxBytes> text_;
  std::uint8_t bytes_ = 0;
  rules::HostKind kind_ = rules::HostKind::name;
};

}  // namespace sekisho::engines
