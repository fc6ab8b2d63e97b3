// What the server sends: replies, matched with the commands that wait for them.
#include <algorithm>
#include <array>

#include "smtp/smtp_parser.h"

namespace sekisho::engines {
namespace {

constexpr unsigned kReady = 220, kDone = 250, kSendMail = 354, kChallenge = 334;

/// Codes of RFC 5321 §4.2.3, 3207, 4954 and 7504; others are odd.
constexpr std::array kKnownCodes{211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 432, 450,
                                 451, 452, 454, 455, 500, 501, 502, 503, 504, 521, 523, 524, 525,
                                 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556};

bool is_known(unsigned code) noexcept {
  return std::find(kKnownCodes.begin(), kKnownCodes.end(), static_cast<int>(code)) !=
         kKnownCodes.end();
}

/// Three digits, 0 when there are none.
unsigned reply_code(std::span<const std::uint8_t> text) noexcept {
  if (text.size() < 3 || (text.size() > 3 && text[3] != ' ' && text[3] != '-')) return 0;
  return static_cast<unsigned>(decimal(text.first(3)).value_or(0));
}

}  // namespace

ParseStatus SmtpParser::server_bytes(std::span<const std::uint8_t> bytes,
                                     ProtocolEvents& events) noexcept {
  auto& lines = lines_[index_of(Direction::to_client)];
  const auto all = bytes.size();
  while (!bytes.empty()) {
    const auto line = lines.next(bytes);
    if (line)
      report_line(rules::Field::frame_smtp_response_line, Direction::to_client, *line, bytes.data(),
                  events);
    if (!line || !reply_line(*line, events)) continue;
    consumed_ = all - bytes.size();
    while (num_transactions_ != 0) complete(*transactions_[0], events);
    return ParseStatus::upgraded;
  }
  return ParseStatus::ok;
}

bool SmtpParser::reply_line(const LineAssembler::Line& line, ProtocolEvents& events) noexcept {
  const auto text = line.text;
  if (text.size() > kLongLine)
    odd("smtp.max_reply_line_len_exceeded", Direction::to_client, events);
  const auto code = reply_code(text);
  if (!is_known(code)) odd("smtp.invalid_reply", Direction::to_client, events);
  if (code == 0) return false;
  reply_goes_on_ = text.size() > 3 && text[3] == '-';
  if (reply_goes_on_) return false;
  if (!greeted_) {
    greeted_ = true;
    if (code == kReady) return false;
    odd("smtp.no_server_welcome_message", Direction::to_client, events);
    if (num_unanswered_ == 0) return false;
  }
  return reply(code, events);
}

bool SmtpParser::reply(unsigned code, ProtocolEvents& events) noexcept {
  if (num_unanswered_ == 0) {
    odd("smtp.unable_to_match_reply_with_request", Direction::to_client, events);
    return false;
  }
  const auto [command, id] = unanswered_[first_unanswered_];
  first_unanswered_ = (first_unanswered_ + 1) % kMaxUnanswered;
  --num_unanswered_;
  auto* transaction = with_id(id);
  switch (command) {
    case Command::starttls:
      if (code == kReady) return true;
      odd("smtp.tls_rejected", Direction::to_client, events);
      break;
    case Command::auth:
      expects_auth_line_ = code == kChallenge;
      break;
    case Command::data:
      data_answered(code, transaction, events);
      break;
    case Command::bdat:
      if (code == kDone || transaction == nullptr || transaction->closed) break;
      odd("smtp.data_command_rejected", Direction::to_client, events);
      transaction->discard_mail(events);
      break;
    case Command::rset:
      if (code != kDone || transaction == nullptr || !transaction->closed) break;
      [[fallthrough]];
    case Command::bdat_last:
    case Command::data_end:
      if (transaction != nullptr) complete(*transaction, events);
      break;
    default:
      break;
  }
  return false;
}

void SmtpParser::data_answered(unsigned code, SmtpTransaction* transaction,
                               ProtocolEvents& events) noexcept {
  if (code == kSendMail) {
    data_accepted_ = true;
    return;
  }
  if (transaction == nullptr) return;
  transaction->add_oddity_now("smtp.data_command_rejected", Direction::to_client, events);
  if (mode_ != Mode::data || transaction != latest()) return;
  transaction->discard_mail(events);
  mode_ = Mode::commands;
}

}  // namespace sekisho::engines
