#pragma once

#include <array>

#include "dot_stuffing.h"
#include "smtp/smtp_transaction.h"

namespace sekisho::engines {

/// SMTP (RFC 5321) with PIPELINING, CHUNKING (RFC 3030), STARTTLS (RFC 3207) and AUTH (RFC 4954).
class SmtpParser final : public Parser {
 public:
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kLongLine = 510;      // what Suricata calls too long
  static constexpr std::size_t kMaxUnanswered = 64;  // commands; beyond, the oldest is forgotten
  static constexpr std::size_t kMaxOpen = 8;         // transactions; beyond, the oldest ends

  SmtpParser(MemoryPool& pool, const ParserOptions& options) noexcept;
  ~SmtpParser() override;

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  std::size_t consumed() const noexcept override { return consumed_; }
  Protocol next_protocol() const noexcept override { return Protocol::tls; }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction direction) noexcept override;

 private:
  enum class Command : std::uint8_t {
    other,
    helo,
    rset,
    data,
    data_end,
    bdat,
    bdat_last,
    starttls,
    auth
  };
  struct Unanswered {
    Command command = Command::other;
    std::uint64_t transaction = 0;
  };
  enum class Mode : std::uint8_t { commands, data, chunk };

  // client
  void client_bytes(std::span<const std::uint8_t> bytes, ProtocolEvents& events) noexcept;
  void report_line(rules::Field field, Direction direction, const LineAssembler::Line& line,
                   const std::uint8_t* end, ProtocolEvents& events) const noexcept;
  void command_line(const LineAssembler::Line& line, ProtocolEvents& events) noexcept;
  void envelope_command(std::span<const std::uint8_t> text, ProtocolEvents& events) noexcept;
  void helo(std::span<const std::uint8_t> name, ProtocolEvents& events) noexcept;
  void begin_data(ProtocolEvents& events) noexcept;
  void begin_chunk(std::span<const std::uint8_t> parameters, ProtocolEvents& events) noexcept;
  std::span<const std::uint8_t> data_bytes(std::span<const std::uint8_t> bytes,
                                           ProtocolEvents& events) noexcept;
  std::span<const std::uint8_t> chunk_bytes(std::span<const std::uint8_t> bytes,
                                            ProtocolEvents& events) noexcept;
  void end_data(bool truncated, ProtocolEvents& events) noexcept;
  void await_reply(Command command) noexcept;
  // server
  ParseStatus server_bytes(std::span<const std::uint8_t> bytes, ProtocolEvents& events) noexcept;
  /// True: TLS begins after this line.
  bool reply_line(const LineAssembler::Line& line, ProtocolEvents& events) noexcept;
  bool reply(unsigned code, ProtocolEvents& events) noexcept;
  void data_answered(unsigned code, SmtpTransaction* transaction, ProtocolEvents& events) noexcept;
  // transactions
  SmtpTransaction* open(ProtocolEvents& events) noexcept;
  SmtpTransaction* latest() noexcept;
  SmtpTransaction* with_id(std::uint64_t id) noexcept;
  void complete(SmtpTransaction& transaction, ProtocolEvents& events) noexcept;
  void odd(std::string_view name, Direction direction, ProtocolEvents& events) noexcept;

  MemoryPool& pool_;
  ParserOptions options_;
  std::array<LineAssembler, 2> lines_;
  PooledBytes helo_;                                            // of the session
  std::array<Pooled<SmtpTransaction>, kMaxOpen> transactions_;  // oldest first
  std::size_t num_transactions_ = 0;
  std::uint64_t next_id_ = 0;
  std::uint32_t next_file_id_ = 0;
  std::array<Unanswered, kMaxUnanswered> unanswered_;  // ring
  std::size_t first_unanswered_ = 0, num_unanswered_ = 0;

  Mode mode_ = Mode::commands;
  DotStuffing dots_;
  bool data_accepted_ = false;  // 354 came
  bool chunk_is_last_ = false;
  std::uint64_t data_bytes_ = 0;    // of the mail under way, as they were sent
  std::uint64_t chunk_rest_ = 0;    // bytes
  bool expects_auth_line_ = false;  // a challenge was sent
  bool greeted_ = false;            // the server's first reply came
  bool reply_goes_on_ = false;
  bool ended_[2] = {};
  std::size_t consumed_ = 0;
};

Likeness probe_smtp(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines
