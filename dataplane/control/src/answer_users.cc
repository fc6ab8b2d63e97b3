#include "requests.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kDefaultSeconds = std::uint64_t{8} * 3600;
constexpr std::uint64_t kMaxSeconds = std::uint64_t{30} * 24 * 3600;
constexpr std::size_t kMaxNameBytes = 512;  // 128 characters, as in a policy
constexpr std::size_t kMaxIds = 4096;
constexpr std::size_t kMaxRestored = 1000;  // of one request

std::uint32_t now_seconds(const Request& request) {
  return static_cast<std::uint32_t>(request.dataplane.steady_ns() / 1'000'000'000);
}

/// Flows that run already are judged again.
void tell_workers(const Request& request) {
  request.dataplane.shared().identifies_users.store(true, std::memory_order_relaxed);
  request.dataplane.shared().learned_generation.fetch_add(1, std::memory_order_release);
}

Result<IpAddress> needed_address(const Json& body) {
  const auto address = address_field(body, "address");
  if (!address) return Error{address.error()};
  if (!*address) return Error{Error::Code::invalid_input, "'address' is missing"};
  return **address;
}

Status check_name(const std::string& name, const char* what) {
  if (!name.empty() && name.size() <= kMaxNameBytes) return ok();
  return Error{Error::Code::invalid_input, std::string("'") + what +
                                               "' is missing or longer than " +
                                               std::to_string(kMaxNameBytes) + " bytes"};
}

Result<std::vector<std::string>> groups_of(const Json& body) {
  std::vector<std::string> groups;
  const auto found = body.find("groups");
  if (found == body.end()) return groups;
  if (!found->is_array()) return Error{Error::Code::invalid_input, "'groups' must be an array"};
  for (const auto& group : *found) {
    if (!group.is_string()) return Error{Error::Code::invalid_input, "a group must be a string"};
    groups.push_back(group.get<std::string>());
    if (auto good = check_name(groups.back(), "groups"); !good) return std::move(good).error();
  }
  return groups;
}

struct Binding {
  UserAddress entry;
  std::uint64_t seconds = 0;
};

/// `now`: of the steady clock, in seconds.
Result<Binding> binding_of(const Json& body, std::uint32_t now) {
  const auto address = needed_address(body);
  if (!address) return Error{address.error()};
  const auto user = text_field(body, "user", "");
  if (!user) return Error{user.error()};
  if (auto good = check_name(*user, "user"); !good) return std::move(good).error();
  auto groups = groups_of(body);
  if (!groups) return std::move(groups).error();
  const auto seconds = number_field(body, "seconds", kDefaultSeconds, kMaxSeconds);
  if (!seconds) return Error{seconds.error()};
  return Binding{{*address, *user, *std::move(groups), now + static_cast<std::uint32_t>(*seconds)},
                 *seconds};
}

}  // namespace

Result<Json> answer_users_list(const Request& request) {
  const auto now = now_seconds(request);
  return request.dataplane.with_users([&](const UserAddresses& users) -> Result<Json> {
    Json entries = Json::array();
    for (const auto& entry : users.list(now))
      entries.push_back({{"address", to_string(entry.address)},
                         {"user", entry.user},
                         {"groups", entry.groups},
                         {"seconds_left", entry.until_seconds - now}});
    return Json{{"capacity", users.capacity()},
                {"changes", users.changes()},
                {"users", std::move(entries)}};
  });
}

/// Who stands behind the ids of records; those that nobody was told of are left out.
Result<Json> answer_users_names(const Request& request) {
  const auto ids = request.body.find("ids");
  if (ids == request.body.end() || !ids->is_array() || ids->size() > kMaxIds)
    return Error{Error::Code::invalid_input,
                 "'ids' must be an array of at most " + std::to_string(kMaxIds)};
  return request.dataplane.with_users([&](const UserAddresses& users) -> Result<Json> {
    Json names = Json::array();
    for (const auto& id : *ids) {
      if (!id.is_number_unsigned())
        return Error{Error::Code::invalid_input, "an id must be a number"};
      const auto number = id.get<std::uint64_t>();
      const auto* known =
          number > 0xffffffff ? nullptr : users.named(static_cast<std::uint32_t>(number));
      if (known != nullptr)
        names.push_back({{"id", number}, {"user", known->user}, {"groups", known->groups}});
    }
    return Json{{"users", std::move(names)}};
  });
}

Result<Json> answer_users_bind(const Request& request) {
  const auto now = now_seconds(request);
  auto binding = binding_of(request.body, now);
  if (!binding) return std::move(binding).error();
  return request.dataplane.with_users([&](UserAddresses& users) -> Result<Json> {
    const auto address = to_string(binding->entry.address);
    auto bound = users.bind(std::move(binding->entry), now);
    if (!bound) return std::move(bound).error();
    tell_workers(request);
    return Json{{"address", address}, {"seconds", binding->seconds}};
  });
}

/// Whom a dataplane before this one was told of. Who was identified since stays.
Result<Json> answer_users_restore(const Request& request) {
  const auto list = request.body.find("users");
  if (list == request.body.end() || !list->is_array() || list->size() > kMaxRestored)
    return Error{Error::Code::invalid_input,
                 "'users' must be an array of at most " + std::to_string(kMaxRestored)};
  const auto now = now_seconds(request);
  std::vector<UserAddress> entries;
  for (const auto& one : *list) {
    if (!one.is_object()) return Error{Error::Code::invalid_input, "a user must be an object"};
    auto binding = binding_of(one, now);
    if (!binding) return std::move(binding).error();
    entries.push_back(std::move(binding->entry));
  }
  return request.dataplane.with_users([&](UserAddresses& users) -> Result<Json> {
    std::size_t restored = 0;
    for (auto& entry : entries)
      if (!users.knows(entry.address, now) && users.bind(std::move(entry), now)) ++restored;
    if (restored != 0) tell_workers(request);
    return Json{{"restored", restored}};
  });
}

Result<Json> answer_users_release(const Request& request) {
  const auto address = needed_address(request.body);
  if (!address) return Error{address.error()};
  return request.dataplane.with_users([&](UserAddresses& users) -> Result<Json> {
    if (!users.release(*address))
      return Error{Error::Code::not_found, "nobody is known at " + to_string(*address)};
    tell_workers(request);
    return Json{{"released", 1}};
  });
}

}  // namespace sekisho::dataplane
