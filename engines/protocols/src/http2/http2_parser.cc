#include "http2/http2_parser.h"

#include <algorithm>
#include <cstring>

#include "config/base/text_bytes.h"

namespace sekisho::engines::http2 {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string_view oddity_of(Flood flood) noexcept {
  switch (flood) {
    case Flood::none:
      break;
    case Flood::header_block:
      return "http2.header_block_flood";
    case Flood::resets:
      return "http2.reset_flood";
    case Flood::controls:
      return "http2.control_flood";
    case Flood::empty_frames:
      return "http2.empty_frame_flood";
    case Flood::priorities:
      return "http2.priority_flood";
  }
  return {};
}

}  // namespace

Http2Parser::~Http2Parser() {
  while (first_ != nullptr) first_ = std::move(first_->next);
}

/// The request is stream 1's, as HTTP/2 would have it.
void Http2Parser::upgraded_from(Protocol protocol, const OpenRequest& request) noexcept {
  upgraded_ = protocol == Protocol::http1;
  if (!upgraded_ || request.method.empty()) return;
  first_ = make_pooled<Http2Transaction>(pool_, pool_, num_transactions_, kUpgradedStream);
  if (first_ == nullptr) return;
  ++num_transactions_;
  ++num_streams_;
  auto& side = first_->side(Direction::to_server);
  static_cast<void>(side.headers.add(bytes_of(":method"), request.method));
  static_cast<void>(side.headers.add(bytes_of(":path"), request.uri));
  static_cast<void>(side.headers.add(bytes_of(":authority"), request.host));
  side.headers_done = side.over = has_request_ = true;
}

void Http2Parser::tell_request(ProtocolEvents& events) noexcept {
  constexpr std::uint8_t kStageHeaders = 2;
  has_request_ = false;
  if (first_ == nullptr) return;  // the conversation ended before
  last_client_stream_ = kUpgradedStream;
  for (const std::uint8_t stage : {std::uint8_t{1}, kStageHeaders, kStageEnd})
    reach(*first_, Direction::to_server, stage, events);
}

ParseStatus Http2Parser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                 ProtocolEvents& events) noexcept {
  if (has_request_) tell_request(events);
  End& end = end_of(direction);
  if (direction == Direction::to_server && preface_bytes_ < kPreface.size() &&
      !read_preface(bytes, events))
    return ParseStatus::failed;
  while (!bytes.empty()) {
    if (!end.in_frame) {
      read_header(direction, bytes, events);
      if (flood_ != Flood::none) return ParseStatus::failed;
      continue;
    }
    const auto payload = bytes.first(std::min<std::size_t>(bytes.size(), end.left));
    bytes = bytes.subspan(payload.size());
    end.left -= static_cast<std::uint32_t>(payload.size());
    read_payload(direction, payload, events);
    if (end.left == 0) {
      if (events.wants_frames()) report_frames(direction, bytes.data(), events);
      finish_frame(direction, events);
    }
  }
  return ParseStatus::ok;
}

bool Http2Parser::read_preface(Bytes& bytes, ProtocolEvents& events) noexcept {
  const auto count = std::min(bytes.size(), kPreface.size() - preface_bytes_);
  if (as_text(bytes.first(count)) != kPreface.substr(preface_bytes_, count)) {
    report_oddity(Direction::to_server, "http2.invalid_client_magic", events);
    return false;
  }
  preface_bytes_ = static_cast<std::uint8_t>(preface_bytes_ + count);
  bytes = bytes.subspan(count);
  return true;
}

void Http2Parser::read_header(Direction direction, Bytes& bytes, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  const auto count = std::min(bytes.size(), kFrameHeaderBytes - end.header_bytes);
  std::memcpy(end.header + end.header_bytes, bytes.data(), count);
  end.header_bytes = static_cast<std::uint8_t>(end.header_bytes + count);
  bytes = bytes.subspan(count);
  if (end.header_bytes < kFrameHeaderBytes) return;
  end.header_bytes = 0;
  const auto* h = end.header;
  end.frame.length = static_cast<std::uint32_t>(h[0] << 16 | h[1] << 8 | h[2]);
  end.frame.type = static_cast<FrameType>(h[3]);
  end.frame.flags = h[4];
  end.frame.stream =
      (std::uint32_t{h[5]} << 24 | std::uint32_t{h[6]} << 16 | std::uint32_t{h[7]} << 8 | h[8]) &
      0x7fffffff;
  watch_for_floods(direction, events);
  if (flood_ != Flood::none) return;
  start_frame(direction, events);
  if (end.left != 0) return;
  if (events.wants_frames()) report_frames(direction, bytes.data(), events);
  finish_frame(direction, events);
}

void Http2Parser::watch_for_floods(Direction direction, ProtocolEvents& events) noexcept {
  const auto& frame = end_of(direction).frame;
  const auto sender = direction == Direction::to_server ? Sender::client : Sender::server;
  flood_ = floods_.note(sender, {.type = static_cast<std::uint8_t>(frame.type),
                                 .flags = frame.flags,
                                 .length = frame.length});
  if (flood_ != Flood::none) report_oddity(direction, oddity_of(flood_), events);
}

/// The frame that ends at `end`; of one that is longer than what is at hand nobody hears.
void Http2Parser::report_frames(Direction direction, const std::uint8_t* end,
                                ProtocolEvents& events) noexcept {
  const auto bytes = kFrameHeaderBytes + std::size_t{end_of(direction).frame.length};
  const auto frame = events.bytes_before(end, bytes);
  if (frame.size() != bytes) return;
  events.frame(rules::Field::frame_http2_pdu, direction, frame);
  events.frame(rules::Field::frame_http2_hdr, direction, frame.first(kFrameHeaderBytes));
  events.frame(rules::Field::frame_http2_data, direction, frame.subspan(kFrameHeaderBytes));
}

void Http2Parser::start_frame(Direction direction, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  const bool padded = (end.frame.flags & kPadded) != 0;
  end.in_frame = true;
  end.left = end.content_left = end.frame.length;
  end.prefix_bytes = end.prefix_wanted = 0;
  end.control.clear();
  switch (end.frame.type) {
    case FrameType::data:
      end.prefix_wanted = padded ? 1 : 0;
      if (end.frame.stream == 0) report_oddity(direction, "http2.data_stream_zero", events);
      break;
    case FrameType::headers:
      end.prefix_wanted = static_cast<std::uint8_t>((padded ? 1 : 0) +
                                                    ((end.frame.flags & kPriority) != 0 ? 5 : 0));
      break;
    case FrameType::push_promise:
      end.prefix_wanted = static_cast<std::uint8_t>((padded ? 1 : 0) + 4);
      break;
    default:
      break;
  }
  if (end.frame.length > kUsualFrameBytes)
    report_oddity(
        direction,
        end.frame.type == FrameType::data ? "http2.long_frame_data" : "http2.invalid_frame_length",
        events);
  if (end.prefix_wanted == 0) prefix_done(direction, events);
}

/// Takes the fields before a frame's content from the front of `payload`.
void Http2Parser::read_prefix(Direction direction, Bytes& payload,
                              ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  const auto missing = static_cast<std::size_t>(end.prefix_wanted - end.prefix_bytes);
  const auto count = std::min(payload.size(), missing);
  std::memcpy(end.prefix + end.prefix_bytes, payload.data(), count);
  end.prefix_bytes = static_cast<std::uint8_t>(end.prefix_bytes + count);
  payload = payload.subspan(count);
  if (end.prefix_bytes < end.prefix_wanted) return;
  const bool padded = (end.frame.flags & kPadded) != 0;
  const auto outside = end.prefix_wanted + (padded ? std::uint32_t{end.prefix[0]} : 0u);
  if (outside > end.frame.length) report_oddity(direction, "http2.invalid_frame_data", events);
  end.content_left = outside > end.frame.length ? 0 : end.frame.length - outside;
  prefix_done(direction, events);
}

void Http2Parser::prefix_done(Direction direction, ProtocolEvents& events) noexcept {
  const auto type = end_of(direction).frame.type;
  if (type == FrameType::headers || type == FrameType::push_promise) start_block(direction, events);
}

void Http2Parser::read_payload(Direction direction, Bytes payload,
                               ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  if (end.prefix_bytes < end.prefix_wanted) read_prefix(direction, payload, events);
  const auto content = payload.first(std::min<std::size_t>(payload.size(), end.content_left));
  if (content.empty()) return;
  end.content_left -= static_cast<std::uint32_t>(content.size());
  switch (end.frame.type) {
    case FrameType::data:
      read_data(direction, content, events);
      break;
    case FrameType::headers:
    case FrameType::push_promise:
    case FrameType::continuation:
      read_block(direction, content, events);
      break;
    default:
      (void)end.control.append_some(content);
      break;
  }
}

void Http2Parser::finish_frame(Direction direction, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  end.in_frame = false;
  const bool prefix_missing = end.prefix_bytes < end.prefix_wanted;
  if (prefix_missing) {
    report_oddity(direction, "http2.invalid_frame_data", events);
    return;
  }
  switch (end.frame.type) {
    case FrameType::data:
      if ((end.frame.flags & kEndStream) != 0)
        if (auto* stream = find(end.frame.stream)) end_side(*stream, direction, true, events);
      break;
    case FrameType::headers:
    case FrameType::push_promise:
    case FrameType::continuation:
      if ((end.frame.flags & kEndHeaders) != 0) finish_block(direction, events);
      break;
    default:
      read_control(direction, events);
      break;
  }
}

void Http2Parser::read_control(Direction direction, ProtocolEvents& events) noexcept {
  constexpr std::uint8_t kLastKnown = static_cast<std::uint8_t>(FrameType::continuation);
  End& end = end_of(direction);
  const auto& frame = end.frame;
  if (static_cast<std::uint8_t>(frame.type) > kLastKnown) return;  // extensions are passed over
  const auto payload = end.control.view();
  FrameTransaction transaction(num_transactions_++, direction, frame, payload);
  const bool wrong_size =
      (frame.type == FrameType::settings && frame.length % kSettingBytes != 0) ||
      (frame.type == FrameType::window_update && frame.length != 4) ||
      (frame.type == FrameType::rst_stream && frame.length != 4) ||
      (frame.type == FrameType::priority && frame.length != 5) ||
      (frame.type == FrameType::ping && frame.length != 8) ||
      (frame.type == FrameType::goaway && frame.length < 8);
  if (wrong_size) transaction.add_oddity("http2.invalid_frame_length");
  if (frame.type == FrameType::settings && (frame.flags & kAck) == 0)
    apply_settings(direction, payload);
  reach(transaction, direction, 1, events);
  reach(transaction, direction, kStageEnd, events);
  const bool says_something =
      transaction.num_settings() != 0 || transaction.error_code() || transaction.priority();
  if (says_something && frame.stream == 0)
    events.record_due(transaction, "http", 0, Direction::to_server);
  events.ended(transaction);
  if (frame.type == FrameType::rst_stream) reset_stream(direction, events);
  if (frame.type == FrameType::priority)
    if (auto* stream = find(frame.stream))
      stream->side(direction).priority = transaction.priority();
}

/// What one end announces is how the other may pack.
void Http2Parser::apply_settings(Direction direction, Bytes payload) noexcept {
  ByteReader reader(payload);
  std::uint16_t id = 0;
  std::uint32_t value = 0;
  while (reader.be16(id) && reader.be32(value))
    if (id == kSettingHeaderTableSize) end_of(opposite(direction)).hpack.set_table_size(value);
}

void Http2Parser::reset_stream(Direction direction, ProtocolEvents& events) noexcept {
  const auto& end = end_of(direction);
  auto* stream = find(end.frame.stream);
  if (stream == nullptr) return;
  std::uint32_t code = 0;
  if (ByteReader(end.control.view()).be32(code)) stream->side(direction).error_code = code;
  close(*stream, events);
}

Http2Transaction* Http2Parser::find(std::uint32_t stream) noexcept {
  for (auto* open = first_.get(); open != nullptr; open = open->next.get())
    if (open->stream == stream) return open;
  return nullptr;
}

Http2Transaction* Http2Parser::find_or_open(std::uint32_t stream, ProtocolEvents& events) noexcept {
  Pooled<Http2Transaction>* at = &first_;
  for (; *at != nullptr; at = &(*at)->next)
    if ((*at)->stream == stream) return at->get();
  if (num_streams_ == kMaxStreams) {
    first_->add_oddity("http2.too_many_streams");
    close(*first_, events);
    at = &first_;
    while (*at != nullptr) at = &(*at)->next;
  }
  *at = make_pooled<Http2Transaction>(pool_, pool_, num_transactions_, stream);
  if (*at == nullptr) return nullptr;
  ++num_transactions_;
  ++num_streams_;
  if (upgraded_ && stream == kUpgradedStream) (*at)->side(Direction::to_server).over = true;
  return at->get();
}

void Http2Parser::end_side(Http2Transaction& stream, Direction direction, bool whole,
                           ProtocolEvents& events) noexcept {
  Side& side = stream.side(direction);
  if (side.over) return;
  side.over = true;
  finish_body(stream, direction, whole, events);
  reach(stream, direction, kStageEnd, events);
  if (stream.side(opposite(direction)).over) close(stream, events);
}

/// The stream is over, whatever is missing of it.
void Http2Parser::close(Http2Transaction& stream, ProtocolEvents& events) noexcept {
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    Side& side = stream.side(direction);
    if (side.over) continue;
    side.over = true;
    finish_body(stream, direction, false, events);
    reach(stream, direction, kStageEnd, events);
  }
  if (stream.request().size() != 0 || stream.response().size() != 0)
    events.record_due(stream, "http", 0, Direction::to_server);
  events.ended(stream);
  for (auto* at = &first_; *at != nullptr; at = &(*at)->next)
    if (at->get() == &stream) {
      *at = std::move((*at)->next);
      --num_streams_;
      return;
    }
}

void Http2Parser::report_oddity(Direction direction, std::string_view oddity,
                                ProtocolEvents& events) noexcept {
  FrameTransaction transaction(num_transactions_++, direction, end_of(direction).frame, {});
  transaction.add_oddity(oddity);
  reach(transaction, direction, 1, events);
  reach(transaction, direction, kStageEnd, events);
  events.ended(transaction);
}

void Http2Parser::reach(Transaction& transaction, Direction direction, std::uint8_t stage,
                        ProtocolEvents& events) noexcept {
  if (transaction.stage(direction) >= stage) return;
  transaction.set_stage(direction, stage);
  events.stage_reached(transaction, direction);
}

bool Http2Parser::gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  const bool inside = end.in_frame && end.frame.type == FrameType::data &&
                      end.prefix_bytes == end.prefix_wanted && count <= end.content_left;
  if (!inside) return false;
  end.left -= static_cast<std::uint32_t>(count);
  end.content_left -= static_cast<std::uint32_t>(count);
  if (auto* stream = find(end.frame.stream); stream && stream->side(direction).body)
    stream->side(direction).body->gap(count, *stream, events);
  if (end.left == 0) finish_frame(direction, events);
  return true;
}

void Http2Parser::end(Direction direction, ProtocolEvents& events) noexcept {
  end_of(direction).over = true;
  floods_.answers_unseen();
  if (!end_of(opposite(direction)).over) return;
  while (first_ != nullptr) close(*first_, events);
}

}  // namespace sekisho::engines::http2
