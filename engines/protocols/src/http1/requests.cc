#include "http1/parser.h"

namespace sekisho::engines::http1 {

/// Between requests: white space is skipped; what is no request belongs to the one before.
std::size_t HttpParser::begin_request(Bytes bytes, ProtocolEvents& events) noexcept {
  const auto white = leading_white_space(bytes);
  if (white != 0) return white;
  constexpr std::string_view kPreface = "PRI * HTTP/2";
  if (starts_nocase(bytes, kPreface) && first_ == nullptr) {
    upgraded_ = true;
    next_protocol_ = Protocol::http2;
    return 0;
  }
  const bool tunnel_asked = last_ != nullptr && !last_->over(Direction::to_client) &&
                            (last_->connect || last_->wants_upgrade);
  if (tunnel_asked && !begins_with_method(bytes) && !may_become_method(bytes)) {
    // does not wait for the answer
    finish_message(Direction::to_client, true, events);
    upgraded_ = true;
    while (first_ != nullptr) close_front(events);
    return 0;
  }
  auto* const transaction = open_transaction(events);
  if (transaction == nullptr) return 0;
  auto& here = side(Direction::to_server);
  here.transaction = transaction;
  here.state = State::head;
  return 0;
}

/// "GET /" and nothing else: HTTP/0.9 has no fields.
bool HttpParser::is_bare_request(Bytes following) const noexcept {
  const auto& transaction = *sides_[index_of(Direction::to_server)].transaction;
  const bool folds = !following.empty() && is_blank(following[0]);
  return transaction.request_line().protocol.empty() && !folds && trimmed(following).empty();
}

void HttpParser::request_head_done(Bytes following, ProtocolEvents& events) noexcept {
  auto& here = side(Direction::to_server);
  auto& transaction = *here.transaction;
  auto& head = transaction.request;
  head.table.parse(head.bytes(), head.block_at());
  const auto framing = framing_of(head.table, head.bytes(), head.block_at());
  const auto line = transaction.request_line();
  transaction.connect = equals_nocase(line.method, "CONNECT");
  transaction.head_method = equals_nocase(line.method, "HEAD");
  transaction.wants_upgrade = head.table.find(Name::upgrade) != nullptr;
  note_request_oddities(framing);
  reach(Direction::to_server, 2, events);
  const bool sure = framing.chunked_surely && !framing.several_lengths;
  if (framing.announces_body()) {
    begin_body(Direction::to_server, framing, framing.chunked && !sure, events);
  } else if (!framing.length && !transaction.connect && !trimmed(following).empty() &&
             !begins_with_method(following) && !may_become_method(following)) {
    transaction.add_oddity("http.request_body_unexpected");
    begin_body(Direction::to_server, framing, false, events);
    here.state = State::extra;
    here.at_line_begin = true;
  } else if (equals_nocase(line.method, "POST") && !framing.length) {
    make_pipe(Direction::to_server, framing);
    here.state = State::until_next;
  } else {
    finish_message(Direction::to_server, false, events);
  }
  const auto unread = head.unread();
  if (!unread.empty()) run(Direction::to_server, unread, events);
}

/// A body that nothing announced may still come, or the next request.
std::size_t HttpParser::read_until_next(Bytes bytes, ProtocolEvents& events) noexcept {
  auto& here = side(Direction::to_server);
  const bool message = trimmed(bytes).empty() || begins_with_method(bytes);
  if (message) {
    finish_message(Direction::to_server, false, events);
    return 0;
  }
  here.transaction->add_oddity("http.request_body_unexpected");
  add_body(Direction::to_server, bytes, events);
  return bytes.size();
}

void HttpParser::note_request_oddities(const Framing& framing) noexcept {
  auto& transaction = *side(Direction::to_server).transaction;
  const auto& head = transaction.request;
  const auto& odd = head.table.oddities;
  const auto line = transaction.request_line();
  const auto note = [&](bool condition, std::string_view name) {
    if (condition) transaction.add_oddity(name);
  };
  note(line.protocol.empty() && !head.block().empty(), "http.request_line_missing_protocol");
  note(line.uri.empty(), "http.request_line_incomplete");
  note(line.leading_white, "http.request_line_leading_whitespace");
  note(line.odd_delimiters, "http.method_delim_non_compliant");
  note(is_double_encoded(line.uri), "http.double_encoded_uri");
  note(odd.missing_colon, "http.request_field_missing_colon");
  note(odd.invalid_folding, "http.invalid_request_field_folding");
  note(odd.invalid_name, "http.request_header_invalid");
  note(odd.repetition, "http.request_header_repetition");
  note(head.too_long(), "http.request_field_too_long");
  note(framing.invalid_length, "http.invalid_content_length_field_in_request");
  note(framing.several_lengths, "http.duplicate_content_length_field_in_request");
  note(framing.invalid_transfer_encoding, "http.invalid_transfer_encoding_value_in_request");
  note(framing.num_codings > ContentDecoder::kMaxLayers, "http.too_many_encoding_layers");
  note_host_oddities(transaction);
}

void HttpParser::note_host_oddities(HttpTransaction& transaction) noexcept {
  const auto& head = transaction.request;
  const auto target = transaction.target();
  const auto* const host = head.table.find(Name::host);
  const auto protocol = transaction.request_line().protocol;
  if (host == nullptr) {
    if (equals_nocase(protocol, "HTTP/1.1")) transaction.add_oddity("http.missing_host_header");
  } else {
    const auto parts = split_host(raw_value_of(*host, head.bytes()));
    if (parts.invalid || parts.host.empty()) transaction.add_oddity("http.header_host_invalid");
    if (!target.host.empty() && !equals_nocase(parts.host, as_text(target.host)))
      transaction.add_oddity("http.host_header_ambiguous");
  }
  if (!target.host.empty() && split_host(target.host).invalid)
    transaction.add_oddity("http.uri_host_invalid");
  const auto* const authorization = head.table.find(Name::authorization);
  if (authorization == nullptr) return;
  const auto value = raw_value_of(*authorization, head.bytes());
  if (!starts_nocase(value, "basic") && !starts_nocase(value, "digest") &&
      !starts_nocase(value, "bearer"))
    transaction.add_oddity("http.request_auth_unrecognized");
}

}  // namespace sekisho::engines::http1
