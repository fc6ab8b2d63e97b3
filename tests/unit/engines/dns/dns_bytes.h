#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace sekisho::tests::dns {

inline std::string be16(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

/// "www.example.com" as labels with the root's.
inline std::string wire_name(std::string_view dotted) {
  std::string wire;
  while (!dotted.empty()) {
    const auto label = dotted.substr(0, dotted.find('.'));
    wire += static_cast<char>(label.size());
    wire += label;
    dotted.remove_prefix(std::min(dotted.size(), label.size() + 1));
  }
  return wire + '\0';
}

inline std::string header(unsigned id, unsigned flags, std::initializer_list<unsigned> counts) {
  auto wire = be16(id) + be16(flags);
  for (const auto count : counts) wire += be16(count);
  return wire;
}

inline std::string question(std::string_view name, unsigned type) {
  return wire_name(name) + be16(type) + be16(1);
}

inline std::string record(std::string name, unsigned type, std::string_view data,
                          unsigned ttl = 60) {
  return std::move(name) + be16(type) + be16(1) + be16(0) + be16(ttl) + be16(data.size()) +
         std::string(data);
}

/// EDNS with room for 1232 bytes and DO.
inline std::string opt() {
  return std::string(1, '\0') + be16(41) + be16(1232) + be16(0) + be16(0x8000) + be16(0);
}

inline std::span<const std::uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline const std::string kToQuestion = "\xc0\x0c";

}  // namespace sekisho::tests::dns
