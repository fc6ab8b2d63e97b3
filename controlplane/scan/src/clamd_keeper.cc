#include "controlplane/scan/clamd_keeper.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "config/base/message_socket.h"
#include "controlplane/sandbox/sandbox.h"

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::seconds kPingTime{2};
constexpr std::chrono::seconds kSilence{15};     // after which a clamd that answered is ended
constexpr std::chrono::seconds kStartTime{180};  // to read its signatures
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

/// Address space: sets of half a million signatures take 100 MB; archives are unpacked to files.
constexpr ResourceLimits kLimits{.address_space_bytes = std::uint64_t{4} << 30,
                                 .cpu_seconds = kNoLimit,
                                 .file_bytes = std::uint64_t{512} << 20,
                                 .open_files = 1024};

Status write_configuration(const ClamdPlaces& places) {
  std::ofstream out(places.configuration(), std::ios::trunc);
  out << clamd_configuration(places);
  out.close();
  return out ? ok()
             : Status(Error{Error::Code::io, places.configuration() + ": cannot be written"});
}

/// What a clamd that was killed left behind.
void empty_folder(const std::string& folder) {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem))
    std::filesystem::remove_all(entry.path(), problem);
}

}  // namespace

ClamdKeeper::ClamdKeeper(ClamdPlaces places, SignatureSources sources)
    : places_(std::move(places)), sources_(std::move(sources)), client_(places_.socket) {}

ClamdKeeper::~ClamdKeeper() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ClamdKeeper::look(Clock::time_point now) {
  int status = 0;
  if (pid_ != 0 && waitpid(pid_, &status, WNOHANG) == pid_) note_end(status, now);
  auto found = state_of(sources_);
  if (found != known_) {
    known_ = std::move(found);
    with_own_ = true;
    told_absent_ = false;
    due_ = now;
    if (pid_ != 0) end("other signatures");
  }
  if (pid_ == 0 && now >= due_) start(now);
  if (pid_ != 0) check_answers(now);
}

void ClamdKeeper::start(Clock::time_point now) {
  auto gathered = gather_signatures(sources_, with_own_, places_.signatures());
  if (!gathered && gathered.error().code != Error::Code::not_found && with_own_) {
    spdlog::error("{}; clamd goes without the own set", gathered.error().message);
    with_own_ = false;
    gathered = gather_signatures(sources_, false, places_.signatures());
  }
  if (gathered)
    if (auto written = write_configuration(places_); !written) gathered = Error{written.error()};
  if (!gathered) {
    if (!std::exchange(told_absent_, true)) spdlog::warn("{}", gathered.error().message);
    due_ = now + std::chrono::seconds(5);
    return;
  }
  empty_folder(places_.scratch());
  const pid_t keeper = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != keeper) _exit(127);
    become_clamd();
  }
  if (pid_ < 0) {
    spdlog::error("fork: {}", std::strerror(errno));
    pid_ = 0;
    due_ = now + restarts_.died_after({});
    return;
  }
  started_ = heard_ = now;
  answered_ = false;
  spdlog::info("clamd: started, pid {}, {} files of signatures", pid_, *gathered);
}

void ClamdKeeper::become_clamd() const {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // What it says is in its own log; on standard output it repeats its settings.
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0)
    _exit(127);
  if (!limit_resources(kLimits)) _exit(126);
  const std::string file = "--config-file=" + places_.configuration();
  execl(kClamdProgram, kClamdProgram, file.c_str(), nullptr);
  _exit(127);
}

void ClamdKeeper::note_end(int status, Clock::time_point now) {
  const bool by_signal = WIFSIGNALED(status);
  spdlog::warn("clamd: ended by {} {}", by_signal ? "signal" : "exit",
               by_signal ? WTERMSIG(status) : WEXITSTATUS(status));
  if (!answered_ && !by_signal && with_own_ && !sources_.own.empty()) {
    spdlog::error("clamd: does not start with the own set: goes without");
    with_own_ = false;
  }
  pid_ = 0;
  due_ = now +
         restarts_.died_after(std::chrono::duration_cast<RestartPolicy::Duration>(now - started_));
}

void ClamdKeeper::end(std::string_view why) {
  spdlog::info("clamd: ended: {}", why);
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void ClamdKeeper::check_answers(Clock::time_point now) {
  if (client_.ping(kPingTime)) {
    if (!answered_) spdlog::info("clamd: answers");
    answered_ = true;
    heard_ = now;
    return;
  }
  if (now - heard_ < (answered_ ? kSilence : kStartTime)) return;
  end("it does not answer");
  due_ = now;
}

}  // namespace sekisho::controlplane
