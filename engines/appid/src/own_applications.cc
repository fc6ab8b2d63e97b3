#include "engines/appid/own_applications.h"

#include <algorithm>
#include <cstring>

#include "artifact.h"
#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"

namespace sekisho::engines::appid {
namespace {

using AddressStep = OwnApplications::AddressStep;
using PortRange = OwnApplications::PortRange;
using ServerMap = OwnApplications::ServerMap;

/// Takes one array after the other.
class ArrayReader {
 public:
  explicit ArrayReader(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

  template <class Item>
  bool take(std::size_t count, std::vector<Item>& items) {
    if (rest_.size() / sizeof(Item) < count) return false;
    items.resize(count);
    if (count != 0) std::memcpy(items.data(), rest_.data(), count * sizeof(Item));
    rest_ = rest_.subspan(count * sizeof(Item));
    return true;
  }
  std::string_view rest() const noexcept { return as_text(bytes_of(rest_)); }

 private:
  std::span<const std::byte> rest_;
};

struct Sections {
  std::vector<std::uint32_t> keys;
  std::vector<HostRecord> hosts;
  std::vector<AddressStep> v4, v6;
  std::vector<ServerMap> maps;
  std::vector<PortRange> ranges;
  std::string_view text;
};

/// False: the bytes are fewer or more than the header says.
bool read(std::span<const std::byte> artifact, Sections& sections) {
  ArrayReader reader(artifact);
  std::vector<ArtifactHeader> header;
  if (!reader.take(1, header) || header[0].magic != ArtifactHeader::kMagic) return false;
  const auto& h = header[0];
  if (!reader.take(h.num_keys, sections.keys) || !reader.take(h.num_hosts, sections.hosts) ||
      !reader.take(h.num_v4_steps, sections.v4) || !reader.take(h.num_v6_steps, sections.v6) ||
      !reader.take(h.num_maps, sections.maps) || !reader.take(h.num_ranges, sections.ranges))
    return false;
  const auto rest = reader.rest();
  if (rest.size() < h.text_bytes || rest.size() - h.text_bytes != h.pattern_bytes) return false;
  sections.text = rest.substr(0, h.text_bytes);
  return true;
}

/// What find() follows: ids of this policy, orders, places.
bool is_sound(const Sections& sections) {
  const auto is_known = [&](ApplicationId id) {
    return OwnApplication::is_own(id) && OwnApplication::index_of(id) < sections.keys.size();
  };
  const auto ascends = [](const AddressStep& x, const AddressStep& y) { return x.first < y.first; };
  for (const auto* steps : {&sections.v4, &sections.v6}) {
    for (const auto& step : *steps)
      if (step.map >= sections.maps.size()) return false;
    const auto out_of_order = std::adjacent_find(
        steps->begin(), steps->end(),
        [&](const AddressStep& x, const AddressStep& y) { return !ascends(x, y); });
    if (out_of_order != steps->end()) return false;
  }
  for (const auto& map : sections.maps) {
    if ((map.otherwise != 0 && !is_known(map.otherwise)) || map.pad != 0) return false;
    if (map.first_range > sections.ranges.size() ||
        map.num_ranges > sections.ranges.size() - map.first_range)
      return false;
    for (std::size_t i = 0; i < map.num_ranges; ++i) {
      const auto& range = sections.ranges[map.first_range + i];
      const bool is_apart = i == 0 || sections.ranges[map.first_range + i - 1].last < range.first;
      if (!is_apart || range.first > range.last || !is_known(range.application) || range.pad != 0)
        return false;
    }
  }
  return sections.keys.size() <= OwnApplication::kMax && !sections.maps.empty() &&
         std::all_of(sections.hosts.begin(), sections.hosts.end(), [&](const HostRecord& host) {
           return is_known(host.application) && host.text_at <= sections.text.size() &&
                  host.text_bytes <= sections.text.size() - host.text_at;
         });
}

}  // namespace

Result<std::unique_ptr<const OwnApplications>> OwnApplications::load(
    std::span<const std::byte> artifact) {
  Sections sections;
  if (!read(artifact, sections))
    return Error{Error::Code::version, "appid: artifact of another version, or damaged"};
  if (!is_sound(sections)) return Error{Error::Code::invalid_input, "appid: artifact is damaged"};
  std::vector<HostTable::OwnHost> hosts;
  for (const auto& host : sections.hosts)
    hosts.push_back({sections.text.substr(host.text_at, host.text_bytes), host.application});
  std::unique_ptr<OwnApplications> own(new OwnApplications(std::move(sections.keys), hosts));
  own->v4_ = std::move(sections.v4);
  own->v6_ = std::move(sections.v6);
  own->maps_ = std::move(sections.maps);
  own->ranges_ = std::move(sections.ranges);
  return std::unique_ptr<const OwnApplications>(std::move(own));
}

OwnApplications::OwnApplications(std::vector<std::uint32_t> keys,
                                 std::span<const HostTable::OwnHost> hosts)
    : keys_(std::move(keys)), hosts_(hosts, HostTable::of_catalogue()) {}

ApplicationId OwnApplications::find(const IpAddress& server, std::uint8_t protocol,
                                    std::uint16_t port) const noexcept {
  if (keys_.empty()) return 0;
  const auto wanted = std::uint32_t{protocol} << 16 | port;
  const auto& steps = server.is_v4() ? v4_ : v6_;
  const auto behind = std::upper_bound(
      steps.begin(), steps.end(), server,
      [](const IpAddress& address, const AddressStep& step) { return address < step.first; });
  if (behind != steps.begin()) {
    const auto map = std::prev(behind)->map;
    if (map != 0)
      if (const auto found = find_in(maps_[map], wanted)) return found;
  }
  return find_in(maps_.front(), wanted);
}

ApplicationId OwnApplications::find_in(const ServerMap& map, std::uint32_t port) const noexcept {
  const auto ranges = std::span(ranges_).subspan(map.first_range, map.num_ranges);
  const auto range = std::lower_bound(
      ranges.begin(), ranges.end(), port,
      [](const PortRange& one, std::uint32_t wanted) { return one.last < wanted; });
  return range != ranges.end() && range->first <= port ? range->application : map.otherwise;
}

std::uint32_t OwnApplications::key_of(ApplicationId id) const noexcept {
  const auto at = OwnApplication::index_of(id);
  return OwnApplication::is_own(id) && at < keys_.size() ? keys_[at] : 0;
}

ApplicationId OwnApplications::id_of(std::uint32_t key) const noexcept {
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found == keys_.end()) return 0;
  return OwnApplication::id_of(static_cast<std::size_t>(found - keys_.begin()));
}

}  // namespace sekisho::engines::appid
