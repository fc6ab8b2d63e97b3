// How the URLs that flows ask for reach their judgement.
#include <algorithm>

#include "address_text.h"
#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {
namespace {

using engines::Knowledge;

constexpr std::uint8_t kTcp = 6, kUdp = 17;

/// Protocols whose conversations ask for URLs.
bool asks_for_urls(engines::Protocol protocol) noexcept {
  using enum engines::Protocol;
  return protocol == http1 || protocol == http2 || protocol == tls || protocol == quic;
}

std::uint16_t place_in(std::string_view whole, std::string_view part) noexcept {
  return static_cast<std::uint16_t>(part.data() - whole.data());
}

const IpAddress& asked_server(const Flow& flow) noexcept {
  return flow.initiator_is_a ? flow.key.b : flow.key.a;
}

/// Whether the URL's host is this address.
bool is_address_of(const rules::CanonicalUrl& url, const IpAddress& server) noexcept {
  if (url.kind == rules::HostKind::name) return false;
  auto text = url.host;
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  return is_text_of(text, server);
}

/// No list and no category has it.
bool is_unheard_of(const engines::UrlFacts& facts) noexcept {
  return facts.list == engines::ListOutcome::none && facts.num_categories == 0 &&
         !facts.own_categories.any();
}

}  // namespace

void UrlText::take(const rules::CanonicalUrl& url) noexcept {
  const auto kept = url.text.substr(0, kMaxBytes);
  std::copy(kept.begin(), kept.end(), text.begin());
  bytes = static_cast<std::uint16_t>(kept.size());
  is_cut = kept.size() < url.text.size();
  kind = url.kind;
  host_at = place_in(url.text, url.host);
  host_bytes = static_cast<std::uint16_t>(url.host.size());
  path_at = place_in(url.text, url.path);
  path_bytes = static_cast<std::uint16_t>(std::min(url.path.size(), kept.size() - path_at));
  has_query = url.has_query && std::size_t{path_at} + path_bytes < kept.size();
}

rules::CanonicalUrl UrlText::url() const noexcept {
  rules::CanonicalUrl url;
  url.text = view();
  url.scheme = url.text.substr(0, url.text.find(':'));
  url.host = host();
  url.path = url.text.substr(path_at, path_bytes);
  url.has_query = has_query;
  if (has_query) url.query = url.text.substr(std::size_t{path_at} + path_bytes + 1);
  url.kind = kind;
  return url;
}

/// Which application is used, and what for.
void Worker::note_request(Flow& flow, const engines::SeenUrl& seen) noexcept {
  if (seen.application != 0 && seen.application != flow.application) {
    const auto* const conversation = conversations_[flows_.index_of(flow)];
    if (conversation != nullptr)
      flow.app_protocol = static_cast<std::uint8_t>(engines::Inspector::protocol_of(*conversation));
    name_application(flow, seen.application);
  }
  flow.function = flow.told_by_ends ? engines::FunctionId{0} : seen.function;
}

/// Whom the client asked DNS for to reach the server that a URL names by its address only, or by a
/// name that stands for others (ECH). False: it did not, or that is forgotten.
bool Worker::url_by_dns(const Flow& flow, const engines::SeenUrl& seen,
                        rules::CanonicalUrl& out) noexcept {
  const auto& url = *seen.url;
  const auto* profile = evasion_profile_of(flow);
  const bool is_outer =
      seen.encrypted_hello && profile != nullptr && profile->is_outer_name(url.host);
  if (!is_outer && !is_address_of(url, asked_server(flow))) return false;
  ResolvedNames::Text text;
  const auto name =
      shared_.resolved_names.find(flow.initiator_mac, asked_server(flow), now_seconds(), text);
  if (name.empty()) return false;
  const auto target = url.text.substr(static_cast<std::size_t>(url.path.data() - url.text.data()));
  return rules::canonicalise_request(url.scheme, name, target, *name_scratch_, out) ==
         rules::UrlFault::none;
}

/// A URL was read out of the packet that is being inspected. A verdict against it holds for this
/// very packet: enforce() comes later. What the packet asks for besides changes nothing then.
void Worker::url_seen(const engines::SeenUrl& seen) noexcept {
  if (url_flow_ == nullptr || policy_ == nullptr) return;
  Flow& flow = *url_flow_;
  auto& url = url_of(flow);
  url.stream = seen.stream;
  if (seen.stream != 0) url.language = preferred_language(seen.accept_language);
  if (flow.verdict != engines::Verdict::pass) return;
  if (seen.encrypted_hello) refuse_encrypted_hello(flow, seen);
  note_hello(flow, seen);
  if (!policy_->looks_at_urls() || flow.verdict != engines::Verdict::pass) return;
  note_request(flow, seen);
  url.facts = policy_->facts_of(seen.url);
  const auto facts_as_said = url.facts;
  const auto* asked = seen.url;
  rules::CanonicalUrl by_dns;
  if (asked != nullptr && is_unheard_of(url.facts) && url_by_dns(flow, seen, by_dns)) {
    asked = &by_dns;
    url.facts = policy_->facts_of(asked);
    name_by_dns(flow, by_dns.host);
  }
  url.policy_load = policy_load_;
  url.is_last = seen.is_last;
  url.reputation = {.waiting = url.reputation.waiting};
  if (asked == nullptr) {
    forget_url(flow);
  } else {
    if (url.text == nullptr) url.text = engines::make_pooled<UrlText>(inspector_->pool()).release();
    if (url.text != nullptr) url.text->take(*asked);
  }
  judge_again(*policy_, flow);
  // The allow list wins, be it for the server alone.
  const bool is_allowed =
      policy_->lists().find(asked_server(flow)).list == engines::ListOutcome::allowed;
  if (!is_allowed && url.facts.list != engines::ListOutcome::allowed)
    refuse_encrypted_dns(flow, seen);
  if (asked == nullptr || is_allowed) return;
  // What was said counts, too: an indicator may be of the address.
  if (asked != seen.url) look_further(flow, *seen.url, facts_as_said);
  look_further(flow, *asked, url.facts);
}

/// What is published about the URL: as a place of command and control, and as bad.
void Worker::look_further(Flow& flow, const rules::CanonicalUrl& url,
                          const engines::UrlFacts& facts) noexcept {
  if (flow.verdict != engines::Verdict::pass) return;
  look_at_url(flow, url, facts);
  if (flow.verdict == engines::Verdict::pass && policy_->wants_reputations())
    ask_reputation(flow, url);
}

/// A new policy has lists and perhaps a database of its own. A flow that is not looked into will
/// never tell its URL.
void Worker::refresh_url(const Flow& flow, FlowUrl& url) noexcept {
  if (url.text != nullptr && url.policy_load != policy_load_) {
    const auto known = url.text->url();
    url.facts = policy_->facts_of(&known);
    url.policy_load = policy_load_;
  } else if (url.policy_load != policy_load_) {
    url.facts.own_categories = {};  // another policy's numbers, and nothing to look up again
  }
  const bool is_blind = flow.judged_generation != 0 && (flow.watch & kWatchContent) == 0;
  if (is_blind && url.facts.known == Knowledge::not_yet) url.facts.known = Knowledge::never;
}

void Worker::note_judgement(const PolicySnapshot& policy, const Flow& flow,
                            const engines::Facts& facts,
                            const engines::Judgement& judgement) noexcept {
  const bool carries = flow.key.protocol == kTcp || flow.key.protocol == kUdp;
  const bool may_call =
      policy.looks_for_callback_names() && policy.callback_profile_of(flow.inspected_as) != nullptr;
  const bool is_unlisted = facts.address_list == engines::ListOutcome::none;
  const bool may_be_bad = policy.lists().blocks_urls() || may_call ||
                          policy.reputation_of(judgement.inspected_as) != nullptr;
  url_of(flow).decides =
      policy.looks_at_urls() && carries && (judgement.by_url || (is_unlisted && may_be_bad));
}

/// Whether the flow must be looked into for a URL that could change its verdict.
bool Worker::turns_on_url(const Flow& flow) noexcept {
  if (notes_.empty() || flow.verdict != engines::Verdict::pass) return false;
  const auto& url = url_of(flow);
  return url.decides && !url.is_last;
}

/// Whether the flow is looked into, be it under a profile of the IPS or not.
bool Worker::is_listened_to(const Flow& flow) noexcept {
  return turns_on_url(flow) || turns_on_query(flow) || turns_on_hello(flow) ||
         turns_on_names(flow) || listens_to_dns(flow) || awaits_certificate(flow) ||
         turns_on_files(flow) || awaits_opening(flow);
}

/// What a packet without a URL says: a protocol that has none, or an answer before any request that
/// was seen. A flow that is looked into for nothing else is let alone as soon as no URL can change
/// its verdict.
void Worker::conclude_url(Flow& flow, std::size_t i,
                          const engines::ContentOutcome& outcome) noexcept {
  if (policy_ == nullptr || i >= kBurst) return;
  auto& url = url_of(flow);
  const bool is_recognised = outcome.protocol != engines::Protocol::unknown;
  const bool asks = asks_for_urls(outcome.protocol);
  const bool is_answer = !batch_.to_server[i] && batch_.info[i].payload_bytes != 0;
  // A server begins HTTP/2 before it was asked for anything.
  const bool is_first_word = outcome.protocol == engines::Protocol::http2;
  const bool is_late =
      outcome.settled || (is_recognised && (!asks || (is_answer && !is_first_word)));
  if (policy_->looks_at_urls() && url.facts.known == Knowledge::not_yet && is_late) {
    url.facts.known = Knowledge::never;
    url.is_last = outcome.settled;
    judge_again(*policy_, flow);
  }
  const bool can_turn = (turns_on_url(flow) && (asks || !is_recognised)) || turns_on_query(flow) ||
                        turns_on_hello(flow) || turns_on_names(flow) || listens_to_dns(flow) ||
                        awaits_certificate(flow) || turns_on_files(flow) || awaits_opening(flow);
  if (!can_turn && !policy_->inspection_of(flow.inspected_as)) stop_inspecting(flow);
}

void Worker::forget_url(const Flow& flow) noexcept {
  if (notes_.empty()) return;
  auto*& text = url_of(flow).text;
  if (text == nullptr) return;
  engines::PooledDelete<UrlText>{&inspector_->pool(), sizeof(UrlText)}(text);
  text = nullptr;
}

}  // namespace sekisho::dataplane
