#include "config/box/box_config.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

namespace sekisho::box {
namespace {

const std::string kFull = R"(name: tokyo-1
run_dir: /run/s
state_dir: /var/lib/s
log_dir: /var/log/s
geo_database: /usr/share/geo
url_database: /usr/share/urls.db
reputation_database: /var/lib/rated.db
indicator_database: /usr/share/indicators.db
malware_signatures: /usr/share/malware
malware_database: /var/lib/malware.db
trusted_roots: /var/lib/roots.pem
ports:
  - {name: lan0, device: eth1, driver: af_packet, side: lan, segment: 0}
  - {name: wan0, device: "0000:3b:00.1", driver: pci, side: wan, segment: 0}
  - {name: lan1, driver: "vdev:net_ring0", side: lan, segment: 1}
  - {name: wan1, device: eth4, driver: af_xdp, side: wan, segment: 1}
control_core: 2
worker_cores: [0, 3]
decrypt_cores: [1, 4]
huge_pages: false
memory_megabytes: 512
flow_capacity: 4096
alert_capture_megabytes: 7
mtu: 9000
idle_sleep_us: 50
metrics_address: "[::1]:9464"
syslog_target: udp:192.0.2.1:514
eve_rotate_bytes: 5000
eve_rotate_hours: 1
eve_keep_files: 3
spool_max_bytes: 20000000
content_max_age: {urls_days: 7, indicators_days: 1, ips_days: 8, malware_days: 9}
stats_interval_seconds: 5
console: {address: "console.example:8443", confirm_seconds: 5, reconnect_least_ms: 100, reconnect_most_seconds: 3}
drop_privileges: false
)";

std::string mistake(const std::string& yaml) {
  const auto box = parse_box_config(yaml);
  REQUIRE_FALSE(box);
  return box.error().message;
}

TEST_CASE("every key of a box file arrives in its field") {
  const auto box = parse_box_config(kFull);
  REQUIRE(box);
  CHECK(box->name == "tokyo-1");
  CHECK(box->run_dir == "/run/s");
  CHECK(box->state_dir == "/var/lib/s");
  CHECK(box->log_dir == "/var/log/s");
  CHECK(box->geo_database == "/usr/share/geo");
  CHECK(box->url_database == "/usr/share/urls.db");
  CHECK(box->reputation_database == "/var/lib/rated.db");
  CHECK(box->indicator_database == "/usr/share/indicators.db");
  CHECK(box->malware_signatures == "/usr/share/malware");
  CHECK(box->malware_database == "/var/lib/malware.db");
  CHECK(box->trusted_roots == "/var/lib/roots.pem");
  REQUIRE(box->ports.size() == 4);
  CHECK(box->ports[0].device == "eth1");
  CHECK(box->ports[1].driver == "pci");
  CHECK(box->ports[1].side == policy::Side::wan);
  CHECK(box->ports[2].driver == "vdev:net_ring0");
  CHECK(box->ports[3].segment == 1);
  CHECK(box->control_core == 2);
  CHECK(box->worker_cores == std::vector<std::uint32_t>{0, 3});
  CHECK(box->decrypt_cores == std::vector<std::uint32_t>{1, 4});
  CHECK_FALSE(box->huge_pages);
  CHECK(box->memory_megabytes == 512);
  CHECK(box->flow_capacity == 4096);
  CHECK(box->alert_capture_megabytes == 7);
  CHECK(box->mtu == 9000);
  CHECK(box->idle_sleep_us == 50);
  CHECK(box->metrics_address == "[::1]:9464");
  CHECK(box->syslog_target == "udp:192.0.2.1:514");
  CHECK(box->eve_rotate_bytes == 5000);
  CHECK(box->eve_rotate_hours == 1);
  CHECK(box->eve_keep_files == 3);
  CHECK(box->spool_max_bytes == 20'000'000);
  CHECK(box->content_max_age.urls_days == 7);
  CHECK(box->content_max_age.reputation_days == 2);
  CHECK(box->content_max_age.indicators_days == 1);
  CHECK(box->content_max_age.ips_days == 8);
  CHECK(box->content_max_age.malware_days == 9);
  CHECK(box->stats_interval_seconds == 5);
  CHECK(box->console.address == "console.example:8443");
  CHECK(box->console.confirm_seconds == 5);
  CHECK(box->console.reconnect_least_ms == 100);
  CHECK(box->console.reconnect_most_seconds == 3);
  CHECK_FALSE(box->drop_privileges);
}

TEST_CASE("an empty box file is every default") {
  const auto box = parse_box_config("# nothing yet\n");
  REQUIRE(box);
  CHECK(box->run_dir == "/run/sekisho");
  CHECK(box->worker_cores == std::vector<std::uint32_t>{1});
  CHECK(box->ports.empty());
}

TEST_CASE("a mistake is told with its line and column") {
  struct Row {
    std::string yaml, message;
  };
  const auto row = GENERATE(values<Row>({
      {"name: a\nspeed: 3\n", "2:1: the box file has no key 'speed'"},
      {"name: a\nname: b\n", "2:1: 'name' is given twice"},
      {"- a\n", "1:1: the box file must be a mapping of keys to values"},
      {"name: [a]\n", "1:7: name must be text"},
      {"name: a b\n", "1:7: name must be 1 to 63 letters, digits, '-', '_' or '.'"},
      {"run_dir: run\n", "1:10: run_dir must be an absolute path"},
      {"mtu: 9001\n", "1:6: mtu must be a whole number from 1280 to 9000"},
      {"mtu: -1\n", "1:6: mtu must be a whole number from 1280 to 9000"},
      {"mtu: 1500x\n", "1:6: mtu must be a whole number from 1280 to 9000"},
      {"mtu: ''\n", "1:6: mtu must be a whole number from 1280 to 9000"},
      {"alert_capture_megabytes: 0\n",
       "1:26: alert_capture_megabytes must be a whole number from 1 to 1048576"},
      {"flow_capacity: 99999999999999999999\n",
       "1:16: flow_capacity must be a whole number from 1024 to 64000000"},
      {"content_max_age: {urls_days: 0}\n",
       "1:30: urls_days must be a whole number from 1 to 3650"},
      {"spool_max_bytes: 16777215\n",
       "1:18: spool_max_bytes must be a whole number from 16777216 to 1000000000000"},
      {"huge_pages: 1\n", "1:13: huge_pages must be true or false"},
      {"worker_cores: [1, 1]\n", "1:19: core 1 is given twice"},
      {"worker_cores: [0]\n",
       "1:16: a worker may not use the control core unless shared_cores is true"},
      {"decrypt_cores: [2, 2]\n", "1:20: core 2 is given twice"},
      {"decrypt_cores: [1]\n",
       "1:17: core 1 is a worker's or the control core, and shared_cores is not true"},
      {"decrypt_cores: 3\n", "1:16: decrypt_cores must be a list of at most 64 core numbers"},
      {"worker_cores: []\n", "1:15: worker_cores must be a list of 1 to 64 core numbers"},
      {"control_core: 1\n",
       "1:15: the control core is the default worker core; give worker_cores too"},
      {"metrics_address: localhost\n",
       "1:18: metrics_address must be ADDRESS:PORT like 127.0.0.1:9464 or [::1]:9464, or empty"},
      {"metrics_address: 127.0.0.1:0\n",
       "1:18: metrics_address must be ADDRESS:PORT like 127.0.0.1:9464 or [::1]:9464, or empty"},
      {"console: {address: console}\n",
       "1:20: console.address must be HOST:PORT, several with commas between, or empty: 'console' "
       "is "
       "not HOST:PORT"},
      {"console: {address: 'a b:1'}\n",
       "1:20: console.address must be HOST:PORT, several with commas between, or empty: 'a b:1' is "
       "not HOST:PORT"},
      {"console: {address: 'a:1,b:1,a:1'}\n",
       "1:20: console.address must be HOST:PORT, several with commas between, or empty: 'a:1' is "
       "there twice"},
      {"console: {confirm_seconds: 4}\n",
       "1:28: confirm_seconds must be a whole number from 5 to 600"},
      {"console: {reconnect_least_ms: 2000, reconnect_most_seconds: 1}\n",
       "1:10: reconnect_most_seconds is less than reconnect_least_ms"},
      {"console: {port: 1}\n", "1:11: console has no key 'port'"},
      {"console: x\n", "1:10: console must be a mapping of keys to values"},
      {"syslog_target: tcp:192.0.2.1:514\n",
       "1:16: syslog_target must be udp:ADDRESS:PORT or unix:PATH, or empty"},
      {"ports: lan\n", "1:8: ports must be a list"},
      {"ports:\n  - {name: p, device: e, driver: af_packet, side: dmz}\n",
       "2:51: a port's side must be lan or wan"},
      {"ports:\n  - {name: p, device: e, driver: tap, side: lan}\n",
       "2:34: driver must be af_packet, af_xdp, pci or vdev:ARGUMENTS"},
      {"ports:\n  - {name: p, device: 3b, driver: pci, side: lan}\n",
       "2:23: device must be a PCI address like 0000:3b:00.1"},
      {"ports:\n  - {name: p, driver: af_xdp, side: lan}\n",
       "2:5: device must be the name of a network interface"},
      {"ports:\n  - {name: p, device: e, driver: af_xdp, side: lan, mtu: 3}\n",
       "2:53: a port has no key 'mtu'"},
      {"a: [b\n", "2:1: end of sequence flow not found"},
  }));
  CAPTURE(row.yaml);
  CHECK(mistake(row.yaml) == row.message);
}

std::string two_ports(const std::string& second) {
  return "ports:\n  - {name: a, device: e1, driver: af_packet, side: lan}\n  - {" + second + "}\n";
}

TEST_CASE("a segment is one lan and one wan port") {
  CHECK(parse_box_config(two_ports("name: b, device: e2, driver: af_packet, side: wan")));
  CHECK(mistake(two_ports("name: b, device: e2, driver: af_packet, side: lan")) ==
        "2:5: segment 0 needs one port on the lan side and one on the wan side");
  CHECK(mistake(two_ports("name: b, device: e2, driver: af_packet, side: wan, segment: 1")) ==
        "2:5: segment 0 has 1 port; a segment bridges exactly two");
  CHECK(mistake(two_ports("name: b, device: e1, driver: af_packet, side: wan")) ==
        "3:5: device 'e1' is used twice");
  CHECK(mistake(two_ports("name: a, device: e2, driver: af_packet, side: wan")) ==
        "3:5: port name 'a' is given twice");
}

TEST_CASE("no prefix of a box file crashes the reader") {
  for (std::size_t length = 0; length < kFull.size(); ++length)
    (void)parse_box_config(std::string_view(kFull).substr(0, length));
}

TEST_CASE("an oversized or deeply nested box file is refused by number") {
  CHECK(mistake(std::string(70'000, ' ')) ==
        "1:1: a box file may have 65536 bytes, this one has 70000");
  CHECK(mistake(std::string(5'000, '[')) == "1:1: too many brackets for a box file");
}

TEST_CASE("a file's mistakes carry the file's name") {
  const auto path = std::filesystem::temp_directory_path() /
                    ("sekisho-box-" + std::to_string(getpid()) + ".yaml");
  std::ofstream(path) << "mtu: 1\n";
  const auto box = load_box_config(path.string());
  REQUIRE_FALSE(box);
  CHECK(box.error().message ==
        path.string() + ":1:6: mtu must be a whole number from 1280 to 9000");
  std::filesystem::remove(path);
  const auto gone = load_box_config(path.string());
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == Error::Code::io);
}

}  // namespace
}  // namespace sekisho::box

TEST_CASE("a worker that shares the control core always naps") {
  const auto box = sekisho::box::parse_box_config("shared_cores: true\nworker_cores: [0, 1]\n");
  REQUIRE(box);
  CHECK(box->worker_cores == std::vector<std::uint32_t>{0, 1});
  CHECK(box->idle_sleep_us > 0);
  CHECK_FALSE(
      sekisho::box::parse_box_config("shared_cores: true\nworker_cores: [0]\nidle_sleep_us: 0\n"));
}
