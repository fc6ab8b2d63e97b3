#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

#include "dataplane/decrypt/channel/channel.h"

namespace sekisho::decrypt {
namespace {

constexpr std::size_t kOneWay = sizeof(RingPlaces) + ChannelMemory::kRingBytes;
constexpr std::size_t kBytes = 2 * kOneWay;
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::size_t kMostReplyBytes = 4096;

Error failed(std::string_view what) {
  return {Error::Code::io, std::string(what).append(": ").append(std::strerror(errno))};
}

/// One request with a descriptor, answered by "ok" or the reason.
Status hand_over(const FileDescriptor& connection, const std::string& request, int attached) {
  if (auto s = send_message(connection.get(), request, attached, kPatience); !s) return s;
  auto reply = receive_message(connection.get(), kMostReplyBytes, kPatience);
  if (!reply) return std::move(reply).error();
  if (reply->body == R"({"ok":true})") return ok();
  return Error{Error::Code::invalid_input, "the decrypting process refuses: " + reply->body};
}

}  // namespace

Result<ChannelMemory> ChannelMemory::make() {
  FileDescriptor file(memfd_create("sekisho-decrypt", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return failed("channel memory");
  if (ftruncate(file.get(), kBytes) != 0) return failed("channel memory");
  if (fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) return failed("seal channel memory");
  ChannelMemory made(std::move(file));
  if (auto s = made.map(); !s) return std::move(s).error();
  return made;
}

Result<ChannelMemory> ChannelMemory::open(FileDescriptor memory) {
  struct stat status {};
  if (fstat(memory.get(), &status) != 0) return failed("channel memory");
  const int seals = fcntl(memory.get(), F_GET_SEALS);
  if (status.st_size != static_cast<off_t>(kBytes) || (seals & F_SEAL_SHRINK) == 0)
    return Error{Error::Code::invalid_input,
                 "channel memory of another size, or not sealed against shrinking"};
  ChannelMemory opened(std::move(memory));
  if (auto s = opened.map(); !s) return std::move(s).error();
  return opened;
}

Status ChannelMemory::map() {
  // Populated: no pinned core takes a page fault on it.
  void* const at =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file_.get(), 0);
  if (at == MAP_FAILED) return failed("map channel memory");
  mapping_ = static_cast<std::byte*>(at);
  return ok();
}

ChannelMemory::ChannelMemory(ChannelMemory&& other) noexcept
    : file_(std::move(other.file_)), mapping_(std::exchange(other.mapping_, nullptr)) {}

ChannelMemory& ChannelMemory::operator=(ChannelMemory&& other) noexcept {
  if (this == &other) return *this;
  unmap();
  file_ = std::move(other.file_);
  mapping_ = std::exchange(other.mapping_, nullptr);
  return *this;
}

ChannelMemory::~ChannelMemory() { unmap(); }

void ChannelMemory::unmap() noexcept {
  if (mapping_ != nullptr) munmap(mapping_, kBytes);
  mapping_ = nullptr;
}

std::span<std::byte> ChannelMemory::to_decrypt() const noexcept { return {mapping_, kOneWay}; }
std::span<std::byte> ChannelMemory::from_decrypt() const noexcept {
  return {mapping_ + kOneWay, kOneWay};
}

Result<Bell> Bell::make() {
  FileDescriptor bell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!bell.valid()) return failed("eventfd");
  return Bell(std::move(bell));
}

void ring_bell(int descriptor) noexcept {
  const std::uint64_t one = 1;
  (void)!write(descriptor, &one, sizeof one);
}

void Bell::hush() noexcept {
  std::uint64_t count = 0;
  (void)!read(bell_.get(), &count, sizeof count);
}

Result<WorkerChannel> attach(const std::string& socket_path, unsigned worker, unsigned workers) {
  auto memory = ChannelMemory::make();
  if (!memory) return std::move(memory).error();
  auto bell = Bell::make();
  if (!bell) return std::move(bell).error();
  auto connection = connect_unix(socket_path);
  if (!connection) return std::move(connection).error();
  const auto who =
      R"(,"worker":)" + std::to_string(worker) + R"(,"workers":)" + std::to_string(workers) + "}";
  const auto ask = [&](std::string_view what, int descriptor) {
    return hand_over(*connection, std::string(R"({"op":"attach.)").append(what) + '"' + who,
                     descriptor);
  };
  if (auto s = ask("memory", memory->descriptor()); !s) return std::move(s).error();
  if (auto s = ask("bell", bell->descriptor()); !s) return std::move(s).error();
  return WorkerChannel{std::move(*memory), std::move(*bell), std::move(*connection)};
}

}  // namespace sekisho::decrypt
