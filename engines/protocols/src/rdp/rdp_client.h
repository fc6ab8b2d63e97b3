#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "config/events/json_writer.h"

namespace sekisho::engines::rdp {

using Bytes = std::span<const std::uint8_t>;

/// The client's settings in an MCS Connect Initial (MS-RDPBCGR 2.2.1.3); they lie in its bytes.
struct ClientSettings {
  Bytes core;      // behind its block's header
  Bytes channels;  // 12 bytes each
};

/// nullopt: no Connect Initial with settings. `payload`: behind X.224's data header.
std::optional<ClientSettings> read_connect_initial(Bytes payload) noexcept;

/// `"client":{...}` and `"channels":[...]`.
void write_settings(const ClientSettings& settings, events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines::rdp
