#include <algorithm>

#include "requests.h"

namespace sekisho::dataplane {
namespace {

std::uint32_t now_seconds(const Request& request) {
  return static_cast<std::uint32_t>(request.dataplane.steady_ns() / 1'000'000'000);
}

Json to_json(const SmartBypass& one) {
  return {{"client", to_string(one.client)},
          {"host", one.host},
          {"failure", decrypt::name_of(one.failure)},
          {"seconds_left", one.seconds_left}};
}

}  // namespace

Result<Json> answer_tls_bypasses_list(const Request& request) {
  const auto limit = number_field(request.body, "limit", SmartBypasses::kMax, SmartBypasses::kMax);
  if (!limit) return Error{limit.error()};
  const auto all = request.dataplane.shared().smart_bypasses.list(now_seconds(request));
  Json bypasses = Json::array();
  for (const auto& one : all) {
    if (bypasses.size() == *limit) break;
    bypasses.push_back(to_json(one));
  }
  return Json{
      {"capacity", SmartBypasses::kMax}, {"total", all.size()}, {"bypasses", std::move(bypasses)}};
}

Result<Json> answer_tls_bypasses_remove(const Request& request) {
  const auto client = address_field(request.body, "client");
  if (!client) return Error{client.error()};
  if (!*client) return Error{Error::Code::invalid_input, "'client' is missing"};
  const auto named = text_field(request.body, "host", "");
  if (!named) return Error{named.error()};
  std::string host = *named;
  std::transform(host.begin(), host.end(), host.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  if (host.empty()) return Error{Error::Code::invalid_input, "'host' is missing"};
  if (!request.dataplane.shared().smart_bypasses.remove(**client, host, now_seconds(request)))
    return Error{Error::Code::not_found,
                 "connections of " + to_string(**client) + " to '" + host + "' are not spared"};
  return Json{{"removed", 1}};
}

Result<Json> answer_tls_bypasses_clear(const Request& request) {
  return Json{{"removed", request.dataplane.shared().smart_bypasses.clear(now_seconds(request))}};
}

}  // namespace sekisho::dataplane
