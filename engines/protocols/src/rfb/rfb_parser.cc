#include <algorithm>
#include <cstring>

#include "config/base/byte_reader.h"
#include "engines/protocols/parser.h"
#include "specs.h"
#include "wire_text.h"

namespace sekisho::engines {
namespace rfb {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Json = events::BoundedJsonWriter;

constexpr std::size_t kVersionBytes = 12, kChallengeBytes = 16, kServerInitBytes = 24;
constexpr std::size_t kMaxText = 4096;  // of a name or reason; a longer one is no RFB
constexpr std::size_t kMaxKept = kServerInitBytes + kMaxText;
constexpr std::uint8_t kNone = 1, kVncAuthentication = 2;

/// The handshake of a session (RFC 6143 §7).
class RfbTransaction final : public Transaction {
 public:
  explicit RfbTransaction(MemoryPool& pool) noexcept
      : Transaction(0), name(pool, kMaxText), reason(pool, kMaxText) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction, std::uint32_t,
                                                     FieldScratch) const noexcept override {
    if (field != rules::Field::rfb_name || !has_screen) return std::nullopt;
    return name.view();
  }
  std::optional<std::uint64_t> number(rules::Field field, Direction,
                                      std::uint32_t) const noexcept override {
    if (field == rules::Field::rfb_secresult) return result;
    if (field == rules::Field::rfb_sectype) return security_type;
    return std::nullopt;
  }
  void write_record(std::uint8_t, Json& json) const noexcept override;

  std::uint8_t versions[2][kVersionBytes] = {};  // by Direction
  bool has_version[2] = {};
  std::optional<std::uint8_t> security_type;
  std::uint8_t challenge[2][kChallengeBytes] = {};  // to_server: the response
  bool challenged = false;
  std::optional<std::uint32_t> result;
  std::optional<bool> shared;
  std::uint8_t screen[kServerInitBytes] = {};
  bool has_screen = false;
  PooledBytes name, reason;

 private:
  void write_version(std::string_view key, Direction direction, Json& json) const noexcept;
  void write_authentication(Json& json) const noexcept;
  void write_screen(Json& json) const noexcept;
};

void RfbTransaction::write_version(std::string_view key, Direction direction,
                                   Json& json) const noexcept {
  if (!has_version[index_of(direction)]) return;
  const auto text = as_text(Bytes(versions[index_of(direction)]));
  json.begin_object(key)
      .member("major", text.substr(4, 3))
      .member("minor", text.substr(8, 3))
      .end_object();
}

void RfbTransaction::write_authentication(Json& json) const noexcept {
  if (!security_type) return;
  json.begin_object("authentication").member("security_type", *security_type);
  if (challenged)
    json.begin_object("vnc")
        .member("challenge", HexText(challenge[1]).view())
        .member("response", HexText(challenge[0]).view())
        .end_object();
  if (result) {
    constexpr std::string_view kResults[] = {"OK", "FAIL", "TOOMANY"};
    json.member("security_result", *result < std::size(kResults) ? kResults[*result] : "UNKNOWN");
  }
  json.end_object();
}

void RfbTransaction::write_screen(Json& json) const noexcept {
  const auto be16 = [&](std::size_t at) { return screen[at] << 8 | screen[at + 1]; };
  json.begin_object("framebuffer")
      .member("width", be16(0))
      .member("height", be16(2))
      .member("name", name.view());
  json.begin_object("pixel_format")
      .member("bits_per_pixel", screen[4])
      .member("depth", screen[5])
      .member("big_endian", screen[6] != 0)
      .member("true_color", screen[7] != 0)
      .member("red_max", be16(8))
      .member("green_max", be16(10))
      .member("blue_max", be16(12))
      .member("red_shift", screen[14])
      .member("green_shift", screen[15])
      .member("blue_shift", screen[16])
      .end_object()
      .end_object();
}

void RfbTransaction::write_record(std::uint8_t, Json& json) const noexcept {
  json.begin_object("rfb");
  write_version("server_protocol_version", Direction::to_client, json);
  write_version("client_protocol_version", Direction::to_server, json);
  write_authentication(json);
  if (!reason.empty()) json.member("server_security_failure_reason", reason.view());
  if (shared) json.member("screen_shared", *shared);
  if (has_screen) write_screen(json);
  json.end_object();
}

/// Both ends speak in turn: each step says who is next and how much he has to say.
class RfbParser final : public Parser {
 public:
  explicit RfbParser(MemoryPool& pool) noexcept
      : transaction_(pool), kept_{PooledBytes(pool, kMaxKept), PooledBytes(pool, kMaxKept)} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    over_[index_of(direction)] = true;
    if (over_[0] && over_[1]) finish(events);
  }
  Transaction* current(Direction) noexcept override { return finished_ ? nullptr : &transaction_; }

 private:
  enum class Step : std::uint8_t {
    server_version,
    client_version,
    server_type,   // 3.3: the server decides
    server_types,  // 3.7, 3.8: it offers
    client_type,
    challenge,
    response,
    result,
    reason,
    client_init,
    server_init,
    done,
    failed
  };
  Direction speaker() const noexcept;
  std::size_t wanted(Bytes kept) const noexcept;
  void take(Bytes message, ProtocolEvents& events) noexcept;
  void take_type(std::uint32_t type, ProtocolEvents& events) noexcept;
  void take_result(std::uint32_t result) noexcept;
  void fail(std::string_view oddity) noexcept;
  void reach(Direction direction, ProtocolEvents& events) noexcept;
  void finish(ProtocolEvents& events) noexcept;

  RfbTransaction transaction_;
  PooledBytes kept_[2];
  Step step_ = Step::server_version;
  unsigned minor_ = 8;  // of version 3
  bool over_[2] = {};
  bool finished_ = false;
};

ParseStatus RfbParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                               ProtocolEvents& events) noexcept {
  if (finished_) return ParseStatus::enough;
  PooledBytes& own = kept_[index_of(direction)];
  if (own.append_some(bytes) < bytes.size()) fail("rfb.confused_state");
  while (step_ != Step::done && step_ != Step::failed) {
    PooledBytes& next = kept_[index_of(speaker())];
    const auto count = wanted(next.view());
    if (count > kMaxKept) {
      fail("rfb.malformed_message");
    } else {
      if (next.size() < count) return ParseStatus::ok;
      take(next.view().first(count), events);
      next.erase_front(count);
    }
  }
  finish(events);
  return step_ == Step::done ? ParseStatus::enough : ParseStatus::failed;
}

Direction RfbParser::speaker() const noexcept {
  switch (step_) {
    case Step::client_version:
    case Step::client_type:
    case Step::response:
    case Step::client_init:
      return Direction::to_server;
    default:
      return Direction::to_client;
  }
}

/// Bytes of the next message, as far as `kept` tell.
std::size_t RfbParser::wanted(Bytes kept) const noexcept {
  ByteReader reader(kept);
  std::uint32_t length = 0;
  switch (step_) {
    case Step::server_version:
    case Step::client_version:
      return kVersionBytes;
    case Step::server_type:
    case Step::result:
      return 4;
    case Step::server_types:
      return kept.empty() ? 1 : std::size_t{1} + kept[0];
    case Step::challenge:
    case Step::response:
      return kChallengeBytes;
    case Step::reason:
      return reader.be32(length) ? std::size_t{4} + length : 4;
    case Step::server_init:
      return reader.skip(20) && reader.be32(length) ? kServerInitBytes + length : kServerInitBytes;
    default:
      return 1;
  }
}

void RfbParser::take(Bytes message, ProtocolEvents& events) noexcept {
  auto& tx = transaction_;
  std::uint32_t number = 0;
  switch (step_) {
    case Step::server_version:
    case Step::client_version: {
      const auto index = index_of(speaker());
      std::memcpy(tx.versions[index], message.data(), kVersionBytes);
      tx.has_version[index] = as_text(message).starts_with("RFB ");
      if (!tx.has_version[index]) return fail("rfb.malformed_message");
      if (step_ == Step::server_version) {
        step_ = Step::client_version;
        return;
      }
      minor_ = static_cast<unsigned>(message[10] - '0');
      step_ = minor_ < 7 ? Step::server_type : Step::server_types;
      return;
    }
    case Step::server_type:
      (void)ByteReader(message).be32(number);
      return take_type(number, events);
    case Step::server_types:
      step_ = message[0] == 0 ? Step::reason : Step::client_type;
      return;
    case Step::client_type:
      return take_type(message[0], events);
    case Step::challenge:
      std::memcpy(tx.challenge[1], message.data(), kChallengeBytes);
      step_ = Step::response;
      return;
    case Step::response:
      std::memcpy(tx.challenge[0], message.data(), kChallengeBytes);
      tx.challenged = true;
      step_ = Step::result;
      return;
    case Step::result:
      (void)ByteReader(message).be32(number);
      return take_result(number);
    case Step::reason:
      (void)tx.reason.append(message.subspan(4));
      step_ = Step::done;
      return;
    case Step::client_init:
      tx.shared = message[0] != 0;
      step_ = Step::server_init;
      return;
    case Step::server_init:
      std::memcpy(tx.screen, message.data(), kServerInitBytes);
      tx.has_screen = tx.name.append(message.subspan(kServerInitBytes));
      step_ = Step::done;
      return;
    case Step::done:
    case Step::failed:
      return;
  }
}

void RfbParser::take_type(std::uint32_t type, ProtocolEvents& events) noexcept {
  transaction_.security_type = static_cast<std::uint8_t>(type);
  reach(Direction::to_server, events);
  constexpr unsigned kResultAlways = 8;
  if (type == kVncAuthentication)
    step_ = Step::challenge;
  else if (type == kNone)
    step_ = minor_ >= kResultAlways ? Step::result : Step::client_init;
  else if (type == 0)
    step_ = Step::reason;
  else
    fail("rfb.unimplemented_security_type");
}

void RfbParser::take_result(std::uint32_t result) noexcept {
  transaction_.result = result;
  constexpr unsigned kReasonFollows = 8;
  if (result == 0)
    step_ = Step::client_init;
  else if (result > 2)
    fail("rfb.unknown_security_result");
  else
    step_ = minor_ >= kReasonFollows && result == 1 ? Step::reason : Step::done;
}

void RfbParser::fail(std::string_view oddity) noexcept {
  transaction_.add_oddity(oddity);
  step_ = Step::failed;
}

void RfbParser::reach(Direction direction, ProtocolEvents& events) noexcept {
  if (transaction_.stage(direction) == kStageEnd) return;
  transaction_.set_stage(direction, kStageEnd);
  events.stage_reached(transaction_, direction);
}

void RfbParser::finish(ProtocolEvents& events) noexcept {
  if (finished_) return;
  finished_ = true;
  reach(Direction::to_server, events);
  reach(Direction::to_client, events);
  if (transaction_.has_version[1]) events.record_due(transaction_, "rfb", 0, Direction::to_server);
  events.ended(transaction_);
  for (auto& kept : kept_) kept.reset();
}

Likeness probe(const ProbeInput& input) noexcept {
  constexpr std::string_view kBegin = "RFB 00";
  const auto begin = as_text(input.bytes).substr(0, kBegin.size());
  if (begin != kBegin.substr(0, begin.size())) return Likeness::no;
  if (input.bytes.size() < kVersionBytes) return Likeness::maybe;
  return input.bytes[7] == '.' && input.bytes[11] == '\n' ? Likeness::yes : Likeness::no;
}

}  // namespace
}  // namespace rfb

const ProtocolSpec kRfb{.protocol = Protocol::rfb,
                        .tcp = true,
                        .udp = false,
                        .probe = rfb::probe,
                        .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                          return make_pooled<rfb::RfbParser, Parser>(pool, pool);
                        }};

}  // namespace sekisho::engines
