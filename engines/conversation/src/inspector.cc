#include "engines/conversation/inspector.h"

#include <algorithm>

#include "conversation.h"

namespace sekisho::engines {
namespace {

/// Rules on a packet that belongs to no flow: every alert is told at once.
class LoneAlerts final : public ips::AlertSink {
 public:
  LoneAlerts(Inspector::Core& core, const PacketView& packet, std::uint64_t flow_id) noexcept
      : core_(core), packet_(packet), flow_id_(flow_id) {}
  void on_alert(const ips::Alert& alert) noexcept override;
  ContentOutcome outcome;

 private:
  Inspector::Core& core_;
  const PacketView& packet_;
  std::uint64_t flow_id_;
};

void LoneAlerts::on_alert(const ips::Alert& alert) noexcept {
  outcome.alerted |= alert.logged;
  ++core_.counters.alerts;
  const bool condemned =
      alert.action != rules::RuleAction::alert && alert.action != rules::RuleAction::pass;
  if (condemned && core_.config.enforce) {
    outcome.verdict = ContentVerdict::drop_packet;
    outcome.rule = alert.rule;
    outcome.over_rate = alert.by_rate;
  }
  if (!alert.logged) return;
  core_.record_what_fits({.flow_id = flow_id_, .time_ns = packet_.time_ns, .packet = &packet_},
                         "alert", [&](auto& json, unsigned cuts) {
                           write_alert(core_.config, *alert.rule,
                                       {.packet = &packet_,
                                        .payload = packet_.payload,
                                        .cuts = cuts,
                                        .blocked = condemned && core_.config.enforce},
                                       json);
                         });
}

/// Takes the rules away for as long as it lives.
class WithoutRules {
 public:
  WithoutRules(Inspector::Core& core, bool away) noexcept
      : core_(core), rules_(core.rules), detector_(core.detector) {
    if (away) core.rules = nullptr, core.detector = nullptr;
  }
  ~WithoutRules() { core_.rules = rules_, core_.detector = detector_; }
  WithoutRules(const WithoutRules&) = delete;
  WithoutRules& operator=(const WithoutRules&) = delete;

 private:
  Inspector::Core& core_;
  const ips::Ruleset* rules_;
  ips::Detector* detector_;
};

/// For the rules a flow of its own, under the profile of the one that it is about.
ips::FlowView flow_of(const PacketView& packet, const RelatedFlow& related) noexcept {
  ips::FlowView flow;
  flow.flow_id = related.flow_id;
  flow.client = packet.source;
  flow.server = packet.destination;
  flow.ip_protocol = packet.ip_protocol;
  flow.packets[0] = 1;
  flow.bytes[0] = packet.frame.size();
  flow.start_ns = packet.time_ns;
  flow.uses = related.treatment.uses;
  flow.profile = related.treatment.profile;
  return flow;
}

}  // namespace

Result<std::unique_ptr<Inspector>> Inspector::create(const InspectorConfig& config,
                                                     RecordSink& sink) {
  auto pool = MemoryPool::create(config.memory_bytes);
  if (!pool) return std::move(pool).error();
  auto core = std::make_unique<Core>(config, sink, *std::move(pool));
  auto defragmenter = stream::Defragmenter::create(config.fragments, *core->pool);
  if (!defragmenter) return std::move(defragmenter).error();
  core->defragmenter = *std::move(defragmenter);
  return std::unique_ptr<Inspector>(new Inspector(std::move(core)));
}

Inspector::Inspector(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Inspector::~Inspector() = default;

Result<std::unique_ptr<ips::Detector>> Inspector::make_detector(const ips::Ruleset& rules,
                                                                ips::HostState& hosts) const {
  return ips::Detector::create(rules, hosts, *core_->pool);
}

void Inspector::use(ips::Detector* detector) noexcept {
  if (detector == core_->detector) return;
  core_->detector = detector;
  core_->rules = detector == nullptr ? nullptr : &detector->ruleset();
  core_->rules_store_files = core_->rules_quieten = false;
  const auto num_rules = core_->rules == nullptr ? 0 : core_->rules->num_rules();
  for (std::uint32_t i = 0; i < num_rules; ++i) {
    const auto& rule = core_->rules->info(i);
    core_->rules_store_files |= rule.store_file;
    core_->rules_quieten |= rule.disable_logging != rules::Rule::Quiet::none;
  }
  core_->take_wishes();
  ++core_->rules_generation;
}

void Inspector::use_hosts(const appid::HostTable& hosts) noexcept {
  if (&hosts == core_->hosts) return;
  core_->hosts = &hosts;
  ++core_->hosts_generation;
}

void Inspector::Core::take_wishes() noexcept {
  const auto asks = [this](rules::Field field) { return rules != nullptr && rules->asks(field); };
  using rules::Field;
  wants_file_magic = config.file_magic || asks(Field::file_magic);
  // What is stored is named by its SHA-256.
  file_digests = {.md5 = config.file_digests || asks(Field::file_md5),
                  .sha1 = config.file_digests || asks(Field::file_sha1),
                  .sha256 = config.file_digests || rules_store_files || asks(Field::file_sha256)};
  parsers = config.parsers;
  parsers.mail_digest |= asks(Field::email_body_md5);
}

void Inspector::store_files(FileStore* store) noexcept { core_->store = store; }

void Inspector::capture_packets(PacketCapture* capture) noexcept { core_->capture = capture; }

void Inspector::watch_urls(UrlWatch* watch) noexcept { core_->urls = watch; }

void Inspector::watch_files(FileWatch* watch) noexcept { core_->files = watch; }

void Inspector::watch_fingerprints(FingerprintWatch* watch) noexcept {
  core_->fingerprints = watch;
}

void Inspector::watch_evasion(EvasionWatch* watch) noexcept { core_->evasions = watch; }

void Inspector::watch_dns(DnsWatch* watch) noexcept { core_->dns = watch; }

Conversation* Inspector::open(const FlowIdentity& flow) noexcept {
  // What every flow has fits its block of the pool: a byte more would take twice as much of each.
  static_assert(sizeof(Conversation) <= 1024);
  auto conversation = make_pooled<Conversation>(*core_->pool, *core_, flow);
  if (conversation && conversation->starved()) conversation.reset();
  ++(conversation ? core_->counters.conversations : core_->counters.refused);
  return conversation.release();
}

ContentOutcome Inspector::inspect(Conversation& conversation, Direction direction,
                                  const PacketView& packet, const FlowStatus& status) noexcept {
  const WithoutRules without(*core_, !status.with_rules);
  return conversation.packet(direction, packet, status);
}

stream::Defragmented Inspector::defragment(const PacketView& fragment) noexcept {
  return core_->defragmenter->add(fragment);
}

void Inspector::refuse_datagram() noexcept { core_->defragmenter->refuse(); }

void Inspector::keep_house(std::uint64_t now_ns) noexcept {
  constexpr std::size_t kBudget = 16;  // datagrams
  core_->defragmenter->expire(now_ns, kBudget);
}

bool Inspector::wants_packet_events() const noexcept {
  return core_->config.record_decode_events ||
         (core_->rules != nullptr && core_->rules->wants_packet_events());
}

void Inspector::Core::tell_packet_events(const RecordOrigin& origin) noexcept {
  constexpr std::size_t kHeaderBytes = 32;
  for (const auto oddity : origin.packet->oddities)
    record(origin, "anomaly", [&](auto& json) {
      write_packet_facts(*origin.packet, json);
      if (config.record_packet_headers) write_packet(config, *origin.packet, kHeaderBytes, json);
      std::array<char, 64> storage;
      events::BoundedText name(storage);
      name += "decoder.";
      name += oddity;
      json.begin_object("anomaly").member("type", "decode").member("event", name.view());
      json.end_object();
    });
}

void Inspector::Core::tell_arp(const PacketView& packet) noexcept {
  record({.time_ns = packet.time_ns, .packet = &packet}, "arp", [&](auto& json) {
    write_packet_facts(packet, json);
    write_arp(packet, json);
  });
}

ContentOutcome Inspector::inspect_alone(const PacketView& packet,
                                        const RelatedFlow* related) noexcept {
  if (core_->config.record_protocols && is_arp(packet)) core_->tell_arp(packet);
  if (core_->config.record_decode_events)
    core_->tell_packet_events({.time_ns = packet.time_ns, .packet = &packet});
  LoneAlerts alerts(*core_, packet, related == nullptr ? 0 : related->flow_id);
  if (auto* const detector = core_->detector; detector != nullptr) {
    auto view = related == nullptr ? ips::FlowView{} : flow_of(packet, *related);
    auto* const flow = related == nullptr ? nullptr : &view;
    detector->begin_packet(packet);
    detector->packet(flow, Direction::to_server, packet, alerts);
    detector->end_packet(flow, Direction::to_server, packet, true, alerts);
    detector->flow_ended(view);
  }
  return alerts.outcome;
}

FlowFacts Inspector::close(Conversation* conversation,
                           const std::optional<ips::Treatment>& treatment,
                           std::uint64_t now_ns) noexcept {
  if (conversation == nullptr) return {};
  conversation->close(treatment, now_ns);
  const auto facts = conversation->facts();
  PooledDelete<Conversation>{core_->pool.get(), sizeof(Conversation)}(conversation);
  return facts;
}

Protocol Inspector::protocol_of(const Conversation& conversation) noexcept {
  return conversation.protocol();
}

const Inspector::Counters& Inspector::counters() const noexcept { return core_->counters; }
const MemoryPool& Inspector::pool() const noexcept { return *core_->pool; }
MemoryPool& Inspector::pool() noexcept { return *core_->pool; }

}  // namespace sekisho::engines
