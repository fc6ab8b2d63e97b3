#pragma once

#include <cstddef>
#include <string>

#include "config/base/result.h"

namespace sekisho::link::v1 {
class FromGateway;
}

namespace sekisho::console {

inline constexpr std::size_t kMaxNameBytes = 200;
inline constexpr std::size_t kMaxReasonBytes = 2'000;

/// Takes out zero bytes and cuts to `max_bytes`, never within a character of UTF-8.
void tidy(std::string& text, std::size_t max_bytes);

/// Cuts what is only long (names, reasons, lists of mistakes) and takes out what no database stores
/// (zero bytes). Refuses what makes no sense: numbers over 2^63, a diagnostic reply over its
/// limits. The lines of an event batch are read_event_batch()'s to check.
Status check_message(link::v1::FromGateway& message);

}  // namespace sekisho::console
