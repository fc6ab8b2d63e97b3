// Connections that may have to be opened: followed from their SYN, held with their ClientHello
// until policy has decided, and given to the decrypting process or let go.
#include <rte_mbuf.h>

#include <array>
#include <cstring>
#include <utility>

#include "config/base/text_bytes.h"
#include "config/events/json_writer.h"
#include "config/events/text_event.h"
#include "dataplane/worker/worker.h"
#include "engines/origin/validation.h"

namespace sekisho::dataplane {
namespace {

using decrypt::DiversionNews;
using decrypt::Diverter;
using decrypt::TlsFailure;
using engines::Verdict;

constexpr std::uint8_t kTcp = 6;
constexpr unsigned kMessagesATurn = 256;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint32_t kMinute = 60;  // seconds

std::uint16_t server_port(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.port_b : flow.key.port_a;
}
const IpAddress& client_of(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.a : flow.key.b;
}
const IpAddress& server_of(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.b : flow.key.a;
}

bool is_opener(const PacketInfo& info) noexcept {
  return info.protocol == kTcp && info.kind == PacketKind::flow &&
         (info.tcp_flags & (kTcpSyn | kTcpAck | kTcpRst | kTcpFin)) == kTcpSyn;
}

Undecrypted reason_of(DiversionNews::Why why) noexcept {
  using Why = DiversionNews::Why;
  switch (why) {
    case Why::none:
      break;
    case Why::not_tls:
      return Undecrypted::not_tls;
    case Why::too_long:
      return Undecrypted::hello_too_long;
    case Why::impossible:
      return Undecrypted::handshake;
    case Why::no_room:
      return Undecrypted::no_room;
    case Why::refused:
      return Undecrypted::refused;
    case Why::absent:
      return Undecrypted::not_running;
  }
  return Undecrypted::none;
}

/// Whether another attempt of the pair would end like this one.
bool will_fail_again(TlsFailure failure) noexcept {
  return failure == TlsFailure::client_refused || failure == TlsFailure::wants_certificate ||
         failure == TlsFailure::origin_refused || failure == TlsFailure::not_tls ||
         failure == TlsFailure::unsupported;
}

/// Another process says so: what is no number of theirs has no name.
void write_judgement(const decrypt::OpenedSession& session,
                     events::BoundedJsonWriter& json) noexcept {
  using engines::origin::Fault;
  using engines::origin::Revocation;
  if (session.fault != 0 && session.fault <= static_cast<std::uint8_t>(Fault::other))
    json.member("origin_fault", name_of(static_cast<Fault>(session.fault)));
  if (session.revocation <= static_cast<std::uint8_t>(Revocation::revoked))
    json.member("revocation", name_of(static_cast<Revocation>(session.revocation)));
}

std::string_view version_name(std::uint16_t version) noexcept {
  return version == 0x0304 ? "TLS 1.3" : version == 0x0303 ? "TLS 1.2" : "";
}

}  // namespace

std::string_view name_of(Undecrypted why) noexcept {
  constexpr std::array<std::string_view, static_cast<std::size_t>(Undecrypted::not_running) + 1>
      kNames{"",
             "not_covered",
             "allow_list",
             "exempt_host",
             "exempt_category",
             "exempt_application",
             "encrypted_client_hello",
             "smart_bypass",
             "not_tls",
             "hello_too_long",
             "handshake",
             "no_room",
             "refused",
             "not_running"};
  return kNames[static_cast<std::size_t>(why)];
}

void Worker::follow_connections(std::unique_ptr<Diversion> diversion) noexcept {
  if (notes_.empty()) return;
  diversion_ = std::move(diversion);
  if (config_.lent == nullptr) return;
  config_.lent->furnish(std::move(diversion_->room));
  config_.lent->tell(this);
}

void Worker::attach_decryption(decrypt::RingWriter to_decrypt, decrypt::RingReader from_decrypt,
                               int bell) noexcept {
  diversion_->diverter.attach(to_decrypt, from_decrypt, bell);
}

void Worker::lose_decryption() noexcept {
  diversion_->diverter.lost(*this, now_ms());
  send_all();
}

std::uint32_t Worker::now_ms() const noexcept {
  return static_cast<std::uint32_t>(now_ns_ / kMillisecond);
}

/// Before the burst. False: there was nothing.
bool Worker::poll_diversion() noexcept {
  if (!diversion_->verdicts.empty()) [[unlikely]]
    tell_verdicts();
  const bool any = diversion_->diverter.poll(*this, now_ms(), kMessagesATurn) != 0;
  send_all();
  return any;
}

const engines::decryption::Profile* Worker::decryption_profile_of(const Flow& flow) const noexcept {
  const auto* profile = policy_ == nullptr ? nullptr : policy_->decryption_of(flow.inspected_as);
  return profile != nullptr && profile->has_port(server_port(flow)) ? profile : nullptr;
}

/// Whether some profile that may yet hold for the flow opens it. The box's own connections are its
/// link to whoever set this policy.
bool Worker::may_be_opened(const Flow& flow) const noexcept {
  if (diversion_ == nullptr || policy_ == nullptr || flow.key.protocol != kTcp ||
      flow.key.tunnel != 0 || is_lent(flow) || flow.verdict != Verdict::pass ||
      !policy_->may_decrypt(server_port(flow)))
    return false;
  if (!flow.tentative && decryption_profile_of(flow) == nullptr) return false;
  return !shared_.quarantine.is_never(client_of(flow));
}

/// Whether it is looked into for its hello: at its SYN, and while it is followed.
bool Worker::awaits_opening(const Flow& flow) const noexcept {
  if (flow.is_followed) return !diversion_->diverter.is_taken(diversion_of(flow).number);
  return flow.tcp_state == TcpState::syn_sent && may_be_opened(flow);
}

void Worker::note_hello(const Flow& flow, const engines::SeenUrl& seen) noexcept {
  const auto* profile = flow.is_followed ? decryption_profile_of(flow) : nullptr;
  if (profile == nullptr || seen.url == nullptr) return;
  diversion_of(flow).has_hidden_name =
      seen.encrypted_hello && profile->is_outer_name(seen.url->host);
}

decrypt::DivertedFrame Worker::diverted_frame(std::size_t i) const noexcept {
  const auto& info = batch_.info[i];
  const auto bytes = frame_bytes(i);
  const auto end = info.kind == PacketKind::flow
                       ? std::size_t{info.payload_offset} + info.payload_bytes
                       : bytes.size();
  const auto checked = batch_.frames[i]->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
  return {.handle = batch_.frames[i],
          .bytes = bytes,
          .ip_offset = info.ip_offset,
          .ip_bytes = static_cast<std::uint16_t>(end - info.ip_offset),
          .port = static_cast<std::uint8_t>(batch_.frames[i]->port),
          .from = batch_.to_server[i] ? decrypt::Side::client : decrypt::Side::server,
          .checksum_is_good = checked == RTE_MBUF_F_RX_L4_CKSUM_GOOD};
}

/// Packet `i` of a flow that is followed, before anything else looks at it. False: it goes the way
/// of all packets. What is open has numbers of its own towards either end, so no tracking of ours
/// fits it.
bool Worker::take_diverted(PolicySnapshot& policy, Flow& flow, std::size_t i) noexcept {
  auto& diverter = diversion_->diverter;
  const auto number = diversion_of(flow).number;
  if (!diverter.is_taken(number)) return false;
  const auto& info = batch_.info[i];
  if (is_opener(info) && flow.tcp_state == TcpState::closed) {  // another connection of these ends
    end_diversion(flow);
    return false;
  }
  if (flow.judged_generation != generation_) judge_again(policy, flow);
  if (flow.verdict != Verdict::pass) cut_diverted(flow);
  batch_.flows[i] = &flow;
  if (info.kind != PacketKind::icmp_error) count_into(flow, i, true);
  auto& hit = policy.worker(config_.index).hits[flow.rule];
  ++hit.packets;
  hit.bytes += frame_bytes(i).size();
  for (const auto& tap : taps_)
    if (tap.load(std::memory_order_relaxed) != nullptr) {
      offer_to_taps(i);
      break;
    }
  (void)diverter.take(number, diverted_frame(i), *this, now_ms());
  consume(i);
  return true;
}

/// Packet `i` is out of the burst and freed.
void Worker::consume(std::size_t i) noexcept {
  io_.discard({&batch_.frames[i], 1});
  batch_.frames[i] = nullptr;
  batch_.keys[i] = nullptr;
  batch_.flows[i] = nullptr;
}

/// Policy turned against an open connection.
void Worker::cut_diverted(Flow& flow) noexcept {
  diversion_->diverter.cut(diversion_of(flow).number, *this);
  flow.state = events::FlowState::blocked;
}

/// Packet `i` that passes: false when it is to be sent. Otherwise it is held, or nobody's.
bool Worker::divert(Flow& flow, std::size_t i) noexcept {
  if (!flow.is_followed) {
    if (is_opener(batch_.info[i]) && batch_.to_server[i] && may_be_opened(flow))
      return begin_diversion(flow, i);
    return false;
  }
  auto& diverter = diversion_->diverter;
  const auto number = diversion_of(flow).number;
  diverter.agree(number, terms_of(flow));
  const auto fate = diverter.take(number, diverted_frame(i), *this, now_ms());
  if (fate == Diverter::Fate::consumed) consume(i);
  if (fate == Diverter::Fate::held) batch_.frames[i] = nullptr;
  if (diverter.awaits_decision(number)) decide_opening(flow);
  if (diverter.is_over(number)) end_diversion(flow);
  return fate != Diverter::Fate::pass;
}

/// False: the SYN goes on.
bool Worker::begin_diversion(Flow& flow, std::size_t i) noexcept {
  const auto number = diversion_->diverter.watch(diverted_frame(i), now_ms());
  if (number != Diverter::kNone) {
    diversion_->flows[number] = flows_.index_of(flow);
    diversion_of(flow) = {.number = number};
    flow.is_followed = true;
    return false;
  }
  const auto* profile = decryption_profile_of(flow);
  if (profile == nullptr) return false;
  tell_decryption(flow, profile->blocks_failure ? "block" : "bypass", Undecrypted::no_room);
  if (!profile->blocks_failure) return false;
  ++counters_.decryption_blocked;
  condemn(flow);
  consume(i);
  return true;
}

decrypt::DiversionTerms Worker::terms_of(const Flow& flow) const noexcept {
  const auto* profile = decryption_profile_of(flow);
  if (profile == nullptr) return {};
  constexpr std::array kTreatments{decrypt::UntrustedOrigin::refuse, decrypt::UntrustedOrigin::show,
                                   decrypt::UntrustedOrigin::trust};
  const auto untrusted = kTreatments[static_cast<std::size_t>(profile->untrusted_origin)];
  return {.block_on_failure = profile->blocks_failure,
          .block_not_tls = profile->blocks_not_tls,
          .wish = {.lend_plaintext = config_.lent != nullptr, .untrusted_origin = untrusted}};
}

/// Its hello is whole and was judged.
void Worker::decide_opening(Flow& flow) noexcept {
  auto& diverter = diversion_->diverter;
  const auto number = diversion_of(flow).number;
  const auto why = exemption_of(flow);
  if (why == Undecrypted::none) return diverter.decide(number, true, *this, now_ms());
  if (why != Undecrypted::not_covered) {
    const auto& profile = *decryption_profile_of(flow);
    const bool is_refused =
        (why == Undecrypted::encrypted_hello && profile.blocks_encrypted_hello) ||
        (why == Undecrypted::no_room && profile.blocks_failure);
    ++(is_refused ? counters_.decryption_blocked : counters_.decryption_exempt);
    tell_decryption(flow, is_refused ? "block" : "bypass", why);
    if (is_refused) {
      condemn(flow);
      return diverter.cut(number, *this);
    }
  }
  diverter.decide(number, false, *this, now_ms());
}

/// In the order of engines/decryption's README.
Undecrypted Worker::exemption_of(const Flow& flow) noexcept {
  const auto* profile = decryption_profile_of(flow);
  if (profile == nullptr) return Undecrypted::not_covered;
  const auto& url = url_of(flow);
  // What nobody could look into, for want of memory, might be exempt.
  if (url.facts.known != engines::Knowledge::known) return Undecrypted::no_room;
  const auto host = url.text == nullptr ? std::string_view{} : url.text->host();
  const bool is_allowed =
      url.facts.list == engines::ListOutcome::allowed ||
      policy_->lists().find(server_of(flow)).list == engines::ListOutcome::allowed;
  if (is_allowed) return Undecrypted::allow_list;
  if (profile->exempts_host(host)) return Undecrypted::exempt_host;
  auto facts = url.facts;
  facts.own_categories |= own_categories_of_server(flow);
  if (profile->exempts_category(facts)) return Undecrypted::exempt_category;
  if (profile->exempts_application(flow.application, flow.carrier))
    return Undecrypted::exempt_application;
  if (diversion_of(flow).has_hidden_name) return Undecrypted::encrypted_hello;
  if (profile->smart_bypass_minutes != 0 &&
      shared_.smart_bypasses.has(client_of(flow), host, now_seconds()))
    return Undecrypted::smart_bypass;
  return Undecrypted::none;
}

/// The flow is no more, or goes its way alone.
void Worker::end_diversion(Flow& flow) noexcept {
  if (!flow.is_followed) return;
  flow.is_followed = false;
  const auto number = std::exchange(diversion_of(flow).number, Diverter::kNone);
  diversion_->flows[number] = kNoFlow;
  end_lending(number);
  diversion_->diverter.end(number, *this);
}

void Worker::forward(void* handle) noexcept {
  auto* const frame = static_cast<rte_mbuf*>(handle);
  send(config_.ports[frame->port].peer, frame);
}

void Worker::discard(void* handle) noexcept {
  auto* frame = static_cast<rte_mbuf*>(handle);
  io_.discard({&frame, 1});
}

void Worker::emit(std::uint8_t port, std::span<const std::uint8_t> link_header,
                  std::span<const std::uint8_t> packet) noexcept {
  rte_mbuf* const frame = make_frame(link_header);
  if (frame == nullptr) return;
  if (rte_pktmbuf_tailroom(frame) < packet.size()) {
    ++counters_.dropped[static_cast<std::size_t>(DropReason::no_buffer)];
    return discard(frame);
  }
  const auto bytes = static_cast<std::uint16_t>(packet.size());
  std::memcpy(rte_pktmbuf_append(frame, bytes), packet.data(), bytes);
  send(port, frame);
}

void Worker::tell(std::uint32_t number, const DiversionNews& news) noexcept {
  Flow& flow = flows_.at(diversion_->flows[number]);
  switch (news.kind) {
    case DiversionNews::Kind::passed:
      return tell_decryption(flow, "bypass", reason_of(news.why));
    case DiversionNews::Kind::blocked:
      ++counters_.decryption_blocked;
      tell_decryption(flow, "block", reason_of(news.why));
      flow.state = events::FlowState::blocked;
      end_lending(number);
      return close_diverted(flow);
    case DiversionNews::Kind::taken_over:
      stop_inspecting(flow);  // the hello was all of it that can be read here
      return tell_decryption(flow, "decrypt", Undecrypted::none);
    case DiversionNews::Kind::opened:
      return tell_decryption(flow, "opened", Undecrypted::none, &news);
    case DiversionNews::Kind::failed:
      return note_failure(flow, news);
    case DiversionNews::Kind::closed:
      note_state(flow, events::FlowState::closed);
      end_lending(number);
      return close_diverted(flow);
  }
}

/// Packets of it may still come, and another connection of the same ends.
void Worker::close_diverted(Flow& flow) noexcept {
  flow.tcp_state = TcpState::closed;
  follow_tcp_state(flow);
}

void Worker::note_failure(Flow& flow, const DiversionNews& news) noexcept {
  ++counters_.decryption_failed;
  const auto* profile = decryption_profile_of(flow);
  const auto* url = url_of(flow).text;
  if (profile != nullptr && profile->smart_bypass_minutes != 0 && url != nullptr &&
      will_fail_again(news.failure))
    counters_.smart_bypasses +=
        shared_.smart_bypasses.put(client_of(flow), url->host(), news.failure, now_seconds(),
                                   profile->smart_bypass_minutes * kMinute)
            ? 1
            : 0;
  tell_decryption(flow, "failed", Undecrypted::none, &news);
}

/// `news` null: there is no more to say than that.
void Worker::tell_decryption(Flow& flow, std::string_view action, Undecrypted why,
                             const DiversionNews* news) noexcept {
  if (!decryptions_told_.take(now_ns_)) {
    ++counters_.decryptions_untold;
    return;
  }
  std::array<char, 1024> storage;
  events::BoundedText text(storage);
  events::BoundedJsonWriter json(text);
  json.begin_object("decryption").member("action", action);
  if (why != Undecrypted::none) json.member("reason", name_of(why));
  if (const auto* url = url_of(flow).text; url != nullptr) json.member("hostname", url->host());
  if (news != nullptr && news->kind == DiversionNews::Kind::failed)
    json.member("failure", decrypt::name_of(news->failure));
  if (news != nullptr && news->kind == DiversionNews::Kind::opened) {
    const auto& session = news->session;
    json.member("version", version_name(session.client_version));
    json.member("origin_version", version_name(session.origin_version));
    const std::string_view alpn(session.alpn.data(), session.alpn_bytes);
    if (!alpn.empty()) json.member("alpn", bytes_of(alpn));
    json.member("origin_trusted", session.fault == 0);
    write_judgement(session, json);
  }
  json.end_object();
  if (text.overflowed()) {
    ++counters_.records_lost;
    return;
  }
  auto* const at_work = std::exchange(inspected_flow_, &flow);
  record({.flow_id = flow.flow_id, .time_ns = wall_clock(now_ns_)}, "decryption", text.view());
  inspected_flow_ = at_work;
}

}  // namespace sekisho::dataplane
