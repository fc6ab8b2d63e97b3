#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "recorder.h"

namespace sekisho::tests {

/// `count` bytes of an integer, least significant first; zeros behind its eight.
inline std::string le(std::uint64_t value, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += static_cast<char>(i < sizeof value ? value >> (8 * i) & 0xff : 0);
  return out;
}
/// Most significant first.
inline std::string be(std::uint64_t value, std::size_t count) {
  const auto bytes = le(value, count);
  return {bytes.rbegin(), bytes.rend()};
}
/// "0a1b" as bytes; blanks are passed over.
inline std::string from_hex(std::string_view text) {
  std::string out, digits;
  for (const char c : text) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    out += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return out;
}
/// UTF-16 of ASCII.
inline std::string utf16(std::string_view text) {
  std::string out;
  for (const char c : text) out += std::string{c, '\0'};
  return out;
}

struct Said {
  Direction direction;
  std::string bytes;
};

/// Feeds a conversation to a fresh parser in pieces of at most `segment` bytes (0: as it is said,
/// datagrams), then ends both directions.
inline engines::ParseStatus play(rules::Protocol protocol, bool tcp, const std::vector<Said>& said,
                                 std::size_t segment, engines::ProtocolEvents& events,
                                 const engines::ParserOptions& options = {}) {
  const auto pool = *engines::MemoryPool::create(std::size_t{16} << 20);
  auto status = engines::ParseStatus::ok;
  {
    const auto* spec = spec_of(protocol, tcp);
    if (spec == nullptr) return engines::ParseStatus::failed;
    const auto parser = spec->make(*pool, options);
    for (const auto& [direction, bytes] : said) {
      const std::size_t step = segment == 0 ? std::max<std::size_t>(bytes.size(), 1) : segment;
      for (std::size_t at = 0; at < bytes.size() && status == engines::ParseStatus::ok; at += step)
        status = parser->consume(direction, as_bytes(bytes.substr(at, step)), events);
    }
    parser->end(Direction::to_server, events);
    parser->end(Direction::to_client, events);
  }
  return pool->used_bytes() == 0 ? status : engines::ParseStatus::failed;
}

inline nlohmann::json json_of(const Recorder& recorder, std::size_t record) {
  return nlohmann::json::parse(recorder.records.at(record).json);
}

}  // namespace sekisho::tests
