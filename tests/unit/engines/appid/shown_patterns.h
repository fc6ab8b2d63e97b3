#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "conversations.h"

namespace sekisho::tests {

/// What shows an application with its last payload, and what only resembles it.
struct Shown {
  std::string_view application;
  std::uint8_t protocol;
  std::uint16_t port;  // of the server
  std::vector<Said> is, is_not;
};

/// A bind of DCE/RPC to an interface, whose UUID is given as it goes over the wire.
std::string bind_of(std::string_view interface);

/// For all patterns of the catalogue.
std::vector<Shown> shown_patterns();
void add_shown_devices(std::vector<Shown>& all);  // shown_devices.cc

}  // namespace sekisho::tests
