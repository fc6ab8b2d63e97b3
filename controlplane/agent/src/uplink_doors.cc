#include "uplink_doors.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "json_at.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

/// The objects in the list at `key`.
std::vector<json> objects_at(const json& object, const char* key) {
  std::vector<json> found;
  const auto it = object.find(key);
  if (it != object.end() && it->is_array())
    for (const json& entry : *it)
      if (entry.is_object()) found.push_back(entry);
  return found;
}

BoxStatus::Port port_of(const json& port) {
  return {.name = text_at(port, "name"),
          .side = text_at(port, "side"),
          .link_up = text_at(port, "link") == "up",
          .speed_mbps = static_cast<std::uint32_t>(number_at(port, "speed_mbps")),
          .rx_packets = number_at(port, "rx_packets"),
          .tx_packets = number_at(port, "tx_packets"),
          .rx_bytes = number_at(port, "rx_bytes"),
          .tx_bytes = number_at(port, "tx_bytes")};
}

constexpr std::chrono::milliseconds kStatusTimeout{2'000};

}  // namespace

Enforcement ServicePolicyDoor::enforce(std::string_view yaml, std::uint64_t version) {
  const auto outcome = service_.apply_unconfirmed(yaml, version);
  const auto* refusal = std::get_if<Refusal>(&outcome);
  if (refusal == nullptr) return {.taken = true, .reason_code = {}, .reason = {}, .mistakes = {}};
  Enforcement refused{.taken = false,
                      .reason_code = !refusal->diagnostics.empty() ? "invalid_policy"
                                     : refusal->by_dataplane       ? "dataplane"
                                     : refusal->by_disk            ? "disk"
                                                                   : "compiler",
                      .reason = refusal->error.message,
                      .mistakes = {}};
  for (const auto& d : refusal->diagnostics)
    refused.mistakes.push_back({d.position.line, d.position.column, d.message});
  return refused;
}

PolicyInForce ServicePolicyDoor::in_force() const {
  const auto current = service_.current();
  if (!current) return {};
  const auto unconfirmed = service_.unconfirmed();
  return {.bundle_version = current->bundle_version,
          .content_address = current->content_address,
          .serial = current->serial,
          .unconfirmed_version = unconfirmed ? unconfirmed->bundle_version : 0};
}

bool ServiceContentDoor::enforce(const ContentSet& set) {
  const auto outcome = service_.apply_content(set);
  const auto* refusal = std::get_if<Refusal>(&outcome);
  return refusal == nullptr || !refusal->busy;
}

bool ServiceContentDoor::withdraw(std::string_view why) {
  const auto outcome = service_.withdraw_content(why);
  const auto* refusal = std::get_if<Refusal>(&outcome);
  return refusal == nullptr || !refusal->busy;
}

BoxStatus::Authority AgentBoxDoor::authority() {
  BoxStatus::Authority authority;
  const auto shown = ask_control({{"op", "ca.show"}});
  if (!shown) {
    authority.trouble = shown.error().message;
    return authority;
  }
  authority.certificate = text_at(*shown, "certificate");
  authority.subject = text_at(*shown, "subject");
  authority.issuer = text_at(*shown, "issuer");
  authority.key = text_at(*shown, "key");
  authority.origin = text_at(*shown, "origin");
  authority.fingerprint = text_at(*shown, "fingerprint");
  authority.not_before = shown->value("not_before", std::int64_t{0});
  authority.not_after = shown->value("not_after", std::int64_t{0});
  return authority;
}

BoxStatus AgentBoxDoor::status() {
  BoxStatus status;
  status.events_lost = events_lost_();
  status.authority = authority();
  const auto reply = dataplane_.ask({{"op", "status"}}, kStatusTimeout);
  if (!reply) return status;
  status.dataplane_up = true;
  status.uptime_seconds = number_at(*reply, "uptime_seconds");
  for (const json& port : objects_at(*reply, "ports")) status.ports.push_back(port_of(port));
  for (const json& worker : objects_at(*reply, "workers"))
    status.flows += number_at(worker, "flows");
  if (const auto counters = dataplane_.counters())
    for (const auto& [name, value] : *counters) {
      if (name == "decoder.pkts") status.packets = value;
      if (name == "decoder.bytes") status.bytes = value;
      if (name.starts_with("drop.")) status.dropped += value;
    }
  return status;
}

Result<json> AgentBoxDoor::ask_control(const json& request) {
  json reply = json::parse(control_(request.dump()), nullptr, false);
  if (!reply.is_object()) return Error{Error::Code::io, "control: its reply is no JSON object"};
  if (const auto it = reply.find("ok"); it != reply.end() && *it == true) return reply;
  const json error = reply.value("error", json::object());
  const bool missing = error.is_object() && text_at(error, "code") == "not_found";
  return Error{missing ? Error::Code::not_found : Error::Code::invalid_input,
               error.is_object() ? text_at(error, "message") : "refused without a reason"};
}

void SpoolEventSource::set_enrolled(bool enrolled) {
  std::shared_ptr<Spool> now;
  if (enrolled) {
    now = spool();
    if (now) return;
    auto opened = Spool::open(folder_, limits_);
    if (!opened) return spdlog::error("spool: {}", opened.error().message);
    now = std::move(*opened);
    if (const auto found = now->status(); !found.new_epoch_reason.empty())
      spdlog::warn("spool: its numbers begin anew: {}", found.new_epoch_reason);
  }
  {
    const std::lock_guard lock(mutex_);
    spool_ = now;
  }
  log_.attach_spool(std::move(now));
}

void SpoolEventSource::drop_all() {
  const auto open = spool();
  if (!open) return;
  const auto last = open->status().next - 1;
  if (last == 0) return;
  if (auto done = open->acknowledge(last); !done) spdlog::error("spool: {}", done.error().message);
}

std::shared_ptr<Spool> SpoolEventSource::spool() const {
  const std::lock_guard lock(mutex_);
  return spool_;
}

std::string SpoolEventSource::epoch() const {
  const auto open = spool();
  return open ? open->epoch() : std::string();
}

Result<EventSource::Lines> SpoolEventSource::read(std::uint64_t from, std::size_t max_lines,
                                                  std::size_t max_bytes) {
  const auto open = spool();
  if (!open) return Error{Error::Code::not_found, "there is no spool"};
  auto lines = open->read(from, max_lines, max_bytes);
  if (!lines) return std::move(lines).error();
  return Lines{lines->first_sequence, std::move(lines->lines)};
}

Status SpoolEventSource::acknowledge(std::uint64_t sequence) {
  const auto open = spool();
  return open ? open->acknowledge(sequence) : ok();
}

bool SpoolEventSource::wait_for_more(std::uint64_t sequence, std::chrono::milliseconds timeout,
                                     const std::stop_token& stop) {
  const auto open = spool();
  return open && open->wait_for_more(sequence, timeout, stop);
}

EventSource::State SpoolEventSource::state() const {
  const auto open = spool();
  if (!open) return {};
  const auto status = open->status();
  return {status.next, status.next - status.first_unacknowledged, status.lost};
}

}  // namespace sekisho::controlplane
