#include "controlplane/agent/eve_file.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

namespace sekisho::controlplane {
namespace {

constexpr unsigned kMaxRotationsPerSecond = 10'000;
constexpr off_t kLongestLineBytes = 256 << 10;

Error file_error(const std::string& path) {
  return {Error::Code::io, path + ": " + std::strerror(errno)};
}

/// When the file came to be, or its last change where the file system does not keep that.
EveFile::Clock::time_point birth_of(int file) {
  struct statx status {};
  if (statx(file, "", AT_EMPTY_PATH, STATX_BTIME | STATX_MTIME, &status) != 0)
    return EveFile::Clock::now();
  const bool known = (status.stx_mask & STATX_BTIME) != 0;
  return EveFile::Clock::from_time_t(known ? status.stx_btime.tv_sec : status.stx_mtime.tv_sec);
}

/// Size of the file without an unfinished last line.
off_t whole_lines(int file, off_t size) {
  const off_t from = std::max<off_t>(0, size - kLongestLineBytes);
  std::string tail(static_cast<std::size_t>(size - from), '\0');
  const ssize_t got = pread(file, tail.data(), tail.size(), from);
  if (got != static_cast<ssize_t>(tail.size())) return size;
  const auto newline = tail.rfind('\n');
  if (newline == std::string::npos) return from == 0 ? 0 : size;
  return from + static_cast<off_t>(newline) + 1;
}

}  // namespace

Result<EveFile> EveFile::open(std::string path, Limits limits) {
  EveFile file(std::move(path), limits);
  if (auto opened = file.open_current(); !opened) return std::move(opened).error();
  return file;
}

EveFile::EveFile(EveFile&& other) noexcept
    : path_(other.path_),
      limits_(other.limits_),
      file_(std::move(other.file_)),
      bytes_(other.bytes_),
      began_(other.began_) {}

Status EveFile::open_current() {
  FileDescriptor file(
      ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!file.valid()) return file_error(path_);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return file_error(path_);
  if (!S_ISREG(status.st_mode)) return Error{Error::Code::invalid_input, path_ + ": not a file"};
  const off_t whole = whole_lines(file.get(), status.st_size);
  if (whole != status.st_size && ftruncate(file.get(), whole) != 0) return file_error(path_);
  bytes_ = static_cast<std::uint64_t>(whole);
  began_ = birth_of(file.get());
  file_ = std::move(file);
  return ok();
}

Status EveFile::append(std::string_view lines, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const bool full = bytes_ + lines.size() > limits_.bytes || now - began_ >= limits_.age;
  if (full && bytes_ > 0)
    if (auto rotated = rotate(now); !rotated) return rotated;
  if (!file_.valid())
    if (auto opened = open_current(); !opened) return opened;
  std::string_view rest = lines;
  while (!rest.empty()) {
    const ssize_t written = write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      auto error = file_error(path_);
      // The caller tries again with the same lines: none of them may be half there.
      (void)!ftruncate(file_.get(), static_cast<off_t>(bytes_));
      return error;
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  bytes_ += lines.size();
  return ok();
}

Status EveFile::reopen() {
  const std::lock_guard lock(mutex_);
  return open_current();
}

std::uint64_t EveFile::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

Status EveFile::rotate(Clock::time_point now) {
  const std::string name = free_name(now);
  if (name.empty())
    return Error{Error::Code::resource, path_ + ": rotated too often within a second"};
  if (::rename(path_.c_str(), name.c_str()) != 0 && errno != ENOENT) return file_error(name);
  file_.reset();
  remove_oldest();
  if (auto opened = open_current(); !opened) return opened;
  began_ = now;
  return ok();
}

std::string EveFile::free_name(Clock::time_point now) const {
  const auto seconds = std::chrono::time_point_cast<std::chrono::seconds>(now);
  const std::string stem =
      fmt::format("{}.{:%Y%m%dT%H%M%SZ}", path_, fmt::gmtime(Clock::to_time_t(seconds)));
  for (unsigned n = 0; n < kMaxRotationsPerSecond; ++n) {
    std::string name = fmt::format("{}-{:04}", stem, n);
    if (access(name.c_str(), F_OK) != 0) return name;
  }
  return {};
}

/// Names sort by age.
void EveFile::remove_oldest() const {
  const std::filesystem::path current(path_);
  const std::string prefix = current.filename().string() + ".";
  std::vector<std::filesystem::path> rotated;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(current.parent_path(), problem))
    if (entry.path().filename().string().starts_with(prefix)) rotated.push_back(entry.path());
  std::sort(rotated.begin(), rotated.end());
  while (rotated.size() > limits_.kept_files) {
    std::filesystem::remove(rotated.front(), problem);
    rotated.erase(rotated.begin());
  }
}

}  // namespace sekisho::controlplane
