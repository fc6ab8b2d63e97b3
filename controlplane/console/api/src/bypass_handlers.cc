// What smart bypass spares on a gateway: taken back, one pair or all.
#include "questions.h"
#include "rows.h"

namespace sekisho::console {
namespace {

http::Response remove(Services& services, const Call& call) {
  return ask_gateway(
      services, call,
      {"tls.bypasses.remove", canonical(call.body),
       call.body["host"].get<std::string>() + " " + call.body["client"].get<std::string>()});
}

http::Response clear(Services& services, const Call& call) {
  return ask_gateway(services, call, {"tls.bypasses.clear", "{}", "tls.bypasses.clear"});
}

}  // namespace

void add_bypass_handlers(Handlers& handlers) {
  handlers["removeSmartBypass"] = remove;
  handlers["clearSmartBypasses"] = clear;
}

}  // namespace sekisho::console
