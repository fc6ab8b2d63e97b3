// sekisho-control: manages one box. Exit codes: 0 ended by SIGTERM, 2 wrong usage or box file,
// 3 cannot run here.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "config/box/box_config.h"
#include "config/log/guarded_main.h"
#include "config/log/process_log.h"
#include "controlplane/agent/agent.h"
#include "controlplane/agent/privileges.h"
#include "controlplane/supervisor/processes.h"

namespace {

using namespace sekisho;

enum ExitCode { kBadUsage = 2, kCannotRun = 3 };

int complain(const Error& error) {
  spdlog::error("{}", error.message);
  return kCannotRun;
}

void prepare_process() {
  start_log("control");
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  // What gRPC has to say comes back with each call, and the log has it from there.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  // A name server that does not answer must not hold up the others' names for half a minute.
  setenv("RES_OPTIONS", "timeout:2 attempts:2", 0);
}

int manage(const box::BoxConfig& box) {
  std::error_code problem;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (problem) return complain({Error::Code::io, "/proc/self/exe: " + problem.message()});
  const auto& compile = controlplane::process("sekisho-compile");
  auto program =
      controlplane::open_program((self.parent_path() / std::string(compile.name)).string());
  if (!program) return complain(program.error());
  controlplane::CompilerSettings compiler{.binary = program->path,
                                          .geo_database = box.geo_database,
                                          .user = box.drop_privileges ? compile.user : 0,
                                          .group = compile.group};

  if (auto s = controlplane::prepare_folders(box); !s) return complain(s.error());
  auto sockets = controlplane::open_agent_sockets(box);
  if (!sockets) return complain(sockets.error());
  if (auto s = controlplane::drop_privileges(box); !s) return complain(s.error());

  auto agent = controlplane::Agent::make(box, std::move(*sockets), compiler);
  if (!agent) return complain(agent.error());
  if (auto ran = (*agent)->run(); !ran) return complain(ran.error());
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app{"Manages a Sekisho gateway: policies, events, metrics"};
  std::string box_file;
  app.add_option("--box", box_file, "box file (YAML)")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  prepare_process();
  const auto box = box::load_box_config(box_file);
  if (!box) {
    spdlog::error("{}", box.error().message);
    return kBadUsage;
  }
  return manage(*box);
}

}  // namespace

int main(int argc, char** argv) { return guarded_main(run, argc, argv, kCannotRun); }
