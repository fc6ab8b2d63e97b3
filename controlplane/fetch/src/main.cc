// sekisho-fetch: finds out over the network what sekisho-decrypt has to know of origins'
// certificates. Exit codes: 0 ended by SIGTERM, 2 wrong usage or box file, 3 cannot run here.
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

#include "config/box/box_config.h"
#include "config/log/guarded_main.h"
#include "config/log/process_log.h"
#include "confine.h"
#include "controlplane/fetch/fetch_server.h"
#include "controlplane/fetch/http_get.h"
#include "controlplane/fetch/investigation.h"
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

Result<engines::origin::TrustStore> read_trusted_roots(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  if (!file) return Error{Error::Code::io, "trusted_roots: " + path + ": cannot be read"};
  auto store = engines::origin::TrustStore::from_pem(pem);
  if (!store) return std::move(store).error().within("trusted_roots: " + path);
  return store;
}

void tell(const inquiry::Inquiry& asked, const inquiry::Finding& finding) {
  if (finding.state == inquiry::State::revoked)
    spdlog::warn("{}: its certificate is revoked", asked.host);
  else if (finding.state == inquiry::State::unknown)
    spdlog::info("{}: whether its certificate is revoked could not be found out", asked.host);
}

int serve(const box::BoxConfig& box) {
  FileDescriptor signals = ending_signals();
  if (!signals.valid()) return complain({Error::Code::io, "signalfd was refused"});
  const auto trusted = read_trusted_roots(box.trusted_roots);
  if (!trusted) return complain(trusted.error());
  const uid_t peer = box.drop_privileges && geteuid() == 0 ? controlplane::kDecryptUser : geteuid();
  if (auto s = controlplane::confine_fetch(box); !s) return complain(s.error());
  // As its own user: the socket is the group's, and this user's to replace after a crash.
  auto listener = listen_unix(inquiry::socket_path(box.run_dir));
  if (!listener) return complain(listener.error());
  controlplane::Documents documents(controlplane::fetch_by_http);
  controlplane::FetchServer server(
      *std::move(listener), std::move(signals), peer, [&](const inquiry::Inquiry& asked) {
        auto finding = controlplane::investigate(asked, *trusted, documents, std::time(nullptr));
        tell(asked, finding);
        return finding;
      });
  const auto ran = server.run();
  // A fetch may still be waiting for its server: nothing of it is worth waiting for.
  std::_Exit(ran ? 0 : complain(ran.error()));
}

int run(int argc, char** argv) {
  CLI::App app{"Fetches what Sekisho has to know of origins' certificates"};
  std::string box_file;
  app.add_option("--box", box_file, "box file (YAML)")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  start_log("fetch");
  const auto box = box::load_box_config(box_file);
  if (!box) {
    spdlog::error("{}", box.error().message);
    return kBadUsage;
  }
  return serve(*box);
}

}  // namespace

int main(int argc, char** argv) { return guarded_main(run, argc, argv, kCannotRun); }
