#pragma once

#include "digest_door.h"
#include "file_stream.h"
#include "mime/mail_store.h"
#include "mime/transfer_decoder.h"
#include "mime/url_finder.h"

namespace sekisho::engines {

/// Who is told of a mail as it is read.
class MailSink : public FileSink {
 public:
  /// The header of the mail itself is over: email.* fields of it are final.
  virtual void mail_header_complete() noexcept = 0;
  /// "mime_long_line" and the like, of the static names in mail_parser.cc.
  virtual void mail_oddity(std::string_view name) noexcept = 0;

 protected:
  ~MailSink() = default;
};

/// One mail (RFC 5322, MIME of RFC 2045 and 2046): its header, nested parts, attachments as files.
class MailParser final : private UrlSink {
 public:
  static constexpr std::size_t kMaxLine = 4096;        // of a header; the rest of it is dropped
  static constexpr std::size_t kMaxField = 16 * 1024;  // a folded header field
  static constexpr std::size_t kMaxNesting = 16;       // multiparts within each other
  static constexpr std::size_t kMaxBoundary = 256;     // RFC 2046 §5.1.1 allows 70
  static constexpr unsigned kMaxEncapsulations = 8;    // message/rfc822 within each other
  // what Suricata calls long
  static constexpr std::size_t kLongLine = 998, kLongEncodedLine = 76, kLongFieldName = 76,
                               kLongFieldValue = 2000, kLongBoundary = 254;

  /// `next_file_id` counts within the conversation.
  MailParser(MemoryPool& pool, const ParserOptions& options, Direction direction,
             std::uint32_t& next_file_id) noexcept;

  void consume(std::span<const std::uint8_t> bytes, MailSink& sink) noexcept;
  /// A dot that the transfer put before a line (RFC 5321 §4.5.2) and consume() is not given: the
  /// digest of the body, as Suricata counts it, is of the bytes that crossed the wire.
  void stuffed_dot() noexcept;
  /// Bytes of the mail were lost.
  void gap() noexcept;
  /// The mail is over; `truncated`: cut off.
  void finish(MailSink& sink, bool truncated) noexcept;

  bool is_header_complete() const noexcept { return header_complete_; }
  std::optional<std::span<const std::uint8_t>> field(rules::Field field, std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept;
  /// `"email": {...}`
  void write_record(events::BoundedJsonWriter& json) const noexcept;

 private:
  enum class State : std::uint8_t { header, passing /* preamble, epilogue */, leaf, over };
  enum class Media : std::uint8_t { text, multipart, message, other };

  void header_bytes(std::span<const std::uint8_t>& bytes, MailSink& sink) noexcept;
  void header_line(std::span<const std::uint8_t> line, MailSink& sink) noexcept;
  void header_field(MailSink& sink) noexcept;
  void content_type(std::span<const std::uint8_t> value, MailSink& sink) noexcept;
  void keep_filename(std::span<const std::uint8_t> value, std::string_view parameter) noexcept;
  void header_complete(MailSink& sink) noexcept;
  void begin_part() noexcept;
  void begin_leaf(MailSink& sink) noexcept;

  void body_bytes(std::span<const std::uint8_t>& bytes, MailSink& sink) noexcept;
  void body_piece(std::span<const std::uint8_t> piece, std::size_t line_end,
                  MailSink& sink) noexcept;
  bool may_be_special(std::span<const std::uint8_t> line_begin) const noexcept;
  bool boundary(std::span<const std::uint8_t> line, MailSink& sink) noexcept;
  void leaf_piece(std::span<const std::uint8_t> piece, std::size_t line_end,
                  MailSink& sink) noexcept;
  bool inline_file(std::span<const std::uint8_t> line, MailSink& sink) noexcept;
  void decoded(std::span<const std::uint8_t> bytes, MailSink& sink) noexcept;
  void check_line(std::size_t line_bytes, MailSink& sink) noexcept;
  void end_leaf(MailSink& sink, bool truncated) noexcept;
  void found_url(std::span<const std::uint8_t> url) noexcept override;

  ParserOptions options_;
  Direction direction_;
  std::uint32_t& next_file_id_;
  MailStore store_;
  PooledBytes line_;        // the beginning of a line that is needed whole
  PooledBytes field_;       // the header field so far
  PooledBytes boundaries_;  // of the open multiparts, end to end
  std::uint16_t boundary_bytes_[kMaxNesting] = {};
  std::uint8_t num_boundaries_ = 0;

  State state_ = State::header;
  bool header_complete_ = false;     // the mail's own
  bool line_begins_ = true;          // body: the next byte is a line's first
  bool held_return_ = false;         // body: a CR that may be half a line end
  std::uint8_t encapsulations_ = 0;  // headers of encapsulated mails begun
  bool in_encapsulated_header_ = false;
  std::size_t line_bytes_ = 0;  // of the body's line so far

  Media media_ = Media::text;
  bool is_attachment_ = false;
  bool uuencoded_inline_ = false;
  TransferDecoder decoder_;
  TransferDecoder::Encoding encoding_ = TransferDecoder::Encoding::identity;
  PooledBytes filename_;
  FileStream file_;
  UrlFinder urls_;
  Md5Stream digest_;
};

}  // namespace sekisho::engines
