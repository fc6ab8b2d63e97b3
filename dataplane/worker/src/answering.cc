// What a worker says to the ends of what it blocks: resets, port unreachable, and, where the rule
// says `answer`, an answer in the protocol that the initiator speaks.
#include <rte_mbuf.h>

#include <algorithm>
#include <cstring>

#include "config/base/text_bytes.h"
#include "config/events/block_id.h"
#include "config/events/json_writer.h"
#include "dataplane/answers/dns_refusal.h"
#include "dataplane/answers/http2_answer.h"
#include "dataplane/answers/request_head.h"
#include "dataplane/answers/reset.h"
#include "dataplane/answers/tls_alert.h"
#include "dataplane/lent/lent_io.h"
#include "dataplane/worker/worker.h"
#include "drop_record.h"
#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"

namespace sekisho::dataplane {
namespace {

namespace application_id = rules::application_id;
using rules::Protocol;

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::size_t kDnsLengthBytes = 2;
/// Segments to one initiator: a page again for each request that comes again, and what else it
/// still sends acknowledged. Who goes on then is reset.
constexpr std::uint8_t kMaxAnswers = 64;

bool is_from_initiator(const Flow& flow, const PacketInfo& info) noexcept {
  return info.from_a == flow.initiator_is_a;
}

std::uint32_t segment_end(const PacketInfo& info) noexcept {
  return info.tcp_seq + info.payload_bytes + ((info.tcp_flags & kTcpFin) != 0 ? 1U : 0U);
}

/// Modulo 2^32 (RFC 9293 §3.4).
bool is_after(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b) > 0;
}

bool is_application(const Flow& flow, engines::ApplicationId application) noexcept {
  return flow.application == application || flow.carrier == application;
}

std::uint16_t responder_port(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.port_b : flow.key.port_a;
}

bool is_silent_yet(const TcpEnd& end) noexcept {
  return !end.midstream && end.seq_end == end.first_seq;
}

/// Requests of HTTP/1: one begins in this segment, or it is a later part of one.
bool is_request(const Flow& flow, const RequestHead& head) noexcept {
  if (head.begins_here) return true;
  const auto protocol = static_cast<Protocol>(flow.app_protocol);
  return protocol == Protocol::http1 ||
         (protocol == Protocol::unknown && is_application(flow, application_id::kHttp) &&
          is_silent_yet(flow.tcp[1]));
}

bool is_hello(const Flow& flow, std::span<const std::uint8_t> payload) noexcept {
  if (!is_silent_yet(flow.tcp[1])) return false;
  return begins_client_hello(payload) || is_application(flow, application_id::kTls) ||
         static_cast<Protocol>(flow.app_protocol) == Protocol::tls;
}

/// HTTP itself is no reason that a reader would understand.
std::string_view title_of(const PolicySnapshot& policy, engines::ApplicationId id,
                          Language language) noexcept {
  // One that the policy defines itself has one title for all languages.
  if (const auto* own = policy.own_application(id))
    return own->title.empty() ? own->name : own->title;
  const auto* application = id == application_id::kHttp ? nullptr : rules::application(id);
  if (application == nullptr) return {};
  return language == Language::japanese ? application->title_ja : application->title;
}

std::string_view title_of_function(engines::FunctionId id, Language language) noexcept {
  const auto* const kind = rules::function_kind(id);
  if (kind == nullptr) return {};
  return language == Language::japanese ? kind->title_ja : kind->title;
}

/// The block list is the rule behind the last.
std::string_view rule_name(const PolicySnapshot& policy, events::RuleNumber rule,
                           Language language) noexcept {
  const auto& rules = policy.meta().rules;
  if (rule == 0) return {};
  if (rule <= rules.size()) return rules[rule - 1].name;
  return language == Language::japanese ? "ブロックリスト" : "Block list";
}

/// One that the policy defines itself has one title for all languages.
std::string_view own_category_title(const PolicySnapshot& policy, OwnCategories own) noexcept {
  const auto& all = policy.meta().url_categories;
  const std::size_t at =
      own.any() ? std::size_t{own.first()} - OwnCategories::kFirstId : all.size();
  if (at >= all.size()) return {};
  return all[at].title.empty() ? all[at].name : all[at].title;
}

/// Of what the URL is about, as the policy or else the database has it; of what it is blocked for,
/// where that is its reputation.
std::string_view category_of(const PolicySnapshot& policy, const FlowUrl& url, OwnCategories server,
                             Language language) noexcept {
  server |= url.facts.own_categories;
  if (!url.reputation.blocks)
    if (const auto own = own_category_title(policy, server); !own.empty()) return own;
  const auto id = url.reputation.blocks           ? url.reputation.answer.category
                  : url.facts.num_categories != 0 ? url.facts.categories[0]
                                                  : engines::UrlCategoryId{0};
  const auto* category = rules::url_category(id);
  if (category == nullptr) return {};
  return language == Language::japanese ? category->title_ja : category->title;
}

std::optional<PageReputation> reputation_of(const FlowUrl& url) noexcept {
  const auto& known = url.reputation;
  if (!known.blocks) return std::nullopt;
  return PageReputation{.is_known = known.state == FlowReputation::State::known,
                        .score = known.answer.score};
}

}  // namespace

/// After a packet was dropped for its flow's verdict, and that verdict is no silent one.
void Worker::tell_ends(const PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept {
  if (batch_.drop[i] == DropReason::callback_sinkhole) return answer_sinkholed(flow, i);
  const bool is_answered =
      batch_.drop[i] == DropReason::policy_answer || batch_.drop[i] == DropReason::web_reputation;
  if (!is_answered) return send_resets(flow, i);
  const auto told = flow.answers != 0 ? go_on_answering(policy, flow, i) : answer(policy, flow, i);
  if (told != Told::nothing && !config_.numbered) report_answer(flow, i, told);
}

/// The first answer, or what takes its place.
Worker::Told Worker::answer(const PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept {
  const auto& info = batch_.info[i];
  const bool asks = info.kind == PacketKind::flow && is_from_initiator(flow, info);
  if (asks && info.protocol == kUdp && info.payload_bytes != 0 && refuse_query(flow, i))
    return Told::dns;
  if (asks && info.protocol == kTcp) {
    // The handshake's last segment may be in the same burst as the request: that is answered.
    if (info.payload_bytes == 0 && (info.tcp_flags & (kTcpSyn | kTcpFin)) == 0)
      return Told::nothing;
    // Otherwise a response is under way, and an answer would end up in it. Who knows the server's
    // number is who it says: others would have pages sent to somebody else.
    const bool in_order =
        (info.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpAck && info.tcp_ack == flow.tcp[1].seq_end;
    const auto told = in_order && flow.tcp[1].seen ? answer_stream(policy, flow, i) : Told::nothing;
    if (told != Told::nothing) return told;
  }
  send_resets(flow, i);
  return Told::reset;
}

/// The initiator takes its answer for the responder's: what it still sends is acknowledged, its
/// request answered again if the answer was lost, its FIN brings both to an end.
Worker::Told Worker::go_on_answering(const PolicySnapshot& policy, Flow& flow,
                                     std::size_t i) noexcept {
  const auto& info = batch_.info[i];
  const bool asks = is_from_initiator(flow, info);
  if (!asks || flow.answers >= kMaxAnswers || info.kind != PacketKind::flow) {
    send_reset_to_sender(i);
    return Told::nothing;
  }
  const bool comes_again =
      info.payload_bytes != 0 && !is_after(segment_end(info), flow.tcp[0].acked);
  const bool has_missed_it = comes_again && info.tcp_ack != flow.tcp[1].seq_end;
  if (has_missed_it && answer_stream(policy, flow, i) != Told::nothing) return Told::nothing;
  if (info.payload_bytes == 0 && (info.tcp_flags & kTcpFin) == 0) return Told::nothing;
  if (may_reply())
    send_segment(flow, i, {.seq = flow.tcp[1].seq_end, .ack = segment_end(info), .flags = kTcpAck});
  return Told::nothing;
}

/// A page or an alert, whichever the payload asks for.
Worker::Told Worker::answer_stream(const PolicySnapshot& policy, Flow& flow,
                                   std::size_t i) noexcept {
  const auto payload = payload_of(i);
  if (payload.empty()) return Told::nothing;
  if (responder_port(flow) == kDnsPort) return answer_queries(flow, i);
  const auto head = read_request_head(payload);
  if (!notes_.empty() && url_of(flow).stream != 0) return answer_http2(policy, flow, i);
  const bool again = flow.answers != 0;  // then only what is answered with the same bytes
  if (again ? head.begins_here : is_request(flow, head)) {
    const auto page = write_page(policy, flow, head, preferred_language(head.accept_language));
    if (page.empty() || !send_answer(flow, i, bytes_of(page))) return Told::nothing;
    ++counters_.answers_http;
    return Told::http;
  }
  if (again ? !begins_client_hello(payload) : !is_hello(flow, payload)) return Told::nothing;
  if (!send_answer(flow, i, kTlsAlert)) return Told::nothing;
  ++counters_.answers_tls;
  return Told::tls;
}

/// The page on the stream that asked, where that may be read: of what is decrypted, or never was
/// encrypted.
Worker::Told Worker::answer_http2(const PolicySnapshot& policy, Flow& flow,
                                  std::size_t i) noexcept {
  const auto& url = url_of(flow);
  RequestHead head;
  if (url.text != nullptr) head.host = url.text->host();
  const auto page = write_page(policy, flow, head, url.language);
  std::array<std::uint8_t, BlockPages::kMaxBytes + kHttp2AnswerOverhead> frames;
  const auto size = write_http2_answer(page, url.stream, is_silent_yet(flow.tcp[1]), frames);
  if (size == 0 || !send_answer(flow, i, std::span(frames).first(size))) return Told::nothing;
  ++counters_.answers_http;
  return Told::http;
}

std::string_view Worker::write_page(const PolicySnapshot& policy, const Flow& flow,
                                    const RequestHead& head, Language language) noexcept {
  const auto id = events::block_id_text(block_id_of(flow));
  const auto* url = notes_.empty() ? nullptr : &url_of(flow);
  return policy.block_pages().write(
      {.language = language,
       .wants_no_body = head.wants_no_body,
       .host = head.host,
       .application = title_of(policy, flow.application, language),
       .function = title_of_function(flow.function, language),
       .category = url == nullptr
                       ? std::string_view{}
                       : category_of(policy, *url, own_categories_of_server(flow), language),
       .reputation = url == nullptr ? std::nullopt : reputation_of(*url),
       .rule = rule_name(policy, flow.rule, language),
       .id = {id.data(), id.size()}},
      page_room_);
}

/// The whole of an answer to the initiator, then its FIN; the responder is reset, as nobody will
/// speak to it any more. False: it may not be sent now, or not to such a packet.
bool Worker::send_answer(Flow& flow, std::size_t i, std::span<const std::uint8_t> bytes) noexcept {
  const auto& info = batch_.info[i];
  std::array<std::uint8_t, kMaxReplyBytes> trial;
  if (build_segment_to_sender(frame_bytes(i), info, {}, trial) == 0 || !may_reply()) return false;
  const auto port = static_cast<std::uint8_t>(batch_.frames[i]->port);
  empty_outbox(port);  // which has room for two frames a packet, not for so many
  ReplySegment segment{.seq = info.tcp_ack, .ack = segment_end(info), .flags = kTcpAck, .payload{}};
  while (!bytes.empty()) {
    segment.payload = bytes.first(std::min(bytes.size(), kAnswerSegmentBytes));
    bytes = bytes.subspan(segment.payload.size());
    if (bytes.empty()) segment.flags = kTcpAck | kTcpPsh | kTcpFin;
    send_segment(flow, i, segment);
    segment.seq += static_cast<std::uint32_t>(segment.payload.size());
  }
  empty_outbox(port);
  send_reset_to_receiver(i);
  return true;
}

/// One segment in the responder's name, which the flow follows as if it were the responder's.
void Worker::send_segment(Flow& flow, std::size_t i, const ReplySegment& segment) noexcept {
  std::array<std::uint8_t, kMaxReplyBytes> bytes;
  const auto& info = batch_.info[i];
  const auto length = build_segment_to_sender(frame_bytes(i), info, segment, bytes);
  if (length == 0) return;
  PacketInfo sent = info;
  sent.tcp_seq = segment.seq;
  sent.tcp_ack = segment.ack;
  sent.tcp_flags = segment.flags;
  sent.tcp_window = 0xffff;
  sent.payload_bytes = static_cast<std::uint16_t>(segment.payload.size());
  if (policy_ != nullptr && track_tcp(flow, sent, false, policy_->tcp_rules()).state_changed)
    follow_tcp_state(flow);
  if (flow.answers != 0xff) ++flow.answers;
  send_back(i, {bytes.data(), length});
}

/// 0: `query` is none that can be refused.
std::size_t Worker::write_refusal(const Flow& flow, std::span<const std::uint8_t> query,
                                  std::span<std::uint8_t> out) noexcept {
  std::array<char, 64> room;
  events::BoundedText explanation(room);
  const auto id = events::block_id_text(block_id_of(flow));
  explanation.append("blocked by policy, request ID ").append({id.data(), id.size()});
  return write_dns_refusal(query, explanation.view(), out);
}

/// A query of DNS is refused. False: it is none.
bool Worker::refuse_query(const Flow& flow, std::size_t i) noexcept {
  if (responder_port(flow) != kDnsPort) return false;
  std::array<std::uint8_t, kMaxDnsRefusalBytes> message;
  const auto size = write_refusal(flow, payload_of(i), message);
  std::array<std::uint8_t, kMaxReplyBytes> bytes;
  const auto length = size == 0 ? 0
                                : build_datagram_to_sender(frame_bytes(i), batch_.info[i],
                                                           {message.data(), size}, bytes);
  if (length == 0 || !may_reply()) return false;
  send_back(i, {bytes.data(), length});
  ++counters_.answers_dns;
  return true;
}

/// The one query that a segment is, in a stream (RFC 7766 §8).
Worker::Told Worker::answer_queries(Flow& flow, std::size_t i) noexcept {
  const auto segment = payload_of(i);
  if (segment.size() < kDnsLengthBytes ||
      static_cast<std::size_t>(segment[0] << 8 | segment[1]) + kDnsLengthBytes != segment.size())
    return Told::nothing;
  std::array<std::uint8_t, kDnsLengthBytes + kMaxDnsRefusalBytes> answer;
  const auto size = write_refusal(flow, segment.subspan(kDnsLengthBytes),
                                  std::span(answer).subspan(kDnsLengthBytes));
  if (size == 0) return Told::nothing;
  answer[0] = static_cast<std::uint8_t>(size >> 8);
  answer[1] = static_cast<std::uint8_t>(size);
  if (!send_answer(flow, i, std::span(answer).first(kDnsLengthBytes + size))) return Told::nothing;
  ++counters_.answers_dns;
  return Told::dns;
}

/// Tells the ends of a blocked connection: both, of a condemned one those that its rule names. An
/// end that never got an answer needs only the one.
void Worker::send_resets(const Flow& flow, std::size_t i) noexcept {
  const auto& info = batch_.info[i];
  const bool condemned = (flow.watch & kCondemned) != 0;
  const bool from_initiator = is_from_initiator(flow, info);
  const auto is_told = [&](bool initiator) {
    return !condemned || (flow.watch & (initiator ? kResetInitiator : kResetResponder)) != 0;
  };
  if (info.protocol == kUdp) {
    // A policy refuses what the initiator asks for; who answers has nothing to learn from it.
    if (is_told(from_initiator) && (condemned || from_initiator)) send_unreachable(i);
    return;
  }
  if (is_told(from_initiator)) send_reset_to_sender(i);
  if (flow.tcp_state != TcpState::syn_sent && is_told(!from_initiator)) send_reset_to_receiver(i);
}

void Worker::send_reset_to_sender(std::size_t i) noexcept {
  std::array<std::uint8_t, kMaxResetBytes> bytes;
  const auto length = build_reset_to_sender(frame_bytes(i), batch_.info[i], bytes);
  if (length == 0 || !may_reply()) return;
  counters_.resets_sent += send_back(i, {bytes.data(), length});
}

void Worker::send_reset_to_receiver(std::size_t i) noexcept {
  std::array<std::uint8_t, kMaxResetBytes> bytes;
  const auto length = build_reset_to_receiver(frame_bytes(i), batch_.info[i], bytes);
  if (length == 0 || !may_reply()) return;
  if (rte_mbuf* frame = make_frame({bytes.data(), length})) {
    LentIo::take_mark(*frame, *batch_.frames[i]);
    ++counters_.resets_sent;
    send(config_.ports[batch_.frames[i]->port].peer, frame);
  }
}

/// To the sender of a datagram, as far as the rate allows (RFC 4443 §2.4 f).
void Worker::send_unreachable(std::size_t i) noexcept {
  std::array<std::uint8_t, kMaxUnreachableBytes> bytes;
  const auto length = build_port_unreachable(frame_bytes(i), batch_.info[i], bytes);
  if (length == 0) return;
  if (!unreachables_.take(now_ns_)) {
    ++counters_.replies_limited;
    return;
  }
  if (!may_reply()) return;
  counters_.resets_sent += send_back(i, {bytes.data(), length});
}

/// The box's own packets are bounded: a flood of what is refused must not make another one.
bool Worker::may_reply() noexcept {
  const bool may = replies_.take(now_ns_);
  if (!may) ++counters_.replies_limited;
  return may;
}

/// By the port that packet `i` came from. False: there was no buffer.
bool Worker::send_back(std::size_t i, std::span<const std::uint8_t> bytes) noexcept {
  rte_mbuf* frame = make_frame(bytes);
  if (frame == nullptr) return false;
  LentIo::take_mark(*frame, *batch_.frames[i]);
  send(static_cast<std::uint8_t>(batch_.frames[i]->port), frame);
  return true;
}

rte_mbuf* Worker::make_frame(std::span<const std::uint8_t> bytes) noexcept {
  rte_mbuf* frame = rte_pktmbuf_alloc(pool_);
  if (frame == nullptr) {
    ++counters_.dropped[static_cast<std::size_t>(DropReason::no_buffer)];
    return nullptr;
  }
  const auto length = static_cast<std::uint16_t>(bytes.size());
  std::memcpy(rte_pktmbuf_append(frame, length), bytes.data(), length);
  return frame;
}

std::span<const std::uint8_t> Worker::payload_of(std::size_t i) const noexcept {
  const auto& info = batch_.info[i];
  const auto frame = frame_bytes(i);
  if (info.payload_offset + std::size_t{info.payload_bytes} > frame.size()) return {};
  return frame.subspan(info.payload_offset, info.payload_bytes);
}

/// Whatever the control thread does to the clock later, a flow keeps its id.
events::BlockId Worker::block_id_of(const Flow& flow) noexcept {
  if (id_epoch_ns_ == 0) id_epoch_ns_ = wall_clock(0);
  return events::make_block_id((flow.start_ns + id_epoch_ns_) / 1'000'000'000, config_.index,
                               flow.flow_id);
}

/// The drop of what was answered: what report_drop() tells, and what whoever asks about the id
/// needs to know.
void Worker::report_answer(Flow& flow, std::size_t i, Told told) noexcept {
  const bool is_told = flow.log || batch_.drop[i] == DropReason::web_reputation;
  if ((flow.drops_logged & kDropByPolicy) != 0 || !is_told) return;
  flow.drops_logged = static_cast<std::uint8_t>(flow.drops_logged | kDropByPolicy);
  events::BoundedText text(page_room_);  // the page has left
  events::BoundedJsonWriter json(text);
  const auto view = view_of(i);
  const bool to_client = !is_from_initiator(flow, batch_.info[i]);
  write_drop(view, to_client, name_of(batch_.drop[i]), json);
  const auto id = events::block_id_text(block_id_of(flow));
  constexpr std::array<std::string_view, 5> kNames{"", "reset", "http", "tls", "dns"};
  json.begin_object("block").member("id", std::string_view(id.data(), id.size()));
  json.member("answer", kNames[static_cast<std::size_t>(told)]);
  const auto* asked = notes_.empty() || url_of(flow).stream == 0 ? nullptr : url_of(flow).text;
  if (told == Told::http && asked != nullptr) {
    json.member("hostname", asked->host()).member("url", asked->view());
    if (asked->is_cut) json.member("url_truncated", true);
  } else if (told == Told::http) {
    constexpr std::size_t kMaxHost = 255, kMaxUrl = 768;
    const auto head = read_request_head(payload_of(i));
    if (!head.host.empty()) json.member("hostname", bytes_of(head.host.substr(0, kMaxHost)));
    if (!head.target.empty()) json.member("url", bytes_of(head.target.substr(0, kMaxUrl)));
    if (head.target.size() > kMaxUrl) json.member("url_truncated", true);
  } else if (told == Told::dns) {
    std::array<char, 256> name;
    const std::size_t begin = batch_.info[i].protocol == kTcp ? kDnsLengthBytes : 0;
    json.member("rrname", name_of_dns_query(payload_of(i).subspan(begin), name));
  }
  json.end_object();
  if (text.overflowed()) return;
  inspected_flow_ = &flow;
  record({.flow_id = flow.flow_id,
          .direction = to_client ? engines::Direction::to_client : engines::Direction::to_server,
          .time_ns = view.time_ns,
          .packet = &view},
         "drop", text.view());
  inspected_flow_ = nullptr;
}

}  // namespace sekisho::dataplane
