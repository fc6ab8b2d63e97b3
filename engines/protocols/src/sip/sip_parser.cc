#include <algorithm>
#include <array>

#include "config/base/byte_reader.h"
#include "lines.h"
#include "sip/sip_message.h"
#include "specs.h"

namespace sekisho::engines {
namespace {

/// One message; lives while its bytes are read.
class SipTransaction final : public Transaction {
 public:
  SipTransaction(std::uint64_t id, const SipMessage& message) noexcept
      : Transaction(id), message_(message) {}
  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch) const noexcept override {
    if (stage(direction) == 0) return std::nullopt;
    return message_.field(field, instance);
  }
  void write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept override {
    message_.write(json);
  }

 private:
  const SipMessage& message_;
};

/// Lines with their ends; the blank line behind the headers belongs to neither side of it.
void report_frames(const SipMessage& message, std::span<const std::uint8_t> bytes,
                   Direction direction, ProtocolEvents& events) noexcept {
  using rules::Field;
  if (!events.wants_frames()) return;
  const bool response = message.is_response();
  const auto line_end = find_byte(bytes, '\n', message.start_line().size());
  const auto head_bytes = message.header_bytes();
  if (line_end == kNotFound || line_end >= head_bytes || head_bytes > bytes.size()) return;
  const auto line = bytes.first(line_end + 1);
  auto headers = bytes.subspan(line.size(), head_bytes - line.size());
  for (const std::uint8_t end : {std::uint8_t{'\n'}, std::uint8_t{'\r'}})
    if (message.is_header_complete() && !headers.empty() && headers.back() == end)
      headers = headers.first(headers.size() - 1);
  events.frame(Field::frame_sip_pdu, direction, bytes);
  events.frame(response ? Field::frame_sip_response_line : Field::frame_sip_request_line, direction,
               line);
  events.frame(response ? Field::frame_sip_response_headers : Field::frame_sip_request_headers,
               direction, headers);
  events.frame(response ? Field::frame_sip_response_body : Field::frame_sip_request_body, direction,
               bytes.subspan(head_bytes));
}

void report(const SipMessage& message, std::span<const std::uint8_t> bytes, std::uint64_t id,
            Direction direction, ProtocolEvents& events) noexcept {
  report_frames(message, bytes, direction, events);
  SipTransaction transaction(id, message);
  if (!message.is_header_complete()) transaction.add_oddity("sip.invalid_data");
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  events.record_due(transaction, "sip", 0, direction);
  events.ended(transaction);
}

class SipDatagramParser final : public Parser {
 public:
  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    if (const auto message = SipMessage::read(bytes))
      report(*message, bytes, next_id_++, direction, events);
    return ParseStatus::ok;
  }
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  std::uint64_t next_id_ = 0;
};

/// Messages follow each other by Content-Length (RFC 3261 §18.3). One that lies whole in the bytes
/// given is read where it is.
class SipStreamParser final : public Parser {
 public:
  static constexpr std::size_t kMaxMessage =
      std::size_t{64} * 1024;  // the rest of a longer one is passed over

  explicit SipStreamParser(MemoryPool& pool) noexcept
      : partial_{{PooledBytes(pool, kMaxMessage), PooledBytes(pool, kMaxMessage)}} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept override {
    auto& skip = skip_[index_of(direction)];
    if (skip >= count && partial_[index_of(direction)].empty()) {
      skip -= count;
      return true;
    }
    return false;
  }
  void end(Direction direction, ProtocolEvents&) noexcept override {
    partial_[index_of(direction)].reset();
  }
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  enum class Outcome : std::uint8_t { taken, incomplete, broken };
  Outcome take(Direction direction, std::span<const std::uint8_t>& bytes, bool all,
               ProtocolEvents& events) noexcept;

  std::array<PooledBytes, 2> partial_;
  std::uint64_t skip_[2] = {};
  std::uint64_t next_id_ = 0;
};

ParseStatus SipStreamParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                     ProtocolEvents& events) noexcept {
  auto& partial = partial_[index_of(direction)];
  auto& skip = skip_[index_of(direction)];
  while (!bytes.empty()) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip, bytes.size()));
    skip -= skipped;
    bytes = bytes.subspan(skipped);
    if (bytes.empty()) break;
    if (partial.empty()) {
      if (bytes[0] == '\r' || bytes[0] == '\n') {  // keep-alive (RFC 5626 §3.5.1)
        bytes = bytes.subspan(1);
        continue;
      }
      const auto outcome = take(direction, bytes, bytes.size() >= kMaxMessage, events);
      if (outcome == Outcome::broken) return ParseStatus::failed;
      if (outcome == Outcome::taken) continue;
    }
    const auto taken = partial.append_some(bytes);
    if (taken == 0) return ParseStatus::failed;
    bytes = bytes.subspan(taken);
    const auto kept = partial.size();
    auto rest = partial.view();
    const auto outcome = take(direction, rest, kept == kMaxMessage, events);
    if (outcome == Outcome::broken) return ParseStatus::failed;
    if (outcome == Outcome::taken) partial.erase_front(kept - rest.size());
    // what follows a message in the partial one is a message's beginning again
    while (outcome == Outcome::taken && !partial.empty()) {
      rest = partial.view();
      if (rest[0] == '\r' || rest[0] == '\n') {
        partial.erase_front(1);
        continue;
      }
      const auto more = take(direction, rest, false, events);
      if (more == Outcome::broken) return ParseStatus::failed;
      if (more == Outcome::incomplete) break;
      partial.erase_front(partial.size() - rest.size());
    }
    if (partial.empty()) partial.reset();
  }
  return ParseStatus::ok;
}

/// A message off the front of `bytes`, if it is whole; `all`: no more of it can be kept.
SipStreamParser::Outcome SipStreamParser::take(Direction direction,
                                               std::span<const std::uint8_t>& bytes, bool all,
                                               ProtocolEvents& events) noexcept {
  if (find_byte(bytes, '\n') == kNotFound) return all ? Outcome::broken : Outcome::incomplete;
  const auto head = SipMessage::read(bytes);
  if (!head) return Outcome::broken;
  if (!head->is_header_complete()) return all ? Outcome::broken : Outcome::incomplete;
  const auto body_bytes = head->content_length().value_or(0);
  const auto here = bytes.size() - head->header_bytes();
  if (body_bytes > here && !all) return Outcome::incomplete;
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(body_bytes, here));
  const auto whole = bytes.first(head->header_bytes() + taken);
  if (const auto message = SipMessage::read(whole))
    report(*message, whole, next_id_++, direction, events);
  skip_[index_of(direction)] = body_bytes - taken;
  bytes = bytes.subspan(head->header_bytes() + taken);
  return Outcome::taken;
}

Likeness probe_sip(const ProbeInput& input) noexcept {
  constexpr std::array<std::string_view, 14> kMethods{
      "INVITE ",    "ACK ",    "BYE ",     "CANCEL ", "OPTIONS ", "REGISTER ", "PRACK ",
      "SUBSCRIBE ", "NOTIFY ", "PUBLISH ", "INFO ",   "REFER ",   "MESSAGE ",  "UPDATE "};
  constexpr std::string_view kVersion = "SIP/2.0 ";
  constexpr std::uint16_t kPort = 5060;
  const auto text = as_text(input.bytes);
  if (text.starts_with(kVersion)) {
    const bool from_port = input.client_port == kPort && input.server_port != kPort;
    return input.direction == Direction::to_server && from_port ? Likeness::reversed
                                                                : Likeness::yes;
  }
  if (!text.empty() && kVersion.starts_with(text)) return Likeness::maybe;
  for (const auto method : kMethods) {
    if (!text.empty() && text.size() < method.size() && method.starts_with(text))
      return Likeness::maybe;
    if (!text.starts_with(method)) continue;
    const auto line = text.substr(0, text.find('\n'));
    if (line.find(" SIP/2.0") != line.npos) return Likeness::yes;
    constexpr std::size_t kPatience = 1024;
    return line.size() == text.size() && text.size() < kPatience ? Likeness::maybe : Likeness::no;
  }
  return Likeness::no;
}

}  // namespace

const ProtocolSpec kSipUdp{.protocol = Protocol::sip,
                           .udp = true,
                           .probe = probe_sip,
                           .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                             return make_pooled<SipDatagramParser, Parser>(pool);
                           }};
const ProtocolSpec kSipTcp{.protocol = Protocol::sip,
                           .tcp = true,
                           .probe = probe_sip,
                           .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                             return make_pooled<SipStreamParser, Parser>(pool, pool);
                           }};

}  // namespace sekisho::engines
