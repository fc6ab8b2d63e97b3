#pragma once

#include <string_view>

#include "dns/dns_message.h"

namespace sekisho::engines {

/// EVE's version 2: question `index` of a request, and a response.
void write_dns_query(const DnsMessage& message, std::uint32_t index, std::uint64_t transaction_id,
                     events::BoundedJsonWriter& json) noexcept;
void write_dns_answer(const DnsMessage& message, events::BoundedJsonWriter& json) noexcept;

/// EVE's record of mDNS and LLMNR, `"mdns": {...}`: types in lower case, data under their names.
void write_local_dns_record(const DnsMessage& message, std::string_view key,
                            events::BoundedJsonWriter& json) noexcept;

/// "192.0.2.1", or eight groups of four digits: as Suricata writes addresses in DNS.
std::string_view dns_address_text(std::span<const std::uint8_t> rdata,
                                  std::span<char> room) noexcept;
/// Members of "soa", "srv" or "sshfp"; false when the data is too short for them.
bool write_dns_soa(const DnsMessage& message, const DnsRecord& record, std::string_view key,
                   events::BoundedJsonWriter& json) noexcept;
bool write_dns_srv(const DnsMessage& message, const DnsRecord& record, std::string_view key,
                   events::BoundedJsonWriter& json) noexcept;
bool write_dns_sshfp(const DnsRecord& record, std::string_view key,
                     events::BoundedJsonWriter& json) noexcept;
void write_dns_opt(const DnsRecord& record, std::string_view key,
                   events::BoundedJsonWriter& json) noexcept;
/// "qr", "aa", "tc", "rd", "ra" and "z", those that are set.
void write_dns_flags(const DnsMessage& message, events::BoundedJsonWriter& json) noexcept;

/// The name at `offset` with memory of its own.
class DnsNameText {
 public:
  DnsNameText(const DnsMessage& message, std::size_t offset) noexcept
      : name_(message.name_at(offset, room_)) {}
  std::span<const std::uint8_t> bytes() const noexcept { return name_.text; }

 private:
  std::uint8_t room_[kDnsMaxNameText];
  DnsName name_;
};

/// The strings of a TXT record (RFC 1035 §3.3.14), each given to `visit`.
template <class Visit>
void for_each_dns_string(std::span<const std::uint8_t> rdata, Visit&& visit) noexcept {
  while (!rdata.empty()) {
    const std::size_t length = rdata[0] < rdata.size() ? rdata[0] : rdata.size() - 1;
    visit(rdata.subspan(1, length));
    rdata = rdata.subspan(1 + length);
  }
}

}  // namespace sekisho::engines
