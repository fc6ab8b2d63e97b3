#include "console_support/postgres_server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace sekisho::tests {
namespace {

constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr const char* kUser = "sekisho";
constexpr uid_t kNobody = 65534;
constexpr auto kStartTimeout = std::chrono::seconds(60);

/// Ends with this process, whatever ends this one.
pid_t start(std::vector<std::string> arguments, const std::string& output) {
  if (geteuid() == 0) {
    const auto nobody = std::to_string(kNobody);
    const std::vector<std::string> as_nobody{"setpriv", "--reuid=" + nobody, "--regid=" + nobody,
                                             "--clear-groups", "--pdeathsig=SIGINT"};
    arguments.insert(arguments.begin(), as_nobody.begin(), as_nobody.end());
  }
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  setpgid(0, 0);  // an interrupt at the terminal is for the test, which then stops the server
  if (chdir("/") == 0) execvp(argv[0], argv.data());
  _exit(127);
}

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

bool PostgresServer::is_installed() {
  return access((std::string(kPrograms) + "initdb").c_str(), X_OK) == 0;
}

PostgresServer* PostgresServer::shared() {
  static const std::unique_ptr<PostgresServer> server = [] {
    if (is_installed()) return std::make_unique<PostgresServer>();
    std::fprintf(stderr,
                 "PostgreSQL 15 is not installed (package postgresql): what needs it is "
                 "not tested\n");
    return std::unique_ptr<PostgresServer>();
  }();
  return server.get();
}

PostgresServer::PostgresServer() {
  namespace fs = std::filesystem;
  fs::permissions(scratch_.folder(), fs::perms::all);
  const std::string data = scratch_.file("data"), output = scratch_.file("output");
  const std::string programs = kPrograms;
  const pid_t initdb = start({programs + "initdb", "--pgdata=" + data, "--auth=trust", "--no-sync",
                              "--encoding=UTF8", "--locale=C", "--username=" + std::string(kUser)},
                             output);
  int status = 0;
  if (waitpid(initdb, &status, 0) != initdb || status != 0)
    throw std::runtime_error("initdb: " + text_of(output));
  process_ = start({programs + "postgres", "-D", data, "-k", scratch_.folder(), "-c",
                    "listen_addresses=", "-c", "max_connections=200"},
                   output);
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (PQping(where("postgres").c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > deadline || waitpid(process_, nullptr, WNOHANG) != 0) {
      stop();
      throw std::runtime_error("postgres does not start: " + text_of(output));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

PostgresServer::~PostgresServer() { stop(); }

void PostgresServer::stop() {
  if (process_ <= 0) return;
  kill(process_, SIGINT);  // at once, clients or not
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string PostgresServer::where(const std::string& database) const {
  return "postgresql://" + std::string(kUser) + "@/" + database + "?host=" + scratch_.folder();
}

std::string PostgresServer::new_database() {
  const std::string name = "console_" + std::to_string(++databases_);
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
      PQconnectdb(where("postgres").c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(connection.get(), ("CREATE DATABASE " + name).c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return where(name);
}

}  // namespace sekisho::tests
