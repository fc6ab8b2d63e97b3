// sekisho-supervisor: starts the box's processes and starts them again when they die.
// Exit codes: 0 ended by SIGTERM, 2 wrong usage or box file, 3 cannot run here.
#include <sched.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>

#include "config/box/box_config.h"
#include "config/log/guarded_main.h"
#include "controlplane/supervisor/processes.h"
#include "supervisor.h"

namespace {

using namespace sekisho;

enum ExitCode { kBadUsage = 2, kCannotRun = 3 };

/// This process and all that it starts stay off the workers' cores, to which the dataplane pins its
/// workers itself: a poll loop that waits for a time slice loses frames. Without effect where there
/// is no other core.
void keep_off_worker_cores(const box::BoxConfig& box) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof(cores), &cores) != 0) return;
  for (const auto core : box.worker_cores) CPU_CLR(core, &cores);
  if (CPU_COUNT(&cores) != 0 && sched_setaffinity(0, sizeof(cores), &cores) != 0)
    spdlog::warn("cannot keep off the workers' cores");
}

int run(int argc, char** argv) {
  CLI::App app{"Starts the processes of a Sekisho gateway and keeps them running"};
  std::string box_file;
  bool show_table = false;
  app.add_option("--box", box_file, "box file (YAML)");
  app.add_flag("--processes", show_table, "print the process table as Markdown and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  if (show_table) {
    std::cout << controlplane::describe_processes();
    return 0;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_st("supervisor"));

  std::error_code problem;
  box_file = std::filesystem::absolute(box_file, problem).string();
  const auto box = box::load_box_config(box_file);
  if (!box) {
    spdlog::error("{}", box.error().message);
    return kBadUsage;
  }
  keep_off_worker_cores(*box);
  const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (problem) {
    spdlog::error("/proc/self/exe: {}", problem.message());
    return kCannotRun;
  }
  auto supervisor = controlplane::Supervisor::make(*box, box_file, self.parent_path().string());
  if (!supervisor) {
    spdlog::error("{}", supervisor.error().message);
    return kCannotRun;
  }
  if (auto ran = supervisor->run(); !ran) {
    spdlog::error("{}", ran.error().message);
    return kCannotRun;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return guarded_main(run, argc, argv, kCannotRun); }
