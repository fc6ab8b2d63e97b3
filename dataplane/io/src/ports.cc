#include "dataplane/io/ports.h"

#include <ifaddrs.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "dataplane/io/spread.h"

namespace sekisho::dataplane {
namespace {

constexpr std::uint16_t kReceiveDescriptors = 1024;
constexpr std::uint16_t kTransmitDescriptors = 1024;
constexpr std::uint32_t kFrameOverhead = 14 + 8 * 4 + 4;  // Ethernet, tags, FCS
constexpr std::uint32_t kPoolCache = 256;
constexpr std::uint32_t kFewestBuffers = 2048;

Error port_error(const box::Port& port, std::string_view what, int code) {
  return {Error::Code::io, "port " + port.name + " (" + port.device + "): " + std::string(what) +
                               ": " + rte_strerror(code < 0 ? -code : code)};
}

/// Of an AF_PACKET ring: a power of two, so that frames fill its blocks. A buffer holds as much.
std::uint32_t ring_frame(std::uint16_t mtu) {
  constexpr std::uint32_t kRingHeader = 80;
  return std::bit_ceil(std::max<std::uint32_t>(2048, mtu + kFrameOverhead + kRingHeader));
}

std::uint16_t data_room(std::uint16_t mtu) {
  return static_cast<std::uint16_t>(ring_frame(mtu) + RTE_PKTMBUF_HEADROOM);
}

/// Memory that one packet buffer takes. Among small pages each begins on a page of its own: DPDK
/// lets none lie across two that may not be neighbours.
std::uint64_t buffer_bytes(const box::BoxConfig& box) {
  constexpr std::uint64_t kSmallPage = 4096, kPoolHeader = 64;
  const std::uint64_t bytes = data_room(box.mtu) + sizeof(rte_mbuf) + kPoolHeader;
  return box.huge_pages ? bytes : (bytes + kSmallPage - 1) / kSmallPage * kSmallPage;
}

rte_mempool* make_pool(std::uint32_t packets, std::uint16_t room) {
  return rte_pktmbuf_pool_create("packets", packets, kPoolCache, 0, room, SOCKET_ID_ANY);
}

/// As many buffers as the box's memory gives, but no more than can be of use; null when the fewest
/// do not fit. How much DPDK takes for itself is only known by trying.
rte_mempool* make_largest_pool(const box::BoxConfig& box) {
  const auto fits = std::uint64_t{box.memory_megabytes} * 1024 * 1024 * 3 / 4 / buffer_bytes(box);
  const auto wanted =
      std::uint64_t{box.ports.size()} * (kReceiveDescriptors + kTransmitDescriptors) * 4;
  auto packets = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(fits, kFewestBuffers, std::max<std::uint64_t>(wanted, 32768)));
  rte_mempool* pool = make_pool(packets, data_room(box.mtu));
  while (pool == nullptr && packets > kFewestBuffers) {
    packets = std::max(packets / 4 * 3, kFewestBuffers);
    pool = make_pool(packets, data_room(box.mtu));
  }
  return pool;
}

std::string core_list(const box::BoxConfig& box) {
  std::string lcores = "0@" + std::to_string(box.control_core);
  for (std::size_t i = 0; i < box.worker_cores.size(); ++i)
    lcores += "," + std::to_string(i + 1) + "@" + std::to_string(box.worker_cores[i]);
  return lcores;
}

std::string vdev_name(const box::Port& port, std::size_t index) {
  const auto number = std::to_string(index);
  if (port.driver == "af_packet") return "net_af_packet" + number;
  if (port.driver == "af_xdp") return "net_af_xdp" + number;
  const auto arguments = port.driver.substr(std::strlen("vdev:"));
  return arguments.substr(0, arguments.find(','));
}

std::string vdev_argument(const box::Port& port, std::size_t index, std::uint16_t mtu) {
  const auto name = vdev_name(port, index);
  if (port.driver == "af_packet") {
    return name + ",iface=" + port.device +
           ",blocksz=65536,framecnt=4096,qdisc_bypass=1,framesz=" + std::to_string(ring_frame(mtu));
  }
  if (port.driver == "af_xdp")
    return name + ",iface=" + port.device + ",start_queue=0,queue_count=1";
  return port.driver.substr(std::strlen("vdev:"));
}

bool is_pci(const box::Port& port) { return port.driver == "pci"; }

bool can_spread(std::uint16_t id, std::uint16_t queues) {
  rte_eth_dev_info info{};
  if (rte_eth_dev_info_get(id, &info) != 0) return false;
  const auto wanted = static_cast<std::uint64_t>(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6);
  return info.max_rx_queues >= queues && (info.flow_type_rss_offloads & wanted) == wanted &&
         info.hash_key_size == kSymmetricKey.size() && info.reta_size >= kIndirectionEntries &&
         queues <= kMaxWorkers;
}

rte_eth_conf port_configuration(const rte_eth_dev_info& info, std::uint16_t mtu, bool rss) {
  rte_eth_conf conf{};
  // net_af_packet says 1518 whatever its ring's frames are made for (framesz): it is told no more.
  conf.rxmode.mtu = std::min<std::uint32_t>({mtu, info.max_mtu, info.max_rx_pktlen - 18});
  conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_CHECKSUM;
  conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  if (rss) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_key = const_cast<std::uint8_t*>(kSymmetricKey.data());
    conf.rx_adv_conf.rss_conf.rss_key_len = static_cast<std::uint8_t>(kSymmetricKey.size());
    // Addresses only: fragments, and FTP data beside its control connection, stay on one worker.
    conf.rx_adv_conf.rss_conf.rss_hf =
        info.flow_type_rss_offloads &
        (RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6);
  }
  return conf;
}

/// The same on every port, so that both ends of a segment agree on the worker of an address pair.
int fill_indirection_table(std::uint16_t id, std::uint16_t entries, std::uint16_t workers) {
  std::vector<rte_eth_rss_reta_entry64> table(entries / RTE_ETH_RETA_GROUP_SIZE);
  for (auto& group : table) {
    group.mask = ~std::uint64_t{0};
    for (std::size_t i = 0; i < RTE_ETH_RETA_GROUP_SIZE; ++i)
      group.reta[i] = static_cast<std::uint16_t>(i % kIndirectionEntries % workers);
  }
  return rte_eth_dev_rss_reta_update(id, table.data(), entries);
}

Status start_port(Port& port, const box::BoxConfig& box, rte_mempool* pool, std::uint16_t workers,
                  bool rss) {
  rte_eth_dev_info info{};
  if (const int code = rte_eth_dev_info_get(port.id, &info); code != 0)
    return port_error(port.config, "device information", code);
  port.receive_queues = rss ? workers : 1;
  port.transmit_queues = std::min<std::uint16_t>(workers, info.max_tx_queues);
  const auto conf = port_configuration(info, box.mtu, rss);
  if (const int code =
          rte_eth_dev_configure(port.id, port.receive_queues, port.transmit_queues, &conf);
      code != 0)
    return port_error(port.config, "configure", code);

  std::uint16_t receive = kReceiveDescriptors;
  std::uint16_t transmit = kTransmitDescriptors;
  if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(port.id, &receive, &transmit); code != 0)
    return port_error(port.config, "descriptors", code);
  const auto socket = static_cast<unsigned>(std::max(0, rte_eth_dev_socket_id(port.id)));
  for (std::uint16_t queue = 0; queue < port.receive_queues; ++queue)
    if (const int code = rte_eth_rx_queue_setup(port.id, queue, receive, socket, nullptr, pool);
        code != 0)
      return port_error(port.config, "receive queue", code);
  for (std::uint16_t queue = 0; queue < port.transmit_queues; ++queue)
    if (const int code = rte_eth_tx_queue_setup(port.id, queue, transmit, socket, nullptr);
        code != 0)
      return port_error(port.config, "transmit queue", code);
  if (const int code = rte_eth_dev_start(port.id); code != 0)
    return port_error(port.config, "start", code);
  if (rss)
    if (const int code = fill_indirection_table(port.id, info.reta_size, workers); code != 0)
      return port_error(port.config, "RSS indirection table", code);
  rte_eth_promiscuous_enable(
      port.id);  // a bridge takes every frame; vdevs that always do say "not supported"
  return ok();
}

Status start_all(std::vector<Port>& ports, const box::BoxConfig& box, rte_mempool* pool,
                 std::uint16_t workers, bool rss) {
  for (auto& port : ports)
    if (auto started = start_port(port, box, pool, workers, rss); !started) return started;
  return ok();
}

/// Pairs the two ports of each segment.
Status pair_ports(std::vector<Port>& ports) {
  for (auto& port : ports) {
    const auto peer = std::find_if(ports.begin(), ports.end(), [&](const Port& other) {
      return other.index != port.index && other.config.segment == port.config.segment;
    });
    if (peer == ports.end())
      return Error{Error::Code::invalid_input, "port " + port.config.name +
                                                   " is alone in segment " +
                                                   std::to_string(port.config.segment)};
    port.peer = peer->index;
  }
  return ok();
}

Result<std::uint16_t> find_port(const box::Port& port, std::size_t index) {
  std::uint16_t id = 0;
  const auto name = is_pci(port) ? port.device : vdev_name(port, index);
  if (const int code = rte_eth_dev_get_port_by_name(name.c_str(), &id); code != 0)
    return Error{Error::Code::not_found,
                 "port " + port.name + ": no device " + port.device + " for driver " + port.driver};
  return id;
}

/// Frames that the kernel dropped on their way in; 32 bits that wrap. 0 when it cannot be asked.
std::uint64_t kernel_receive_drops(const std::string& interface) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return 0;
  std::uint64_t drops = 0;
  for (const auto* entry = first; entry != nullptr; entry = entry->ifa_next)
    if (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_PACKET &&
        entry->ifa_data != nullptr && interface == entry->ifa_name)
      drops = static_cast<const rtnl_link_stats*>(entry->ifa_data)->rx_dropped;
  freeifaddrs(first);
  return drops;
}

}  // namespace

std::vector<std::string> Ports::eal_arguments(const box::BoxConfig& box) {
  std::vector<std::string> arguments{"sekisho-dataplane", "--lcores=" + core_list(box),
                                     "--no-telemetry", "--log-level=4"};
  arguments.push_back("--file-prefix=" + box.name);
  arguments.emplace_back(box.huge_pages ? "--in-memory" : "--no-huge");
  if (!box.huge_pages)
    arguments.emplace_back("--no-shconf");  // DPDK takes no --in-memory without huge pages
  arguments.push_back("-m");
  arguments.push_back(std::to_string(box.memory_megabytes));
  bool any_pci = false;
  for (std::size_t i = 0; i < box.ports.size(); ++i) {
    const auto& port = box.ports[i];
    any_pci |= is_pci(port);
    arguments.push_back(is_pci(port) ? "--allow=" + port.device
                                     : "--vdev=" + vdev_argument(port, i, box.mtu));
  }
  if (!any_pci) arguments.emplace_back("--no-pci");
  return arguments;
}

Result<Ports> Ports::pool_only(std::uint32_t packets, std::uint16_t room) {
  Ports result;
  result.pool_ = make_pool(packets, room);
  if (result.pool_ == nullptr)
    return Error{Error::Code::resource, std::string("packet pool: ") + rte_strerror(rte_errno)};
  return result;
}

Result<Ports> Ports::start(const box::BoxConfig& box, std::uint16_t workers) {
  Ports result;
  result.pool_ = make_largest_pool(box);
  if (result.pool_ == nullptr)
    return Error{Error::Code::resource, "packet pool: memory_megabytes " +
                                            std::to_string(box.memory_megabytes) + ": " +
                                            rte_strerror(rte_errno)};
  result.ioctl_socket_ = FileDescriptor(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

  for (std::size_t i = 0; i < box.ports.size(); ++i) {
    Port port;
    port.config = box.ports[i];
    port.index = static_cast<std::uint8_t>(i);
    if (port.config.driver == "af_packet" || port.config.driver == "af_xdp")
      port.kernel_interface = port.config.device;
    const auto id = find_port(port.config, i);
    if (!id) return Error{id.error()};
    port.id = *id;
    result.ports_.push_back(std::move(port));
  }
  if (auto paired = pair_ports(result.ports_); !paired) return std::move(paired).error();

  result.hardware_spreads_ =
      workers > 1 && std::all_of(result.ports_.begin(), result.ports_.end(),
                                 [&](const Port& port) { return can_spread(port.id, workers); });
  auto started = start_all(result.ports_, box, result.pool_, workers, result.hardware_spreads_);
  if (!started && result.hardware_spreads_) {  // a driver that promised more than it does
    for (const auto& port : result.ports_) rte_eth_dev_stop(port.id);
    result.hardware_spreads_ = false;
    started = start_all(result.ports_, box, result.pool_, workers, false);
  }
  if (!started) return std::move(started).error();
  return result;
}

Ports::Ports(Ports&& other) noexcept
    : ports_(std::move(other.ports_)),
      pool_(std::exchange(other.pool_, nullptr)),
      hardware_spreads_(other.hardware_spreads_),
      ioctl_socket_(std::move(other.ioctl_socket_)) {
  other.ports_.clear();
}

Ports::~Ports() {
  for (const auto& port : ports_) {
    rte_eth_dev_stop(port.id);
    rte_eth_dev_close(port.id);
  }
  if (pool_ != nullptr) rte_mempool_free(pool_);
}

bool Ports::link_up(std::uint8_t index) const {
  const auto& port = ports_[index];
  if (!port.kernel_interface.empty()) {
    ifreq request{};
    port.kernel_interface.copy(request.ifr_name, IFNAMSIZ - 1);
    if (ioctl(ioctl_socket_.get(), SIOCGIFFLAGS, &request) != 0) return false;
    return (request.ifr_flags & IFF_RUNNING) != 0;
  }
  rte_eth_link link{};
  return rte_eth_link_get_nowait(port.id, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

void Ports::set_link(std::uint8_t index, bool up) const {
  const auto& port = ports_[index];
  if (port.kernel_interface.empty()) {
    up ? rte_eth_dev_set_link_up(port.id) : rte_eth_dev_set_link_down(port.id);
    return;
  }
  ifreq request{};
  port.kernel_interface.copy(request.ifr_name, IFNAMSIZ - 1);
  if (ioctl(ioctl_socket_.get(), SIOCGIFFLAGS, &request) != 0) return;
  const auto flags = up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP;
  request.ifr_flags = static_cast<short>(flags);
  ioctl(ioctl_socket_.get(), SIOCSIFFLAGS, &request);
}

PortStatistics Ports::statistics(std::uint8_t index) const {
  rte_eth_stats stats{};
  const auto& port = ports_[index];
  rte_eth_stats_get(port.id, &stats);
  // What a full queue of the interface lost never reaches the driver's own count.
  const auto missed = port.kernel_interface.empty()
                          ? stats.imissed
                          : std::max(stats.imissed, kernel_receive_drops(port.kernel_interface));
  return {stats.ipackets, stats.ibytes, missed,       stats.ierrors + stats.rx_nombuf,
          stats.opackets, stats.obytes, stats.oerrors};
}

std::string Ports::driver(std::uint8_t index) const {
  rte_eth_dev_info info{};
  if (rte_eth_dev_info_get(ports_[index].id, &info) != 0 || info.driver_name == nullptr)
    return "unknown";
  return info.driver_name;
}

std::string Ports::mac(std::uint8_t index) const {
  rte_ether_addr address{};
  if (rte_eth_macaddr_get(ports_[index].id, &address) != 0) return {};
  MacAddress mac;
  std::memcpy(mac.bytes.data(), address.addr_bytes, mac.bytes.size());
  return to_string(mac);
}

std::uint32_t Ports::speed_mbps(std::uint8_t index) const {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(ports_[index].id, &link) != 0) return 0;
  return link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
}

}  // namespace sekisho::dataplane
