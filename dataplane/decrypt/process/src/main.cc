// sekisho-decrypt: owns connections that the packet process hands over. Exit codes: 0 ended by
// SIGTERM, 2 wrong usage or box file, 3 cannot run here.
#include <pthread.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "attachments.h"
#include "config/box/box_config.h"
#include "config/log/guarded_main.h"
#include "config/log/process_log.h"
#include "dataplane/decrypt/takeover/own_network.h"
#include "sandbox.h"

namespace {

using namespace sekisho;

enum ExitCode { kBadUsage = 2, kCannotRun = 3 };

constexpr uid_t kUser = 64'104;
constexpr gid_t kGroup = 64'100;  // of every process of the box
constexpr const char* kLink = "decrypt0";
constexpr int kTickMs = 200;
constexpr std::uint32_t kSparedDescriptors = 512;

std::atomic<bool> stop_requested{false};
void request_stop(int) { stop_requested = true; }

int complain(const Error& error) {
  spdlog::error("{}", error.message);
  return kCannotRun;
}

/// How many of `wanted` sessions, of two sockets each, this process may have descriptors for.
std::uint32_t sessions_possible(std::uint32_t wanted) {
  const rlim_t descriptors = 2 * rlim_t{wanted} + kSparedDescriptors;
  rlimit limit{descriptors, descriptors};
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return wanted;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max <= kSparedDescriptors) return 0;
  const auto sessions = std::min<rlim_t>(wanted, (limit.rlim_max - kSparedDescriptors) / 2);
  if (sessions < wanted)
    spdlog::warn("{} sessions instead of {}: no more descriptors are allowed", sessions, wanted);
  return static_cast<std::uint32_t>(sessions);
}

Result<engines::origin::TrustStore> read_trusted_roots(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  if (!file) return Error{Error::Code::io, "trusted_roots: " + path + ": cannot be read"};
  auto store = engines::origin::TrustStore::from_pem(pem);
  if (!store) return std::move(store).error().within("trusted_roots: " + path);
  return store;
}

/// Of one loop, which shares none of it.
Result<decrypt::TlsParts> make_tls_parts(const box::BoxConfig& box) {
  auto contexts = decrypt::TlsContexts::make();
  if (!contexts) return std::move(contexts).error();
  auto roots = read_trusted_roots(box.trusted_roots);
  if (!roots) return std::move(roots).error();
  auto leafs = decrypt::LeafStore::make(box.run_dir + "/keys.sock");
  if (!leafs) return std::move(leafs).error();
  return decrypt::TlsParts{*std::move(contexts), decrypt::Judgements(*std::move(roots)),
                           *std::move(leafs), decrypt::OriginTickets{},
                           decrypt::Inquiries(inquiry::socket_path(box.run_dir))};
}

Result<std::vector<decrypt::LoopOfWorkers>> make_loops(const box::BoxConfig& box) {
  const auto workers = static_cast<unsigned>(box.worker_cores.size());
  const auto count =
      std::max<std::size_t>(1, std::min(box.decrypt_cores.size(), box.worker_cores.size()));
  auto queues = decrypt::make_link(kLink, workers);
  if (!queues) return std::move(queues).error();
  if (auto s = decrypt::route_all_through(kLink, box.mtu); !s) return std::move(s).error();
  decrypt::LoopSettings settings{.mtu = box.mtu};
  settings.most_sessions =
      sessions_possible(settings.most_sessions * static_cast<unsigned>(count)) /
      static_cast<unsigned>(count);
  if (settings.most_sessions == 0)
    return Error{Error::Code::resource, "too few descriptors for any session"};
  std::vector<decrypt::LoopOfWorkers> loops;
  for (std::size_t i = 0; i < count; ++i) {
    auto tls = make_tls_parts(box);
    if (!tls) return std::move(tls).error();
    auto loop = decrypt::Loop::make(settings, *std::move(tls));
    if (!loop) return std::move(loop).error();
    loops.push_back({std::move(*loop), {}});
  }
  for (unsigned worker = 0; worker < workers; ++worker) {
    auto& loop = loops[worker % count];
    if (auto s = loop.loop->serve(worker, std::move((*queues)[worker])); !s)
      return std::move(s).error();
    loop.workers.push_back(worker);
  }
  return loops;
}

void pin(std::thread& thread, std::uint32_t core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (pthread_setaffinity_np(thread.native_handle(), sizeof set, &set) != 0)
    spdlog::warn("core {} cannot be had; the loop runs anywhere", core);
}

int serve(const box::BoxConfig& box) {
  auto loops = make_loops(box);
  if (!loops) return complain(loops.error());
  auto attachments = decrypt::Attachments::listen(box.run_dir + "/decrypt.sock", *loops,
                                                  static_cast<unsigned>(box.worker_cores.size()));
  if (!attachments) return complain(attachments.error());
  if (box.drop_privileges)
    if (auto s = decrypt::become_user(kUser, kGroup); !s) return complain(s.error());
  std::vector<std::thread> threads;
  threads.reserve(loops->size());
  for (std::size_t i = 0; i < loops->size(); ++i) {
    threads.emplace_back([loop = (*loops)[i].loop.get()] { loop->run(stop_requested); });
    if (i < box.decrypt_cores.size()) pin(threads.back(), box.decrypt_cores[i]);
  }
  int code = 0;
  if (box.drop_privileges)
    if (auto s = decrypt::confine(); !s) {
      code = complain(s.error());
      stop_requested = true;
    }
  spdlog::info("{} loops for {} workers", loops->size(), box.worker_cores.size());
  while (!stop_requested) attachments->serve(kTickMs);
  for (auto& loop : *loops) loop.loop->wake_up();
  for (auto& thread : threads) thread.join();
  return code;
}

int run(int argc, char** argv) {
  CLI::App app{"Owns the connections that Sekisho's packet process hands over to be opened"};
  std::string box_file;
  app.add_option("--box", box_file, "box file (YAML)")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kBadUsage;
  }
  start_log("decrypt");
  struct sigaction action {};
  action.sa_handler = request_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets itself
  tzset();                        // reads its file now: later none can be opened
  const rlimit no_core{0, 0};     // plaintext and keys stay in memory
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) return complain({Error::Code::io, "core dumps"});
  const auto box = box::load_box_config(box_file);
  if (!box) {
    spdlog::error("{}", box.error().message);
    return kBadUsage;
  }
  if (auto s = decrypt::enter_own_network(); !s) return complain(s.error());
  return serve(*box);
}

}  // namespace

int main(int argc, char** argv) { return guarded_main(run, argc, argv, kCannotRun); }
