#include "controlplane/scan/clamd_settings.h"

namespace sekisho::controlplane {

ClamdPlaces clamd_places(const std::string& run_dir, const std::string& state_dir) {
  return {.folder = state_dir + "/clamd", .socket = run_dir + "/clamd.sock"};
}

/// What exceeds a limit is told (AlertExceedsMax), not passed as clean. 100 MiB a file is what
/// sekisho-scan takes; MaxScanTime is below its patience. Bytecode would be code of others.
std::string clamd_configuration(const ClamdPlaces& places) {
  std::string text;
  text.append("DatabaseDirectory ").append(places.signatures());
  text.append("\nTemporaryDirectory ").append(places.scratch());
  text.append("\nLocalSocket ").append(places.socket);
  text.append("\nLogFile ").append(places.folder).append("/clamd.log");
  text.append(R"(
LocalSocketMode 660
FixStaleSocket yes
Foreground yes
LogFileMaxSize 1M
LogTime yes
MaxThreads 4
MaxQueue 16
MaxConnectionQueueLength 64
IdleTimeout 30
ReadTimeout 20
CommandReadTimeout 10
SelfCheck 0
ExitOnOOM yes
Bytecode no
MaxRecursion 16
MaxFiles 10000
MaxScanSize 200M
MaxFileSize 100M
StreamMaxLength 100M
MaxScanTime 20000
AlertEncrypted yes
AlertExceedsMax yes
AlertBrokenExecutables no
AlertOLE2Macros no
PhishingSignatures no
PhishingScanURLs no
DetectPUA no
LeaveTemporaryFiles no
)");
  return text;
}

}  // namespace sekisho::controlplane
