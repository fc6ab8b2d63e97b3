#pragma once

#include <cstdint>
#include <optional>

#include "engines/memory/memory_pool.h"
#include "engines/protocols/transaction.h"

namespace sekisho::engines::pgsql {

using Bytes = std::span<const std::uint8_t>;

/// What a request is, as far as records tell them apart.
enum class Request : std::uint8_t {
  none,
  startup,
  ssl,
  gss,
  cancel,
  password,
  sasl_initial,
  sasl,
  query,
  copy,  // data for COPY ... FROM STDIN
  termination,
  sync,   // ends a series of the extended protocol: has an answer but no record
  parse,  // a statement of the extended protocol: for rules only
};

/// A request of PostgreSQL's protocol 3.0 and what the server said to it.
class PgsqlTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxRequest = 64 * 1024;   // of a request's body; the rest is cut
  static constexpr std::size_t kMaxResponse = 16 * 1024;  // of messages that records show

  PgsqlTransaction(MemoryPool& pool, std::uint64_t id, Request what, bool passwords) noexcept
      : Transaction(id),
        request(what),
        body(pool, kMaxRequest),
        response(pool, kMaxResponse),
        passwords_(passwords) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  /// Takes one message of the server.
  void add_response(std::uint8_t type, Bytes message_body) noexcept;

  Request request;
  PooledBytes body;      // of the request, without type and length
  PooledBytes response;  // type, length (two bytes), body of each message that records show
  std::optional<bool> ssl_accepted;
  std::optional<std::uint16_t> field_count;
  std::uint64_t data_rows = 0, data_size = 0;
  std::uint64_t copied_messages = 0, copied_bytes = 0;      // from the client
  std::uint64_t received_messages = 0, received_bytes = 0;  // from the server

 private:
  bool passwords_;
};

/// `"request":{...}` and `"response":{...}`.
void write_request(const PgsqlTransaction& transaction, bool passwords,
                   events::BoundedJsonWriter& json) noexcept;
void write_response(const PgsqlTransaction& transaction, events::BoundedJsonWriter& json) noexcept;

/// The text up to a zero byte, which is taken too; all of it when there is none.
Bytes take_string(Bytes& rest) noexcept;

}  // namespace sekisho::engines::pgsql
