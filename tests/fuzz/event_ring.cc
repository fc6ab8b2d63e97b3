// An event ring whose indices and records another process wrote as it liked, read, turned into EVE
// and given back. Checked: a reader never gets more than the ring holds and comes to an end.
#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "config/base/byte_reader.h"
#include "config/events/eve.h"
#include "config/events/event_ring.h"

namespace {

using namespace sekisho;
using namespace sekisho::events;

constexpr std::size_t kCapacity = 8;

std::uint64_t read_u64(ByteReader& reader) {
  std::uint32_t high = 0, low = 0;
  if (!reader.be32(high) || !reader.be32(low)) return 0;
  return std::uint64_t{high} << 32 | low;
}

void require(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

/// Input: written, read, then the records' bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader reader({data, size});
  EventRingHeader header;
  header.written.store(read_u64(reader));
  header.read.store(read_u64(reader));
  const auto records = std::make_unique<std::array<EventRecord, kCapacity>>();
  const auto bytes = reader.rest();
  std::memset(static_cast<void*>(records->data()), 0, sizeof *records);
  if (!bytes.empty())
    std::memcpy(static_cast<void*>(records->data()), bytes.data(),
                std::min(bytes.size(), sizeof *records));

  EventRing ring(&header, records->data(), kCapacity);
  const EveNames names{.rule = [](std::uint32_t, RuleNumber) { return "rule \"\xff\""; },
                       .application = [](std::uint16_t) { return "tls"; },
                       .port = [](std::uint8_t) { return "lan0"; }};
  std::array<EventRecord, 3> out;
  std::size_t total = 0;
  for (std::size_t count = ring.peek(out); count != 0; count = ring.peek(out)) {
    require(count <= out.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto line = next_eve(std::span(out).subspan(i, count - i), names);
      require(line.line.ends_with('}') && line.taken <= count - i);
    }
    ring.consume(count);
    total += count;
    require(total <= kCapacity);
  }
  ring.repair();
  require(ring.reserve() != nullptr);
  return 0;
}
