#pragma once

#include <pcap/pcap.h>

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/io/frame_io.h"
#include "dataplane/parse/decode.h"

struct rte_mempool;

namespace sekisho::dataplane {

/// Frames from a capture file, one a burst so that each is judged at its own time; what would be
/// sent is let go.
///
/// Link types are those of LinkType: all in which libpcap's own filter "ip" finds IP, and more.
/// Refused are (invalid_input, with the type's number and name):
///
///   refused                              why
///   -----------------------------------  ----------------------------------------------------
///   DOCSIS, IEEE802_16_*                 encrypted on the line
///   GPRS_LLC, GSMTAP_*, DECT, LORATAP    radio layers: encrypted, segmented or both
///   USER*                                nobody says what it is
///   LINUX_LAPD, MTP2, MTP3, SCCP, SITA   signalling of telephone and airline networks
///   BACNET_MS_TP, IEEE802_15_4_*, LTALK  field buses and radios: IP compressed, or in DDP
///   MFR, JUNIPER_MLPPP, _MLFR, _MFR      pieces of packets spread over several lines
///   other JUNIPER_*                      headers differ by interface card; to libpcap's filter
///                                        every packet of them is "ip"
///   ERF, VPP_DISPATCH, TZSP, AX25        libpcap cannot find IP in them either
///   PFSYNC, NETLINK, USB_*, BLUETOOTH_*, not about IP packets
///   CAN_*, DBUS, SCTP, INFINIBAND, ...
///
/// Of those taken, some frames are not IP for decode(): 802.11 that is encrypted, fragmented,
/// management or control; ARCNET packets in pieces; MPLS that carries frames (pseudowires).
class CaptureIo final : public FrameIo {
 public:
  static Result<std::unique_ptr<CaptureIo>> open(const std::string& path, rte_mempool* pool);

  LinkType link() const noexcept { return link_; }
  /// Reads the next packet; false at the end or at a damaged record (see problem()).
  bool next() noexcept;
  std::uint64_t time_ns() const noexcept { return time_ns_; }
  std::uint64_t packets() const noexcept { return packets_; }
  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint64_t cut_short() const noexcept { return cut_short_; }
  /// Why reading stopped before the end; empty when it did not.
  const std::string& problem() const noexcept { return problem_; }

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override;
  std::size_t transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept override;
  void discard(std::span<rte_mbuf*> frames) noexcept override;

 private:
  CaptureIo(pcap_t* capture, rte_mempool* pool, LinkType link)
      : capture_(capture, pcap_close), pool_(pool), link_(link) {}
  std::unique_ptr<pcap_t, decltype(&pcap_close)> capture_;
  rte_mempool* pool_;
  LinkType link_;
  const std::uint8_t* frame_ = nullptr;
  std::uint32_t frame_bytes_ = 0;
  std::uint64_t time_ns_ = 0;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t cut_short_ = 0;
  std::string problem_;
};

}  // namespace sekisho::dataplane
