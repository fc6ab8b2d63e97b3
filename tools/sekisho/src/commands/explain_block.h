#pragma once

#include <string>

#include "tools/sekisho/command.h"

namespace sekisho::tools::commands {

/// Says what the request ID `text` stands for, by the events in `event_file` and what it was
/// rotated to. Throws CommandError for text that is no id and for an id that no event has.
ExitCode explain_block(Context& context, const std::string& text, const std::string& event_file);

/// The gateway's own file of events. Throws CommandError where it writes none.
std::string event_file(Context& context);

}  // namespace sekisho::tools::commands
