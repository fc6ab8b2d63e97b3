#include <algorithm>

#include "dns/dns_transaction.h"
#include "http2/http2_parser.h"

namespace sekisho::engines::http2 {
namespace {

std::uint32_t be31(const std::uint8_t* bytes) noexcept {
  return (std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
          std::uint32_t{bytes[2]} << 8 | bytes[3]) &
         0x7fffffff;
}

/// A change of the table's size at the start of a block (RFC 7541 §6.3), as far as it is there.
std::optional<std::uint32_t> table_size_update(Bytes block) noexcept {
  if (block.empty() || (block[0] & 0xe0) != 0x20) return std::nullopt;
  std::uint64_t value = block[0] & 0x1f;
  if (value < 0x1f) return static_cast<std::uint32_t>(value);
  for (std::size_t i = 1; i < block.size() && i <= 5; ++i) {
    value += std::uint64_t{block[i] & 0x7fu} << (7 * (i - 1));
    if ((block[i] & 0x80) == 0)
      return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX));
  }
  return std::nullopt;
}

bool is_interim(const HeaderList& response) noexcept {
  const auto status = response.find(":status");
  return status && status->size() == 3 && (*status)[0] == '1';
}

}  // namespace

void Http2Parser::start_block(Direction direction, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  const auto& frame = end.frame;
  const bool padded = (frame.flags & kPadded) != 0;
  const auto* prefix = end.prefix + (padded ? 1 : 0);
  end.block_promised = frame.type == FrameType::push_promise;
  end.block_stream = end.block_promised ? be31(prefix) : frame.stream;
  end.block_ends_stream = !end.block_promised && (frame.flags & kEndStream) != 0;
  end.in_block = true;
  end.block_head_bytes = 0;
  if (direction == Direction::to_server && frame.type == FrameType::headers) {
    if (frame.stream <= last_client_stream_ && find(frame.stream) == nullptr)
      report_oddity(direction, "http2.stream_id_reuse", events);
    last_client_stream_ = std::max(last_client_stream_, frame.stream);
  }
  auto* stream = find_or_open(end.block_stream, events);
  if (stream == nullptr) return;
  auto& side = stream->side(direction);
  side.frame_types |= 1u << static_cast<unsigned>(frame.type);
  constexpr std::size_t kWeightAt = 4;
  if (frame.type == FrameType::headers && (frame.flags & kPriority) != 0)
    side.priority = prefix[kWeightAt];
}

void Http2Parser::read_block(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  if (!end.in_block) {
    report_oddity(direction, "http2.invalid_frame_data", events);  // a continuation of nothing
    end.content_left = 0;
    return;
  }
  auto* stream = find(end.block_stream);
  if (stream != nullptr && end.frame.type == FrameType::continuation)
    stream->side(direction).frame_types |= 1u << static_cast<unsigned>(FrameType::continuation);
  const auto head =
      bytes.first(std::min(bytes.size(), sizeof end.block_head - end.block_head_bytes));
  std::copy(head.begin(), head.end(), end.block_head + end.block_head_bytes);
  end.block_head_bytes = static_cast<std::uint8_t>(end.block_head_bytes + head.size());
  // Fields are decoded even for a stream that is not kept: the table must stay in step.
  HpackDecoder::Field field;
  while (!bytes.empty() && !end.block_failed) {
    const auto step = end.hpack.next(bytes, field);
    if (step == HpackDecoder::Step::need_more) break;
    if (step == HpackDecoder::Step::failed) {
      end.block_failed = true;
      if (stream != nullptr) stream->add_oddity("http2.invalid_header");
      break;
    }
    if (stream == nullptr) continue;
    // Trailers are not kept: what was lent of the headers must stay where it is.
    auto& owner = stream->side(end.block_promised ? Direction::to_server : direction);
    if (!owner.headers_done && !owner.headers.add(field.name, field.value))
      stream->add_oddity("http2.reassembly_limit_reached");
  }
}

void Http2Parser::finish_block(Direction direction, ProtocolEvents& events) noexcept {
  End& end = end_of(direction);
  if (!end.in_block) return;
  end.in_block = false;
  auto* stream = find(end.block_stream);
  if (!end.block_failed && !end.hpack.end_block()) {
    end.block_failed = true;
    if (stream != nullptr) stream->add_oddity("http2.invalid_header");
  }
  if (stream == nullptr) return;
  if (const auto size = table_size_update({end.block_head, end.block_head_bytes}))
    stream->side(direction).table_size_update = size;
  headers_done(direction, *stream, end.block_promised, events);
  if (end.block_ends_stream) end_side(*stream, direction, true, events);
}

void Http2Parser::headers_done(Direction direction, Http2Transaction& stream, bool promised,
                               ProtocolEvents& events) noexcept {
  constexpr std::uint8_t kStageHeaders = 2;
  const auto owner = promised ? Direction::to_server : direction;
  auto& side = stream.side(owner);
  if (!side.headers_done && owner == Direction::to_client && is_interim(side.headers)) {
    side.headers.clear();
    return;
  }
  const bool trailers = side.headers_done;
  side.headers_done = true;
  if (trailers) return;
  if (owner == Direction::to_server) note_oddities(stream);
  note_dns(stream, owner, events);
  reach(stream, owner, 1, events);
  reach(stream, owner, kStageHeaders, events);
  if (promised) {
    side.over = true;
    reach(stream, owner, kStageEnd, events);
  }
}

void Http2Parser::note_oddities(Http2Transaction& stream) noexcept {
  const auto authority = stream.request().find(":authority");
  if (!authority) return;
  if (as_text(*authority).find('@') != std::string_view::npos)
    stream.add_oddity("http2.userinfo_in_uri");
  const auto host = stream.request().find("host");
  if (host && as_text(*host) != as_text(*authority))
    stream.add_oddity("http2.authority_host_mismatch");
}

void Http2Parser::read_data(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept {
  auto* stream = find(end_of(direction).frame.stream);
  if (stream == nullptr) return;
  auto& side = stream->side(direction);
  if (side.over) return;
  if (side.carries_dns && !side.dns.append(bytes)) side.carries_dns = false;
  if (side.body == nullptr) start_body(*stream, direction);
  if (side.body == nullptr) return;  // no memory
  side.body->consume(bytes, *stream, events);
  side.body->flush(*stream, events);
}

/// Every body is a file, named as it was asked for.
void Http2Parser::start_body(Http2Transaction& stream, Direction direction) noexcept {
  auto& side = stream.side(direction);
  http1::Framing framing;
  if (const auto coding = side.headers.find("content-encoding"))
    http1::read_content_encoding(framing, *coding);
  const http1::BodyPipe::Setup setup{.direction = direction,
                                     .depth = options_.body_depth,
                                     .file_name = stream.path(),
                                     .is_file = true,
                                     .boundary = {},
                                     .next_file_id = &next_file_id_};
  side.body = make_pooled<http1::BodyPipe>(pool_, pool_, setup, framing);
}

void Http2Parser::finish_body(Http2Transaction& stream, Direction direction, bool whole,
                              ProtocolEvents& events) noexcept {
  auto& side = stream.side(direction);
  if (side.carries_dns && whole) report_dns(side.dns.view(), direction, events);
  side.dns.reset();
  if (side.body != nullptr) side.body->finish(!whole, stream, events);
}

/// A DNS message comes in the body, or came in the path.
void Http2Parser::note_dns(Http2Transaction& stream, Direction direction,
                           ProtocolEvents& events) noexcept {
  auto& side = stream.side(direction);
  side.carries_dns = announces_dns(side.headers);
  if (side.carries_dns || direction == Direction::to_client) return;
  const auto accepted = side.headers.find("accept");
  if (!accepted || as_text(*accepted).find(kDnsMediaType) == std::string_view::npos) return;
  std::array<std::uint8_t, kMaxDnsPathBytes> room;
  report_dns(dns_in_path(stream.path(), room), direction, events);
}

void Http2Parser::report_dns(Bytes message, Direction direction, ProtocolEvents& events) noexcept {
  const auto read = DnsMessage::read(message);
  if (!read) return;
  carries_dns_ = true;
  report_dns_message(*read, Protocol::doh2, num_transactions_++, direction, options_.dns_records,
                     events);
}

}  // namespace sekisho::engines::http2
