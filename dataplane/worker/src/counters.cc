#include "dataplane/worker/counters.h"

#include "dataplane/parse/packet_info.h"

namespace sekisho::dataplane {
namespace {

struct Name {
  const char* name;
  const SharedCount Counters::*word;
};

constexpr Name kNames[] = {
    {"decoder.pkts", &Counters::packets},
    {"decoder.bytes", &Counters::bytes},
    {"decoder.vlan", &Counters::vlan},
    {"decoder.vlan_qinq", &Counters::vlan_qinq},
    {"decoder.tunneled", &Counters::tunneled},
    {"worker.bursts", &Counters::bursts},
    {"worker.empty_polls", &Counters::empty_polls},
    {"flow.total", &Counters::flows_opened},
    {"flow.tcp", &Counters::flows_tcp},
    {"flow.udp", &Counters::flows_udp},
    {"flow.icmp", &Counters::flows_icmp},
    {"flow.evicted", &Counters::flows_evicted},
    {"flow.expected", &Counters::flows_expected},
    {"policy.judgements", &Counters::judgements},
    {"policy.rejudgements", &Counters::rejudgements},
    {"policy.tentative", &Counters::tentative},
    {"policy.resets_sent", &Counters::resets_sent},
    {"policy.answers_http", &Counters::answers_http},
    {"policy.answers_tls", &Counters::answers_tls},
    {"policy.answers_dns", &Counters::answers_dns},
    {"policy.dns_refused", &Counters::dns_refused},
    {"policy.dns_renamed", &Counters::dns_renamed},
    {"policy.dns_ech_concealed", &Counters::dns_ech_concealed},
    {"policy.ech_refused", &Counters::ech_refused},
    {"policy.dns_encrypted_refused", &Counters::dns_encrypted},
    {"policy.replies_limited", &Counters::replies_limited},
    {"policy.fqdn_learned", &Counters::fqdn_learned},
    {"forwarded.pkts", &Counters::forwarded},
    {"decrypted.pkts", &Counters::lent_forwarded},
    {"tap.lost", &Counters::tap_lost},
    {"anomaly.unreported", &Counters::anomalies_unreported},
    {"content.records_lost", &Counters::records_lost},
    {"content.flows_uninspected", &Counters::flows_uninspected},
    {"quarantine.begun", &Counters::quarantine_begun},
    {"quarantine.displaced", &Counters::quarantine_displaced},
    {"quarantine.never", &Counters::quarantine_never},
    {"quarantine.contended", &Counters::quarantine_contended},
    {"reputation.hits", &Counters::reputation_hits},
    {"reputation.asked", &Counters::reputation_asked},
    {"reputation.lookups_lost", &Counters::reputation_lost},
    {"reputation.waited", &Counters::reputation_waited},
    {"reputation.timed_out", &Counters::reputation_timed_out},
    {"reputation.blocked", &Counters::reputation_blocked},
    {"callback.total", &Counters::callbacks},
    {"callback.untold", &Counters::callbacks_untold},
    {"evasion.total", &Counters::evasions},
    {"evasion.untold", &Counters::evasions_untold},
    {"evasion.blocked", &Counters::evasions_blocked},
    {"malware.scanned", &Counters::malware_scanned},
    {"malware.excluded", &Counters::malware_excluded},
    {"malware.unscanned", &Counters::malware_unscanned},
    {"malware.found", &Counters::malware_found},
    {"malware.suspected", &Counters::malware_suspected},
    {"malware.blocked", &Counters::malware_blocked},
    {"malware.waited", &Counters::malware_waited},
    {"malware.untold", &Counters::malware_untold},
    {"decryption.exempt", &Counters::decryption_exempt},
    {"decryption.blocked", &Counters::decryption_blocked},
    {"decryption.failed", &Counters::decryption_failed},
    {"decryption.smart_bypasses", &Counters::smart_bypasses},
    {"decryption.untold", &Counters::decryptions_untold},
    {"alert_capture.begun", &Counters::captures_begun},
    {"alert_capture.refused", &Counters::captures_refused},
    {"alert_capture.pkts_lost", &Counters::capture_packets_lost},
};

struct ProtocolName {
  const char* name;
  std::uint8_t number;
};
constexpr ProtocolName kProtocols[] = {
    {"decoder.tcp", 6},    {"decoder.udp", 17}, {"decoder.icmpv4", 1}, {"decoder.icmpv6", 58},
    {"decoder.sctp", 132}, {"decoder.gre", 47}, {"decoder.esp", 50}};

}  // namespace

void Counters::add_to(std::map<std::string, std::uint64_t>& sum) const {
  for (const auto& entry : kNames) sum[entry.name] += (this->*entry.word).get();
  for (const auto& entry : kProtocols) sum[entry.name] += by_protocol[entry.number].get();
  const auto kind = [&](PacketKind k) { return by_kind[static_cast<std::size_t>(k)].get(); };
  sum["decoder.ipv6"] += by_family[0].get();
  sum["decoder.ipv4"] += by_family[1].get();
  sum["decoder.invalid"] += kind(PacketKind::malformed);
  sum["decoder.not_ip"] += kind(PacketKind::not_ip);
  sum["decoder.fragments"] += kind(PacketKind::first_fragment) + kind(PacketKind::later_fragment);
  sum["decoder.icmp_errors"] += kind(PacketKind::icmp_error);
  for (std::size_t i = 1; i < kDropReasons; ++i) {
    const std::string name(name_of(static_cast<DropReason>(i)));
    sum["drop." + name] += dropped[i].get();
    if (const auto odd = anomalies[i].get(); odd != 0) sum["anomaly." + name] += odd;
  }
}

}  // namespace sekisho::dataplane
