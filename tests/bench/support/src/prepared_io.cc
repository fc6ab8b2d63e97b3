#include "bench_support/prepared_io.h"

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace sekisho::tests {
namespace {

constexpr std::uint16_t kFrameBytes = 60;
constexpr std::uint8_t kTcp = 6;

/// A locally administered address that belongs to the IP address.
rte_ether_addr mac_of(std::uint32_t address) noexcept {
  rte_ether_addr mac{{0x02, 0, 0, 0, 0, 0}};
  const auto big_endian = rte_cpu_to_be_32(address);
  std::memcpy(&mac.addr_bytes[2], &big_endian, sizeof big_endian);
  return mac;
}

struct Ends {
  std::uint32_t source, destination;
  std::uint16_t source_port, destination_port;
};

void write_tcp(std::byte* at, const Ends& ends, const FrameContent& content,
               const rte_ipv4_hdr& ip) noexcept {
  rte_tcp_hdr tcp{};
  tcp.src_port = rte_cpu_to_be_16(ends.source_port);
  tcp.dst_port = rte_cpu_to_be_16(ends.destination_port);
  tcp.sent_seq = rte_cpu_to_be_32(content.tcp_seq);
  tcp.recv_ack = rte_cpu_to_be_32(content.tcp_ack);
  tcp.data_off = sizeof(tcp) / 4 << 4;
  tcp.tcp_flags = content.tcp_flags;
  tcp.rx_win = 0xffff;
  std::memcpy(at, &tcp, sizeof tcp);
  tcp.cksum = rte_ipv4_udptcp_cksum(&ip, at);
  std::memcpy(at, &tcp, sizeof tcp);
}

void write_udp(std::byte* at, const Ends& ends, const FrameContent& content) noexcept {
  rte_udp_hdr udp{};
  udp.src_port = rte_cpu_to_be_16(ends.source_port);
  udp.dst_port = rte_cpu_to_be_16(ends.destination_port);
  udp.dgram_len = rte_cpu_to_be_16(static_cast<std::uint16_t>(sizeof udp + content.payload_bytes));
  std::memcpy(at, &udp, sizeof udp);  // checksum 0: none (RFC 768)
}

}  // namespace

PreparedIo::PreparedIo(rte_mempool* pool, std::size_t frames) : frames_(frames) {
  if (rte_pktmbuf_alloc_bulk(pool, frames_.data(), static_cast<unsigned>(frames)) != 0)
    throw std::runtime_error("the packet pool is too small");
  for (auto* frame : frames_) {
    auto* bytes = rte_pktmbuf_append(frame, kFrameBytes);
    std::memset(bytes, 0x55, kFrameBytes);  // the payloads: nothing that anybody recognises
  }
}

PreparedIo::~PreparedIo() {
  rte_pktmbuf_free_bulk(frames_.data(), static_cast<unsigned>(frames_.size()));
}

void PreparedIo::add(const Tuple& flow, const FrameContent& content) noexcept {
  rte_mbuf* frame = frames_[filled_++];
  const bool forth = content.to_server;
  frame->port = forth == flow.from_wan ? 1 : 0;
  Ends ends{flow.source, flow.destination, flow.source_port, flow.destination_port};
  if (!forth) {
    std::swap(ends.source, ends.destination);
    std::swap(ends.source_port, ends.destination_port);
  }
  auto* at = rte_pktmbuf_mtod(frame, std::byte*);
  const rte_ether_hdr ethernet{mac_of(ends.destination), mac_of(ends.source),
                               rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4)};
  std::memcpy(at, &ethernet, sizeof ethernet);
  at += sizeof ethernet;
  const auto transport = flow.protocol == kTcp ? sizeof(rte_tcp_hdr) : sizeof(rte_udp_hdr);
  rte_ipv4_hdr ip{};
  ip.version_ihl = RTE_IPV4_VHL_DEF;
  ip.total_length =
      rte_cpu_to_be_16(static_cast<std::uint16_t>(sizeof ip + transport + content.payload_bytes));
  ip.time_to_live = 64;
  ip.next_proto_id = flow.protocol;
  ip.src_addr = rte_cpu_to_be_32(ends.source);
  ip.dst_addr = rte_cpu_to_be_32(ends.destination);
  ip.hdr_checksum = rte_ipv4_cksum(&ip);
  std::memcpy(at, &ip, sizeof ip);
  at += sizeof ip;
  if (flow.protocol == kTcp)
    write_tcp(at, ends, content, ip);
  else
    write_udp(at, ends, content);
}

std::size_t PreparedIo::receive(std::span<rte_mbuf*> out) noexcept {
  const auto count = std::min(out.size(), filled_ - next_);
  std::copy_n(frames_.begin() + static_cast<std::ptrdiff_t>(next_), count, out.begin());
  next_ += count;
  return count;
}

std::size_t PreparedIo::transmit(std::uint8_t, std::span<rte_mbuf*> frames) noexcept {
  sent_ += frames.size();
  return frames.size();
}

void PreparedIo::discard(std::span<rte_mbuf*> frames) noexcept { discarded_ += frames.size(); }

}  // namespace sekisho::tests
