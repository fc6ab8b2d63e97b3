// A mail on its way through SMTP, cut into pieces as its first byte says.
#include <algorithm>
#include <string_view>

#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sekisho;
  if (size == 0) return 0;
  static const auto pool = *engines::MemoryPool::create(engines::MemoryPool::kLargestBlock * 4);
  fuzz::CheckingEvents events;
  {
    const auto parser = fuzz::spec_of(engines::Protocol::smtp, true).make(*pool, {});
    constexpr std::string_view kCommands = "MAIL FROM:<a>\r\nDATA\r\n";
    const std::vector<std::uint8_t> commands(kCommands.begin(), kCommands.end());
    parser->consume(engines::Direction::to_server, commands, events);
    std::span<const std::uint8_t> rest(data + 1, size - 1);
    const std::size_t step = data[0] == 0 ? size : data[0];
    while (!rest.empty()) {
      const auto piece = rest.first(std::min(step, rest.size()));
      const std::vector<std::uint8_t> alone(piece.begin(), piece.end());
      parser->consume(engines::Direction::to_server, alone, events);
      rest = rest.subspan(piece.size());
    }
    parser->end(engines::Direction::to_server, events);
    parser->end(engines::Direction::to_client, events);
  }
  if (pool->used_bytes() != 0) std::abort();
  return 0;
}
