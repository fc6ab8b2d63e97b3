// The tables. A change of them is a further step at the end of kSteps, never a change of a step:
// databases that have run it are out there.
//
// Ids are UUIDs as text, times Unix milliseconds, bytes hexadecimal, booleans 0 and 1. Addresses of
// events are 32 hexadecimal digits of their 16-byte form (IPv4 mapped), so that text order is
// address order.
#include "schema.h"

#include <array>
#include <string>
#include <string_view>

namespace sekisho::console {
namespace {

constexpr std::string_view kFirst = R"sql(
CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  delivered_version BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE signing_keys (          -- the newest signs; `rotation` is the statement of the one before
  tenant TEXT NOT NULL REFERENCES tenants(id),
  sequence BIGINT NOT NULL,
  public_key TEXT NOT NULL,
  sealed_secret TEXT NOT NULL,
  rotation TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, sequence)
);
CREATE TABLE authority (             -- one row: who signs the gateways' and the console's certificates
  id INTEGER PRIMARY KEY CHECK (id = 1),
  certificate TEXT NOT NULL,
  sealed_key TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL UNIQUE,
  password TEXT NOT NULL,
  role TEXT NOT NULL,
  tenant TEXT REFERENCES tenants(id),  -- of a customer
  created_at BIGINT NOT NULL
);
CREATE TABLE provider_tenants (
  provider TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  tenant TEXT NOT NULL REFERENCES tenants(id),
  PRIMARY KEY (provider, tenant)
);
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  csrf_token TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE TABLE gateway_groups (        -- each with the tenant's draft for it
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants(id),
  name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  policy TEXT NOT NULL,              -- canonical JSON
  policy_hash TEXT NOT NULL,
  delivered_hash TEXT NOT NULL DEFAULT '',
  changed_at BIGINT NOT NULL,
  changed_by TEXT NOT NULL,
  UNIQUE (tenant, name)
);
CREATE TABLE gateways (
  id TEXT PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,     -- of its events
  tenant TEXT NOT NULL REFERENCES tenants(id),
  group_id TEXT NOT NULL REFERENCES gateway_groups(id),
  delivered_group TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL,
  state TEXT NOT NULL,               -- waiting_for_activation, enrolled, revoked
  activation_hash TEXT NOT NULL DEFAULT '',
  activation_expires_at BIGINT NOT NULL DEFAULT 0,
  certificate_serial TEXT NOT NULL DEFAULT '',  -- the only one that is let in
  certificate_expires_at BIGINT NOT NULL DEFAULT 0,
  next_certificate_serial TEXT NOT NULL DEFAULT '',  -- renewed, not seen in use yet
  desired_version BIGINT NOT NULL DEFAULT 0,
  key_sequence BIGINT NOT NULL DEFAULT 0,       -- that the gateway has pinned
  console TEXT NOT NULL DEFAULT '',             -- the console process that has its stream; '': offline
  seen_at BIGINT NOT NULL DEFAULT 0,
  software_version TEXT NOT NULL DEFAULT '',
  version BIGINT NOT NULL DEFAULT 0,            -- in force
  local_policy INTEGER NOT NULL DEFAULT 0,
  content_address TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '{}',            -- the last StatusReport as JSON
  events_lost BIGINT NOT NULL DEFAULT 0,
  UNIQUE (tenant, name)
);
CREATE TABLE deliveries (
  tenant TEXT NOT NULL REFERENCES tenants(id),
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  comment TEXT NOT NULL,
  PRIMARY KEY (tenant, version)
);
CREATE TABLE delivered_policies (
  tenant TEXT NOT NULL,
  version BIGINT NOT NULL,
  group_id TEXT NOT NULL,
  group_name TEXT NOT NULL,
  policy TEXT NOT NULL,
  policy_hash TEXT NOT NULL,
  PRIMARY KEY (tenant, version, group_id),
  FOREIGN KEY (tenant, version) REFERENCES deliveries (tenant, version)
);
CREATE TABLE gateway_deliveries (
  tenant TEXT NOT NULL,
  version BIGINT NOT NULL,
  gateway TEXT NOT NULL,
  gateway_name TEXT NOT NULL,
  group_id TEXT NOT NULL,
  group_name TEXT NOT NULL,
  state TEXT NOT NULL,               -- delivering, succeeded, failed, superseded
  reason_code TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  mistakes TEXT NOT NULL DEFAULT '[]',
  apply_ms BIGINT NOT NULL DEFAULT 0,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, version, gateway),
  FOREIGN KEY (tenant, version) REFERENCES deliveries (tenant, version)
);
CREATE INDEX gateway_deliveries_open ON gateway_deliveries (gateway, state);
CREATE TABLE event_cursors (         -- how far a spool was stored: what makes an event count once
  gateway TEXT NOT NULL,
  epoch TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  lost BIGINT NOT NULL,
  PRIMARY KEY (gateway, epoch)
);
CREATE TABLE events (
  id $serial$,
  tenant TEXT NOT NULL,
  gateway BIGINT NOT NULL,           -- gateways.number
  time BIGINT NOT NULL,
  type TEXT NOT NULL,
  action TEXT NOT NULL,
  rule TEXT NOT NULL,
  version BIGINT NOT NULL,
  source TEXT NOT NULL,
  source_port INTEGER NOT NULL,
  destination TEXT NOT NULL,
  destination_port INTEGER NOT NULL,
  protocol TEXT NOT NULL,
  application TEXT NOT NULL,
  eve TEXT NOT NULL
);
CREATE INDEX events_by_type ON events (tenant, type, time, id);
CREATE TABLE diagnostics (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL,
  gateway TEXT NOT NULL,
  op TEXT NOT NULL,
  arguments TEXT NOT NULL,
  state TEXT NOT NULL,               -- waiting, sent, done, failed
  result TEXT NOT NULL DEFAULT '{}',
  message TEXT NOT NULL DEFAULT '',
  file TEXT NOT NULL DEFAULT '',     -- base64
  file_bytes BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL
);
CREATE INDEX diagnostics_open ON diagnostics (gateway, state);
CREATE TABLE audit (
  id $serial$,
  tenant TEXT NOT NULL DEFAULT '',
  time BIGINT NOT NULL,
  login TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_by_tenant ON audit (tenant, id);
CREATE TABLE notices (               -- something about a gateway changed: its stream has a look
  id $serial$,
  gateway TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
)sql";

// A page of events is chosen from one of two indices alone, whatever its filters are; both grow at
// their ends. gateway_numbers outlives the gateways whose events are still there.
constexpr std::string_view kSecond = R"sql(
CREATE TABLE gateway_numbers (
  number $serial$,
  gateway TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL
);
DROP INDEX events_by_type;
CREATE INDEX events_by_type ON events (tenant, type, time, id, action, gateway, rule, source, destination, destination_port);
CREATE INDEX events_by_time ON events (tenant, time, id, type, action, gateway, rule, source, destination, destination_port);
)sql";

// Packs of IPS rules. tenants.content_version counts what changes them all together: each change
// makes a version, and the gateways that it is for want it.
constexpr std::string_view kThird = R"sql(
CREATE TABLE content_packs (
  id TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants(id),
  name TEXT NOT NULL,
  group_id TEXT NOT NULL DEFAULT '',   -- whose gateways get it; '': all
  version BIGINT NOT NULL,             -- that is delivered
  newest BIGINT NOT NULL,              -- that was made last: none is made twice
  UNIQUE (tenant, name)
);
CREATE TABLE content_pack_versions (
  pack TEXT NOT NULL REFERENCES content_packs(id) ON DELETE CASCADE,
  version BIGINT NOT NULL,
  files TEXT NOT NULL,                 -- JSON: a list of name and text
  num_files BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  num_rules BIGINT NOT NULL,
  num_refused BIGINT NOT NULL,
  notes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (pack, version)
);
ALTER TABLE tenants ADD COLUMN content_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE gateways ADD COLUMN content_desired BIGINT NOT NULL DEFAULT 0;
ALTER TABLE gateways ADD COLUMN content_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE gateways ADD COLUMN content_state TEXT NOT NULL DEFAULT '';
ALTER TABLE gateways ADD COLUMN content_reason_code TEXT NOT NULL DEFAULT '';
ALTER TABLE gateways ADD COLUMN content_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE gateways ADD COLUMN content_packs TEXT NOT NULL DEFAULT '[]';
ALTER TABLE gateways ADD COLUMN content_changed_at BIGINT NOT NULL DEFAULT 0;
)sql";

// Ratings of URL expressions (rules/reputation). They are of all tenants: a site is as bad for one
// as for another.
constexpr std::string_view kFourth = R"sql(
CREATE TABLE reputation_feeds (
  name TEXT PRIMARY KEY,               -- '': what people rated one by one
  revision TEXT NOT NULL,              -- another one with each change
  format TEXT NOT NULL,
  score BIGINT NOT NULL,               -- of entries that have none themselves
  category BIGINT NOT NULL,            -- 0: none
  num_ratings BIGINT NOT NULL,
  num_refused BIGINT NOT NULL,
  num_left_out BIGINT NOT NULL,
  mistakes TEXT NOT NULL,              -- JSON: a list of place and message
  changed_at BIGINT NOT NULL,
  changed_by TEXT NOT NULL
);
CREATE TABLE reputation_ratings (
  feed TEXT NOT NULL,
  expression TEXT NOT NULL,            -- host and path, as rules/reputation hashes them
  score BIGINT NOT NULL,
  category BIGINT NOT NULL,
  PRIMARY KEY (feed, expression)
);
CREATE INDEX reputation_ratings_by_expression ON reputation_ratings (expression);
)sql";

// Databases of URLs, ratings and C&C servers: each kind of a tenant counts versions of its own, and
// its newest is what gateways are to have.
constexpr std::string_view kFifth = R"sql(
CREATE TABLE content_databases (
  tenant TEXT NOT NULL REFERENCES tenants(id),
  kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  list TEXT NOT NULL,                  -- base64: packed (config/content)
  bytes BIGINT NOT NULL,               -- of the list
  packed_bytes BIGINT NOT NULL,
  entries BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  built BIGINT NOT NULL,               -- Unix seconds
  notes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, version)
);
ALTER TABLE gateways ADD COLUMN content_databases TEXT NOT NULL DEFAULT '[]';
)sql";

constexpr std::array<std::string_view, 5> kSteps{kFirst, kSecond, kThird, kFourth, kFifth};

/// Without comments, statement by statement.
void run_script(soci::session& session, std::string_view script, Backend backend) {
  const std::string serial =
      backend == Backend::sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL PRIMARY KEY";
  constexpr std::string_view kSerial = "$serial$";
  std::string statement;
  while (!script.empty()) {
    const auto line_end = script.find('\n');
    std::string line(script.substr(0, script.find("--") < line_end ? script.find("--") : line_end));
    script.remove_prefix(line_end == std::string_view::npos ? script.size() : line_end + 1);
    if (const auto at = line.find(kSerial); at != std::string::npos)
      line.replace(at, kSerial.size(), serial);
    statement += line + '\n';
    if (line.find(';') == std::string::npos) continue;
    session << statement.substr(0, statement.rfind(';'));
    statement.clear();
  }
}

int version_of(soci::session& session) {
  session << "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)";
  int version = 0;
  int rows = 0;
  session << "SELECT COUNT(*) FROM schema_version", soci::into(rows);
  if (rows == 0)
    session << "INSERT INTO schema_version (version) VALUES (0)";
  else
    session << "SELECT version FROM schema_version", soci::into(version);
  return version;
}

}  // namespace

Status migrate(soci::session& session, Backend backend) {
  // One console at a time: others wait here until it is done.
  if (backend == Backend::sqlite) {
    session << "BEGIN IMMEDIATE";
  } else {
    session << "BEGIN";
    session << "SELECT pg_advisory_xact_lock(7353484)";
  }
  const int have = version_of(session);
  constexpr int kNewest = static_cast<int>(kSteps.size());
  if (have > kNewest) {
    session << "ROLLBACK";
    return Error{Error::Code::version, "the database is of a newer console (tables version " +
                                           std::to_string(have) + ", this one knows " +
                                           std::to_string(kNewest) + ")"};
  }
  for (int step = have; step < kNewest; ++step)
    run_script(session, kSteps[static_cast<std::size_t>(step)], backend);
  session << "UPDATE schema_version SET version = " << kNewest;
  session << "COMMIT";
  return ok();
}

}  // namespace sekisho::console
