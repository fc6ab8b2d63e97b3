#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "config/base/own_application.h"
#include "config/base/result.h"
#include "engines/api/facts.h"
#include "engines/appid/host_table.h"

namespace sekisho::engines::appid {

/// The administrator's own applications of one policy: by what they are told, and their keys
/// (OwnApplication::key_of), which outlive it. Immutable, for any number of threads.
class OwnApplications {
 public:
  /// Of a section that kSpec.compile made, which outlives the result. Refuses damaged bytes.
  static Result<std::unique_ptr<const OwnApplications>> load(std::span<const std::byte> artifact);

  /// Whose server this is; 0: nobody's. The more an entry says the more it counts: address and
  /// port, address, port; then the narrower range of addresses, then that of ports, then what
  /// stands first in the policy. Two binary searches; no allocation.
  ApplicationId find(const IpAddress& server, std::uint8_t protocol,
                     std::uint16_t port) const noexcept;

  /// Their hosts and the catalogue's.
  const HostTable& hosts() const noexcept { return hosts_; }

  std::size_t size() const noexcept { return keys_.size(); }
  /// Of an id of this policy; 0: it is none.
  std::uint32_t key_of(ApplicationId id) const noexcept;
  /// The id here of the application with this key; 0: it has none.
  ApplicationId id_of(std::uint32_t key) const noexcept;

  /// Ports of one protocol, both inclusive; as protocol << 16 | port.
  struct PortRange {
    std::uint32_t first;
    std::uint32_t last;
    ApplicationId application;
    std::uint16_t pad;
  };
  /// What holds at some addresses: the ports, ascending and apart, and whose all the rest is.
  struct ServerMap {
    std::uint32_t first_range;
    std::uint32_t num_ranges;
    ApplicationId otherwise;  // 0: nobody's
    std::uint16_t pad;
  };
  /// From `first` up to the next step `map` holds; 0: nothing special.
  struct AddressStep {
    IpAddress first;
    std::uint32_t map;
  };

 private:
  OwnApplications(std::vector<std::uint32_t> keys, std::span<const HostTable::OwnHost> hosts);
  ApplicationId find_in(const ServerMap& map, std::uint32_t port) const noexcept;

  std::vector<std::uint32_t> keys_;
  HostTable hosts_;
  std::vector<AddressStep> v4_, v6_;  // ascending
  std::vector<ServerMap> maps_;       // the first: of ports alone
  std::vector<PortRange> ranges_;
};

}  // namespace sekisho::engines::appid
