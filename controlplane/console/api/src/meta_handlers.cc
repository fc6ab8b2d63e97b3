// What there is to say about the console itself.
#include "rows.h"

namespace sekisho::console {
namespace {

http::Response get_health(Services& services, const Call&) {
  services.database().read([](Session& session) {
    int one = 0;
    session << "SELECT 1", soci::into(one);
  });
  return json_response(200, {{"version", services.doors.software_version},
                             {"database", name_of(services.database().backend())}});
}

http::Response get_open_api(Services& services, const Call&) {
  http::Response response;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache"}};
  response.body = services.document.served();
  return response;
}

}  // namespace

void add_meta_handlers(Handlers& handlers) {
  handlers["getHealth"] = get_health;
  handlers["getOpenApi"] = get_open_api;
}

}  // namespace sekisho::console
