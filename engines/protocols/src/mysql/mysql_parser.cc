#include "mysql/mysql_parser.h"

#include <algorithm>

#include "config/base/byte_reader.h"
#include "little_endian.h"
#include "specs.h"

namespace sekisho::engines {
namespace mysql {
namespace {

constexpr std::size_t kHead = 4;  // length (three bytes), sequence
constexpr std::uint16_t kPort = 3306;
constexpr std::uint32_t kClientCompress = 0x20, kClientSsl = 0x800, kClientZstd = 1u << 26;
constexpr std::uint8_t kProtocol10 = 10;
constexpr std::uint8_t kOk = 0x00, kError = 0xff, kEnd = 0xfe, kLocalInfile = 0xfb;
constexpr std::uint16_t kMoreResults = 0x0008;  // of the server's status

std::size_t length_of(Bytes head) noexcept {
  return static_cast<std::size_t>(integer_at(head, 0, 3, true));
}

std::uint64_t packet_length(Bytes head) noexcept {
  return head.size() < kHead ? MessageAssembler::kUndecided : kHead + length_of(head);
}

/// Size of the version's text; 0: this is no greeting (protocol 10: version, thread, 8 bytes of
/// challenge and a zero byte).
std::size_t greeting_version(Bytes payload) noexcept {
  if (payload.empty() || payload[0] != kProtocol10) return 0;
  const auto text = payload.subspan(1, std::min(payload.size() - 1, Session::kMaxVersion));
  const auto end = std::find_if(text.begin(), text.end(),
                                [](std::uint8_t byte) { return byte < 0x20 || byte > 0x7e; });
  const auto size = static_cast<std::size_t>(end - text.begin());
  constexpr std::size_t kThreadAndChallenge = 12;
  const std::size_t filler = 1 + size + 1 + kThreadAndChallenge;
  const bool good =
      end != text.end() && *end == 0 && filler < payload.size() && payload[filler] == 0;
  return good ? size : 0;
}

bool is_end(Bytes payload) noexcept {
  // a row that begins with a length of eight bytes is never shorter
  constexpr std::size_t kShortestLongRow = 0x10000;
  return payload[0] == kEnd && payload.size() < kShortestLongRow;
}
/// The end mark of before CLIENT_DEPRECATE_EOF, which also stands between columns and rows.
bool is_plain_end(Bytes payload) noexcept { return payload[0] == kEnd && payload.size() <= 5; }

/// Whether an OK or end packet says that a further result follows.
bool more_follows(Bytes payload) noexcept {
  if (is_plain_end(payload)) return (le16_at(payload, 3) & kMoreResults) != 0;
  auto rest = payload.subspan(1);
  std::uint64_t rows = 0, inserted = 0;
  if (!take_length(rest, rows) || !take_length(rest, inserted)) return false;
  return (le16_at(rest, 0) & kMoreResults) != 0;
}

bool is_answered(std::uint8_t command) noexcept {
  return command != kQuit && command != kStatementClose && command != kStatementSendLongData;
}

}  // namespace

MysqlParser::MysqlParser(MemoryPool& pool) noexcept
    : packets_{MessageAssembler(pool, kMaxPacket, packet_length),
               MessageAssembler(pool, kMaxPacket, packet_length)},
      open_(pool) {}

ParseStatus MysqlParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                 ProtocolEvents& events) noexcept {
  const auto given = bytes.size();
  auto& packets = packets_[index_of(direction)];
  MessageAssembler::Piece piece;
  auto status = MessageAssembler::Status::more;
  while ((status = packets.next(bytes, piece)) == MessageAssembler::Status::piece) {
    if (!piece.first) continue;
    const auto payload = slice(piece.bytes, kHead);
    const bool to_server = direction == Direction::to_server;
    const auto outcome = to_server ? from_client(payload, piece.bytes[kHead - 1], events)
                                   : from_server(payload, events);
    consumed_ = given - bytes.size();
    if (outcome == Outcome::upgraded) return ParseStatus::upgraded;
    if (outcome == Outcome::enough) return ParseStatus::enough;
    if (outcome == Outcome::malformed) {
      if (auto* transaction = open_.open(events); transaction != nullptr) {
        transaction->add_oddity(to_server ? "mysql.malformed_request" : "mysql.malformed_response");
        open_.finish(*transaction, events);
      }
      return ParseStatus::failed;
    }
  }
  consumed_ = given;
  return status == MessageAssembler::Status::more ? ParseStatus::ok : ParseStatus::failed;
}

MysqlParser::Outcome MysqlParser::from_client(Bytes payload, std::uint8_t sequence,
                                              ProtocolEvents& events) noexcept {
  if (phase_ == Phase::greeting && sequence == 0) phase_ = Phase::commands;  // begun before us
  if (phase_ == Phase::greeting) phase_ = Phase::login;
  if (phase_ == Phase::login) return login(payload, events);
  // further packets of a long command, and files for LOAD DATA LOCAL
  return sequence == 0 ? command(payload, events) : Outcome::go_on;
}

MysqlParser::Outcome MysqlParser::login(Bytes payload, ProtocolEvents& events) noexcept {
  if (capabilities_ != 0) return Outcome::go_on;  // answers to the server's questions
  capabilities_ = payload.size() < 4 ? le16_at(payload, 0) : le32_at(payload, 0);
  constexpr std::size_t kSslRequest = 32, kOldSslRequest = 5;
  const bool only_head = payload.size() == kSslRequest || payload.size() == kOldSslRequest;
  if ((capabilities_ & kClientSsl) != 0 && only_head) {
    session_.tls = true;
    open_.finish_all(events);
    return Outcome::upgraded;
  }
  if (auto* transaction = open_.newest(); transaction != nullptr)
    reach(*transaction, Direction::to_server, kStageEnd, events);
  return Outcome::go_on;
}

MysqlParser::Outcome MysqlParser::command(Bytes payload, ProtocolEvents& events) noexcept {
  if (payload.empty()) return Outcome::go_on;
  if (payload[0] > kLastCommand) return Outcome::malformed;
  const bool full = open_.size() == kMaxOpen;
  auto* transaction = open_.open(events);
  if (full) answer_ = Answer::first;
  if (transaction == nullptr) return Outcome::go_on;
  transaction->begin(payload[0], payload.subspan(1), session_);
  if (full) transaction->add_oddity("mysql.too_many_transactions");
  reach(*transaction, Direction::to_server, kStageEnd, events);
  if (!is_answered(payload[0])) open_.finish(*transaction, events);
  return Outcome::go_on;
}

MysqlParser::Outcome MysqlParser::from_server(Bytes payload, ProtocolEvents& events) noexcept {
  if (phase_ == Phase::greeting) {
    if (greeting(payload, events)) return Outcome::go_on;
    // refused at once ("too many connections"), or begun before us
    if (!payload.empty() && payload[0] == kError) return Outcome::enough;
    phase_ = Phase::commands;
  }
  if (payload.empty()) return Outcome::go_on;
  if (phase_ == Phase::login) return login_answer(payload, events);
  auto* transaction = open_.find_oldest([](const MysqlTransaction&) { return true; });
  if (transaction != nullptr) answer(*transaction, payload, events);
  return Outcome::go_on;
}

bool MysqlParser::greeting(Bytes payload, ProtocolEvents& events) noexcept {
  const auto size = greeting_version(payload);
  if (size == 0) return false;
  std::copy_n(payload.begin() + 1, size, session_.version.begin());
  session_.version_size = size;
  phase_ = Phase::login;
  auto* transaction = open_.open(events);
  if (transaction != nullptr) transaction->begin_login(session_);
  return true;
}

MysqlParser::Outcome MysqlParser::login_answer(Bytes payload, ProtocolEvents& events) noexcept {
  if (payload[0] != kOk && payload[0] != kError) return Outcome::go_on;
  open_.finish_all(events);
  phase_ = Phase::commands;
  const bool packed = (capabilities_ & (kClientCompress | kClientZstd)) != 0;
  return packed || payload[0] == kError ? Outcome::enough : Outcome::go_on;
}

void MysqlParser::finish(MysqlTransaction& transaction, ProtocolEvents& events) noexcept {
  answer_ = Answer::first;
  open_.finish(transaction, events);
}

/// Text protocol: columns, an end mark (older servers), rows, an end mark.
void MysqlParser::answer(MysqlTransaction& transaction, Bytes payload,
                         ProtocolEvents& events) noexcept {
  switch (answer_) {
    case Answer::first:
      return first_of_answer(transaction, payload, events);
    case Answer::definitions:  // of a prepared statement; end marks are not counted
      if (is_plain_end(payload) || --definitions_left_ > 0) return;
      return finish(transaction, events);
    case Answer::columns:
      if (!is_plain_end(payload)) --definitions_left_;
      if (definitions_left_ == 0) answer_ = Answer::rows;
      return;
    case Answer::rows:
      if (payload[0] == kError) return finish(transaction, events);
      if (is_plain_end(payload) && !columns_ended_) {
        columns_ended_ = true;
        return;
      }
      columns_ended_ = true;
      if (!is_end(payload)) {
        if (transaction.command() == kQuery) transaction.add_row(payload);
        return;
      }
      if (!more_follows(payload)) return finish(transaction, events);
      answer_ = Answer::first;
      return;
  }
}

void MysqlParser::first_of_answer(MysqlTransaction& transaction, Bytes payload,
                                  ProtocolEvents& events) noexcept {
  columns_ended_ = false;
  const auto first = payload[0];
  const auto command = transaction.command();
  if (first == kLocalInfile && command == kQuery) return;  // the answer comes behind the file
  if (command == kStatementPrepare && first == kOk) {
    constexpr std::size_t kColumns = 5, kParameters = 7;
    definitions_left_ = le16_at(payload, kColumns) + std::uint64_t{le16_at(payload, kParameters)};
    if (definitions_left_ == 0) return finish(transaction, events);
    answer_ = Answer::definitions;
    return;
  }
  const bool has_rows =
      command == kQuery || command == kStatementExecute || command == kProcessInfo;
  if (first == kOk && has_rows && more_follows(payload)) return;
  auto rest = payload;
  if (!has_rows || first == kOk || first == kError || !take_length(rest, definitions_left_)) {
    // other commands: one packet, or a list up to its end mark
    const bool list = command == kFieldList || command == kStatementFetch ||
                      command == kBinlogDump || command == kChangeUser;
    if (!list || first == kOk || first == kError || is_end(payload)) finish(transaction, events);
    return;
  }
  answer_ = Answer::columns;
}

bool MysqlParser::gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept {
  return packets_[index_of(direction)].skip(count);
}

void MysqlParser::end(Direction direction, ProtocolEvents& events) noexcept {
  over_[index_of(direction)] = true;
  if (over_[0] && over_[1]) open_.finish_all(events);
}

/// The server's greeting tells it on any port; within a conversation only the port and lengths.
Likeness probe(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  constexpr std::size_t kMaxGreeting = 512;
  if (bytes.size() >= 3 && length_of(bytes) > MysqlParser::kMaxPacket) return Likeness::no;
  const bool near = input.server_port == kPort || input.client_port == kPort;
  if (bytes.size() <= kHead) return near ? Likeness::maybe : Likeness::no;
  const auto payload = slice(bytes, kHead, length_of(bytes));
  const bool from_server = input.direction == Direction::to_client;
  const bool whole = bytes.size() == kHead + length_of(bytes);
  const auto sequence = bytes[kHead - 1];
  if (sequence == 0 && payload[0] == kProtocol10 && length_of(bytes) <= kMaxGreeting) {
    if (greeting_version(payload) != 0) return from_server ? Likeness::yes : Likeness::reversed;
    if (bytes.size() < kHead + length_of(bytes) && near) return Likeness::maybe;
  }
  if (input.server_port != kPort || from_server || !whole) return Likeness::no;
  constexpr std::size_t kShortestLogin = 32;
  const bool is_command = sequence == 0 && payload[0] > 0 && payload[0] <= kLastCommand;
  const bool is_login = sequence == 1 && payload.size() >= kShortestLogin;
  return is_command || is_login ? Likeness::yes : Likeness::no;
}

}  // namespace mysql

const ProtocolSpec kMysql{.protocol = Protocol::mysql,
                          .tcp = true,
                          .udp = false,
                          .probe = mysql::probe,
                          .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                            return make_pooled<mysql::MysqlParser, Parser>(pool, pool);
                          }};

}  // namespace sekisho::engines
