// sekisho-clamd: keeps the box's own clamd running, as a user of its own. Exit codes: 0 ended by
// SIGTERM, 2 wrong usage or box file, 3 cannot run here.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>
#include <string>

#include "config/box/box_config.h"
#include "config/log/guarded_main.h"
#include "config/log/process_log.h"
#include "controlplane/scan/clamd_keeper.h"
#include "controlplane/scan/privileges.h"

namespace {

using namespace sekisho;

enum ExitCode { kBadUsage = 2, kCannotRun = 3 };

int complain(const Error& error) {
  spdlog::error("{}", error.message);
  return kCannotRun;
}

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT}) sigaddset(&set, signal);
  return set;
}

/// Looks after it every second, and at once when it ends.
int keep(const box::BoxConfig& box, const controlplane::ClamdPlaces& places) {
  constexpr timespec kBetweenLooks{1, 0};
  const auto signals = handled_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const bool is_there = access(controlplane::kClamdProgram, X_OK) == 0;
  if (!is_there) spdlog::warn("{} is not there", controlplane::kClamdProgram);
  controlplane::ClamdKeeper keeper(
      places, {.shipped = box.malware_signatures, .own = box.malware_database});
  for (;;) {
    if (is_there && !box.malware_signatures.empty())
      keeper.look(controlplane::ClamdKeeper::Clock::now());
    const int signal = sigtimedwait(&signals, nullptr, &kBetweenLooks);
    if (signal == SIGTERM || signal == SIGINT) return 0;
  }
}

int run(int argc, char** argv) {
  CLI::App app{"Keeps the clamd of a Sekisho gateway running"};
  std::string box_file;
  app.add_option("--box", box_file, "box file (YAML)")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  start_log("clamd");
  std::signal(SIGPIPE, SIG_IGN);
  const auto box = box::load_box_config(box_file);
  if (!box) {
    spdlog::error("{}", box.error().message);
    return kBadUsage;
  }
  const auto places = controlplane::clamd_places(box->run_dir, box->state_dir);
  if (auto s = controlplane::prepare_clamd_folders(*box, places); !s) return complain(s.error());
  if (auto s = controlplane::drop_scan_privileges(*box, "sekisho-clamd"); !s)
    return complain(s.error());
  return keep(*box, places);
}

}  // namespace

int main(int argc, char** argv) { return guarded_main(run, argc, argv, kCannotRun); }
