#include "config/base/result.h"

namespace sekisho {

Error Error::within(std::string_view outer) && {
  message.insert(0, ": ").insert(0, outer);
  return std::move(*this);
}

std::string_view name_of(Error::Code code) noexcept {
  switch (code) {
    case Error::Code::invalid_input:
      return "invalid_input";
    case Error::Code::not_found:
      return "not_found";
    case Error::Code::signature:
      return "signature";
    case Error::Code::version:
      return "version";
    case Error::Code::resource:
      return "resource";
    case Error::Code::io:
      return "io";
  }
  return "unknown";
}

}  // namespace sekisho
