#include "capture_io.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace sekisho::dataplane {
namespace {

/// libpcap has translated the file's number into that of this system, where it has one of its own.
/// 14 is OpenBSD's raw IP, which it leaves.
LinkType link_of(int dlt) noexcept {
  constexpr int kOpenbsdRaw = 14;
  return dlt == kOpenbsdRaw ? LinkType::raw : static_cast<LinkType>(dlt);
}

std::string name_of_link(int dlt) {
  const char* name = pcap_datalink_val_to_name(dlt);
  return "link type " + std::to_string(dlt) +
         (name == nullptr ? "" : " (" + std::string(name) + ")");
}

}  // namespace

Result<std::unique_ptr<CaptureIo>> CaptureIo::open(const std::string& path, rte_mempool* pool) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  pcap_t* capture =
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why.data());
  if (capture == nullptr) return Error{Error::Code::invalid_input, path + ": " + why.data()};
  const int dlt = pcap_datalink(capture);
  const auto link = link_of(dlt);
  if (dlt < 0 || dlt > 0xffff || !can_decode(link)) {
    pcap_close(capture);
    return Error{Error::Code::invalid_input,
                 path + ": " + name_of_link(dlt) + " does not carry IP that we know"};
  }
  return std::unique_ptr<CaptureIo>(new CaptureIo(capture, pool, link));
}

bool CaptureIo::next() noexcept {
  pcap_pkthdr* header = nullptr;
  const int got = pcap_next_ex(capture_.get(), &header, &frame_);
  if (got == PCAP_ERROR) problem_ = pcap_geterr(capture_.get());
  if (got != 1) return false;
  frame_bytes_ = header->caplen;
  time_ns_ = static_cast<std::uint64_t>(header->ts.tv_sec) * 1'000'000'000 +
             static_cast<std::uint64_t>(header->ts.tv_usec);
  ++packets_;
  bytes_ += header->len;
  return true;
}

std::size_t CaptureIo::receive(std::span<rte_mbuf*> out) noexcept {
  if (frame_ == nullptr) return 0;
  rte_mbuf* frame = rte_pktmbuf_alloc(pool_);
  if (frame == nullptr) return 0;
  const std::uint32_t room = rte_pktmbuf_tailroom(frame);
  cut_short_ += frame_bytes_ > room;
  const auto length = static_cast<std::uint16_t>(std::min(frame_bytes_, room));
  std::memcpy(rte_pktmbuf_append(frame, length), frame_, length);
  frame->port = 0;
  frame_ = nullptr;
  out[0] = frame;
  return 1;
}

std::size_t CaptureIo::transmit(std::uint8_t, std::span<rte_mbuf*> frames) noexcept {
  discard(frames);
  return frames.size();
}

void CaptureIo::discard(std::span<rte_mbuf*> frames) noexcept {
  rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(frames.size()));
}

}  // namespace sekisho::dataplane
