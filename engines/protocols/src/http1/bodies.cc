// Framing of bodies: by length, in chunks, to the end; and what comes after an announced end.
#include "http1/parser.h"

namespace sekisho::engines::http1 {

void HttpParser::make_pipe(Direction direction, const Framing& framing) noexcept {
  auto& transaction = *side(direction).transaction;
  auto& pipe = transaction.pipe(direction);
  if (pipe != nullptr) return;
  pipe = make_body_pipe(transaction, direction, framing, options_, pool_, next_file_id_);
}

void HttpParser::begin_body(Direction direction, const Framing& framing, bool shows_raw,
                            ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  make_pipe(direction, framing);
  here.shows_raw = shows_raw;
  here.left = framing.length.value_or(0);
  here.length_follows = framing.length.has_value();
  const bool declared = framing.chunked || framing.transfer_encoding;
  if (declared) {
    here.chunks.start(!framing.chunked);
    here.state = State::chunked;
  } else if (framing.length) {
    here.state = State::length;
    if (here.left == 0) body_over(direction, events);
  } else {
    here.state = State::until_end;
  }
  auto& transaction = *here.transaction;
  const auto other = transaction.head(direction).other_reading();
  if (!other.empty() && transaction.pipe(direction) != nullptr) {
    here.shows_raw = true;
    transaction.pipe(direction)->add_raw(other);
  }
}

void HttpParser::add_body(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept {
  if (bytes.empty()) return;
  auto& here = side(direction);
  here.transaction->body_bytes[index_of(direction)] += bytes.size();
  if (auto& pipe = here.transaction->pipe(direction); pipe != nullptr)
    pipe->consume(bytes, *here.transaction, events);
}

std::size_t HttpParser::read_length(Direction direction, Bytes bytes,
                                    ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(here.left, bytes.size()));
  add_body(direction, bytes.first(count), events);
  here.left -= count;
  if (here.left == 0) body_over(direction, events);
  return count;
}

/// The announced end is here. A lenient peer takes what follows at once, and begins no message,
/// for more of it.
void HttpParser::body_over(Direction direction, ProtocolEvents& events) noexcept {
  if (direction == Direction::to_client) {
    side(direction).state = State::extra;
    side(direction).at_line_begin = true;
  } else {
    finish_message(direction, false, events);
  }
}

std::size_t HttpParser::read_extra(Direction direction, Bytes bytes,
                                   ProtocolEvents& events) noexcept {
  const auto at = find_message(direction, bytes);
  add_body(direction, bytes.first(at), events);
  if (at < bytes.size()) finish_message(direction, false, events);
  return at;
}

/// Where a line begins a message; the size when none does.
std::size_t HttpParser::find_message(Direction direction, Bytes bytes) noexcept {
  auto& here = side(direction);
  const auto begins_message = [&](Bytes line) {
    if (!is_letter(line[0])) return false;
    if (direction == Direction::to_server) return begins_with_method(line);
    // where much may follow that is no message, half its beginning is none
    return here.goes_on ? starts_nocase(line, "HTTP/") : may_become_status_line(line);
  };
  for (std::size_t at = 0; at < bytes.size();) {
    const auto rest = bytes.subspan(at);
    if (here.at_line_begin && begins_message(rest)) return at;
    const auto feed = find_byte(rest, '\n');
    here.at_line_begin = feed != std::string_view::npos;
    if (!here.at_line_begin) break;
    at += feed + 1;
  }
  return bytes.size();
}

std::size_t HttpParser::read_chunks(Direction direction, Bytes bytes,
                                    ProtocolEvents& events) noexcept {
  auto& here = side(direction);
  const bool response = direction == Direction::to_client;
  std::size_t used = 0;
  while (used < bytes.size() && here.state == State::chunked) {
    Bytes data;
    const auto count = here.chunks.consume(bytes.subspan(used), data);
    auto* const pipe = here.transaction->pipe(direction).get();
    const bool not_chunked = here.chunks.state() == ChunkReader::State::not_chunked;
    if (here.shows_raw && !not_chunked && pipe != nullptr)
      pipe->add_raw(bytes.subspan(used, count));
    used += count;
    add_body(direction, data, events);
    if (here.chunks.state() == ChunkReader::State::done) {
      // white space after the last chunk is nobody's
      while (used < bytes.size() && is_skippable(bytes[used])) ++used;
      body_over(direction, events);
    } else if (not_chunked) {
      here.transaction->add_oddity(response ? "http.invalid_response_chunk_len"
                                            : "http.invalid_request_chunk_len");
      const bool by_length = here.length_follows && !here.chunks.seen_chunk();
      here.state = by_length ? State::length : State::until_end;
      here.shows_raw &= here.chunks.seen_chunk();
      run(direction, here.chunks.held(), events);
    }
  }
  return used;
}

}  // namespace sekisho::engines::http1
