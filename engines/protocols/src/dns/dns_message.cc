#include "dns/dns_message.h"

#include <algorithm>
#include <array>

#include "dns/dns_types.h"

namespace sekisho::engines {
namespace {

std::uint16_t be16_at(std::span<const std::uint8_t> bytes, std::size_t offset) noexcept {
  return static_cast<std::uint16_t>(bytes[offset] << 8 | bytes[offset + 1]);
}

std::uint32_t be32_at(std::span<const std::uint8_t> bytes, std::size_t offset) noexcept {
  return std::uint32_t{be16_at(bytes, offset)} << 16 | be16_at(bytes, offset + 2);
}

}  // namespace

std::optional<DnsMessage> DnsMessage::read(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.size() < kDnsHeaderBytes) return std::nullopt;
  DnsMessage message(bytes);
  message.id_ = be16_at(bytes, 0);
  message.flags_ = be16_at(bytes, 2);
  message.oddities_.z_flag_set = (message.flags_ & 0x0040) != 0;
  message.oddities_.invalid_opcode = message.opcode() >= 7;  // RFC 8490 gave out 6, the last one
  std::size_t offset = kDnsHeaderBytes;
  unsigned checked_names = 0;
  for (std::size_t i = 0; i < kNumDnsSections; ++i) {
    const auto announced = be16_at(bytes, 4 + 2 * i);
    offset = message.read_section(static_cast<DnsSection>(i), announced, offset, checked_names);
    if (message.sections_[i].count == announced) continue;
    message.malformed_ = i <= static_cast<std::size_t>(DnsSection::answers);
    message.oddities_.invalid_authorities = i == static_cast<std::size_t>(DnsSection::authorities);
    message.oddities_.invalid_additionals = i == static_cast<std::size_t>(DnsSection::additionals);
    break;
  }
  return message;
}

std::size_t DnsMessage::read_section(DnsSection section, std::uint16_t announced,
                                     std::size_t offset, unsigned& checked_names) noexcept {
  auto& found = sections_[static_cast<std::size_t>(section)];
  found.offset = offset;
  cursors_[static_cast<std::size_t>(section)].offset = offset;
  while (found.count < announced) {
    const auto record = read_record(section, offset);
    if (!record) break;
    check_name(record->name_offset, checked_names);
    ++found.count;
  }
  return offset;
}

void DnsMessage::check_name(std::size_t offset, unsigned& checked_names) noexcept {
  if (checked_names == kDnsMaxCheckedNames) return;
  ++checked_names;
  std::array<std::uint8_t, kDnsMaxNameText> room;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const auto name = name_at(offset, room);
  oddities_.name_too_long |= name.cut;
  oddities_.infinite_loop |= name.loops;
}

std::optional<DnsRecord> DnsMessage::record(DnsSection section,
                                            std::uint32_t index) const noexcept {
  const auto& known = sections_[static_cast<std::size_t>(section)];
  auto& cursor = cursors_[static_cast<std::size_t>(section)];
  if (index >= known.count) return std::nullopt;
  if (index < cursor.index) cursor = {0, known.offset};
  while (true) {
    const auto found = read_record(section, cursor.offset);
    if (!found) return std::nullopt;
    if (cursor.index++ == index) return found;
  }
}

std::optional<DnsRecord> DnsMessage::read_record(DnsSection section,
                                                 std::size_t& offset) const noexcept {
  const auto name_bytes = name_bytes_at(offset);
  if (name_bytes == 0) return std::nullopt;
  DnsRecord record;
  record.name_offset = offset;
  const std::size_t fixed = offset + name_bytes;
  const std::size_t fixed_bytes = section == DnsSection::questions ? 4 : 10;
  if (bytes_.size() - fixed < fixed_bytes) return std::nullopt;
  record.type = be16_at(bytes_, fixed);
  record.klass = be16_at(bytes_, fixed + 2);
  if (section != DnsSection::questions) {
    record.ttl = be32_at(bytes_, fixed + 4);
    const std::size_t length = be16_at(bytes_, fixed + 8);
    record.rdata_offset = fixed + fixed_bytes;
    if (bytes_.size() - record.rdata_offset < length) return std::nullopt;
    record.rdata = bytes_.subspan(record.rdata_offset, length);
  }
  offset = fixed + fixed_bytes + record.rdata.size();
  return record;
}

std::optional<std::size_t> DnsMessage::resource_name(std::uint32_t instance) const noexcept {
  if (instance < name_cursor_.instance) name_cursor_ = {};
  while (name_cursor_.section < kNumDnsSections) {
    const auto record_here =
        record(static_cast<DnsSection>(name_cursor_.section), name_cursor_.index);
    if (!record_here) {
      ++name_cursor_.section;
      name_cursor_.index = 0;
      name_cursor_.data = false;
      continue;
    }
    const bool is_question = name_cursor_.section == 0;  // has a type, but no data
    const auto offset = !name_cursor_.data ? std::optional(record_here->name_offset)
                        : is_question      ? std::nullopt
                                           : data_name_offset(*record_here);
    name_cursor_.index += name_cursor_.data ? 1 : 0;
    name_cursor_.data = !name_cursor_.data;
    if (offset && name_cursor_.instance++ == instance) return offset;
  }
  return std::nullopt;
}

std::optional<std::size_t> DnsMessage::data_name_offset(const DnsRecord& record) noexcept {
  const std::size_t before = record.type == dns_type::kMx    ? 2
                             : record.type == dns_type::kSrv ? 6
                                                             : 0;
  switch (record.type) {
    case dns_type::kNs:
    case dns_type::kCname:
    case dns_type::kSoa:
    case dns_type::kPtr:
    case dns_type::kMx:
    case dns_type::kSrv:
    case dns_type::kDname:
      if (record.rdata.size() > before) return record.rdata_offset + before;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::size_t DnsMessage::name_bytes_at(std::size_t offset) const noexcept {
  std::size_t at = offset;
  while (at < bytes_.size()) {
    const auto length = bytes_[at];
    if (length == 0) return at + 1 - offset;
    if ((length & 0xc0) == 0xc0) return bytes_.size() - at < 2 ? 0 : at + 2 - offset;
    if ((length & 0xc0) != 0) return 0;
    at += 1 + std::size_t{length};
  }
  return 0;
}

DnsName DnsMessage::name_at(std::size_t offset, std::span<std::uint8_t> room) const noexcept {
  DnsName name;
  const std::size_t limit = std::min(room.size(), kDnsMaxNameText);
  std::size_t used = 0;
  unsigned pointers = 0;
  while (true) {
    name.broken = offset >= bytes_.size();
    if (name.broken || bytes_[offset] == 0) break;
    const std::size_t length = bytes_[offset];
    if (length >= 0xc0) {  // RFC 1035 §4.1.4
      name.broken = bytes_.size() - offset < 2;
      name.loops = !name.broken && ++pointers > kDnsMaxPointers;
      if (name.broken || name.loops) break;
      offset = be16_at(bytes_, offset) & 0x3fff;
      continue;
    }
    name.broken = length > 63 || bytes_.size() - offset - 1 < length;
    name.cut = !name.broken && limit - used < length + (used != 0 ? 1 : 0);
    if (name.broken || name.cut) break;
    if (used != 0) room[used++] = '.';
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset + 1), length,
                room.begin() + static_cast<std::ptrdiff_t>(used));
    used += length;
    offset += 1 + length;
  }
  name.text = room.first(used);
  return name;
}

}  // namespace sekisho::engines
