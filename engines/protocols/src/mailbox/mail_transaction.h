#pragma once

#include <optional>

#include "mime/mail_parser.h"

namespace sekisho::engines {

/// A transaction that carries a mail, or may: of POP3 and IMAP.
class MailTransaction : public Transaction, private MailSink {
 public:
  MailTransaction(std::uint64_t id, MemoryPool& pool, Direction direction) noexcept
      : Transaction(id), pool_(pool), direction_(direction) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  void begin_mail(const ParserOptions& options, std::uint32_t& next_file_id) noexcept;
  bool has_mail() const noexcept { return mail_.has_value(); }
  void mail_bytes(std::span<const std::uint8_t> bytes, ProtocolEvents& events) noexcept;
  void mail_stuffed_dot() noexcept;
  void mail_gap() noexcept;
  void finish_mail(bool truncated, ProtocolEvents& events) noexcept;
  void reach(Direction direction, std::uint8_t stage, ProtocolEvents& events) noexcept;

 private:
  void file_grew(const FileView& file) noexcept override;
  void mail_header_complete() noexcept override;
  void mail_oddity(std::string_view) noexcept override {}  // no events of these protocols

  MemoryPool& pool_;
  Direction direction_;
  std::optional<MailParser> mail_;
  ProtocolEvents* events_ = nullptr;  // while the mail reads
};

}  // namespace sekisho::engines
