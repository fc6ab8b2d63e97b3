#pragma once

#include <string>

#include "call.h"

namespace sekisho::console {

/// What a gateway is asked over its stream, or asked to do.
struct Question {
  std::string op;
  std::string arguments;  // JSON; sealed in the database where has_sealed_arguments() says so
  std::string audited;    // what the audit log says of it: no secret
};

/// Asks the gateway of `call`'s path; the answer is fetched as a Diagnostic (openapi.yaml). Refused
/// with 404 where there is no such gateway, with 409 where it is offline or busy.
http::Response ask_gateway(Services& services, const Call& call, const Question& question);

}  // namespace sekisho::console
