#include "config/policy/profile_settings.h"

#include <array>

#include "config/policy/dns_settings.h"
#include "config/policy/ips_settings.h"

namespace sekisho::policy {
namespace {

using enum SettingType;

// What sends data to the cloud or needs an option is off until an administrator asks for it; on by
// default is what R160 names.

constexpr std::array kIps{
    Setting{"enabled", boolean, "true", "Looks for attacks on known vulnerabilities."},
    Setting{"action", choice, "block",
            "What happens to a flow with an attack; reset: it is blocked, and both ends of a TCP "
            "connection, the sender of a UDP datagram, are told.",
            "block|reset|monitor"},
    Setting{.name = "minimum_severity",
            .type = choice,
            .default_value = "medium",
            .description = "Rules below this severity are not used.",
            .choices = "low|medium|high|critical"},
    Setting{.name = "excluded_rules",
            .type = text_list,
            .default_value = "",
            .description = "Numbers of rules that are not used.",
            .form = ItemForm::rule_number,
            .max_items = 10'000},
    Setting{.name = "monitored_rules",
            .type = text_list,
            .default_value = "",
            .description = "Numbers of rules that report an attack and never block.",
            .form = ItemForm::rule_number,
            .max_items = 10'000},
    Setting{.name = "blocked_rules",
            .type = text_list,
            .default_value = "",
            .description = "Numbers of rules that block whatever the action and their severity.",
            .form = ItemForm::rule_number,
            .max_items = 10'000},
    Setting{.name = "reset_rules",
            .type = text_list,
            .default_value = "",
            .description = "Numbers of rules that block and tell the ends, likewise.",
            .form = ItemForm::rule_number,
            .max_items = 10'000},
    Setting{.name = "excluded_traffic",
            .type = text_list,
            .default_value = "",
            .description = "Packets for which a rule, or all, neither acts nor reports: 'all from "
                           "192.0.2.0/24', '2019401 from office to 10.0.0.1'.",
            .form = ItemForm::traffic,
            .max_items = 1000},
    Setting{.name = "monitored_traffic",
            .type = text_list,
            .default_value = "",
            .description = "Likewise: for these packets rules report an attack and never block.",
            .form = ItemForm::traffic,
            .max_items = 1000},
    Setting{.name = "quarantine_seconds",
            .type = integer,
            .default_value = "0",
            .description = "For how long all packets of an attacker are dropped whose attack was "
                           "blocked; 0: only the attack is.",
            .maximum = kMaxQuarantineSeconds},
    Setting{.name = "quarantine_rules",
            .type = text_list,
            .default_value = "",
            .description = "Rules with other seconds: '2019401=600'; 0: never.",
            .form = ItemForm::rule_seconds,
            .max_items = 10'000},
    Setting{.name = "capture_seconds_after",
            .type = integer,
            .default_value = "0",
            .description =
                "For how long the packets of a flow are captured after an alert (sekisho "
                "alert-captures); 0: no packets are captured, before it neither.",
            .maximum = kMaxCaptureSeconds},
    Setting{.name = "capture_packets_before",
            .type = integer,
            .default_value = "16",
            .description = "How many of the flow's packets before the alert are captured too.",
            .maximum = kMaxCapturedBefore},
    Setting{.name = "capture_rules",
            .type = text_list,
            .default_value = "",
            .description = "Numbers of the rules whose alerts are captured; empty: all.",
            .form = ItemForm::rule_number,
            .max_items = 10'000},
    Setting{
        "protocol_records", choice, "none",
        "Events of what the flows say besides alerts: of files that cross them (fileinfo), or of "
        "every transaction, handshake and mail too (http, dns, tls, smtp, ...); at most 200 a "
        "second and worker.",
        "none|files|all"},
    Setting{"on_failure", choice, "block",
            "What happens to a flow when there is no memory left to inspect it.", "block|pass"},
};

constexpr std::array kAntiMalware{
    Setting{"enabled", boolean, "true", "Scans files that travel over the web."},
    Setting{"action", choice, "block",
            "What happens to a harmful file; monitor: it is reported and nothing waits for a "
            "verdict.",
            "block|monitor"},
    Setting{"smart_scan", boolean, "false", "Asks the cloud about files (R140)."},
    Setting{"machine_learning", boolean, "false",
            "Judges files that no pattern knows by machine learning (R141)."},
    Setting{"machine_learning_sensitivity", choice, "medium",
            "How readily machine learning suspects a file: the higher, the more is found, and the "
            "more is suspected that is harmless.",
            "low|medium|high"},
    Setting{"machine_learning_action", choice, "block",
            "What happens to a file that machine learning suspects; monitor: it is reported.",
            "block|monitor"},
    Setting{.name = "excluded_extensions",
            .type = text_list,
            .default_value = "png,gif,jpg,mp3,mp4,avi,mov,wmv",
            .description = "Downloads with these extensions are not scanned (R142, R143).",
            .form = ItemForm::file_extension,
            .max_items = 256},
    Setting{"encrypted_archives", choice, "pass",
            "What happens to archives and documents that are encrypted, so that nobody can look "
            "into them.",
            "pass|block"},
    Setting{"archive_bombs", choice, "block",
            "What happens to archives that unpack to more, or deeper, than is scanned.",
            "pass|block"},
    Setting{.name = "max_file_megabytes",
            .type = integer,
            .default_value = "50",
            .description = "Files up to this size are scanned.",
            .minimum = 1,
            .maximum = 100},
    Setting{"large_files", choice, "pass", "What happens to larger files, which are not scanned.",
            "pass|block"},
    Setting{"on_scan_failure", choice, "pass", "What happens to a file that cannot be scanned.",
            "pass|block"},
};

constexpr std::array kMail{
    Setting{"smtp", boolean, "true", "Inspects SMTP (R085)."},
    Setting{"pop3", boolean, "true", "Inspects POP3."},
    Setting{"imap", boolean, "true", "Inspects IMAP."},
    Setting{"smtps", boolean, "false",
            "Decrypts and inspects SMTPS; may stop mail from outside to a mail server inside "
            "(R088)."},
    Setting{"pop3s", boolean, "false", "Decrypts and inspects POP3S."},
    Setting{"imaps", boolean, "false", "Decrypts and inspects IMAPS."},
    Setting{.name = "smtps_ports",
            .type = port_list,
            .default_value = "465",
            .description = "TCP ports of SMTPS (R087).",
            .max_items = 5},
    Setting{.name = "pop3s_ports",
            .type = port_list,
            .default_value = "995",
            .description = "TCP ports of POP3S.",
            .max_items = 5},
    Setting{.name = "imaps_ports",
            .type = port_list,
            .default_value = "993",
            .description = "TCP ports of IMAPS.",
            .max_items = 5},
    Setting{"anti_malware", boolean, "true", "Scans mail for harmful content (R076, R160)."},
    Setting{"anti_malware_action", choice, "block", "What happens to harmful mail.", "block|tag"},
    Setting{"machine_learning", boolean, "false",
            "Judges attachments that no pattern knows by machine learning (R077)."},
    Setting{"machine_learning_action", choice, "tag", "What happens to such mail (R145).",
            "block|tag"},
    Setting{"virtual_analyzer", boolean, "false",
            "Copies suspicious attachments to the cloud sandbox; needs its option (R161)."},
    Setting{"subject_tag", text, "[ウイルス駆除済み]",
            "Put in front of the subject of tagged mail (R146)."},
    Setting{.name = "body_tag",
            .type = text,
            .default_value = "",
            .description = "Put into the body of tagged mail; empty: the body stays (R147).",
            .multiline = true},
    Setting{"anti_spam", boolean, "true", "Judges mail as spam or not (R078, R160)."},
    Setting{"anti_spam_action", choice, "tag", "What happens to spam.", "block|tag"},
    Setting{"spam_catch_rate", choice, "medium",
            "A higher rate catches more, rightly or not (R154).", "low|medium|high"},
    Setting{"spam_subject_tag", text, "[SPAM]", "Put in front of the subject of tagged spam."},
    Setting{"reputation", boolean, "false", "Looks up the sender's address (R079, R148)."},
    Setting{"reputation_action", choice, "recommended",
            "recommended: listed senders are rejected for good, dynamic addresses for now (R149, "
            "R150); otherwise the one action for both (R151).",
            "recommended|reject_permanently|reject_temporarily|monitor"},
    Setting{.name = "smtp_error_code",
            .type = integer,
            .default_value = "450",
            .description = "The reply code a rejected sender receives (R152).",
            .minimum = 400,
            .maximum = 599},
    Setting{"smtp_error_text", text, "Service unavailable", "The text beside it (R153)."},
    Setting{"content_filter", boolean, "false", "Looks for keywords in mail (R080)."},
    Setting{.name = "content_filter_keywords",
            .type = text_list,
            .default_value = "",
            .description = "The keywords.",
            .max_items = 1000},
    Setting{"content_filter_action", choice, "tag", "What happens to mail with a keyword.",
            "block|tag"},
    Setting{"my_number", boolean, "false",
            "Looks for My Numbers in the body, never in attachments (R081)."},
    Setting{"my_number_action", choice, "tag", "What happens to mail with a My Number (R082).",
            "block|tag"},
    Setting{.name = "allowed_file_types",
            .type = text_list,
            .default_value = "",
            .description = "Attachments of these extensions are not scanned (R083).",
            .form = ItemForm::file_extension,
            .max_items = 256},
    Setting{.name = "blocked_file_types",
            .type = text_list,
            .default_value = "",
            .description = "Attachments of these extensions are removed even if clean (R083).",
            .form = ItemForm::file_extension,
            .max_items = 256},
    Setting{.name = "allowed_senders",
            .type = text_list,
            .default_value = "",
            .description = "Mail from these addresses is never spam (R084).",
            .form = ItemForm::mail_sender,
            .max_items = 10'000},
    Setting{"on_scan_failure", choice, "pass", "What happens to mail that cannot be scanned.",
            "pass|block"},
};

constexpr std::array kWebReputation{
    Setting{"enabled", boolean, "true", "Judges web sites by their reputation (R006, R160)."},
    Setting{"sensitivity", choice, "medium", "A higher sensitivity blocks more, rightly or not.",
            "low|medium|high"},
    Setting{
        "action", choice, "block",
        "What happens to a request to a dangerous site; monitor: it is reported and never waits.",
        "block|monitor"},
    Setting{"on_failure", choice, "pass",
            "What happens to a request whose site's reputation cannot be had in time.",
            "pass|block"},
    Setting{.name = "wait_ms",
            .type = integer,
            .default_value = "500",
            .description = "For how many milliseconds the first request to a site waits for its "
                           "reputation at most; 0: none waits.",
            .maximum = kMaxReputationWaitMs},
};

constexpr std::array kHttpsDecryption{
    Setting{"enabled", boolean, "false",
            "Decrypts HTTPS for inspection; clients need the gateway's certificate (R071, R072)."},
    Setting{.name = "ports",
            .type = port_list,
            .default_value = "443,8443",
            .description = "TCP ports of HTTPS: 443, 8443 and up to five of your own.",
            .max_items = 5},
    Setting{
        "untrusted_origin", choice, "show",
        "What a client gets of a server whose certificate is not to be believed; show: one "
        "that nobody trusts, so that the user is warned; refuse: no connection; trust: as if it "
        "were good, logged (R075).",
        "refuse|show|trust"},
    Setting{"smart_bypass", boolean, "false",
            "A host whose decryption failed for a client is passed undecrypted to that client for "
            "some time (R074)."},
    Setting{.name = "smart_bypass_minutes",
            .type = integer,
            .default_value = "1440",
            .description = "For how long.",
            .minimum = 1,
            .maximum = kMaxSmartBypassMinutes},
    Setting{"exempt_known_hosts", boolean, "true",
            "Services that are known to work only undecrypted are: *.akaetp.net, *.akamai.com, "
            "*.akamai-zt.com (R173, R174)."},
    Setting{.name = "exempt_hosts",
            .type = text_list,
            .default_value = "",
            .description = "Never decrypted.",
            .form = ItemForm::host_pattern,
            .max_items = 10'000},
    Setting{.name = "exempt_categories",
            .type = text_list,
            .default_value = "banking,finance,government,health",
            .description = "URL categories that are never decrypted, named as in rules: also "
                           "group:business, or one of your own.",
            .max_items = 256},
    Setting{.name = "exempt_applications",
            .type = text_list,
            .default_value = "",
            .description = "Applications that are never decrypted, named as in rules: also "
                           "category:remote_access, or one of your own.",
            .max_items = 256},
    Setting{"not_tls", choice, "pass",
            "What happens to connections to these ports that speak something else than TLS.",
            "pass|block"},
    Setting{"encrypted_client_hello", choice, "pass",
            "What happens to a connection whose hello hides whom it is for behind one of the names "
            "of ech_names (section dns): it cannot be decrypted.",
            "pass|block"},
    Setting{"on_failure", choice, "pass",
            "What happens to new connections that cannot be decrypted: no decryption is running, "
            "or it has no room.",
            "pass|block"},
};

constexpr std::array kAntiDos{
    Setting{"enabled", boolean, "false", "Limits floods and scans (DoS対策)."},
    Setting{"action", choice, "block", "What happens above a limit.", "block|monitor"},
    Setting{.name = "tcp_syns_per_second",
            .type = integer,
            .default_value = "1000",
            .description = "New TCP connections from one source; 0: no limit.",
            .maximum = 10'000'000},
    Setting{.name = "udp_packets_per_second",
            .type = integer,
            .default_value = "50000",
            .description = "UDP packets to one destination; 0: no limit.",
            .maximum = 10'000'000},
    Setting{.name = "icmp_packets_per_second",
            .type = integer,
            .default_value = "500",
            .description = "ICMP packets from one source; 0: no limit.",
            .maximum = 10'000'000},
    Setting{.name = "scanned_ports_per_minute",
            .type = integer,
            .default_value = "600",
            .description = "Different ports one source tries; 0: no limit.",
            .maximum = 10'000'000},
};

constexpr std::array kEndpointIdentification{
    Setting{"enabled", boolean, "false",
            "Finds out which user and which kind of device is behind an address "
            "(エンドポイントの識別, R144)."},
    Setting{"method", choice, "passive",
            "passive: from traffic seen; captive_portal: users sign in in the browser.",
            "passive|captive_portal"},
    Setting{.name = "sign_in_hours",
            .type = integer,
            .default_value = "8",
            .description = "How long a sign-in lasts.",
            .minimum = 1,
            .maximum = 168},
};

constexpr std::array kDns{
    Setting{"url_filter", boolean, "false",
            "Names that a URL category rule or the block list would block as https://name/ are "
            "refused when a client asks DNS for them; the allow list wins."},
    Setting{.name = "safe_search",
            .type = text_list,
            .default_value = "",
            .description = "Searches whose names lead to their filtered addresses: google, bing, "
                           "duckduckgo, youtube (moderate), youtube_strict, brave, ecosia, qwant, "
                           "yandex, pixabay.",
            .form = ItemForm::safe_search,
            .max_items = kSafeSearchNames.size()},
    Setting{"ech", choice, "allow",
            "Encrypted Client Hello. strip: its keys are taken out of DNS answers, so that clients "
            "show the name they want; block: that, and hellos to the names of ech_names are "
            "refused.",
            "allow|strip|block"},
    Setting{.name = "ech_names",
            .type = text_list,
            .default_value = "cloudflare-ech.com",
            .description = "The outer names of hellos that ech: block refuses where they carry the "
                           "extension; '*': of all, also of browsers that only pretend (GREASE).",
            .form = ItemForm::ech_name,
            .max_items = kMaxEchNames},
    Setting{"encrypted_dns", choice, "pass",
            "DNS over HTTPS, TLS and QUIC. block: connections to public resolvers by their names "
            "and addresses, TLS and QUIC to port 853, and, where HTTPS is decrypted, requests that "
            "carry DNS messages, whoever answers them.",
            "pass|block"},
};

constexpr std::array kCallbacks{
    Setting{"enabled", boolean, "true",
            "Looks for hosts that call the servers that control malware (R008)."},
    Setting{"action", choice, "block",
            "What happens to a call to a listed server; reset: it is blocked, and both ends of a "
            "TCP connection are told.",
            "block|reset|monitor"},
    Setting{"sensitivity", choice, "medium",
            "Of the detectors of generated names, beacons and DNS tunnels: a higher one finds "
            "more, rightly or not.",
            "low|medium|high"},
    Setting{"block_detected", boolean, "false",
            "The action is for what detectors find, too; otherwise they only report."},
    Setting{.name = "sinkhole",
            .type = text_list,
            .default_value = "",
            .description = "Addresses that a query for a listed name is answered with, at most one "
                           "of each family; empty: it is refused.",
            .form = ItemForm::ip_address,
            .max_items = 2},
    Setting{.name = "excluded_hosts",
            .type = text_list,
            .default_value = "",
            .description = "Servers that are neither looked up nor judged.",
            .form = ItemForm::host_pattern,
            .max_items = 10'000},
};

constexpr std::array kApplications{
    Setting{"evasion", choice, "log",
            "What happens to a flow that contradicts itself to get past filters: a certificate "
            "that is not for the server's name, another host within CONNECT or in Host, no host "
            "name in a hello, a protocol on another one's port.",
            "off|log|block"},
};

constexpr std::array<SectionSpec, 10> kSections{{
    {"ips", "Intrusion prevention.", kIps},
    {"anti_malware", "Harmful files over the web (不正プログラム対策).", kAntiMalware},
    {"mail", "Mail security (メールセキュリティ対策).", kMail},
    {"web_reputation", "Web reputation (Webレピュテーション).", kWebReputation},
    {"https_decryption", "HTTPS decryption (HTTPS復号).", kHttpsDecryption},
    {"anti_dos", "Floods and scans (DoS対策).", kAntiDos},
    {"endpoint_identification", "Endpoint identification (エンドポイントの識別).",
     kEndpointIdentification},
    {"dns", "Names that clients ask DNS for (DNS).", kDns},
    {"callbacks", "Calls to C&C servers (C&Cコールバック対策).", kCallbacks},
    {"applications", "Application control (アプリケーション制御).", kApplications},
}};

}  // namespace

std::span<const SectionSpec> profile_sections() noexcept { return kSections; }

}  // namespace sekisho::policy
