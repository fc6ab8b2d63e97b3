// explain: which rule decides about a packet that is described, not sent.
#include <ctime>

#include "flow_listing.h"
#include "requests.h"
#include "rules/applications/catalogue.h"

namespace sekisho::dataplane {
namespace {

using engines::Facts;
using engines::Knowledge;
using engines::firewall::RuleReason;

const char* outcome_name(RuleReason::Outcome outcome) {
  switch (outcome) {
    case RuleReason::Outcome::matches:
      return "matches";
    case RuleReason::Outcome::may_match_yet:
      return "may_match_yet";
    case RuleReason::Outcome::does_not_match:
      return "does_not_match";
  }
  return "does_not_match";
}

const char* verdict_name(engines::Verdict verdict) {
  switch (verdict) {
    case engines::Verdict::pass:
      return "pass";
    case engines::Verdict::drop:
      return "drop";
    case engines::Verdict::reset:
      return "reset";
    case engines::Verdict::answer:
      return "answer";
  }
  return "drop";
}

Status fill_application(const Json& body, const PolicySnapshot& policy, Facts& facts) {
  const auto text = text_field(body, "application", "");
  if (!text) return Error{text.error()};
  if (text->empty()) return ok();
  const auto& own = policy.meta().applications;
  for (std::size_t i = 0; i < own.size(); ++i)
    if (own[i].name == *text) facts.application = OwnApplication::id_of(i);
  if (facts.application == 0) {
    const auto slash = text->find('/');
    const auto* application = rules::find_application(text->substr(0, slash));
    if (application == nullptr)
      return Error{Error::Code::not_found, "no application is called '" + *text + "'"};
    if (!rules::ApplicationSelector::find(*text))
      return Error{Error::Code::not_found, rules::ApplicationSelector::why_none(*text)};
    if (slash != text->npos) facts.function = rules::find_function(text->substr(slash + 1))->id;
    facts.application = application->id;
  }
  facts.application_known = Knowledge::known;
  return ok();
}

/// What a flow knows that is open. Numbers of own applications are those of its policy: what a host
/// told of one counts while that is in force, what the ends tell is looked up anyway.
void fill_application(const Flow& flow, const PolicySnapshot& policy, Facts& facts) {
  const bool is_own = OwnApplication::is_own(flow.application);
  const bool is_stale = is_own && flow.policy_serial != policy.serial();
  facts.application = is_stale || flow.told_by_ends ? flow.carrier : flow.application;
  facts.carrier = is_stale || flow.told_by_ends ? engines::ApplicationId{0} : flow.carrier;
  facts.application_known = facts.application != 0 ? Knowledge::known
                            : flow.carrier_awaited ? Knowledge::not_yet
                            : is_own               ? Knowledge::never
                                                   : flow.application_known;
}

/// The administrator's own application whose server is asked for, unless the request names another.
bool fill_by_ends(const PolicySnapshot& policy, Facts& facts) {
  const auto own =
      policy.own_applications().find(facts.destination, facts.protocol, facts.destination_port);
  if (own == 0) return false;
  const auto* const known = rules::application(facts.application);
  if (facts.carrier == 0 && known != nullptr && rules::can_carry(*known)) facts.carrier = known->id;
  facts.carrier_awaited = facts.application_known == Knowledge::not_yet;
  facts.application = own;
  facts.application_known = Knowledge::known;
  facts.told_by_ends = true;
  return true;
}

/// Whose host the URL has, and what a request for it would use that for: as far as it can be read
/// of TLS, and of HTTP as browsers view it. What is known already stands.
void fill_request(const rules::CanonicalUrl& url, const PolicySnapshot& policy, Facts& facts) {
  namespace id = rules::application_id;
  const bool in_clear = url.scheme == "http";
  const auto carrier = in_clear ? id::kHttp : id::kTls;
  const auto named = policy.own_applications().hosts().find(url.host);
  if (facts.told_by_ends || named == 0) return;
  if (facts.application_known != Knowledge::known || facts.application == carrier) {
    facts.application = named;
    facts.carrier = carrier;
    facts.application_known = Knowledge::known;
  }
  const auto* const application = rules::application(named);
  if (facts.application != named || application == nullptr || facts.function != 0) return;
  rules::SeenRequest request{.host = url.host};
  if (in_clear) request = {.host = url.host, .method = "GET", .path = url.path, .query = url.query};
  facts.function = rules::function_of(*application, request);
}

/// What the policy knows of the URL that is given, and of the server's address.
Status fill_url(const Json& body, const PolicySnapshot& policy, Facts& facts) {
  const auto server = policy.lists().find(facts.destination);
  facts.address_list = server.list;
  facts.address_categories = server.categories;
  const auto text = text_field(body, "url", "");
  if (!text) return Error{text.error()};
  if (text->empty()) {
    facts.url.known = facts.function != 0    ? Knowledge::known
                      : policy.judges_urls() ? Knowledge::not_yet
                                             : Knowledge::never;
    return ok();
  }
  const auto scratch = std::make_unique<rules::UrlScratch>();
  rules::CanonicalUrl url;
  if (const auto fault = rules::canonicalise_url(*text, *scratch, url);
      fault != rules::UrlFault::none)
    return Error{Error::Code::invalid_input,
                 "'" + *text + "' " + std::string(rules::describe(fault))};
  facts.url = policy.facts_of(&url);
  fill_request(url, policy, facts);
  return ok();
}

Status fill_ports(const Json& body, Facts& facts) {
  const auto source = number_field(body, "source_port", 0, 65535);
  const auto destination = number_field(body, "destination_port", 0, 65535);
  const auto type = number_field(body, "icmp_type", 8, 255);
  const auto code = number_field(body, "icmp_code", 0, 255);
  for (const auto* field : {&source, &destination, &type, &code})
    if (!*field) return Error{field->error()};
  facts.source_port = static_cast<std::uint16_t>(*source);
  facts.destination_port = static_cast<std::uint16_t>(*destination);
  facts.icmp_type = static_cast<std::uint8_t>(*type);
  facts.icmp_code = static_cast<std::uint8_t>(*code);
  return ok();
}

Result<Facts> facts_of_request(const Json& body) {
  Facts facts;
  const auto source = address_field(body, "source");
  const auto destination = address_field(body, "destination");
  const auto mac = mac_field(body, "source_mac");
  const auto protocol = protocol_field(body, "protocol");
  const auto from = text_field(body, "from", "lan");
  if (!source) return Error{source.error()};
  if (!destination) return Error{destination.error()};
  if (!mac) return Error{mac.error()};
  if (!protocol) return Error{protocol.error()};
  if (!from) return Error{from.error()};
  if (!source->has_value() || !destination->has_value())
    return Error{Error::Code::invalid_input, "'source' and 'destination' are needed"};
  if ((**source).is_v4() != (**destination).is_v4())
    return Error{Error::Code::invalid_input,
                 "'source' and 'destination' are of different families"};
  if (*from != "lan" && *from != "wan")
    return Error{Error::Code::invalid_input, "'from' must be lan or wan"};
  facts.source = **source;
  facts.destination = **destination;
  facts.source_mac = mac->value_or(MacAddress{});
  facts.protocol = protocol->value_or(6);
  facts.ingress = *from == "lan" ? policy::Side::lan : policy::Side::wan;
  if (auto filled = fill_ports(body, facts); !filled) return std::move(filled).error();
  return facts;
}

/// Where a fact comes from that the request need not give.
const char* origin(bool given, bool found) { return given ? "request" : found ? "flow" : "none"; }

bool is_set(const MacAddress& mac) { return mac != MacAddress{}; }

/// What the flow tables know about the packet that is asked about.
struct KnownFlows {
  std::optional<Flow> same;  // the newest flow between its ends
  std::optional<Flow> own;   // the newest flow that its source opened
};

void keep_newest(std::optional<Flow>& newest, const Flow& flow) {
  if (!newest || flow.last_ns > newest->last_ns) newest = flow;
}

/// Without a source port any flow to the destination port is meant. With one, the ports may also be
/// those of an answer, from the server to who opened the flow.
bool is_same(const Flow& flow, const Facts& facts, bool with_source_port) {
  const auto& key = flow.key;
  if (key.protocol != facts.protocol) return false;
  const bool has_ports = key.protocol == 6 || key.protocol == 17 || key.protocol == 132;
  const auto runs = [&](bool from_a) {
    if ((from_a ? key.a : key.b) != facts.source || (from_a ? key.b : key.a) != facts.destination)
      return false;
    if (!has_ports) return true;
    return (from_a ? key.port_b : key.port_a) == facts.destination_port &&
           (!with_source_port || (from_a ? key.port_a : key.port_b) == facts.source_port);
  };
  return runs(flow.initiator_is_a) || (with_source_port && runs(!flow.initiator_is_a));
}

KnownFlows find_flows(Dataplane& dataplane, const Facts& facts, bool with_source_port) {
  KnownFlows known;
  const FlowFilter filter{
      .address = facts.source, .port = {}, .protocol = {}, .rule = {}, .policy_serial = {}};
  // What a worker that cannot answer now would have known is not needed for an explanation.
  (void)for_each_flow(dataplane, filter, [&](const ListedFlow& listed) {
    const auto& flow = listed.flow;
    if (is_same(flow, facts, with_source_port)) keep_newest(known.same, flow);
    const bool opened = (flow.initiator_is_a ? flow.key.a : flow.key.b) == facts.source;
    if (opened && is_set(flow.initiator_mac)) keep_newest(known.own, flow);
  });
  return known;
}

/// What is said of its application, and where that comes from.
struct ApplicationOrigin {
  bool given = false;    // in the request
  bool settled = false;  // before the URL was looked at
  bool by_ends = false;
};

/// The application, of the request, of an open flow, or of the server, and the URL.
Result<ApplicationOrigin> fill_content(const Json& body, const PolicySnapshot& policy,
                                       const KnownFlows& known, Facts& facts) {
  ApplicationOrigin from;
  if (auto filled = fill_application(body, policy, facts); !filled)
    return std::move(filled).error();
  from.given = facts.application_known == Knowledge::known;
  if (!from.given && known.same) fill_application(*known.same, policy, facts);
  if (!from.given) from.by_ends = fill_by_ends(policy, facts);
  from.settled = facts.application_known != Knowledge::not_yet;
  if (auto filled = fill_url(body, policy, facts); !filled) return std::move(filled).error();
  return from;
}

const char* origin(const ApplicationOrigin& from, const Facts& facts) {
  if (facts.application_known != Knowledge::not_yet && !from.settled) return "url";
  return from.by_ends ? "server" : origin(from.given, from.settled);
}

std::string application_name(const PolicySnapshot& policy, const Facts& facts) {
  if (facts.application_known != Knowledge::known) return {};
  if (const auto* own = policy.own_application(facts.application)) return own->name;
  const auto* application = rules::application(facts.application);
  return application == nullptr ? std::string() : std::string(application->name);
}

Json reasons_to_json(const std::vector<RuleReason>& reasons) {
  Json list = Json::array();
  for (const auto& reason : reasons)
    list.push_back(
        {{"rule", reason.rule}, {"outcome", outcome_name(reason.outcome)}, {"why", reason.why}});
  return list;
}

/// The rules that a tentative verdict waits for, and what decides when none of them matches.
void add_pending(const engines::firewall::Firewall& firewall, Facts facts,
                 const engines::firewall::Conditions& conditions,
                 const std::vector<RuleReason>& reasons, Json& reply) {
  Json pending = Json::array();
  for (const auto& reason : reasons)
    if (reason.outcome == RuleReason::Outcome::may_match_yet) pending.push_back(reason.rule);
  facts.carrier_awaited = false;
  for (auto* knowledge : {&facts.application_known, &facts.url.known})
    if (*knowledge == Knowledge::not_yet) *knowledge = Knowledge::never;
  const auto otherwise = firewall.judge(facts, conditions);
  reply["pending"] = pending;
  reply["otherwise"] = {{"rule", otherwise.rule}, {"verdict", verdict_name(otherwise.verdict)}};
}

/// What becomes of the client's query for the URL's host. Of a packet to port 53 its own rule's
/// profile says whether names are filtered at all; otherwise any profile in use may.
Result<Json> explain_name(const Json& body, const PolicySnapshot& policy, const Facts& facts,
                          const engines::firewall::Conditions& conditions) {
  constexpr std::uint16_t kDnsPort = 53;
  const auto text = text_field(body, "url", "");
  if (!text) return Error{text.error()};
  if (text->empty()) return Json();
  const auto scratch = std::make_unique<rules::UrlScratch>();
  rules::CanonicalUrl url;
  const auto fault = rules::canonicalise_url(*text, *scratch, url);
  if (fault != rules::UrlFault::none || url.kind != rules::HostKind::name) return Json();
  const std::string name(url.host);
  const auto inspected_as = policy.firewall().judge(facts, conditions).inspected_as;
  const auto* profile = policy.dns().profile_of(inspected_as);
  const bool is_query = facts.destination_port == kDnsPort;
  const bool filters =
      is_query ? profile != nullptr && profile->filters_names : policy.dns().filters_names();
  const auto refused = policy.refuses_name(name, facts, *scratch, conditions);
  Json reply{{"name", name}, {"filtered", filters}, {"refused", refused.has_value()}};
  if (refused) reply["rule"] = refused->judgement.rule;
  const auto searches = profile != nullptr ? profile->safe_search : engines::dns::SafeSearches{0};
  if (const auto target = engines::dns::safe_search_target(name, searches); !target.empty())
    reply["answered_as"] = target;
  return reply;
}

Json explain(const PolicySnapshot& policy, const Facts& facts,
             const engines::firewall::Conditions& conditions) {
  const auto& firewall = policy.firewall();
  const auto judgement = firewall.judge(facts, conditions);
  std::vector<std::string> own_categories, own_applications;
  for (const auto& category : policy.meta().url_categories) own_categories.push_back(category.name);
  for (const auto& one : policy.meta().applications) own_applications.push_back(one.name);
  const auto reasons = firewall.explain(facts, conditions, own_categories, own_applications);
  Json reply{{"serial", policy.serial()},
             {"verdict", verdict_name(judgement.verdict)},
             {"rule", judgement.rule},
             {"tentative", judgement.tentative},
             {"reasons", reasons_to_json(reasons)}};
  if (judgement.tentative) add_pending(firewall, facts, conditions, reasons, reply);
  return reply;
}

}  // namespace

Result<Json> answer_explain(const Request& request) {
  auto& dataplane = request.dataplane;
  auto facts = facts_of_request(request.body);
  if (!facts) return Error{facts.error()};
  const auto at = number_field(request.body, "time", static_cast<std::uint64_t>(std::time(nullptr)),
                               1ULL << 40);
  if (!at) return Error{at.error()};
  const bool mac_given = is_set(facts->source_mac);
  const auto known = find_flows(dataplane, *facts, request.body.contains("source_port"));
  if (!mac_given && known.own) facts->source_mac = known.own->initiator_mac;
  auto reply = dataplane.with_policy([&](const PolicySnapshot* policy) -> Result<Json> {
    if (policy == nullptr) return Error{Error::Code::not_found, "no policy is in force"};
    const auto from = fill_content(request.body, *policy, known, *facts);
    if (!from) return Error{from.error()};
    const engines::firewall::Conditions conditions{
        .active_schedules = Dataplane::schedules_at(*policy, static_cast<std::int64_t>(*at)),
        .learned = &dataplane.shared().learned,
        .now_seconds = static_cast<std::uint32_t>(dataplane.steady_ns() / 1'000'000'000),
        .users = &dataplane.shared().users};
    auto name = explain_name(request.body, *policy, *facts, conditions);
    if (!name) return name;
    auto explanation = explain(*policy, *facts, conditions);
    if (!name->is_null()) explanation["dns"] = *std::move(name);
    const auto application = application_name(*policy, *facts);
    explanation["application"] = application.empty() ? Json() : Json(application);
    explanation["application_from"] = origin(*from, *facts);
    return explanation;
  });
  if (!reply) return reply;
  (*reply)["source_mac"] = is_set(facts->source_mac) ? Json(to_string(facts->source_mac)) : Json();
  (*reply)["source_mac_from"] = origin(mac_given, is_set(facts->source_mac));
  const auto* function = rules::function_kind(facts->function);
  (*reply)["function"] = function == nullptr ? Json() : Json(function->name);
  (*reply)["flow"] = known.same ? flow_to_json(dataplane, *known.same) : Json();
  return reply;
}

}  // namespace sekisho::dataplane
