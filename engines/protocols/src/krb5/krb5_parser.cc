#include <array>

#include "engines/protocols/parser.h"
#include "exchanges.h"
#include "krb5/krb5_message.h"
#include "little_endian.h"
#include "message_assembler.h"
#include "specs.h"

namespace sekisho::engines {
namespace krb5 {
namespace {

constexpr std::size_t kLengthBytes = 4;  // before a message over TCP, RFC 4120 §7.2.2

/// One message; requests and replies are transactions of their own. Lives while it is read.
class Krb5Transaction final : public Transaction {
 public:
  Krb5Transaction(std::uint64_t id, const Message& message, std::uint8_t request) noexcept
      : Transaction(id), message_(message), request_(request) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction,
                                                     std::uint32_t instance,
                                                     FieldScratch) const noexcept override {
    if (field == rules::Field::krb5_cname) return component_of(message_.client, instance);
    if (field == rules::Field::krb5_sname) return component_of(message_.server, instance);
    return std::nullopt;
  }
  std::optional<std::uint64_t> number(rules::Field field, Direction,
                                      std::uint32_t) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

 private:
  Message message_;
  std::uint8_t request_;  // the last one before
};

std::optional<std::uint64_t> Krb5Transaction::number(rules::Field field, Direction,
                                                     std::uint32_t) const noexcept {
  using enum rules::Field;
  const auto value = [](std::optional<std::int64_t> number) -> std::optional<std::uint64_t> {
    if (!number) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
  };
  if (field == krb5_msg_type) return message_.type;
  if (field == krb5_err_code) return value(message_.error);
  if (field == krb5_ticket_encryption) return value(message_.ticket_encryption);
  return std::nullopt;
}

void write_principal(const char* key, Bytes principal, events::BoundedJsonWriter& json) noexcept {
  std::array<char, 1024> room;
  events::BoundedText text(room);
  for (std::uint32_t i = 0; const auto component = component_of(principal, i); ++i) {
    if (i != 0) text += '/';
    text += as_text(*component);
  }
  json.member(key, text.view().empty() ? std::string_view("<empty>") : text.view());
}

void write_encryption(const char* key, const char* weak_key, std::optional<std::int64_t> type,
                      events::BoundedJsonWriter& json) noexcept {
  const auto name = type ? encryption_name(*type) : std::string_view("<none>");
  json.member(key, name.empty() ? std::string_view("unknown") : name)
      .member(weak_key, type && is_weak(*type));
}

void Krb5Transaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("krb5").member("msg_type", name_of(message_.type));
  write_principal("cname", message_.client, json);
  json.member("realm",
              message_.realm.empty() ? std::string_view("<empty>") : as_text(message_.realm));
  write_principal("sname", message_.server, json);
  write_encryption("encryption", "weak_encryption", message_.encryption, json);
  if (message_.ticket_encryption)
    write_encryption("ticket_encryption", "ticket_weak_encryption", message_.ticket_encryption,
                     json);
  if (message_.type == kError) {
    const auto request = name_of(request_);
    json.member("failed_request", request.empty() ? std::string_view("UNKNOWN") : request);
  }
  if (message_.error) {
    const auto name = error_name(*message_.error);
    if (name.empty())
      json.member("error_code", *message_.error);
    else
      json.member("error_code", name);
  }
  json.end_object();
}

std::uint64_t framed_bytes(Bytes head) noexcept {
  constexpr std::uint64_t kLongest = std::uint64_t{16} * 1024 * 1024;
  if (head.size() < kLengthBytes) return MessageAssembler::kUndecided;
  const auto length = integer_at(head, 0, kLengthBytes, false);
  return length == 0 || length > kLongest ? 0 : kLengthBytes + length;
}

class Krb5Parser final : public Parser {
 public:
  static constexpr std::size_t kMaxMessage =
      std::size_t{64} * 1024;  // of a longer one the beginning is read

  Krb5Parser(MemoryPool& pool, bool stream) noexcept
      : messages_{MessageAssembler(pool, kMaxMessage, framed_bytes),
                  MessageAssembler(pool, kMaxMessage, framed_bytes)},
        stream_(stream) {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept override {
    if (!messages_[index_of(direction)].skip(count)) lost_place_[index_of(direction)] = true;
    return true;
  }
  void end(Direction direction, ProtocolEvents&) noexcept override {
    messages_[index_of(direction)].reset();
  }
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  void report(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept;

  std::array<MessageAssembler, 2> messages_;
  bool lost_place_[2] = {};
  bool stream_;
  std::uint8_t request_ = 0;
  std::uint64_t next_id_ = 0;
};

ParseStatus Krb5Parser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                ProtocolEvents& events) noexcept {
  if (!stream_) {
    report(direction, bytes, events);
    return ParseStatus::ok;
  }
  auto& messages = messages_[index_of(direction)];
  bool& lost_place = lost_place_[index_of(direction)];
  MessageAssembler::Piece piece;
  auto status = MessageAssembler::Status::more;
  while ((status = messages.next(bytes, piece)) == MessageAssembler::Status::piece) {
    if (!piece.first) continue;
    const auto message = slice(piece.bytes, kLengthBytes);
    if (lost_place && !read_message(message)) {
      messages.reset();
      return ParseStatus::ok;
    }
    lost_place = false;
    report(direction, message, events);
  }
  if (status == MessageAssembler::Status::more) return ParseStatus::ok;
  messages.reset();
  return lost_place ? ParseStatus::ok : ParseStatus::failed;
}

void Krb5Parser::report(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept {
  const auto message = read_message(bytes);
  if (message && direction == Direction::to_server) request_ = message->type;
  Krb5Transaction transaction(next_id_++, message.value_or(Message{}), request_);
  if (!message) transaction.add_oddity("krb5.malformed_data");
  if (message && message->encryption && is_weak(*message->encryption))
    transaction.add_oddity("krb5.weak_encryption");
  reach(transaction, direction, kStageEnd, events);
  if (message) events.record_due(transaction, "krb5", 0, direction);
  events.ended(transaction);
}

/// The message's head: tag, SEQUENCE, protocol version 5.
Likeness judge(Bytes bytes, std::uint64_t available, const ProbeInput& input) noexcept {
  constexpr std::uint8_t kNumberBits = 0x1f;
  if (bytes.empty()) return Likeness::maybe;
  const auto type = static_cast<std::uint8_t>(bytes[0] & kNumberBits);
  if (bytes[0] != asn1::application(type) || name_of(type).empty()) return Likeness::no;
  const auto length = asn1::value_bytes(bytes);
  if (length == UINT64_MAX) return Likeness::maybe;
  if (length == 0 || length > available) return Likeness::no;
  const bool reply = type == kAsReply || type == kTgsReply || type == kError;
  if (reply && input.direction == Direction::to_server) return Likeness::reversed;
  return Likeness::yes;
}

Likeness probe_datagram(const ProbeInput& input) noexcept {
  return read_message(input.bytes) ? judge(input.bytes, input.bytes.size(), input) : Likeness::no;
}

Likeness probe_stream(const ProbeInput& input) noexcept {
  if (input.bytes.empty()) return Likeness::maybe;
  const auto length = framed_bytes(input.bytes);
  if (length == 0) return Likeness::no;
  if (length == MessageAssembler::kUndecided) return Likeness::maybe;
  return judge(slice(input.bytes, kLengthBytes), length - kLengthBytes, input);
}

}  // namespace
}  // namespace krb5

const ProtocolSpec kKrb5Tcp{.protocol = Protocol::krb5,
                            .tcp = true,
                            .probe = krb5::probe_stream,
                            .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                              return make_pooled<krb5::Krb5Parser, Parser>(pool, pool, true);
                            }};
const ProtocolSpec kKrb5Udp{.protocol = Protocol::krb5,
                            .udp = true,
                            .probe = krb5::probe_datagram,
                            .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                              return make_pooled<krb5::Krb5Parser, Parser>(pool, pool, false);
                            }};

}  // namespace sekisho::engines
