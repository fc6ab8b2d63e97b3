#include "mmdb_writer.h"

#include <array>
#include <bit>
#include <cstdint>
#include <fstream>
#include <map>

namespace sekisho::engines::firewall {

namespace {

constexpr std::uint32_t kNothing = 0xffffffff;
constexpr std::uint32_t kCountryFlag = 0x80000000;

using Node = std::array<std::uint32_t, 2>;  // child node, kNothing, or kCountryFlag | data offset

void put_string(std::string& out, const std::string& text) {
  out += static_cast<char>(0x40 | text.size());  // type 2: UTF-8, up to 28 bytes here
  out += text;
}
void put_number(std::string& out, unsigned type, std::uint32_t value) {
  if (type > 7) {
    out += '\x04';
    out += static_cast<char>(type - 7);
  } else {
    out += static_cast<char>(type << 5 | 4);
  }
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}
void put_short(std::string& out, std::uint16_t value) {
  out += '\xa2';  // type 5: 16 bits
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

/// Bits of an IPv6 tree: IPv4 addresses stand below ::/96.
struct Prefix {
  std::array<std::uint8_t, 16> bytes;
  unsigned bits;
};
Prefix prefix_of(const std::string& block) {
  const AddressRange range = *parse_address_range(block);
  Prefix prefix{range.first.bytes, 0};
  const auto bit = [](const IpAddress& address, unsigned i) {
    return address.bytes[i / 8] >> (7 - i % 8) & 1;
  };
  while (prefix.bits < 128 && bit(range.first, prefix.bits) == bit(range.last, prefix.bits))
    ++prefix.bits;
  if (range.first.is_v4()) prefix.bytes[10] = prefix.bytes[11] = 0;
  return prefix;
}

}  // namespace

void write_mmdb(const std::string& path,
                const std::vector<std::pair<std::string, std::string>>& blocks) {
  std::vector<Node> nodes{{kNothing, kNothing}};
  std::string data;
  std::map<std::string, std::uint32_t> offsets;
  for (const auto& [block, country] : blocks) {
    const auto [offset, fresh] =
        offsets.try_emplace(country, static_cast<std::uint32_t>(data.size()));
    if (fresh) {
      data += '\xe1';  // a map of one pair
      put_string(data, "country_code");
      put_string(data, country);
    }
    const Prefix prefix = prefix_of(block);
    std::uint32_t node = 0;
    for (unsigned bit = 0; bit < prefix.bits; ++bit) {
      const unsigned side = prefix.bytes[bit / 8] >> (7 - bit % 8) & 1;
      if (bit + 1 == prefix.bits) {
        nodes[node][side] = kCountryFlag | offset->second;
      } else {
        if (nodes[node][side] == kNothing) {
          nodes[node][side] = static_cast<std::uint32_t>(nodes.size());
          nodes.push_back({kNothing, kNothing});
        }
        node = nodes[node][side];
      }
    }
  }
  std::string out;
  const auto count = static_cast<std::uint32_t>(nodes.size());
  for (const Node& node : nodes)
    for (const std::uint32_t child : node) {
      std::uint32_t value = child;
      if (child == kNothing)
        value = count;
      else if (child & kCountryFlag)
        value = count + 16 + (child & ~kCountryFlag);
      for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
    }
  out += std::string(16, '\0') + data + "\xab\xcd\xefMaxMind.com";
  out += '\xe9';  // a map of nine pairs
  put_string(out, "node_count"), put_number(out, 6, count);
  put_string(out, "record_size"), put_short(out, 32);
  put_string(out, "ip_version"), put_short(out, 6);
  put_string(out, "database_type"), put_string(out, "test");
  put_string(out, "binary_format_major_version"), put_short(out, 2);
  put_string(out, "binary_format_minor_version"), put_short(out, 0);
  put_string(out, "build_epoch"), put_number(out, 9, 1);
  put_string(out, "languages"), out.append("\x00\x04", 2);  // an empty array
  put_string(out, "description"), out += '\xe0';            // an empty map
  std::ofstream(path, std::ios::binary) << out;
}

}  // namespace sekisho::engines::firewall
