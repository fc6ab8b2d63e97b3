// Requests to the packet process as they come from its control socket. The first byte says whether
// a descriptor rides along, the rest is the request; @SNAPSHOT@ stands for the path of a good one.
// The peer has gone, so that captures and traces end at once. Checked: every answer is JSON that
// says yes, or no with a reason.
#include <rte_eal.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "dataplane/control/control_server.h"
#include "worker_harness/worker_harness.h"

#include <netdb.h>

/// Names in a filter would be asked of the network: here nobody answers.
extern "C" int getaddrinfo(const char* /*node*/, const char* /*service*/, const addrinfo* /*hints*/,
                           addrinfo** /*result*/) {
  return EAI_NONAME;
}

namespace {

using namespace sekisho;
using namespace sekisho::dataplane;

constexpr std::string_view kPolicy = R"(
version: 1
objects: {schedules: [{name: night, entries: [{from: "22:00", to: "06:00"}]}]}
rules:
  - {name: web, action: allow, services: [tcp/80, tcp/443], source: {addresses: 192.0.2.0/24}}
  - {name: sites, action: block, destination: {fqdns: "*.example.com"}}
  - {name: ssh, action: block, content: {applications: [ssh]}}
  - {name: night, action: block, schedule: night}
)";

class Folder {
 public:
  Folder() {
    path_ = (std::filesystem::temp_directory_path() / "sekisho_fuzz_XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The worker's core may be the only one that this process has.
std::pair<std::uint32_t, std::uint32_t> first_and_last_core() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof cores, &cores);
  std::uint32_t first = CPU_SETSIZE, last = 0;
  for (std::uint32_t core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &cores)) {
      first = std::min(first, core);
      last = core;
    }
  return {first, last};
}

box::BoxConfig make_box(const Folder& folder) {
  box::BoxConfig box;
  box.run_dir = box.state_dir = box.log_dir = folder.path();
  box.ports = {{"lan0", "none", "vdev:net_ring0", policy::Side::lan, 0},
               {"wan0", "none", "vdev:net_ring1", policy::Side::wan, 0}};
  const auto [first, last] = first_and_last_core();
  box.control_core = first;
  box.worker_cores = {last};
  box.huge_pages = false;
  box.memory_megabytes = 192;
  box.flow_capacity = 1024;
  box.idle_sleep_us = 20;
  return box;
}

/// Some flows to list, as packets would have made them.
class OpenFlows final : public Job {
 public:
  bool run_slice(Worker& worker) noexcept override {
    for (std::uint16_t i = 0; i < 40; ++i) {
      FlowKey key;
      key.a = IpAddress::from_v4(0xc0000200U + i % 5);
      key.b = IpAddress::from_v4(0xc6336402U);
      key.port_a = static_cast<std::uint16_t>(40'000 + i);
      key.port_b = 80;
      key.protocol = i % 2 == 0 ? 6 : 17;
      if (Flow* flow = worker.flows().insert(key, worker.now_ns(), [](Flow&) {})) {
        flow->flow_id = i;
        flow->rule = i % 4;
        flow->application = i;
        flow->initiator_is_a = i % 3 == 0;
        flow->packets[0] = flow->bytes[0] = i;
        flow->tcp_state = static_cast<TcpState>(i % 8);
        flow->state = static_cast<events::FlowState>(i % 4);
      }
    }
    return true;
  }
};

/// A whole packet process on two looped ports.
class Process {
 public:
  Process() {
    const auto snapshot = tests::compile_snapshot(kPolicy);
    std::ofstream(snapshot_path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(snapshot.data()),
               static_cast<std::streamsize>(snapshot.size()));
    const auto box = make_box(folder_);
    auto arguments = Ports::eal_arguments(box);
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) < 0) fail("no EAL");
    auto started = Dataplane::start(box);
    if (!started) fail(started.error().message);
    dataplane_ = *std::move(started);
    if (auto loaded = dataplane_->load_policy(snapshot_path(), 1, "applied"); !loaded)
      fail(loaded.error().message);
    OpenFlows job;
    if (auto ran = dataplane_->run(job, 0); !ran) fail(ran.error().message);
    std::array<int, 2> fds{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) fail("no socket");
    socket_ = FileDescriptor(fds[0]);
    close(fds[1]);
  }

  std::string snapshot_path() const { return folder_.file("snapshot"); }
  std::string answer(std::string body, bool attach) {
    constexpr std::string_view kPlace = "@SNAPSHOT@";
    if (const auto at = body.find(kPlace); at != std::string::npos)
      body.replace(at, kPlace.size(), snapshot_path());
    Message message{.body = std::move(body), .attached = {}};
    if (attach) message.attached = FileDescriptor(memfd_create("capture", MFD_CLOEXEC));
    return answer_request(*dataplane_, message, socket_.get());
  }

 private:
  [[noreturn]] static void fail(const std::string& why) {
    std::cerr << why << '\n';
    std::abort();
  }

  Folder folder_;
  FileDescriptor socket_;
  std::unique_ptr<Dataplane> dataplane_;
};

void check(const nlohmann::json& reply) {
  static const std::set<std::string> kCodes{"invalid_input", "not_found", "signature",
                                            "version",       "resource",  "io"};
  if (!reply.is_object() || !reply.contains("ok") || !reply["ok"].is_boolean()) std::abort();
  if (reply["ok"].get<bool>()) return;
  const auto& error = reply.at("error");
  if (!kCodes.contains(error.at("code").get<std::string>())) std::abort();
  const auto message = error.at("message").get<std::string>();
  if (message.empty() || message.find("json.exception") != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Process process;
  if (size == 0) return 0;
  std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  check(nlohmann::json::parse(process.answer(std::move(body), data[0] % 2 == 1)));
  return 0;
}
