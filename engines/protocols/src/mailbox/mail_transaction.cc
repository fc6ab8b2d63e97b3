#include "mailbox/mail_transaction.h"

namespace sekisho::engines {

std::optional<std::span<const std::uint8_t>> MailTransaction::bytes(
    rules::Field field, Direction direction, std::uint32_t instance,
    FieldScratch scratch) const noexcept {
  if (!mail_ || direction != direction_) return std::nullopt;
  return mail_->field(field, instance, scratch);
}

void MailTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  if (mail_) mail_->write_record(json);
}

void MailTransaction::begin_mail(const ParserOptions& options,
                                 std::uint32_t& next_file_id) noexcept {
  if (!mail_) mail_.emplace(pool_, options, direction_, next_file_id);
}

void MailTransaction::mail_bytes(std::span<const std::uint8_t> bytes,
                                 ProtocolEvents& events) noexcept {
  if (!mail_) return;
  events_ = &events;
  mail_->consume(bytes, *this);
}

void MailTransaction::mail_stuffed_dot() noexcept {
  if (mail_) mail_->stuffed_dot();
}

void MailTransaction::mail_gap() noexcept {
  if (mail_) mail_->gap();
}

void MailTransaction::finish_mail(bool truncated, ProtocolEvents& events) noexcept {
  if (!mail_) return;
  events_ = &events;
  mail_->finish(*this, truncated);
}

void MailTransaction::reach(Direction direction, std::uint8_t to, ProtocolEvents& events) noexcept {
  if (stage(direction) >= to) return;
  set_stage(direction, to);
  events.stage_reached(*this, direction);
}

void MailTransaction::file_grew(const FileView& file) noexcept { events_->file_grew(*this, file); }

void MailTransaction::mail_header_complete() noexcept { reach(direction_, 2, *events_); }

}  // namespace sekisho::engines
