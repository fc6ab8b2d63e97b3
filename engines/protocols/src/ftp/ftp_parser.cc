#include <algorithm>
#include <array>

#include "ftp/endpoint.h"
#include "ftp/ftp_transaction.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

constexpr std::array<std::string_view, 7> kTransfers{"RETR", "STOR", "STOU", "APPE",
                                                     "NLST", "LIST", "MLSD"};
constexpr unsigned kAuthAccepted = 234, kPassiveReply = 227, kExtendedPassiveReply = 229;

/// The control connection (RFC 959, 2428, 4217).
class FtpParser final : public Parser {
 public:
  static constexpr std::size_t kMaxOpen = 32;  // commands without a reply; then the oldest ends

  explicit FtpParser(MemoryPool& pool) noexcept
      : pool_(pool),
        lines_{{LineAssembler(pool, FtpTransaction::kMaxLine),
                LineAssembler(pool, FtpTransaction::kMaxLine)}} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  std::size_t consumed() const noexcept override { return consumed_; }
  Protocol next_protocol() const noexcept override { return Protocol::tls; }
  bool gap(Direction direction, std::uint64_t, ProtocolEvents&) noexcept override {
    lines_[index_of(direction)].lose_place();
    return true;
  }
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    ended_[index_of(direction)] = true;
    while (ended_[0] && ended_[1] && num_open_ != 0) complete(events);
  }
  Transaction* current(Direction direction) noexcept override {
    if (num_open_ == 0) return nullptr;
    return open_[direction == Direction::to_server ? num_open_ - 1 : 0].get();
  }

 private:
  FtpTransaction* begin(ProtocolEvents& events) noexcept;
  void complete(ProtocolEvents& events) noexcept;
  void command_line(const LineAssembler::Line& line, ProtocolEvents& events) noexcept;
  void transfer_command(FtpTransaction& transaction, std::string_view command,
                        ProtocolEvents& events) noexcept;
  bool reply_line(const LineAssembler::Line& line, ProtocolEvents& events) noexcept;
  bool answered(FtpTransaction& transaction, unsigned code, std::span<const std::uint8_t> text,
                ProtocolEvents& events) noexcept;
  void announce(const FtpEndpoint& endpoint, bool passive, ProtocolEvents& events) noexcept;

  MemoryPool& pool_;
  std::array<LineAssembler, 2> lines_;
  std::array<Pooled<FtpTransaction>, kMaxOpen> open_;  // oldest first
  std::size_t num_open_ = 0;
  std::uint64_t next_id_ = 0;
  std::uint16_t multiline_code_ = 0;  // of the reply that goes on
  Expectation expected_;              // the last announced
  bool has_expected_ = false;         // some port was announced
  bool ended_[2] = {};
  std::size_t consumed_ = 0;
};

ParseStatus FtpParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                               ProtocolEvents& events) noexcept {
  consumed_ = bytes.size();
  auto& lines = lines_[index_of(direction)];
  while (!bytes.empty()) {
    const auto line = lines.next(bytes);
    if (!line) break;
    if (direction == Direction::to_server) {
      command_line(*line, events);
    } else if (reply_line(*line, events)) {
      consumed_ -= bytes.size();
      while (num_open_ != 0) complete(events);
      return ParseStatus::upgraded;
    }
  }
  return ParseStatus::ok;
}

FtpTransaction* FtpParser::begin(ProtocolEvents& events) noexcept {
  if (num_open_ == kMaxOpen) complete(events);
  auto made = make_pooled<FtpTransaction>(pool_, next_id_, pool_);
  if (made == nullptr) return nullptr;
  ++next_id_;
  open_[num_open_++] = std::move(made);
  return open_[num_open_ - 1].get();
}

/// The oldest is over.
void FtpParser::complete(ProtocolEvents& events) noexcept {
  auto& transaction = *open_[0];
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    if (transaction.stage(direction) == kStageEnd) continue;
    transaction.set_stage(direction, kStageEnd);
    events.stage_reached(transaction, direction);
  }
  events.record_due(transaction, "ftp", 0, Direction::to_server);
  events.ended(transaction);
  std::move(open_.begin() + 1, open_.begin() + static_cast<std::ptrdiff_t>(num_open_),
            open_.begin());
  open_[--num_open_].reset();
}

void FtpParser::command_line(const LineAssembler::Line& line, ProtocolEvents& events) noexcept {
  if (trim(line.text).empty()) return;
  auto* transaction = begin(events);
  if (transaction == nullptr) return;
  transaction->set_command(line);
  if (line.truncated) transaction->add_oddity("ftp.request_command_too_long");
  const auto command = transaction->command();
  std::optional<FtpEndpoint> endpoint;
  if (equals_nocase(command, "port")) endpoint = parse_ftp_host_port(transaction->argument());
  if (equals_nocase(command, "eprt")) endpoint = parse_ftp_extended(transaction->argument());
  if (endpoint) {
    transaction->dynamic_port = endpoint->port;
    announce(*endpoint, false, events);
  }
  for (const auto name : kTransfers) {
    std::array<char, 4> folded{};
    std::transform(name.begin(), name.end(), folded.begin(),
                   [](char c) { return lower(static_cast<std::uint8_t>(c)); });
    if (equals_nocase(command, {folded.data(), folded.size()}))
      transfer_command(*transaction, name, events);
  }
  transaction->set_stage(Direction::to_server, kStageEnd);
  events.stage_reached(*transaction, Direction::to_server);
}

/// What will cross the data connection is known now.
void FtpParser::transfer_command(FtpTransaction& transaction, std::string_view command,
                                 ProtocolEvents& events) noexcept {
  if (!has_expected_) {
    transaction.add_oddity("ftp.file_before_port");
    return;
  }
  constexpr std::string_view kUnnamed = "<stou>";  // the server chooses (RFC 959 §4.1.3)
  auto name = trim(transaction.argument());
  if (command == "STOU" && name.empty()) name = bytes_of(kUnnamed);
  auto& transfer = expected_.transfer;
  transfer.command = command;
  transfer.name_size = static_cast<std::uint8_t>(std::min(name.size(), transfer.name.size()));
  std::copy_n(name.begin(), transfer.name_size, transfer.name.begin());
  events.expect(expected_);
}

void FtpParser::announce(const FtpEndpoint& endpoint, bool passive,
                         ProtocolEvents& events) noexcept {
  expected_ = {};
  expected_.address = endpoint.address.value_or(IpAddress{});
  expected_.port = endpoint.port;
  expected_.from = passive ? Direction::to_server : Direction::to_client;
  has_expected_ = true;
  events.expect(expected_);
}

/// True: TLS begins after this line.
bool FtpParser::reply_line(const LineAssembler::Line& line, ProtocolEvents& events) noexcept {
  auto text = line.text;
  const auto code = text.size() >= 3 ? decimal(text.first(3)) : std::nullopt;
  const bool has_code =
      code && *code >= 100 && (text.size() == 3 || text[3] == ' ' || text[3] == '-');
  const bool goes_on = has_code && text.size() > 3 && text[3] == '-';
  if (num_open_ == 0 && begin(events) == nullptr) return false;
  auto& transaction = *open_[0];
  const bool within = multiline_code_ != 0 && (!has_code || *code != multiline_code_ || goes_on);
  if (!has_code) {
    transaction.add_reply({}, trim(text), line.truncated);
    return false;
  }
  transaction.add_reply(text.first(3), text.size() > 4 ? text.subspan(4) : text.subspan(3),
                        line.truncated);
  if (line.truncated) transaction.add_oddity("ftp.response_command_too_long");
  if (goes_on && multiline_code_ == 0) multiline_code_ = static_cast<std::uint16_t>(*code);
  if (goes_on || within) return false;
  multiline_code_ = 0;
  return answered(transaction, static_cast<unsigned>(*code), text, events);
}

bool FtpParser::answered(FtpTransaction& transaction, unsigned code,
                         std::span<const std::uint8_t> text, ProtocolEvents& events) noexcept {
  const auto command = transaction.command();
  std::optional<FtpEndpoint> endpoint;
  if (code == kPassiveReply && equals_nocase(command, "pasv"))
    endpoint = parse_ftp_host_port(text.subspan(3));
  if (code == kExtendedPassiveReply && equals_nocase(command, "epsv")) {
    const auto at = find_byte(text, '(');
    if (at != kNotFound) endpoint = parse_ftp_extended(text.subspan(at + 1));
  }
  if (endpoint) {
    transaction.dynamic_port = endpoint->port;
    transaction.passive = true;
    announce(*endpoint, true, events);
    // The command's own direction knows the port now, too.
    transaction.look_again(Direction::to_server);
    events.stage_reached(transaction, Direction::to_server);
  }
  if (code < 200) return false;  // a further reply follows
  const bool upgrades = code == kAuthAccepted && equals_nocase(command, "auth");
  complete(events);
  return upgrades;
}

Likeness probe_ftp(const ProbeInput& input) noexcept {
  constexpr std::uint16_t kPort = 21;
  constexpr std::size_t kPatience = 512;
  const auto text = input.bytes;
  const bool on_port = input.server_port == kPort;
  if (input.direction == Direction::to_client) {
    constexpr std::string_view kReady = "220";
    if (text.size() < 4) {
      const auto common = std::min(text.size(), kReady.size());
      return starts_nocase(text, kReady.substr(0, common)) ? Likeness::maybe : Likeness::no;
    }
    if (!starts_nocase(text, kReady) || (text[3] != ' ' && text[3] != '-')) return Likeness::no;
    const auto line = text.first(std::min(find_byte(text, '\n'), std::min(text.size(), kPatience)));
    return on_port || find_nocase(line, "ftp") != kNotFound ? Likeness::yes : Likeness::no;
  }
  constexpr std::array<std::string_view, 5> kFirst{"user ", "auth tls", "auth ssl", "feat", "syst"};
  for (const auto word : kFirst)
    if (on_port && starts_nocase(text, word)) return Likeness::yes;
  return on_port && text.size() < 5 ? Likeness::maybe : Likeness::no;
}

}  // namespace

const ProtocolSpec kFtp{.protocol = Protocol::ftp,
                        .tcp = true,
                        .probe = probe_ftp,
                        .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                          return make_pooled<FtpParser, Parser>(pool, pool);
                        }};

}  // namespace sekisho::engines
