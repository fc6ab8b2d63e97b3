#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "controlplane/agent/privileges.h"
#include "link_bench.h"

namespace sekisho::controlplane {
namespace {

/// A box that drops its privileges, enrols at the console that the pipe names and waits for version
/// 1; 0: all went as it should.
int enrol_under_the_filter(const box::BoxConfig& box, int from_console) {
  if (!prepare_folders(box)) return 1;
  close(creat((box.run_dir + "/control.sock").c_str(), 0600));
  if (!drop_privileges(box)) return 2;
  std::string words(4'096, '\0');
  const ssize_t got = read(from_console, words.data(), words.size());
  if (got <= 0) return 3;
  words.resize(static_cast<std::size_t>(got));
  const auto space = words.find(' ');
  LinkPolicy policy;
  LinkContent content;
  LinkDatabases databases;
  LinkBox box_door;
  LinkEvents events;
  DiskFiles disk;
  UplinkSettings settings;
  settings.state_dir = box.state_dir;
  settings.backoff = {std::chrono::milliseconds(50), std::chrono::milliseconds(400)};
  Uplink uplink(std::move(settings), {policy, content, databases, box_door, events, disk});
  events.add("{}");
  const auto enrolled = uplink.enrol(words.substr(0, space), words.substr(space + 1), false);
  if (!enrolled) {
    std::fprintf(stderr, "%s\n", enrolled.error().message.c_str());
    return 4;
  }
  for (int i = 0; i < 1'000; ++i) {
    if (policy.boot_version() == 1 && events.acknowledged() == 1) {
      // The report of it is still on its way: the console closes the pipe when it has come.
      char nothing = 0;
      return read(from_console, &nothing, 1) == 0 ? 0 : 6;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return 5;
}

TEST_CASE("enrolling and the link work under the system-call filter, as the box's own user") {
  const ScratchFolder open;
  chmod(open.path().c_str(), 0755);
  box::BoxConfig box;
  box.run_dir = open.file("run");
  box.state_dir = open.file("state");
  box.log_dir = open.file("log");
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  // Before the first thread of gRPC in this process.
  const pid_t child = fork();
  if (child == 0) {
    close(pipe_ends[1]);
    std::signal(SIGPIPE, SIG_IGN);
    _exit(enrol_under_the_filter(box, pipe_ends[0]));
  }
  close(pipe_ends[0]);
  {
    const TestAuthority authority;
    // "localhost": names are looked up too.
    FakeConsole console(authority);
    const std::string words = "localhost:" + std::to_string(console.port()) + " " + console.code();
    REQUIRE(write(pipe_ends[1], words.data(), words.size()) > 0);
    CHECK(console.wait_for([](const auto& all) { return !all.empty(); }));
    console.send_bundle(1, bundle_of(console, 1));
    CHECK(console.reported(link::v1::POLICY_STATE_CONFIRMED, 1));
    close(pipe_ends[1]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
}

}  // namespace
}  // namespace sekisho::controlplane
