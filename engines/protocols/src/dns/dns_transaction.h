#pragma once

#include "dns/dns_message.h"
#include "engines/protocols/parser.h"

namespace sekisho::engines {

/// One message of DNS, mDNS or LLMNR; questions and answers are transactions of their own. Lives
/// while its datagram or segment is read.
class DnsTransaction final : public Transaction {
 public:
  DnsTransaction(std::uint64_t id, Protocol protocol, const DnsMessage& message) noexcept
      : Transaction(id), protocol_(protocol), message_(message) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  /// The message; kOlderAnswer and, for question i, kOlderQuery + i as EVE's version 2 has them.
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  static constexpr std::uint8_t kOlderAnswer = 1;
  static constexpr std::uint8_t kOlderQuery = 2;
  static constexpr std::uint32_t kMaxOlderQueries = 250;

 private:
  bool is_mine(rules::Field field, Direction direction) const noexcept;

  Protocol protocol_;
  const DnsMessage& message_;
};

/// Tells `events` of one message that came in `direction`.
void report_dns_message(const DnsMessage& message, Protocol protocol, std::uint64_t id,
                        Direction direction, const DnsRecords& records,
                        ProtocolEvents& events) noexcept;

}  // namespace sekisho::engines
