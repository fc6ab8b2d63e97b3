#include "pgsql/pgsql_parser.h"

#include "config/base/byte_reader.h"
#include "specs.h"

namespace sekisho::engines {
namespace pgsql {
namespace {

constexpr std::uint32_t kVersion3 = 0x00030000;
constexpr std::uint32_t kCancel = 80877102, kSsl = 80877103, kGss = 80877104;
constexpr std::uint16_t kPort = 5432;
constexpr std::size_t kTypedHead = 5;          // type, length
constexpr std::size_t kStartupHead = 8;        // length, code
constexpr std::uint32_t kMaxStartup = 10'000;  // as the server itself bounds it
constexpr std::uint32_t kSaslRequest = 10;

bool is_startup_code(std::uint32_t code) noexcept {
  return code == kCancel || code == kSsl || code == kGss || code == kVersion3;
}

bool is_client_type(std::uint8_t type) noexcept {
  return std::string_view("BCDEFHPQSXcdfp").find(static_cast<char>(type)) != std::string_view::npos;
}
bool is_server_type(std::uint8_t type) noexcept {
  return std::string_view("ACDEGHIKNRSTVWZcdnstv123").find(static_cast<char>(type)) !=
         std::string_view::npos;
}

}  // namespace

std::uint64_t PgsqlParser::measure(Direction direction, Bytes bytes) const noexcept {
  ByteReader reader(bytes);
  const bool typed = started_ || direction == Direction::to_client;
  std::uint32_t length = 0;
  if (typed && !reader.skip(1)) return MessageFrames::kUnknown;
  if (!reader.be32(length)) return MessageFrames::kUnknown;
  if (length < (typed ? 4u : kStartupHead) || (!typed && length > kMaxStartup))
    return MessageFrames::kBroken;
  return std::uint64_t{length} + (typed ? 1 : 0);
}

ParseStatus PgsqlParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                 ProtocolEvents& events) noexcept {
  const bool to_server = direction == Direction::to_server;
  consumed_ = 0;
  if (!to_server && encryption_asked_ && !bytes.empty()) {
    consumed_ = 1;
    const bool accepted = bytes[0] == 'S' || bytes[0] == 'G';
    if (accepted || bytes[0] == 'N') bytes = bytes.subspan(1);
    answer_encryption(accepted, events);
    if (accepted) return ParseStatus::upgraded;
  }
  const bool good = frames_[index_of(direction)].feed(
      bytes, [&](Bytes rest) { return measure(direction, rest); },
      [&](Bytes message, std::uint64_t length) {
        return to_server ? from_client(message, events) : from_server(message, length, events);
      });
  if (good) return ParseStatus::ok;
  oddity(direction, to_server ? "pgsql.malformed_request" : "pgsql.malformed_response", events);
  return ParseStatus::failed;
}

void PgsqlParser::answer_encryption(bool accepted, ProtocolEvents& events) noexcept {
  encryption_asked_ = false;
  if (num_open_ == 0) return;
  open_[0]->ssl_accepted = accepted;
  finish_oldest(events);
}

/// False: no request.
bool PgsqlParser::from_client(Bytes message, ProtocolEvents& events) noexcept {
  if (!started_) return startup(message, events);
  const auto type = message[0];
  const auto body = message.subspan(kTypedHead);
  switch (type) {
    case 'Q':
      add(Request::query, body, true, events);
      break;
    case 'p':
      add(password_kind(), body, true, events);
      break;
    case 'X':
      add(Request::termination, {}, false, events);
      break;
    case 'P':
      add(Request::parse, body, false, events);
      break;
    case 'S':
      add(Request::sync, {}, true, events);
      break;
    case 'd':
      if (num_open_ > 0 && open_[num_open_ - 1]->request != Request::copy)
        add(Request::copy, {}, true, events);
      if (num_open_ > 0) {
        ++open_[num_open_ - 1]->copied_messages;
        open_[num_open_ - 1]->copied_bytes += body.size();
      }
      break;
    default:
      return is_client_type(type);
  }
  return true;
}

bool PgsqlParser::startup(Bytes message, ProtocolEvents& events) noexcept {
  ByteReader reader(message);
  std::uint32_t length = 0, code = 0;
  if (!reader.be32(length) || !reader.be32(code) || !is_startup_code(code)) return false;
  const auto body = reader.rest();
  if (code == kVersion3) {
    started_ = true;
    add(Request::startup, body, true, events);
  } else if (code == kCancel) {
    add(Request::cancel, body, false, events);
  } else {
    encryption_asked_ = true;
    add(code == kSsl ? Request::ssl : Request::gss, {}, true, events);
  }
  return true;
}

Request PgsqlParser::password_kind() noexcept {
  if (authentication_ < kSaslRequest) return Request::password;
  return authentication_ == kSaslRequest ? Request::sasl_initial : Request::sasl;
}

/// `answered`: the server says something to it.
void PgsqlParser::add(Request request, Bytes body, bool answered, ProtocolEvents& events) noexcept {
  if (num_open_ == kMaxOpen) {
    open_[0]->add_oddity("pgsql.too_many_transactions");
    finish_oldest(events);
  }
  auto made = make_pooled<PgsqlTransaction>(pool_, pool_, next_id_, request, passwords_);
  if (made == nullptr) return;
  const bool recorded = request != Request::parse && request != Request::sync;
  if (recorded) ++next_id_;
  (void)made->body.append_some(body);
  made->set_stage(Direction::to_server, kStageEnd);
  events.stage_reached(*made, Direction::to_server);
  if (answered) {
    open_[num_open_++] = std::move(made);
    return;
  }
  if (recorded) events.record_due(*made, "pgsql", 0, Direction::to_server);
  events.ended(*made);
}

bool PgsqlParser::from_server(Bytes message, std::uint64_t length,
                              ProtocolEvents& events) noexcept {
  const auto type = message[0];
  if (!is_server_type(type) || length < kTypedHead) return false;
  const auto body = message.subspan(std::min(message.size(), kTypedHead));
  if (num_open_ == 0) return true;
  open_[0]->add_response(type, body);
  bool done = type == 'Z';
  if (type == 'R' && ByteReader(body).be32(authentication_)) {
    // Ok and SASL's last word are followed by more; everything else is for the client to answer
    constexpr std::uint32_t kSaslFinal = 12;
    done = authentication_ != 0 && authentication_ != kSaslFinal;
  }
  // the client's data follow, their answer is the request's
  if (type == 'G') done = num_open_ == 1 && open_[0]->request == Request::query;
  if (type == 'E' && open_[0]->request != Request::query && open_[0]->request != Request::sync &&
      open_[0]->request != Request::copy)
    done = true;
  if (done) finish_oldest(events);
  return true;
}

void PgsqlParser::finish_oldest(ProtocolEvents& events) noexcept {
  auto oldest = std::move(open_[0]);
  std::move(open_.begin() + 1, open_.begin() + static_cast<std::ptrdiff_t>(num_open_),
            open_.begin());
  --num_open_;
  oldest->set_stage(Direction::to_client, kStageEnd);
  events.stage_reached(*oldest, Direction::to_client);
  if (oldest->request != Request::sync)
    events.record_due(*oldest, "pgsql", 0, Direction::to_server);
  events.ended(*oldest);
}

void PgsqlParser::oddity(Direction direction, std::string_view name,
                         ProtocolEvents& events) noexcept {
  PgsqlTransaction transaction(pool_, next_id_++, Request::none, passwords_);
  transaction.add_oddity(name);
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  events.ended(transaction);
}

bool PgsqlParser::gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept {
  return frames_[index_of(direction)].gap(count);
}

void PgsqlParser::end(Direction direction, ProtocolEvents& events) noexcept {
  over_[index_of(direction)] = true;
  while (over_[0] && over_[1] && num_open_ > 0) finish_oldest(events);
}

/// The client begins with a length and a code that no other protocol has; on its port anything of
/// that form is believed.
Likeness probe(const ProbeInput& input) noexcept {
  if (input.direction != Direction::to_server) return Likeness::no;
  ByteReader reader(input.bytes);
  std::uint32_t length = 0, code = 0;
  if (!reader.be32(length)) {
    const bool may = input.bytes.empty() || input.bytes[0] == 0;
    return may ? Likeness::maybe : Likeness::no;
  }
  if (length < kStartupHead || length > kMaxStartup) return Likeness::no;
  if (!reader.be32(code)) return Likeness::maybe;
  const bool alone = input.server_port == kPort && length == input.bytes.size();
  return is_startup_code(code) || alone ? Likeness::yes : Likeness::no;
}

}  // namespace pgsql

const ProtocolSpec kPgsql{.protocol = Protocol::pgsql,
                          .tcp = true,
                          .udp = false,
                          .probe = pgsql::probe,
                          .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                            return make_pooled<pgsql::PgsqlParser, Parser>(pool, pool, options);
                          }};

}  // namespace sekisho::engines
