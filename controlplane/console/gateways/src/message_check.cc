#include "controlplane/console/gateways/message_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "controlplane/proto/gateway_link.pb.h"

namespace sekisho::console {
namespace {

namespace v1 = link::v1;

constexpr int kMaxMistakes = 100;
constexpr int kMaxPorts = 256;
constexpr int kMaxPrefixes = 4'096;
constexpr int kMaxPacks = 200;
constexpr int kMaxDatabases = 8;
constexpr std::size_t kMaxPemBytes = std::size_t{16} << 10;
constexpr std::size_t kMaxDiagnosticJson = std::size_t{1} << 20;
constexpr auto kMaxNumber = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Error wrong(const char* what) { return {Error::Code::invalid_input, what}; }

Status check(v1::PolicyReport& report) {
  if (report.version() > kMaxNumber || report.version_in_force() > kMaxNumber)
    return wrong("policy report: a version over 2^63");
  tidy(*report.mutable_content_address(), kMaxNameBytes);
  tidy(*report.mutable_reason_code(), kMaxNameBytes);
  tidy(*report.mutable_reason(), kMaxReasonBytes);
  auto& mistakes = *report.mutable_mistakes();
  if (mistakes.size() > kMaxMistakes)
    mistakes.DeleteSubrange(kMaxMistakes, mistakes.size() - kMaxMistakes);
  for (auto& mistake : mistakes) tidy(*mistake.mutable_message(), kMaxReasonBytes);
  return ok();
}

Status check(v1::ContentReport& report) {
  if (report.version() > kMaxNumber || report.version_in_force() > kMaxNumber)
    return wrong("content report: a version over 2^63");
  tidy(*report.mutable_reason_code(), kMaxNameBytes);
  tidy(*report.mutable_reason(), kMaxReasonBytes);
  tidy(*report.mutable_digest(), kMaxNameBytes);
  auto& packs = *report.mutable_packs();
  if (packs.size() > kMaxPacks) packs.DeleteSubrange(kMaxPacks, packs.size() - kMaxPacks);
  for (auto& pack : packs) {
    if (pack.version() > kMaxNumber) return wrong("content report: a pack's version over 2^63");
    tidy(*pack.mutable_name(), kMaxNameBytes);
  }
  auto& databases = *report.mutable_databases();
  if (databases.size() > kMaxDatabases)
    databases.DeleteSubrange(kMaxDatabases, databases.size() - kMaxDatabases);
  for (auto& database : databases) {
    if (database.version() > kMaxNumber || database.version_in_force() > kMaxNumber ||
        database.entries() > kMaxNumber || database.built() < 0)
      return wrong("content report: a database's number over 2^63");
    tidy(*database.mutable_kind(), kMaxNameBytes);
    tidy(*database.mutable_reason_code(), kMaxNameBytes);
    tidy(*database.mutable_reason(), kMaxReasonBytes);
  }
  return ok();
}

Status check(v1::Authority& authority) {
  if (authority.not_before() < 0 || authority.not_after() < 0)
    return wrong("status report: a certificate's time before 1970");
  if (authority.certificate().size() > kMaxPemBytes)
    return wrong("status report: a certificate over 16 KiB");
  // It is handed on as a file to install: never with a key in it, whatever the gateway says.
  if (authority.certificate().find("PRIVATE KEY") != std::string::npos)
    return wrong("status report: a certificate with a private key");
  for (auto* const text : {authority.mutable_certificate(), authority.mutable_subject(),
                           authority.mutable_issuer(), authority.mutable_trouble()})
    tidy(*text, kMaxPemBytes);
  for (auto* const name :
       {authority.mutable_key(), authority.mutable_origin(), authority.mutable_fingerprint()})
    tidy(*name, kMaxNameBytes);
  return ok();
}

Status check(v1::StatusReport& report) {
  for (const auto number :
       {report.time_unix_ms(), report.uptime_seconds(), report.flows(), report.packets(),
        report.bytes(), report.dropped(), report.events_lost(), report.spool_lines()})
    if (number > kMaxNumber) return wrong("status report: a number over 2^63");
  if (!std::isfinite(report.confirm_seconds()))
    return wrong("status report: confirm_seconds is no number");
  if (report.has_authority())
    if (auto checked = check(*report.mutable_authority()); !checked) return checked;
  if (report.ports_size() > kMaxPorts) return wrong("status report: more than 256 ports");
  for (auto& port : *report.mutable_ports()) {
    tidy(*port.mutable_name(), kMaxNameBytes);
    tidy(*port.mutable_side(), kMaxNameBytes);
  }
  return ok();
}

Status check(v1::Hello& hello) {
  if (hello.signing_key_sequence() > kMaxNumber) return wrong("hello: a key sequence over 2^63");
  tidy(*hello.mutable_software_version(), kMaxNameBytes);
  tidy(*hello.mutable_spool_epoch(), kMaxNameBytes);
  if (hello.has_content())
    if (auto checked = check(*hello.mutable_content()); !checked) return checked;
  if (hello.has_status())
    if (auto checked = check(*hello.mutable_status()); !checked) return checked;
  return hello.has_policy() ? check(*hello.mutable_policy()) : ok();
}

Status check(v1::DiagnosticReply& reply) {
  if (reply.json().size() > kMaxDiagnosticJson)
    return wrong("diagnostic reply: over 1 MiB of JSON");
  tidy(*reply.mutable_id(), kMaxNameBytes);
  tidy(*reply.mutable_json(), kMaxDiagnosticJson);
  return ok();
}

Status check(v1::KeyPinned& pinned) {
  if (pinned.sequence() > kMaxNumber) return wrong("key pinned: a sequence over 2^63");
  tidy(*pinned.mutable_refusal(), kMaxReasonBytes);
  return ok();
}

Status check(const v1::ReputationQuery& query) {
  if (query.prefixes_size() == 0) return wrong("reputation query: no prefix");
  if (query.prefixes_size() > kMaxPrefixes) return wrong("reputation query: over 4096 prefixes");
  return ok();
}

Status check(const v1::DatabaseWanted& wanted) {
  if (wanted.version() > kMaxNumber || wanted.base() > kMaxNumber)
    return wrong("database wanted: a version over 2^63");
  if (wanted.kind().size() > kMaxNameBytes) return wrong("database wanted: no such kind");
  return ok();
}

}  // namespace

void tidy(std::string& text, std::size_t max_bytes) {
  text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
  if (text.size() <= max_bytes) return;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  text.resize(max_bytes);
}

Status check_message(v1::FromGateway& message) {
  switch (message.message_case()) {
    case v1::FromGateway::kHello:
      return check(*message.mutable_hello());
    case v1::FromGateway::kStatus:
      return check(*message.mutable_status());
    case v1::FromGateway::kPolicy:
      return check(*message.mutable_policy());
    case v1::FromGateway::kDiagnostic:
      return check(*message.mutable_diagnostic());
    case v1::FromGateway::kKeyPinned:
      return check(*message.mutable_key_pinned());
    case v1::FromGateway::kContent:
      return check(*message.mutable_content());
    case v1::FromGateway::kReputation:
      return check(message.reputation());
    case v1::FromGateway::kDatabase:
      return check(message.database());
    case v1::FromGateway::kContentWanted:  // it is empty
    case v1::FromGateway::kEvents:
    case v1::FromGateway::MESSAGE_NOT_SET:  // a heartbeat
      break;
  }
  return ok();
}

}  // namespace sekisho::console
