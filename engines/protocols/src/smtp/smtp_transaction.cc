#include "smtp/smtp_transaction.h"

#include <array>

namespace sekisho::engines {
namespace {

/// What the mail calls its oddities, and SMTP's events.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kMailOddities{{
    {"mime_malformed_msg", "smtp.mime_malformed_msg"},
    {"mime_long_line", "smtp.mime_long_line"},
    {"mime_long_enc_line", "smtp.mime_long_enc_line"},
    {"mime_long_header_name", "smtp.mime_long_header_name"},
    {"mime_long_header_value", "smtp.mime_long_header_value"},
    {"mime_long_boundary", "smtp.mime_long_boundary"},
    {"mime_invalid_base64", "smtp.mime_invalid_base64"},
    {"mime_invalid_qp", "smtp.mime_invalid_qp"},
}};

constexpr std::size_t kLengthBytes = 2;

}  // namespace

SmtpTransaction::SmtpTransaction(std::uint64_t id, MemoryPool& pool,
                                 std::span<const std::uint8_t> helo) noexcept
    : Transaction(id),
      pool_(pool),
      helo_(pool, kMaxAddress),
      sender_(pool, kMaxAddress),
      recipients_(pool, kMaxRecipientBytes) {
  helo_.append_some(helo);
}

std::optional<std::span<const std::uint8_t>> SmtpTransaction::bytes(
    rules::Field field, Direction direction, std::uint32_t instance,
    FieldScratch scratch) const noexcept {
  using rules::Field;
  if (direction != Direction::to_server) return std::nullopt;
  if (field == Field::smtp_rcpt_to) {
    auto rest = recipients_.view();
    while (!rest.empty()) {
      const auto length = static_cast<std::size_t>(rest[0] << 8 | rest[1]);
      if (instance-- == 0) return rest.subspan(kLengthBytes, length);
      rest = rest.subspan(kLengthBytes + length);
    }
    return std::nullopt;
  }
  if (field == Field::smtp_helo || field == Field::smtp_mail_from) {
    const auto value = field == Field::smtp_helo ? helo_.view() : sender_.view();
    if (instance != 0 || value.empty()) return std::nullopt;
    return value;
  }
  return mail_ ? mail_->field(field, instance, scratch) : std::nullopt;
}

void SmtpTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("smtp");
  if (!helo_.empty()) json.member("helo", helo_.view());
  if (has_sender_) json.member("mail_from", sender_.view());
  if (!recipients_.empty()) {
    json.begin_array("rcpt_to");
    auto rest = recipients_.view();
    while (!rest.empty()) {
      const auto length = static_cast<std::size_t>(rest[0] << 8 | rest[1]);
      json.value(rest.subspan(kLengthBytes, length));
      rest = rest.subspan(kLengthBytes + length);
    }
    json.end_array();
  }
  json.end_object();
  if (mail_) mail_->write_record(json);
}

void SmtpTransaction::set_helo(std::span<const std::uint8_t> name) noexcept {
  helo_.clear();
  helo_.append_some(name);
  own_helo_ = true;
}

bool SmtpTransaction::set_sender(std::span<const std::uint8_t> address) noexcept {
  if (has_sender_) return false;
  sender_.append_some(address);
  has_sender_ = true;
  return true;
}

void SmtpTransaction::add_recipient(std::span<const std::uint8_t> address) noexcept {
  const std::array<std::uint8_t, kLengthBytes> length{
      static_cast<std::uint8_t>(address.size() >> 8), static_cast<std::uint8_t>(address.size())};
  if (recipients_.size() + kLengthBytes + address.size() > kMaxRecipientBytes ||
      address.size() > kMaxAddress || !recipients_.append(length))
    return;
  if (!recipients_.append(address)) recipients_.truncate(recipients_.size() - kLengthBytes);
}

void SmtpTransaction::add_oddity_now(std::string_view name, Direction direction,
                                     ProtocolEvents& events) noexcept {
  const auto known = oddities().size();
  add_oddity(name);
  if (oddities().size() != known) events.stage_reached(*this, direction);
}

void SmtpTransaction::reach(Direction direction, std::uint8_t to, ProtocolEvents& events) noexcept {
  if (stage(direction) >= to) return;
  set_stage(direction, to);
  events.stage_reached(*this, direction);
}

void SmtpTransaction::begin_mail(const ParserOptions& options,
                                 std::uint32_t& next_file_id) noexcept {
  if (!mail_) mail_.emplace(pool_, options, Direction::to_server, next_file_id);
}

void SmtpTransaction::mail_bytes(std::span<const std::uint8_t> bytes,
                                 ProtocolEvents& events) noexcept {
  if (!mail_) return;
  events_ = &events;
  mail_->consume(bytes, *this);
}

void SmtpTransaction::mail_stuffed_dot() noexcept {
  if (mail_) mail_->stuffed_dot();
}

void SmtpTransaction::mail_gap() noexcept {
  if (mail_) mail_->gap();
}

void SmtpTransaction::finish_mail(bool truncated, ProtocolEvents& events) noexcept {
  if (!mail_) return;
  events_ = &events;
  mail_->finish(*this, truncated);
  reach(Direction::to_server, kStageEnd, events);
}

void SmtpTransaction::discard_mail(ProtocolEvents& events) noexcept {
  if (!mail_) return;
  events_ = &events;
  mail_->finish(*this, true);
  mail_.reset();
}

void SmtpTransaction::file_grew(const FileView& file) noexcept { events_->file_grew(*this, file); }

void SmtpTransaction::mail_header_complete() noexcept { reach(Direction::to_server, 2, *events_); }

void SmtpTransaction::mail_oddity(std::string_view name) noexcept {
  for (const auto& [mail, smtp] : kMailOddities)
    if (mail == name) add_oddity_now(smtp, Direction::to_server, *events_);
}

}  // namespace sekisho::engines
