#include "controlplane/console/http/message.h"

namespace sekisho::console::http {

std::string_view Request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

}  // namespace sekisho::console::http
