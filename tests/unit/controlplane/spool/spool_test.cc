// What a spool does on the real disk, and its limits.
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "scratch_folder.h"
#include "spool_user.h"

namespace sekisho::controlplane {
namespace {

using Lines = std::vector<std::string>;

std::unique_ptr<Spool> open(const ScratchFolder& folder, SpoolLimits limits = {}) {
  auto spool = Spool::open(folder.file("spool"), limits);
  REQUIRE(spool);
  return std::move(*spool);
}

TEST_CASE("lines come back in order with sequences from 1, and stay over a restart") {
  const ScratchFolder folder;
  std::string epoch;
  {
    const auto spool = open(folder);
    epoch = spool->epoch();
    CHECK(epoch.size() == 32);
    CHECK(epoch.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(spool->status().new_epoch_reason == "first use");
    CHECK(spool->read(1, 10, 1000)->lines.empty());
    CHECK(spool->read(1, 10, 1000)->first_sequence == 1);
    CHECK(*append(*spool, {"a", ""}) == 1);
    CHECK(*append(*spool, {"c"}) == 3);
  }
  const auto spool = open(folder);
  CHECK(spool->epoch() == epoch);
  CHECK(spool->status().new_epoch_reason.empty());
  CHECK(spool->status().next == 4);
  const auto lines = spool->read(1, 10, 1000);
  REQUIRE(lines);
  CHECK(lines->first_sequence == 1);
  CHECK(lines->lines == Lines{"a", "", "c"});
  CHECK(*append(*spool, {"d"}) == 4);
}

TEST_CASE("read keeps to its limits and gives at least one line") {
  const ScratchFolder folder;
  const auto spool = open(folder);
  REQUIRE(append(*spool, {"one", "two", "three"}));
  REQUIRE(append(*spool, {"four"}));
  struct Case {
    std::uint64_t from;
    std::size_t lines, bytes;
    std::uint64_t first;
    Lines expected;
  };
  const auto c =
      GENERATE(Case{0, 9, 99, 1, {"one", "two", "three", "four"}},
               Case{1, 2, 99, 1, {"one", "two"}}, Case{2, 9, 8, 2, {"two", "three"}},
               Case{2, 9, 7, 2, {"two"}}, Case{3, 9, 1, 3, {"three"}}, Case{3, 0, 0, 3, {"three"}},
               Case{4, 9, 99, 4, {"four"}}, Case{5, 9, 99, 5, {}}, Case{99, 9, 99, 5, {}});
  const auto lines = spool->read(c.from, c.lines, c.bytes);
  REQUIRE(lines);
  CHECK(lines->first_sequence == c.first);
  CHECK(lines->lines == c.expected);
}

TEST_CASE("acknowledged segments are removed, and acknowledgements survive a restart") {
  const ScratchFolder folder;
  {
    const auto spool = open(folder, kSmall);
    for (int i = 0; i < 3; ++i) REQUIRE(append(*spool, {std::string(12'000, 'x')}));
    const auto before = spool->status().bytes;
    REQUIRE(spool->acknowledge(2));
    CHECK(spool->status().bytes < before / 2);
    CHECK(spool->status().first_unacknowledged == 3);
    REQUIRE(spool->acknowledge(1));  // an old one
    CHECK(spool->status().acknowledged == 2);
    const auto beyond = spool->acknowledge(4);
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().code == Error::Code::invalid_input);
    CHECK(spool->status().lost == 0);
    REQUIRE(spool->acknowledge(3));
  }
  const auto spool = open(folder, kSmall);
  CHECK(spool->status().acknowledged == 3);
  CHECK(spool->status().first_unacknowledged == 4);
  CHECK(*append(*spool, {"next"}) == 4);
}

TEST_CASE("the oldest lines make room, are counted, and their reader gets the first that exists") {
  const ScratchFolder folder;
  std::uint64_t lost = 0;
  {
    const auto spool = open(folder, kSmall);
    for (int i = 1; i <= 10; ++i)
      REQUIRE(append(*spool, {std::to_string(i) + std::string(8'000, 'x')}));
    const auto status = spool->status();
    CHECK(status.bytes <= kSmall.max_bytes);
    lost = status.lost;
    CHECK(lost >= 6);
    CHECK(status.first_unacknowledged == lost + 1);
    const auto lines = spool->read(1, 1, 1);
    CHECK(lines->first_sequence == lost + 1);
    CHECK(lines->lines.front().starts_with(std::to_string(lost + 1) + "x"));
  }
  const auto spool = open(folder, kSmall);
  CHECK(spool->status().lost == lost);
  CHECK(spool->read(1, 1, 1)->first_sequence == lost + 1);
}

TEST_CASE("what the console has is not lost when it makes room") {
  const ScratchFolder folder;
  const auto spool = open(folder, kSmall);
  REQUIRE(append(*spool, {std::string(4'000, 'a'), std::string(4'000, 'b')}));
  REQUIRE(append(*spool, {std::string(4'000, 'c')}));
  REQUIRE(spool->acknowledge(2));
  for (int i = 0; i < 4; ++i) REQUIRE(append(*spool, {std::string(9'000, 'x')}));
  CHECK(spool->read(1, 1, 1)->first_sequence > 3);
  CHECK(spool->status().lost == spool->read(1, 1, 1)->first_sequence - 3);
}

TEST_CASE("marks are kept by ring file and ring, over restarts and lost segments") {
  const ScratchFolder folder;
  {
    const auto spool = open(folder, kSmall);
    REQUIRE(append(*spool, {"a"}, RingMark{11, 0, 5}));
    REQUIRE(append(*spool, {"b"}, RingMark{11, 1, 6}));
    REQUIRE(append(*spool, {}, RingMark{22, 0, 7}));
    for (int i = 0; i < 8; ++i) REQUIRE(append(*spool, {std::string(8'000, 'x')}));
    CHECK(spool->status().lost > 2);
  }
  const auto spool = open(folder, kSmall);
  CHECK(spool->last_mark(11, 0) == 5);
  CHECK(spool->last_mark(11, 1) == 6);
  CHECK(spool->last_mark(22, 0) == 7);
  CHECK_FALSE(spool->last_mark(22, 1));
  REQUIRE(append(*spool, {}, RingMark{11, 0, 3}));
  CHECK(spool->last_mark(11, 0) == 3);
}

TEST_CASE("of too many marks those go that were updated longest ago") {
  const ScratchFolder folder;
  {
    const auto spool = open(folder, kSmall);
    REQUIRE(append(*spool, {}, RingMark{1, 1, 1}));
    REQUIRE(append(*spool, {}, RingMark{1, 2, 1}));
    REQUIRE(append(*spool, {}, RingMark{1, 1, 2}));
    for (std::uint32_t i = 0; i < kMaxRingMarks - 1; ++i)
      REQUIRE(append(*spool, {}, RingMark{2, i, 9}));
  }
  const auto spool = open(folder, kSmall);
  CHECK(spool->last_mark(1, 1) == 2);
  CHECK_FALSE(spool->last_mark(1, 2));
}

TEST_CASE("marks alone do not fill the disk") {
  const ScratchFolder folder;
  const auto spool = open(folder, kSmall);
  for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE(append(*spool, {}, RingMark{1, 1, i}));
  CHECK(spool->status().bytes <= kSmall.segment_bytes);
  CHECK(spool->last_mark(1, 1) == 999);
}

TEST_CASE("batches and limits out of range are refused with the limit") {
  const ScratchFolder folder;
  const auto spool = open(folder, kSmall);
  const auto big = append(*spool, {std::string(kSmall.max_bytes / 2, 'x')});
  REQUIRE_FALSE(big);
  CHECK(big.error().code == Error::Code::invalid_input);
  CHECK(big.error().message.find("20000") != std::string::npos);
  CHECK(append(*spool, {std::string(kSmall.max_bytes / 2 - 60, 'x')}));
  const Lines many(kMaxSpoolBatchLines + 1);
  CHECK_FALSE(append(*open(folder), many));
  for (const SpoolLimits wrong :
       {SpoolLimits{1 << 20, 100}, SpoolLimits{1 << 30, 65 << 20}, SpoolLimits{1 << 20, 1 << 20}}) {
    const auto refused = Spool::open(folder.file("other"), wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Error::Code::invalid_input);
  }
  CHECK_FALSE(Spool::open(folder.file("no/such"), kSmall));
}

TEST_CASE("a disk that takes nothing is an error, and nothing is there or missing afterwards") {
  const ScratchFolder folder;
  const auto spool = open(folder);
  REQUIRE(append(*spool, {"before"}));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{500, before.rlim_max};  // in the middle of the batch
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const auto refused = append(*spool, {std::string(400, 'x'), std::string(400, 'y')});
  const auto again = append(*spool, {std::string(400, 'x'), std::string(400, 'y')});
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  REQUIRE_FALSE(refused);
  REQUIRE_FALSE(again);
  CHECK(refused.error().code == Error::Code::io);
  CHECK(refused.error().message.find("File too large") != std::string::npos);
  CHECK(spool->read(1, 9, 9999)->lines == Lines{"before"});
  CHECK(*append(*spool, {"after"}) == 2);
  CHECK(spool->read(1, 9, 9999)->lines == Lines{"before", "after"});
  CHECK(read_all(*open(folder)) ==
        std::map<std::uint64_t, std::string>{{1, "before"}, {2, "after"}});
}

TEST_CASE("who waits for a line is woken by it, by the time and by a stop") {
  using namespace std::chrono_literals;
  const ScratchFolder folder;
  const auto spool = open(folder);
  CHECK_FALSE(spool->wait_for_more(1, 1ms));
  REQUIRE(append(*spool, {"a"}));
  CHECK(spool->wait_for_more(1, 0ms));
  CHECK_FALSE(spool->wait_for_more(2, 1ms));
  std::jthread later([&] {
    std::this_thread::sleep_for(20ms);
    (void)append(*spool, {"b"});
  });
  CHECK(spool->wait_for_more(2, 60s));
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(20ms);
    stop.request_stop();
  });
  CHECK_FALSE(spool->wait_for_more(3, 60s, stop.get_token()));
}

TEST_CASE("writers and an uploader at once: every line arrives once, a writer's in its order") {
  constexpr std::size_t kWriters = 3, kBatches = 60;
  const ScratchFolder folder;
  const auto spool = open(folder, {std::uint64_t{1} << 20, 16'384});
  std::vector<std::jthread> writers;
  for (std::size_t w = 0; w < kWriters; ++w)
    writers.emplace_back([&, w] {
      for (std::size_t i = 0; i < kBatches; ++i)
        (void)append(*spool,
                     {std::to_string(w) + " " + std::to_string(i) + " a",
                      std::to_string(w) + " " + std::to_string(i) + " b"},
                     RingMark{1, static_cast<std::uint32_t>(w), i + 1});
    });
  std::vector<Lines> by_writer(kWriters);
  std::uint64_t next = 1;
  while (next <= kWriters * kBatches * 2) {
    REQUIRE(spool->wait_for_more(next, std::chrono::seconds(60)));
    const auto lines = spool->read(next, 5, 1000);
    REQUIRE(lines);
    REQUIRE(lines->first_sequence == next);
    for (const std::string& line : lines->lines)
      by_writer[static_cast<std::size_t>(line.front() - '0')].push_back(line);
    next += lines->lines.size();
    REQUIRE(spool->acknowledge(next - 1));
  }
  for (std::size_t w = 0; w < kWriters; ++w) {
    Lines expected;
    for (std::size_t i = 0; i < kBatches; ++i)
      for (const char* half : {" a", " b"})
        expected.push_back(std::to_string(w) + " " + std::to_string(i) + half);
    CHECK(by_writer[w] == expected);
    CHECK(spool->last_mark(1, static_cast<std::uint32_t>(w)) == kBatches);
  }
}

}  // namespace
}  // namespace sekisho::controlplane
