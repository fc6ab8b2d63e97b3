#include "commands/commands.h"

namespace sekisho::tools {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands{
      commands::status(),       commands::ports(),           commands::flows(),
      commands::policy_apply(), commands::policy_version(),  commands::policy_rules(),
      commands::policy_show(),  commands::policy_rollback(), commands::explain(),
      commands::version(),
  };
  return kCommands;
}

}  // namespace sekisho::tools
