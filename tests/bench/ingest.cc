// How many events a console stores a second, from real streams over TLS to rows on the disk: a few
// gateways send batches as their uplink does, for 20 s into SQLite and 20 s into PostgreSQL.
// Prints one line of JSON; PostgreSQL is null where it is not installed.
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "console_support/postgres_server.h"
#include "console_support/test_database.h"
#include "controlplane/console/gateways/gateway_server.h"
#include "controlplane/console/secrets/activations.h"
#include "controlplane/console/store/clock.h"
#include "link_client/link_client.h"

namespace {

using namespace sekisho;
using namespace sekisho::console;
using Clock = std::chrono::steady_clock;

constexpr int kGateways = 8;
constexpr std::uint32_t kLines = 1'000;  // in a batch, as the uplink sends them
constexpr int kWindow = 4;               // batches under way, likewise

std::string eve_line(unsigned i) {
  return R"({"timestamp":"2026-11-21T09:30:00.123456+0900","flow_id":)" +
         std::to_string(1'000'000'007ULL * i) +
         R"(,"in_iface":"lan0","event_type":"policy","src_ip":"192.168.1.)" +
         std::to_string(i % 250) + R"(","src_port":)" + std::to_string(1024 + i % 60'000) +
         R"(,"dest_ip":"203.0.113.)" + std::to_string(i % 199) +
         R"(","dest_port":443,"proto":"TCP","ip_v":4,"ether":{"src_mac":"02:00:00:00:00:01",)" +
         R"("dest_mac":"02:00:00:00:00:02"},"app_proto":"tls","app":{"name":"tls"},)" +
         R"("policy":{"serial":3,"rule":2,"name":"office to web","bundle_version":17,)" +
         R"("action":"allow","rejudged":false}})";
}

link::v1::FromGateway make_batch() {
  std::string text;
  for (unsigned i = 0; i < kLines; ++i) text += eve_line(i) + "\n";
  std::string packed(compressBound(static_cast<uLong>(text.size())), '\0');
  auto length = static_cast<uLongf>(packed.size());
  if (compress2(reinterpret_cast<Bytef*>(packed.data()), &length,
                reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()),
                Z_BEST_SPEED) != Z_OK)
    throw std::runtime_error("a batch could not be packed");
  packed.resize(length);
  link::v1::FromGateway message;
  auto& batch = *message.mutable_events();
  batch.set_epoch("bench");
  batch.set_lines(kLines);
  batch.set_raw_bytes(static_cast<std::uint32_t>(text.size()));
  batch.set_zlib(std::move(packed));
  return message;
}

void upload(tests::LinkClient client, link::v1::FromGateway batch, Clock::time_point end,
            std::atomic<std::uint64_t>& stored) {
  link::v1::Hello hello;
  hello.set_spool_epoch("bench");
  client.open(hello);
  if (!client.receive()) throw std::runtime_error("no Welcome");
  std::uint64_t sent = 0;
  for (std::uint64_t acknowledged = 0; Clock::now() < end;) {
    for (; sent < acknowledged + kWindow * kLines; sent += kLines) {
      batch.mutable_events()->set_first_sequence(sent + 1);
      client.send(batch);
    }
    const auto reply = client.receive();
    if (!reply || !reply->has_events_stored()) throw std::runtime_error("the stream ended");
    stored += reply->events_stored().sequence() - acknowledged;
    acknowledged = reply->events_stored().sequence();
  }
}

double events_per_second(Backend backend, double seconds) {
  tests::TestDatabase database(backend);
  const auto master_key = *MasterKey::open(database.scratch().file("master.key"));
  const auto authority = *Authority::open(database.get(), master_key);
  const TenantKeys keys(master_key);
  ServerIdentity identity(*authority, {"127.0.0.1"});
  const auto server =
      *GatewayServer::start(database.get(), keys, identity, {.address = "127.0.0.1:0"});
  const auto tenant = database.add_tenant();
  const auto group = database.add_group(tenant);
  database.get().write([&](Database::Session& session) { keys.create(session, tenant); });
  std::vector<tests::LinkClient> clients;
  for (int i = 0; i < kGateways; ++i) {
    const auto gateway = database.add_gateway(tenant, group, std::to_string(i));
    const auto code = database.get().write([&](Database::Session& session) {
      return Activations(authority->fingerprint()).create(session, gateway, unix_ms()).code;
    });
    const auto enrolled = tests::LinkClient(server->port(), authority->certificate_pem())
                              .enrol(code, tests::make_device());
    if (enrolled.code != tests::LinkClient::kOk) throw std::runtime_error("no enrolment");
    clients.emplace_back(server->port(), authority->certificate_pem(), enrolled.identity);
  }
  const auto batch = make_batch();
  std::atomic<std::uint64_t> stored{0};
  const auto begin = Clock::now();
  const auto end =
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  {
    std::vector<std::jthread> threads;
    for (auto& client : clients)
      threads.emplace_back(
          [&client, &batch, end, &stored] { upload(std::move(client), batch, end, stored); });
  }
  const std::chrono::duration<double> took = Clock::now() - begin;
  const auto rows = database.get().read([](Database::Session& session) {
    long long count = 0;
    session << "SELECT COUNT(*) FROM events", soci::into(count);
    return count;
  });
  // Batches whose answer nobody waited for any more are stored all the same.
  if (rows < static_cast<long long>(stored.load()))
    throw std::runtime_error("acknowledged events are missing");
  return static_cast<double>(stored.load()) / took.count();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 20;
    nlohmann::json result{{"gateways", kGateways},
                          {"seconds", seconds},
                          {"sqlite_events_per_s", nullptr},
                          {"postgresql_events_per_s", nullptr}};
    for (const auto backend : tests::backends_here())
      result[std::string(name_of(backend)) + "_events_per_s"] =
          static_cast<std::int64_t>(events_per_second(backend, seconds));
    std::cout << result.dump() << "\n";
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "bench_ingest: " << problem.what() << "\n";
    return 1;
  }
}
