#include "problem.h"

namespace sekisho::console {

http::Response json_response(int status, const Json& body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  // A text from a database could hold what is no UTF-8; the answer must still be JSON.
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  response.headers = {{"Cache-Control", "no-store"}};
  return response;
}

http::Response Refusal::response() const {
  auto response = json_response(status_, problem_);
  response.headers.insert(response.headers.end(), headers_.begin(), headers_.end());
  return response;
}

}  // namespace sekisho::console
