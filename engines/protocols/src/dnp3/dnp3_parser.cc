#include <array>

#include "dnp3/dnp3_objects.h"
#include "engines/protocols/parser.h"
#include "message_frames.h"
#include "specs.h"

namespace sekisho::engines {
namespace dnp3 {
namespace {

constexpr std::size_t kLinkHead = 10;  // start, length, control, addresses, CRC
constexpr std::size_t kBlock = 16, kCrc = 2;
constexpr std::uint8_t kLeastLength = 5;  // control and addresses are counted
constexpr std::size_t kMaxFrame = 292;
constexpr std::size_t kMaxFragment = 64 * 1024;  // put together from segments
constexpr std::uint32_t kMaxUnanswered = 32;     // requests; then dnp3.flooded
constexpr std::uint8_t kConfirm = 0, kUnsolicited = 130;

/// CRC-16/DNP (IEEE 1815 §9.2.4.3).
constexpr auto kCrcTable = [] {
  std::array<std::uint16_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0xa6bc : value >> 1;
    table[i] = static_cast<std::uint16_t>(value);
  }
  return table;
}();

/// `bytes` end with the CRC of those before.
bool crc_is_right(Bytes bytes) noexcept {
  const auto counted = bytes.first(bytes.size() - kCrc);
  std::uint32_t crc = 0;
  for (const auto byte : counted) crc = crc >> 8 ^ kCrcTable[(crc ^ byte) & 0xff];
  crc = ~crc & 0xffff;
  return bytes[counted.size()] == (crc & 0xff) && bytes[counted.size() + 1] == crc >> 8;
}

std::uint64_t measure(Bytes bytes) noexcept {
  if (bytes[0] != 0x05 || (bytes.size() > 1 && bytes[1] != 0x64)) return MessageFrames::kBroken;
  if (bytes.size() < 3) return MessageFrames::kUnknown;
  if (bytes[2] < kLeastLength) return kLinkHead;
  const std::size_t data = bytes[2] - kLeastLength;
  return kLinkHead + data + (data + kBlock - 1) / kBlock * kCrc;
}

struct Link {
  std::uint8_t control = 0;
  std::uint16_t destination = 0, source = 0;
};

/// One fragment of the application layer.
class Dnp3Transaction final : public Transaction {
 public:
  enum Kind : std::uint8_t { alert, flat };

  Dnp3Transaction(std::uint64_t id, const Link& link, Bytes fragment, bool response,
                  std::uint32_t max_objects = kMaxObjects) noexcept
      : Transaction(id), link_(link), fragment_(fragment), response_(response) {
    constexpr std::size_t kRequestHead = 2, kResponseHead = 4;
    const auto head = response ? kResponseHead : kRequestHead;
    objects_ = fragment.subspan(std::min(fragment.size(), head));
    look_through(max_objects);
  }

  bool readable() const noexcept { return fragment_.size() >= (response_ ? 4u : 2u); }
  std::uint8_t function() const noexcept { return fragment_[1]; }

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t,
                                                     FieldScratch) const noexcept override {
    if (field != rules::Field::dnp3_data || stage(direction) == 0 || !readable())
      return std::nullopt;
    return fragment_;
  }

  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override {
    if (stage(direction) == 0 || !readable()) return std::nullopt;
    if (field == rules::Field::dnp3_func) return function();
    if (field == rules::Field::dnp3_ind && response_) return indications();
    if (field != rules::Field::dnp3_obj || instance >= kMaxObjects) return std::nullopt;
    ByteReader reader(objects_);
    Object object;
    while (next_object(reader, carries_points(function(), response_), object) == ObjectStatus::read)
      if (instance-- == 0) return std::uint64_t{object.group} << 8 | object.variation;
    return std::nullopt;
  }

  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override {
    json.begin_object("dnp3");
    if (readable()) {
      if (kind == alert) json.begin_object(response_ ? "response" : "request");
      write_message(json);
      if (kind == alert) json.end_object();
    }
    json.end_object();
  }

 private:
  std::uint16_t indications() const noexcept {
    return static_cast<std::uint16_t>(fragment_[2] << 8 | fragment_[3]);
  }
  void look_through(std::uint32_t max_objects) noexcept;
  void write_message(events::BoundedJsonWriter& json) const noexcept;
  void write_application(events::BoundedJsonWriter& json) const noexcept;
  void write_indications(events::BoundedJsonWriter& json) const noexcept;

  Link link_;
  Bytes fragment_, objects_;
  bool response_;
  bool complete_ = false;
};

void Dnp3Transaction::look_through(std::uint32_t max_objects) noexcept {
  if (!readable()) return;
  ByteReader reader(objects_);
  Object object;
  std::uint32_t count = 0;
  auto status = ObjectStatus::read;
  while (status == ObjectStatus::read && count <= max_objects) {
    status = next_object(reader, carries_points(function(), response_), object);
    ++count;
  }
  complete_ = status == ObjectStatus::over;
  if (status == ObjectStatus::unknown) add_oddity("dnp3.unknown_object");
  if (status == ObjectStatus::malformed) add_oddity("dnp3.malformed");
  if (status == ObjectStatus::too_many_points) {
    add_oddity("dnp3.too_many_points");
    add_oddity("dnp3.max_points_per_object");
  }
  if (status == ObjectStatus::read) add_oddity("dnp3.too_many_objects");
}

void Dnp3Transaction::write_message(events::BoundedJsonWriter& json) const noexcept {
  json.member("type", !response_                   ? "request"
                      : function() == kUnsolicited ? "unsolicited_response"
                                                   : "response");
  json.begin_object("control")
      .member("dir", (link_.control & 0x80) != 0)
      .member("pri", (link_.control & 0x40) != 0)
      .member("fcb", (link_.control & 0x20) != 0)
      .member("fcv", (link_.control & 0x10) != 0)
      .member("function_code", link_.control & 0x0f)
      .end_object();
  json.member("src", link_.source).member("dst", link_.destination);
  write_application(json);
  if (response_) write_indications(json);
}

void Dnp3Transaction::write_application(events::BoundedJsonWriter& json) const noexcept {
  constexpr std::uint32_t kMaxShownObjects = 64;
  const auto control = fragment_[0];
  json.begin_object("application");
  json.begin_object("control")
      .member("fir", (control & 0x80) != 0)
      .member("fin", (control & 0x40) != 0)
      .member("con", (control & 0x20) != 0)
      .member("uns", (control & 0x10) != 0)
      .member("sequence", control & 0x0f)
      .end_object();
  json.member("function_code", function());
  json.begin_array("objects");
  ByteReader reader(objects_);
  Object object;
  for (std::uint32_t i = 0; i < kMaxShownObjects; ++i) {
    if (next_object(reader, carries_points(function(), response_), object) != ObjectStatus::read)
      break;
    json.begin_object()
        .member("group", object.group)
        .member("variation", object.variation)
        .member("qualifier", object.qualifier)
        .member("prefix_code", object.prefix_code())
        .member("range_code", object.range_code())
        .member("start", object.start)
        .member("stop", object.stop)
        .member("count", object.count);
    write_points(object, json);
    json.end_object();
  }
  json.end_array().member("complete", complete_).end_object();
}

void Dnp3Transaction::write_indications(events::BoundedJsonWriter& json) const noexcept {
  // from the highest bit of the first octet down
  constexpr std::string_view kNames[] = {"device_restart",
                                         "device_trouble",
                                         "local_control",
                                         "need_time",
                                         "class_3_events",
                                         "class_2_events",
                                         "class_1_events",
                                         "all_stations",
                                         "reserved_1",
                                         "reserved_2",
                                         "config_corrupt",
                                         "already_executing",
                                         "event_buffer_overflow",
                                         "parameter_error",
                                         "object_unknown",
                                         "no_func_code_support"};
  json.begin_object("iin").begin_array("indicators");
  for (std::size_t i = 0; i < std::size(kNames); ++i)
    if ((indications() & 0x8000u >> i) != 0) json.value(kNames[i]);
  json.end_array().end_object();
}

class Dnp3Parser final : public Parser {
 public:
  Dnp3Parser(MemoryPool& pool, std::uint32_t max_objects) noexcept
      : max_objects_(std::min(max_objects, kMaxObjects)), halves_{Half(pool), Half(pool)} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    const bool good = halves_[index_of(direction)].frames.feed(
        bytes, measure,
        [&](Bytes message, std::uint64_t) { return frame(direction, message, events); });
    return good ? ParseStatus::ok : ParseStatus::failed;
  }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept override {
    Half& half = halves_[index_of(direction)];
    half.fragment.reset();
    half.collecting = false;
    return half.frames.gap(count);
  }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  struct Half {
    explicit Half(MemoryPool& pool) noexcept
        : frames(pool, kMaxFrame), fragment(pool, kMaxFragment) {}
    MessageFrames frames;
    PooledBytes fragment;
    bool collecting = false;
  };

  bool frame(Direction direction, Bytes message, ProtocolEvents& events) noexcept;
  void segment(Direction direction, const Link& link, Bytes data, ProtocolEvents& events) noexcept;
  void report(Direction direction, const Link& link, Bytes fragment,
              ProtocolEvents& events) noexcept;
  void oddity(Direction direction, std::string_view name, ProtocolEvents& events) noexcept;

  std::uint32_t max_objects_;
  Half halves_[2];
  std::uint64_t next_id_ = 0;
  std::uint32_t unanswered_ = 0;
  bool flooded_ = false;
};

/// False: no frame.
bool Dnp3Parser::frame(Direction direction, Bytes message, ProtocolEvents& events) noexcept {
  if (!crc_is_right(message.first(kLinkHead))) {
    oddity(direction, "dnp3.bad_link_crc", events);
    return false;
  }
  if (message[2] < kLeastLength) {
    oddity(direction, "dnp3.len_too_small", events);
    return true;
  }
  const Link link{message[3], static_cast<std::uint16_t>(message[4] | message[5] << 8),
                  static_cast<std::uint16_t>(message[6] | message[7] << 8)};
  constexpr std::uint8_t kConfirmedData = 3, kUnconfirmedData = 4;
  const auto function = link.control & 0x0f;
  const bool primary = (link.control & 0x40) != 0;
  if (!primary || (function != kConfirmedData && function != kUnconfirmedData)) return true;
  if (message.size() < kLinkHead + 1 + kCrc) {
    oddity(direction, "dnp3.len_too_small", events);
    return true;
  }
  std::array<std::uint8_t, kMaxFrame> data;
  std::size_t size = 0;
  for (auto rest = message.subspan(kLinkHead); rest.size() > kCrc;) {
    const auto block = rest.first(std::min(rest.size(), kBlock + kCrc));
    if (!crc_is_right(block)) {
      oddity(direction, "dnp3.bad_transport_crc", events);
      return true;
    }
    std::copy_n(block.begin(), block.size() - kCrc, data.begin() + static_cast<long>(size));
    size += block.size() - kCrc;
    rest = rest.subspan(block.size());
  }
  segment(direction, link, Bytes(data.data(), size), events);
  return true;
}

/// `data` begin with the transport header (IEEE 1815 §8.2).
void Dnp3Parser::segment(Direction direction, const Link& link, Bytes data,
                         ProtocolEvents& events) noexcept {
  Half& half = halves_[index_of(direction)];
  const bool final_one = (data[0] & 0x80) != 0, first = (data[0] & 0x40) != 0;
  const auto payload = data.subspan(1);
  if (first && final_one) {
    half.fragment.reset();
    half.collecting = false;
    report(direction, link, payload, events);
    return;
  }
  if (first) half.fragment.clear();
  half.collecting = (first || half.collecting) && half.fragment.append(payload);
  if (!half.collecting || !final_one) return;
  report(direction, link, half.fragment.view(), events);
  half.fragment.reset();
  half.collecting = false;
}

void Dnp3Parser::report(Direction direction, const Link& link, Bytes fragment,
                        ProtocolEvents& events) noexcept {
  const bool response = direction == Direction::to_client;
  if (fragment.size() < (response ? 4u : 2u)) {
    oddity(direction, "dnp3.malformed", events);
    return;
  }
  if (!response && fragment[1] == kConfirm) return;
  Dnp3Transaction transaction(next_id_++, link, fragment, response, max_objects_);
  if (response) {
    unanswered_ = 0;
  } else if (++unanswered_ > kMaxUnanswered && !flooded_) {
    flooded_ = true;
    transaction.add_oddity("dnp3.flooded");
  }
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  // all records name the client first, as those of its requests do
  events.record_due(transaction, "dnp3", Dnp3Transaction::flat, Direction::to_server);
  events.ended(transaction);
}

void Dnp3Parser::oddity(Direction direction, std::string_view name,
                        ProtocolEvents& events) noexcept {
  Dnp3Transaction transaction(next_id_++, {}, {}, direction == Direction::to_client);
  transaction.add_oddity(name);
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  events.ended(transaction);
}

Likeness probe(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  if (bytes.empty()) return Likeness::maybe;
  if (bytes[0] != 0x05 || (bytes.size() > 1 && bytes[1] != 0x64)) return Likeness::no;
  if (bytes.size() < kLinkHead) return Likeness::maybe;
  // an outstation clears the direction bit
  constexpr std::uint8_t kFromMaster = 0x80;
  const bool from_master = (bytes[3] & kFromMaster) != 0;
  return from_master == (input.direction == Direction::to_server) ? Likeness::yes
                                                                  : Likeness::reversed;
}

}  // namespace
}  // namespace dnp3

const ProtocolSpec kDnp3{.protocol = Protocol::dnp3,
                         .tcp = true,
                         .udp = false,
                         .probe = dnp3::probe,
                         .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                           return make_pooled<dnp3::Dnp3Parser, Parser>(pool, pool,
                                                                        options.dnp3_max_objects);
                         }};

}  // namespace sekisho::engines
