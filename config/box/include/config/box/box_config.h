#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/policy/model.h"

namespace sekisho::box {

/// One bridge port. Ports of the same segment form a transparent bridge of exactly two.
struct Port {
  std::string name;    // what people see: "lan0"
  std::string device;  // kernel interface name or PCI address
  std::string driver;  // "af_packet", "af_xdp", "pci", or "vdev:<DPDK vdev arguments>"
  policy::Side side = policy::Side::lan;
  std::uint8_t segment = 0;
};

/// The link to the console; the console's address usually comes from enrolling.
struct Console {
  std::string address;  // of parse_hosts_and_ports(); empty: what the box enrolled at
  std::uint32_t confirm_seconds = 30;      // least time for the console to confirm a new policy
  std::uint32_t reconnect_least_ms = 500;  // between attempts to reach it
  std::uint32_t reconnect_most_seconds = 60;
};

/// From when on content counts as stale, which is an event; in days since it was built.
struct ContentMaxAge {
  std::uint32_t urls_days = 30;
  std::uint32_t reputation_days = 2;
  std::uint32_t indicators_days = 2;
  std::uint32_t ips_days = 30;      // since the newest pack of IPS rules came
  std::uint32_t malware_days = 30;  // since the newest signatures came
};

/// What is particular to one box and not to its policy: written by set-up, read by every process at
/// start.
struct BoxConfig {
  std::string file;  // absolute path of what this was read from; not a key; empty: from no file
  std::string name = "sekisho";
  std::string run_dir = "/run/sekisho";
  std::string state_dir = "/var/lib/sekisho";
  std::string log_dir = "/var/log/sekisho";
  std::string geo_database;        // MMDB file or directory; empty: none
  std::string indicator_database;  // likewise, with --indicators; empty: no C&C server is known
  std::string url_database;  // file of `sekisho content build`; empty: URLs are in no category
  std::string reputation_database;  // file of `sekisho content build --reputation`; empty: none
  std::string rule_packs;           // folder of the firmware's IPS rules; empty: none
  std::string malware_signatures;   // folder of the firmware's, for clamd; empty: no clamd runs
  std::string malware_database;     // file of `sekisho content build --malware`; empty: none
  // PEM: the authorities that servers' certificates are believed from, for decrypted connections
  std::string trusted_roots = "/etc/ssl/certs/ca-certificates.crt";
  std::vector<Port> ports;
  std::uint32_t control_core = 0;
  std::vector<std::uint32_t> worker_cores{1};
  // of the loops that own connections to be opened; empty: one loop, on any core
  std::vector<std::uint32_t> decrypt_cores;
  bool shared_cores = false;  // a worker may use the control core; idle_sleep_us is then at least 1
  bool huge_pages = true;     // false: --no-huge
  std::uint32_t memory_megabytes = 256;         // for packet buffers
  std::uint32_t flow_capacity = 1'000'000;      // all workers together
  std::uint32_t inspection_megabytes = 512;     // for streams and protocols, all workers together
  std::uint32_t alert_capture_megabytes = 256;  // on disk, of packets around alerts
  std::uint16_t mtu = 1500;                     // up to 9000
  std::uint32_t idle_sleep_us = 0;  // a worker without traffic naps this long; 0: it always polls
  std::string metrics_address = "127.0.0.1:9464";  // Prometheus; empty: off
  std::string syslog_target;  // "udp:192.0.2.1:514" or "unix:/dev/log"; empty: off
  std::uint64_t eve_rotate_bytes = 100'000'000;
  std::uint32_t eve_rotate_hours = 24;
  std::uint32_t eve_keep_files = 10;
  std::uint64_t spool_max_bytes = std::uint64_t{256} << 20;  // events that wait for the console
  std::uint32_t stats_interval_seconds = 10;
  Console console;
  ContentMaxAge content_max_age;
  bool drop_privileges = true;  // false only where the processes' users cannot be had
};

/// Reads a box file (YAML). Refuses unknown keys, wrong types, odd segments, with line and column.
Result<BoxConfig> load_box_config(std::string_view path);
Result<BoxConfig> parse_box_config(std::string_view yaml);

}  // namespace sekisho::box
