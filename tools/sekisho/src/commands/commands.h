#pragma once

#include "tools/sekisho/command.h"

/// One per file of this folder.
namespace sekisho::tools::commands {

Command status();
Command ports();
Command flows();
Command policy_check();
Command policy_apply();
Command policy_version();
Command policy_rules();
Command policy_show();
Command policy_diff();
Command policy_rollback();
Command policy_describe();
Command policy_factory();
Command policy_schema();
Command rules_check();
Command rules_top();
Command bandwidth_top();
Command callbacks_top();
Command quarantine_list();
Command quarantine_release();
Command tls_bypasses_list();
Command tls_bypasses_remove();
Command tls_bypasses_clear();
Command users_list();
Command users_bind();
Command users_release();
Command alert_captures_list();
Command alert_captures_export();
Command alert_captures_remove();
Command content_build();
Command content_import();
Command content_list();
Command content_remove();
Command content_rollback();
Command content_update();
Command ca_show();
Command ca_export();
Command ca_regenerate();
Command ca_import();
Command enrol();
Command unenrol();
Command explain();
Command trace();
Command url_lookup();
Command reputation_lookup();
Command scan_file();
Command capture();
Command events();
Command diag();
Command support_bundle();
Command inspect();
Command completion();
Command complete();
Command version();

}  // namespace sekisho::tools::commands
