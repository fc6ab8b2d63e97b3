#include "http1/parser.h"

namespace sekisho::engines::http1 {

std::size_t HttpParser::begin_response(Bytes bytes, ProtocolEvents& events) noexcept {
  const auto white = leading_white_space(bytes);
  if (white != 0) return white;
  auto& here = side(Direction::to_client);
  // an answer ends a request that may have gone on
  if (auto& client = side(Direction::to_server); client.state == State::until_next)
    finish_message(Direction::to_server, false, events);
  here.transaction = first_.get();
  while (here.transaction != nullptr && here.transaction->over(Direction::to_client))
    here.transaction = here.transaction->next.get();
  if (here.transaction == nullptr) {
    here.transaction = open_transaction(events);
    if (here.transaction == nullptr) return 0;
    here.transaction->add_oddity("http.unable_to_match_response_to_request");
    if (side(Direction::to_server).transaction == nullptr) {
      here.transaction->set_stage(Direction::to_server, kStageEnd);
      events.stage_reached(*here.transaction, Direction::to_server);
    }
  }
  here.transaction->response.may_be_bare = here.transaction->connect;
  here.state = State::head;
  return 0;
}

/// No status line: all that comes is body, as of HTTP/0.9; or the body of an answer that said it
/// had none.
void HttpParser::begin_bare_body(ProtocolEvents& events) noexcept {
  auto& transaction = *side(Direction::to_client).transaction;
  const auto bytes = transaction.response.take();
  transaction.response.end();
  reach(Direction::to_client, 1, events);
  reach(Direction::to_client, 2, events);
  const auto framing = std::exchange(bodyless_framing_, Framing{});
  if (!transaction.request_line().protocol.empty())
    transaction.add_oddity("http.response_invalid_protocol");
  begin_body(Direction::to_client, framing, framing.transfer_encoding, events);
  run(Direction::to_client, bytes.view(), events);
}

/// The real answer is still to come.
void HttpParser::drop_interim() noexcept {
  auto& here = side(Direction::to_client);
  auto& transaction = *here.transaction;
  if (transaction.interim_seen) transaction.add_oddity("http.100_continue_already_seen");
  transaction.interim_seen = true;
  transaction.response.reset();
  here.state = State::idle;
  here.transaction = nullptr;
}

/// After an answer that has no body by its status: the next answer, or its body after all.
std::size_t HttpParser::read_maybe_body(Bytes bytes, ProtocolEvents& events) noexcept {
  auto& transaction = *side(Direction::to_client).transaction;
  const auto white = leading_white_space(bytes);
  if (white == bytes.size()) return white;
  const auto status = transaction.status_line().status;
  const bool interim = status >= 100 && status < 200;
  if (may_become_status_line(bytes)) {
    if (interim)
      drop_interim();
    else
      finish_message(Direction::to_client, false, events);
    return white;
  }
  reach(Direction::to_client, 1, events);
  reach(Direction::to_client, 2, events);
  const auto framing = std::exchange(bodyless_framing_, Framing{});
  begin_body(Direction::to_client, framing, framing.chunked && !framing.chunked_surely, events);
  return 0;
}

bool HttpParser::expects_no_body(const StatusLine& status) const noexcept {
  const auto& transaction = *sides_[index_of(Direction::to_client)].transaction;
  return transaction.head_method || status.status == 204 || status.status == 304 ||
         (status.status >= 100 && status.status < 200) ||
         (transaction.connect && status.status >= 200 && status.status < 300);
}

void HttpParser::response_head_done(Bytes following, ProtocolEvents& events) noexcept {
  auto& here = side(Direction::to_client);
  auto& transaction = *here.transaction;
  auto& head = transaction.response;
  head.table.parse(head.bytes(), head.block_at());
  const auto framing = framing_of(head.table, head.bytes(), head.block_at());
  const auto status = transaction.status_line();
  const bool no_body = expects_no_body(status);
  const bool switching = status.status == 101 || (transaction.connect && no_body);
  const bool interim = no_body && status.status < 200 && !switching;
  note_response_oddities(framing);
  if (!interim) {
    reach(Direction::to_client, 1, events);
    reach(Direction::to_client, 2, events);
  }
  if (switching) return switch_protocols(status, events);
  const bool sure = framing.chunked_surely && !framing.several_lengths &&
                    starts_nocase(status.protocol, "HTTP/1.1");
  const bool follows = !trimmed(following).empty() && !may_become_status_line(following);
  if (!no_body) {
    here.goes_on = framing.invalid_length || framing.several_lengths;
    begin_body(Direction::to_client, framing, framing.chunked && !sure, events);
  } else if (interim || follows || (framing.announces_body() && !transaction.head_method)) {
    bodyless_framing_ = framing;
    here.state = State::maybe_body;
  } else {
    finish_message(Direction::to_client, false, events);
  }
  if (const auto unread = head.unread(); !unread.empty()) run(Direction::to_client, unread, events);
}

/// HTTP/2 answers it (RFC 7540 §3.2).
void HttpParser::keep_request(const HttpTransaction& transaction) noexcept {
  const auto line = transaction.request_line();
  const auto* const host = transaction.request.table.find(Name::host);
  const auto value = host == nullptr ? Bytes{} : raw_value_of(*host, transaction.request.bytes());
  const bool kept = open_request_.append(line.method) && open_request_.append(line.uri) &&
                    open_request_.append(value);
  method_bytes_ = kept ? line.method.size() : 0;
  uri_bytes_ = kept ? line.uri.size() : 0;
}

Parser::OpenRequest HttpParser::open_request() const noexcept {
  if (method_bytes_ == 0) return {};
  const auto kept = open_request_.view();
  return {.method = kept.first(method_bytes_),
          .uri = kept.subspan(method_bytes_, uri_bytes_),
          .host = kept.subspan(method_bytes_ + uri_bytes_)};
}

/// The conversation goes on as something else.
void HttpParser::switch_protocols(const StatusLine&, ProtocolEvents& events) noexcept {
  auto& transaction = *side(Direction::to_client).transaction;
  if (const auto* const upgrade = transaction.response.table.find(Name::upgrade)) {
    const auto value = raw_value_of(*upgrade, transaction.response.bytes());
    if (starts_nocase(value, "websocket"))
      next_protocol_ = Protocol::websocket;
    else if (starts_nocase(value, "h2c"))
      next_protocol_ = Protocol::http2;
  }
  if (next_protocol_ == Protocol::http2) keep_request(transaction);
  finish_message(Direction::to_client, false, events);
  finish_message(Direction::to_server, false, events);
  while (first_ != nullptr) close_front(events);
  upgraded_ = true;
}

void HttpParser::note_response_oddities(const Framing& framing) noexcept {
  auto& transaction = *side(Direction::to_client).transaction;
  const auto& head = transaction.response;
  const auto& odd = head.table.oddities;
  const auto status = transaction.status_line();
  const auto note = [&](bool condition, std::string_view name) {
    if (condition) transaction.add_oddity(name);
  };
  note(status.invalid_protocol, "http.response_invalid_protocol");
  note(status.invalid_status, "http.response_invalid_status");
  note(odd.missing_colon, "http.response_field_missing_colon");
  note(odd.invalid_folding, "http.invalid_response_field_folding");
  note(odd.invalid_name, "http.response_header_invalid");
  note(odd.repetition, "http.response_header_repetition");
  note(head.too_long(), "http.response_field_too_long");
  note(framing.invalid_length, "http.invalid_content_length_field_in_response");
  note(framing.several_lengths, "http.duplicate_content_length_field_in_response");
  note(framing.invalid_transfer_encoding, "http.invalid_transfer_encoding_value_in_response");
  note(framing.chunked && starts_nocase(status.protocol, "HTTP/1.0"),
       "http.response_chunked_old_proto");
  note(framing.abnormal_content_encoding, "http.abnormal_ce_header");
  const auto* const type = head.table.find(Name::content_type);
  note(type != nullptr && starts_nocase(raw_value_of(*type, head.bytes()), "multipart/byteranges"),
       "http.response_multipart_byteranges");
}

}  // namespace sekisho::engines::http1
