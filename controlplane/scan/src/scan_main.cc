// sekisho-scan: judges files for whoever asks on RUN_DIR/scan.sock. Exit codes: 0 ended by SIGTERM,
// 2 wrong usage or box file, 3 cannot run here.
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include "config/box/box_config.h"
#include "config/log/guarded_main.h"
#include "config/log/process_log.h"
#include "config/scan/scan_message.h"
#include "controlplane/scan/clamd_settings.h"
#include "controlplane/scan/privileges.h"
#include "controlplane/scan/scan_service.h"

namespace {

using namespace sekisho;

enum ExitCode { kBadUsage = 2, kCannotRun = 3 };

int complain(const Error& error) {
  spdlog::error("{}", error.message);
  return kCannotRun;
}

/// Until SIGTERM or SIGINT.
int serve(const FileDescriptor& listener, controlplane::FileJudge& judge) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  const FileDescriptor signals(signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals.valid()) return complain({Error::Code::io, "signalfd was refused"});
  controlplane::ScanService service(judge);
  for (;;) {
    std::array<pollfd, 2> ready{{{signals.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
      return complain({Error::Code::io, "poll was refused"});
    if (ready[0].revents != 0) return 0;
    if (ready[1].revents == 0) continue;
    FileDescriptor connection(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.valid()) service.serve(std::move(connection));
  }
}

int scan_files(const box::BoxConfig& box) {
  const auto places = controlplane::clamd_places(box.run_dir, box.state_dir);
  // As its own user: the socket is the group's, and this user's to replace after a crash.
  if (auto s = controlplane::drop_scan_privileges(box, "sekisho-scan"); !s)
    return complain(s.error());
  const auto listener = listen_unix(scan::socket_path(box.run_dir));
  if (!listener) return complain(listener.error());
  const bool has_clamd =
      !box.malware_signatures.empty() && access(controlplane::kClamdProgram, X_OK) == 0;
  if (!has_clamd) spdlog::warn("no clamd here: only files are found whose hash is known");
  controlplane::FileJudge judge({.own_signatures = box.malware_database,
                                 .clamd_socket = has_clamd ? places.socket : std::string(),
                                 .model = box.malware_signatures.empty()
                                              ? std::string()
                                              : box.malware_signatures + "/sekisho.model"});
  return serve(*listener, judge);
}

int run(int argc, char** argv) {
  CLI::App app{"Judges files that cross a Sekisho gateway"};
  std::string box_file;
  app.add_option("--box", box_file, "box file (YAML)")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  start_log("scan");
  std::signal(SIGPIPE, SIG_IGN);
  const auto box = box::load_box_config(box_file);
  if (!box) {
    spdlog::error("{}", box.error().message);
    return kBadUsage;
  }
  return scan_files(*box);
}

}  // namespace

int main(int argc, char** argv) { return guarded_main(run, argc, argv, kCannotRun); }
