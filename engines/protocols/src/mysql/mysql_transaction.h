#pragma once

#include <array>
#include <optional>

#include "engines/memory/memory_pool.h"
#include "engines/protocols/parser.h"

/// MySQL's client/server protocol 10 (4.1 and later; MariaDB likewise).
namespace sekisho::engines::mysql {

using Bytes = std::span<const std::uint8_t>;

/// First bytes of requests; those not named here are shown by number.
enum Command : std::uint8_t {
  kQuit = 0x01,
  kInitDb = 0x02,
  kQuery = 0x03,
  kFieldList = 0x04,
  kCreateDb = 0x05,
  kDropDb = 0x06,
  kRefresh = 0x07,
  kShutdown = 0x08,
  kStatistics = 0x09,
  kProcessInfo = 0x0a,
  kProcessKill = 0x0c,
  kDebug = 0x0d,
  kPing = 0x0e,
  kChangeUser = 0x11,
  kBinlogDump = 0x12,
  kStatementPrepare = 0x16,
  kStatementExecute = 0x17,
  kStatementSendLongData = 0x18,
  kStatementClose = 0x19,
  kStatementReset = 0x1a,
  kSetOption = 0x1b,
  kStatementFetch = 0x1c,
  kResetConnection = 0x1f,
};
constexpr std::uint8_t kLastCommand = 0x20;

/// What holds for the whole conversation.
struct Session {
  static constexpr std::size_t kMaxVersion = 64;
  std::array<std::uint8_t, kMaxVersion> version{};
  std::size_t version_size = 0;
  bool tls = false;
};

/// The login, or a command with what the server answered.
class MysqlTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxCommand = 64 * 1024;  // of a command's text; the rest is cut
  static constexpr std::size_t kMaxRows = 32 * 1024;     // of the rows together; more is left out

  MysqlTransaction(std::uint64_t id, MemoryPool& pool) noexcept
      : Transaction(id), text_(pool, kMaxCommand), rows_(pool, kMaxRows) {}

  void begin(std::uint8_t command, Bytes arguments, const Session& session) noexcept;
  void begin_login(const Session& session) noexcept { session_ = &session; }
  /// A row of a text result: its columns, each with its length before it.
  void add_row(Bytes row) noexcept;
  std::uint8_t command() const noexcept { return command_; }

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;
  void log(ProtocolEvents& events) noexcept {
    if (session_ != nullptr) events.record_due(*this, "mysql", 0, Direction::to_server);
  }

 private:
  std::optional<Bytes> row(std::uint32_t index) const noexcept;

  std::uint8_t command_ = 0;  // 0: the login
  PooledBytes text_;
  PooledBytes rows_;  // each with its length before it, four bytes
  const Session* session_ = nullptr;
};

/// Takes a length-encoded integer off the front. False: there is none (NULL, an error, too short).
bool take_length(Bytes& rest, std::uint64_t& value) noexcept;

}  // namespace sekisho::engines::mysql
