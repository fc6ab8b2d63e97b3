#include "config/base/snapshot_slot.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

namespace sekisho {
namespace {

/// Two copies of one number: a reader that sees them differ, or the mark of the destructor, saw a
/// value that was freed under it.
struct Value {
  explicit Value(std::uint64_t number) : first(number), second(number) { ++alive; }
  ~Value() {
    first = ~std::uint64_t{0};
    second = 0;
    --alive;
  }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;

  volatile std::uint64_t first;
  volatile std::uint64_t second;
  static inline std::atomic<int> alive{0};
};

TEST_CASE("readers see the value last published") {
  SnapshotSlot<int> slot(1, std::make_unique<const int>(1));
  slot.online(0);
  CHECK(slot.current(0) == 1);
  slot.offline(0);
  slot.publish(std::make_unique<const int>(2));
  slot.online(0);
  CHECK(slot.current(0) == 2);
}

TEST_CASE("the old value is freed by publish, the last one with the slot") {
  {
    SnapshotSlot<Value> slot(2, std::make_unique<const Value>(1));
    CHECK(Value::alive == 1);
    slot.publish(std::make_unique<const Value>(2));
    CHECK(Value::alive == 1);
  }
  CHECK(Value::alive == 0);
}

TEST_CASE("publish waits for an online core and not for one that is offline") {
  SnapshotSlot<int> slot(2, std::make_unique<const int>(1));
  slot.online(0);
  CHECK(slot.current(0) == 1);
  std::atomic<bool> published{false};
  std::thread publisher([&] {
    slot.publish(std::make_unique<const int>(2));
    published = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK_FALSE(published);  // core 0 may still hold the old value; core 1 never came online
  while (!published) (void)slot.current(0);
  publisher.join();
  CHECK(slot.current(0) == 2);
}

TEST_CASE("going offline lets publish finish") {
  SnapshotSlot<int> slot(1, std::make_unique<const int>(1));
  slot.online(0);
  std::thread publisher([&] { slot.publish(std::make_unique<const int>(2)); });
  slot.offline(0);
  publisher.join();
  slot.online(0);
  CHECK(slot.current(0) == 2);
}

TEST_CASE("under many publications no reader sees a freed value or an older one") {
  constexpr std::size_t kReaders = 3;
  constexpr std::uint64_t kPublications = 2000;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> mistakes{0};
  std::atomic<std::uint64_t> reads{0};
  {
    SnapshotSlot<Value> slot(kReaders, std::make_unique<const Value>(0));
    std::vector<std::thread> readers;
    for (std::size_t core = 0; core < kReaders; ++core) {
      readers.emplace_back([&, core] {
        std::uint64_t newest = 0;
        for (std::uint64_t round = 0; !stop; ++round) {
          slot.online(core);
          for (int i = 0; i < 100 && !stop; ++i) {
            const Value& value = slot.current(core);
            const std::uint64_t first = value.first;
            if (first != value.second || first < newest) ++mistakes;
            newest = first;
            ++reads;
          }
          slot.offline(core);
          if (round % 8 == 0) std::this_thread::yield();
        }
      });
    }
    for (std::uint64_t number = 1; number <= kPublications; ++number)
      slot.publish(std::make_unique<const Value>(number));
    while (reads == 0) std::this_thread::yield();
    stop = true;
    for (auto& reader : readers) reader.join();
    CHECK(slot.current(0).first == kPublications);
  }
  CHECK(mistakes == 0);
  CHECK(reads > 0);
  CHECK(Value::alive == 0);
}

}  // namespace
}  // namespace sekisho
