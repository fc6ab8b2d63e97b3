#include "ftp/ftp_transaction.h"

#include <array>

namespace sekisho::engines {
namespace {

constexpr std::size_t kReplyHead = 3;  // bytes

}  // namespace

void FtpTransaction::set_command(const LineAssembler::Line& line) noexcept {
  line_.append_some(line.text);
  command_truncated_ = line.truncated;
  auto rest = line_.view();
  const auto all = rest.size();
  command_bytes_ = take_until(rest, ' ').size();
  argument_offset_ = all - rest.size();
}

void FtpTransaction::add_reply(std::span<const std::uint8_t> code,
                               std::span<const std::uint8_t> text, bool truncated) noexcept {
  reply_truncated_ |= truncated;
  if (replies_.size() + kReplyHead + code.size() + text.size() > kMaxReplyBytes) return;
  const std::array<std::uint8_t, kReplyHead> head{static_cast<std::uint8_t>(code.size()),
                                                  static_cast<std::uint8_t>(text.size() >> 8),
                                                  static_cast<std::uint8_t>(text.size())};
  const auto before = replies_.size();
  if (!replies_.append(head) || !replies_.append(code) || !replies_.append(text))
    replies_.truncate(before);
}

/// Reply line `index`, counting only those with a code when `with_code`.
std::optional<FtpTransaction::ReplyView> FtpTransaction::reply(std::uint32_t index,
                                                               bool with_code) const noexcept {
  auto rest = replies_.view();
  while (!rest.empty()) {
    const std::size_t code_bytes = rest[0];
    const auto text_bytes = static_cast<std::size_t>(rest[1] << 8 | rest[2]);
    const ReplyView view{rest.subspan(kReplyHead, code_bytes),
                         rest.subspan(kReplyHead + code_bytes, text_bytes)};
    rest = rest.subspan(kReplyHead + code_bytes + text_bytes);
    if (with_code && code_bytes == 0) continue;
    if (index-- == 0) return view;
  }
  return std::nullopt;
}

std::optional<std::span<const std::uint8_t>> FtpTransaction::bytes(rules::Field field,
                                                                   Direction direction,
                                                                   std::uint32_t instance,
                                                                   FieldScratch) const noexcept {
  using rules::Field;
  const bool to_server = direction == Direction::to_server;
  if (field == Field::ftp_command || field == Field::ftp_command_data) {
    if (!to_server || instance != 0 || line_.empty()) return std::nullopt;
    if (field == Field::ftp_command) return command();
    if (argument().empty()) return std::nullopt;
    return argument();
  }
  if (to_server) return std::nullopt;
  if (field == Field::ftp_reply)
    if (const auto line = reply(instance, false)) return line->text;
  if (field == Field::ftp_completion_code)
    if (const auto line = reply(instance, true)) return line->code;
  return std::nullopt;
}

std::optional<std::uint64_t> FtpTransaction::number(rules::Field field, Direction direction,
                                                    std::uint32_t instance) const noexcept {
  using rules::Field;
  if (instance != 0) return std::nullopt;
  if (field == Field::ftp_dynamic_port && dynamic_port != 0) return dynamic_port;
  if (field == Field::ftp_mode && dynamic_port != 0) return passive ? kPassive : kActive;
  if (field == Field::ftp_reply_received && direction == Direction::to_client)
    return replies_.empty() ? 0 : 1;
  return std::nullopt;
}

void FtpTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("ftp");
  if (!line_.empty()) {
    json.member("command", command());
    if (!argument().empty()) json.member("command_data", argument());
    json.member("command_truncated", command_truncated_);
  }
  if (!replies_.empty()) {
    json.begin_array("completion_code");
    for (std::uint32_t i = 0; const auto line = reply(i, true); ++i) json.value(line->code);
    json.end_array();
    json.begin_array("reply");
    for (std::uint32_t i = 0; const auto line = reply(i, false); ++i) json.value(line->text);
    json.end_array();
  }
  if (dynamic_port != 0)
    json.member("dynamic_port", dynamic_port).member("mode", passive ? "passive" : "active");
  json.member("reply_received", replies_.empty() ? "no" : "yes")
      .member("reply_truncated", reply_truncated_)
      .end_object();
}

}  // namespace sekisho::engines
