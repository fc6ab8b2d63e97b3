// How a worker asks the engines about the flows that are not settled.
#include <algorithm>

#include "dataplane/worker/worker.h"
#include "rules/applications/catalogue.h"

namespace sekisho::dataplane {
namespace {

using engines::ApplicationId;
using engines::Facts;
using engines::Inspection;
using engines::Judgement;
using engines::Knowledge;
using engines::Verdict;

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::uint16_t kDnsPort = 53, kFtpPort = 21;
constexpr std::uint32_t kRejudgedARound = 64;  // a few microseconds

/// Ports of a flow seen from its initiator.
struct Ports2 {
  std::uint16_t source;
  std::uint16_t destination;
};
Ports2 ports_of(const Flow& flow) noexcept {
  return flow.initiator_is_a ? Ports2{flow.key.port_a, flow.key.port_b}
                             : Ports2{flow.key.port_b, flow.key.port_a};
}
const IpAddress& initiator(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.a : flow.key.b;
}
const IpAddress& responder(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.b : flow.key.a;
}

/// Remembers questions; true for an answer to one that was asked.
bool is_asked_for(Flow& flow, bool to_server, std::span<const std::uint8_t> message) noexcept {
  const auto question = engines::firewall::read_dns_question(message);
  if (!question || question->response == to_server) return false;
  if (!to_server) return flow.dns_questions.answer({question->id, question->hash});
  flow.dns_questions.ask({question->id, question->hash});
  return false;
}

}  // namespace

/// Packets of settled flows never come here again until the generation moves on.
bool Worker::is_undecided(const Flow& flow, std::size_t i) const noexcept {
  if (flow.judged_generation != generation_) return true;
  return !flow.settled && batch_.info[i].payload_bytes != 0;
}

/// Collects the burst's undecided packets for the engines and the firewall.
void Worker::judge_undecided(PolicySnapshot& policy) noexcept {
  for (std::size_t i = 0; i < batch_.count; ++i) {
    Flow* flow = batch_.keys[i] == nullptr ? nullptr : batch_.flows[i];
    if (flow == nullptr || batch_.drop[i] != DropReason::none) continue;
    if ((flow->watch & kWatchControl) != 0) [[unlikely]]
      watch_control_channel(policy, *flow, i);
    if (!is_undecided(*flow, i)) continue;
    // Two packets of one flow in one burst: the second must see what the first one told.
    const auto same = [&](std::uint8_t other) { return batch_.flows[other] == flow; };
    const auto* first = undecided_.packet.data();
    if (std::any_of(first, first + undecided_.count, same)) judge_together(policy);
    if (is_undecided(*flow, i)) add_undecided(*flow, i);
  }
  if (undecided_.count != 0) judge_together(policy);
}

Inspection Worker::inspection_of(Flow& flow, std::size_t i, Facts& facts,
                                 Judgement& judgement) const noexcept {
  const auto& info = batch_.info[i];
  const bool has_payload =
      info.kind != PacketKind::icmp_error && info.kind != PacketKind::later_fragment;
  return {
      .payload = has_payload ? frame_bytes(i).subspan(info.payload_offset, info.payload_bytes)
                             : std::span<const std::uint8_t>{},
      .to_server = batch_.to_server[i],
      .midstream = flow.key.protocol == kTcp && (flow.tcp[0].midstream || flow.tcp[1].midstream),
      .facts_changed = false,
      .facts = &facts,
      .judgement = &judgement,
      .flow_state = flow.engine_state.data(),
  };
}

void Worker::add_undecided(Flow& flow, std::size_t i) noexcept {
  const auto k = undecided_.count++;
  undecided_.packet[k] = static_cast<std::uint8_t>(i);
  if (flow.key.protocol == kUdp && flow.application_known == Knowledge::not_yet) adopt_media(flow);
  undecided_.facts[k] = known_facts_of(flow);
  undecided_.judgements[k] = {};
  undecided_.inspections[k] = inspection_of(flow, i, undecided_.facts[k], undecided_.judgements[k]);
}

/// What is inside a tunnel has an application of its own, for records; rules judge what is around.
void Worker::name_carried(PolicySnapshot& policy, Flow& flow, std::size_t slot) noexcept {
  if (flow.application_known != Knowledge::not_yet && !flow.carrier_awaited) return;
  auto facts = facts_of(flow);
  Judgement judgement;
  auto inspection = inspection_of(flow, slot, facts, judgement);
  for (const auto& engine : policy.worker(config_.index).engines) engine->inspect({&inspection, 1});
  take_application(flow, facts);
}

/// What the engines told.
void Worker::take_application(Flow& flow, const Facts& facts) noexcept {
  flow.application = facts.application;
  flow.carrier = facts.carrier;
  flow.application_known = facts.application_known;
  flow.carrier_awaited = facts.carrier_awaited;
  note_own_application(flow);
}

/// Gives the packets to the engines in the order of the path, then judges the flows whose facts are
/// new, all at once: their cache misses overlap.
void Worker::judge_together(PolicySnapshot& policy) noexcept {
  auto& own = policy.worker(config_.index);
  for (const auto& engine : own.engines)
    engine->inspect({undecided_.inspections.data(), undecided_.count});
  std::array<const Facts*, kBurst> facts;
  std::array<Flow*, kBurst> flows;
  std::array<Judgement, kBurst> judgements;
  std::size_t count = 0;
  for (std::size_t k = 0; k < undecided_.count; ++k) {
    Flow& flow = *batch_.flows[undecided_.packet[k]];
    if (undecided_.inspections[k].facts_changed) {
      note_hint(flow, undecided_.facts[k].application);
      guess_application(undecided_.facts[k]);
    }
    take_application(flow, undecided_.facts[k]);
    if (flow.judged_generation == generation_ && !undecided_.inspections[k].facts_changed) continue;
    facts[count] = &undecided_.facts[k];
    flows[count++] = &flow;
  }
  policy.firewall().judge({facts.data(), count}, conditions(), {judgements.data(), count});
  for (std::size_t k = 0; k < count; ++k) __builtin_prefetch(&own.hits[judgements[k].rule], 1);
  for (std::size_t k = 0; k < count; ++k)
    take_judgement(policy, *flows[k], *facts[k], judgements[k]);
  for (std::size_t k = 0; k < undecided_.count; ++k)
    if (undecided_.inspections[k].facts_changed)
      listen_for_media(*batch_.flows[undecided_.packet[k]], undecided_.packet[k]);
  undecided_.count = 0;
}

/// The next few records of a walk over all flows that pass, which begins when the policy or a
/// schedule changed. What is blocked waits for its next packet: until then nothing of it passed.
void Worker::rejudge_some(PolicySnapshot& policy) noexcept {
  const auto end = std::min(rejudged_ + kRejudgedARound, flows_.high_water());
  for (; rejudged_ < end; ++rejudged_) {
    Flow& flow = flows_.at(rejudged_);
    if (!flow.in_use || flow.judged_generation == generation_ || flow.verdict != Verdict::pass)
      continue;
    judge_again(policy, flow);
  }
}

void Worker::judge_again(PolicySnapshot& policy, Flow& flow) noexcept {
  const auto facts = known_facts_of(flow);
  take_judgement(policy, flow, facts, policy.firewall().judge(facts, conditions()));
}

/// Of a flow of the table: with what is known of its URL, and as the policy in force calls it.
Facts Worker::known_facts_of(Flow& flow) noexcept {
  refresh_application(flow);
  auto facts = facts_of(flow);
  if (facts.url.known == Knowledge::never) return facts;
  auto& url = url_of(flow);
  refresh_url(flow, url);
  facts.url = url.facts;
  return facts;
}

/// A data connection is judged as the control connection that announced it, so that it lives and
/// dies with the same rule.
Facts Worker::facts_of(const Flow& flow) const noexcept {
  Facts facts;
  const bool swapped = flow.expected && flow.expected_from_server;
  facts.source = swapped ? responder(flow) : initiator(flow);
  facts.destination = swapped ? initiator(flow) : responder(flow);
  const auto ports = ports_of(flow);
  facts.source_port = ports.source;
  facts.destination_port = flow.expected ? flow.control_port : ports.destination;
  facts.protocol = flow.key.protocol;
  facts.icmp_type = flow.icmp_type;
  facts.icmp_code = flow.icmp_code;
  const auto side = flow.ingress_side;
  facts.ingress = !swapped                    ? side
                  : side == policy::Side::lan ? policy::Side::wan
                                              : policy::Side::lan;
  facts.source_mac = swapped ? flow.responder_mac : flow.initiator_mac;
  facts.application = flow.application;
  facts.carrier = flow.carrier;
  facts.application_known = flow.application_known;
  facts.told_by_ends = flow.told_by_ends;
  facts.carrier_awaited = flow.carrier_awaited;
  facts.function = flow.function;
  if (flow.has_parent) facts.announced_as = flow.parent.application;
  const bool is_asked = inspector_ && policy_ != nullptr && policy_->judges_urls();
  if (!is_asked) facts.url.known = Knowledge::never;
  if (policy_ != nullptr) {
    const auto server = policy_->lists().find(facts.destination);
    facts.address_list = server.list;
    facts.address_categories = server.categories;
  }
  return facts;
}

engines::firewall::Conditions Worker::conditions() const noexcept {
  return {.active_schedules = active_schedules_,
          .learned = &shared_.learned,
          .now_seconds = now_seconds(),
          .users = &shared_.users};
}

void Worker::take_judgement(PolicySnapshot& policy, Flow& flow, const Facts& facts,
                            const Judgement& judgement) noexcept {
  const bool first = flow.judged_generation == 0;
  if (flow.judged_generation != generation_) identify(policy, flow);
  const bool is_refused = is_refused_for_reputation(policy, flow, facts, judgement);
  const auto verdict = is_refused ? Verdict::answer : judgement.verdict;
  const bool changed = first || flow.rule != judgement.rule || flow.verdict != verdict;
  // A rule that merely moved is none; what is blocked for its URL has a record of its own.
  const bool news = first || flow.tentative || (flow.verdict != verdict && !is_refused) ||
                    flow.action != judgement.action;
  flow.rule = judgement.rule;
  flow.inspected_as = judgement.inspected_as;
  flow.policy_serial = policy_serial_;
  if ((flow.watch & kCondemned) == 0) flow.verdict = verdict;
  flow.action = judgement.action;
  flow.log = judgement.log;
  flow.tentative = judgement.tentative;
  flow.settled = !judgement.tentative && facts.application_known != Knowledge::not_yet &&
                 !facts.carrier_awaited;
  flow.judged_generation = generation_;
  if (!notes_.empty()) note_judgement(policy, flow, facts, judgement);
  ++counters_.judgements;
  counters_.rejudgements += !first;
  counters_.tentative += judgement.tentative;
  if (flow.verdict != engines::Verdict::pass) {
    flow.state = events::FlowState::blocked;
    if (changed) flow.drops_logged = 0;
  } else if (flow.state == events::FlowState::blocked) {
    flow.state = flow.half_open ? events::FlowState::fresh : events::FlowState::established;
  }
  if (changed) ++policy.worker(config_.index).hits[flow.rule].flows;
  if (callbacks_) look_at_server(flow, facts);
  // A flow that began without inspection stays so: nobody knows what went before. One that may yet
  // come under a profile is watched from the start, until the rule that decides has none.
  if (first && inspector_ && (policy.inspection_of(flow.inspected_as) || is_listened_to(flow)))
    flow.watch |= kWatchContent;
  if (flow.log && !flow.tentative && news) report_policy(flow, !first);
  look_at_port(flow);  // last: what it refuses has a record behind the judgement's
}

/// A DNS answer that was asked for: addresses for rules on names, and the name itself for what else
/// would not tell whose it is.
void Worker::learn_names(PolicySnapshot& policy, const Flow& flow,
                         std::span<const std::uint8_t> answer) noexcept {
  if (policy.firewall().wants_fqdn()) {
    const auto learned = engines::firewall::learn_from_dns(answer, policy.firewall(),
                                                           shared_.learned, now_seconds());
    counters_.fqdn_learned += learned;
    if (learned != 0) shared_.learned_generation.fetch_add(1, std::memory_order_release);
  }
  engines::firewall::ResolvedName resolved;
  if (!engines::firewall::read_resolved_name(answer, resolved)) return;
  // A name that nobody would ask about takes no place.
  if (!policy.looks_at_urls() && policy.own_applications().hosts().find(resolved.name()) == 0)
    return;
  for (std::size_t i = 0; i < resolved.num_addresses; ++i)
    shared_.resolved_names.put(flow.initiator_mac, resolved.addresses[i], resolved.name(),
                               now_seconds());
}

/// The last word, where nothing that the flow said was recognised, or only that it looks random.
void Worker::guess_application(Facts& facts) const noexcept {
  const bool is_random = facts.application == rules::application_id::kFullyEncrypted;
  if (facts.application_known == Knowledge::not_yet || (facts.application != 0 && !is_random))
    return;
  ResolvedNames::Text text;
  const auto name =
      shared_.resolved_names.find(facts.source_mac, facts.destination, now_seconds(), text);
  if (name.empty()) return;
  const auto asked_for = policy_->own_applications().hosts().find(name);
  if (asked_for == 0) return;
  if (is_random) facts.carrier = facts.application;
  facts.application = asked_for;
  facts.application_known = Knowledge::known;
}

/// Of what a flow itself said, for later ones of its server. Own applications' servers are told
/// by their ends.
void Worker::note_hint(const Flow& flow, ApplicationId application) noexcept {
  if (application == 0 || flow.told_by_ends || OwnApplication::is_own(application)) return;
  server_hints_->put({responder(flow), ports_of(flow).destination, flow.key.protocol}, application);
}

/// Of a flow that said nothing of itself; 0: none, or it did.
ApplicationId Worker::hint_of(const Flow& flow) const noexcept {
  if (flow.application != 0 || flow.app_protocol != 0) return 0;
  return server_hints_->find({responder(flow), ports_of(flow).destination, flow.key.protocol});
}

/// Conversations that announce others: DNS answers name addresses, FTP data connections, SIP and
/// RTSP media.
void Worker::watch_control_channel(PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept {
  const auto& info = batch_.info[i];
  if (info.payload_bytes == 0 || info.kind != PacketKind::flow ||
      flow.verdict != engines::Verdict::pass)
    return;
  const auto payload = frame_bytes(i).subspan(info.payload_offset, info.payload_bytes);
  const bool to_server = batch_.to_server[i];
  switch (flow.watch & kWatchControl) {
    case kWatchDns:
      if (is_asked_for(flow, to_server, payload)) learn_names(policy, flow, payload);
      break;
    case kWatchFtp:
      if (begins_ftp_line(flow, to_server, info, payload)) announce_data(flow, to_server, payload);
      break;
    default:
      announce_media(flow, i);
  }
}

/// Of a line of an FTP control connection: where data will be asked for.
void Worker::announce_data(const Flow& flow, bool to_server,
                           std::span<const std::uint8_t> payload) noexcept {
  const auto endpoint = parse_ftp_endpoint(payload, to_server, initiator(flow), responder(flow));
  if (!endpoint) return;
  const bool is_initiator = endpoint->address == initiator(flow);
  expectations_.expect(*endpoint, is_initiator ? responder(flow) : initiator(flow), flow, now_ns_);
}

/// Marks what a new flow may announce, and whether another flow announced it.
void Worker::adopt_expected(Flow& flow) noexcept {
  const auto ports = ports_of(flow);
  if (flow.key.protocol == kUdp && ports.destination == kDnsPort) {
    flow.watch |= kWatchDns;
    flow.dns_questions = {};
  }
  if (flow.key.protocol != kTcp) return;
  if (ports.destination == kFtpPort) flow.watch |= kWatchFtp;
  const auto match =
      expectations_.take(initiator(flow), responder(flow), ports.destination, now_ns_);
  if (!match) return;
  flow.expected = true;
  flow.expected_from_server = match->server_connects;
  flow.control_port = match->control_port;
  flow.application = match->application;
  flow.application_known = match->application != 0 ? Knowledge::known : Knowledge::never;
  flow.has_parent = true;
  flow.parent = parent_of(match->parent_flow_id, 0);
  ++counters_.flows_expected;
}

}  // namespace sekisho::dataplane
