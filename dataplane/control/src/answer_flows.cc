#include <algorithm>
#include <map>

#include "flow_listing.h"
#include "requests.h"
#include "rules/applications/catalogue.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kDefaultLimit = 100;
constexpr std::uint64_t kMaxLimit = 10'000;

const char* state_name(events::FlowState state) {
  switch (state) {
    case events::FlowState::fresh:
      return "new";
    case events::FlowState::established:
      return "established";
    case events::FlowState::closed:
      return "closed";
    case events::FlowState::blocked:
      return "blocked";
  }
  return "new";
}

const char* tcp_state_name(TcpState state) {
  switch (state) {
    case TcpState::none:
      return "none";
    case TcpState::syn_sent:
      return "syn_sent";
    case TcpState::syn_received:
      return "syn_recv";
    case TcpState::established:
      return "established";
    case TcpState::fin_wait:
      return "fin_wait";
    case TcpState::closing:
      return "closing";
    case TcpState::time_wait:
      return "time_wait";
    case TcpState::closed:
      return "closed";
  }
  return "none";
}

const char* verdict_name(engines::Verdict verdict) {
  return verdict == engines::Verdict::pass     ? "pass"
         : verdict == engines::Verdict::drop   ? "drop"
         : verdict == engines::Verdict::answer ? "answer"
                                               : "reset";
}

const char* action_name(policy::Action action) {
  return action == policy::Action::allow   ? "allow"
         : action == policy::Action::block ? "block"
                                           : "monitor";
}

std::uint64_t packets_of(const Flow& flow) { return flow.packets[0] + flow.packets[1]; }
std::uint64_t bytes_of(const Flow& flow) { return flow.bytes[0] + flow.bytes[1]; }

using Before = bool (*)(const Flow& x, const Flow& y);

Result<Before> order_of(const Json& body) {
  const auto sort = text_field(body, "sort", "bytes");
  if (!sort) return Error{sort.error()};
  if (*sort == "bytes")
    return Before{[](const Flow& x, const Flow& y) { return bytes_of(x) > bytes_of(y); }};
  if (*sort == "packets")
    return Before{[](const Flow& x, const Flow& y) { return packets_of(x) > packets_of(y); }};
  if (*sort == "recent")
    return Before{[](const Flow& x, const Flow& y) { return x.last_ns > y.last_ns; }};
  return Error{Error::Code::invalid_input, "'sort' must be bytes, packets or recent"};
}

/// `serial`: of the policy in force, whose rules the filter speaks of.
Result<FlowFilter> filter_of(const Json& body, std::uint32_t serial) {
  FlowFilter filter;
  if (!body.contains("filter") || body["filter"].is_null()) return filter;
  const auto& wanted = body["filter"];
  if (!wanted.is_object()) return Error{Error::Code::invalid_input, "'filter' must be an object"};
  const auto address = address_field(wanted, "address");
  const auto protocol = protocol_field(wanted, "protocol");
  if (!address) return Error{address.error()};
  if (!protocol) return Error{protocol.error()};
  filter.address = *address;
  filter.protocol = *protocol;
  if (wanted.contains("port") && !wanted["port"].is_null()) {
    const auto port = number_field(wanted, "port", 0, 65535);
    if (!port) return Error{port.error()};
    filter.port = static_cast<std::uint16_t>(*port);
  }
  if (wanted.contains("rule") && !wanted["rule"].is_null()) {
    const auto rule = number_field(wanted, "rule", 0, 0xffffffff);
    if (!rule) return Error{rule.error()};
    filter.rule = static_cast<events::RuleNumber>(*rule);
    filter.policy_serial = serial;
  }
  return filter;
}

/// The best `limit` flows in `before` order without keeping more than twice as many.
class TopFlows {
 public:
  TopFlows(std::size_t limit, Before before) : limit_(limit), before_(before) {}
  void add(const ListedFlow& flow) {
    ++total_;
    flows_.push_back(flow);
    if (flows_.size() >= 2 * limit_ + 64) trim();
  }
  std::vector<ListedFlow>& finish() {
    trim();
    return flows_;
  }
  std::uint64_t total() const { return total_; }

 private:
  void trim() {
    std::sort(flows_.begin(), flows_.end(),
              [this](const ListedFlow& x, const ListedFlow& y) { return before_(x.flow, y.flow); });
    if (flows_.size() > limit_) flows_.resize(limit_);
  }
  std::size_t limit_;
  Before before_;
  std::vector<ListedFlow> flows_;
  std::uint64_t total_ = 0;
};

struct Group {
  std::uint64_t flows = 0, packets = 0, bytes = 0;
};

Result<Json> answer_groups(const Request& request, const FlowFilter& filter, bool by_source,
                           std::size_t limit) {
  std::map<IpAddress, Group> groups;
  std::uint64_t total = 0;
  auto ran = for_each_flow(request.dataplane, filter, [&](const ListedFlow& listed) {
    const auto& flow = listed.flow;
    auto& group = groups[flow.initiator_is_a == by_source ? flow.key.a : flow.key.b];
    ++total;
    ++group.flows;
    group.packets += packets_of(flow);
    group.bytes += bytes_of(flow);
  });
  if (!ran) return std::move(ran).error();
  std::vector<std::pair<IpAddress, Group>> sorted(groups.begin(), groups.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& x, const auto& y) { return x.second.bytes > y.second.bytes; });
  if (sorted.size() > limit) sorted.resize(limit);
  Json list = Json::array();
  for (const auto& [address, group] : sorted)
    list.push_back({{"address", to_string(address)},
                    {"flows", group.flows},
                    {"packets", group.packets},
                    {"bytes", group.bytes}});
  return Json{{"total", total}, {"groups", list}};
}

/// Empty: nobody knows any more.
std::string user_named(Dataplane& dataplane, std::uint32_t id) {
  auto name = dataplane.with_users([&](const UserAddresses& users) {
    const auto* known = users.named(id);
    return known == nullptr ? std::string() : known->user;
  });
  if (!name.empty()) return name;
  return dataplane.with_policy([&](const PolicySnapshot* policy) {
    const auto index = policy == nullptr ? std::nullopt : policy->users().index_of(id);
    return index ? policy->meta().users[*index].name : std::string();
  });
}

/// Empty: none, or one of a policy that is no longer in force.
std::string application_named(Dataplane& dataplane, const Flow& flow) {
  if (const auto* known = rules::application(flow.application)) return std::string(known->name);
  if (!OwnApplication::is_own(flow.application)) return {};
  return dataplane.with_policy([&](const PolicySnapshot* policy) {
    const bool is_its = policy != nullptr && policy->serial() == flow.policy_serial;
    const auto* own = is_its ? policy->own_application(flow.application) : nullptr;
    return own == nullptr ? std::string() : own->name;
  });
}

}  // namespace

Json flow_to_json(Dataplane& dataplane, const Flow& flow) {
  const auto now_ns = dataplane.steady_ns();
  const auto& key = flow.key;
  const bool a = flow.initiator_is_a;
  const auto seconds_since = [&](std::uint64_t then) {
    return now_ns > then ? (now_ns - then) / 1'000'000'000 : 0;
  };
  const auto* function = rules::function_kind(flow.function);
  return {{"flow_id", flow.flow_id},
          {"source", to_string(a ? key.a : key.b)},
          {"source_port", a ? key.port_a : key.port_b},
          {"destination", to_string(a ? key.b : key.a)},
          {"destination_port", a ? key.port_b : key.port_a},
          {"protocol", protocol_name(key.protocol)},
          {"vlan", key.vlan},
          {"state", state_name(flow.state)},
          {"tcp_state", tcp_state_name(flow.tcp_state)},
          {"rule", flow.rule},
          {"policy_serial", flow.policy_serial},
          {"action", action_name(flow.action)},
          {"verdict", verdict_name(flow.verdict)},
          {"tentative", flow.tentative},
          {"application", application_named(dataplane, flow)},
          {"function", function == nullptr ? "" : function->name},
          {"age_seconds", seconds_since(flow.start_ns)},
          {"idle_seconds", seconds_since(flow.last_ns)},
          {"packets_to_server", flow.packets[0]},
          {"packets_to_client", flow.packets[1]},
          {"bytes_to_server", flow.bytes[0]},
          {"bytes_to_client", flow.bytes[1]},
          {"source_mac", to_string(flow.initiator_mac)}};
}

Result<Json> answer_flows(const Request& request) {
  const auto& body = request.body;
  const auto limit = number_field(body, "limit", kDefaultLimit, kMaxLimit);
  const auto filter =
      filter_of(body, request.dataplane.with_policy([](const PolicySnapshot* policy) {
        return policy == nullptr ? 0 : policy->serial();
      }));
  const auto before = order_of(body);
  const auto group = text_field(body, "group", "none");
  if (!limit) return Error{limit.error()};
  if (!filter) return Error{filter.error()};
  if (!before) return Error{before.error()};
  if (!group) return Error{group.error()};
  if (*group == "source" || *group == "destination")
    return answer_groups(request, *filter, *group == "source", *limit);
  if (*group != "none")
    return Error{Error::Code::invalid_input, "'group' must be none, source or destination"};

  TopFlows top(*limit, *before);
  auto ran =
      for_each_flow(request.dataplane, *filter, [&](const ListedFlow& flow) { top.add(flow); });
  if (!ran) return std::move(ran).error();
  Json flows = Json::array();
  for (const auto& [flow, user] : top.finish()) {
    flows.push_back(flow_to_json(request.dataplane, flow));
    if (user != 0) flows.back()["user"] = user_named(request.dataplane, user);
  }
  return Json{{"total", top.total()}, {"flows", flows}};
}

}  // namespace sekisho::dataplane
