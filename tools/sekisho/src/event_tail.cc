#include "tools/sekisho/event_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sekisho::tools {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

Error file_error(const std::filesystem::path& path) {
  const auto code = errno == ENOENT ? Error::Code::not_found : Error::Code::io;
  return {code, path.string() + ": " + std::strerror(errno)};
}

/// Fills `block` from `offset`; fewer bytes only at the end of the file.
Result<std::size_t> read_at(int file, char* block, std::size_t size, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = pread(file, block + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{Error::Code::io, std::strerror(errno)};
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

/// Collects lines from the end of a file towards its beginning.
class LinesBackwards {
 public:
  LinesBackwards(std::size_t count, const std::function<bool(std::string_view)>& wanted)
      : count_(count), wanted_(wanted) {}

  bool full() const { return lines_.size() >= count_; }

  /// `block` ends where the one before began.
  void take(std::string_view block) {
    while (!full()) {
      const auto newline = block.rfind('\n');
      if (newline == block.npos) break;
      prepend(block.substr(newline + 1));
      finish_line();
      block = block.substr(0, newline);
    }
    prepend(block);
  }

  /// The file's first line has no newline in front of it.
  std::vector<std::string> finish() {
    finish_line();
    std::reverse(lines_.begin(), lines_.end());
    return std::move(lines_);
  }

 private:
  void prepend(std::string_view bytes) {
    if (line_.size() + bytes.size() > EventTail::kMaxLineBytes)
      too_long_ = true;
    else
      line_.insert(0, bytes);
  }
  void finish_line() {
    if (!full() && !too_long_ && !line_.empty() && wanted_(line_)) lines_.push_back(line_);
    line_.clear();
    too_long_ = false;
  }

  std::size_t count_;
  const std::function<bool(std::string_view)>& wanted_;
  std::vector<std::string> lines_;
  std::string line_;
  bool too_long_ = false;
};

}  // namespace

Status EventTail::open() {
  FileDescriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return file_error(path_);
  struct stat facts {};
  if (fstat(file.get(), &facts) != 0) return file_error(path_);
  file_ = std::move(file);
  device_ = facts.st_dev;
  inode_ = facts.st_ino;
  offset_ = 0;
  forget_line();
  return ok();
}

void EventTail::forget_line() {
  partial_.clear();
  skipping_ = false;
}

Result<std::vector<std::string>> EventTail::last(
    std::size_t count, const std::function<bool(std::string_view)>& wanted) {
  if (auto opened = open(); !opened) return std::move(opened).error();
  struct stat facts {};
  if (fstat(file_.get(), &facts) != 0) return file_error(path_);
  auto position = static_cast<std::uint64_t>(facts.st_size);
  offset_ = position;
  LinesBackwards lines(count, wanted);
  std::string block(kBlockBytes, '\0');
  bool at_end = true;  // what stands behind the last newline is not complete yet
  while (position > 0 && !lines.full()) {
    const auto size = std::min<std::uint64_t>(kBlockBytes, position);
    position -= size;
    const auto got = read_at(file_.get(), block.data(), size, position);
    if (!got) return Error{got.error()}.within(path_.string());
    std::string_view bytes(block.data(), *got);
    if (at_end) {
      const auto newline = bytes.rfind('\n');
      const auto complete = newline == bytes.npos ? 0 : newline + 1;
      offset_ = position + complete;
      bytes = bytes.substr(0, complete == 0 ? 0 : complete - 1);
      at_end = complete == 0;
      if (at_end) continue;
    }
    lines.take(bytes);
  }
  return lines.finish();
}

void EventTail::take(std::string_view bytes, const std::function<void(std::string_view)>& on_line) {
  while (!bytes.empty()) {
    const auto newline = bytes.find('\n');
    const auto piece = bytes.substr(0, newline);
    if (partial_.size() + piece.size() > kMaxLineBytes) {
      skipping_ = true;
      partial_.clear();
    }
    if (!skipping_) partial_.append(piece);
    if (newline == bytes.npos) return;
    if (!skipping_ && !partial_.empty()) on_line(partial_);
    forget_line();
    bytes.remove_prefix(newline + 1);
  }
}

Status EventTail::read_rest(const std::function<void(std::string_view)>& on_line) {
  std::string block(kBlockBytes, '\0');
  for (;;) {
    const auto got = read_at(file_.get(), block.data(), block.size(), offset_);
    if (!got) return Error{got.error()}.within(path_.string());
    if (*got == 0) return ok();
    offset_ += *got;
    take({block.data(), *got}, on_line);
  }
}

Status EventTail::poll(const std::function<void(std::string_view)>& on_line) {
  if (!file_.valid()) {
    if (auto opened = open(); !opened)
      return opened.error().code == Error::Code::not_found ? ok() : opened;
  }
  if (auto read = read_rest(on_line); !read) return read;
  struct stat facts {};
  if (stat(path_.c_str(), &facts) != 0) return ok();  // renamed away, the new one not there yet
  if (facts.st_dev == device_ && facts.st_ino == inode_) {
    if (static_cast<std::uint64_t>(facts.st_size) >= offset_) return ok();
    offset_ = 0;  // truncated
    forget_line();
    return read_rest(on_line);
  }
  // The writer may have finished the old file between our read and our look at the name.
  if (auto read = read_rest(on_line); !read) return read;
  if (auto opened = open(); !opened)
    return opened.error().code == Error::Code::not_found ? ok() : opened;
  return read_rest(on_line);
}

}  // namespace sekisho::tools
