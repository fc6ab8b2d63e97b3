// The gateway's own end of the link (controlplane/uplink) against this one, over TLS.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "../../uplink/link_databases.h"
#include "controlplane/console/reputation/rating_rows.h"
#include "controlplane/console/secrets/random.h"
#include "controlplane/uplink/uplink.h"
#include "office.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::Office;

namespace {

namespace agent = sekisho::controlplane;

/// Takes every policy in which the word "refuse" does not occur.
class FakePolicy final : public agent::PolicyDoor {
 public:
  agent::Enforcement enforce(std::string_view yaml, std::uint64_t version) override {
    const std::scoped_lock lock(mutex_);
    if (yaml.find("refuse") != std::string_view::npos)
      return {false, "invalid_policy", "rule 1: refused", {{3, 4, "what is this"}}};
    before_ = in_force_;
    in_force_ = {version, "address", in_force_.serial + 1, version};
    return {true, "", "", {}};
  }
  Status confirm(std::uint64_t version) override {
    const std::scoped_lock lock(mutex_);
    if (in_force_.unconfirmed_version != version)
      return Error{Error::Code::not_found, "it is not waiting"};
    in_force_.unconfirmed_version = 0;
    return ok();
  }
  Status withdraw(std::uint64_t, std::string_view) override {
    const std::scoped_lock lock(mutex_);
    in_force_ = before_;
    return ok();
  }
  agent::PolicyInForce in_force() const override {
    const std::scoped_lock lock(mutex_);
    return in_force_;
  }

 private:
  mutable std::mutex mutex_;
  agent::PolicyInForce in_force_, before_;
};

/// Takes every set of packs but those of more than one pack.
class FakeContent final : public agent::ContentDoor {
 public:
  agent::ContentReport report() const override {
    const std::scoped_lock lock(mutex_);
    return report_;
  }
  bool is_free() const override { return true; }
  bool enforce(const agent::ContentSet& set) override {
    const std::scoped_lock lock(mutex_);
    if (set.packs.size() > 1) {
      report_.attempt = {set.version, agent::ContentOutcome::refused, "compiler", "too many"};
      return true;
    }
    report_.version_in_force = report_.highest_version = set.version;
    report_.packs.clear();
    for (const auto& pack : set.packs) report_.packs.push_back({pack.name, pack.version, 3, 1});
    report_.attempt = {set.version, agent::ContentOutcome::accepted, "", ""};
    return true;
  }
  void prove() override {}
  bool withdraw(std::string_view) override { return true; }
  std::optional<agent::ContentSet> take_interrupted() override { return std::nullopt; }
  void forget() override {}

 private:
  mutable std::mutex mutex_;
  agent::ContentReport report_;
};

class FakeBox final : public agent::BoxDoor {
 public:
  agent::BoxStatus status() override {
    agent::BoxStatus status;
    status.dataplane_up = true;
    status.ports.push_back({.name = "lan0", .side = "lan", .link_up = true});
    return status;
  }
  Result<nlohmann::json> ask_control(const nlohmann::json&) override {
    return nlohmann::json{{"ok", true}};
  }
  Result<nlohmann::json> ask_dataplane(const nlohmann::json& request, std::chrono::milliseconds,
                                       int, const std::stop_token&) override {
    return nlohmann::json{{"ok", true}, {"asked", request.value("op", "")}};
  }
};

/// A spool of `count` lines.
class FakeSpool final : public agent::EventSource {
 public:
  explicit FakeSpool(std::uint64_t count) : count_(count) {}
  void set_enrolled(bool) override {}
  void drop_all() override {}
  std::string epoch() const override { return "0123456789abcdef0123456789abcdef"; }
  Result<Lines> read(std::uint64_t from, std::size_t max_lines, std::size_t) override {
    Lines lines{from, {}};
    for (auto i = from; i <= count_ && lines.lines.size() < max_lines; ++i)
      lines.lines.push_back(R"({"event_type":"flow","src_port":)" + std::to_string(i) + "}");
    return lines;
  }
  Status acknowledge(std::uint64_t sequence) override {
    acknowledged_ = sequence;
    return ok();
  }
  bool wait_for_more(std::uint64_t sequence, std::chrono::milliseconds timeout,
                     const std::stop_token&) override {
    if (sequence <= count_) return true;
    std::this_thread::sleep_for(std::min(timeout, std::chrono::milliseconds(20)));
    return false;
  }
  State state() const override { return {count_ + 1, count_ - acknowledged_, 0}; }
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  const std::uint64_t count_;
  std::atomic<std::uint64_t> acknowledged_{0};
};

struct Box {
  Box(const tests::Scratch& scratch, std::uint64_t lines) : spool(lines) {
    for (const char* folder : {"identity", "link"})
      std::filesystem::create_directory(scratch.file(folder));
    agent::UplinkSettings settings;
    settings.state_dir = scratch.folder();
    settings.box_name = "box";
    settings.software_version = "1.2.3";
    settings.backoff = {std::chrono::milliseconds(20), std::chrono::milliseconds(100)};
    uplink = std::make_unique<agent::Uplink>(
        settings, agent::UplinkDoors{policy, content, databases, box, spool, files});
  }
  FakePolicy policy;
  FakeContent content;
  agent::LinkDatabases databases;
  FakeBox box;
  FakeSpool spool;
  agent::DiskFiles files;
  std::unique_ptr<agent::Uplink> uplink;
};

/// Counts what it hears of ratings.
class RatingListener final : public agent::ReputationListener {
 public:
  void answered(std::uint64_t id, std::span<const agent::PrefixAnswer> answers) override {
    const std::scoped_lock lock(mutex_);
    answered_[id].assign(answers.begin(), answers.end());
  }
  void failed(std::uint64_t) override { ++failed_; }
  void changed(std::span<const rules::UrlHashPrefix>) override { ++changes_; }
  void all_changed() override { ++all_changes_; }

  /// What came for a question, within ten seconds.
  std::vector<agent::PrefixAnswer> answer(std::uint64_t id) {
    eventually([&] {
      const std::scoped_lock lock(mutex_);
      return answered_.contains(id);
    });
    const std::scoped_lock lock(mutex_);
    return answered_[id];
  }
  bool waits_for(const std::atomic<int>& count, int least) {
    return eventually([&] { return count >= least; });
  }

  std::atomic<int> failed_{0}, changes_{0}, all_changes_{0};

 private:
  template <class Condition>
  static bool eventually(Condition condition) {
    for (int i = 0; i < 1'000 && !condition(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
  }

  std::mutex mutex_;
  std::map<std::uint64_t, std::vector<agent::PrefixAnswer>> answered_;
};

}  // namespace

TEST_CASE("a real gateway asks for ratings, and hears when they change") {
  Office office(Backend::sqlite);
  const tests::Scratch scratch;
  RatingListener listener;
  Box box(scratch, 0);
  auto& service = box.uplink->reputation();
  service.listen(&listener);
  const std::vector<rules::UrlHashPrefix> asked{
      rules::prefix_of(rules::hash_of({"bad.example", "/"})), 7};
  CHECK(service.ask(1, asked) == agent::AskOutcome::unavailable);
  REQUIRE(box.uplink->enrol("127.0.0.1:" + std::to_string(office.console.server->port()),
                            office.new_code(), false));
  REQUIRE(listener.waits_for(listener.all_changes_, 1));

  REQUIRE(service.ask(2, asked) == agent::AskOutcome::sent);
  const auto unrated = listener.answer(2);
  REQUIRE(unrated.size() == 2);
  CHECK(unrated[0].rated.empty());
  CHECK(unrated[1].rated.empty());
  office.write([](Database::Session& session) {
    store_own_rating(session, {"bad.example/", {5, 1}}, 1, "somebody");
  });
  REQUIRE(listener.waits_for(listener.changes_, 1));
  REQUIRE(service.ask(3, asked) == agent::AskOutcome::sent);
  std::size_t rated = 0;
  for (const auto& each : listener.answer(3)) {
    rated += each.rated.size();
    if (!each.rated.empty()) CHECK(each.rated[0].reputation == rules::Reputation{5, 1});
  }
  CHECK(rated == 1);
  service.listen(nullptr);
}

TEST_CASE("a real gateway enrols, obeys, reports, uploads and answers") {
  Office office(GENERATE(from_range(tests::backends_here())));
  const tests::Scratch scratch;
  Box box(scratch, 2'500);
  const auto enrolled = box.uplink->enrol(
      "127.0.0.1:" + std::to_string(office.console.server->port()), office.new_code(), false);
  if (!enrolled) FAIL(enrolled.error().message);

  office.deliver(1);
  CHECK(office.wait_for_delivery(1, "succeeded") == "succeeded");
  CHECK(box.policy.in_force().bundle_version == 1);

  office.deliver(2, R"({"refuse":true})");
  CHECK(office.wait_for_delivery(2, "failed") == "failed");
  CHECK(office.text("SELECT reason FROM gateway_deliveries WHERE version = 2") ==
        "rule 1: refused");
  CHECK(box.policy.in_force().bundle_version == 1);

  office.write([&](Database::Session& session) {
    CHECK(office.console.keys.rotate(office.database.get(), session, office.tenant));
    notify_gateway(session, office.gateway);
  });
  office.deliver(3);
  CHECK(office.wait_for_delivery(3, "succeeded") == "succeeded");
  CHECK(office.number("SELECT key_sequence FROM gateways") == 1);

  CHECK(office.eventually("SELECT COUNT(*) || '' FROM events", "2500") == "2500");
  CHECK(office.number("SELECT COUNT(*) FROM (SELECT DISTINCT source_port FROM events) d") == 2500);
  for (int i = 0; i < 200 && box.spool.acknowledged() != 2500; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(box.spool.acknowledged() == 2500);

  const std::string id = new_uuid();
  office.write([&](Database::Session& session) {
    const auto now = unix_ms();
    session << "INSERT INTO diagnostics (id, tenant, gateway, op, arguments, state, created_at, "
               "created_by) VALUES (:id, :tenant, :gateway, 'ports', '{}', 'waiting', :now, 'x')",
        soci::use(id), soci::use(office.tenant), soci::use(office.gateway), soci::use(now);
    notify_gateway(session, office.gateway);
  });
  CHECK(office.eventually("SELECT state FROM diagnostics", "done") == "done");
}
