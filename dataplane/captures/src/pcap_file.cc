#include "dataplane/captures/pcap_file.h"

#include <pcap/dlt.h>

#include <array>

namespace sekisho::dataplane {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

PcapFile::PcapFile(FileDescriptor file) : file_(fdopen(file.get(), "wb")) {
  if (file_ == nullptr) return;
  static_cast<void>(file.release());
  constexpr std::uint32_t kNanosecondMagic = 0xa1b23c4d, kLongestFrame = 65535;
  constexpr std::uint32_t kVersion = 2U | 4U << 16;  // major 2, minor 4 as two 16-bit words
  const std::array<std::uint32_t, 6> header{kNanosecondMagic, kVersion,  0, 0,
                                            kLongestFrame,    DLT_EN10MB};
  static_assert(sizeof header == kHeaderBytes);
  write(header.data(), sizeof header);
}

void PcapFile::add(std::uint64_t time_ns, std::uint32_t frame_bytes,
                   std::span<const std::uint8_t> frame) {
  const std::array<std::uint32_t, 4> header{static_cast<std::uint32_t>(time_ns / kSecond),
                                            static_cast<std::uint32_t>(time_ns % kSecond),
                                            static_cast<std::uint32_t>(frame.size()), frame_bytes};
  static_assert(sizeof header == kPacketHeaderBytes);
  write(header.data(), sizeof header);
  write(frame.data(), frame.size());
}

bool PcapFile::flush() {
  if (good() && std::fflush(file_.get()) != 0) failed_ = true;
  return good();
}

void PcapFile::write(const void* data, std::size_t size) {
  if (!good() || size == 0) return;
  if (std::fwrite(data, 1, size, file_.get()) != size) {
    failed_ = true;
    return;
  }
  bytes_ += size;
}

}  // namespace sekisho::dataplane
