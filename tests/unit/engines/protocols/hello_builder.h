#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace sekisho::tests {

inline std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int value : values) bytes += static_cast<char>(value);
  return bytes;
}
inline std::string be16(std::size_t value) {
  return bytes_of({static_cast<int>(value >> 8 & 255), static_cast<int>(value & 255)});
}

/// Writes a ClientHello.
struct HelloBuilder {
  std::uint16_t version = 0x0303;
  std::vector<std::uint16_t> ciphers;
  std::string extensions;

  HelloBuilder& add(std::uint16_t type, const std::string& body) {
    extensions += be16(type) + be16(body.size()) + body;
    return *this;
  }
  HelloBuilder& add_server_name(const std::string& name) {
    return add(0, be16(name.size() + 3) + bytes_of({0}) + be16(name.size()) + name);
  }
  HelloBuilder& add_list16(std::uint16_t type, const std::vector<std::uint16_t>& values) {
    std::string body = be16(values.size() * 2);
    for (const auto value : values) body += be16(value);
    return add(type, body);
  }
  HelloBuilder& add_alpn(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) list += bytes_of({static_cast<int>(name.size())}) + name;
    return add(16, be16(list.size()) + list);
  }
  /// With the 4-byte header of a handshake message.
  std::string message() const {
    std::string body = be16(version) + std::string(32, 'r') + bytes_of({0});
    body += be16(ciphers.size() * 2);
    for (const auto cipher : ciphers) body += be16(cipher);
    body += bytes_of({1, 0});
    if (!extensions.empty()) body += be16(extensions.size()) + extensions;
    return bytes_of({1, 0}) + be16(body.size()) + body;
  }
};

}  // namespace sekisho::tests
