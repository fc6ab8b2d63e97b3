#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "recorder.h"

namespace sekisho::tests {

inline const engines::ProtocolSpec& spec_of(rules::Protocol protocol) {
  for (const auto* spec : engines::all_protocols())
    if (spec->protocol == protocol) return *spec;
  throw std::runtime_error("no such protocol");
}

/// Feeds a fresh parser the flights in pieces of `segment` bytes (0: each as it is, as datagrams),
/// ends both directions unless it had enough, and checks that all memory came back.
inline engines::ParseStatus play_stream(
    rules::Protocol protocol, const std::vector<std::pair<Direction, std::string>>& flights,
    std::size_t segment, Recorder& recorder, const engines::ParserOptions& options = {}) {
  const auto pool = *engines::MemoryPool::create(std::size_t{8} << 20);
  auto status = engines::ParseStatus::ok;
  {
    const auto parser = spec_of(protocol).make(*pool, options);
    for (const auto& [direction, flight] : flights) {
      auto rest = as_bytes(flight);
      while (!rest.empty() && status == engines::ParseStatus::ok) {
        const auto piece = rest.first(segment == 0 ? rest.size() : std::min(segment, rest.size()));
        rest = rest.subspan(piece.size());
        const std::vector<std::uint8_t> alone(piece.begin(), piece.end());
        status = parser->consume(direction, alone, recorder);
      }
    }
    parser->end(Direction::to_server, recorder);
    parser->end(Direction::to_client, recorder);
  }
  if (pool->used_bytes() != 0) throw std::runtime_error("memory was kept");
  return status;
}

}  // namespace sekisho::tests
