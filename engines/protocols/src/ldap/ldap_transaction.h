#pragma once

#include "asn1/ber.h"
#include "engines/memory/memory_pool.h"
#include "engines/protocols/parser.h"

namespace sekisho::engines::ldap {

using asn1::Bytes;

/// Numbers of protocolOp's tags, RFC 4511 §4.2 to §4.14.
enum Operation : std::uint8_t {
  kBindRequest = 0,
  kBindResponse = 1,
  kUnbindRequest = 2,
  kSearchRequest = 3,
  kSearchEntry = 4,
  kSearchDone = 5,
  kModifyRequest = 6,
  kModifyResponse = 7,
  kAddRequest = 8,
  kAddResponse = 9,
  kDelRequest = 10,
  kDelResponse = 11,
  kModDnRequest = 12,
  kModDnResponse = 13,
  kCompareRequest = 14,
  kCompareResponse = 15,
  kAbandonRequest = 16,
  kSearchReference = 19,
  kExtendedRequest = 23,
  kExtendedResponse = 24,
  kIntermediateResponse = 25,
};
bool is_request(std::uint8_t operation) noexcept;
/// A response after which no other comes.
bool is_last_response(std::uint8_t operation) noexcept;
std::string_view name_of(std::uint8_t operation) noexcept;
/// resultCode, RFC 4511 appendix A; empty: not known.
std::string_view result_name(std::int64_t code) noexcept;

/// An LDAPMessage (RFC 4511 §4.1.1), lent.
struct Message {
  std::int64_t id = 0;
  std::uint8_t operation = 0;
  Bytes body;  // of the operation
};
std::optional<Message> read_message(Bytes bytes) noexcept;
/// The result that a response carries; nullopt: it carries none.
struct Result {
  std::int64_t code = 0;
  Bytes matched_dn, message, rest;
};
std::optional<Result> result_of(const Message& message) noexcept;

/// A request and its responses, kept as they came.
class LdapTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxRequest = 64 * 1024;
  static constexpr std::size_t kMaxResponses = 128 * 1024;  // bytes kept of all together
  static constexpr std::size_t kMaxAttributes = 512;        // looked at of one message

  LdapTransaction(std::uint64_t id, MemoryPool& pool) noexcept
      : Transaction(id), request(pool, kMaxRequest), responses(pool, kMaxResponses) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;
  void log(ProtocolEvents& events) noexcept {
    events.record_due(*this, "ldap", 0,
                      request.empty() ? Direction::to_client : Direction::to_server);
  }

  std::int64_t message_id = 0;
  std::uint32_t num_responses = 0;  // also those that were not kept
  PooledBytes request, responses;

 private:
  std::optional<Message> response(std::uint32_t instance) const noexcept;
};

/// Distinguished name that an operation is about; nullopt: none.
std::optional<Bytes> name_in(const Message& message) noexcept;
/// The attribute descriptions that an operation names, by number.
std::optional<Bytes> attribute_in(const Message& message, std::uint32_t instance) noexcept;

/// EVE: member `<operation>` with its parts.
void write_operation(const Message& message, events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines::ldap
