// sekisho-dataplane: the packet process.
#include <malloc.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <limits>

#include "config/box/box_config.h"
#include "config/log/process_log.h"
#include "dataplane/control/control_server.h"
#include "dataplane/control/dataplane.h"

namespace {

using namespace sekisho;

constexpr int kControlTickMs = 20;

std::atomic<bool> stop_requested{false};
void request_stop(int) { stop_requested = true; }

/// Memory that goes back to the kernel is unmapped on every core of this process: an interrupt for
/// each worker. What a retired policy leaves is kept for the next one.
void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_MMAP_MAX, 0);
}

Status start_eal(const box::BoxConfig& box) {
  auto arguments = dataplane::Ports::eal_arguments(box);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size());
  for (auto& argument : arguments) pointers.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) >= 0) return ok();
  return Error{Error::Code::resource, std::string("DPDK: ") + rte_strerror(rte_errno)};
}

int serve(const box::BoxConfig& box) {
  auto dataplane = dataplane::Dataplane::start(box);
  if (!dataplane) {
    spdlog::error("{}", dataplane.error().message);
    return 1;
  }
  auto server = dataplane::ControlServer::listen(**dataplane, box.run_dir + "/dataplane.sock");
  if (!server) {
    spdlog::error("{}", server.error().message);
    return 1;
  }
  spdlog::info("{} ports, {} workers", (*dataplane)->ports().all().size(),
               (*dataplane)->workers().size());
  while (!stop_requested) {
    (*server)->accept_for(kControlTickMs);
    (*dataplane)->tick();
  }
  return 0;
}

}  // namespace

// What is left to throw is want of memory, and that ends the process either way.
// NOLINTNEXTLINE(bugprone-exception-escape)
int main(int argc, char** argv) {
  CLI::App app{"Sekisho's packet process: forwards between ports and enforces the policy"};
  std::string box_file = "/etc/sekisho/box.yaml";
  app.add_option("--box", box_file, "what is particular to this box")->capture_default_str();
  app.set_version_flag("--version", SEKISHO_VERSION);
  CLI11_PARSE(app, argc, argv);

  keep_freed_memory();
  start_log("dataplane");
  struct sigaction action {};
  action.sa_handler = request_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const auto box = box::load_box_config(box_file);
  if (!box) {
    spdlog::error("{}: {}", box_file, box.error().message);
    return 2;
  }
  if (auto started = start_eal(*box); !started) {
    spdlog::error("{}", started.error().message);
    return 1;
  }
  const int code = serve(*box);
  rte_eal_cleanup();
  return code;
}
