// The header of a mail or of one of its parts.
#include <algorithm>
#include <array>

#include "lines.h"
#include "mime/header_value.h"
#include "mime/mail_parser.h"

namespace sekisho::engines {
namespace {

using Encoding = TransferDecoder::Encoding;

Encoding encoding_named(std::span<const std::uint8_t> value) noexcept {
  const auto name = header_token(value);
  if (equals_nocase(name, "base64")) return Encoding::base64;
  if (equals_nocase(name, "quoted-printable")) return Encoding::quoted_printable;
  // "x-uuencode" content names itself by its begin line
  return Encoding::identity;
}

}  // namespace

void MailParser::begin_part() noexcept {
  state_ = State::header;
  media_ = Media::text;
  is_attachment_ = false;
  encoding_ = Encoding::identity;
  filename_.clear();
  field_.clear();
}

void MailParser::header_bytes(std::span<const std::uint8_t>& bytes, MailSink& sink) noexcept {
  const auto end = find_byte(bytes, '\n');
  const auto piece = bytes.first(end == kNotFound ? bytes.size() : end);
  bytes = bytes.subspan(end == kNotFound ? bytes.size() : end + 1);
  if (end == kNotFound || !line_.empty()) {
    line_.append_some(piece);
    line_bytes_ += piece.size();
    if (end == kNotFound) return;
  }
  auto line = line_.empty() ? piece : line_.view();
  check_line(std::max(line_bytes_, line.size()), sink);
  line_bytes_ = 0;
  if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
  header_line(line.first(std::min(line.size(), kMaxLine)), sink);
  line_.clear();
}

void MailParser::header_line(std::span<const std::uint8_t> line, MailSink& sink) noexcept {
  if (line.empty()) {
    header_field(sink);
    header_complete(sink);
    return;
  }
  if (line.size() > 2 && line[0] == '-' && line[1] == '-' && num_boundaries_ != 0) {
    header_field(sink);
    if (boundary(line, sink)) return;
  }
  if ((line[0] == ' ' || line[0] == '\t') && !field_.empty()) {
    field_.append_some(line);  // RFC 5322 §2.2.3: unfolded, the blanks stay
    return;
  }
  header_field(sink);
  const bool first_encapsulated = in_encapsulated_header_ && media_ == Media::message;
  if (first_encapsulated && find_byte(line, ':') == kNotFound) {
    // no header, so not a mail in the clear: an encoded one, or something else, as a file
    media_ = Media::other;
    begin_leaf(sink);
    body_piece(line, 2, sink);
    return;
  }
  if (first_encapsulated) begin_part();
  field_.append_some(line);
}

/// What the field gathered says.
void MailParser::header_field(MailSink& sink) noexcept {
  if (field_.empty()) return;
  auto value = field_.view();
  if (find_byte(value, ':') == kNotFound) {
    sink.mail_oddity("mime_malformed_msg");
    field_.clear();
    return;
  }
  const auto name = trim(take_until(value, ':'));
  value = trim(value);
  if (name.size() > kLongFieldName) sink.mail_oddity("mime_long_header_name");
  if (value.size() > kLongFieldValue) sink.mail_oddity("mime_long_header_value");
  if (!header_complete_)
    if (const auto kind = MailStore::kind_of_header(name)) store_.add(*kind, value);
  if (equals_nocase(name, "content-type")) {
    content_type(value, sink);
  } else if (equals_nocase(name, "content-transfer-encoding")) {
    encoding_ = encoding_named(value);
  } else if (equals_nocase(name, "content-disposition")) {
    is_attachment_ |= equals_nocase(header_token(value), "attachment");
    filename_.clear();
    keep_filename(value, "filename");
  }
  field_.clear();
}

void MailParser::content_type(std::span<const std::uint8_t> value, MailSink& sink) noexcept {
  const auto type = header_token(value);
  media_ = Media::other;
  if (starts_nocase(type, "multipart/")) media_ = Media::multipart;
  if (equals_nocase(type, "message/rfc822")) media_ = Media::message;
  if (equals_nocase(type, "text/plain") || equals_nocase(type, "text/html")) media_ = Media::text;
  if (filename_.empty()) keep_filename(value, "name");
  if (media_ != Media::multipart) return;
  std::array<std::uint8_t, kMaxBoundary> room{};
  const auto text = header_parameter(value, "boundary", room);
  if (!text || text->empty() || num_boundaries_ == kMaxNesting || !boundaries_.append(*text)) {
    sink.mail_oddity("mime_malformed_msg");
    media_ = Media::text;
    return;
  }
  if (text->size() > kLongBoundary) sink.mail_oddity("mime_long_boundary");
  boundary_bytes_[num_boundaries_++] = static_cast<std::uint16_t>(text->size());
}

void MailParser::keep_filename(std::span<const std::uint8_t> value,
                               std::string_view parameter) noexcept {
  std::array<std::uint8_t, FileStream::kMaxName> room{};
  const auto found = header_parameter(value, parameter, room);
  if (!found) return;
  const auto size = decode_encoded_words(std::span(room).first(found->size()));
  filename_.append_some(std::span(room).first(size));
}

void MailParser::header_complete(MailSink& sink) noexcept {
  if (!header_complete_) {
    header_complete_ = true;
    sink.mail_header_complete();
  }
  in_encapsulated_header_ = false;
  line_begins_ = true;
  if (media_ == Media::multipart) {
    state_ = State::passing;
  } else if (media_ == Media::message && encapsulations_ < kMaxEncapsulations) {
    ++encapsulations_;
    in_encapsulated_header_ = true;  // media_ stays message until its first line is seen
  } else {
    begin_leaf(sink);
  }
}

void MailParser::begin_leaf(MailSink&) noexcept {
  state_ = State::leaf;
  in_encapsulated_header_ = false;
  uuencoded_inline_ = false;
  decoder_.start(encoding_);
  if (!is_attachment_ && filename_.empty()) return;
  store_.add(MailStore::Kind::attachment, filename_.view());
  file_.begin(next_file_id_++, filename_.view(), direction_, options_.body_depth);
}

}  // namespace sekisho::engines
