#pragma once

#include "engines/protocols/parser.h"
#include "lines.h"

namespace sekisho::engines {

/// One command of FTP and the replies to it; the greeting is one without a command.
class FtpTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxLine = 4096;              // command and reply lines
  static constexpr std::size_t kMaxReplyBytes = 16 * 1024;   // of all reply lines
  static constexpr std::uint64_t kPassive = 0, kActive = 1;  // as ftp.mode counts

  FtpTransaction(std::uint64_t id, MemoryPool& pool) noexcept
      : Transaction(id), line_(pool, kMaxLine), replies_(pool, kMaxReplyBytes) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

  void set_command(const LineAssembler::Line& line) noexcept;
  /// A line of the reply; `code` empty on lines in between.
  void add_reply(std::span<const std::uint8_t> code, std::span<const std::uint8_t> text,
                 bool truncated) noexcept;
  std::span<const std::uint8_t> command() const noexcept {
    return line_.view().first(command_bytes_);
  }
  std::span<const std::uint8_t> argument() const noexcept {
    return line_.view().subspan(argument_offset_);
  }

  std::uint16_t dynamic_port = 0;
  bool passive = false;  // means something when there is a port
  bool refused = false;  // a reply 4xx or 5xx came

 private:
  struct ReplyView {
    std::span<const std::uint8_t> code, text;
  };
  std::optional<ReplyView> reply(std::uint32_t index, bool with_code) const noexcept;

  PooledBytes line_;     // the command's
  PooledBytes replies_;  // each: length of code, two of text, then both
  std::size_t command_bytes_ = 0, argument_offset_ = 0;
  bool command_truncated_ = false, reply_truncated_ = false;
};

}  // namespace sekisho::engines
