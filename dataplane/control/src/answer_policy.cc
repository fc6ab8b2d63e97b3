#include "requests.h"

namespace sekisho::dataplane {

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
