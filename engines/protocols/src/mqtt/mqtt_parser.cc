#include "mqtt/mqtt_parser.h"

#include "mqtt/mqtt_properties.h"
#include "specs.h"

namespace sekisho::engines {
namespace mqtt {
namespace {

/// What the packet answers; unassigned: nothing.
Type request_of(Type type) noexcept {
  switch (type) {
    case Type::connack:
      return Type::connect;
    case Type::puback:
    case Type::pubrec:
    case Type::pubrel:
    case Type::pubcomp:
      return Type::publish;
    case Type::suback:
      return Type::subscribe;
    case Type::unsuback:
      return Type::unsubscribe;
    default:
      return Type::unassigned;
  }
}

bool awaits_answer(const Message& message) noexcept {
  return message.type == Type::connect || message.type == Type::subscribe ||
         message.type == Type::unsubscribe ||
         (message.type == Type::publish && (message.qos() == 1 || message.qos() == 2));
}

std::string_view missing_request(Type request) noexcept {
  switch (request) {
    case Type::connect:
      return "mqtt.missing_connect";
    case Type::publish:
      return "mqtt.missing_publish";
    case Type::subscribe:
      return "mqtt.missing_subscribe";
    default:
      return "mqtt.missing_unsubscribe";
  }
}

}  // namespace

ParseStatus MqttParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                ProtocolEvents& events) noexcept {
  if (lost_[index_of(direction)]) return ParseStatus::ok;
  const bool good =
      frames_[index_of(direction)].feed(bytes, measure, [&](Bytes kept, std::uint64_t length) {
        return packet(direction, {kept, length}, events);
      });
  if (good) return ParseStatus::ok;
  malformed(direction, events);
  return ParseStatus::failed;
}

/// False: malformed.
bool MqttParser::packet(Direction direction, const Packet& packet,
                        ProtocolEvents& events) noexcept {
  const auto message = read(packet.bytes, packet.length, version_);
  if (!message) return false;
  if (message->type == Type::connect) version_ = message->version;
  if (request_of(message->type) != Type::unassigned) {
    answer(direction, packet, *message, events);
  } else if (awaits_answer(*message)) {
    open(direction, packet, *message, events);
  } else {
    auto transaction = fresh(next_id_++);
    transaction.add(packet);
    add_state_oddities(*message, transaction);
    report(direction, transaction, direction, events);
  }
  return true;
}

void MqttParser::open(Direction direction, const Packet& packet, const Message& message,
                      ProtocolEvents& events) noexcept {
  if (num_open_ == kMaxOpen) give_up_oldest(events);
  const auto id = next_id_++;
  auto transaction = fresh(id);
  transaction.add(packet);
  add_state_oddities(message, transaction);
  auto exchange = make_pooled<Exchange>(pool_, pool_, id);
  if (exchange != nullptr) {
    exchange->opened_by = message.type;
    exchange->opened_in = direction;
    exchange->packet_id = message.packet_id;
    keep(*exchange, packet);
    open_[num_open_++] = std::move(exchange);
  }
  report(direction, transaction, std::nullopt, events);
}

void MqttParser::answer(Direction direction, const Packet& packet, const Message& message,
                        ProtocolEvents& events) noexcept {
  const auto request = request_of(message.type);
  // PUBREL is the sender's own further step; all others come from the other end
  const auto opened_in = message.type == Type::pubrel ? direction : opposite(direction);
  const auto index = find(request, opened_in, message.packet_id);
  if (index == num_open_) {
    auto transaction = fresh(next_id_++);
    transaction.add(packet);
    transaction.add_oddity(missing_request(request));
    add_state_oddities(message, transaction);
    report(direction, transaction, direction, events);
    return;
  }
  if (message.type == Type::connack) connected_ = true;
  const bool last = message.type != Type::pubrec && message.type != Type::pubrel;
  Exchange& exchange = *open_[index];
  auto transaction = fresh(exchange.id);
  add_kept(exchange, transaction);
  transaction.add(packet);
  add_state_oddities(message, transaction);
  report(direction, transaction, last ? std::optional<Direction>(exchange.opened_in) : std::nullopt,
         events);
  if (last)
    remove(index);
  else
    keep(exchange, packet);
}

void MqttParser::add_state_oddities(const Message& message,
                                    MqttTransaction& transaction) const noexcept {
  const bool introduction =
      message.type == Type::connect || message.type == Type::connack || message.type == Type::auth;
  if (message.type == Type::unassigned) transaction.add_oddity("mqtt.unassigned_msg_type");
  if (message.qos() == 3) transaction.add_oddity("mqtt.invalid_qos_level");
  if (message.type == Type::connect && connected_) transaction.add_oddity("mqtt.double_connect");
  if (!introduction && !connected_ && message.type != Type::unassigned)
    transaction.add_oddity("mqtt.unintroduced_message");
  if (message.has_packet_id && message.packet_id == 0)
    transaction.add_oddity("mqtt.missing_msg_id");
}

/// `record_direction`: of the exchange's first packet, when it is complete.
void MqttParser::report(Direction direction, MqttTransaction& transaction,
                        std::optional<Direction> record_direction,
                        ProtocolEvents& events) noexcept {
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  if (record_direction) events.record_due(transaction, "mqtt", 0, *record_direction);
  events.ended(transaction);
}

void MqttParser::malformed(Direction direction, ProtocolEvents& events) noexcept {
  auto transaction = fresh(next_id_++);
  transaction.add_oddity("mqtt.malformed_traffic");
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  events.ended(transaction);
}

/// Without its answer.
void MqttParser::give_up_oldest(ProtocolEvents& events) noexcept {
  auto transaction = fresh(open_[0]->id);
  add_kept(*open_[0], transaction);
  transaction.add_oddity("mqtt.too_many_transactions");
  report(open_[0]->opened_in, transaction, open_[0]->opened_in, events);
  remove(0);
}

std::size_t MqttParser::find(Type opened_by, Direction opened_in,
                             std::uint16_t packet_id) const noexcept {
  std::size_t i = 0;
  while (i < num_open_ && (open_[i]->opened_by != opened_by || open_[i]->opened_in != opened_in ||
                           open_[i]->packet_id != packet_id))
    ++i;
  return i;
}

void MqttParser::remove(std::size_t index) noexcept {
  std::move(open_.begin() + static_cast<std::ptrdiff_t>(index) + 1,
            open_.begin() + static_cast<std::ptrdiff_t>(num_open_),
            open_.begin() + static_cast<std::ptrdiff_t>(index));
  open_[--num_open_].reset();
}

void MqttParser::add_kept(const Exchange& exchange, MqttTransaction& transaction) noexcept {
  auto rest = exchange.bytes.view();
  for (std::size_t i = 0; i < exchange.num_parts; ++i) {
    transaction.add({rest.first(exchange.parts[i].kept), exchange.parts[i].length});
    rest = rest.subspan(exchange.parts[i].kept);
  }
}

void MqttParser::keep(Exchange& exchange, const Packet& packet) noexcept {
  if (exchange.num_parts == exchange.parts.size()) return;
  const auto kept = packet.bytes.first(std::min(packet.bytes.size(), kKeptOfPacket));
  if (!exchange.bytes.append(kept)) return;
  exchange.parts[exchange.num_parts++] = {kept.size(), packet.length};
}

bool MqttParser::gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept {
  // the other direction's packets are read on
  if (!frames_[index_of(direction)].gap(count)) lost_[index_of(direction)] = true;
  return true;
}

void MqttParser::end(Direction direction, ProtocolEvents& events) noexcept {
  over_[index_of(direction)] = true;
  if (!over_[0] || !over_[1]) return;
  for (std::size_t i = 0; i < num_open_; ++i) {
    auto transaction = fresh(open_[i]->id);
    add_kept(*open_[i], transaction);
    events.record_due(transaction, "mqtt", 0, open_[i]->opened_in);
    open_[i].reset();
  }
  num_open_ = 0;
}

/// A CONNECT tells itself; on its port any packet with flags as they must be does.
Likeness probe(const ProbeInput& input) noexcept {
  constexpr std::uint16_t kPort = 1883;
  constexpr std::size_t kEnough = 14;
  const auto bytes = input.bytes;
  if (bytes.empty()) return Likeness::maybe;
  const bool connect = bytes[0] == 0x10;
  if (!connect && input.server_port != kPort) return Likeness::no;
  const auto length = measure(bytes);
  if (length == MessageFrames::kBroken) return Likeness::no;
  if (connect) {
    if (length == MessageFrames::kUnknown) return Likeness::maybe;
    ByteReader reader(bytes);
    std::uint32_t remaining = 0;
    (void)reader.skip(1);
    (void)take_variable(reader, remaining);
    const auto text = as_text(reader.rest());
    for (const std::string_view name :
         {std::string_view("\0\4MQTT", 6), std::string_view("\0\6MQIsdp", 8)})
      if (text.substr(0, name.size()) == name.substr(0, text.size()))
        return text.size() >= name.size() ? Likeness::yes : Likeness::maybe;
    return Likeness::no;
  }
  if (length == MessageFrames::kUnknown) return Likeness::maybe;
  const auto type = static_cast<Type>(bytes[0] >> 4);
  const bool flagged = type == Type::pubrel || type == Type::subscribe || type == Type::unsubscribe;
  const bool fits = type == Type::publish || (bytes[0] & 0x0f) == (flagged ? 2 : 0);
  return type != Type::unassigned && fits && length < (std::uint64_t{1} << 20) + kEnough
             ? Likeness::yes
             : Likeness::no;
}

}  // namespace mqtt

const ProtocolSpec kMqtt{.protocol = Protocol::mqtt,
                         .tcp = true,
                         .udp = false,
                         .probe = mqtt::probe,
                         .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                           return make_pooled<mqtt::MqttParser, Parser>(pool, pool, options);
                         }};

}  // namespace sekisho::engines
