#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dataplane/parse/decode.h"

namespace sekisho::dataplane {

/// Names of what is odd about one packet, as rules say with decode-event ("ipv4.trunc_pkt"); static
/// strings.
class PacketEvents {
 public:
  static constexpr std::size_t kMax = 15;

  /// A further one; a name twice, or beyond kMax, is left out.
  void add(std::string_view name) noexcept {
    for (std::size_t i = 0; i < size_; ++i)
      if (names_[i] == name) return;
    if (size_ < kMax) names_[size_++] = name;
  }
  void clear() noexcept { size_ = 0; }
  std::span<const std::string_view> names() const noexcept { return {names_.data(), size_}; }

 private:
  std::array<std::string_view, kMax> names_{};
  std::size_t size_ = 0;
};

/// A second look at one packet, for those who want to know every oddity and not only whether it can
/// be let through.
struct Examination {
  PacketEvents events;
  bool is_ip = false;        // an IP header was there, whole or not
  bool is_fragment = false;  // nothing of its transport was looked at
  std::uint8_t protocol = 0;
  std::uint16_t sctp_chunks = 0;
};

/// Goes through link, network and transport headers of the outermost packet, and the first bytes of
/// a tunnel in it. Never reads outside `frame`, allocates or throws.
void examine(LinkType link, std::span<const std::uint8_t> frame, Examination& out) noexcept;

/// Whether examine() could find nothing in a packet that decode() found to be one of a flow: TCP or
/// UDP without options, or with those that every segment of a connection carries.
bool is_plain(std::span<const std::uint8_t> frame, const PacketInfo& info) noexcept;

}  // namespace sekisho::dataplane
