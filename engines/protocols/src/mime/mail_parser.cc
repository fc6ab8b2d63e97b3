#include "mime/mail_parser.h"

#include <algorithm>
#include <array>

#include "lines.h"

namespace sekisho::engines {
namespace {

using Encoding = TransferDecoder::Encoding;
constexpr std::array<std::uint8_t, 1> kReturn{'\r'};
constexpr std::array<std::uint8_t, 1> kDot{'.'};

}  // namespace

MailParser::MailParser(MemoryPool& pool, const ParserOptions& options, Direction direction,
                       std::uint32_t& next_file_id) noexcept
    : options_(options),
      direction_(direction),
      next_file_id_(next_file_id),
      store_(pool),
      line_(pool, kMaxLine),
      field_(pool, kMaxField),
      boundaries_(pool, kMaxNesting * kMaxBoundary),
      filename_(pool, FileStream::kMaxName),
      file_(pool),
      urls_(pool) {}

void MailParser::consume(std::span<const std::uint8_t> bytes, MailSink& sink) noexcept {
  while (!bytes.empty() && !header_complete_) header_bytes(bytes, sink);
  if (options_.mail_digest) digest_.update(bytes);
  while (!bytes.empty()) {
    if (state_ == State::header)
      header_bytes(bytes, sink);
    else
      body_bytes(bytes, sink);
  }
  file_.report(sink);
}

void MailParser::stuffed_dot() noexcept {
  if (header_complete_ && options_.mail_digest) digest_.update(kDot);
}

void MailParser::gap() noexcept {
  line_.clear();
  held_return_ = false;
  line_begins_ = false;
  file_.mark_gap();
}

void MailParser::finish(MailSink& sink, bool truncated) noexcept {
  if (state_ == State::over) return;
  if (state_ == State::header) {
    auto line = line_.view();
    if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
    if (!line_.empty()) header_line(line, sink);
    if (state_ == State::header) header_field(sink);
  } else if (!line_.empty()) {
    body_piece(line_.view(), 0, sink);
  }
  line_.clear();
  end_leaf(sink, truncated);
  if (!header_complete_) {
    header_complete_ = true;
    sink.mail_header_complete();
  }
  state_ = State::over;
}

/// One line, or the part of it that is here.
void MailParser::body_bytes(std::span<const std::uint8_t>& bytes, MailSink& sink) noexcept {
  if (held_return_) {
    held_return_ = false;
    if (bytes[0] == '\n') {
      bytes = bytes.subspan(1);
      return body_piece({}, 2, sink);
    }
    body_piece(kReturn, 0, sink);
  }
  const auto end = find_byte(bytes, '\n');
  const bool ends = end != kNotFound;
  auto piece = bytes.first(ends ? end : bytes.size());
  bytes = bytes.subspan(ends ? end + 1 : bytes.size());
  std::size_t line_end = ends ? 1 : 0;
  if (!line_.empty() || (!ends && line_begins_ && may_be_special(piece))) {
    const auto kept = line_.append_some(piece);
    if (!ends && kept == piece.size() && line_.size() < kMaxLine) return;
    auto line = line_.view();
    const bool whole = ends && kept == piece.size();
    if (whole && !line.empty() && line.back() == '\r') {
      line = line.first(line.size() - 1);
      ++line_end;
    }
    body_piece(line, whole ? line_end : 0, sink);
    line_.clear();
    if (!whole && (kept < piece.size() || ends)) body_piece(piece.subspan(kept), line_end, sink);
    return;
  }
  if (!piece.empty() && piece.back() == '\r') {
    piece = piece.first(piece.size() - 1);
    held_return_ = !ends;
    line_end += ends ? 1 : 0;
  }
  if (!piece.empty() || ends) body_piece(piece, line_end, sink);
}

/// Whether the beginning of a line must be kept until the line is whole.
bool MailParser::may_be_special(std::span<const std::uint8_t> line_begin) const noexcept {
  if (line_begin.empty()) return false;
  if (num_boundaries_ != 0 && line_begin[0] == '-') return true;
  if (state_ != State::leaf) return false;
  return uuencoded_inline_ || (encoding_ == Encoding::identity && line_begin[0] == 'b');
}

void MailParser::body_piece(std::span<const std::uint8_t> piece, std::size_t line_end,
                            MailSink& sink) noexcept {
  const bool begins = line_begins_;
  line_begins_ = line_end != 0;
  line_bytes_ += piece.size();
  if (line_end != 0) {
    check_line(line_bytes_, sink);
    line_bytes_ = 0;
  }
  if (begins && num_boundaries_ != 0 && piece.size() > 2 && piece[0] == '-' && piece[1] == '-' &&
      boundary(piece, sink))
    return;
  if (state_ != State::leaf) return;
  if (begins && line_end != 0 && inline_file(piece, sink)) return;
  leaf_piece(piece, line_end, sink);
}

void MailParser::check_line(std::size_t line_bytes, MailSink& sink) noexcept {
  if (line_bytes > kLongLine) sink.mail_oddity("mime_long_line");
  if (state_ == State::leaf && encoding_ != Encoding::identity && line_bytes > kLongEncodedLine)
    sink.mail_oddity("mime_long_enc_line");
}

/// RFC 2046 §5.1.1: the innermost multipart whose boundary the line is; those within it are over.
bool MailParser::boundary(std::span<const std::uint8_t> line, MailSink& sink) noexcept {
  const auto text = line.subspan(2);
  std::size_t end = boundaries_.size();
  for (std::size_t i = num_boundaries_; i-- > 0;) {
    const auto candidate = boundaries_.view().subspan(end - boundary_bytes_[i], boundary_bytes_[i]);
    if (text.size() < candidate.size() ||
        !std::equal(candidate.begin(), candidate.end(), text.begin())) {
      end -= boundary_bytes_[i];
      continue;
    }
    const auto rest = text.subspan(candidate.size());
    const bool closes = rest.size() >= 2 && rest[0] == '-' && rest[1] == '-';
    if (!closes && !trim(rest).empty()) {  // a longer boundary, or a text that looks alike
      end -= boundary_bytes_[i];
      continue;
    }
    if (!header_complete_) header_complete(sink);
    end_leaf(sink, false);
    num_boundaries_ = static_cast<std::uint8_t>(closes ? i : i + 1);
    boundaries_.truncate(closes ? end - boundary_bytes_[i] : end);
    in_encapsulated_header_ = false;
    if (closes)
      state_ = State::passing;
    else
      begin_part();
    return true;
  }
  return false;
}

void MailParser::leaf_piece(std::span<const std::uint8_t> piece, std::size_t line_end,
                            MailSink& sink) noexcept {
  constexpr std::size_t kStep = 4096;
  std::array<std::uint8_t, kStep + TransferDecoder::kExtraRoom> out;  // NOLINT
  do {
    const auto step = piece.first(std::min(piece.size(), kStep));
    piece = piece.subspan(step.size());
    const auto written = decoder_.decode(step, piece.empty() ? line_end : 0, out);
    decoded(std::span(out).first(written), sink);
  } while (!piece.empty());
  if (!decoder_.is_invalid()) return;
  if (decoder_.encoding() == Encoding::base64) sink.mail_oddity("mime_invalid_base64");
  if (decoder_.encoding() == Encoding::quoted_printable) sink.mail_oddity("mime_invalid_qp");
}

void MailParser::decoded(std::span<const std::uint8_t> bytes, MailSink& sink) noexcept {
  if (bytes.empty()) return;
  file_.append(bytes, sink);
  if (media_ == Media::text && !uuencoded_inline_) urls_.feed(bytes, *this);
}

/// uuencoded files within text: "begin 644 name", their lines, "end".
bool MailParser::inline_file(std::span<const std::uint8_t> line, MailSink& sink) noexcept {
  if (uuencoded_inline_) {
    if (!equals_nocase(line, "end")) return false;
    file_.finish(sink, false);
    uuencoded_inline_ = false;
    decoder_.start(Encoding::identity);
    return true;
  }
  if (encoding_ != Encoding::identity || !starts_nocase(line, "begin ")) return false;
  auto rest = line.subspan(6);
  const auto mode = take_word(rest);
  const auto is_octal = [](std::uint8_t digit) { return digit >= '0' && digit <= '7'; };
  if (mode.size() < 3 || mode.size() > 4 || !std::all_of(mode.begin(), mode.end(), is_octal) ||
      rest.empty())
    return false;
  if (file_.is_open()) file_.finish(sink, false);
  store_.add(MailStore::Kind::attachment, rest);
  file_.begin(next_file_id_++, rest, direction_, options_.body_depth);
  uuencoded_inline_ = true;
  decoder_.start(Encoding::uuencode);
  return true;
}

void MailParser::end_leaf(MailSink& sink, bool truncated) noexcept {
  urls_.finish(*this);
  file_.finish(sink, truncated);
  uuencoded_inline_ = false;
}

void MailParser::found_url(std::span<const std::uint8_t> url) noexcept {
  store_.add(MailStore::Kind::url, url);
}

std::optional<std::span<const std::uint8_t>> MailParser::field(
    rules::Field field, std::uint32_t instance, FieldScratch scratch) const noexcept {
  if (field != rules::Field::email_body_md5) return store_.field(field, instance);
  if (instance != 0 || !options_.mail_digest || state_ != State::over) return std::nullopt;
  Md5Hex hex;
  write_hex(digest_.digest(), hex.data());
  if (scratch.size() < hex.size()) return std::nullopt;
  std::copy(hex.begin(), hex.end(), scratch.begin());
  return scratch.first(hex.size());
}

void MailParser::write_record(events::BoundedJsonWriter& json) const noexcept {
  const std::string_view status = state_ == State::over ? "PARSE_DONE"
                                  : header_complete_    ? "BODY_STARTED"
                                                        : "HEADER_STARTED";
  json.begin_object("email").member("status", status);
  store_.write(json);
  if (state_ == State::over && options_.mail_digest) {
    Md5Hex hex;
    write_hex(digest_.digest(), hex.data());
    json.member("body_md5", std::string_view(hex.data(), hex.size()));
  }
  json.end_object();
}

}  // namespace sekisho::engines
