#pragma once

#include <span>
#include <string_view>

#include "engines/ips/ips.h"

namespace sekisho::engines {

/// What a match noted, as EVE has it: alert.context, and the record's metadata. The text lies in
/// `room` as long as this and the next one are not made there.
class AlertNotes {
 public:
  AlertNotes(std::span<const ips::AlertNote> notes, std::span<char> room) noexcept;
  /// A JSON object; empty: there is nothing, or too much.
  std::string_view context() const noexcept { return context_; }
  std::string_view metadata() const noexcept { return metadata_; }

 private:
  std::string_view context_, metadata_;
};

}  // namespace sekisho::engines
