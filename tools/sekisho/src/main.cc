#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "tools/sekisho/command.h"

namespace {

volatile sig_atomic_t stop_requested = 0;

void request_stop(int /*signal*/) { stop_requested = 1; }

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = request_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // a second Ctrl-C ends at once
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

unsigned terminal_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0) return 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

bool terminal_has_colour() {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::strcmp(terminal, "dumb") == 0;
  return isatty(STDOUT_FILENO) != 0 && !dumb && std::getenv("NO_COLOR") == nullptr;
}

std::string execute(const std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  return std::strerror(errno);
}

std::filesystem::path program_dir() {
  std::error_code problem;
  return std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace sekisho::tools;
  std::ios::sync_with_stdio(false);
  watch_interrupts();
  Host host;
  host.program_dir = program_dir();
  host.stopped = [] { return stop_requested != 0; };
  host.execute = execute;
  Context context{.out = std::cout, .err = std::cerr, .in = std::cin, .host = host};
  context.open_gateway = open_sockets;
  context.width = terminal_width();
  context.colour = terminal_has_colour();
  auto code = run_command_line({argv + 1, argv + argc}, context);
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "sekisho: standard output could not be written\n";
    code = ExitCode::refused;
  }
  return static_cast<int>(code);
}
