#include "dataplane/inspect/inspect_capture.h"

#include <rte_eal.h>
#include <rte_errno.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "capture_io.h"
#include "community_id.h"
#include "config/events/eve.h"
#include "dataplane/worker/worker.h"
#include "file_folder.h"
#include "rules/applications/catalogue.h"
#include "rules/ips/protocol.h"
#include "rules/urls/categories.h"

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kEventRecords = 65536;  // of one packet: alerts are long
constexpr std::uint32_t kPackets = 512;
constexpr std::uint16_t kLargestBuffer = 65535;  // the most that an mbuf can say

/// An event ring in ordinary memory, emptied after every packet.
struct PrivateRing {
  std::unique_ptr<events::EventRingHeader> header = std::make_unique<events::EventRingHeader>();
  std::vector<events::EventRecord> records = std::vector<events::EventRecord>(kEventRecords);
  events::EventRing ring{header.get(), records.data(), kEventRecords};
};

events::EveNames names_of(const snapshot::SnapshotMeta& meta, const InspectOptions& options) {
  return {
      .rule =
          [&meta](std::uint32_t, events::RuleNumber rule) {
            if (rule == meta.rules.size() + 1) return std::string("(block list)");
            return rule == 0 || rule > meta.rules.size() ? std::string()
                                                         : meta.rules[rule - 1].name;
          },
      .application =
          [](std::uint16_t id) {
            const auto* application = rules::application(id);
            return application == nullptr ? std::string() : std::string(application->name);
          },
      .application_category =
          [](std::uint16_t id) {
            const auto* application = rules::application(id);
            return application == nullptr ? std::string() : std::string(application->category);
          },
      .application_part_of = [](std::uint16_t id) { return rules::wholes_of(id); },
      .application_function =
          [](std::uint8_t id) {
            const auto* const kind = rules::function_kind(id);
            return kind == nullptr ? std::string() : std::string(kind->name);
          },
      .port = [](std::uint8_t) { return std::string(); },
      .app_protocol =
          [](std::uint8_t protocol) {
            return protocol < rules::kNumProtocols
                       ? std::string(rules::name_of(static_cast<rules::Protocol>(protocol)))
                       : std::string();
          },
      .url_category =
          [](std::uint16_t id) {
            const auto* known = rules::url_category(id);
            return known == nullptr ? std::string() : std::string(known->name);
          },
      .own_url_category =
          [&meta](std::uint32_t, std::uint16_t id) {
            const std::size_t at = std::size_t{id} - OwnCategories::kFirstId;
            return at < meta.url_categories.size() ? meta.url_categories[at].name : std::string();
          },
      .own_application =
          [&meta](std::uint32_t, std::uint16_t id) {
            const auto at = OwnApplication::index_of(id);
            return at < meta.applications.size() ? meta.applications[at].name : std::string();
          },
      .own_application_category =
          [&meta](std::uint32_t, std::uint16_t id) {
            const auto at = OwnApplication::index_of(id);
            return at < meta.applications.size() ? meta.applications[at].category : std::string();
          },
      .ethernet = options.record_ethernet,
      .short_ipv6 = options.short_ipv6};
}

bool is_wanted(std::string_view line, const std::vector<std::string>& types) {
  constexpr std::string_view kKey = "\"event_type\":\"";
  if (types.empty()) return true;
  const auto rest = line.substr(line.find(kKey) + kKey.size());
  const auto type = rest.substr(0, rest.find('"'));
  return std::find(types.begin(), types.end(), type) != types.end();
}

void write_events(events::EventRing& ring, const events::EveNames& names,
                  const std::vector<std::string>& types, std::ostream& eve) {
  const bool netflow = std::find(types.begin(), types.end(), "netflow") != types.end();
  std::array<events::EventRecord, events::kMaxTextRecords> records;
  while (const auto count = ring.peek(records)) {
    std::size_t taken = 0;
    while (taken < count) {
      const auto rest = std::span(records).subspan(taken, count - taken);
      if (taken != 0 && events::num_records(rest.front()) > rest.size()) break;
      const auto next = events::next_eve(rest, names);
      if (is_wanted(next.line, types)) eve << next.line << '\n';
      if (netflow) eve << events::netflow_to_eve(rest.front(), names);
      taken += next.taken;
    }
    ring.consume(taken);
  }
}

std::uint64_t sum_of_drops(const Counters& counters) {
  std::uint64_t sum = 0;
  for (const auto& count : counters.dropped) sum += count.get();
  return sum;
}

WorkerConfig config_of(const InspectOptions& options, LinkType link) {
  WorkerConfig config;
  config.flow_capacity = options.flow_capacity;
  config.ports = {PortRole{}};
  config.decode = {.check_ipv4_checksum = options.check_checksums,
                   .check_transport_checksum = options.check_checksums,
                   .for_detection = options.rules_only};
  config.link = link;
  config.numbered = true;
  config.record_every_drop = options.record_every_drop;
  config.content = options.content;
  if (config.content) config.content->name_of_link = pcap_datalink_val_to_name;
  return config;
}

Result<std::shared_ptr<IpsRules>> rules_for(const engines::Inspector& inspector,
                                            const engines::ips::Ruleset& ruleset) {
  auto rules = IpsRules::borrow(ruleset);
  auto detector = inspector.make_detector(rules->ruleset(), rules->hosts());
  if (!detector) return std::move(detector).error().within("IPS rules");
  rules->detectors.push_back(*std::move(detector));
  return rules;
}

/// Every packet, then the end of every flow. When the first packet came.
std::uint64_t play(CaptureIo& io, Worker& worker, events::EventRing& ring,
                   const events::EveNames& names, const std::vector<std::string>& event_types,
                   std::ostream& eve) {
  std::uint64_t first_ns = 0;
  while (io.next()) {
    if (first_ns == 0) first_ns = io.time_ns();
    worker.poll_once(io.time_ns());
    write_events(ring, names, event_types, eve);
  }
  for (std::uint32_t first = 0; first < worker.flow_capacity(); first += kEventRecords) {
    worker.end_flows(first, first + kEventRecords, events::FlowEndReason::shutdown);
    write_events(ring, names, event_types, eve);
  }
  return first_ns;
}

}  // namespace

Status init_eal_for_captures() {
  std::array<std::string, 8> arguments{
      "sekisho-inspect", "--no-huge",     "--no-shconf", "--no-pci",
      "--no-telemetry",  "--log-level=4", "-m",          "192"};
  std::vector<char*> pointers;
  pointers.reserve(arguments.size());
  for (auto& argument : arguments) pointers.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) >= 0) return ok();
  return Error{Error::Code::resource, std::string("DPDK: ") + rte_strerror(rte_errno)};
}

Result<InspectSummary> inspect_capture(InspectOptions options) {
  const auto begin = std::chrono::steady_clock::now();
  auto policy = PolicySnapshot::load(std::move(options.snapshot), 1, 1);
  if (!policy) return std::move(policy).error().within("policy");
  auto* in_force = policy->get();
  in_force->load_number = 1;
  in_force->inspect_every_flow = options.content.has_value();
  auto ports = Ports::pool_only(kPackets, kLargestBuffer);
  if (!ports) return std::move(ports).error();
  auto io = CaptureIo::open(options.capture, ports->pool());
  if (!io) return std::move(io).error();
  std::error_code problem;
  std::filesystem::create_directories(options.log_dir, problem);
  std::ofstream eve(options.log_dir + "/eve.json", std::ios::trunc);
  if (!eve) return Error{Error::Code::io, options.log_dir + "/eve.json cannot be written"};

  Shared shared(1, 65536);
  PrivateRing ring;
  auto worker =
      Worker::create(config_of(options, (*io)->link()), shared, **io, ports->pool(), ring.ring);
  if (!worker) return std::move(worker).error();
  FileFolder stored(options.log_dir + "/filestore");
  (*worker)->store_files(&stored);
  if (const auto* inspector = (*worker)->inspector(); inspector != nullptr && options.rules) {
    auto rules = rules_for(*inspector, *options.rules);
    if (!rules) return std::move(rules).error();
    in_force->use_ips_rules(*std::move(rules));
  }
  shared.policies.publish(std::make_unique<const ActivePolicy>(ActivePolicy{*std::move(policy)}));
  shared.policies.online(0);

  auto names = names_of(in_force->meta(), options);
  if (const auto seed = options.community_seed)
    names.community_id = [seed](const auto& tuple) { return community_id(tuple, *seed); };
  const auto first_ns = play(**io, **worker, ring.ring, names, options.event_types, eve);

  std::map<std::string, std::uint64_t> counters;
  (*worker)->counters().add_to(counters);
  const auto last_ns = (*io)->time_ns();
  eve << events::stats_to_eve(last_ns, (last_ns - first_ns) / 1'000'000'000, counters) << '\n';
  eve.flush();
  if (!eve)
    return Error{Error::Code::io, options.log_dir + "/eve.json cannot be written (disk full?)"};
  std::string broken;
  if (!(*io)->problem().empty())
    broken = options.capture + ": after packet " + std::to_string((*io)->packets()) + ": " +
             (*io)->problem();
  return InspectSummary{
      .packets = (*io)->packets(),
      .bytes = (*io)->bytes(),
      .cut_short = (*io)->cut_short(),
      .dropped = sum_of_drops((*worker)->counters()),
      .flows = counters["flow.total"],
      .alerts = (*worker)->inspector() == nullptr ? 0 : (*worker)->inspector()->counters().alerts,
      .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
      .problem = std::move(broken)};
}

}  // namespace sekisho::dataplane
