#include "commands/commands.h"

namespace sekisho::tools {

const std::vector<Command>& all_commands() {
  static const std::vector<Command> kCommands{
      commands::status(),
      commands::ports(),
      commands::flows(),
      commands::policy_check(),
      commands::policy_apply(),
      commands::policy_version(),
      commands::policy_rules(),
      commands::policy_show(),
      commands::policy_diff(),
      commands::policy_rollback(),
      commands::policy_describe(),
      commands::policy_factory(),
      commands::policy_schema(),
      commands::rules_check(),
      commands::rules_top(),
      commands::bandwidth_top(),
      commands::callbacks_top(),
      commands::quarantine_list(),
      commands::quarantine_release(),
      commands::users_list(),
      commands::users_bind(),
      commands::users_release(),
      commands::alert_captures_list(),
      commands::alert_captures_export(),
      commands::alert_captures_remove(),
      commands::content_build(),
      commands::content_import(),
      commands::content_list(),
      commands::content_remove(),
      commands::content_rollback(),
      commands::content_update(),
      commands::url_lookup(),
      commands::reputation_lookup(),
      commands::scan_file(),
      commands::enrol(),
      commands::unenrol(),
      commands::explain(),
      commands::trace(),
      commands::capture(),
      commands::events(),
      commands::diag(),
      commands::support_bundle(),
      commands::inspect(),
      commands::completion(),
      commands::complete(),
      commands::version(),
  };
  return kCommands;
}

}  // namespace sekisho::tools
