#include <algorithm>
#include <array>

#include "config/base/byte_reader.h"
#include "engines/protocols/parser.h"
#include "foreign_port.h"
#include "specs.h"
#include "wire_text.h"

namespace sekisho::engines {
namespace ike {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Json = events::BoundedJsonWriter;

constexpr std::size_t kHeaderBytes = 28, kSpiBytes = 8;  // RFC 7296 §3.1, RFC 2408 §3.1
constexpr std::uint16_t kPort = 500, kNatPort = 4500;
constexpr std::size_t kMaxPayloads = 64, kMaxVendors = 32, kMaxAttributes = 64;
constexpr std::uint8_t kEncryptedFlag = 1;  // version 1

/// Payload types that are looked at, by version.
struct Types {
  std::uint8_t security, key_exchange, nonce, vendor, notify;
};
constexpr Types kVersion1{1, 4, 10, 13, 11}, kVersion2{33, 34, 40, 43, 41};

struct Attribute {
  std::uint16_t type = 0;
  std::uint32_t value = 0;
};

/// One message of IKE, version 1 or 2; values lie in its bytes.
class IkeTransaction final : public Transaction {
 public:
  IkeTransaction(std::uint64_t id, Bytes message) noexcept : Transaction(id), message_(message) {
    read();
  }

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t, Json& json) const noexcept override;

 private:
  bool second() const noexcept { return message_[17] >> 4 == 2; }
  void read() noexcept;
  void read_payload(std::uint8_t type, Bytes body) noexcept;
  void read_proposals(Bytes body) noexcept;
  void read_transform(Bytes transform) noexcept;
  static std::optional<Bytes> hex(Bytes value, FieldScratch scratch) noexcept;
  void write_version_1(Json& json) const noexcept;
  void write_version_2(Json& json) const noexcept;

  Bytes message_;
  std::optional<Bytes> key_exchange_, nonce_;
  std::array<Bytes, kMaxVendors> vendors_{};
  std::size_t num_vendors_ = 0;
  std::array<Attribute, kMaxAttributes> attributes_{};
  std::size_t num_attributes_ = 0;
  std::array<std::uint8_t, kMaxPayloads> types_{};
  std::size_t num_types_ = 0;
  unsigned errors_ = 0;
};

void IkeTransaction::read() noexcept {
  std::uint8_t next = message_[16];
  const bool encrypted = !second() && (message_[19] & kEncryptedFlag) != 0;
  ByteReader reader(message_.subspan(kHeaderBytes));
  while (!encrypted && next != 0 && num_types_ < kMaxPayloads) {
    std::uint8_t following = 0;
    std::uint16_t length = 0;
    Bytes body;
    if (!reader.u8(following) || !reader.skip(1) || !reader.be16(length) || length < 4 ||
        !reader.take(length - 4u, body)) {
      ++errors_;
      add_oddity("ike.malformed_data");
      return;
    }
    types_[num_types_++] = next;
    read_payload(next, body);
    constexpr std::uint8_t kEncryptedPayload = 46, kEncryptedFragment = 53;
    if (second() && (next == kEncryptedPayload || next == kEncryptedFragment)) return;
    next = following;
  }
  if (next == 0 && !encrypted && !reader.rest().empty()) add_oddity("ike.payload_extra_data");
}

void IkeTransaction::read_payload(std::uint8_t type, Bytes body) noexcept {
  const auto& types = second() ? kVersion2 : kVersion1;
  constexpr std::size_t kGroupBytes = 4;  // before the key in version 2
  if (type == types.key_exchange) {
    const auto skipped = second() ? std::min(body.size(), kGroupBytes) : 0;
    key_exchange_ = body.subspan(skipped);
  } else if (type == types.nonce) {
    nonce_ = body;
  } else if (type == types.vendor && num_vendors_ < kMaxVendors) {
    vendors_[num_vendors_++] = body;
  } else if (type == types.security && !second()) {
    read_proposals(body);
  }
}

/// The first proposal's transforms (RFC 2408 §3.4 to §3.6): an answer has one, the chosen.
void IkeTransaction::read_proposals(Bytes body) noexcept {
  constexpr std::size_t kDomainBytes = 8, kProposalHead = 8, kTransformHead = 8;
  if (body.size() < kDomainBytes + kProposalHead) return;
  const auto proposal = body.subspan(kDomainBytes);
  const std::size_t spi = proposal[6];
  if (proposal.size() < kProposalHead + spi) return;
  auto rest = proposal.subspan(kProposalHead + spi);
  for (unsigned left = proposal[7]; left > 0 && rest.size() >= kTransformHead; --left) {
    const auto length = static_cast<std::size_t>(rest[2] << 8 | rest[3]);
    if (length < kTransformHead || length > rest.size()) break;
    read_transform(rest.subspan(kTransformHead, length - kTransformHead));
    rest = rest.subspan(length);
  }
}

void IkeTransaction::read_transform(Bytes transform) noexcept {
  constexpr std::uint16_t kShortForm = 0x8000;
  ByteReader reader(transform);
  std::uint16_t type = 0, value = 0;
  while (num_attributes_ < kMaxAttributes && reader.be16(type) && reader.be16(value)) {
    Attribute attribute{static_cast<std::uint16_t>(type & 0x7fff), value};
    if ((type & kShortForm) == 0) {
      Bytes longer;
      if (!reader.take(value, longer)) return;
      attribute.value = 0;
      for (const auto byte : longer) attribute.value = attribute.value << 8 | byte;
    }
    attributes_[num_attributes_++] = attribute;
  }
}

/// Rules name the bytes by hexadecimal text.
std::optional<Bytes> IkeTransaction::hex(Bytes value, FieldScratch scratch) noexcept {
  const HexText digits(value);
  const auto text = digits.view();
  if (scratch.size() < text.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), scratch.begin());
  return scratch.first(text.size());
}

std::optional<std::span<const std::uint8_t>> IkeTransaction::bytes(
    rules::Field field, Direction direction, std::uint32_t instance,
    FieldScratch scratch) const noexcept {
  if (stage(direction) == 0) return std::nullopt;
  switch (field) {
    case rules::Field::ike_init_spi:
      return hex(message_.first(kSpiBytes), scratch);
    case rules::Field::ike_resp_spi:
      return hex(message_.subspan(kSpiBytes, kSpiBytes), scratch);
    case rules::Field::ike_vendor:
      return instance < num_vendors_ ? hex(vendors_[instance], scratch) : std::nullopt;
    case rules::Field::ike_key_exchange_payload:
      return key_exchange_;
    case rules::Field::ike_nonce_payload:
      return nonce_;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> IkeTransaction::number(rules::Field field, Direction direction,
                                                    std::uint32_t instance) const noexcept {
  if (stage(direction) == 0) return std::nullopt;
  switch (field) {
    case rules::Field::ike_exchtype:
      return message_[18];
    case rules::Field::ike_key_exchange_payload_length:
      return key_exchange_ ? std::optional<std::uint64_t>(key_exchange_->size()) : std::nullopt;
    case rules::Field::ike_nonce_payload_length:
      return nonce_ ? std::optional<std::uint64_t>(nonce_->size()) : std::nullopt;
    case rules::Field::ike_chosen_sa_attribute:
      if (direction != Direction::to_client || instance >= num_attributes_) return std::nullopt;
      return std::uint64_t{attributes_[instance].type} << 32 | attributes_[instance].value;
    default:
      return std::nullopt;
  }
}

void IkeTransaction::write_version_1(Json& json) const noexcept {
  json.begin_object("ikev1");
  json.member("doi", 1).member("encrypted_payloads", (message_[19] & kEncryptedFlag) != 0);
  if (key_exchange_ || nonce_ || num_vendors_ > 0) {
    const bool client = as_text(message_.subspan(kSpiBytes, kSpiBytes)) ==
                        std::string_view("\0\0\0\0\0\0\0\0", kSpiBytes);
    json.begin_object(client ? "client" : "server");
    if (key_exchange_)
      json.member("key_exchange_payload", HexText(*key_exchange_).view())
          .member("key_exchange_payload_length", key_exchange_->size());
    if (nonce_)
      json.member("nonce_payload", HexText(*nonce_).view())
          .member("nonce_payload_length", nonce_->size());
    json.end_object();
  }
  if (num_vendors_ > 0) {
    json.begin_array("vendor_ids");
    for (std::size_t i = 0; i < num_vendors_; ++i) json.value(HexText(vendors_[i]).view());
    json.end_array();
  }
  json.end_object();
}

void IkeTransaction::write_version_2(Json& json) const noexcept {
  json.begin_object("ikev2");
  json.member("errors", errors_);
  json.begin_array("notify").end_array();
  json.end_object();
}

void IkeTransaction::write_record(std::uint8_t, Json& json) const noexcept {
  std::uint32_t message_id = 0;
  (void)ByteReader(message_.subspan(20)).be32(message_id);
  json.begin_object("ike")
      .member("version_major", message_[17] >> 4)
      .member("version_minor", message_[17] & 15)
      .member("init_spi", HexText(message_.first(kSpiBytes)).view())
      .member("resp_spi", HexText(message_.subspan(kSpiBytes, kSpiBytes)).view())
      .member("message_id", message_id)
      .member("exchange_type", message_[18]);
  if (second()) {
    constexpr std::uint8_t kInitiator = 0x08, kResponse = 0x20;
    json.member("role", (message_[19] & kResponse) != 0    ? "responder"
                        : (message_[19] & kInitiator) != 0 ? "initiator"
                                                           : "responder");
  }
  json.begin_array("payload");
  for (std::size_t i = 0; i < num_types_; ++i) json.value(types_[i]);
  json.end_array();
  if (second())
    write_version_2(json);
  else
    write_version_1(json);
  json.end_object();
}

/// Behind the four zero bytes of port 4500 (RFC 3948 §2.2); empty: no IKE.
Bytes message_of(Bytes datagram) noexcept {
  constexpr std::string_view kMarker("\0\0\0\0", 4);
  constexpr std::size_t kMarkerBytes = 4;
  if (datagram.size() >= kMarkerBytes + kHeaderBytes && as_text(datagram).starts_with(kMarker))
    datagram = datagram.subspan(kMarkerBytes);
  if (datagram.size() < kHeaderBytes) return {};
  const auto version = datagram[17] >> 4;
  std::uint32_t length = 0;
  (void)ByteReader(datagram.subspan(24)).be32(length);
  if ((version != 1 && version != 2) || length < kHeaderBytes || length > datagram.size())
    return {};
  return datagram.first(length);
}

class IkeParser final : public Parser {
 public:
  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    const auto message = message_of(bytes);
    if (message.empty()) return ParseStatus::ok;
    IkeTransaction transaction(next_id_++, message);
    transaction.set_stage(direction, kStageEnd);
    events.stage_reached(transaction, direction);
    events.record_due(transaction, "ike", 0, direction);
    events.ended(transaction);
    return ParseStatus::ok;
  }
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  std::uint64_t next_id_ = 0;
};

/// An initiator's first message, which proposes a security association (RFC 7296 §1.2, RFC 2409
/// §5): on another port than IKE's nothing else is taken for it.
bool is_first_message(Bytes message, Bytes datagram) noexcept {
  constexpr std::uint8_t kMainMode = 2, kAggressive = 4, kSaInit = 34;
  constexpr std::uint8_t kProposal1 = 1, kProposal2 = 33;
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  const auto own = message.first(8), others = message.subspan(8, 8),
             number = message.subspan(20, 4);
  const bool first = !std::all_of(own.begin(), own.end(), is_zero) &&
                     std::all_of(others.begin(), others.end(), is_zero) &&
                     std::all_of(number.begin(), number.end(), is_zero);
  const auto next = message[16], exchange = message[18];
  const bool proposes = message[17] == 0x20
                            ? next == kProposal2 && exchange == kSaInit
                            : message[17] == 0x10 && next == kProposal1 &&
                                  (exchange == kMainMode || exchange == kAggressive);
  return first && proposes && message.data() + message.size() == datagram.data() + datagram.size();
}

Likeness probe(const ProbeInput& input) noexcept {
  const auto is_port = [](std::uint16_t port) { return port == kPort || port == kNatPort; };
  const auto message = message_of(input.bytes);
  const bool known_port = is_port(input.server_port) || is_port(input.client_port);
  const bool good = !message.empty() && (known_port || (is_foreign_port(input) &&
                                                        input.direction == Direction::to_server &&
                                                        is_first_message(message, input.bytes)));
  return good ? Likeness::yes : Likeness::no;
}

}  // namespace
}  // namespace ike

const ProtocolSpec kIke{.protocol = Protocol::ike,
                        .tcp = false,
                        .udp = true,
                        .probe = ike::probe,
                        .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                          return make_pooled<ike::IkeParser, Parser>(pool);
                        }};

}  // namespace sekisho::engines
