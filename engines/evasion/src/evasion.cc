#include "engines/evasion/evasion.h"

namespace sekisho::engines::evasion {

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::certificate_mismatch:
      return "certificate_mismatch";
    case Kind::tunnel_mismatch:
      return "tunnel_mismatch";
    case Kind::host_mismatch:
      return "host_mismatch";
    case Kind::invalid_server_name:
      return "invalid_server_name";
    case Kind::foreign_port:
      return "foreign_port";
    case Kind::invalid_host:
      return "invalid_host";
  }
  return "";
}

}  // namespace sekisho::engines::evasion
