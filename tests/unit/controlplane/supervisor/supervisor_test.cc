#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace std::chrono_literals;

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit = 8s) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

/// The real supervisor over scripts in its children's places.
class Bench {
 public:
  explicit Bench(const std::string& control_script = "exec sleep 1000") {
    std::string pattern = (fs::temp_directory_path() / "sekisho-supervisor-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    fs::copy(SUPERVISOR_BINARY, folder_ / "sekisho-supervisor");
    script("sekisho-dataplane", "exec sleep 1000");
    script("sekisho-control", control_script);
    script("sekisho-keys", "exec sleep 1000");
    std::ofstream(folder_ / "box.yaml")
        << "run_dir: " << (folder_ / "run").string() << "\ndrop_privileges: false\n";
    supervisor_ = start();
  }
  ~Bench() {
    if (supervisor_ > 0) end(SIGKILL);
    fs::remove_all(folder_);
  }

  pid_t start() const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    (void)!freopen((folder_ / "log").c_str(), "a", stderr);
    execl((folder_ / "sekisho-supervisor").c_str(), "sekisho-supervisor", "--box",
          (folder_ / "box.yaml").c_str(), nullptr);
    _exit(1);
  }
  int end(int signal) {
    kill(supervisor_, signal);
    int status = 0;
    waitpid(supervisor_, &status, 0);
    supervisor_ = 0;
    return status;
  }
  /// The entry of `name` in supervisor.json; null while there is none.
  json state(const std::string& name) const {
    std::ifstream in(folder_ / "run/supervisor.json");
    const json all = json::parse(in, nullptr, false);
    if (!all.is_object()) return {};
    for (const json& process : all["processes"])
      if (process["name"] == name) return process;
    return {};
  }
  pid_t pid_of(const std::string& name) const {
    const json entry = state(name);
    return entry.is_object() ? entry["pid"].get<pid_t>() : 0;
  }
  bool wait_for_both() const {
    return eventually(
        [&] { return pid_of("sekisho-dataplane") > 0 && pid_of("sekisho-control") > 0; });
  }
  fs::path folder() const { return folder_; }

 private:
  void script(const std::string& name, const std::string& body) const {
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << body << "\n";
    chmod((folder_ / name).c_str(), 0755);
  }
  fs::path folder_;
  pid_t supervisor_ = 0;
};

bool gone(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  return !std::getline(stat, line) || line.find(") Z ") != std::string::npos;
}

TEST_CASE("a child that is killed is back within a second, the other untouched") {
  Bench bench;
  REQUIRE(bench.wait_for_both());
  const pid_t control = bench.pid_of("sekisho-control");
  const pid_t dataplane = bench.pid_of("sekisho-dataplane");
  kill(dataplane, SIGKILL);
  CHECK(eventually(
      [&] {
        const pid_t now = bench.pid_of("sekisho-dataplane");
        return now != 0 && now != dataplane;
      },
      1s));
  const json entry = bench.state("sekisho-dataplane");
  CHECK(entry["restarts"] == 1);
  CHECK(entry["last_exit"] == "signal 9 (Killed)");
  CHECK(entry["state"] == "running");
  CHECK(bench.pid_of("sekisho-control") == control);
}

TEST_CASE("a child that ends by itself without a fault is not told to have died") {
  Bench bench("sleep 0.2; exit 0");
  REQUIRE(eventually([&] {
    const json entry = bench.state("sekisho-control");
    return entry.is_object() && entry["restarts"] > 0;
  }));
  bench.end(SIGTERM);
  std::ifstream in(bench.folder() / "log");
  const std::string log{std::istreambuf_iterator<char>(in), {}};
  CHECK(log.find("sekisho-control: ended") != log.npos);
  CHECK(log.find("sekisho-control: died: exit 0") == log.npos);
}

TEST_CASE("SIGTERM ends the children and then the supervisor") {
  Bench bench;
  REQUIRE(bench.wait_for_both());
  const pid_t control = bench.pid_of("sekisho-control");
  const int status = bench.end(SIGTERM);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(gone(control));
  CHECK_FALSE(fs::exists(bench.folder() / "run/supervisor.json"));
}

TEST_CASE("a child that ignores SIGTERM is killed after the grace time") {
  Bench bench("trap '' TERM; while :; do sleep 0.1; done");
  REQUIRE(bench.wait_for_both());
  const pid_t control = bench.pid_of("sekisho-control");
  std::this_thread::sleep_for(200ms);  // until its trap is set
  const auto begin = std::chrono::steady_clock::now();
  bench.end(SIGTERM);
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took > 4s);
  CHECK(took < 8s);
  CHECK(gone(control));
}

TEST_CASE("no child outlives a supervisor that is killed") {
  Bench bench;
  REQUIRE(bench.wait_for_both());
  const pid_t control = bench.pid_of("sekisho-control");
  const pid_t dataplane = bench.pid_of("sekisho-dataplane");
  bench.end(SIGKILL);
  CHECK(eventually([&] { return gone(control) && gone(dataplane); }, 2s));
}

TEST_CASE("a second supervisor of the same box is refused") {
  Bench bench;
  REQUIRE(bench.wait_for_both());
  const pid_t second = bench.start();
  int status = 0;
  REQUIRE(waitpid(second, &status, 0) == second);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 3);
  CHECK(bench.pid_of("sekisho-control") > 0);
}

TEST_CASE("a child that dies at once is started ever more slowly") {
  Bench bench("exit 7");
  REQUIRE(eventually([&] {
    const json entry = bench.state("sekisho-control");
    return entry.is_object() && entry["restarts"] >= 3;
  }));
  std::this_thread::sleep_for(1s);
  const json entry = bench.state("sekisho-control");
  CHECK(entry["restarts"] < 12);
  CHECK(entry["last_exit"] == "exit 7");
  CHECK(bench.pid_of("sekisho-dataplane") > 0);
}

}  // namespace
