// What the client sends: commands, and mails after DATA and BDAT.
#include <algorithm>

#include "smtp/smtp_parser.h"

namespace sekisho::engines {
namespace {

/// The address of MAIL FROM: or RCPT TO:, without the parameters after it.
std::span<const std::uint8_t> address_of(std::span<const std::uint8_t> text) noexcept {
  text = trim(text);
  if (!text.empty() && text[0] == '<') {
    const auto end = find_byte(text, '>');
    if (end != kNotFound) return text.first(end + 1);
  }
  return take_word(text);
}

}  // namespace

void SmtpParser::client_bytes(std::span<const std::uint8_t> bytes,
                              ProtocolEvents& events) noexcept {
  auto& lines = lines_[index_of(Direction::to_server)];
  while (!bytes.empty()) {
    if (mode_ == Mode::data) {
      bytes = data_bytes(bytes, events);
    } else if (mode_ == Mode::chunk) {
      bytes = chunk_bytes(bytes, events);
    } else if (const auto line = lines.next(bytes)) {
      report_line(rules::Field::frame_smtp_command_line, Direction::to_server, *line, bytes.data(),
                  events);
      command_line(*line, events);
    }
  }
}

/// A line that ends at `end`, with its end; one over the bound of lines is no frame.
void SmtpParser::report_line(rules::Field field, Direction direction,
                             const LineAssembler::Line& line, const std::uint8_t* end,
                             ProtocolEvents& events) const noexcept {
  if (!events.wants_frames() || line.truncated) return;
  constexpr std::size_t kLineEnd = 2;
  auto bytes = events.bytes_before(end, line.text.size() + kLineEnd);
  const bool short_end = bytes.size() >= kLineEnd && bytes[bytes.size() - kLineEnd] != '\r';
  if (short_end && bytes.size() > line.text.size() + 1) bytes = bytes.subspan(1);
  if (bytes.size() > line.text.size()) events.frame(field, direction, bytes);
}

void SmtpParser::command_line(const LineAssembler::Line& line, ProtocolEvents& events) noexcept {
  const auto text = line.text;
  const bool is_rset = starts_nocase(text, "rset");
  const bool is_quit = starts_nocase(text, "quit");
  // a mail that is over gets no successor by these
  if (!is_rset && !is_quit && open(events) == nullptr) return;
  if (line.truncated) odd("smtp.truncated_line", Direction::to_server, events);
  if (text.size() > kLongLine)
    odd("smtp.max_command_line_len_exceeded", Direction::to_server, events);
  if (expects_auth_line_) {
    expects_auth_line_ = false;
    await_reply(Command::auth);
    return;
  }
  if (is_rset) {
    auto* transaction = latest();
    if (transaction != nullptr && transaction->has_envelope()) transaction->closed = true;
    await_reply(Command::rset);
  } else if (starts_nocase(text, "starttls")) {
    await_reply(Command::starttls);
  } else if (starts_nocase(text, "auth")) {
    await_reply(Command::auth);
  } else if (equals_nocase(trim(text), "data")) {
    begin_data(events);
  } else if (starts_nocase(text, "bdat")) {
    begin_chunk(text.subspan(4), events);
  } else {
    envelope_command(text, events);
  }
}

void SmtpParser::envelope_command(std::span<const std::uint8_t> text,
                                  ProtocolEvents& events) noexcept {
  constexpr std::string_view kFrom = "mail from", kTo = "rcpt to";
  if (starts_nocase(text, "helo") || starts_nocase(text, "ehlo"))
    return helo(trim(text.subspan(4)), events);
  auto* transaction = latest();
  if (transaction != nullptr && starts_nocase(text, kFrom)) {
    auto rest = text.subspan(kFrom.size());
    take_until(rest, ':');
    if (!transaction->set_sender(address_of(rest)))
      odd("smtp.duplicate_fields", Direction::to_server, events);
  } else if (transaction != nullptr && starts_nocase(text, kTo)) {
    auto rest = text.subspan(kTo.size());
    take_until(rest, ':');
    transaction->add_recipient(address_of(rest));
  }
  await_reply(Command::other);
}

/// RFC 5321 §4.1.4: a further greeting forgets the mail so far.
void SmtpParser::helo(std::span<const std::uint8_t> name, ProtocolEvents& events) noexcept {
  name = take_word(name);
  auto* transaction = latest();
  if (transaction->has_own_helo() || transaction->has_envelope()) {
    odd("smtp.duplicate_fields", Direction::to_server, events);
    complete(*transaction, events);
    transaction = open(events);
  }
  helo_.clear();
  helo_.append_some(name);
  if (transaction != nullptr) transaction->set_helo(name);
  await_reply(Command::helo);
}

void SmtpParser::begin_data(ProtocolEvents& events) noexcept {
  auto* transaction = latest();
  await_reply(Command::data);
  transaction->reach(Direction::to_server, 1, events);
  transaction->begin_mail(options_, next_file_id_);
  mode_ = Mode::data;
  data_bytes_ = 0;
  dots_.restart();
  data_accepted_ = false;
}

void SmtpParser::begin_chunk(std::span<const std::uint8_t> parameters,
                             ProtocolEvents& events) noexcept {
  const auto size = decimal(take_word(parameters));
  const bool last = equals_nocase(parameters, "last");
  if (!size || (!last && !parameters.empty())) {
    odd("smtp.invalid_bdat", Direction::to_server, events);
    await_reply(Command::other);
    return;
  }
  auto* transaction = latest();
  await_reply(last ? Command::bdat_last : Command::bdat);
  transaction->reach(Direction::to_server, 1, events);
  transaction->begin_mail(options_, next_file_id_);
  mode_ = Mode::chunk;
  chunk_rest_ = *size;
  chunk_is_last_ = last;
  if (chunk_rest_ == 0) chunk_bytes({}, events);
}

std::span<const std::uint8_t> SmtpParser::chunk_bytes(std::span<const std::uint8_t> bytes,
                                                      ProtocolEvents& events) noexcept {
  const auto piece =
      bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(chunk_rest_, bytes.size())));
  chunk_rest_ -= piece.size();
  if (auto* transaction = latest(); transaction != nullptr && !piece.empty())
    transaction->mail_bytes(piece, events);
  if (chunk_rest_ == 0) {
    mode_ = Mode::commands;
    if (chunk_is_last_) end_data(false, events);
  }
  return bytes.subspan(piece.size());
}

/// Undoes the dots before lines (RFC 5321 §4.5.2); what follows the end of the mail is returned.
std::span<const std::uint8_t> SmtpParser::data_bytes(std::span<const std::uint8_t> bytes,
                                                     ProtocolEvents& events) noexcept {
  auto* transaction = latest();
  if (!data_accepted_ && greeted_)
    odd("smtp.invalid_pipelined_sequence", Direction::to_server, events);
  bool ended = false;
  const auto taken = dots_.feed(
      bytes, ended,
      [&](std::span<const std::uint8_t> text) {
        if (transaction != nullptr) transaction->mail_bytes(text, events);
      },
      [&] {
        if (transaction != nullptr) transaction->mail_stuffed_dot();
      });
  data_bytes_ += taken;
  if (ended) {
    if (events.wants_frames()) {
      const auto data = events.bytes_before(bytes.data() + taken, data_bytes_);
      if (data.size() == data_bytes_)
        events.frame(rules::Field::frame_smtp_data, Direction::to_server, data);
    }
    end_data(false, events);
    await_reply(Command::data_end);
  }
  return bytes.subspan(taken);
}

void SmtpParser::end_data(bool truncated, ProtocolEvents& events) noexcept {
  mode_ = Mode::commands;
  auto* transaction = latest();
  if (transaction == nullptr) return;
  transaction->finish_mail(truncated, events);
  transaction->closed = true;
}

}  // namespace sekisho::engines
