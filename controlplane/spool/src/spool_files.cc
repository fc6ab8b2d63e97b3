#include "controlplane/spool/spool_files.h"

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

constexpr mode_t kFileMode = 0640;
constexpr mode_t kFolderMode = 0750;

Error file_error(const std::string& path, int problem = errno) {
  return {problem == ENOENT ? Error::Code::not_found : Error::Code::io,
          path + ": " + std::strerror(problem)};
}

/// What the disk or the file system says of bytes that it cannot give back.
bool is_damage(int problem) { return problem == EIO || problem == EUCLEAN || problem == EBADMSG; }

FileDescriptor open_file(const std::string& path, int flags) {
  return FileDescriptor(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, kFileMode));
}

Status write_all(int file, std::uint64_t offset, ByteSpan content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written =
        ::pwrite(file, content.data(), content.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error(path);
    content = content.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return ok();
}

std::string folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

/// A name is on the disk only when its folder is.
Status sync_folder(const std::string& folder) {
  const FileDescriptor handle = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!handle.valid() || ::fsync(handle.get()) != 0) return file_error(folder);
  return ok();
}

}  // namespace

Status DiskSpoolFiles::make_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), kFolderMode) == 0) return sync_folder(folder_of(folder));
  return errno == EEXIST ? sync_folder(folder) : Status(file_error(folder));
}

Status DiskSpoolFiles::replace(const std::string& path, ByteSpan content) {
  const std::string draft = path + kDraftSuffix;
  {
    const FileDescriptor file = open_file(draft, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.valid()) return file_error(draft);
    if (auto s = write_all(file.get(), 0, content, draft); !s) return s;
    if (::fsync(file.get()) != 0) return file_error(draft);
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) return file_error(path);
  return sync_folder(folder_of(path));
}

Status DiskSpoolFiles::append(const std::string& path, std::uint64_t offset, ByteSpan content) {
  const FileDescriptor file = open_file(path, O_WRONLY);
  if (!file.valid()) return file_error(path);
  if (auto s = write_all(file.get(), offset, content, path); !s) return s;
  return ::fdatasync(file.get()) == 0 ? ok() : Status(file_error(path));
}

Status DiskSpoolFiles::truncate(const std::string& path, std::uint64_t bytes) {
  const FileDescriptor file = open_file(path, O_WRONLY);
  if (!file.valid()) return file_error(path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return file_error(path);
  if (static_cast<std::uint64_t>(status.st_size) > bytes &&
      ::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0)
    return file_error(path);
  return ::fdatasync(file.get()) == 0 ? ok() : Status(file_error(path));
}

Status DiskSpoolFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return ok();
  return file_error(path);
}

Result<std::vector<std::uint8_t>> DiskSpoolFiles::read(const std::string& path,
                                                       std::uint64_t offset, std::size_t bytes) {
  const FileDescriptor file = open_file(path, O_RDONLY);
  if (!file.valid()) return file_error(path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return file_error(path);
  if (!S_ISREG(status.st_mode)) return Error{Error::Code::invalid_input, path + ": not a file"};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::vector<std::uint8_t> content(
      offset >= size ? 0 : static_cast<std::size_t>(std::min<std::uint64_t>(bytes, size - offset)));
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::pread(file.get(), content.data() + done, content.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (got < 0 && is_damage(errno))) break;
    if (got < 0) return file_error(path);
    done += static_cast<std::size_t>(got);
  }
  content.resize(done);
  return content;
}

Result<std::vector<SpoolFiles::File>> DiskSpoolFiles::list(const std::string& folder) {
  std::vector<File> files;
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder, problem);
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
    std::error_code unreadable;
    if (entry->is_symlink(unreadable) || !entry->is_regular_file(unreadable)) continue;
    const auto bytes = entry->file_size(unreadable);
    files.push_back({entry->path().filename().string(), unreadable ? 0 : bytes});
  }
  if (problem) return Error{Error::Code::io, folder + ": " + problem.message()};
  return files;
}

SpoolFiles& spool_disk() {
  static DiskSpoolFiles disk;
  return disk;
}

}  // namespace sekisho::controlplane
