// Who did what.
#include "rows.h"

namespace sekisho::console {
namespace {

/// Of a tenant; "": what is no tenant's (log-ins of users who belong to none).
http::Response audit_page(Services& services, const Call& call, const std::string& tenant) {
  const auto before = call.number("before", kAnyVersion);
  const auto limit = call.number("limit", 100);
  return services.database().read([&](Session& session) {
    std::int64_t id = 0, time = 0;
    std::string login, action, target, detail;
    Json list = Json::array();
    for_each_row(
        (session.prepare << "SELECT id, time, login, action, target, detail FROM audit WHERE "
                            "tenant = :tenant AND id < :before ORDER BY id DESC LIMIT " +
                                std::to_string(limit),
         soci::into(id), soci::into(time), soci::into(login), soci::into(action),
         soci::into(target), soci::into(detail), soci::use(tenant, "tenant"),
         soci::use(before, "before")),
        [&] {
          list.push_back({{"id", id},
                          {"time", time},
                          {"user", login},
                          {"action", action},
                          {"target", target},
                          {"detail", detail}});
        });
    return json_response(200, {{"entries", list}});
  });
}

http::Response list_audit(Services& services, const Call& call) {
  return audit_page(services, call, call.tenant());
}

http::Response list_console_audit(Services& services, const Call& call) {
  return audit_page(services, call, "");
}

}  // namespace

void add_audit_handlers(Handlers& handlers) {
  handlers["listAudit"] = list_audit;
  handlers["listConsoleAudit"] = list_console_audit;
}

}  // namespace sekisho::console
