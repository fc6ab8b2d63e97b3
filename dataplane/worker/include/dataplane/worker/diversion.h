#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/decrypt/diversion/diverter.h"
#include "dataplane/flow/flow.h"

namespace sekisho::dataplane {

/// Why a connection that a profile decrypts was not opened.
enum class Undecrypted : std::uint8_t {
  none,         // it was
  not_covered,  // no profile decrypts it after all
  // by policy
  allow_list,
  exempt_host,
  exempt_category,
  exempt_application,
  encrypted_hello,
  smart_bypass,
  // by itself, or by what goes on here: DiversionNews::Why
  not_tls,
  hello_too_long,
  handshake,
  no_room,
  refused,
  not_running,
};
/// As events have it: "exempt_host", "not_tls", ...
std::string_view name_of(Undecrypted why) noexcept;

/// What a worker needs to open connections; made off its core, as it allocates.
struct Diversion {
  explicit Diversion(const decrypt::DiversionSettings& settings)
      : diverter(settings), flows(settings.most_connections, kNoFlow) {}
  decrypt::Diverter diverter;
  std::vector<FlowIndex> flows;  // by the diverter's numbers
};

/// What is known of one flow that is followed.
struct FlowDiversion {
  decrypt::Diverter::Number number = decrypt::Diverter::kNone;
  bool has_hidden_name = false;  // its hello is encrypted behind a name that is known for that
};

}  // namespace sekisho::dataplane
