// What the policy says of a name that a client asks DNS for.
#include <array>

#include "dataplane/loader/policy_snapshot.h"
#include "engines/appid/host_table.h"
#include "rules/applications/catalogue.h"

namespace sekisho::dataplane {
namespace {

using engines::Facts;
using engines::Knowledge;
using engines::Verdict;

/// The connection that the client would make next: TLS to the name. Whereto is not known yet.
Facts connection_to(std::string_view name, const Facts& client,
                    const engines::appid::HostTable& hosts) noexcept {
  constexpr std::uint8_t kTcp = 6;
  constexpr std::uint16_t kHttpsPort = 443;
  Facts facts;
  facts.source = client.source;
  facts.source_mac = client.source_mac;
  facts.ingress = client.ingress;
  facts.destination = client.destination.is_v4() ? IpAddress::from_v4(0) : IpAddress{};
  facts.destination_port = kHttpsPort;
  facts.protocol = kTcp;
  facts.application = rules::application_id::kTls;
  facts.application_known = Knowledge::known;
  if (const auto named = hosts.find(name); named != 0) {
    facts.carrier = facts.application;
    facts.application = named;
  }
  return facts;
}

}  // namespace

std::optional<RefusedName> PolicySnapshot::refuses_name(
    std::string_view name, const Facts& client, rules::UrlScratch& scratch,
    const engines::firewall::Conditions& conditions) const noexcept {
  if (name.empty() || !judges_urls_) return std::nullopt;
  RefusedName refused;
  const auto fault = rules::canonicalise_request("https", name, {}, scratch, refused.url);
  if (fault != rules::UrlFault::none || refused.url.kind != rules::HostKind::name)
    return std::nullopt;
  auto facts = connection_to(name, client, own_applications_->hosts());
  facts.url = refused.facts = facts_of(&refused.url);
  refused.judgement = firewall_->judge(facts, conditions);
  if (refused.judgement.verdict == Verdict::pass) return std::nullopt;
  // What would be blocked whatever the name is blocked when it is tried, not here.
  facts.url = facts_of(nullptr);
  const auto without = firewall_->judge(facts, conditions);
  if (without.verdict != Verdict::pass && without.rule == refused.judgement.rule)
    return std::nullopt;
  // Rules for an address object that has the name may allow it where it leads.
  constexpr std::size_t kAny = 1;
  std::array<engines::firewall::FqdnId, kAny> ids{};
  if (firewall_->match_fqdn(name, ids) != 0) return std::nullopt;
  return refused;
}

}  // namespace sekisho::dataplane
