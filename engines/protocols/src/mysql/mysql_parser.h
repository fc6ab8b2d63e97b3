#pragma once

#include "exchanges.h"
#include "message_assembler.h"
#include "mysql/mysql_transaction.h"

namespace sekisho::engines::mysql {

class MysqlParser final : public Parser {
 public:
  static constexpr std::size_t kMaxPacket = 64 * 1024;  // of a longer one the beginning is read
  static constexpr std::size_t kMaxOpen = 32;           // commands without answer

  explicit MysqlParser(MemoryPool& pool) noexcept;

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  std::size_t consumed() const noexcept override { return consumed_; }
  Protocol next_protocol() const noexcept override { return Protocol::tls; }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override { return open_.newest(); }

 private:
  enum class Phase : std::uint8_t { greeting, login, commands };
  /// Where the answer to the oldest command is.
  enum class Answer : std::uint8_t { first, definitions, columns, rows };
  enum class Outcome : std::uint8_t { go_on, malformed, upgraded, enough };

  Outcome from_client(Bytes payload, std::uint8_t sequence, ProtocolEvents& events) noexcept;
  Outcome login(Bytes payload, ProtocolEvents& events) noexcept;
  Outcome command(Bytes payload, ProtocolEvents& events) noexcept;
  Outcome from_server(Bytes payload, ProtocolEvents& events) noexcept;
  bool greeting(Bytes payload, ProtocolEvents& events) noexcept;
  Outcome login_answer(Bytes payload, ProtocolEvents& events) noexcept;
  void answer(MysqlTransaction& transaction, Bytes payload, ProtocolEvents& events) noexcept;
  void first_of_answer(MysqlTransaction& transaction, Bytes payload,
                       ProtocolEvents& events) noexcept;
  void finish(MysqlTransaction& transaction, ProtocolEvents& events) noexcept;

  MessageAssembler packets_[2];
  Exchanges<MysqlTransaction, kMaxOpen> open_;
  Session session_;
  Phase phase_ = Phase::greeting;
  Answer answer_ = Answer::first;
  std::uint64_t definitions_left_ = 0;
  bool columns_ended_ = false;      // an end mark stood behind the columns, or a row
  std::uint32_t capabilities_ = 0;  // the client's
  std::size_t consumed_ = 0;
  bool over_[2] = {};
};

Likeness probe(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines::mysql
