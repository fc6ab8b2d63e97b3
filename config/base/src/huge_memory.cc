#include "config/base/huge_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace sekisho {
namespace {

constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

constexpr std::size_t round_up(std::size_t bytes, std::size_t page) noexcept {
  return (bytes + page - 1) / page * page;
}

std::byte* map(std::size_t bytes, int more_flags) noexcept {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | more_flags, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<std::byte*>(memory);
}

/// A transparent huge page needs a 2 MiB boundary, which mmap does not promise: map more, trim.
std::byte* map_aligned(std::size_t bytes) noexcept {
  std::byte* const start = map(bytes + kHugePageBytes, 0);
  if (start == nullptr) return nullptr;
  const std::size_t before = round_up(reinterpret_cast<std::uintptr_t>(start), kHugePageBytes) -
                             reinterpret_cast<std::uintptr_t>(start);
  std::byte* const aligned = start + before;
  if (before != 0) ::munmap(start, before);
  if (before != kHugePageBytes) ::munmap(aligned + bytes, kHugePageBytes - before);
  ::madvise(aligned, bytes, MADV_HUGEPAGE);  // advice: the memory works without
  return aligned;
}

bool make_resident(std::byte* memory, std::size_t bytes, std::size_t page) noexcept {
  if (::madvise(memory, bytes, MADV_POPULATE_WRITE) == 0) return true;
  if (errno == ENOMEM) return false;
  // A kernel before 5.14: touch every page.
  for (std::size_t at = 0; at < bytes; at += page)
    *static_cast<volatile std::byte*>(memory + at) = std::byte{0};
  return true;
}

}  // namespace

Result<HugeMemory> HugeMemory::create(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const bool worth_huge_pages = bytes >= kHugePageBytes;
  const std::size_t size = round_up(bytes, worth_huge_pages ? kHugePageBytes : page);
  if (worth_huge_pages) {
    std::byte* const reserved = map(size, MAP_HUGETLB | MAP_POPULATE);
    if (reserved != nullptr) return HugeMemory(reserved, size);
  }
  std::byte* const memory = worth_huge_pages ? map_aligned(size) : map(size, 0);
  if (memory == nullptr)
    return Error{Error::Code::resource, "no memory for a mapping of " + std::to_string(size) +
                                            " bytes: " + std::strerror(errno)};
  HugeMemory owner(memory, size);
  if (!make_resident(memory, size, page))
    return Error{Error::Code::resource,
                 "a mapping of " + std::to_string(size) + " bytes does not fit into memory"};
  return owner;
}

HugeMemory::HugeMemory(HugeMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

HugeMemory& HugeMemory::operator=(HugeMemory&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    size_bytes_ = std::exchange(other.size_bytes_, 0);
  }
  return *this;
}

HugeMemory::~HugeMemory() { release(); }

void HugeMemory::release() noexcept {
  if (data_ != nullptr) ::munmap(data_, size_bytes_);
  data_ = nullptr;
  size_bytes_ = 0;
}

}  // namespace sekisho
