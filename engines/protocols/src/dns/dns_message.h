#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "config/events/json_writer.h"
#include "engines/protocols/transaction.h"

namespace sekisho::engines {

inline constexpr std::size_t kDnsHeaderBytes = 12;
/// Text of a name: what is longer is cut (RFC 1035 §2.3.4 allows 255; attackers write more).
inline constexpr std::size_t kDnsMaxNameText = 1025;
/// Compression pointers followed within one name.
inline constexpr unsigned kDnsMaxPointers = 127;
/// Records of a section that EVE shows.
inline constexpr std::uint32_t kDnsMaxShownRecords = 512;
/// Names whose compression is followed to find loops when a message is read.
inline constexpr unsigned kDnsMaxCheckedNames = 64;

enum class DnsSection : std::uint8_t { questions, answers, authorities, additionals };
inline constexpr std::size_t kNumDnsSections = 4;

/// One question (no ttl, no rdata) or resource record.
struct DnsRecord {
  std::size_t name_offset = 0;  // in the message
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::uint32_t ttl = 0;
  std::size_t rdata_offset = 0;
  std::span<const std::uint8_t> rdata;
};

struct DnsName {
  std::span<const std::uint8_t> text;  // "www.example.com", no final dot; the root is empty
  bool cut = false;                    // over kDnsMaxNameText, or the room given
  bool loops = false;                  // over kDnsMaxPointers
  bool broken = false;                 // runs out of the message, or a label of unknown kind
};

/// A DNS message in place (RFC 1035 §4): lends the bytes, allocates nothing. Also for the bodies of
/// DNS over HTTP.
class DnsMessage {
 public:
  /// nullopt: shorter than a header. Otherwise as many records as are well-formed.
  static std::optional<DnsMessage> read(std::span<const std::uint8_t> bytes) noexcept;

  std::uint16_t id() const noexcept { return id_; }
  std::uint16_t flags() const noexcept { return flags_; }
  bool is_response() const noexcept { return (flags_ & 0x8000) != 0; }
  std::uint8_t opcode() const noexcept { return flags_ >> 11 & 0x0f; }
  /// Of the header alone, as Suricata counts it.
  std::uint16_t rcode() const noexcept { return flags_ & 0x0f; }
  /// Well-formed records of a section, at most as many as the header announced.
  std::uint32_t count(DnsSection section) const noexcept {
    return sections_[static_cast<std::size_t>(section)].count;
  }
  /// Questions or answers are not what the header announced.
  bool malformed() const noexcept { return malformed_; }

  /// Record `index` of a section, found fastest in ascending order.
  std::optional<DnsRecord> record(DnsSection section, std::uint32_t index) const noexcept;
  /// The name at `offset`, uncompressed into `room`.
  DnsName name_at(std::size_t offset, std::span<std::uint8_t> room) const noexcept;
  /// Offset of the `instance`th name among the questions and resource records: of each its owner,
  /// then the names in its data (NS, CNAME, PTR, MX, SRV, DNAME, SOA's server). Found fastest in
  /// ascending order.
  std::optional<std::size_t> resource_name(std::uint32_t instance) const noexcept;
  /// Offset of the name in a record's data, if its type has one.
  static std::optional<std::size_t> data_name_offset(const DnsRecord& record) noexcept;
  /// Bytes that the name at `offset` takes in place; 0: broken.
  std::size_t name_bytes_at(std::size_t offset) const noexcept;
  std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }

  /// What is odd about it, under Suricata's event names without the protocol's prefix.
  struct Oddities {
    bool z_flag_set = false, invalid_opcode = false, name_too_long = false, infinite_loop = false;
    bool invalid_authorities = false, invalid_additionals = false;
  };
  Oddities oddities() const noexcept { return oddities_; }

 private:
  struct Section {
    std::size_t offset = 0;  // of its first record
    std::uint32_t count = 0;
  };
  /// Where the last record asked for ended: lists are read in ascending order.
  struct Cursor {
    std::uint32_t index = 0;
    std::size_t offset = 0;
  };
  /// The next name that resource_name() gives.
  struct NameCursor {
    std::uint32_t instance = 0;
    std::uint8_t section = static_cast<std::uint8_t>(DnsSection::questions);
    std::uint32_t index = 0;
    bool data = false;  // the name in the data of record `index`
  };
  explicit DnsMessage(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}
  std::optional<DnsRecord> read_record(DnsSection section, std::size_t& offset) const noexcept;
  std::size_t read_section(DnsSection section, std::uint16_t announced, std::size_t offset,
                           unsigned& checked_names) noexcept;
  void check_name(std::size_t offset, unsigned& checked_names) noexcept;

  std::span<const std::uint8_t> bytes_;
  std::uint16_t id_ = 0;
  std::uint16_t flags_ = 0;
  Section sections_[kNumDnsSections];
  mutable Cursor cursors_[kNumDnsSections];
  mutable NameCursor name_cursor_;
  bool malformed_ = false;
  Oddities oddities_;
};

/// How the values of dns.*, mdns.* and llmnr.* fields are found in a message.
std::optional<std::span<const std::uint8_t>> dns_field_bytes(const DnsMessage& message,
                                                             rules::Field field,
                                                             std::uint32_t instance,
                                                             FieldScratch scratch) noexcept;
std::optional<std::uint64_t> dns_field_number(const DnsMessage& message, rules::Field field,
                                              std::uint32_t instance) noexcept;
/// app-layer events of the message ("dns.malformed_data", ...) into the transaction.
void add_dns_oddities(const DnsMessage& message, Transaction& transaction) noexcept;
/// `"dns": {...}`, EVE's version 3.
void write_dns_record(const DnsMessage& message, std::uint64_t transaction_id,
                      events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines
