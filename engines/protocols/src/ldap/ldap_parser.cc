#include "exchanges.h"
#include "ldap/ldap_transaction.h"
#include "message_assembler.h"
#include "specs.h"

namespace sekisho::engines {
namespace ldap {
namespace {

constexpr std::string_view kStartTls = "1.3.6.1.4.1.1466.20037";  // RFC 4511 §4.14

std::uint64_t message_bytes(Bytes head) noexcept {
  return head[0] == asn1::kSequence ? asn1::value_bytes(head) : 0;
}

/// LDAP (RFC 4511) over TCP, and connectionless over UDP (RFC 1798, MS-ADTS).
class LdapParser final : public Parser {
 public:
  static constexpr std::size_t kMaxMessage =
      std::size_t{256} * 1024;                        // a longer one is passed over
  static constexpr std::uint8_t kStageAnswering = 1;  // further answers may follow
  static constexpr std::size_t kMaxOpen = 64;         // requests without answer

  LdapParser(MemoryPool& pool, bool stream) noexcept
      : exchanges_(pool),
        messages_{MessageAssembler(pool, kMaxMessage, message_bytes),
                  MessageAssembler(pool, kMaxMessage, message_bytes)},
        stream_(stream) {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  std::size_t consumed() const noexcept override { return consumed_; }
  Protocol next_protocol() const noexcept override { return Protocol::tls; }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept override {
    if (!messages_[index_of(direction)].skip(count)) lost_place_[index_of(direction)] = true;
    return true;
  }
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    ended_[index_of(direction)] = true;
    if (ended_[0] && ended_[1]) exchanges_.finish_all(events);
  }
  Transaction* current(Direction) noexcept override { return exchanges_.newest(); }

 private:
  void request(const Message& message, Bytes bytes, ProtocolEvents& events) noexcept;
  bool response(const Message& message, Bytes bytes, ProtocolEvents& events) noexcept;
  void odd(Direction direction, ProtocolEvents& events) noexcept;
  static bool asks_tls(const LdapTransaction& transaction) noexcept;

  Exchanges<LdapTransaction, kMaxOpen> exchanges_;
  std::array<MessageAssembler, 2> messages_;
  bool lost_place_[2] = {};
  bool ended_[2] = {};
  bool stream_;
  std::size_t consumed_ = 0;
};

ParseStatus LdapParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                ProtocolEvents& events) noexcept {
  auto& messages = messages_[index_of(direction)];
  bool& lost_place = lost_place_[index_of(direction)];
  const auto all = bytes.size();
  MessageAssembler::Piece piece;
  auto status = MessageAssembler::Status::more;
  while ((status = messages.next(bytes, piece)) == MessageAssembler::Status::piece) {
    lost_place = false;
    if (!piece.first || piece.left != 0) continue;
    const auto message = read_message(piece.bytes);
    if (!message) {
      odd(direction, events);
    } else if (direction == Direction::to_server) {
      request(*message, piece.bytes, events);
    } else if (response(*message, piece.bytes, events)) {
      consumed_ = all - bytes.size();
      exchanges_.finish_all(events);
      return ParseStatus::upgraded;
    }
  }
  if (status == MessageAssembler::Status::more) {
    if (!stream_) messages.reset();
    return ParseStatus::ok;
  }
  messages.reset();
  if (lost_place || !stream_) return ParseStatus::ok;
  odd(direction, events);
  exchanges_.finish_all(events);
  return ParseStatus::failed;
}

void LdapParser::odd(Direction direction, ProtocolEvents& events) noexcept {
  auto* transaction = exchanges_.open(events);
  if (transaction == nullptr) return;
  transaction->add_oddity("ldap.invalid_data");
  reach(*transaction, direction, kStageEnd, events);
  exchanges_.finish(*transaction, events);
}

void LdapParser::request(const Message& message, Bytes bytes, ProtocolEvents& events) noexcept {
  if (!is_request(message.operation)) return;
  auto* transaction = exchanges_.open(events);
  if (transaction == nullptr) return;
  transaction->message_id = message.id;
  transaction->request.append(bytes);
  reach(*transaction, Direction::to_server, kStageEnd, events);
  if (message.operation == kUnbindRequest || message.operation == kAbandonRequest)
    exchanges_.finish(*transaction, events);
}

/// True: TLS begins behind it.
bool LdapParser::response(const Message& message, Bytes bytes, ProtocolEvents& events) noexcept {
  if (is_request(message.operation)) return false;
  auto* transaction =
      exchanges_.find([&](const LdapTransaction& one) { return one.message_id == message.id; });
  if (transaction == nullptr) {
    transaction = exchanges_.open(events);
    if (transaction == nullptr) return false;
    transaction->message_id = message.id;
    // notices of the server itself have number 0: RFC 4511 §4.4
    if (message.id != 0) transaction->add_oddity("ldap.request_not_found");
  }
  ++transaction->num_responses;
  transaction->responses.append(bytes);
  const bool lost_request = transaction->request.empty();
  // Each answer is looked at with those before, as it comes.
  transaction->look_again(Direction::to_client);
  if (!is_last_response(message.operation) && !lost_request) {
    transaction->set_stage(Direction::to_client, kStageAnswering);
    events.stage_reached(*transaction, Direction::to_client);
    return false;
  }
  const auto result = result_of(message);
  const bool tls = asks_tls(*transaction) && result && result->code == 0;
  reach(*transaction, Direction::to_client, kStageEnd, events);
  exchanges_.finish(*transaction, events);
  return tls;
}

bool LdapParser::asks_tls(const LdapTransaction& transaction) noexcept {
  const auto message = read_message(transaction.request.view());
  if (!message || message->operation != kExtendedRequest) return false;
  asn1::Reader reader(message->body);
  Bytes name;
  return reader.next(asn1::context_primitive(0), name) && as_text(name) == kStartTls;
}

bool is_from(const Message& message, Direction direction) noexcept {
  return is_request(message.operation) == (direction == Direction::to_server);
}

Likeness probe_ldap(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  constexpr std::uint64_t kLargest = 1 << 24;
  if (bytes.empty()) return Likeness::maybe;
  const auto length = message_bytes(bytes);
  if (length == 0) return Likeness::no;
  if (length == UINT64_MAX) return Likeness::maybe;
  if (length > kLargest) return Likeness::no;
  // The number and the operation's tag decide; its contents may be cut off.
  constexpr std::size_t kDecides = 16;
  if (const auto message = read_message(bytes)) {
    if (message->id < 0 || message->id > INT32_MAX) return Likeness::no;
    if (is_from(*message, input.direction)) return Likeness::yes;
    return input.direction == Direction::to_server ? Likeness::reversed : Likeness::no;
  }
  if (length <= bytes.size()) return Likeness::no;
  if (bytes.size() < kDecides) return Likeness::maybe;
  const std::size_t head = bytes[1] < 0x80 ? 2 : 2u + (bytes[1] & 0x7f);
  const auto rest = bytes.subspan(std::min(head, bytes.size()));
  if (rest.size() < 2 || rest[0] != asn1::kInteger || rest[1] > 4) return Likeness::no;
  const std::size_t at = 2u + rest[1];
  if (at >= rest.size()) return Likeness::no;
  const auto tag = rest[at];
  if ((tag & 0xc0) != 0x40 || name_of(tag & 0x1f).empty()) return Likeness::no;
  return Likeness::yes;
}

}  // namespace
}  // namespace ldap

const ProtocolSpec kLdapTcp{.protocol = Protocol::ldap,
                            .tcp = true,
                            .probe = ldap::probe_ldap,
                            .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                              return make_pooled<ldap::LdapParser, Parser>(pool, pool, true);
                            }};
const ProtocolSpec kLdapUdp{.protocol = Protocol::ldap,
                            .udp = true,
                            .probe = ldap::probe_ldap,
                            .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                              return make_pooled<ldap::LdapParser, Parser>(pool, pool, false);
                            }};

}  // namespace sekisho::engines
