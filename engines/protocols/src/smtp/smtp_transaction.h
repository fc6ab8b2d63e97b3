#pragma once

#include <optional>

#include "mime/mail_parser.h"

namespace sekisho::engines {

/// One envelope and its mail, or the commands that led to none.
class SmtpTransaction final : public Transaction, private MailSink {
 public:
  static constexpr std::size_t kMaxAddress = 4096;
  static constexpr std::size_t kMaxRecipientBytes = 16 * 1024;  // of all of them

  SmtpTransaction(std::uint64_t id, MemoryPool& pool, std::span<const std::uint8_t> helo) noexcept;

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  void set_helo(std::span<const std::uint8_t> name) noexcept;
  /// False: there is one already.
  bool set_sender(std::span<const std::uint8_t> address) noexcept;
  void add_recipient(std::span<const std::uint8_t> address) noexcept;
  bool has_own_helo() const noexcept { return own_helo_; }
  bool has_envelope() const noexcept { return has_sender_ || !recipients_.empty(); }

  /// Oddities tell `events` that there is something new.
  void add_oddity_now(std::string_view name, Direction direction, ProtocolEvents& events) noexcept;
  void reach(Direction direction, std::uint8_t stage, ProtocolEvents& events) noexcept;

  void begin_mail(const ParserOptions& options, std::uint32_t& next_file_id) noexcept;
  bool has_mail() const noexcept { return mail_.has_value(); }
  void mail_bytes(std::span<const std::uint8_t> bytes, ProtocolEvents& events) noexcept;
  void mail_stuffed_dot() noexcept;
  void mail_gap() noexcept;
  void finish_mail(bool truncated, ProtocolEvents& events) noexcept;
  /// The server did not want it.
  void discard_mail(ProtocolEvents& events) noexcept;

  bool closed = false;  // no further command is part of it

 private:
  void file_grew(const FileView& file) noexcept override;
  void mail_header_complete() noexcept override;
  void mail_oddity(std::string_view name) noexcept override;

  MemoryPool& pool_;
  PooledBytes helo_;
  PooledBytes sender_;
  PooledBytes recipients_;  // each after its length in two bytes
  bool own_helo_ = false;
  bool has_sender_ = false;
  std::optional<MailParser> mail_;
  ProtocolEvents* events_ = nullptr;  // while the mail reads
};

}  // namespace sekisho::engines
