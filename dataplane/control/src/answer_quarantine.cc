#include "requests.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

Json to_json(const QuarantineEntry& entry, std::uint64_t now_ns) {
  return {{"address", to_string(entry.source)},
          {"seconds", (entry.until_ns - entry.since_ns) / kSecond},
          {"seconds_left", (entry.until_ns - now_ns + kSecond - 1) / kSecond},
          {"packets", entry.packets},
          {"generator", entry.generator},
          {"signature", entry.signature},
          {"revision", entry.revision}};
}

}  // namespace

Result<Json> answer_quarantine_list(const Request& request) {
  const auto now_ns = request.dataplane.steady_ns();
  Json sources = Json::array();
  for (const auto& entry : request.dataplane.shared().quarantine.list(now_ns))
    sources.push_back(to_json(entry, now_ns));
  return Json{{"capacity", Quarantine::kCapacity}, {"sources", std::move(sources)}};
}

Result<Json> answer_quarantine_release(const Request& request) {
  auto& quarantine = request.dataplane.shared().quarantine;
  const auto now_ns = request.dataplane.steady_ns();
  const auto all = request.body.find("all");
  if (all != request.body.end()) {
    if (!all->is_boolean() || !all->get<bool>() || request.body.contains("address"))
      return Error{Error::Code::invalid_input, "'all' must be true, without 'address'"};
    std::uint64_t released = 0;
    for (const auto& entry : quarantine.list(now_ns))
      released += quarantine.release(entry.source, now_ns) ? 1 : 0;
    return Json{{"released", released}};
  }
  const auto address = address_field(request.body, "address");
  if (!address) return Error{address.error()};
  if (!*address) return Error{Error::Code::invalid_input, "'address' is missing"};
  if (!quarantine.release(**address, now_ns))
    return Error{Error::Code::not_found, to_string(**address) + " is not in quarantine"};
  return Json{{"released", 1}};
}

}  // namespace sekisho::dataplane
