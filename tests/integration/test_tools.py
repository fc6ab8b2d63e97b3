"""The command line shows what happened: captures, traces, flows, events, explanations, inspection."""

import json
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import time

import frames
from frames import pcap_records, write_pcap
from harness import ALLOW_ALL, BLOCK_ALL, CLIENT, SERVER, LabTest, echo, policy, rule, services, unittest


def web(lab):
    services.web(lab, ports=(80, 8080))


class Tools(LabTest):
    wanted_services = (web, services.dns, echo(7))

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-test-"))
        self.addCleanup(shutil.rmtree, self.directory)

    def beside(self, *arguments, seconds):
        """A command that runs while something happens; (process) with its output piped."""
        command = self.gateway.inside([self.sekisho(), "--run-dir", self.gateway.run_dir, *arguments,
                                       "--seconds", seconds])
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        time.sleep(0.5)
        return process

    @staticmethod
    def sekisho():
        from sekisho_lab.gateway import binaries
        return binaries() / "sekisho"

    def test_a_capture_holds_the_packets_that_its_filter_names(self):
        self.apply(ALLOW_ALL)
        file = self.directory / "c.pcap"
        capture = self.beside("capture", "udp", "and", "port", "7", "--write", file, seconds=2)
        for number in range(3):
            self.assertEqual(self.ask_udp(SERVER.ipv4, 7, body=b"captured %d" % number), b"captured %d" % number)
        self.page(f"http://{SERVER.ipv4}/")
        self.assertEqual(capture.wait(timeout=15), 0, capture.communicate()[1])
        packets = pcap_records(file)
        self.assertEqual(len(packets), 6)  # there and back
        for number in range(3):
            self.assertEqual(sum(b"captured %d" % number in packet for packet in packets), 2)

    def test_a_bad_capture_filter_is_refused(self):
        done = self.gateway.command("capture", "port", "nonsense", "--write", self.directory / "c.pcap",
                                    "--seconds", 1, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertTrue(done.stderr.strip())

    def test_a_capture_stops_at_its_packet_limit(self):
        self.apply(ALLOW_ALL)
        file = self.directory / "c.pcap"
        capture = self.beside("capture", "udp", "--write", file, "--packets", "2", seconds=20)
        for _ in range(3):
            self.ask_udp(SERVER.ipv4, 7)
        self.assertEqual(capture.wait(timeout=10), 0)
        self.assertEqual(len(pcap_records(file)), 2)

    def test_a_trace_tells_verdict_rule_and_reason_of_one_host(self):
        self.apply(rule("echo", "allow", services=["udp/7"]), BLOCK_ALL)
        trace = self.beside("trace", CLIENT.ipv4, "--json", seconds=2)
        self.ask_udp(SERVER.ipv4, 7)
        self.connect(SERVER.ipv4, 80)
        said, complaint = trace.communicate(timeout=15)
        self.assertEqual(trace.returncode, 0, complaint)
        seen = []
        for line in said.splitlines():
            record = json.loads(line)
            seen.append(record.get("packet", record))
        passed = [p for p in seen if p.get("destination_port") == 7]
        dropped = [p for p in seen if p.get("destination_port") == 80]
        self.assertTrue(passed and dropped, said)
        self.assertEqual((passed[0]["verdict"], passed[0]["rule"]), ("pass", 1))
        self.assertEqual((dropped[0]["verdict"], dropped[0]["rule"], dropped[0]["reason"]), ("drop", 2, "policy_block"))

    def test_flows_lists_open_flows_by_address_port_and_rule(self):
        self.apply(rule("echo", "allow", services=["tcp/7"]), ALLOW_ALL)
        outcome, connection = self.try_connect(SERVER.ipv4, 7)
        self.assertEqual(outcome, "open")
        with connection:
            connection.sendall(b"x" * 1000)
            connection.recv(1000)
            for arguments in (["--port", "7"], ["--address", SERVER.ipv4, "--protocol", "tcp"], ["--rule", "1"]):
                listed = self.gateway.json("flows", *arguments)["flows"]
                with self.subTest(arguments):
                    mine = [f for f in listed if f["source_port"] == connection.getsockname()[1]]
                    self.assertEqual(len(mine), 1)
                    self.assertEqual((mine[0]["source"], mine[0]["destination"], mine[0]["rule"], mine[0]["tcp_state"]),
                                     (CLIENT.ipv4, SERVER.ipv4, 1, "established"))
                    self.assertGreater(mine[0]["bytes_to_client"], 1000)
            self.assertEqual(self.gateway.json("flows", "--address", "192.0.2.1")["flows"], [])
            talkers = self.gateway.json("flows", "--top", "source")["groups"]
            self.assertIn(CLIENT.ipv4, [group["address"] for group in talkers])

    def test_status_ports_and_rules(self):
        self.apply(rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        self.page(f"http://{SERVER.ipv4}/")
        for command in (["status"], ["ports"], ["flows"], ["policy", "version"], ["policy", "rules"], ["version"]):
            with self.subTest(command):
                self.assertTrue(self.gateway.command(*command).stdout.strip())
                self.assertTrue(self.gateway.json(*command))
        ports = {port["name"]: port for port in self.gateway.dataplane("ports")["ports"]}
        self.assertEqual(set(ports), {"lan0", "wan0"})
        self.assertGreater(ports["lan0"]["rx_packets"], 0)
        self.assertGreater(ports["wan0"]["tx_bytes"], 0)
        self.assertEqual(ports["lan0"]["link"], "up")

    def test_explain_names_the_rule_and_why_earlier_ones_do_not_match(self):
        self.apply(rule("mail", "block", services=["tcp/25"]), rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        told = self.gateway.command("explain", "-s", CLIENT.ipv4, "-d", f"{SERVER.ipv4}:80", "--from", "lan").stdout
        self.assertIn("web", told)
        self.assertIn("mail", told)
        self.assertEqual(self.gateway.json("explain", "-s", CLIENT.ipv4, "-d", f"{SERVER.ipv4}:80")["rule"], 2)

    def test_events_filters_the_log(self):
        self.apply(BLOCK_ALL)
        self.connect(SERVER.ipv4, 8080)

        def dropped():
            said = self.gateway.command("events", "--type", "drop", "--json", "--lines", "50").stdout
            return [e for e in map(json.loads, said.splitlines()) if e.get("dest_port") == 8080]

        self.assertEqual(self.eventually(dropped, "a drop record")[-1]["src_ip"], CLIENT.ipv4)

    def test_stats_records_count_packets(self):
        self.apply(ALLOW_ALL)
        before = self.counters()["decoder.pkts"]
        for _ in range(5):
            self.ask_udp(SERVER.ipv4, 7)
        self.assertGreaterEqual(self.counters()["decoder.pkts"], before + 10)
        self.eventually(lambda: any(e["stats"]["decoder"]["pkts"] >= before + 10 for e in self.events("stats")),
                        "a stats record")

    def test_metrics_are_served(self):
        with self.inside("gateway"):
            import socket
            connection = socket.create_connection(("127.0.0.1", 9464), timeout=3)
        with connection:
            connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        self.assertIn(b"200", answer.splitlines()[0])
        self.assertIn(b"sekisho_", answer)

    def test_a_support_bundle_holds_no_secrets(self):
        file = self.directory / "bundle.tar.gz"
        self.gateway.command("support-bundle", "--output", file)
        with tarfile.open(file) as bundle:
            names = bundle.getnames()
        self.assertTrue(any("status" in name for name in names), names)
        self.assertTrue(any("policy" in name for name in names), names)
        for name in ("logs/control.log", "logs/dataplane.log", "supervisor.json", "box.yaml"):
            self.assertIn("sekisho-support/" + name, names)

    def test_diag_looks_at_everything(self):
        for topic in ("interfaces", "dns", "time", "disk", "memory", "cores"):
            with self.subTest(topic):
                self.assertTrue(self.gateway.command("diag", topic, check=False).stdout.strip())

    def inspect(self, packets, *arguments):
        """`sekisho inspect` over these packets; the EVE records."""
        file, log = self.directory / "in.pcap", self.directory / "log"
        write_pcap(file, packets)
        log.mkdir(exist_ok=True)
        self.gateway.command("inspect", "--pcap", file, "--log", log, *arguments)
        return [json.loads(line) for line in (log / "eve.json").read_text().splitlines()]

    def test_inspect_keeps_the_exit_codes_and_speaks_json(self):
        file, log = self.directory / "in.pcap", self.directory / "log"
        write_pcap(file, [frames.ethernet(0x0800, frames.ipv4(17, frames.udp(1000, 53, b"q")))])
        good = ["inspect", "--pcap", file, "--log", log]
        for arguments in (["--json", *good], [*good, "--json"]):
            done = subprocess.run([self.sekisho(), *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["packets"], 1)
        for code, arguments in ((1, ["--rules", self.directory / "none.rules"]), (1, ["--policy", file]),
                                (2, ["--checksum", "some"]), (2, ["--nonsense"])):
            with self.subTest(arguments):
                done = subprocess.run([self.sekisho(), *good, *arguments, "--json"], capture_output=True, text=True)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertTrue(json.loads(done.stdout)["error"]["message"])
        for arguments in (["inspect"], ["inspect", "--pcap", file]):
            self.assertEqual(subprocess.run([self.sekisho(), *arguments], capture_output=True).returncode, 2)

    def test_both_processes_give_their_last_log_lines(self):
        self.gateway.control("policy.apply", yaml="version: 1\nrules: 3\n", comment="")
        refused = [line for line in self.gateway.control("log")["lines"] if "policy refused" in line]
        self.assertTrue(refused)
        self.assertNotIn("serial 0", refused[-1])
        self.assertTrue(any("workers" in line for line in self.gateway.dataplane("log")["lines"]))

    def test_inspect_ends_with_stats_that_count_every_packet(self):
        packets = [frames.ethernet(0x0800, frames.ipv4(17, frames.udp(1000 + n, 53, b"q" * n))) for n in range(200)]
        packets += [frames.ethernet(0x0800, b"\x45\x00\x00"), frames.ethernet(0x0806, bytes(28)),
                    frames.tagged([(0x8100, 7)], 0x0800, frames.ipv4(6, frames.tcp(1, 80, 1, 0, 2)))]
        records = self.inspect(packets)
        self.assertEqual(records[-1]["event_type"], "stats")
        self.assertEqual(records[-1]["stats"]["decoder"]["pkts"], len(packets))
        self.assertEqual(len([r for r in records if r["event_type"] == "flow" and r["proto"] == "UDP"]), 200)

    def test_inspect_applies_a_policy(self):
        chosen = self.directory / "p.yaml"
        chosen.write_text(policy(rule("no dns", "block", services=["udp/53"]), ALLOW_ALL))
        packets = [frames.ethernet(0x0800, frames.ipv4(17, frames.udp(1000, port, b"q"))) for port in (53, 123)]
        records = self.inspect(packets, "--policy", chosen)
        self.assertEqual([r["dest_port"] for r in records if r["event_type"] == "drop"], [53])

    def test_inspect_of_a_live_capture_agrees_with_the_gateway(self):
        self.apply(ALLOW_ALL)
        file, log = self.directory / "c.pcap", self.directory / "log"
        capture = self.beside("capture", "tcp", "port", "8080", "--write", file, seconds=2)
        self.assertIsNotNone(self.page(f"http://{SERVER.ipv4}:8080/"))
        self.assertEqual(capture.wait(timeout=15), 0)
        log.mkdir()
        self.gateway.command("inspect", "--pcap", file, "--log", log)
        records = [json.loads(line) for line in (log / "eve.json").read_text().splitlines()]
        self.assertEqual(records[-1]["stats"]["decoder"]["pkts"], len(pcap_records(file)))
        flows = [r for r in records if r["event_type"] == "flow"]
        self.assertEqual([(f["src_ip"], f["dest_ip"], f["dest_port"]) for f in flows], [(CLIENT.ipv4, SERVER.ipv4, 8080)])


if __name__ == "__main__":
    unittest.main()
