// The gateways' events, page by page.
#include <charconv>

#include "config/base/address.h"
#include "config/base/hex.h"
#include "controlplane/console/store/json_depth.h"
#include "rows.h"

namespace sekisho::console {
namespace {

struct EventRow {
  std::string gateway, gateway_name, type, action, rule, source, destination, protocol, application,
      eve;
  std::int64_t id = 0, time = 0, version = 0;
  int source_port = 0, destination_port = 0;
};

std::string hex_of(const IpAddress& address) {
  std::string bytes;
  for (const auto byte : address.bytes) bytes.push_back(static_cast<char>(byte));
  return to_hex(bytes);
}

std::string address_text(const std::string& hex) {
  const auto bytes = from_hex(hex);
  IpAddress address;
  if (!bytes || bytes->size() != address.bytes.size()) return {};
  std::copy(bytes->begin(), bytes->end(), address.bytes.begin());
  return to_string(address);
}

Json json_of(const EventRow& row) {
  Json json{{"gateway", row.gateway},
            {"gateway_name", row.gateway_name},
            {"time", row.time},
            {"type", row.type},
            {"version", row.version}};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  add("action", row.action);
  add("rule", row.rule);
  add("protocol", row.protocol);
  add("application", row.application);
  add("source", address_text(row.source));
  add("destination", address_text(row.destination));
  if (row.source_port > 0) json["source_port"] = row.source_port;
  if (row.destination_port > 0) json["destination_port"] = row.destination_port;
  // Rows of an older console may be nested as deep as they like.
  Json eve =
      nested_deeper(row.eve, kMaxGatewayJsonLevels) ? Json() : Json::parse(row.eve, nullptr, false);
  json["eve"] = eve.is_object() ? std::move(eve) : Json::object();
  return json;
}

/// The conditions of a page and the values that they name.
class Filter {
 public:
  Filter(const Call& call, std::int64_t gateway_number) : tenant_(call.tenant()) {
    text("type", call.text("type"), type_);
    text("action", call.text("action"), action_);
    text("rule", call.text("rule"), rule_);
    range("source", call.text("source"), source_);
    range("destination", call.text("destination"), destination_);
    if (!call.text("gateway").empty()) number("gateway = :gateway", gateway_number, gateway_);
    if (call.parameters.contains("destination_port"))
      number("destination_port = :port", call.number("destination_port", 0), port_);
    if (call.parameters.contains("from"))
      number("time >= :first_time", call.number("from", 0), from_);
    if (call.parameters.contains("to")) number("time <= :last_time", call.number("to", 0), to_);
    if (!call.text("before").empty()) after_page(call.text("before"));
  }

  const std::string& conditions() const noexcept { return conditions_; }

  void bind(soci::statement& statement) const {
    statement.exchange(soci::use(tenant_, "tenant"));
    const auto one = [&](const auto& value, const char* name) {
      if (value) statement.exchange(soci::use(*value, name));
    };
    one(type_, "type");
    one(action_, "action");
    one(rule_, "rule");
    one(gateway_, "gateway");
    one(port_, "port");
    one(from_, "first_time");
    one(to_, "last_time");
    one(page_time_, "page_time");
    one(page_id_, "page_id");
    one(source_.first, "source_first");
    one(source_.last, "source_last");
    one(destination_.first, "destination_first");
    one(destination_.last, "destination_last");
  }

 private:
  using Text = std::optional<std::string>;
  using Number = std::optional<std::int64_t>;
  struct Range {
    Text first, last;
  };

  void text(const std::string& column, const std::string& value, Text& bound) {
    if (value.empty()) return;
    bound = value;
    conditions_ += " AND " + column + " = :" + column;
  }

  void number(const std::string& condition, std::int64_t value, Number& bound) {
    bound = value;
    conditions_ += " AND " + condition;
  }

  /// Columns have the 32 digits of an address, whose order is the addresses' own.
  void range(const std::string& column, const std::string& value, Range& bound) {
    if (value.empty()) return;
    const auto addresses = parse_address_range(value);
    if (!addresses)
      throw Refusal(400, "invalid_request", addresses.error().message)
          .with("field", "/query/" + column);
    bound = {hex_of(addresses->first), hex_of(addresses->last)};
    conditions_ += " AND " + column + " BETWEEN :" + column + "_first AND :" + column + "_last";
  }

  void after_page(const std::string& next) {
    std::int64_t time = 0;
    std::int64_t id = 0;
    const auto dash = next.find('-');
    std::from_chars(next.data(), next.data() + dash, time);
    std::from_chars(next.data() + dash + 1, next.data() + next.size(), id);
    page_time_ = time;
    page_id_ = id;
    // The first half lets an index begin there; the rest is about events of one millisecond.
    conditions_ += " AND time <= :page_time AND (time < :page_time OR id < :page_id)";
  }

  const std::string& tenant_;
  std::string conditions_ = "tenant = :tenant";
  Text type_, action_, rule_;
  Number gateway_, port_, from_, to_, page_time_, page_id_;
  Range source_, destination_;
};

std::vector<EventRow> page_of(Session& session, const Filter& filter, std::int64_t rows) {
  EventRow row;
  std::vector<EventRow> page;
  soci::statement select(session);
  for (auto* text : {&row.gateway, &row.gateway_name, &row.type, &row.action, &row.rule,
                     &row.source, &row.destination, &row.protocol, &row.application, &row.eve})
    select.exchange(soci::into(*text));
  for (auto* number : {&row.id, &row.time, &row.version}) select.exchange(soci::into(*number));
  select.exchange(soci::into(row.source_port));
  select.exchange(soci::into(row.destination_port));
  filter.bind(select);
  select.alloc();
  // The inner query has all it needs in an index; only the page's own rows are fetched.
  select.prepare(
      "SELECT COALESCE(g.id, n.gateway, ''), COALESCE(g.name, n.name, ''), e.type, e.action, "
      "e.rule, e.source, e.destination, e.protocol, e.application, e.eve, e.id, e.time, e.version, "
      "e.source_port, e.destination_port FROM (SELECT id FROM events WHERE " +
      filter.conditions() + " ORDER BY time DESC, id DESC LIMIT " + std::to_string(rows) +
      ") p JOIN events e ON e.id = p.id LEFT JOIN gateways g ON g.number = e.gateway LEFT JOIN "
      "gateway_numbers n ON n.number = e.gateway ORDER BY e.time DESC, e.id DESC");
  select.define_and_bind();
  for_each_row(select, [&] { page.push_back(row); });
  return page;
}

http::Response list_events(Services& services, const Call& call) {
  const auto limit = call.number("limit", 100);
  return services.database().read([&](Session& session) {
    const std::string gateway = call.text("gateway");
    const Filter filter(call,
                        gateway.empty() ? 0 : event_number_of(session, call.tenant(), gateway));
    auto page = page_of(session, filter, limit + 1);
    Json answer{{"events", Json::array()}};
    if (static_cast<std::int64_t>(page.size()) > limit) {
      page.pop_back();
      answer["next"] = std::to_string(page.back().time) + "-" + std::to_string(page.back().id);
    }
    for (const EventRow& row : page) answer["events"].push_back(json_of(row));
    return json_response(200, answer);
  });
}

}  // namespace

void add_event_handlers(Handlers& handlers) { handlers["listEvents"] = list_events; }

}  // namespace sekisho::console
