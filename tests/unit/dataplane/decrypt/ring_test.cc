#include "dataplane/decrypt/channel/ring.h"

#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <thread>
#include <vector>

using namespace sekisho::decrypt;

namespace {

constexpr std::size_t kBytes = 4096;

class RingMemory {
 public:
  std::span<std::byte> bytes() { return memory_; }

 private:
  alignas(64) std::array<std::byte, sizeof(RingPlaces) + kBytes> memory_{};
};

std::vector<std::uint8_t> body_of(std::size_t bytes, std::uint64_t number) {
  std::vector<std::uint8_t> body(bytes);
  for (std::size_t i = 0; i < bytes; ++i) body[i] = static_cast<std::uint8_t>(number + i);
  return body;
}

}  // namespace

TEST_CASE("messages come out as they went in, however they lie in the ring", "[decrypt]") {
  const auto memory = std::make_unique<RingMemory>();
  RingWriter writer(memory->bytes());
  RingReader reader(memory->bytes());
  std::mt19937 random(7);
  std::deque<std::pair<std::uint64_t, std::size_t>> under_way;
  std::uint64_t sent = 0, read = 0, full = 0;
  while (read < 20'000) {
    const auto bytes = static_cast<std::size_t>(random() % 900);
    bool sleeps = false;
    if (random() % 2 == 0 &&
        writer.send(MessageKind::packet, 1, sent, body_of(bytes, sent), sleeps)) {
      under_way.emplace_back(sent++, bytes);
    } else {
      full += !writer.has_room(bytes);
      RingReader::Message message;
      if (reader.next(message) == RingReader::Outcome::empty) {
        CHECK(under_way.empty());
        continue;
      }
      REQUIRE(message.header.flow_id == under_way.front().first);
      const auto expected = body_of(under_way.front().second, message.header.flow_id);
      REQUIRE(
          std::equal(message.body.begin(), message.body.end(), expected.begin(), expected.end()));
      under_way.pop_front();
      ++read;
      if (random() % 3 == 0 || under_way.empty()) reader.release();
      if (!writer.has_room(kBytes / 4)) reader.release();
    }
  }
  CHECK(full > 0);
}

TEST_CASE("a full ring takes nothing, and what is in it stays", "[decrypt]") {
  const auto memory = std::make_unique<RingMemory>();
  RingWriter writer(memory->bytes());
  RingReader reader(memory->bytes());
  bool sleeps = false;
  unsigned sent = 0;
  while (writer.send(MessageKind::packet, 0, sent, body_of(500, sent), sleeps)) ++sent;
  CHECK(sent == kBytes / 528);
  CHECK_FALSE(writer.send(MessageKind::packet, 0, 0, body_of(kBytes / 2, 0), sleeps));
  RingReader::Message message;
  for (unsigned i = 0; i < sent; ++i) {
    REQUIRE(reader.next(message) == RingReader::Outcome::message);
    CHECK(message.body[0] == i);
  }
  CHECK_FALSE(writer.has_room(500));  // not given back yet
  reader.release();
  CHECK(writer.has_room(500));
}

TEST_CASE("a reader that sleeps is told of", "[decrypt]") {
  const auto memory = std::make_unique<RingMemory>();
  RingWriter writer(memory->bytes());
  RingReader reader(memory->bytes());
  bool sleeps = true;
  REQUIRE(writer.send(MessageKind::packet, 0, 1, {}, sleeps));
  CHECK_FALSE(sleeps);
  CHECK_FALSE(reader.fall_asleep());  // something is there
  RingReader::Message message;
  REQUIRE(reader.next(message) == RingReader::Outcome::message);
  CHECK(reader.fall_asleep());
  REQUIRE(writer.send(MessageKind::packet, 0, 2, {}, sleeps));
  CHECK(sleeps);
}

TEST_CASE("a writer that writes nonsense is believed no more", "[decrypt]") {
  const auto memory = std::make_unique<RingMemory>();
  RingWriter writer(memory->bytes());
  RingReader reader(memory->bytes());
  auto* const places = std::launder(reinterpret_cast<RingPlaces*>(memory->bytes().data()));
  bool sleeps = false;
  REQUIRE(writer.send(MessageKind::packet, 0, 1, body_of(100, 0), sleeps));
  SECTION("more than the ring holds") { places->written = kBytes + 16; }
  SECTION("less than a message") { places->written = 8; }
  SECTION("a body that goes beyond what was written") { places->written = 64; }
  RingReader::Message message;
  CHECK(reader.next(message) == RingReader::Outcome::broken);
  CHECK(reader.next(message) == RingReader::Outcome::broken);
}

TEST_CASE("a reader that lies about its place gets nothing written outside", "[decrypt]") {
  const auto memory = std::make_unique<RingMemory>();
  RingWriter writer(memory->bytes());
  auto* const places = std::launder(reinterpret_cast<RingPlaces*>(memory->bytes().data()));
  places->read = 999'999;
  bool sleeps = false;
  CHECK_FALSE(writer.send(MessageKind::packet, 0, 1, {}, sleeps));
}

TEST_CASE("a ring that begins at an odd place is written inside itself", "[decrypt]") {
  const auto memory = std::make_unique<RingMemory>();
  auto* const places = std::launder(reinterpret_cast<RingPlaces*>(memory->bytes().data()));
  places->read = places->written = kBytes - 5;
  RingWriter writer(memory->bytes());
  bool sleeps = false;
  for (unsigned i = 0; i < 20; ++i)
    (void)writer.send(MessageKind::packet, 0, i, body_of(200, i), sleeps);
  RingReader reader(memory->bytes());
  RingReader::Message message;
  CHECK(reader.next(message) != RingReader::Outcome::message);
}

TEST_CASE("two threads lose nothing between them", "[decrypt]") {
  const auto memory = std::make_unique<RingMemory>();
  constexpr std::uint64_t kMessages = 50'000;
  std::thread sender([&] {
    RingWriter writer(memory->bytes());
    for (std::uint64_t i = 0; i < kMessages;) {
      bool sleeps = false;
      if (writer.send(MessageKind::packet, 0, i, body_of(i % 300, i), sleeps))
        ++i;
      else
        std::this_thread::yield();
    }
  });
  RingReader reader(memory->bytes());
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < kMessages;) {
    RingReader::Message message;
    if (reader.next(message) != RingReader::Outcome::message) {
      std::this_thread::yield();
      continue;
    }
    const auto expected = body_of(i % 300, i);
    wrong += message.header.flow_id != i || !std::equal(message.body.begin(), message.body.end(),
                                                        expected.begin(), expected.end());
    ++i;
    reader.release();
  }
  sender.join();
  CHECK(wrong == 0);
}
