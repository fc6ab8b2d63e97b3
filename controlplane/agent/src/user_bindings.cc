#include "controlplane/agent/user_bindings.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "json_at.h"
#include "text_of.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;  // as much as a reply may have
constexpr std::size_t kUsersAtOnce = 500;
constexpr std::int64_t kMaxSeconds = std::int64_t{30} * 24 * 3600;  // as the dataplane takes it

json list_at(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_array() ? *found : json::array();
}

/// The times as a dataplane takes them; whose time is over is left out. Nobody gets more than was
/// left when it was written: the clock of a box without a battery may be years behind.
json with_seconds(const json& users, std::int64_t now) {
  json list = json::array();
  for (const auto& user : users) {
    if (!user.is_object()) continue;
    const auto until = static_cast<std::int64_t>(number_at<std::uint32_t>(user, "until"));
    const std::int64_t most = number_at<std::uint32_t>(user, "seconds");
    const auto left = std::min({until - now, most, kMaxSeconds});
    if (left <= 0) continue;
    list.push_back({{"address", text_at(user, "address")},
                    {"user", text_at(user, "user")},
                    {"groups", list_at(user, "groups")},
                    {"seconds", left}});
  }
  return list;
}

/// The other way.
json with_ends(const json& users, std::int64_t now) {
  json list = json::array();
  for (const auto& user : users)
    list.push_back({{"address", text_at(user, "address")},
                    {"user", text_at(user, "user")},
                    {"groups", list_at(user, "groups")},
                    {"until", static_cast<std::uint64_t>(now) +
                                  number_at<std::uint32_t>(user, "seconds_left")},
                    {"seconds", number_at<std::uint32_t>(user, "seconds_left")}});
  return list;
}

}  // namespace

UserBindings::UserBindings(std::string path, FileDoor& files, Ask ask)
    : path_(std::move(path)), files_(files), ask_(std::move(ask)), users_(json::array()) {
  const auto bytes = files_.read(path_, kMaxFileBytes);
  if (!bytes) return;
  const json kept = json::parse(text_of(*bytes), nullptr, false);
  if (!kept.is_object()) return;
  boot_id_ = text_at(kept, "boot_id");
  users_ = list_at(kept, "users");
}

Status UserBindings::follow(const DataplaneState& dataplane, std::int64_t now) {
  if (dataplane.boot_id != boot_id_) {
    if (auto given = give_back(now); !given) return given;
    boot_id_ = dataplane.boot_id;
    changes_.reset();
  }
  if (changes_ == dataplane.user_changes) return ok();
  return keep(dataplane.boot_id, now);
}

Status UserBindings::give_back(std::int64_t now) {
  const auto all = with_seconds(users_, now);
  for (std::size_t first = 0; first < all.size(); first += kUsersAtOnce) {
    const auto end = std::min(first + kUsersAtOnce, all.size());
    const json some(all.begin() + static_cast<std::ptrdiff_t>(first),
                    all.begin() + static_cast<std::ptrdiff_t>(end));
    const auto reply = ask_({{"op", "users.restore"}, {"users", some}});
    if (!reply && reply.error().code != Error::Code::invalid_input) return Error{reply.error()};
    // A file that nobody but us writes: what is wrong with it stays so.
    if (!reply) spdlog::error("users who were identified: {}", reply.error().message);
  }
  return ok();
}

Status UserBindings::keep(const std::string& boot_id, std::int64_t now) {
  const auto reply = ask_({{"op", "users.list"}});
  if (!reply) return Error{reply.error()};
  auto users = with_ends(list_at(*reply, "users"), now);
  if (!users.empty() || !users_.empty()) {
    const json file{{"boot_id", boot_id}, {"users", users}};
    auto written = replace_file(
        files_, path_, file.dump(-1, ' ', false, json::error_handler_t::replace), Readers::group);
    if (!written) return written;
  }
  users_ = std::move(users);
  changes_ = number_at(*reply, "changes");
  return ok();
}

}  // namespace sekisho::controlplane
