#include "config/reputation/exchange.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "config/base/message_socket.h"

namespace sekisho::reputation {
namespace {

/// First bytes of the file; the answers begin at kPage, the rings behind them.
struct FileHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t workers;
  UrlKeySecret secret;
  std::uint64_t superseded;  // 1: another file of the same name stands in its place
  std::uint64_t wanted;
  std::uint64_t service;  // state in the upper half, Unix time of saying so in the lower
};
constexpr std::array<char, 8> kMagic{'S', 'E', 'K', 'I', 'R', 'E', 'P', 'U'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kTableBytes = Exchange::kBuckets * sizeof(AnswerBucket);
constexpr std::size_t kRingBytes =
    sizeof(LookupRingHeader) + LookupRing::kCapacity * sizeof(Lookup);
static_assert(kRingBytes % alignof(LookupRingHeader) == 0);

constexpr std::size_t file_bytes(std::size_t workers) {
  return kPage + kTableBytes + workers * kRingBytes;
}

std::atomic_ref<std::uint64_t> word(void* base, std::uint64_t FileHeader::*member) noexcept {
  return std::atomic_ref<std::uint64_t>(static_cast<FileHeader*>(base)->*member);
}

Error io_error(const std::string& path, const char* doing) {
  const auto code = errno == ENOENT ? Error::Code::not_found : Error::Code::io;
  return {code, path + ": " + doing + ": " + std::strerror(errno)};
}

Result<FileHeader> read_shape(int fd, const std::string& path) {
  struct stat file {};
  if (::fstat(fd, &file) != 0) return io_error(path, "stat");
  FileHeader header{};
  if (!S_ISREG(file.st_mode) || ::pread(fd, &header, sizeof header, 0) != ssize_t{sizeof header} ||
      header.magic != kMagic)
    return Error{Error::Code::invalid_input, path + ": not a file of reputations"};
  if (header.version != kVersion)
    return Error{Error::Code::version, path + ": version " + std::to_string(header.version) +
                                           ", this program has " + std::to_string(kVersion)};
  if (header.workers == 0 || header.workers > Exchange::kMaxWorkers ||
      static_cast<std::size_t>(file.st_size) != file_bytes(header.workers))
    return Error{Error::Code::invalid_input, path + ": " + std::to_string(file.st_size) +
                                                 " bytes are not possible with " +
                                                 std::to_string(header.workers) + " workers"};
  return header;
}

/// A whole file beside `path`, then in its place: a reader sees the old one or the new one.
Status put_empty(const std::string& path, std::size_t workers) {
  FileHeader header{};
  header.magic = kMagic;
  header.version = kVersion;
  header.workers = static_cast<std::uint32_t>(workers);
  if (::getrandom(header.secret.data(), sizeof header.secret, 0) != ssize_t{sizeof header.secret})
    return io_error(path, "random bytes");
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  const FileDescriptor fd(
      ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!fd.valid()) return io_error(draft, "create");
  // Reserved now: a full file system must fail here and not under a worker's store.
  if (const int why = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(file_bytes(workers)));
      why != 0) {
    errno = why;
    auto error = io_error(draft, "reserve space");
    ::unlink(draft.c_str());
    return error;
  }
  if (::pwrite(fd.get(), &header, sizeof header, 0) != ssize_t{sizeof header})
    return io_error(draft, "write");
  if (::rename(draft.c_str(), path.c_str()) != 0) return io_error(path, "replace");
  return ok();
}

}  // namespace

std::string_view askable(std::string_view url) noexcept {
  if (url.size() <= Lookup::kMaxBytes) return url;
  return url.substr(0, url.rfind('/', Lookup::kMaxBytes - 1) + 1);
}

bool LookupRing::offer(std::uint64_t key, std::string_view url) noexcept {
  const auto at = header_->written.load(std::memory_order_relaxed);
  if (at - header_->read.load(std::memory_order_acquire) >= kCapacity) return false;
  auto& record = records_[at % kCapacity];
  const auto text = askable(url);
  record.key = key;
  record.bytes = static_cast<std::uint16_t>(text.size());
  std::memcpy(record.text.data(), text.data(), text.size());
  header_->written.store(at + 1, std::memory_order_release);
  return true;
}

std::size_t LookupRing::take(std::span<Lookup> out) noexcept {
  const auto at = header_->read.load(std::memory_order_relaxed);
  const auto written = header_->written.load(std::memory_order_acquire);
  if (written - at > kCapacity) {  // cannot be true: begin anew
    header_->read.store(written, std::memory_order_release);
    return 0;
  }
  const auto count = std::min<std::uint64_t>(written - at, out.size());
  for (std::uint64_t i = 0; i < count; ++i) out[i] = records_[(at + i) % kCapacity];
  header_->read.store(at + count, std::memory_order_release);
  return count;
}

Result<Exchange> Exchange::create(std::string_view path, std::size_t workers) {
  const std::string name(path);
  if (workers == 0 || workers > kMaxWorkers)
    return Error{Error::Code::invalid_input,
                 name + ": workers must be 1-" + std::to_string(kMaxWorkers)};
  auto old = open(path);
  if (auto made = put_empty(name, workers); !made) return std::move(made).error();
  if (old) word(old->base_, &FileHeader::superseded).store(1, std::memory_order_release);
  return open(path);
}

Result<Exchange> Exchange::open(std::string_view path) {
  const std::string name(path);
  const FileDescriptor fd(::open(name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return io_error(name, "open");
  const auto shape = read_shape(fd.get(), name);
  if (!shape) return Error(shape.error());
  const auto bytes = file_bytes(shape->workers);
  void* base =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
  if (base == MAP_FAILED) return io_error(name, "map");
  return Exchange(base, bytes, shape->workers);
}

Exchange::Exchange(Exchange&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      workers_(std::exchange(other.workers_, 0)) {}

Exchange& Exchange::operator=(Exchange&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(bytes_, other.bytes_);
  std::swap(workers_, other.workers_);
  return *this;
}

Exchange::~Exchange() {
  if (base_ != nullptr) ::munmap(base_, bytes_);
}

UrlKeySecret Exchange::secret() const noexcept {
  return static_cast<const FileHeader*>(base_)->secret;
}

AnswerTable Exchange::answers() const noexcept {
  auto* const first = static_cast<std::byte*>(base_) + kPage;
  return {reinterpret_cast<AnswerBucket*>(first), kBuckets};
}

LookupRing Exchange::ring(std::size_t worker) const noexcept {
  auto* const begin = static_cast<std::byte*>(base_) + kPage + kTableBytes + worker * kRingBytes;
  return {reinterpret_cast<LookupRingHeader*>(begin),
          reinterpret_cast<Lookup*>(begin + sizeof(LookupRingHeader))};
}

bool Exchange::is_current() const noexcept {
  return word(base_, &FileHeader::superseded).load(std::memory_order_acquire) == 0;
}

void Exchange::set_wanted(bool wanted) noexcept {
  word(base_, &FileHeader::wanted).store(wanted ? 1 : 0, std::memory_order_relaxed);
}

bool Exchange::is_wanted() const noexcept {
  return word(base_, &FileHeader::wanted).load(std::memory_order_relaxed) != 0;
}

void Exchange::set_service(ServiceState state, std::uint32_t now_s) noexcept {
  word(base_, &FileHeader::service)
      .store(static_cast<std::uint64_t>(state) << 32 | now_s, std::memory_order_release);
}

ServiceState Exchange::service(std::uint32_t now_s) const noexcept {
  const auto said = word(base_, &FileHeader::service).load(std::memory_order_acquire);
  const auto state = said >> 32;
  const auto age = now_s - static_cast<std::uint32_t>(said);
  if (state == static_cast<std::uint64_t>(ServiceState::off)) return ServiceState::off;
  const bool holds = state == static_cast<std::uint64_t>(ServiceState::up) &&
                     (age <= kStateHoldsSeconds || age >= ~std::uint32_t{0} - kStateHoldsSeconds);
  return holds ? ServiceState::up : ServiceState::down;
}

}  // namespace sekisho::reputation
