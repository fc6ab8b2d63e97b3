#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/address.h"

namespace sekisho::tests {

/// Writes MaxMind DB files (format specification 2.0) for tests. Later prefixes override earlier
/// ones where they overlap only if they are longer; insert from short to long.
class MmdbBuilder {
 public:
  enum class Field { flat, nested, absent };  // country_code, country.iso_code, neither

  /// `ip_version` 4 or 6; `record_bits` 24, 28 or 32.
  MmdbBuilder(unsigned ip_version, unsigned record_bits)
      : ip_version_(ip_version), record_bits_(record_bits), nodes_(1) {}

  /// `bits` counts in the 16-byte form: an IPv4 /24 is 120. In a v6 file IPv4 goes below ::/96.
  void insert(IpAddress prefix, unsigned bits, std::string_view country,
              Field field = Field::flat) {
    const auto value = kData | data_record(country, field);
    if (prefix.is_v4() && bits >= 96 && ip_version_ == 6) prefix.bytes[10] = prefix.bytes[11] = 0;
    set(prefix, bits, value);
  }
  void insert(std::string_view cidr, std::string_view country, Field field = Field::flat) {
    const auto range = *parse_address_range(cidr);
    unsigned bits = 128;
    for (auto first = range.first, last = range.last; first != last; --bits) {
      first = clear_from(first, bits - 1);
      last = clear_from(last, bits - 1);
    }
    insert(range.first, bits, country, field);
  }
  /// Makes `prefix` lead to the IPv4 part (::/96), as publishers do for ::ffff:0:0/96 and
  /// 2002::/16.
  void alias_v4(const IpAddress& prefix, unsigned bits) { set(prefix, bits, node_at_v4()); }
  /// Any record value, for damaged files.
  void set_raw(std::size_t node, unsigned side, std::uint32_t value) { raw_[{node, side}] = value; }

  std::string build() const {
    const auto count = static_cast<std::uint32_t>(nodes_.size());
    std::string file;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      std::array<std::uint32_t, 2> records{};
      for (unsigned side = 0; side < 2; ++side) {
        const auto value = nodes_[i][side];
        records[side] = value == kEmpty        ? count
                        : (value & kData) != 0 ? count + 16 + (value & ~kData)
                                               : value;
        if (const auto raw = raw_.find({i, side}); raw != raw_.end()) records[side] = raw->second;
      }
      append_node(file, records[0], records[1]);
    }
    file += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com" + metadata(count);
    return file;
  }

 private:
  static constexpr std::uint32_t kEmpty = 0xffffffff;
  static constexpr std::uint32_t kData = 0x80000000;  // | offset in the data section
  struct Node {
    std::uint32_t child[2] = {kEmpty, kEmpty};
    std::uint32_t& operator[](unsigned side) { return child[side]; }
    std::uint32_t operator[](unsigned side) const { return child[side]; }
  };

  static IpAddress clear_from(IpAddress address, unsigned bit) {
    for (; bit < 128; ++bit)
      address.bytes[bit / 8] =
          static_cast<std::uint8_t>(address.bytes[bit / 8] & ~(0x80U >> (bit % 8)));
    return address;
  }
  static unsigned bit_of(const IpAddress& address, unsigned bit) {
    return address.bytes[bit / 8] >> (7 - bit % 8) & 1U;
  }
  unsigned root_bit() const { return ip_version_ == 4 ? 96 : 0; }

  void set(const IpAddress& prefix, unsigned bits, std::uint32_t value) {
    std::uint32_t node = 0;
    for (unsigned bit = root_bit(); bit + 1 < bits; ++bit) node = child(node, bit_of(prefix, bit));
    nodes_[node][bit_of(prefix, bits - 1)] = value;
  }
  /// The node below; data above a longer prefix is pushed down to both sides.
  std::uint32_t child(std::uint32_t node, unsigned side) {
    const auto value = nodes_[node][side];
    if (value != kEmpty && (value & kData) == 0) return value;
    const auto made = static_cast<std::uint32_t>(nodes_.size());
    Node below;
    below[0] = below[1] = value;
    nodes_.push_back(below);
    nodes_[node][side] = made;
    return made;
  }
  std::uint32_t node_at_v4() {
    std::uint32_t node = 0;
    for (unsigned bit = 0; bit < 96; ++bit) node = child(node, 0);
    return node;
  }

  std::uint32_t data_record(std::string_view country, Field field) {
    const auto [known, is_new] = records_.try_emplace({std::string(country), field},
                                                      static_cast<std::uint32_t>(data_.size()));
    if (is_new) {
      const auto code = text(country);
      if (field == Field::flat) data_ += "\xe1" + text("country_code") + code;
      if (field == Field::nested)
        data_ += "\xe1" + text("country") + "\xe1" + text("iso_code") + code;
      if (field == Field::absent) data_ += "\xe1" + text("asn") + code;
    }
    return known->second;
  }
  static std::string text(std::string_view value) {
    return static_cast<char>(0x40 | value.size()) + std::string(value);
  }
  static std::string number(unsigned type, std::uint32_t value, unsigned bytes) {
    std::string out(1, static_cast<char>(type << 5 | bytes));
    for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
    return out;
  }
  std::string metadata(std::uint32_t count) const {
    constexpr unsigned kUint16 = 5, kUint32 = 6;
    std::string map = "\xe9";
    map += text("binary_format_major_version") + number(kUint16, 2, 1);
    map += text("binary_format_minor_version") + number(kUint16, 0, 0);
    map += text("build_epoch") + std::string("\x04\x02", 2) + std::string("\x65\0\0\0", 4);
    map += text("database_type") + text("Test");
    map += text("description") + "\xe0";
    map += text("ip_version") + number(kUint16, ip_version_, 1);
    map += text("languages") + std::string("\0\4", 2);
    map += text("node_count") + number(kUint32, count, 4);
    map += text("record_size") + number(kUint16, record_bits_, 1);
    return map;
  }
  void append_node(std::string& file, std::uint32_t left, std::uint32_t right) const {
    const auto byte = [&](std::uint32_t value, unsigned shift) {
      file += static_cast<char>(value >> shift);
    };
    const auto three = [&](std::uint32_t value) {
      byte(value, 16), byte(value, 8), byte(value, 0);
    };
    if (record_bits_ == 32) byte(left, 24);
    three(left);
    if (record_bits_ == 28)
      file += static_cast<char>((left >> 24 & 0x0f) << 4 | (right >> 24 & 0x0f));
    if (record_bits_ == 32) byte(right, 24);
    three(right);
  }

  unsigned ip_version_;
  unsigned record_bits_;
  std::vector<Node> nodes_;
  std::string data_;
  std::map<std::pair<std::string, Field>, std::uint32_t> records_;
  std::map<std::pair<std::size_t, unsigned>, std::uint32_t> raw_;
};

}  // namespace sekisho::tests
