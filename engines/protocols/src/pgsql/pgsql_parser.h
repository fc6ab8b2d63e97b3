#pragma once

#include <array>

#include "engines/protocols/parser.h"
#include "message_frames.h"
#include "pgsql/pgsql_transaction.h"

namespace sekisho::engines::pgsql {

/// PostgreSQL's frontend/backend protocol 3.0.
class PgsqlParser final : public Parser {
 public:
  static constexpr std::size_t kMaxMessage = 64 * 1024;  // of a longer one the beginning is read
  static constexpr std::size_t kMaxOpen = 32;            // requests without answer

  PgsqlParser(MemoryPool& pool, const ParserOptions& options) noexcept
      : pool_(pool),
        passwords_(options.record_sql_passwords),
        frames_{MessageFrames(pool, kMaxMessage), MessageFrames(pool, kMaxMessage)} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  std::size_t consumed() const noexcept override { return consumed_; }
  Protocol next_protocol() const noexcept override { return Protocol::tls; }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override {
    return num_open_ > 0 ? open_[0].get() : nullptr;
  }

 private:
  bool from_client(Bytes message, ProtocolEvents& events) noexcept;
  bool startup(Bytes message, ProtocolEvents& events) noexcept;
  bool from_server(Bytes message, std::uint64_t length, ProtocolEvents& events) noexcept;
  std::uint64_t measure(Direction direction, Bytes bytes) const noexcept;
  void add(Request request, Bytes body, bool answered, ProtocolEvents& events) noexcept;
  void answer_encryption(bool accepted, ProtocolEvents& events) noexcept;
  void finish_oldest(ProtocolEvents& events) noexcept;
  void oddity(Direction direction, std::string_view name, ProtocolEvents& events) noexcept;
  Request password_kind() noexcept;

  MemoryPool& pool_;
  bool passwords_;
  MessageFrames frames_[2];
  std::array<Pooled<PgsqlTransaction>, kMaxOpen> open_;  // the oldest first
  std::size_t num_open_ = 0;
  std::uint64_t next_id_ = 0;
  std::size_t consumed_ = 0;
  bool started_ = false;              // the client's messages have types
  bool encryption_asked_ = false;     // one byte is the answer
  std::uint32_t authentication_ = 0;  // that the server asked for last
  bool over_[2] = {};
};

Likeness probe(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines::pgsql
