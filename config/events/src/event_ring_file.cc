#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

#include "config/events/event_ring.h"

namespace sekisho::events {
namespace {

/// The text of the kernel's random id of this boot of the machine.
using KernelBoot = std::array<char, 36>;

/// First bytes of the file; the rings begin at kPage, each on a page of its own.
struct FileHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t record_bytes;
  std::uint32_t workers;
  std::uint32_t capacity;
  std::uint64_t boot_id;  // 0: superseded by another file of the same name
  std::uint64_t identity;
  KernelBoot kernel_boot;  // under which it was made
};
constexpr std::array<char, 8> kMagic{'S', 'E', 'K', 'I', 'R', 'I', 'N', 'G'};
constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kPage = 4096;

constexpr std::size_t ring_bytes(std::size_t capacity) {
  const auto bytes = sizeof(EventRingHeader) + capacity * sizeof(EventRecord);
  return (bytes + kPage - 1) / kPage * kPage;
}
constexpr std::size_t file_bytes(std::size_t workers, std::size_t capacity) {
  return kPage + workers * ring_bytes(capacity);
}

bool is_valid_shape(std::size_t workers, std::size_t capacity) {
  return workers >= 1 && workers <= kMaxRingWorkers && capacity >= 2 &&
         capacity <= kMaxRingCapacity && std::has_single_bit(capacity);
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error io_error(const std::string& path, const char* doing) {
  const auto code = errno == ENOENT ? Error::Code::not_found : Error::Code::io;
  return {code, path + ": " + doing + ": " + std::strerror(errno)};
}

/// The header of an open ring file after checking it against the file's size.
Result<FileHeader> read_shape(int fd, const std::string& path) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return io_error(path, "stat");
  if (!S_ISREG(file.st_mode)) return Error{Error::Code::invalid_input, path + ": not a file"};
  FileHeader header{};
  if (::pread(fd, &header, sizeof header, 0) != ssize_t{sizeof header})
    return Error{Error::Code::invalid_input, path + ": shorter than its header"};
  if (header.magic != kMagic)
    return Error{Error::Code::invalid_input, path + ": not an event ring file"};
  if (header.version != kVersion || header.record_bytes != sizeof(EventRecord))
    return Error{Error::Code::version,
                 path + ": version " + std::to_string(header.version) + " with records of " +
                     std::to_string(header.record_bytes) + " bytes, this program has version " +
                     std::to_string(kVersion) + " and " + std::to_string(sizeof(EventRecord))};
  if (!is_valid_shape(header.workers, header.capacity))
    return Error{Error::Code::invalid_input, path + ": " + std::to_string(header.workers) +
                                                 " rings of " + std::to_string(header.capacity) +
                                                 " records are not possible"};
  const auto expected = file_bytes(header.workers, header.capacity);
  if (static_cast<std::size_t>(file.st_size) != expected)
    return Error{Error::Code::invalid_input, path + ": " + std::to_string(file.st_size) +
                                                 " bytes, its header asks for " +
                                                 std::to_string(expected)};
  return header;
}

Result<void*> map_shared(int fd, std::size_t bytes, const std::string& path) {
  void* base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (base == MAP_FAILED) return io_error(path, "map");
  return base;
}

std::atomic_ref<std::uint64_t> boot_id_in(void* base) noexcept {
  return std::atomic_ref<std::uint64_t>(static_cast<FileHeader*>(base)->boot_id);
}

Result<KernelBoot> kernel_boot() {
  const std::string path = "/proc/sys/kernel/random/boot_id";
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return io_error(path, "open");
  KernelBoot boot{};
  if (::read(fd.get(), boot.data(), boot.size()) != ssize_t{sizeof boot})
    return Error{Error::Code::io, path + ": shorter than an id"};
  return boot;
}

std::uint64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

/// Makes a complete empty file beside `path` and puts it in its place, so that a reader sees the
/// old file or the new one and never a half.
Status replace_with_empty(const std::string& path, std::size_t workers, std::size_t capacity,
                          const KernelBoot& boot) {
  std::uint64_t identity = 0;
  if (::getrandom(&identity, sizeof identity, 0) != ssize_t{sizeof identity})
    return io_error(path, "random bytes");
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  const FileDescriptor fd(
      ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (fd.get() < 0) return io_error(draft, "create");
  // Reserve the space now: a full file system must fail here and not under a worker's store.
  const auto bytes = static_cast<off_t>(file_bytes(workers, capacity));
  if (const int problem = ::posix_fallocate(fd.get(), 0, bytes); problem != 0) {
    errno = problem;
    auto error = io_error(draft, "reserve space");
    ::unlink(draft.c_str());
    return error;
  }
  const FileHeader header{kMagic,
                          kVersion,
                          sizeof(EventRecord),
                          static_cast<std::uint32_t>(workers),
                          static_cast<std::uint32_t>(capacity),
                          now_ns(),
                          identity,
                          boot};
  if (::pwrite(fd.get(), &header, sizeof header, 0) != ssize_t{sizeof header})
    return io_error(draft, "write");
  if (::rename(draft.c_str(), path.c_str()) != 0) return io_error(path, "replace");
  return ok();
}

/// Tells a reader that still maps the file at `path` to open it again.
void mark_superseded(int fd) {
  const std::uint64_t none = 0;
  struct stat file {};
  if (::fstat(fd, &file) == 0 && static_cast<std::size_t>(file.st_size) >= sizeof(FileHeader))
    (void)!::pwrite(fd, &none, sizeof none, offsetof(FileHeader, boot_id));
}

}  // namespace

Result<EventRingFile> EventRingFile::create(std::string_view path, std::size_t workers,
                                            std::size_t capacity) {
  const std::string name(path);
  if (!is_valid_shape(workers, capacity))
    return Error{Error::Code::invalid_input,
                 name + ": workers must be 1-" + std::to_string(kMaxRingWorkers) +
                     " and capacity a power of two up to " + std::to_string(kMaxRingCapacity)};
  const auto boot = kernel_boot();
  if (!boot) return Error(boot.error());
  const FileDescriptor old(::open(name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  bool fits = false;
  if (old.get() >= 0) {
    const auto shape = read_shape(old.get(), name);
    fits = shape && shape->workers == workers && shape->capacity == capacity &&
           shape->kernel_boot == *boot;
  }
  if (!fits) {
    if (auto made = replace_with_empty(name, workers, capacity, *boot); !made)
      return std::move(made).error();
    if (old.get() >= 0) mark_superseded(old.get());
  }
  auto file = open(path);
  if (!file) return file;
  boot_id_in(file->base_).store(now_ns(), std::memory_order_release);
  for (std::size_t worker = 0; worker < workers; ++worker) file->ring(worker).repair();
  return file;
}

Result<EventRingFile> EventRingFile::open(std::string_view path) {
  const std::string name(path);
  const FileDescriptor fd(::open(name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) return io_error(name, "open");
  const auto shape = read_shape(fd.get(), name);
  if (!shape) return Error(shape.error());
  const auto bytes = file_bytes(shape->workers, shape->capacity);
  const auto base = map_shared(fd.get(), bytes, name);
  if (!base) return Error(base.error());
  return EventRingFile(*base, bytes, shape->workers, shape->capacity);
}

EventRingFile::EventRingFile(EventRingFile&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      workers_(std::exchange(other.workers_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

EventRingFile& EventRingFile::operator=(EventRingFile&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(bytes_, other.bytes_);
  std::swap(workers_, other.workers_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

EventRingFile::~EventRingFile() {
  if (base_ != nullptr) ::munmap(base_, bytes_);
}

std::uint64_t EventRingFile::boot_id() const noexcept {
  return boot_id_in(base_).load(std::memory_order_acquire);
}

std::uint64_t EventRingFile::identity() const noexcept {
  return static_cast<const FileHeader*>(base_)->identity;
}

EventRing EventRingFile::ring(std::size_t worker) const noexcept {
  auto* const start = static_cast<std::byte*>(base_) + kPage + worker * ring_bytes(capacity_);
  auto* const header = reinterpret_cast<EventRingHeader*>(start);
  auto* const records = reinterpret_cast<EventRecord*>(start + sizeof(EventRingHeader));
  return {header, records, capacity_};
}

}  // namespace sekisho::events
