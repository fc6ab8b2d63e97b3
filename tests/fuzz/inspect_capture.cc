// Capture files as sekisho-inspect reads them: any bytes through libpcap, the worker and the event
// writer. Checked: a file that is refused is refused with a reason, and of one that is read each
// packet is counted once.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "dataplane/inspect/inspect_capture.h"
#include "worker_harness/worker_harness.h"

namespace {

using namespace sekisho;

constexpr std::string_view kPolicy = R"(
version: 1
rules:
  - {name: no ssh, action: block, content: {applications: [ssh]}}
  - {name: sites, action: block, block_with: reset, destination: {fqdns: "*.example.com"}}
  - {name: ftp, action: allow, services: [tcp/21]}
  - {name: rest, action: monitor}
packet_checks: {malformed: pass}
)";

/// Where eve.json goes, for as long as the process lives.
class LogFolder {
 public:
  LogFolder() {
    path_ = (std::filesystem::temp_directory_path() / "sekisho_fuzz_XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~LogFolder() { std::filesystem::remove_all(path_); }
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string last_line(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) last = line;
  return last;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const LogFolder log;
  static const auto snapshot = [] {
    tests::init_eal();
    return tests::compile_snapshot(kPolicy);
  }();
  static const int file = ::memfd_create("capture", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
    return 0;
  const auto summary = dataplane::inspect_capture({.capture = path,
                                                   .log_dir = log.path(),
                                                   .snapshot = snapshot,
                                                   .check_checksums = size % 2 == 0,
                                                   .flow_capacity = 64});
  if (!summary) {
    if (summary.error().message.empty()) std::abort();
    return 0;
  }
  const auto stats = last_line(log.path() + "/eve.json");
  if (stats.find("\"pkts\":" + std::to_string(summary->packets) + ",") == std::string::npos)
    std::abort();
  return 0;
}
