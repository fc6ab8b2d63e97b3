// A fleet of simulated gateways on one console: how long until all are connected, how long from
// "deliver all" (a policy of 1,000 rules) until the console knows all have confirmed, and the
// console's memory at its peak. Real enrolments, TLS streams and bundles; the gateways share this
// process, the console is another one. Prints one line of JSON.
//   bench_deliver_fleet [GATEWAYS] [sqlite|postgresql]
#include <grpcpp/grpcpp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "config/bundle/bundle.h"
#include "console_support/test_database.h"
#include "controlplane/console/gateways/gateway_server.h"
#include "controlplane/console/secrets/activations.h"
#include "controlplane/console/store/clock.h"
#include "controlplane/console/store/notices.h"
#include "controlplane/proto/gateway_link.grpc.pb.h"
#include "link_client/link_client.h"

namespace {

using namespace sekisho;
using namespace sekisho::console;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kDefaultGateways = 1'000;
constexpr int kRules = 1'000;
constexpr int kEnrolThreads = 8;
constexpr auto kPatience = 300s;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// ---- the console, in a process of its own ----

struct ConsoleParts {
  ConsoleParts(const std::string& where, const std::string& key_file)
      : database(*Database::open(where)),
        master_key(*MasterKey::open(key_file)),
        authority(*Authority::open(*database, master_key)) {}
  std::unique_ptr<Database> database;
  MasterKey master_key;
  std::unique_ptr<Authority> authority;
  TenantKeys keys{master_key};
};

/// Until its standard input ends.
int serve(const std::string& where, const std::string& key_file) {
  ConsoleParts parts(where, key_file);
  ServerIdentity identity(*parts.authority, {"127.0.0.1"});
  const auto server =
      *GatewayServer::start(*parts.database, parts.keys, identity, {.address = "127.0.0.1:0"});
  std::cout << server->port() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) continue;
  return 0;
}

class ConsoleProcess {
 public:
  ConsoleProcess(const std::string& where, const std::string& key_file) {
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0) throw std::runtime_error("no pipes");
    process_ = fork();
    if (process_ == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      for (const int end : {in[0], in[1], out[0], out[1]}) close(end);
      execl("/proc/self/exe", "bench_deliver_fleet", "--serve", where.c_str(), key_file.c_str(),
            nullptr);
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    FILE* const reader = fdopen(out[0], "r");
    const int read = std::fscanf(reader, "%d", &port_);
    std::fclose(reader);
    if (read != 1) throw std::runtime_error("the console does not start");
  }
  ~ConsoleProcess() {
    close(input_);
    waitpid(process_, nullptr, 0);
  }
  ConsoleProcess(const ConsoleProcess&) = delete;
  ConsoleProcess& operator=(const ConsoleProcess&) = delete;

  int port() const { return port_; }
  /// Resident at its peak.
  double peak_mib() const {
    std::ifstream status("/proc/" + std::to_string(process_) + "/status");
    for (std::string word; status >> word;) {
      double kib = 0;
      if (word == "VmHWM:" && status >> kib) return kib / 1024;
    }
    return 0;
  }

 private:
  pid_t process_ = -1;
  int input_ = -1;
  int port_ = 0;
};

// ---- the gateways ----

struct Counters {
  std::atomic<int> welcomed{0};
  std::atomic<int> confirmed{0};
  std::atomic<int> ended{0};
};

class Gateway final : public grpc::ClientBidiReactor<link::v1::FromGateway, link::v1::ToGateway> {
 public:
  Gateway(int port, const std::string& authority, tests::BoxIdentity identity, Counters& counters)
      : identity_(std::move(identity)), counters_(counters) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = authority;
    tls.pem_private_key = identity_.key_pem;
    tls.pem_cert_chain = identity_.chain_pem;
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride(std::string(kConsoleName));
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    stub_ = link::v1::GatewayLink::NewStub(grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(port), grpc::SslCredentials(tls), arguments));
  }

  void connect() {
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_wait_for_ready(true);
    stub_->async()->Link(context_.get(), this);
    link::v1::FromGateway hello;
    hello.mutable_hello()->set_software_version("bench");
    hello.mutable_hello()->mutable_status()->add_ports()->set_name("lan0");
    StartRead(&incoming_);
    say(std::move(hello));
    StartCall();
  }
  void cancel() { context_->TryCancel(); }

  void OnReadDone(bool good) override {
    if (!good) return;
    if (incoming_.has_welcome()) ++counters_.welcomed;
    if (incoming_.has_bundle()) take_bundle();
    if (incoming_.has_confirmation()) {
      report(link::v1::POLICY_STATE_CONFIRMED, incoming_.confirmation().version());
      ++counters_.confirmed;
    }
    StartRead(&incoming_);
  }
  void OnWriteDone(bool good) override {
    const std::scoped_lock lock(mutex_);
    outgoing_.pop_front();
    if (good && !outgoing_.empty()) StartWrite(&outgoing_.front());
  }
  void OnDone(const grpc::Status& status) override {
    if (!status.ok() && status.error_code() != grpc::StatusCode::CANCELLED)
      std::cerr << "a stream ended: " << status.error_message() << "\n";
    ++counters_.ended;
  }

 private:
  void take_bundle() {
    const auto opened = bundle::open(incoming_.bundle().bytes(),
                                     {*bundle::PublicKey::from_bytes(identity_.signing_key),
                                      identity_.tenant, identity_.gateway, version_});
    if (!opened) {
      std::cerr << "a bundle is refused: " << opened.refusal().message << "\n";
      return;
    }
    report(link::v1::POLICY_STATE_RECEIVED, opened->version);
    version_ = opened->version;
    report(link::v1::POLICY_STATE_ENFORCED, opened->version);
  }
  void report(link::v1::PolicyState state, std::uint64_t version) {
    link::v1::FromGateway message;
    auto& report = *message.mutable_policy();
    report.set_version(version);
    report.set_version_in_force(version_);
    report.set_state(state);
    say(std::move(message));
  }
  void say(link::v1::FromGateway message) {
    const std::scoped_lock lock(mutex_);
    outgoing_.push_back(std::move(message));
    if (outgoing_.size() == 1) StartWrite(&outgoing_.front());
  }

  const tests::BoxIdentity identity_;
  Counters& counters_;
  std::unique_ptr<link::v1::GatewayLink::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  link::v1::ToGateway incoming_;
  std::uint64_t version_ = 0;
  std::mutex mutex_;
  std::deque<link::v1::FromGateway> outgoing_;  // under mutex_; the first is being written
};

// ---- the run ----

struct Fleet {
  std::string tenant, group;
  std::vector<std::string> gateways;
  std::vector<tests::BoxIdentity> identities;
};

Fleet enrol(tests::TestDatabase& database, const ConsoleParts& parts, int port, int count) {
  Fleet fleet;
  fleet.tenant = database.add_tenant();
  fleet.group = database.add_group(fleet.tenant);
  database.get().write(
      [&](Database::Session& session) { parts.keys.create(session, fleet.tenant); });
  fleet.identities.resize(static_cast<std::size_t>(count));
  std::vector<std::string> codes;
  for (int i = 0; i < count; ++i)
    fleet.gateways.push_back(database.add_gateway(fleet.tenant, fleet.group, std::to_string(i)));
  database.get().write([&](Database::Session& session) {
    codes.clear();
    for (const auto& gateway : fleet.gateways)
      codes.push_back(
          Activations(parts.authority->fingerprint()).create(session, gateway, unix_ms()).code);
  });
  std::atomic<std::size_t> next{0};
  std::atomic<bool> failed{false};
  std::vector<std::jthread> threads;
  for (int t = 0; t < kEnrolThreads; ++t)
    threads.emplace_back([&] {
      tests::LinkClient client(port, parts.authority->certificate_pem());
      for (std::size_t i = next++; i < codes.size(); i = next++) {
        auto enrolled = client.enrol(codes[i], tests::make_device());
        if (enrolled.code != tests::LinkClient::kOk) failed = true;
        fleet.identities[i] = std::move(enrolled.identity);
      }
    });
  threads.clear();
  if (failed) throw std::runtime_error("a gateway could not enrol");
  return fleet;
}

std::string policy() {
  auto rules = nlohmann::json::array();
  for (int i = 0; i < kRules; ++i)
    rules.push_back(
        {{"name", "rule " + std::to_string(i)},
         {"source", "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".0/24"},
         {"destination", "any"},
         {"service", "tcp/" + std::to_string(1000 + i)},
         {"action", i % 3 == 0 ? "block" : "allow"}});
  return nlohmann::json{{"rules", rules}}.dump();
}

/// What the console's "deliver all" writes.
void deliver_all(Database& database, const Fleet& fleet, const std::string& policy_text) {
  database.write([&](Database::Session& session) {
    session << "INSERT INTO deliveries (tenant, version, created_at, created_by, comment) VALUES "
               "(:tenant, 1, 0, 'bench', '')",
        soci::use(fleet.tenant);
    session << "INSERT INTO delivered_policies (tenant, version, group_id, group_name, policy, "
               "policy_hash) VALUES (:tenant, 1, :group_id, 'group', :policy, '')",
        soci::use(fleet.tenant), soci::use(fleet.group), soci::use(policy_text);
    session << "INSERT INTO gateway_deliveries (tenant, version, gateway, gateway_name, group_id, "
               "group_name, state, changed_at) SELECT tenant, 1, id, name, group_id, 'group', "
               "'delivering', 0 FROM gateways WHERE tenant = :tenant",
        soci::use(fleet.tenant);
    session << "UPDATE gateways SET desired_version = 1, delivered_group = group_id "
               "WHERE tenant = :tenant",
        soci::use(fleet.tenant);
    notify_gateways(session, fleet.gateways);
  });
}

int count_succeeded(Database& database) {
  return database.read([](Database::Session& session) {
    int count = 0;
    session << "SELECT COUNT(*) FROM gateway_deliveries WHERE state = 'succeeded'",
        soci::into(count);
    return count;
  });
}

template <class Condition>
void wait_until(Condition condition, const char* what) {
  const auto deadline = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() > deadline) throw std::runtime_error(what);
    std::this_thread::sleep_for(20ms);
  }
}

void run(int count, Backend backend) {
  tests::TestDatabase database(backend);
  const ConsoleProcess console(database.where(), database.scratch().file("master.key"));
  const ConsoleParts parts(database.where(), database.scratch().file("master.key"));
  const Fleet fleet = enrol(database, parts, console.port(), count);
  Counters counters;
  std::vector<std::unique_ptr<Gateway>> gateways;
  for (const auto& identity : fleet.identities)
    gateways.push_back(std::make_unique<Gateway>(console.port(), parts.authority->certificate_pem(),
                                                 identity, counters));

  const auto begin = Clock::now();
  for (const auto& gateway : gateways) gateway->connect();
  wait_until([&] { return counters.welcomed >= count; }, "not all gateways connected");
  const double connect_seconds = seconds_since(begin);

  const std::string policy_text = policy();
  const auto click = Clock::now();
  deliver_all(database.get(), fleet, policy_text);
  wait_until([&] { return counters.confirmed >= count; }, "not all gateways were confirmed");
  wait_until([&] { return count_succeeded(database.get()) >= count; },
             "the console does not know of all");
  const double fleet_seconds = seconds_since(click);

  std::cout << nlohmann::json{{"gateways", count},
                              {"connect_seconds", connect_seconds},
                              {"fleet_seconds", fleet_seconds},
                              {"rss_mib", console.peak_mib()}}
                   .dump()
            << std::endl;
  for (const auto& gateway : gateways) gateway->cancel();
  wait_until([&] { return counters.ended >= count; }, "streams do not end");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    raise_file_limit();
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 3 && arguments[0] == "--serve")
      return serve(arguments[1], arguments[2]);
    const int count = arguments.empty() ? kDefaultGateways : std::atoi(arguments[0].c_str());
    const bool postgresql = arguments.size() > 1 && arguments[1] == "postgresql";
    if (count <= 0) throw std::runtime_error("usage: [GATEWAYS] [sqlite|postgresql]");
    if (postgresql && tests::backends_here().size() < 2) return 77;  // said why
    run(count, postgresql ? Backend::postgresql : Backend::sqlite);
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "bench_deliver_fleet: " << problem.what() << "\n";
    return 1;
  }
}
