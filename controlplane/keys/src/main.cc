// sekisho-keys: holds the private key of the inspection's certificate authority and signs with it.
// Exit codes: 0 ended by SIGTERM, 2 wrong usage or box file, 3 cannot run here.
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>
#include <string>
#include <utility>

#include "config/box/box_config.h"
#include "config/log/guarded_main.h"
#include "config/log/process_log.h"
#include "confine.h"
#include "controlplane/files/file_door.h"
#include "controlplane/keys/key_server.h"
#include "controlplane/keys/key_service.h"
#include "controlplane/supervisor/processes.h"

namespace {

using namespace sekisho;

enum ExitCode { kBadUsage = 2, kCannotRun = 3 };

int complain(const Error& error) {
  spdlog::error("{}", error.message);
  return kCannotRun;
}

FileDescriptor ending_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return FileDescriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// On a box whose processes are all one user nobody can be told apart by it.
controlplane::KeyService::Access access_of(const box::BoxConfig& box) {
  if (!box.drop_privileges) return {.signs = geteuid(), .administers = geteuid()};
  return {.signs = controlplane::kDecryptUser,
          .administers = controlplane::process("sekisho-control").user};
}

int serve(const box::BoxConfig& box) {
  FileDescriptor signals = ending_signals();
  if (!signals.valid()) return complain({Error::Code::io, "signalfd was refused"});
  if (auto s = controlplane::prepare_key_folder(box); !s) return complain(s.error());
  auto sockets = controlplane::open_key_sockets(box);
  if (!sockets) return complain(sockets.error());
  if (auto s = controlplane::confine(box); !s) return complain(s.error());

  controlplane::DiskFiles disk;
  controlplane::KeyService service(controlplane::AuthorityFile(box.state_dir + "/keys", disk),
                                   access_of(box),
                                   [] { return static_cast<std::int64_t>(std::time(nullptr)); });
  controlplane::KeyServer server(
      std::move(sockets->listener), std::move(signals),
      [&](uid_t user, std::span<const std::uint8_t> r) { return service.answer(user, r); });
  const auto ran = server.run();
  return ran ? 0 : complain(ran.error());
}

int run(int argc, char** argv) {
  CLI::App app{"Holds the key of a Sekisho gateway's certificate authority"};
  std::string box_file;
  app.add_option("--box", box_file, "box file (YAML)")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  start_log("keys");
  const auto box = box::load_box_config(box_file);
  if (!box) {
    spdlog::error("{}", box.error().message);
    return kBadUsage;
  }
  return serve(*box);
}

}  // namespace

int main(int argc, char** argv) { return guarded_main(run, argc, argv, kCannotRun); }
