#include "dataplane/decrypt/takeover/own_network.h"

#include <fcntl.h>
#include <linux/fib_rules.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "netlink_socket.h"

namespace sekisho::decrypt {
namespace {

constexpr std::uint32_t kInwards = 100;  // the routing table of what comes in
// What its queue has no room for is lost, and a reset is never sent again: room for one of each of
// a process's sessions.
constexpr std::uint32_t kLinkPackets = 32768;

Error failed(std::string_view what) {
  return {Error::Code::io, std::string(what).append(": ").append(std::strerror(errno))};
}

struct Setting {
  std::string_view name, value;
};

/// Before there is an interface, so that it begins with them.
constexpr auto kSettings = std::to_array<Setting>({
    // Both ends are behind one interface, and no address is ours.
    {"net/ipv4/conf/all/rp_filter", "0"},
    {"net/ipv4/conf/default/rp_filter", "0"},
    {"net/ipv4/ip_unprivileged_port_start", "0"},  // servers' ports, without a capability more
    {"net/ipv4/tcp_mtu_probing", "1"},             // where ICMP is lost on the way
    {"net/ipv4/tcp_no_metrics_save", "1"},         // one client's bad line is not the next one's
    {"net/ipv6/conf/default/accept_ra", "0"},
    {"net/ipv6/conf/default/addr_gen_mode", "1"},  // no address of its own, so nothing is announced
    {"net/ipv6/conf/default/router_solicitations", "0"},
});

Status set(const Setting& setting) {
  const std::string path = std::string("/proc/sys/").append(setting.name);
  const FileDescriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT && setting.name.find("ipv6") != std::string_view::npos)
    return ok();  // a kernel without IPv6 has no such connections
  if (!file.valid()) return failed(path);
  const auto written = write(file.get(), setting.value.data(), setting.value.size());
  return written == static_cast<ssize_t>(setting.value.size()) ? ok() : Status(failed(path));
}

/// `flags` are set, no other is touched.
NetlinkRequest change_link(unsigned index, unsigned flags) {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = static_cast<int>(index);
  header.ifi_flags = header.ifi_change = flags;
  return {RTM_NEWLINK, 0, header};
}

NetlinkRequest default_route(std::uint8_t family, std::uint8_t type, std::uint32_t table,
                             unsigned index) {
  rtmsg header{};
  header.rtm_family = family;
  header.rtm_table = RT_TABLE_UNSPEC;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = type == RTN_LOCAL   ? std::uint8_t{RT_SCOPE_HOST}
                     : family == AF_INET ? std::uint8_t{RT_SCOPE_LINK}
                                         : std::uint8_t{RT_SCOPE_UNIVERSE};
  header.rtm_type = type;
  NetlinkRequest request(RTM_NEWROUTE, NLM_F_CREATE, header);
  request.number(RTA_TABLE, table).number(RTA_OIF, index);
  return request;
}

/// What comes in through `link` is looked up in the table kInwards.
NetlinkRequest rule_for(std::uint8_t family, const std::string& link) {
  fib_rule_hdr header{};
  header.family = family;
  header.action = FR_ACT_TO_TBL;
  NetlinkRequest request(RTM_NEWRULE, NLM_F_CREATE, header);
  std::array<std::uint8_t, IFNAMSIZ> name{};
  std::copy(link.begin(), link.end(), name.begin());
  request.number(FRA_TABLE, kInwards)
      .attribute(FRA_IIFNAME, std::span(name).first(link.size() + 1));
  return request;
}

}  // namespace

Status enter_own_network() {
  if (unshare(CLONE_NEWNET) != 0) return failed("a network namespace of its own");
  for (const auto& setting : kSettings)
    if (auto s = set(setting); !s) return s;
  auto netlink = NetlinkSocket::open();
  if (!netlink) return std::move(netlink).error();
  if (auto s = netlink->send(change_link(if_nametoindex("lo"), IFF_UP)); !s)
    return std::move(s).error().within("lo");
  return ok();
}

Status route_all_through(const std::string& link, std::uint32_t mtu) {
  const unsigned index = if_nametoindex(link.c_str());
  const unsigned loopback = if_nametoindex("lo");
  if (index == 0 || link.size() >= IFNAMSIZ) return failed(link);
  auto netlink = NetlinkSocket::open();
  if (!netlink) return std::move(netlink).error();
  auto up = change_link(index, IFF_UP);
  up.number(IFLA_MTU, mtu).number(IFLA_TXQLEN, kLinkPackets);
  if (auto s = netlink->send(up); !s) return std::move(s).error().within(link);
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    const std::string_view name = family == AF_INET ? "IPv4" : "IPv6";
    const auto inwards = default_route(family, RTN_LOCAL, kInwards, loopback);
    if (auto s = netlink->send(inwards); !s)
      return std::move(s).error().within(std::string(name).append(" routes inwards"));
    if (auto s = netlink->send(rule_for(family, link)); !s)
      return std::move(s).error().within(std::string(name).append(" rule"));
    const auto outwards = default_route(family, RTN_UNICAST, RT_TABLE_MAIN, index);
    if (auto s = netlink->send(outwards); !s)
      return std::move(s).error().within(std::string(name).append(" routes outwards"));
  }
  return ok();
}

}  // namespace sekisho::decrypt
