// What profiles say of DNS: names that are refused, searches whose names lead elsewhere, keys of
// Encrypted Client Hello.
#include <rte_mbuf.h>

#include <algorithm>

#include "config/base/byte_reader.h"
#include "config/events/text_event.h"
#include "dataplane/answers/rewrite.h"
#include "dataplane/worker/worker.h"
#include "engines/dns/encrypted.h"
#include "engines/dns/message.h"

namespace sekisho::dataplane {
namespace {

using engines::dns::EchHandling;

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kEncryptedDnsPort = 853;  // RFC 7858 §3.1, RFC 9250 §4.1.1
constexpr std::size_t kMaxMessage = 1472;  // that is written anew: what an Ethernet frame carries

bool is_dns(const Flow& flow) noexcept {
  const auto port = flow.initiator_is_a ? flow.key.port_b : flow.key.port_a;
  return port == kDnsPort && (flow.key.protocol == kUdp || flow.key.protocol == kTcp);
}

/// Takes ECH out of messages that stand whole in a segment, from its beginning (RFC 7766 §8).
unsigned conceal_in_segment(std::span<std::uint8_t> segment) noexcept {
  constexpr std::size_t kLengthBytes = 2;
  unsigned changed = 0;
  while (segment.size() >= kLengthBytes) {
    const auto bytes = static_cast<std::size_t>(segment[0] << 8 | segment[1]);
    segment = segment.subspan(kLengthBytes);
    if (bytes > segment.size()) break;
    changed += engines::dns::conceal_ech(segment.first(bytes));
    segment = segment.subspan(bytes);
  }
  return changed;
}

}  // namespace

/// Null: the flow's rule has no profile that does anything about DNS.
const engines::dns::Profile* Worker::dns_profile_of(const Flow& flow) const noexcept {
  if (policy_ == nullptr || !policy_->dns().acts()) return nullptr;
  return policy_->dns().profile_of(flow.inspected_as);
}

/// Whether the flow is looked into for queries in its stream: those in datagrams are read below.
bool Worker::turns_on_query(const Flow& flow) const noexcept {
  if (flow.key.protocol != kTcp || !is_dns(flow) || flow.verdict != engines::Verdict::pass)
    return false;
  const auto* profile = dns_profile_of(flow);
  return profile != nullptr && (profile->filters_names || profile->safe_search != 0);
}

/// Likewise for a hello, and for what was decrypted, for requests.
bool Worker::turns_on_hello(const Flow& flow) const noexcept {
  using enum engines::Protocol;
  const auto protocol = static_cast<engines::Protocol>(flow.app_protocol);
  if (policy_ == nullptr || (!policy_->dns().refuses_ech() && !policy_->dns().blocks_encrypted()))
    return false;
  if (flow.verdict != engines::Verdict::pass) return false;
  if (flow.key.protocol != kTcp && flow.key.protocol != kUdp) return false;
  const auto* profile = policy_->dns().profile_of(flow.inspected_as);
  if (profile == nullptr) return false;
  const bool has_hello = protocol == unknown || protocol == tls || protocol == quic;
  const bool has_requests =
      is_lent(flow) && (protocol == http1 || protocol == http2 || protocol == doh2);
  return profile->blocks_encrypted ? has_hello || has_requests
                                   : has_hello && profile->ech == EchHandling::block;
}

/// Datagrams of DNS are read and changed one by one, so that a client's one flow to its server may
/// ask for good and bad names; of streams only the answers, where they can be changed in place.
void Worker::guide_dns(PolicySnapshot& policy) noexcept {
  if (!policy.dns().acts()) return;
  for (std::size_t i = 0; i < batch_.count; ++i) {
    Flow* flow = batch_.keys[i] == nullptr ? nullptr : batch_.flows[i];
    const auto& info = batch_.info[i];
    if (batch_.frames[i] == nullptr) continue;  // it waits aside
    if (flow == nullptr || batch_.drop[i] != DropReason::none || info.payload_bytes == 0 ||
        info.kind != PacketKind::flow || flow->verdict != engines::Verdict::pass || !is_dns(*flow))
      continue;
    const auto* profile = policy.dns().profile_of(flow->inspected_as);
    if (profile == nullptr) continue;
    if (info.protocol == kUdp && batch_.to_server[i])
      guide_query(*flow, i, *profile);
    else if (!batch_.to_server[i])
      guide_response(*flow, i, *profile);
  }
}

void Worker::guide_query(Flow& flow, std::size_t i, const engines::dns::Profile& profile) noexcept {
  const auto query = payload_of(i);
  const auto question = engines::dns::read_question(query);
  if (!question || question->is_response) return;
  std::array<char, engines::dns::kMaxNameText> room;
  const auto name = engines::dns::text_of(question->name, room);
  if (profile.filters_names && refuse_name(flow, name)) {
    batch_.drop[i] = DropReason::policy_answer;
    return;
  }
  aliases_->forget(flow.flow_id, question->id);
  const bool is_address_query = question->type == engines::dns::kTypeA ||
                                question->type == engines::dns::kTypeAaaa ||
                                question->type == engines::dns::kTypeHttps;
  if (!is_address_query) return;
  const auto target = engines::dns::safe_search_target(name, profile.safe_search);
  if (target.empty() || !is_rewritable(batch_.info[i])) return;
  std::array<std::uint8_t, kMaxMessage> message;
  const auto size = engines::dns::write_renamed_query(query, target, message);
  if (size == 0 || !aliases_->put(flow.flow_id, question->id, question->name, target)) return;
  if (rewrite_payload(i, std::span(message).first(size))) ++counters_.dns_renamed;
}

void Worker::guide_response(const Flow& flow, std::size_t i,
                            const engines::dns::Profile& profile) noexcept {
  const auto& info = batch_.info[i];
  if (info.protocol == kUdp && profile.safe_search != 0) {
    ByteReader reader(payload_of(i));
    std::uint16_t id = 0;
    const auto alias = reader.be16(id) ? aliases_->find(flow.flow_id, id) : std::nullopt;
    if (alias) {
      std::array<std::uint8_t, kMaxMessage> message;
      const auto size =
          engines::dns::write_alias_response(payload_of(i), alias->name, alias->target, message);
      if (size != 0) static_cast<void>(rewrite_payload(i, std::span(message).first(size)));
      if (size != 0) return;
    }
  }
  if (profile.ech == EchHandling::allow || !is_rewritable(info)) return;
  const auto frame = frame_room(i, false);
  if (info.payload_offset + std::size_t{info.payload_bytes} > frame.size()) return;
  const auto payload = frame.subspan(info.payload_offset, info.payload_bytes);
  const auto changed =
      info.protocol == kUdp ? engines::dns::conceal_ech(payload) : conceal_in_segment(payload);
  if (changed == 0) return;
  mend_checksum(frame, info);
  counters_.dns_ech_concealed += changed;
}

/// The bytes of a frame of the burst, and the room behind them.
std::span<std::uint8_t> Worker::frame_room(std::size_t i, bool with_tail) noexcept {
  rte_mbuf* frame = batch_.frames[i];
  const std::size_t tail = with_tail ? rte_pktmbuf_tailroom(frame) : 0;
  return {rte_pktmbuf_mtod(frame, std::uint8_t*), frame->data_len + tail};
}

/// False: the packet stays as it is.
bool Worker::rewrite_payload(std::size_t i, std::span<const std::uint8_t> payload) noexcept {
  rte_mbuf* frame = batch_.frames[i];
  if (frame->nb_segs != 1) return false;
  const auto length = replace_datagram(frame_room(i, true), batch_.info[i], payload);
  if (length == 0) return false;
  frame->data_len = static_cast<std::uint16_t>(length);
  frame->pkt_len = static_cast<std::uint32_t>(length);
  batch_.info[i].payload_bytes = static_cast<std::uint16_t>(payload.size());
  return true;
}

/// Whether a query for `name` is refused; then it is counted and told.
bool Worker::refuse_name(const Flow& flow, std::string_view name) noexcept {
  const auto refused = policy_->refuses_name(name, facts_of(flow), *name_scratch_, conditions());
  if (!refused) return false;
  ++counters_.dns_refused;
  auto& hits = policy_->worker(config_.index).hits[refused->judgement.rule];
  ++hits.packets;
  ++hits.flows;
  if (refused->judgement.log)
    report_cause(flow, refused->judgement.rule, events::PolicyCause::dns_query, refused->url,
                 refused->facts);
  return true;
}

/// A message was read out of the packet that is being inspected. Those of UDP that a profile's
/// names concern are guided later (guide_dns), when nothing else was against them.
void Worker::dns_seen(const engines::SeenDns& seen) noexcept {
  if (url_flow_ == nullptr || seen.opcode != 0) return;
  if (callbacks_) look_at_dns(*url_flow_, seen);
  if (!seen.is_response) guide_stream_query(*url_flow_, seen);
}

/// A query in a stream. One that is refused ends it: what else it may have asked is asked again, in
/// another. So does one for a search whose name leads elsewhere, as nothing can be put into a
/// stream.
void Worker::guide_stream_query(Flow& flow, const engines::SeenDns& seen) noexcept {
  if (!turns_on_query(flow)) return;
  const auto& profile = *dns_profile_of(flow);
  const bool leads_elsewhere =
      !engines::dns::safe_search_target(seen.name, profile.safe_search).empty();
  if (leads_elsewhere || (profile.filters_names && refuse_name(flow, seen.name))) condemn(flow);
}

/// A hello that hides whom it asks for, behind an outer name that is known for that.
void Worker::refuse_encrypted_hello(Flow& flow, const engines::SeenUrl& seen) noexcept {
  const auto* profile = dns_profile_of(flow);
  if (profile == nullptr || seen.url == nullptr || !profile->refuses_ech(seen.url->host)) return;
  ++counters_.ech_refused;
  if (flow.log) report_cause(flow, flow.rule, events::PolicyCause::ech, *seen.url, {});
  condemn(flow);
}

/// A connection to a resolver that nobody could look into, or a request that carries a query.
void Worker::refuse_encrypted_dns(Flow& flow, const engines::SeenUrl& seen) noexcept {
  if (flow.verdict != engines::Verdict::pass) return;
  const auto* profile = dns_profile_of(flow);
  if (profile == nullptr || !profile->blocks_encrypted) return;
  const auto& server = flow.initiator_is_a ? flow.key.b : flow.key.a;
  const auto port = flow.initiator_is_a ? flow.key.port_b : flow.key.port_a;
  const bool is_encrypted = seen.url != nullptr && seen.url->scheme == "https";
  const bool is_resolver = port == kEncryptedDnsPort ||
                           engines::dns::is_public_resolver(seen.application) ||
                           engines::dns::is_public_resolver(server);
  if (!seen.asks_dns && !(is_encrypted && is_resolver)) return;
  ++counters_.dns_encrypted;
  if (flow.log)
    report_cause(flow, flow.rule, events::PolicyCause::dns_query,
                 seen.url == nullptr ? rules::CanonicalUrl{} : *seen.url, {});
  condemn(flow);
}

/// Nothing of it passes any more, whatever a later policy says; both ends hear of it.
void Worker::condemn(Flow& flow) noexcept {
  flow.watch |= kCondemned | kResetInitiator | kResetResponder;
  flow.verdict = engines::Verdict::answer;
  flow.state = events::FlowState::blocked;
}

void Worker::report_cause(const Flow& flow, events::RuleNumber rule, events::PolicyCause cause,
                          const rules::CanonicalUrl& url, const engines::UrlFacts& facts) noexcept {
  events::EventRecord head{};
  fill_head(head, flow);
  head.rule = rule;
  events::PolicyFields fields{};
  fields.action = static_cast<std::uint8_t>(policy::Action::block);
  fields.application = flow.application;
  fields.carrier = flow.carrier;
  fields.block_id = block_id_of(flow);
  fields.host_at = static_cast<std::uint16_t>(url.host.data() - url.text.data());
  fields.host_bytes = static_cast<std::uint16_t>(url.host.size());
  fields.categories = facts.categories;
  fields.num_categories = facts.num_categories;
  fields.own_categories = facts.own_categories.words;
  fields.list = static_cast<std::uint8_t>(facts.list);
  fields.cause = cause;
  put_policy(events_, head, fields, url.text);
}

}  // namespace sekisho::dataplane
