#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "config/base/shared_count.h"
#include "config/events/drop_reason.h"

namespace sekisho::dataplane {

/// What one worker counts, and the control thread reads. Names: Suricata's where it has one.
struct Counters {
  SharedCount packets;
  SharedCount bytes;
  SharedCount bursts;
  SharedCount empty_polls;
  SharedCount busy_cycles;
  std::array<SharedCount, 6> by_kind{};    // PacketKind
  std::array<SharedCount, 2> by_family{};  // [0] IPv6, [1] IPv4
  std::array<SharedCount, 256> by_protocol{};
  SharedCount vlan;
  SharedCount vlan_qinq;
  SharedCount tunneled;
  std::array<SharedCount, kDropReasons> dropped{};
  std::array<SharedCount, kDropReasons> anomalies{};  // odd, and passed all the same
  SharedCount flows_opened;
  SharedCount flows_tcp;
  SharedCount flows_udp;
  SharedCount flows_icmp;
  SharedCount flows_evicted;
  SharedCount flows_expected;
  SharedCount judgements;
  SharedCount rejudgements;
  SharedCount tentative;
  SharedCount resets_sent;
  SharedCount answers_http;       // block pages
  SharedCount answers_tls;        // alerts
  SharedCount answers_dns;        // refusals
  SharedCount dns_refused;        // names that were asked for
  SharedCount dns_renamed;        // queries of searches that were sent on for another name
  SharedCount dns_ech_concealed;  // records whose keys of ECH were taken out
  SharedCount ech_refused;        // hellos
  SharedCount dns_encrypted;      // connections and requests that were refused
  SharedCount replies_limited;    // not sent: too many a second
  SharedCount forwarded;
  SharedCount lent_forwarded;  // of what is decrypted
  SharedCount fqdn_learned;
  SharedCount tap_lost;
  SharedCount anomalies_unreported;
  SharedCount flows_uninspected;     // there was no memory, and their profile lets them pass
  SharedCount quarantine_begun;      // sources
  SharedCount quarantine_displaced;  // of them, by newer ones: no room
  SharedCount quarantine_never;      // an address that is never put there
  SharedCount quarantine_contended;  // somebody else was at work there
  SharedCount callbacks;             // calls to C&C servers
  SharedCount callbacks_untold;      // of them: too many a second
  SharedCount evasions;              // flows' contradictions, of each kind once
  SharedCount evasions_untold;       // of them: too many a second
  SharedCount evasions_blocked;      // of them: their flow goes no further
  SharedCount captures_begun;        // of packets around an alert
  SharedCount captures_refused;      // too many at a time or a second
  SharedCount capture_packets_lost;  // no room in the queue, or overwritten before the alert
  SharedCount reputation_hits;       // URLs whose reputation was known here
  SharedCount reputation_asked;      // and was not
  SharedCount reputation_lost;       // of them those that there was no room to ask or wait for
  SharedCount reputation_waited;     // packets that waited for it
  SharedCount reputation_timed_out;  // for too long
  SharedCount reputation_blocked;    // requests, for it or for not knowing it
  SharedCount malware_scanned;       // files that were handed to the scanner
  SharedCount malware_excluded;      // by their extension
  SharedCount malware_unscanned;     // too large, cut, no room, or no verdict
  SharedCount malware_found;         // harmful files
  SharedCount malware_suspected;     // by machine learning, where a profile asks for it
  SharedCount malware_blocked;       // files that were kept from whoever asked for them
  SharedCount malware_waited;        // packets that waited for a verdict
  SharedCount malware_untold;        // events: too many a second
  SharedCount decryption_exempt;     // connections that policy leaves alone
  SharedCount decryption_blocked;    // that could not be opened, or are no TLS
  SharedCount decryption_failed;     // sessions that ended before their time
  SharedCount smart_bypasses;        // pairs of client and host that are spared after that
  SharedCount decryptions_untold;    // events: too many a second
  SharedCount records_lost;          // of content inspection: too long, or no room in the ring

  /// Adds this worker's counts to `sum` under dotted names: "decoder.pkts", "flow.total",
  /// "drop.policy_block", ...
  void add_to(std::map<std::string, std::uint64_t>& sum) const;
};

}  // namespace sekisho::dataplane
