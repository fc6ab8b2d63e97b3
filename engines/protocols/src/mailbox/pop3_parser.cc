#include <algorithm>
#include <array>

#include "dot_stuffing.h"
#include "mailbox/mail_transaction.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

enum class Answer : std::uint8_t { line, lines, mail };

/// A command and its answer; the greeting is one without a command.
class Pop3Transaction final : public MailTransaction {
 public:
  static constexpr std::size_t kMaxLine = 1024;
  static constexpr std::size_t kMaxLines = std::size_t{16} * 1024;  // bytes of a listing

  Pop3Transaction(std::uint64_t id, MemoryPool& pool) noexcept
      : MailTransaction(id, pool, Direction::to_client),
        command_(pool, kMaxLine),
        header_(pool, kMaxLine),
        lines_(pool, kMaxLines) {}

  void set_command(std::span<const std::uint8_t> line) noexcept { command_.append_some(line); }
  void set_status(bool success, std::span<const std::uint8_t> header) noexcept {
    answered_ = true;
    success_ = success;
    header_.append_some(header);
  }
  void add_line(std::span<const std::uint8_t> line) noexcept {
    if (lines_.size() + line.size() + 1 > kMaxLines) return;
    if (lines_.append(line)) lines_.append(bytes_of("\n"));
  }
  bool is(std::string_view name) const noexcept {
    auto rest = command_.view();
    return equals_nocase(take_word(rest), name);
  }
  bool has_arguments() const noexcept {
    auto rest = command_.view();
    take_word(rest);
    return !rest.empty();
  }

  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override {
    json.begin_object("pop3");
    if (!command_.empty()) {
      auto rest = command_.view();
      json.begin_object("request").member("command", take_word(rest)).begin_array("args");
      if (is("pass")) rest = {};  // no secrets in records
      while (!rest.empty()) json.value(take_word(rest));
      json.end_array().end_object();
    }
    if (answered_) {
      json.begin_object("response")
          .member("success", success_)
          .member("status", success_ ? "OK" : "ERR")
          .member("header", header_.view())
          .begin_array("data");
      auto rest = lines_.view();
      while (!rest.empty()) json.value(take_until(rest, '\n'));
      json.end_array().end_object();
    }
    json.end_object();
    MailTransaction::write_record(kind, json);
  }

 private:
  PooledBytes command_, header_, lines_;
  bool answered_ = false, success_ = false;
};

/// RFC 1939, 2449, 2595.
class Pop3Parser final : public Parser {
 public:
  static constexpr std::size_t kMaxOpen = 32;  // commands without an answer; then the oldest ends

  Pop3Parser(MemoryPool& pool, const ParserOptions& options) noexcept
      : pool_(pool),
        options_(options),
        lines_{{LineAssembler(pool, Pop3Transaction::kMaxLine),
                LineAssembler(pool, Pop3Transaction::kMaxLine)}} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  std::size_t consumed() const noexcept override { return consumed_; }
  Protocol next_protocol() const noexcept override { return Protocol::tls; }
  bool gap(Direction direction, std::uint64_t, ProtocolEvents&) noexcept override {
    if (direction == Direction::to_client && answer_ == Answer::mail) {
      dots_.lose_place();
      if (num_open_ != 0) open_[0]->mail_gap();
    } else {
      lines_[index_of(direction)].lose_place();
    }
    return true;
  }
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    ended_[index_of(direction)] = true;
    while (ended_[0] && ended_[1] && num_open_ != 0) complete(true, events);
  }
  Transaction* current(Direction) noexcept override {
    return num_open_ == 0 ? nullptr : open_[0].get();
  }

 private:
  Pop3Transaction* begin(ProtocolEvents& events) noexcept;
  void complete(bool truncated, ProtocolEvents& events) noexcept;
  void command_line(std::span<const std::uint8_t> line, ProtocolEvents& events) noexcept;
  bool answer_line(std::span<const std::uint8_t> line, ProtocolEvents& events) noexcept;
  std::size_t mail_bytes(std::span<const std::uint8_t> bytes, ProtocolEvents& events) noexcept;

  MemoryPool& pool_;
  ParserOptions options_;
  std::array<LineAssembler, 2> lines_;
  std::array<Pooled<Pop3Transaction>, kMaxOpen> open_;  // oldest first
  std::size_t num_open_ = 0;
  std::uint64_t next_id_ = 0;
  std::uint32_t next_file_id_ = 0;
  Answer answer_ = Answer::line;  // what the server is at
  DotStuffing dots_;
  bool expects_secret_ = false;  // AUTH: the client's lines are no commands
  bool ended_[2] = {};
  std::size_t consumed_ = 0;
};

ParseStatus Pop3Parser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                ProtocolEvents& events) noexcept {
  consumed_ = bytes.size();
  auto& lines = lines_[index_of(direction)];
  while (!bytes.empty()) {
    if (direction == Direction::to_client && answer_ == Answer::mail) {
      bytes = bytes.subspan(mail_bytes(bytes, events));
      continue;
    }
    const auto line = lines.next(bytes);
    if (!line) break;
    if (direction == Direction::to_server) {
      command_line(line->text, events);
    } else if (answer_line(line->text, events)) {
      consumed_ -= bytes.size();
      while (num_open_ != 0) complete(false, events);
      return ParseStatus::upgraded;
    }
  }
  return ParseStatus::ok;
}

Pop3Transaction* Pop3Parser::begin(ProtocolEvents& events) noexcept {
  if (num_open_ == kMaxOpen) complete(true, events);
  auto made = make_pooled<Pop3Transaction>(pool_, next_id_, pool_);
  if (made == nullptr) return nullptr;
  ++next_id_;
  open_[num_open_++] = std::move(made);
  return open_[num_open_ - 1].get();
}

/// The oldest is over.
void Pop3Parser::complete(bool truncated, ProtocolEvents& events) noexcept {
  auto& transaction = *open_[0];
  answer_ = Answer::line;
  transaction.finish_mail(truncated, events);
  transaction.reach(Direction::to_server, kStageEnd, events);
  transaction.reach(Direction::to_client, kStageEnd, events);
  events.record_due(transaction, "pop3", 0, Direction::to_server);
  events.ended(transaction);
  std::move(open_.begin() + 1, open_.begin() + static_cast<std::ptrdiff_t>(num_open_),
            open_.begin());
  open_[--num_open_].reset();
}

void Pop3Parser::command_line(std::span<const std::uint8_t> line, ProtocolEvents& events) noexcept {
  if (expects_secret_) {
    expects_secret_ = false;
    return;
  }
  if (trim(line).empty()) return;
  auto* transaction = begin(events);
  if (transaction == nullptr) return;
  transaction->set_command(line);
  transaction->reach(Direction::to_server, kStageEnd, events);
}

/// True: TLS begins after this line.
bool Pop3Parser::answer_line(std::span<const std::uint8_t> line, ProtocolEvents& events) noexcept {
  if (answer_ == Answer::lines) {
    if (line.size() == 1 && line[0] == '.')
      complete(false, events);
    else if (num_open_ != 0)
      open_[0]->add_line(!line.empty() && line[0] == '.' ? line.subspan(1) : line);
    return false;
  }
  if (line.size() >= 1 && line[0] == '+' && (line.size() == 1 || line[1] == ' ')) {
    expects_secret_ = true;  // RFC 5034: a challenge
    return false;
  }
  const bool success = starts_nocase(line, "+ok");
  if (!success && !starts_nocase(line, "-err")) return false;
  if (num_open_ == 0 && begin(events) == nullptr) return false;
  auto& transaction = *open_[0];
  transaction.set_status(success, trim(line.subspan(success ? 3 : 4)));
  const bool listing = (transaction.is("list") || transaction.is("uidl"))
                           ? !transaction.has_arguments()
                           : transaction.is("capa");
  if (success && (transaction.is("retr") || transaction.is("top"))) {
    answer_ = Answer::mail;
    dots_.restart();
    transaction.reach(Direction::to_client, 1, events);
    transaction.begin_mail(options_, next_file_id_);
    return false;
  }
  if (success && listing) {
    answer_ = Answer::lines;
    return false;
  }
  const bool upgrades = success && transaction.is("stls");
  complete(false, events);
  return upgrades;
}

std::size_t Pop3Parser::mail_bytes(std::span<const std::uint8_t> bytes,
                                   ProtocolEvents& events) noexcept {
  if (num_open_ == 0) {
    answer_ = Answer::line;
    return 0;
  }
  auto& transaction = *open_[0];
  bool ended = false;
  const auto taken = dots_.feed(
      bytes, ended,
      [&](std::span<const std::uint8_t> text) { transaction.mail_bytes(text, events); },
      [&] { transaction.mail_stuffed_dot(); });
  if (ended) complete(false, events);
  return taken;
}

Likeness probe_pop3(const ProbeInput& input) noexcept {
  constexpr std::uint16_t kPort = 110;
  if (input.direction == Direction::to_client) {
    constexpr std::string_view kOk = "+ok";
    const auto common = std::min(input.bytes.size(), kOk.size());
    if (!starts_nocase(input.bytes, kOk.substr(0, common))) return Likeness::no;
    if (common < kOk.size()) return Likeness::maybe;
    return input.server_port == kPort || find_nocase(input.bytes, "pop") != kNotFound
               ? Likeness::yes
               : Likeness::no;
  }
  if (input.server_port != kPort) return Likeness::no;
  constexpr std::array<std::string_view, 5> kFirst{"capa", "user ", "apop ", "auth", "stls"};
  for (const auto word : kFirst)
    if (starts_nocase(input.bytes, word)) return Likeness::yes;
  return input.bytes.size() < 5 ? Likeness::maybe : Likeness::no;
}

}  // namespace

const ProtocolSpec kPop3{.protocol = Protocol::pop3,
                         .tcp = true,
                         .probe = probe_pop3,
                         .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                           return make_pooled<Pop3Parser, Parser>(pool, pool, options);
                         }};

}  // namespace sekisho::engines
