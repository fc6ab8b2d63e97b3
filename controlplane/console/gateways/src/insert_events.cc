#include "insert_events.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace sekisho::console {
namespace {

constexpr std::size_t kRowsAtOnce = 2'000;

constexpr const char* kColumns =
    "tenant, gateway, time, type, action, rule, version, source, source_port, destination, "
    "destination_port, protocol, application, eve";

/// A slice of the rows, column by column.
struct Columns {
  std::vector<std::string> tenant, type, action, rule, source, destination, protocol, application,
      eve;
  std::vector<long long> gateway, time, version;
  std::vector<int> source_port, destination_port;

  void add(const GroupTransaction::Events& events, const EventRow& row) {
    tenant.push_back(events.tenant);
    gateway.push_back(events.gateway_number);
    time.push_back(row.time);
    type.push_back(row.type);
    action.push_back(row.action);
    rule.push_back(row.rule);
    version.push_back(row.version);
    source.push_back(row.source);
    source_port.push_back(row.source_port);
    destination.push_back(row.destination);
    destination_port.push_back(row.destination_port);
    protocol.push_back(row.protocol);
    application.push_back(row.application);
    eve.push_back(row.eve);
  }
};

/// One prepared statement, run for each row.
void insert_into_sqlite(Database::Session& session, const Columns& c) {
  session << "INSERT INTO events (" << kColumns
          << ") VALUES (:tenant, :gateway, :time, :type, :action, :rule, :version, :source, "
             ":source_port, :destination, :destination_port, :protocol, :application, :eve)",
      soci::use(c.tenant), soci::use(c.gateway), soci::use(c.time), soci::use(c.type),
      soci::use(c.action), soci::use(c.rule), soci::use(c.version), soci::use(c.source),
      soci::use(c.source_port), soci::use(c.destination), soci::use(c.destination_port),
      soci::use(c.protocol), soci::use(c.application), soci::use(c.eve);
}

/// PostgreSQL's text form of an array.
std::string array_of(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const auto& value : values) {
    text += text.size() == 1 ? "\"" : ",\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

template <class Number>
std::string array_of(const std::vector<Number>& values) {
  std::string text = "{";
  for (const auto value : values) {
    if (text.size() != 1) text += ',';
    text += std::to_string(value);
  }
  return text + "}";
}

/// All rows in one message to the server: a message for each would be mostly waiting.
void insert_into_postgresql(Database::Session& session, const Columns& c) {
  const std::string tenant = array_of(c.tenant), gateway = array_of(c.gateway),
                    time = array_of(c.time), type = array_of(c.type), action = array_of(c.action),
                    rule = array_of(c.rule), version = array_of(c.version),
                    source = array_of(c.source), source_port = array_of(c.source_port),
                    destination = array_of(c.destination),
                    destination_port = array_of(c.destination_port),
                    protocol = array_of(c.protocol), application = array_of(c.application),
                    eve = array_of(c.eve);
  session << "INSERT INTO events (" << kColumns
          << ") SELECT * FROM unnest(CAST(:tenant AS TEXT[]), CAST(:gateway AS BIGINT[]), "
             "CAST(:time AS BIGINT[]), CAST(:type AS TEXT[]), CAST(:action AS TEXT[]), "
             "CAST(:rule AS TEXT[]), CAST(:version AS BIGINT[]), CAST(:source AS TEXT[]), "
             "CAST(:source_port AS INTEGER[]), CAST(:destination AS TEXT[]), "
             "CAST(:destination_port AS INTEGER[]), CAST(:protocol AS TEXT[]), "
             "CAST(:application AS TEXT[]), CAST(:eve AS TEXT[]))",
      soci::use(tenant), soci::use(gateway), soci::use(time), soci::use(type), soci::use(action),
      soci::use(rule), soci::use(version), soci::use(source), soci::use(source_port),
      soci::use(destination), soci::use(destination_port), soci::use(protocol),
      soci::use(application), soci::use(eve);
}

void insert(GroupTransaction& transaction, const Columns& columns) {
  if (columns.eve.empty()) return;
  if (transaction.database.backend() == Backend::sqlite)
    insert_into_sqlite(transaction.session, columns);
  else
    insert_into_postgresql(transaction.session, columns);
}

}  // namespace

void insert_events(GroupTransaction& transaction) {
  Columns columns;
  for (const auto& events : transaction.events)
    for (std::size_t i = 0; i < events.count; ++i) {
      columns.add(events, events.rows[i]);
      if (columns.eve.size() < kRowsAtOnce) continue;
      insert(transaction, columns);
      columns = {};
    }
  insert(transaction, columns);
}

}  // namespace sekisho::console
