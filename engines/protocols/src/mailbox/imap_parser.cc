#include <algorithm>
#include <array>

#include "lines.h"
#include "mailbox/mail_transaction.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

/// RFC 9051 as far as mails cross it: each message fetched or appended as a literal is a
/// transaction. Commands leave no trace of their own.
class ImapParser final : public Parser {
 public:
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxTag = 64;  // of STARTTLS

  ImapParser(MemoryPool& pool, const ParserOptions& options) noexcept
      : pool_(pool), options_(options), halves_{{Half(pool), Half(pool)}} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  std::size_t consumed() const noexcept override { return consumed_; }
  Protocol next_protocol() const noexcept override { return Protocol::tls; }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    finish(direction, true, events);
  }
  Transaction* current(Direction direction) noexcept override {
    return halves_[index_of(direction)].mail.get();
  }

 private:
  struct Half {
    explicit Half(MemoryPool& pool) noexcept : lines(pool, kMaxLine) {}
    LineAssembler lines;
    std::uint64_t literal_rest = 0;  // bytes
    Pooled<MailTransaction> mail;    // that the literal is
  };
  bool line(Direction direction, std::span<const std::uint8_t> text,
            ProtocolEvents& events) noexcept;
  void begin_literal(Direction direction, std::span<const std::uint8_t> line,
                     ProtocolEvents& events) noexcept;
  void finish(Direction direction, bool truncated, ProtocolEvents& events) noexcept;

  MemoryPool& pool_;
  ParserOptions options_;
  std::array<Half, 2> halves_;
  std::uint64_t next_id_ = 0;
  std::uint32_t next_file_id_ = 0;
  std::array<std::uint8_t, kMaxTag> tls_tag_{};
  std::size_t tls_tag_bytes_ = 0;  // 0: TLS was not asked for
  std::size_t consumed_ = 0;
};

ParseStatus ImapParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                ProtocolEvents& events) noexcept {
  consumed_ = bytes.size();
  auto& half = halves_[index_of(direction)];
  while (!bytes.empty()) {
    if (half.literal_rest != 0) {
      const auto piece = bytes.first(
          static_cast<std::size_t>(std::min<std::uint64_t>(half.literal_rest, bytes.size())));
      half.literal_rest -= piece.size();
      bytes = bytes.subspan(piece.size());
      if (half.mail != nullptr) half.mail->mail_bytes(piece, events);
      if (half.literal_rest == 0) finish(direction, false, events);
      continue;
    }
    const auto next = half.lines.next(bytes);
    if (!next) break;
    if (!line(direction, next->text, events)) continue;
    consumed_ -= bytes.size();
    return ParseStatus::upgraded;
  }
  return ParseStatus::ok;
}

bool ImapParser::gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept {
  auto& half = halves_[index_of(direction)];
  if (half.mail != nullptr) half.mail->mail_gap();
  if (half.literal_rest > count) {
    half.literal_rest -= count;
    return true;
  }
  half.literal_rest = 0;
  finish(direction, true, events);
  half.lines.lose_place();
  return true;
}

/// True: TLS begins after this line.
bool ImapParser::line(Direction direction, std::span<const std::uint8_t> text,
                      ProtocolEvents& events) noexcept {
  auto rest = text;
  const auto tag = take_word(rest);
  const auto word = take_word(rest);
  if (direction == Direction::to_server && equals_nocase(word, "starttls") &&
      tag.size() <= kMaxTag) {
    std::copy(tag.begin(), tag.end(), tls_tag_.begin());
    tls_tag_bytes_ = tag.size();
  } else if (direction == Direction::to_client && tls_tag_bytes_ != 0 &&
             std::equal(tag.begin(), tag.end(), tls_tag_.begin(),
                        tls_tag_.begin() + static_cast<std::ptrdiff_t>(tls_tag_bytes_))) {
    tls_tag_bytes_ = 0;
    return equals_nocase(word, "ok");
  }
  begin_literal(direction, text, events);
  return false;
}

/// RFC 9051 §4.3: "{size}" or "{size+}" at the line's end.
void ImapParser::begin_literal(Direction direction, std::span<const std::uint8_t> line,
                               ProtocolEvents& events) noexcept {
  if (line.empty() || line.back() != '}') return;
  const auto open = as_text(line).rfind('{');
  if (open == std::string_view::npos) return;
  auto digits = line.subspan(open + 1, line.size() - open - 2);
  if (!digits.empty() && digits.back() == '+') digits = digits.first(digits.size() - 1);
  const auto size = decimal(digits);
  if (!size || *size == 0) return;
  auto& half = halves_[index_of(direction)];
  half.literal_rest = *size;
  const bool is_mail =
      direction == Direction::to_server
          ? find_nocase(line, "append") != kNotFound
          : find_nocase(line, "body[") != kNotFound || find_nocase(line, "rfc822") != kNotFound;
  if (!is_mail) return;
  half.mail = make_pooled<MailTransaction>(pool_, next_id_, pool_, direction);
  if (half.mail == nullptr) return;
  ++next_id_;
  half.mail->begin_mail(options_, next_file_id_);
  half.mail->reach(direction, 1, events);
}

void ImapParser::finish(Direction direction, bool truncated, ProtocolEvents& events) noexcept {
  auto& half = halves_[index_of(direction)];
  if (half.mail == nullptr) return;
  half.mail->finish_mail(truncated, events);
  half.mail->reach(direction, kStageEnd, events);
  events.ended(*half.mail);
  half.mail.reset();
}

Likeness probe_imap(const ProbeInput& input) noexcept {
  constexpr std::uint16_t kPort = 143;
  if (input.direction == Direction::to_client) {
    constexpr std::array<std::string_view, 2> kGreetings{"* ok", "* preauth"};
    for (const auto greeting : kGreetings) {
      if (input.bytes.size() < greeting.size() &&
          starts_nocase(input.bytes, greeting.substr(0, input.bytes.size())))
        return Likeness::maybe;
      if (starts_nocase(input.bytes, greeting) &&
          (input.server_port == kPort || find_nocase(input.bytes, "imap") != kNotFound))
        return Likeness::yes;
    }
    return Likeness::no;
  }
  auto rest = input.bytes.first(std::min(find_byte(input.bytes, '\n'), input.bytes.size()));
  const auto tag = take_word(rest);
  const auto word = take_word(rest);
  constexpr std::array<std::string_view, 6> kFirst{"capability\r", "capability",   "login",
                                                   "starttls\r",   "authenticate", "noop\r"};
  constexpr std::size_t kMaxTag = 16;
  if (input.server_port != kPort || tag.empty() || tag.size() > kMaxTag) return Likeness::no;
  for (const auto name : kFirst)
    if (equals_nocase(word, name)) return Likeness::yes;
  return Likeness::no;
}

}  // namespace

const ProtocolSpec kImap{.protocol = Protocol::imap,
                         .tcp = true,
                         .probe = probe_imap,
                         .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                           return make_pooled<ImapParser, Parser>(pool, pool, options);
                         }};

}  // namespace sekisho::engines
