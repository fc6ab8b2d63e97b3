// A process that appends is killed with SIGKILL at random times, thirty times in the same folder.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <random>
#include <thread>

#include "scratch_folder.h"
#include "spool_user.h"

namespace sekisho::controlplane {
namespace {

constexpr SpoolLimits kLimits{std::uint64_t{64} << 20, 65'536};

/// Appends batches of 1 to 40 numbered lines for ever; tells the pipe the last sequence of each
/// batch that append() returned for.
[[noreturn]] void append_until_killed(const std::string& folder, int pipe) {
  auto spool = Spool::open(folder, kLimits);
  if (!spool) _exit(1);
  std::uint64_t next = (*spool)->status().next;
  for (std::size_t count = 1;; count = count % 40 + 1) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < count; ++i)
      lines.push_back(std::to_string(next + i) + " " + std::string(700, 'x'));
    const auto first = append(**spool, lines, RingMark{1, 1, next + count});
    if (!first || *first != next) _exit(2);
    next += count;
    const std::uint64_t last = next - 1;
    if (write(pipe, &last, sizeof last) != sizeof last) _exit(3);
    if (count % 8 == 0 && !(*spool)->acknowledge(last - count)) _exit(4);
  }
}

TEST_CASE("what append() returned for outlives SIGKILL at any time, and nothing is there twice") {
  const ScratchFolder folder;
  std::mt19937 random(1);
  std::string epoch;
  std::uint64_t last_known = 0;
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      close(ends[0]);
      append_until_killed(folder.file("spool"), ends[1]);
    }
    close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(500 + random() % 40'000));
    kill(child, SIGKILL);
    int how = 0;
    REQUIRE(waitpid(child, &how, 0) == child);
    REQUIRE(WIFSIGNALED(how));
    for (std::uint64_t last = 0; read(ends[0], &last, sizeof last) == sizeof last;)
      last_known = last;
    close(ends[0]);

    auto spool = Spool::open(folder.file("spool"), kLimits);
    REQUIRE(spool);
    const auto status = (*spool)->status();
    if (last_known > 0 && epoch.empty()) epoch = status.epoch;
    if (!epoch.empty()) CHECK(status.epoch == epoch);
    CHECK(status.lost == 0);
    REQUIRE(status.next > last_known);
    REQUIRE(status.next <= last_known + 41);
    CHECK((*spool)->last_mark(1, 1).value_or(1) == status.next);
    const auto found = read_all(**spool, 1, 1000, 1'000'000);
    const std::uint64_t first = found.empty() ? status.next : found.begin()->first;
    REQUIRE(first <= status.acknowledged + 1);
    REQUIRE(found.size() == status.next - first);
    for (const auto& [sequence, line] : found)
      REQUIRE(line.starts_with(std::to_string(sequence) + " x"));
  }
  CHECK(last_known > 100);
}

}  // namespace
}  // namespace sekisho::controlplane
