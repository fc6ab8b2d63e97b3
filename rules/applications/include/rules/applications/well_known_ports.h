#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rules/applications/catalogue.h"

namespace sekisho::rules {

/// Names of the protocols of the catalogue that are at home on a system port (RFC 6335: below
/// 1024), the one that it is assigned to first. Empty: any may be there, as far as is known here.
std::span<const std::string_view> protocols_at_home(std::uint8_t ip_protocol,
                                                    std::uint16_t port) noexcept;

/// Whether `application` is a protocol that has no business on the port, as that is another's. Of
/// applications that are told by their hosts never: those choose their ports themselves.
bool is_foreign(const Application& application, std::uint8_t ip_protocol,
                std::uint16_t port) noexcept;

}  // namespace sekisho::rules
