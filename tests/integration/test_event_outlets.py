"""Events leave the gateway: EVE files that are rotated by size, syslog messages (RFC 5424)."""

import contextlib
import json
import re
import socket

from harness import ALLOW_ALL, CLIENT, SERVER, LabTest, network, rule, services, unittest
from sekisho_lab.lab import MANAGEMENT

SYSLOG_PORT = 5514
ROTATE_BYTES = 16_384
# RFC 5424 section 6: <PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG
MESSAGE = re.compile(r"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\S{1,255}) (\S{1,48}) (\d{1,128}) (\S{1,32}) "
                     r"- (\{.*\})", re.DOTALL)
SO_RCVBUFFORCE = 33  # socket(7); the module has no name for it
LOCAL4 = 20
SEVERITY = {"drop": 4, "anomaly": 4, "policy": 5, "policy_change": 5}  # any other: 6


class EventOutlets(LabTest):
    lab_options = {"syslog_target": f"udp:{MANAGEMENT['server']}:{SYSLOG_PORT}", "eve_rotate_bytes": ROTATE_BYTES,
                   "stats_interval_seconds": 1}

    @classmethod
    def collector(cls, lab):
        """A syslog collector on the server, at the end of the management cable."""
        with network.inside(lab.namespace("server")):
            cls.syslog = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        cls.syslog.bind((MANAGEMENT["server"], SYSLOG_PORT))
        cls.syslog.setblocking(False)
        cls.syslog.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8_000_000)  # nobody reads it meanwhile
        cls.addClassCleanup(cls.syslog.close)
        cls.received = []

    def messages(self):
        """(priority, time, host, program, process, kind, record) of all so far; each must be well-formed."""
        with contextlib.suppress(BlockingIOError):
            while True:
                body, sender = self.syslog.recvfrom(65536)
                self.assertEqual(sender[0], MANAGEMENT["gateway"])
                parts = MESSAGE.fullmatch(body.decode("utf-8"))
                self.assertIsNotNone(parts, body)
                self.received.append((int(parts[1]), *parts.groups()[1:6], json.loads(parts[7])))
        return self.received

    def eve_files(self):
        return sorted((self.lab.directory / "log").glob("eve.json*"))

    def all_records(self):
        """The records of all EVE files, the oldest first; every line of a rotated file must be whole."""
        records = []
        current = self.lab.directory / "log/eve.json"
        for path in [file for file in self.eve_files() if file != current] + [current]:
            for line in path.read_text().splitlines():
                try:
                    records.append(json.loads(line))
                except ValueError:
                    self.assertEqual(path, current, f"half a line in {path.name}: {line}")
        return records

    def test_events_arrive_as_well_formed_syslog_messages(self):
        self.apply(rule("no telnet", "block", services=["tcp/23"]), ALLOW_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 23), "silence")
        self.connect(SERVER.ipv4, 80)
        self.eventually(lambda: {"policy", "policy_change", "drop", "stats"} <= {m[5] for m in self.messages()},
                        "messages of both processes")
        drop = next(m for m in self.messages() if m[5] == "drop" and m[6].get("dest_port") == 23)
        self.assertEqual((drop[6]["src_ip"], drop[6]["dest_ip"]), (CLIENT.ipv4, SERVER.ipv4))
        for priority, time, host, program, process, kind, record in self.messages():
            self.assertEqual(priority, LOCAL4 * 8 + SEVERITY.get(kind, 6), kind)
            self.assertEqual((host, program, kind), ("lab", "sekisho-control", record["event_type"]))
            self.assertEqual(time[:19], record["timestamp"][:19])
            self.assertEqual(int(process), self.supervised_pid("sekisho-control"))

    def supervised_pid(self, name):
        written = json.loads((self.gateway.run_dir / "supervisor.json").read_text())
        return next(child["pid"] for child in written["processes"] if child["name"] == name)

    def test_syslog_has_what_the_eve_file_has(self):
        self.apply(rule("no telnet", "block", services=["tcp/23"]), ALLOW_ALL)
        self.connect(SERVER.ipv4, 23)
        self.eventually(lambda: any(r["event_type"] == "drop" for r in self.all_records()), "a drop in eve.json")

        def same():
            records = [json.dumps(r, sort_keys=True) for r in self.all_records()]
            sent = {json.dumps(m[6], sort_keys=True) for m in self.messages()}
            return records and all(record in sent for record in records)

        self.eventually(same, "every record of the EVE files as a syslog message")

    def test_files_are_rotated_by_size_without_losing_a_record(self):
        self.apply(rule("no ports", "block", services=["tcp/1000-1999"]), ALLOW_ALL)
        ports = range(1000, 1200)
        probes = []

        def blocked():
            return {r["dest_port"] for r in self.all_records() if r["event_type"] == "drop" and r["dest_port"] in ports}

        with self.inside("client"):
            for port in ports:
                probe = socket.socket()
                probe.setblocking(False)
                probe.connect_ex((SERVER.ipv4, port))
                probes.append(probe)
                if port % 20 == 19:  # records are written as they come together, and never over two files
                    self.eventually(lambda last=port: last in blocked(), "a drop record for every port")
        self.eventually(lambda: blocked() == set(ports), "a drop record for every port")
        for probe in probes:
            probe.close()
        self.assertGreater(len(self.eve_files()), 2)
        current = self.lab.directory / "log/eve.json"
        for path in self.eve_files():
            self.assertGreater(path.stat().st_size, 0)
            self.assertLessEqual(path.stat().st_size, 2 * ROTATE_BYTES, path.name)
            if path != current:
                self.assertRegex(path.name, r"^eve\.json\.\d{8}T\d{6}Z-\d{4}$")


EventOutlets.wanted_services = (EventOutlets.collector, services.web)

if __name__ == "__main__":
    unittest.main()
