#include "output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/sekisho/command.h"

namespace sekisho::tools {

FileDescriptor open_output(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;  // packets are other people's letters
  FileDescriptor file(
      path == "-" ? dup(STDOUT_FILENO)
                  : open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly));
  if (!file.valid())
    throw CommandError(ExitCode::refused, fmt::format("{}: {}", path, std::strerror(errno)));
  return file;
}

void remove_if_empty(const std::string& path, int file) {
  struct stat facts {};
  if (path != "-" && fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size == 0)
    unlink(path.c_str());
}

}  // namespace sekisho::tools
