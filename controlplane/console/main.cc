// sekisho-console: the page, the REST API and the gateways' streams. Exit codes: 0 ended by
// SIGTERM, 2 wrong usage, 3 cannot run here.
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/base/host_and_port.h"
#include "config/log/guarded_main.h"
#include "config/log/process_log.h"
#include "controlplane/console/api/api.h"
#include "controlplane/console/gateways/gateway_server.h"
#include "controlplane/console/http/server.h"
#include "controlplane/console/http/static_files.h"
#include "controlplane/console/secrets/activations.h"
#include "controlplane/console/secrets/authority.h"
#include "controlplane/console/secrets/master_key.h"
#include "controlplane/console/secrets/tenant_keys.h"
#include "controlplane/console/store/database.h"
#include "privileges.h"

namespace {

using namespace sekisho;
using namespace sekisho::console;

enum ExitCode { kBadUsage = 2, kCannotRun = 3 };

struct Options {
  std::string state_dir = "/var/lib/sekisho-console";
  std::string database;  // empty: console.db in state_dir
  std::string page = "127.0.0.1:8080";
  std::string certificate, key;
  bool behind_proxy = false;
  std::string web;
  std::string link = "0.0.0.0:8443";
  std::vector<std::string> link_names;
  int event_days = 62;
  std::string admin;
  bool keep_user = false;
};

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// What all parts work with.
struct Foundations {
  std::unique_ptr<Database> database;
  MasterKey master_key;
  std::unique_ptr<Authority> authority;
};

/// A gateway's stream is a descriptor; shells start programs with 1,024.
void allow_many_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Status make_state_dir(const std::string& folder) {
  std::error_code problem;
  if (std::filesystem::create_directories(folder, problem))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  return problem ? Status(Error{Error::Code::io, folder + ": " + problem.message()}) : ok();
}

Result<Foundations> lay_foundations(const Options& options) {
  auto master_key = MasterKey::open(options.state_dir + "/master.key");
  if (!master_key) return std::move(master_key).error();
  auto database = Database::open(
      options.database.empty() ? "sqlite:" + options.state_dir + "/console.db" : options.database);
  if (!database) return std::move(database).error();
  auto authority = Authority::open(**database, *master_key);
  if (!authority) return std::move(authority).error();
  return Foundations{std::move(*database), std::move(*master_key), std::move(*authority)};
}

/// "ADDRESS:PORT" or "fd:N", a socket that listens already.
Status read_page_address(const std::string& text, http::ServerSettings& settings) {
  const auto colon = text.rfind(':');
  const auto number = [&](auto& value) {
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data() + colon + 1, end, value);
    return error == std::errc{} && at == end;
  };
  const bool given = text.starts_with("fd:");
  if (colon == std::string::npos || !(given ? number(settings.listener) : number(settings.port)))
    return Error{Error::Code::invalid_input, "--http " + text + ": neither ADDRESS:PORT nor fd:N"};
  if (!given) settings.address = text.substr(0, colon);
  if (settings.address.starts_with('[') && settings.address.ends_with(']'))
    settings.address = settings.address.substr(1, settings.address.size() - 2);
  return ok();
}

using Page = std::optional<http::StaticFiles>;

Result<Page> read_page(const std::string& folder) {
  if (folder.empty()) return Page();
  auto files = http::StaticFiles::load(folder);
  if (!files) return std::move(files).error();
  return Page(std::move(*files));
}

/// What a gateway is told to dial: the first of the names, at the port that gateways come to.
std::string link_to_dial(const Options& options) {
  const auto listens = parse_host_and_port(options.link);
  if (options.link_names.empty() || !listens) return {};
  return HostAndPort{options.link_names.front(), listens->port}.text();
}

Status serve(const Options& options, Foundations& foundations, Page page, const sigset_t& signals) {
  const TenantKeys keys(foundations.master_key);
  const Activations activations(foundations.authority->fingerprint());
  auto names = options.link_names;
  if (names.empty()) names = {"localhost"};
  ServerIdentity identity(*foundations.authority, names);

  auto api = Api::make({.database = *foundations.database,
                        .tenant_keys = keys,
                        .activations = activations,
                        .software_version = SEKISHO_VERSION,
                        .now_ms = now_ms,
                        .link = link_to_dial(options)},
                       std::move(page));
  if (!api) return std::move(api).error();

  auto gateways = GatewayServer::start(*foundations.database, keys, identity,
                                       {.address = options.link, .event_days = options.event_days});
  if (!gateways) return std::move(gateways).error();

  http::ServerSettings settings;
  settings.certificate_file = options.certificate;
  settings.key_file = options.key;
  settings.behind_proxy = options.behind_proxy;
  if (auto read = read_page_address(options.page, settings); !read) return read;
  auto server = http::Server::start(settings, **api);
  if (!server) return std::move(server).error();

  spdlog::info("page and API on {}, gateways on {}", options.page, options.link);
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("ending");
  return ok();
}

int complain(const Error& error) {
  spdlog::error("{}", error.message);
  return error.code == Error::Code::invalid_input ? kBadUsage : kCannotRun;
}

int make_admin(const std::string& login, Database& database) {
  std::string password;
  if (!std::getline(std::cin, password))
    return complain({Error::Code::invalid_input, "no password on standard input"});
  if (auto made = create_admin(database, login, password, now_ms()); !made)
    return complain(made.error());
  return 0;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Manages Sekisho gateways: web page, REST API and the gateways' streams"};
  app.add_option("--state-dir", options.state_dir, "master key and embedded database")
      ->capture_default_str();
  app.add_option("--database", options.database,
                 "sqlite:FILE or postgresql://... (default: console.db in the state folder)");
  app.add_option("--http", options.page,
                 "where page and API are served: ADDRESS:PORT, or fd:N, a socket that listens")
      ->capture_default_str();
  auto* certificate = app.add_option("--tls-certificate", options.certificate,
                                     "PEM file with its chain; without it plain HTTP");
  app.add_option("--tls-key", options.key, "PEM file")->needs(certificate);
  certificate->needs("--tls-key");
  app.add_flag("--behind-proxy", options.behind_proxy,
               "believe X-Forwarded-For and X-Forwarded-Proto: only a proxy can connect");
  app.add_option("--web", options.web, "folder of the built page; without it the API alone");
  app.add_option("--link", options.link, "where gateways dial in: ADDRESS:PORT")
      ->capture_default_str();
  app.add_option("--link-name", options.link_names,
                 "host name or address by which gateways reach this console (repeat for more)");
  app.add_option("--event-days", options.event_days, "how long events are kept")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  app.add_option("--create-admin", options.admin,
                 "make this administrator, password from standard input, and end");
  app.add_flag("--keep-user", options.keep_user,
               "stay root when root starts it, instead of becoming the console's own user");
  app.set_version_flag("--version", SEKISHO_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : kBadUsage;
  }
  start_log("console");
  umask(S_IRWXG | S_IRWXO);  // database and keys are nobody else's
  std::signal(SIGPIPE, SIG_IGN);
  allow_many_descriptors();
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread begins

  // Before the user changes: the page may lie in a folder that only root can look into.
  auto page = read_page(options.web);
  if (!page) return complain(page.error());
  if (auto made = make_state_dir(options.state_dir); !made) return complain(made.error());
  if (auto s = drop_privileges(options.state_dir, options.keep_user); !s)
    return complain(s.error());

  auto foundations = lay_foundations(options);
  if (!foundations) return complain(foundations.error());
  if (!options.admin.empty()) return make_admin(options.admin, *foundations->database);
  auto served = serve(options, *foundations, std::move(*page), signals);
  return served ? 0 : complain(served.error());
}

}  // namespace

int main(int argc, char** argv) { return guarded_main(run, argc, argv, kCannotRun); }
