#include "whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "config/base/message_socket.h"
#include "tools/sekisho/command.h"

namespace sekisho::tools {

std::string read_whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw CommandError(ExitCode::negative, fmt::format("{}: {}", path, std::strerror(errno)));
  return {std::istreambuf_iterator<char>(file), {}};
}

void replace_file(const std::string& path, std::span<const std::byte> content) {
  const auto draft = path + ".new";
  const auto fail = [&draft] {
    const auto why = fmt::format("{}: {}", draft, std::strerror(errno));
    ::unlink(draft.c_str());
    throw CommandError(ExitCode::refused, why);
  };
  const FileDescriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) fail();
  while (!content.empty()) {
    const auto written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail();
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0 || ::rename(draft.c_str(), path.c_str()) != 0) fail();
}

}  // namespace sekisho::tools
