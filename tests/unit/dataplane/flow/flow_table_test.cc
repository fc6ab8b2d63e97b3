#include "dataplane/flow/flow_table.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <set>
#include <unordered_map>
#include <vector>

#include "flow_builders.h"

namespace sekisho::dataplane {
namespace {

using test::key_number;
using test::kSecond;

FlowTable table_of(std::uint32_t capacity, const FlowTimeouts& timeouts = {}) {
  Result<FlowTable> table = FlowTable::create(capacity, timeouts);
  REQUIRE(table);
  return *std::move(table);
}

const auto kNobody = [](Flow&) { FAIL("a flow ended that should not"); };

TEST_CASE("a table of no flows, or of too many, is refused with the bounds") {
  for (const std::uint32_t capacity : {0U, FlowTable::kMaxCapacity + 1}) {
    const Result<FlowTable> table = FlowTable::create(capacity, {});
    REQUIRE_FALSE(table);
    CHECK(table.error().code == Error::Code::invalid_input);
    CHECK(table.error().message.find("1-67108864") != std::string::npos);
  }
}

TEST_CASE("an inserted flow is found under its key and under no other") {
  FlowTable table = table_of(8);
  Flow* const flow = table.insert(key_number(1), 5 * kSecond, kNobody);
  REQUIRE(flow != nullptr);
  CHECK(flow->in_use);
  CHECK(flow->half_open);
  CHECK(flow->last_ns == 5 * kSecond);
  CHECK(flow->start_ns == 5 * kSecond);
  CHECK(flow->timeout_s == table.timeouts().udp_unanswered);
  CHECK(table.find(key_number(1)) == flow);
  CHECK(table.find(key_number(2)) == nullptr);
  // Every byte of the key counts.
  for (std::size_t i = 0; i < sizeof(FlowKey); ++i) {
    FlowKey other = key_number(1);
    reinterpret_cast<std::uint8_t*>(&other)[i] ^= 1;
    CAPTURE(i);
    CHECK(table.find(other) == nullptr);
  }
}

TEST_CASE("an erased flow is gone, and its record starts afresh") {
  FlowTable table = table_of(1);
  Flow* flow = table.insert(key_number(1), kSecond, kNobody);
  flow->packets[0] = 7;
  table.erase(*flow);
  CHECK(table.size() == 0);
  CHECK_FALSE(table.at(0).in_use);
  CHECK(table.find(key_number(1)) == nullptr);
  flow = table.insert(key_number(2), kSecond, kNobody);
  CHECK(flow->packets[0] == 0);
  CHECK(table.find(key_number(1)) == nullptr);
}

TEST_CASE("a moved table keeps its flows") {
  FlowTable from = table_of(4);
  from.insert(key_number(1), kSecond, kNobody);
  FlowTable to = std::move(from);
  CHECK(to.find(key_number(1)) != nullptr);
  CHECK(to.size() == 1);
}

TEST_CASE("a bulk lookup skips absent keys and finds the same flows as single lookups") {
  FlowTable table = table_of(5000);
  for (std::uint32_t n = 0; n < 5000; ++n) table.insert(key_number(n), kSecond, kNobody);
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::vector<FlowKey> keys;
    for (std::size_t i = 0; i < FlowTable::kMaxBulk; ++i)
      keys.push_back(key_number(static_cast<std::uint32_t>(random() % 7000)));
    std::vector<const FlowKey*> wanted;
    wanted.reserve(keys.size());
    for (const FlowKey& key : keys) wanted.push_back(random() % 8 == 0 ? nullptr : &key);
    const std::size_t count = random() % (FlowTable::kMaxBulk + 1);
    wanted.resize(count);
    std::vector<Flow*> found(count, &table.at(0));
    table.find(wanted, found);
    for (std::size_t i = 0; i < count; ++i)
      REQUIRE(found[i] == (wanted[i] == nullptr ? nullptr : table.find(*wanted[i])));
  }
}

TEST_CASE("two tables hash a key differently") {
  // Equal by chance once in 2^128.
  FlowTable a = table_of(1), b = table_of(1);
  int equal = 0;
  for (std::uint32_t n = 0; n < 4; ++n)
    equal += a.hash(key_number(n)) == b.hash(key_number(n)) ? 1 : 0;
  CHECK(equal < 4);
}

TEST_CASE("the hash spreads keys that differ in one bit") {
  FlowTable table = table_of(1);
  std::set<std::uint32_t> hashes;
  const FlowKey base = key_number(0);
  hashes.insert(table.hash(base));
  for (std::size_t bit = 0; bit < sizeof(FlowKey) * 8; ++bit) {
    FlowKey key = base;
    reinterpret_cast<std::uint8_t*>(&key)[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    hashes.insert(table.hash(key));
  }
  CHECK(hashes.size() >= sizeof(FlowKey) * 8);  // one collision in 73,000 pairs of 32 bits is luck
}

TEST_CASE("a million flows take less than a GiB, and none is lost to bucket collisions") {
  constexpr std::uint32_t kFlows = 1'000'000;
  FlowTable table = table_of(kFlows);
  CHECK(table.memory_bytes() <= std::size_t{450} * kFlows);
  for (std::uint32_t n = 0; n < kFlows; ++n)
    if (table.insert(key_number(n), kSecond, [](Flow&) {}) == nullptr) FAIL("no room for " << n);
  CHECK(table.size() == kFlows);
  std::uint32_t missing = 0;
  for (std::uint32_t n = 0; n < kFlows; ++n) missing += table.find(key_number(n)) == nullptr;
  CHECK(missing == 0);
  for (std::uint32_t n = 0; n < kFlows; n += 2) table.erase(*table.find(key_number(n)));
  std::uint32_t wrong = 0;
  for (std::uint32_t n = 0; n < kFlows; ++n)
    wrong += (table.find(key_number(n)) == nullptr) != (n % 2 == 0);
  CHECK(wrong == 0);
}

/// What the table should contain, the slow way.
class Model {
 public:
  struct Entry {
    std::uint64_t last_ns;
    std::uint32_t timeout_s;
    bool half_open;
  };
  std::unordered_map<std::uint32_t, Entry> flows;

  bool any_half_open() const {
    for (const auto& [n, entry] : flows)
      if (entry.half_open) return true;
    return false;
  }
};

/// Drives a table and the model with the same random operations; any difference fails.
class Comparison {
 public:
  Comparison(std::uint32_t capacity, std::uint32_t keys, unsigned seed)
      : table_(table_of(capacity)), keys_(keys), random_(seed) {}

  void step() {
    now_ns_ += random_() % (kSecond / 20);
    const std::uint32_t n = pick();
    Flow* const flow = table_.find(key(n));
    const auto entry = model_.flows.find(n);
    REQUIRE((flow != nullptr) == (entry != model_.flows.end()));
    if (flow == nullptr) return insert(n);
    REQUIRE(flow->last_ns == entry->second.last_ns);
    REQUIRE(flow->half_open == entry->second.half_open);
    change(*flow, entry);
  }

  void expire(std::size_t budget) {
    table_.expire(now_ns_, budget, [&](Flow& flow) {
      const auto entry = model_.flows.find(number(flow));
      REQUIRE(entry != model_.flows.end());
      REQUIRE(entry->second.last_ns + entry->second.timeout_s * kSecond <= now_ns_);
      model_.flows.erase(entry);
    });
  }

  void check_all() {
    REQUIRE(table_.size() == model_.flows.size());
    for (const auto& [n, entry] : model_.flows) REQUIRE(table_.find(key(n)) != nullptr);
    std::uint32_t in_use = 0;
    for (std::uint32_t i = 0; i < table_.capacity(); ++i) in_use += table_.at(i).in_use;
    REQUIRE(in_use == table_.size());
  }

  std::uint64_t evicted() const { return evicted_; }
  std::uint32_t size() const { return table_.size(); }

 private:
  static FlowKey key(std::uint32_t n) {
    constexpr std::uint8_t kProtocols[] = {6, 17, 1, 47};
    return key_number(n, kProtocols[n % 4]);
  }
  static std::uint32_t number(const Flow& flow) {
    // The inverse of key_number.
    return (flow.key.a.v4() & 0xfffff) << 12 | static_cast<std::uint32_t>(flow.key.port_a - 1024);
  }
  std::uint32_t pick() { return static_cast<std::uint32_t>(random_() % keys_); }

  void insert(std::uint32_t n) {
    Flow* const fresh = table_.insert(key(n), now_ns_, [&](Flow& victim) {
      REQUIRE(model_.flows.size() == table_.capacity());
      const auto entry = model_.flows.find(number(victim));
      REQUIRE(entry != model_.flows.end());
      if (!entry->second.half_open && evicted_ % 64 == 0) REQUIRE_FALSE(model_.any_half_open());
      model_.flows.erase(entry);
      ++evicted_;
    });
    REQUIRE(fresh != nullptr);
    model_.flows[n] = {now_ns_, fresh->timeout_s, true};
  }

  void change(Flow& flow, std::unordered_map<std::uint32_t, Model::Entry>::iterator entry) {
    const auto timeout_s = static_cast<std::uint32_t>(1 + random_() % 200);
    switch (random_() % 8) {
      case 0:
        table_.erase(flow);
        model_.flows.erase(entry);
        return;
      case 1:
      case 2:
        table_.promote(flow, timeout_s);
        entry->second.half_open = false;
        entry->second.timeout_s = timeout_s;
        return;
      case 3:
        if (flow.half_open) return;
        table_.set_timeout(flow, timeout_s);
        entry->second.timeout_s = timeout_s;
        return;
      default:
        flow.last_ns = now_ns_;
        entry->second.last_ns = now_ns_;
    }
  }

  FlowTable table_;
  Model model_;
  std::uint32_t keys_;
  std::mt19937 random_;
  std::uint64_t now_ns_ = 1'700'000'000 * kSecond;
  std::uint64_t evicted_ = 0;
};

TEST_CASE("random operations leave the table and a plain map with the same flows") {
  struct Case {
    const char* name;
    std::uint32_t capacity, keys;
    bool evicts;
  };
  const auto c = GENERATE(Case{"with room", 4000, 3000, false}, Case{"full", 1000, 3000, true},
                          Case{"tiny", 3, 50, true});
  CAPTURE(c.name);
  Comparison comparison(c.capacity, c.keys, 7);
  std::uint32_t largest = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    comparison.step();
    if (i % 16 == 0) comparison.expire(8);
    if (i % 50'000 == 0) comparison.check_all();
    largest = std::max(largest, comparison.size());
  }
  comparison.check_all();
  CHECK((comparison.evicted() != 0) == c.evicts);
  CHECK(largest > c.capacity / 8);
}

}  // namespace
}  // namespace sekisho::dataplane
