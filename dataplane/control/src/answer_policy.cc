#include <ctime>

#include "dataplane/parse/flow_key.h"
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
  }
  return "drop";
}

Status fill_application(const Json& body, Facts& facts) {
  const auto name = text_field(body, "application", "");
  if (!name) return Error{name.error()};
  facts.url_category_known = Knowledge::never;
  if (name->empty()) return ok();
  const auto* application = rules::find_application(*name);
  if (application == nullptr)
    return Error{Error::Code::not_found, "no application is called '" + *name + "'"};
  facts.application = application->id;
  facts.application_known = Knowledge::known;
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
  if (auto filled = fill_application(body, facts); !filled) return std::move(filled).error();
  return facts;
}

FlowKey key_of(const Facts& facts) {
  FlowKey key;
  set_ends(key, facts.source, facts.source_port, facts.destination, facts.destination_port);
  key.protocol = facts.protocol;
  return key;
}

}  // namespace

Result<Json> answer_policy_load(const Request& request) {
  const auto path = text_field(request.body, "path", "");
  const auto serial = number_field(request.body, "serial", 0, 0xffffffff);
  if (!path) return Error{path.error()};
  if (!serial) return Error{serial.error()};
  if (path->empty() || *serial == 0)
    return Error{Error::Code::invalid_input, "'path' and 'serial' are needed"};
  auto loaded =
      request.dataplane.load_policy(*path, static_cast<std::uint32_t>(*serial), "applied");
  if (!loaded) return std::move(loaded).error();
  return Json{{"serial", loaded->serial},
              {"content_address", loaded->content_address},
              {"rules", loaded->rules},
              {"swap_microseconds", loaded->swap_microseconds},
              {"worst_pause_us", loaded->worst_pause_us}};
}

Result<Json> answer_policy_hits(const Request& request) {
  return request.dataplane.with_policy([](const PolicySnapshot* policy) -> Result<Json> {
    if (policy == nullptr) return Error{Error::Code::not_found, "no policy is in force"};
    Json rules = Json::array();
    const auto hits = policy->hits();
    for (std::size_t i = 0; i < hits.size(); ++i)
      rules.push_back({{"rule", i},
                       {"packets", hits[i].packets.get()},
                       {"bytes", hits[i].bytes.get()},
                       {"flows", hits[i].flows.get()}});
    return Json{{"serial", policy->serial()}, {"rules", rules}};
  });
}

Result<Json> answer_explain(const Request& request) {
  auto& dataplane = request.dataplane;
  const auto facts = facts_of_request(request.body);
  if (!facts) return Error{facts.error()};
  const auto at = number_field(request.body, "time", static_cast<std::uint64_t>(std::time(nullptr)),
                               1ULL << 40);
  if (!at) return Error{at.error()};
  auto reply = dataplane.with_policy([&](const PolicySnapshot* policy) -> Result<Json> {
    if (policy == nullptr) return Error{Error::Code::not_found, "no policy is in force"};
    const engines::firewall::Conditions conditions{
        .active_schedules = Dataplane::schedules_at(*policy, static_cast<std::int64_t>(*at)),
        .learned = &dataplane.shared().learned,
        .now_seconds = static_cast<std::uint32_t>(dataplane.steady_ns() / 1'000'000'000)};
    const auto judgement = policy->firewall().judge(*facts, conditions);
    Json reasons = Json::array();
    for (const auto& reason : policy->firewall().explain(*facts, conditions))
      reasons.push_back(
          {{"rule", reason.rule}, {"outcome", outcome_name(reason.outcome)}, {"why", reason.why}});
    return Json{{"serial", policy->serial()},
                {"verdict", verdict_name(judgement.verdict)},
                {"rule", judgement.rule},
                {"tentative", judgement.tentative},
                {"reasons", reasons}};
  });
  if (reply) (*reply)["flow"] = find_flow(dataplane, key_of(*facts));
  return reply;
}

Result<Json> answer_fqdn_learn(const Request& request) {
  const auto& body = request.body;
  if (!body.contains("entries") || !body["entries"].is_array())
    return Error{Error::Code::invalid_input, "'entries' must be an array"};
  auto& shared = request.dataplane.shared();
  const auto now = static_cast<std::uint32_t>(request.dataplane.steady_ns() / 1'000'000'000);
  return request.dataplane.with_policy([&](const PolicySnapshot* policy) -> Result<Json> {
    if (policy == nullptr) return Error{Error::Code::not_found, "no policy is in force"};
    std::size_t learned = 0;
    for (const auto& entry : body["entries"]) {
      if (!entry.is_object())
        return Error{Error::Code::invalid_input, "an entry must be an object"};
      const auto name = text_field(entry, "name", "");
      const auto ttl = number_field(entry, "ttl", 300, std::uint64_t{7} * 86400);
      if (!name) return Error{name.error()};
      if (!ttl) return Error{ttl.error()};
      std::array<engines::firewall::FqdnId, 16> patterns;
      const auto count = policy->firewall().match_fqdn(*name, patterns);
      if (!entry.contains("addresses") || !entry["addresses"].is_array())
        return Error{Error::Code::invalid_input, "'addresses' must be an array"};
      for (const auto& text : entry["addresses"]) {
        if (!text.is_string())
          return Error{Error::Code::invalid_input, "an address must be a string"};
        const auto address = parse_ip_address(text.get<std::string>());
        if (!address) return Error{address.error()};
        for (std::size_t i = 0; i < count; ++i)
          learned += shared.learned.learn(*address, patterns[i],
                                          now + static_cast<std::uint32_t>(*ttl), now)
                         ? 1
                         : 0;
      }
    }
    if (learned != 0) shared.learned_generation.fetch_add(1, std::memory_order_release);
    return Json{{"learned", learned}};
  });
}

}  // namespace sekisho::dataplane
