// Random fragments of known datagrams, repeated, reordered, overlapping, with wrong bytes, against
// a host that keeps an array of bytes.
#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "datagrams.h"

namespace sekisho::tests {
namespace {

using engines::MemoryPool;
using engines::stream::Defragmented;
using engines::stream::Defragmenter;

/// Takes the first or the last of two bytes for one place; IPv6 gives up what overlaps differently.
class ReferenceHost {
 public:
  explicit ReferenceHost(bool last_wins) : last_wins_(last_wins) {}
  /// The datagram, when this fragment completes it.
  std::optional<std::string> take(const FragmentFrame& fragment) {
    auto& datagram = datagrams_[fragment.id];
    for (std::size_t i = 0; i < fragment.bytes.size(); ++i) {
      const auto place = fragment.offset + i;
      if (last_wins_)
        datagram.bytes[place] = fragment.bytes[i];
      else
        datagram.bytes.try_emplace(place, fragment.bytes[i]);
    }
    if (!fragment.more) datagram.total = fragment.offset + fragment.bytes.size();
    if (datagram.total == 0 || datagram.bytes.size() < datagram.total) return std::nullopt;
    std::string text;
    for (const auto& [place, byte] : datagram.bytes) text += byte;
    datagrams_.erase(fragment.id);
    return text;
  }

 private:
  struct Datagram {
    std::map<std::size_t, char> bytes;
    std::size_t total = 0;
  };
  bool last_wins_;
  std::map<std::uint32_t, Datagram> datagrams_;
};

TEST_CASE("Inline, no host completes a datagram that the engine did not see, byte for byte") {
  std::mt19937 random(11);
  int completed = 0;
  int dropped = 0;
  for (int round = 0; round < 30; ++round) {
    const auto pool = *MemoryPool::create(1 << 22);
    const bool v6 = round % 2 == 0;
    const auto defragmenter = *Defragmenter::create(
        {.max_datagrams = 64, .max_bytes = round % 3 == 0 ? 4000U : 1000000U}, *pool);
    ReferenceHost host(round % 4 < 2);
    for (int i = 0; i < 3000; ++i) {
      const auto id = 1 + static_cast<std::uint32_t>(random() % 40);
      const std::size_t total = 40 + id * 8 + id % 8;
      std::string bytes(total, static_cast<char>('a' + id % 26));
      const auto offset = static_cast<std::uint32_t>(random() % (total / 8)) * 8;
      const auto size = std::min<std::size_t>(8 + random() % 12 * 8, total - offset);
      bytes = bytes.substr(offset, size);
      if (random() % 10 == 0) bytes[random() % size] = 'X';
      const FragmentFrame fragment{
          .v6 = v6, .id = id, .offset = offset, .more = offset + size < total, .bytes = bytes};
      const FragmentPacket packet(fragment);
      const auto outcome = defragmenter->add(packet.view());
      const bool passes = outcome.kind != Defragmented::Kind::dropped;
      dropped += !passes;
      if (offset == 0 && !fragment.more) continue;  // no fragment
      const auto whole = passes ? host.take(fragment) : std::nullopt;
      REQUIRE(whole.has_value() == (outcome.kind == Defragmented::Kind::complete));
      if (!whole) continue;
      ++completed;
      const auto seen = outcome.frame.subspan(kEthernetBytes + (v6 ? 40 : 20));
      REQUIRE(std::string(seen.begin(), seen.end()) == *whole);
    }
    defragmenter->expire(UINT64_MAX, 1000);
    CHECK(pool->used_bytes() == 0);
  }
  CHECK(completed > 1000);
  CHECK(dropped > 1000);
}

}  // namespace
}  // namespace sekisho::tests
