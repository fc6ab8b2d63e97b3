#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engines/stream/defragmenter.h"

namespace sekisho::tests {

/// One fragment in an Ethernet frame, with what a decoder says of it.
struct FragmentFrame {
  bool v6 = false;
  std::uint32_t id = 1;
  std::uint32_t offset = 0;
  bool more = false;
  std::string_view bytes = {};
  std::uint8_t protocol = 17;
  std::uint8_t ttl = 64;
  std::uint8_t host = 1;  // last byte of the source
  std::uint16_t vlan = 0;
  std::uint64_t time_s = 1000;
};

inline constexpr std::size_t kEthernetBytes = 14;

class FragmentPacket {
 public:
  explicit FragmentPacket(const FragmentFrame& fragment) {
    frame_.resize(kEthernetBytes, 0xee);
    if (fragment.v6)
      add_v6(fragment);
    else
      add_v4(fragment);
    frame_.insert(frame_.end(), fragment.bytes.begin(), fragment.bytes.end());
    view_.frame = frame_;
    view_.ip_header = view_.frame.subspan(kEthernetBytes, fragment.v6 ? 48 : 20);
    view_.source = IpAddress::from_v4(0x0a000000U + fragment.host);
    view_.destination = IpAddress::from_v4(0x0a000101);
    if (fragment.v6) view_.source.bytes[0] = view_.destination.bytes[0] = 0x20;
    view_.is_fragment = true;
    view_.ttl = fragment.ttl;
    view_.time_ns = fragment.time_s * 1'000'000'000;
    view_.num_vlans = fragment.vlan != 0 ? 1 : 0;
    view_.vlans[0] = fragment.vlan;
  }
  FragmentPacket(const FragmentPacket&) = delete;
  const engines::PacketView& view() const { return view_; }

 private:
  void add(std::initializer_list<std::uint32_t> bytes) {
    for (const auto byte : bytes) frame_.push_back(static_cast<std::uint8_t>(byte));
  }
  void add_v4(const FragmentFrame& fragment) {
    const auto total = 20 + static_cast<std::uint32_t>(fragment.bytes.size());
    const auto field = fragment.offset / 8 | (fragment.more ? 0x2000U : 0U);
    add({0x45,
         0,
         total >> 8,
         total,
         fragment.id >> 8,
         fragment.id,
         field >> 8,
         field,
         fragment.ttl,
         fragment.protocol,
         0,
         0,
         10,
         0,
         0,
         fragment.host,
         10,
         0,
         1,
         1});
  }
  void add_v6(const FragmentFrame& fragment) {
    const auto length = 8 + static_cast<std::uint32_t>(fragment.bytes.size());
    add({0x60, 0, 0, 0, length >> 8, length, 44, fragment.ttl});
    frame_.resize(frame_.size() + 32, 0x20);
    const auto field = fragment.offset | (fragment.more ? 1U : 0U);
    add({fragment.protocol, 0, field >> 8, field, fragment.id >> 24, fragment.id >> 16,
         fragment.id >> 8, fragment.id});
  }

  std::vector<std::uint8_t> frame_;
  engines::PacketView view_;
};

}  // namespace sekisho::tests
