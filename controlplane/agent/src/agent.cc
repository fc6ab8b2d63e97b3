#include "controlplane/agent/agent.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <ctime>
#include <thread>

#include "config/content/installed.h"
#include "content_list.h"
#include "controlplane/agent/authority_requests.h"
#include "controlplane/files/file_door.h"
#include "json_at.h"
#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"
#include "uplink_doors.h"

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::milliseconds kBetweenDrains{50};
constexpr std::chrono::seconds kAfterTrouble{1};
constexpr std::chrono::seconds kBetweenAges{2};
constexpr std::chrono::seconds kPatienceForUsers{5};

DiskFiles& disk() {
  static DiskFiles files;
  return files;
}

std::uint64_t unix_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
}

/// The pump asks the uplink, which goes before it.
class AskingUplink {
 public:
  AskingUplink(ReputationPump& pump, Uplink& uplink) : pump_(pump) {
    pump_.use_service(&uplink.reputation());
  }
  ~AskingUplink() { pump_.use_service(nullptr); }
  AskingUplink(const AskingUplink&) = delete;
  AskingUplink& operator=(const AskingUplink&) = delete;

 private:
  ReputationPump& pump_;
};

}  // namespace

Result<AgentSockets> open_agent_sockets(const box::BoxConfig& box) {
  AgentSockets sockets;
  const std::string lock_path = box.run_dir + "/control.lock";
  sockets.lock =
      FileDescriptor(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!sockets.lock.valid() || flock(sockets.lock.get(), LOCK_EX | LOCK_NB) != 0)
    return Error{Error::Code::io, lock_path + ": " +
                                      (errno == EWOULDBLOCK ? "another sekisho-control is running"
                                                            : std::strerror(errno))};
  auto control = listen_unix(box.run_dir + "/control.sock");
  if (!control) return std::move(control).error();
  sockets.control = std::move(*control);
  return sockets;
}

Result<std::unique_ptr<Agent>> Agent::make(const box::BoxConfig& box, AgentSockets sockets,
                                           const CompilerSettings& compiler) {
  auto store = PolicyStore::open(box.state_dir + "/policy", disk());
  if (!store) return std::move(store).error();
  auto file = EveFile::open(
      box.log_dir + "/eve.json",
      {box.eve_rotate_bytes, std::chrono::hours(box.eve_rotate_hours), box.eve_keep_files});
  if (!file) return std::move(file).error();
  std::optional<SyslogSender> syslog;
  if (!box.syslog_target.empty()) {
    auto opened = SyslogSender::open(box.syslog_target, box.name);
    if (!opened) return std::move(opened).error();
    syslog.emplace(std::move(*opened));
  }
  std::unique_ptr<Agent> agent(new Agent(box, std::move(sockets), compiler, std::move(*store),
                                         std::move(*file), std::move(syslog)));
  if (auto opened = agent->open_metrics(); !opened) return std::move(opened).error();
  return agent;
}

Agent::Agent(const box::BoxConfig& box, AgentSockets sockets, const CompilerSettings& compiler,
             PolicyStore store, EveFile file, std::optional<SyslogSender> syslog)
    : box_(box),
      sockets_(std::move(sockets)),
      log_(std::move(file), std::move(syslog)),
      dataplane_(box.run_dir + "/dataplane.sock"),
      policy_(std::move(store), RulePacks(box.rule_packs, box.state_dir + "/ips", compiler, disk()),
              compiler, dataplane_,
              [this](const PolicyChange& change) { note_policy_change(change); }),
      rule_names_([this](std::uint32_t serial) { return policy_.meta_of(serial); }),
      account_names_([this](std::uint32_t serial) { return policy_.meta_of(serial); }),
      user_names_([this](std::uint32_t serial) { return policy_.meta_of(serial); },
                  [this](std::span<const std::uint32_t> ids) { return identified(ids); }),
      bandwidth_(dataplane_,
                 AccountStore(box.state_dir + "/bandwidth", disk(), {},
                              [this](const std::string& name, const std::string& why) {
                                note_damaged_account(name, why);
                              }),
                 log_, bandwidth_names()),
      drain_(box.run_dir + "/events.ring", event_names(), log_),
      resolver_(dataplane_, [this] { return current_patterns(); }),
      user_bindings_(box.state_dir + "/users/bound.json", disk(),
                     [this](const nlohmann::json& request) {
                       return dataplane_.ask(request, kPatienceForUsers);
                     }),
      watch_(
          dataplane_, policy_, log_, std::chrono::seconds(box.stats_interval_seconds),
          [this](const DataplaneState& state) { keep_users(state); }, [this] { resolver_.wake(); }),
      databases_(
          box.state_dir,
          [compiler](content::DatabaseKind kind, std::string_view list) {
            return run_database_compiler(kind, list, compiler);
          },
          [this](content::DatabaseKind kind) { return take_up_database(kind); }, disk()),
      ages_(box_, databases_,
            {.console_packs = [this] { return policy_.content().digest; },
             .changed = [this](const ContentAge& age) { note_age(age); }}),
      reputations_(
          {.exchange = box.run_dir + "/reputation.table",
           .database = box.reputation_database,
           .folder = content::databases_folder(box.state_dir, content::DatabaseKind::reputation)},
          [this] { return uplink_ && uplink_->is_enrolled(); }),
      operations_(
          policy_,
          {.status = [this] { return status(); },
           .policy_changed = [this] { resolver_.wake(); },
           .enrol = [this](const ControlRequest& r) { return enrol(r); },
           .unenrol = [this] { return unenrol(); },
           .look_up_reputation = [this](const std::string& url) { return look_up_reputation(url); },
           .top_bandwidth = [this](const ControlRequest& r) { return top_bandwidth(r); },
           .databases = [this] { return database_list(); },
           .rollback_database =
               [this](content::DatabaseKind kind) { return databases_.rollback(kind); },
           .update_content = [this] { return uplink_->ask_for_content(); },
           .authority =
               [this](const ControlRequest& r) {
                 return answer_authority_request(r, box_.run_dir + "/keys.sock");
               }}),
      policy_door_(std::make_unique<ServicePolicyDoor>(policy_)),
      content_door_(std::make_unique<ServiceContentDoor>(policy_)),
      box_door_(std::make_unique<AgentBoxDoor>(
          dataplane_, [this](std::string_view request) { return operations_.answer(request); },
          [this] { return drain_.lost(); })),
      event_source_(std::make_unique<SpoolEventSource>(
          box.state_dir + "/spool", SpoolLimits{.max_bytes = box.spool_max_bytes}, log_)) {}

Agent::~Agent() = default;

Status Agent::open_metrics() {
  if (box_.metrics_address.empty()) return ok();
  auto server = MetricsServer::open(box_.metrics_address, [this] { return metrics(); });
  if (!server) return std::move(server).error();
  metrics_.emplace(std::move(*server));
  return ok();
}

Status Agent::run() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  const FileDescriptor signals(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid()) return Error{Error::Code::io, "signalfd: " + std::string(strerror(errno))};

  // First: it attaches the spool, and what is drained without one the console never gets.
  uplink_.emplace(
      UplinkSettings{.state_dir = box_.state_dir,
                     .box_name = box_.name,
                     .software_version = SEKISHO_VERSION,
                     .console_address = box_.console.address,
                     .confirm_least = std::chrono::seconds(box_.console.confirm_seconds),
                     .backoff = {std::chrono::milliseconds(box_.console.reconnect_least_ms),
                                 std::chrono::seconds(box_.console.reconnect_most_seconds)}},
      UplinkDoors{.policy = *policy_door_,
                  .content = *content_door_,
                  .databases = databases_,
                  .box = *box_door_,
                  .events = *event_source_,
                  .files = disk()});
  const AskingUplink asking(reputations_, *uplink_);  // outlives the thread that asks
  // Each ends and is waited for when it goes out of scope; the events last, so that the lines of
  // what the others did are still written.
  const std::jthread events([this](const std::stop_token& stop) { drain_events(stop); });
  const std::jthread watch([this](const std::stop_token& stop) { watch_.run(stop); });
  const std::jthread names([this](const std::stop_token& stop) { resolver_.run(stop); });
  const std::jthread ages([this](const std::stop_token& stop) { watch_ages(stop); });
  const std::jthread reputations([this](const std::stop_token& stop) { reputations_.run(stop); });
  const std::jthread bandwidth([this](const std::stop_token& stop) { bandwidth_.run(stop); });
  std::jthread metrics;
  if (metrics_) metrics = std::jthread([this](const std::stop_token& s) { metrics_->run(s); });
  ControlServer server([this](std::string_view request) { return operations_.answer(request); });

  while (true) {
    std::array<pollfd, 2> ready{{{signals.get(), POLLIN, 0}, {sockets_.control.get(), POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR)
      return Error{Error::Code::io, "poll: " + std::string(strerror(errno))};
    if (ready[0].revents != 0 && !take_signal(signals.get())) return ok();
    if (ready[1].revents != 0) accept_all(server);
  }
}

bool Agent::take_signal(int signals) {
  signalfd_siginfo info{};
  if (read(signals, &info, sizeof info) != sizeof info) return true;
  if (info.ssi_signo != SIGHUP) return false;
  if (auto opened = log_.file().reopen(); !opened)
    spdlog::error("event log: {}", opened.error().message);
  return true;
}

void Agent::accept_all(ControlServer& server) {
  for (;;) {
    FileDescriptor connection(accept4(sockets_.control.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.valid()) return;
    server.serve(std::move(connection));
  }
}

void Agent::drain_events(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::string last_trouble;
  for (;;) {
    const bool last_round = stop.stop_requested();
    const auto moved = drain_.run_once();
    if (!moved && moved.error().code != Error::Code::not_found &&
        moved.error().message != last_trouble) {
      last_trouble = moved.error().message;
      spdlog::error("events: {}", last_trouble);
    }
    if (moved) last_trouble.clear();
    if (last_round) return;
    if (moved && *moved > 0) continue;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop,
                   moved ? kBetweenDrains : std::chrono::milliseconds(kAfterTrouble) / 4,
                   [] { return false; });
  }
}

void Agent::watch_ages(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    ages_.look(std::time(nullptr));
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kBetweenAges, [] { return false; });
  }
}

void Agent::note_age(const ContentAge& age) {
  const std::string_view what = age.is_stale ? "stale" : "fresh";
  spdlog::warn("content {}: {}, {} s old", what, age.kind, age.seconds);
  const auto time = unix_ns();
  const std::array<EventLine, 1> line{
      {{events::content_age_to_eve(time, what, age.kind, static_cast<std::uint64_t>(age.seconds),
                                   static_cast<std::uint64_t>(age.max_seconds)),
        "content", time}}};
  if (auto written = log_.write(line); !written)
    spdlog::error("event log: {}", written.error().message);
}

/// Ratings are looked up in this process, which looks at their file itself, every second.
Status Agent::take_up_database(content::DatabaseKind kind) {
  if (kind == content::DatabaseKind::reputation) return ok();
  if (auto handed = policy_.hand_over_again(); !handed) return handed;
  const auto status = dataplane_.ask({{"op", "status"}}, std::chrono::seconds(2));
  if (!status) return ok();  // it will look when it is back
  const char* key = kind == content::DatabaseKind::urls ? "url_database" : "indicator_database";
  const auto about = status->value(key, nlohmann::json());
  if (!about.is_object() || !about.contains("problem") || !about["problem"].is_string())
    return ok();
  return Error{Error::Code::invalid_input, about["problem"].get<std::string>()};
}

nlohmann::json Agent::database_list() const {
  return list_content(databases_.rows(), ages_.ages(std::time(nullptr)));
}

Result<nlohmann::json> Agent::enrol(const ControlRequest& request) {
  return uplink_->enrol(request.console, request.code, request.again);
}

Status Agent::unenrol() { return uplink_->unenrol(); }

Result<nlohmann::json> Agent::look_up_reputation(const std::string& url) {
  constexpr std::chrono::seconds kPatience{6};
  auto rated = reputations_.look_up(url, kPatience);
  if (!rated) return std::move(rated).error();
  nlohmann::json reply{
      {"url", rated->url},
      {"source",
       rated->answer.source == reputation::AnswerSource::database ? "database" : "service"}};
  if (rated->expression.empty()) return reply;
  reply["expression"] = rated->expression;
  reply["score"] = rated->answer.score;
  if (const auto* category = rules::url_category(rated->answer.category))
    reply["category"] = category->name;
  return reply;
}

Result<nlohmann::json> Agent::top_bandwidth(const ControlRequest& request) {
  constexpr std::uint64_t kHour = 3600, kRows = 20;
  return bandwidth_.top(request.by, request.seconds == 0 ? kHour : request.seconds,
                        request.limit == 0 ? kRows : request.limit,
                        {.address = request.address,
                         .user = request.user,
                         .application = request.application,
                         .category = request.category});
}

Result<std::vector<UserNames::Identified>> Agent::identified(
    std::span<const std::uint32_t> ids) const {
  constexpr std::chrono::seconds kPatience{1};
  auto reply = dataplane_.ask({{"op", "users.names"}, {"ids", ids}}, kPatience);
  if (!reply) return std::move(reply).error();
  std::vector<UserNames::Identified> users;
  const auto list = reply->value("users", nlohmann::json::array());
  for (const auto& one : list) {
    UserNames::Identified user{number_at<std::uint32_t>(one, "id"), {text_at(one, "user"), {}}};
    const auto groups = one.find("groups");
    if (groups != one.end() && groups->is_array())
      for (const auto& group : *groups)
        if (group.is_string()) user.user.groups.push_back(group.get<std::string>());
    users.push_back(std::move(user));
  }
  return users;
}

/// The dataplane is looked at again in a second, whatever went wrong.
void Agent::keep_users(const DataplaneState& state) {
  const auto kept = user_bindings_.follow(state, std::time(nullptr));
  auto trouble = kept ? std::string() : kept.error().message;
  if (!trouble.empty() && trouble != user_trouble_)
    spdlog::error("users who were identified: {}", trouble);
  user_trouble_ = std::move(trouble);
}

BandwidthNames Agent::bandwidth_names() {
  return {.user =
              [this](std::uint32_t id) {
                const auto current = policy_.current();
                return user_names_.name(current ? current->serial : 0, id).name;
              },
          .application =
              [this](std::uint32_t id) {
                constexpr std::uint32_t kMostId = 0xffff;
                const auto* known =
                    id > kMostId ? nullptr : rules::application(static_cast<std::uint16_t>(id));
                if (known != nullptr) return std::string(known->name);
                const auto current = policy_.current();
                return account_names_.application_by_key(current ? current->serial : 0, id);
              },
          .category =
              [](std::uint16_t id) {
                const auto* known = rules::url_category(id);
                return known == nullptr ? std::string() : std::string(known->name);
              }};
}

void Agent::note_damaged_account(const std::string& file, const std::string& why) {
  spdlog::error("bandwidth: {} is put aside: {}", file, why);
  const auto time = unix_ns();
  const nlohmann::json what{{"file", file}, {"problem", why}};
  const std::array<EventLine, 1> line{
      {{events::own_to_eve(time, "bandwidth_damaged", "\"bandwidth_damaged\":" + what.dump()),
        "bandwidth_damaged", time}}};
  if (auto written = log_.write(line); !written)
    spdlog::error("event log: {}", written.error().message);
}

void Agent::note_policy_change(const PolicyChange& change) {
  const auto serial = change.serial == 0 ? "" : "serial " + std::to_string(change.serial) + " ";
  spdlog::info("policy {}: {}{}", change.what, serial, change.detail);
  const auto time = unix_ns();
  const std::array<EventLine, 1> line{
      {{events::policy_change_to_eve(time, change.what, change.serial, change.content_address,
                                     change.detail),
        "policy_change", time}}};
  if (auto written = log_.write(line); !written)
    spdlog::error("event log: {}", written.error().message);
  if (change.what != "refused") resolver_.wake();
}

nlohmann::json Agent::status() const {
  const auto counted = log_.counters();
  const auto current = policy_.current().value_or(PolicyVersion{});
  const auto uptime = std::chrono::steady_clock::now() - started_;
  const auto left_out = policy_.packs_left_out();
  return {{"version", SEKISHO_VERSION},
          {"pid", getpid()},
          {"box_file", box_.file},
          {"uptime_seconds", std::chrono::duration_cast<std::chrono::seconds>(uptime).count()},
          {"dataplane", watch_.is_up() ? "up" : "down"},
          {"policy",
           {{"serial", current.serial},
            {"content_address", current.content_address},
            {"applied_at", current.applied_at},
            {"bundle_version", current.bundle_version},
            {"comment", current.comment}}},
          {"events",
           {{"read", drain_.read()},
            {"written", counted.written},
            {"lost", drain_.lost()},
            {"file", log_.file().path()},
            {"bytes", log_.file().bytes()}}},
          {"syslog",
           {{"target", box_.syslog_target},
            {"sent", counted.syslog_sent},
            {"lost", counted.syslog_lost}}},
          {"metrics", box_.metrics_address},
          {"reputation", reputation_status()},
          {"databases", database_list()},
          {"packs_left_out", left_out ? to_json(*left_out) : nlohmann::json()},
          {"console", uplink_->status()}};
}

nlohmann::json Agent::reputation_status() const {
  constexpr std::array<std::string_view, 3> kStates{"off", "down", "up"};
  const auto counts = reputations_.counts();
  return {{"service", kStates[static_cast<std::size_t>(reputations_.state())]},
          {"looked_up", counts.looked_up},
          {"prefixes_asked", counts.asked},
          {"failed", counts.failed},
          {"changes", counts.changes}};
}

std::string Agent::metrics() const {
  const auto counted = log_.counters();
  const auto current = policy_.current().value_or(PolicyVersion{});
  Metrics m;
  m.version = SEKISHO_VERSION;
  m.policy_serial = current.serial;
  m.policy_rules = current.rules;
  m.events_read = drain_.read();
  m.events_written = counted.written;
  m.events_lost = drain_.lost();
  m.syslog_sent = counted.syslog_sent;
  m.syslog_lost = counted.syslog_lost;
  if (auto counters = dataplane_.counters()) {
    m.dataplane_up = true;
    m.counters = std::move(*counters);
    if (auto ports = dataplane_.ports()) m.ports = std::move(*ports);
  }
  return metrics_text(m);
}

events::EveNames Agent::event_names() {
  return {
      .rule = [this](std::uint32_t serial,
                     events::RuleNumber rule) { return rule_names_.name(serial, rule); },
      .application =
          [](std::uint16_t id) {
            const auto* known = rules::application(id);
            return known == nullptr ? std::string() : std::string(known->name);
          },
      .application_category =
          [](std::uint16_t id) {
            const auto* known = rules::application(id);
            return known == nullptr ? std::string() : std::string(known->category);
          },
      .application_part_of = [](std::uint16_t id) { return rules::wholes_of(id); },
      .application_function =
          [](std::uint8_t id) {
            const auto* const kind = rules::function_kind(id);
            return kind == nullptr ? std::string() : std::string(kind->name);
          },
      .port =
          [this](std::uint8_t port) {
            return port < box_.ports.size() ? box_.ports[port].name : std::string();
          },
      .bundle_version = [this](std::uint32_t serial) { return policy_.bundle_version_of(serial); },
      .url_category =
          [](std::uint16_t id) {
            const auto* known = rules::url_category(id);
            return known == nullptr ? std::string() : std::string(known->name);
          },
      .own_url_category = [this](std::uint32_t serial,
                                 std::uint16_t id) { return rule_names_.url_category(serial, id); },
      .own_application = [this](
                             std::uint32_t serial,
                             std::uint16_t id) { return rule_names_.application(serial, id).name; },
      .own_application_category =
          [this](std::uint32_t serial, std::uint16_t id) {
            return rule_names_.application(serial, id).category;
          },
      .user = [this](std::uint32_t serial,
                     std::uint32_t id) { return user_names_.name(serial, id); }};
}

std::vector<std::string> Agent::current_patterns() const {
  const auto current = policy_.current();
  if (!current) return {};
  auto meta = policy_.meta_of(current->serial);
  return meta ? std::move(meta->fqdns) : std::vector<std::string>();
}

}  // namespace sekisho::controlplane
