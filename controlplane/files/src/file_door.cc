#include "controlplane/files/file_door.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "config/base/message_socket.h"

namespace sekisho::controlplane {
namespace {

Error file_error(const std::string& path) {
  return {errno == ENOENT ? Error::Code::not_found : Error::Code::io,
          path + ": " + std::strerror(errno)};
}

}  // namespace

Status replace_file(FileDoor& files, const std::string& path, std::string_view content,
                    Readers readers) {
  return replace_file(files, path, std::as_bytes(std::span(content)), readers);
}

Status replace_file(FileDoor& files, const std::string& path, std::span<const std::byte> content,
                    Readers readers) {
  const std::string draft = path + ".new";
  auto done = files.write(draft, content, readers);
  if (done) done = files.rename(draft, path);
  if (!done) files.remove(draft);  // on a full disk half a file is what others lack
  return done;
}

Status DiskFiles::write(const std::string& path, std::span<const std::byte> content,
                        Readers readers) {
  const FileDescriptor file(open(path.c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                                 readers == Readers::group ? 0640 : 0600));
  if (!file.valid()) return file_error(path);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error(path);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return fsync(file.get()) == 0 ? ok() : Status(file_error(path));
}

Status DiskFiles::rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return file_error(to);
  const std::string folder = std::filesystem::path(to).parent_path().string();
  const FileDescriptor handle(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.valid() || fsync(handle.get()) != 0) return file_error(folder);
  return ok();
}

void DiskFiles::remove(const std::string& path) { unlink(path.c_str()); }

Result<std::vector<std::byte>> DiskFiles::read(const std::string& path, std::size_t max_bytes) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) return file_error(path);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return file_error(path);
  if (!S_ISREG(status.st_mode)) return Error{Error::Code::invalid_input, path + ": not a file"};
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > max_bytes)
    return Error{Error::Code::resource, path + ": larger than " + std::to_string(max_bytes)};
  std::vector<std::byte> content(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file.get(), content.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(path);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  content.resize(done);
  return content;
}

std::vector<std::string> DiskFiles::list(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem))
    names.push_back(entry.path().filename().string());
  return names;
}

}  // namespace sekisho::controlplane
