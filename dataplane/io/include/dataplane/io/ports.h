#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "config/box/box_config.h"

struct rte_mempool;
struct rte_mbuf;

namespace sekisho::dataplane {

inline constexpr std::size_t kBurst = 32;  // frames of one receive call
inline constexpr std::size_t kMaxPorts = 16;

/// One started DPDK port and the port it is bridged to.
struct Port {
  box::Port config;
  std::uint16_t id = 0;          // DPDK's
  std::uint8_t index = 0;        // ours; position in Ports::all()
  std::uint8_t peer = 0;         // index of the other port of the segment
  std::string kernel_interface;  // empty for a NIC that DPDK drives itself
  std::uint16_t receive_queues = 1;
  std::uint16_t transmit_queues = 1;
};

struct PortStatistics {
  std::uint64_t rx_packets, rx_bytes, rx_missed, rx_errors, tx_packets, tx_bytes, tx_errors;
};

/// The ports of a box, configured and started. The only place that knows DPDK's port set-up.
class Ports {
 public:
  /// The arguments rte_eal_init needs for `box`: cores, memory, devices.
  static std::vector<std::string> eal_arguments(const box::BoxConfig& box);

  /// Starts every port of `box`, with a receive queue per worker when every port can spread
  /// symmetrically (RSS), else with one.
  static Result<Ports> start(const box::BoxConfig& box, std::uint16_t workers);
  /// No ports, only the pool, of buffers of `room` bytes with headroom: for captures and
  /// benchmarks.
  static Result<Ports> pool_only(std::uint32_t packets, std::uint16_t room);

  Ports(Ports&& other) noexcept;
  Ports& operator=(Ports&&) = delete;
  ~Ports();

  std::span<const Port> all() const noexcept { return ports_; }
  /// True: queue i of every port is worker i's. False: worker 0 receives for all and spreads.
  bool hardware_spreads() const noexcept { return hardware_spreads_; }
  rte_mempool* pool() const noexcept { return pool_; }

  /// Control thread. Kernel interfaces: their carrier; NICs: the driver's word.
  bool link_up(std::uint8_t index) const;
  /// Control thread. Makes the far end of `index` see its link go down or come back (link-state
  /// propagation).
  void set_link(std::uint8_t index, bool up) const;
  PortStatistics statistics(std::uint8_t index) const;
  std::string driver(std::uint8_t index) const;
  std::string mac(std::uint8_t index) const;
  std::uint32_t speed_mbps(std::uint8_t index) const;

 private:
  Ports() = default;
  std::vector<Port> ports_;
  rte_mempool* pool_ = nullptr;
  bool hardware_spreads_ = false;
  FileDescriptor ioctl_socket_;  // of the network namespace the ports are in
};

}  // namespace sekisho::dataplane
