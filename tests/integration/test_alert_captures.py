"""Packets around alerts: what is captured, what is not, and what it costs the others."""

import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import time

from harness import CLIENT, SERVER, EchoServer, unittest
from inspecting import InspectingTest

PORT = 7007
OWN_SIGNATURE = 1000007
OWN_RULE = 'alert udp any any -> any 7007 (msg:"ours: an alert a flow"; content:"attack"; sid:1000007;)'
MEGABYTE = 1 << 20
NUM_FLOOD_FLOWS = 300


class AlertCaptures(InspectingTest):
    lab_options = InspectingTest.lab_options | {"alert_capture_megabytes": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.echo = EchoServer(cls.lab, "server", PORT)

    def setUp(self):
        super().setUp()
        self.eventually(lambda: not self.running(), "the end of what runs")
        self.cli("alert-captures", "remove", "--all")

    def listed(self):
        return json.loads(self.cli("--json", "alert-captures", "list").stdout)["captures"]

    def running(self, signature=None):
        return [one for one in self.listed() if one["ended"] is None and signature in (None, one["signature"])]

    def files(self):
        return sorted((self.lab.directory / "state/captures").iterdir())

    def bytes_on_disk(self):
        total = 0
        for file in self.files():
            with contextlib.suppress(FileNotFoundError):  # it has just made room
                total += file.stat().st_size
        return total

    def packets(self, name):
        """A line of tcpdump's for each packet."""
        path = self.lab.directory / "exported.pcap"
        path.unlink(missing_ok=True)
        self.cli("alert-captures", "export", name, "--write", path)
        return self.lab.run("client", "tcpdump", "-nn", "-r", path).stdout.splitlines()

    def whole_capture(self, signature=None):
        """The one that there is, of this rule if one is named, when it has ended."""
        def mine():
            return [one for one in self.listed() if signature in (None, one["signature"])]
        self.eventually(lambda: mine() and all(one["ended"] for one in mine()), "an end")
        listed = mine()
        self.assertEqual(len(listed), 1, listed)
        return listed[0]

    def test_an_attack_leaves_its_packets_from_the_handshake_to_what_came_after(self):
        self.apply_inspection(capture_seconds_after=2)
        for address, client in ((SERVER.ipv4, CLIENT.ipv4), (SERVER.ipv6, CLIENT.ipv6)):
            with self.subTest(address=address):
                self.seen = len(self.events("alert"))
                with concurrent.futures.ThreadPoolExecutor(2) as hosts:
                    attack = hosts.submit(self.attack, address)
                    pages = [self.answer("/", address) for _ in range(10)]
                    self.assertIsNone(attack.result())
                self.assertNotIn(None, pages)
                alert = self.eventually(self.alerts, "an alert")[0]
                capture = self.whole_capture()
                self.assertEqual(alert["capture_file"], capture["name"])
                self.assertEqual((capture["client"], capture["client_port"]), (client, alert["src_port"]))
                self.assertEqual((capture["ended"], capture["lost"]), ("time", 0))
                lines = self.packets(capture["name"])
                self.assertEqual(len(lines), capture["packets"])
                self.assertTrue(all(f".{alert['src_port']}" in line for line in lines), lines)
                for line, flags in zip(lines, ("Flags [S],", "Flags [S.],", "Flags [.],", "Flags [P.],")):
                    self.assertIn(flags, line)
                self.assertIn("jndi", lines[3])
                self.assertGreater(len(lines), 4)  # what the client sent again, though it was dropped
                self.cli("alert-captures", "remove", capture["name"])
                self.assertEqual(self.files(), [])

    def test_without_the_setting_nothing_is_written(self):
        self.apply_inspection()
        self.assertIsNone(self.attack())
        alert = self.eventually(self.alerts, "an alert")[0]
        self.assertNotIn("capture_file", alert)
        self.apply_inspection(capture_seconds_after=2, capture_rules=["7"])
        self.assertIsNone(self.attack())
        time.sleep(0.3)
        self.assertEqual(self.files(), [])

    def test_a_rule_with_tag_has_its_flow_captured_though_no_profile_asks(self):
        tagged = ('alert udp any any -> any 7007 (msg:"ours: tagged"; content:"attack"; '
                  'tag:session,3,packets; sid:1000008;)')
        self.apply_inspection(tagged, action="monitor")
        with self.inside("client"):
            attacker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with attacker:
            attacker.settimeout(5)
            for body in (b"before", b"attack", b"after", b"later"):
                attacker.sendto(body, (SERVER.ipv4, PORT))
                self.assertEqual(attacker.recv(100), body)
        capture = self.whole_capture(1000008)
        self.assertEqual(capture["ended"], "size")
        lines = self.packets(capture["name"])
        self.assertEqual(len(lines), 3, lines)  # the attack, its echo, one more
        alerts = [one for one in self.eventually(self.alerts, "an alert")
                  if one["alert"]["signature_id"] == 1000008]
        self.assertEqual(alerts[0]["capture_file"], capture["name"])

    def test_a_change_of_policy_ends_no_capture(self):
        self.apply_inspection(OWN_RULE, action="monitor", capture_seconds_after=2, capture_packets_before=0)
        with self.inside("client"):
            attacker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with attacker:
            attacker.settimeout(5)
            for body in (b"attack", b"after"):
                attacker.sendto(body, (SERVER.ipv4, PORT))
                attacker.recv(100)
                self.apply_inspection()
        self.assertEqual(len(self.packets(self.whole_capture()["name"])), 4)

    def echo_flow(self, datagrams, size):
        """A flow with an alert and so many datagrams each way; how many came back."""
        with self.inside("client"):
            client = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        with client:
            client.settimeout(5)
            client.connect((SERVER.ipv6, PORT))
            answered = 0
            for _ in range(datagrams):
                client.send(b"attack".ljust(size))
                answered += len(client.recv(65536)) == size
        return answered

    def test_all_captures_together_keep_to_their_bound(self):
        self.apply_inspection(OWN_RULE, action="monitor", capture_seconds_after=1)
        removed = self.counters()["alert_capture.removed"]
        for _ in range(25):
            self.assertEqual(self.echo_flow(60, 1200), 60)
            time.sleep(0.1)  # what was captured is written
            self.assertLessEqual(self.bytes_on_disk(), MEGABYTE)
        self.assertGreater(self.bytes_on_disk(), MEGABYTE // 2)
        self.eventually(lambda: not self.running(), "their ends")
        self.assertGreater(self.counters()["alert_capture.removed"], removed)
        self.assertTrue(all(file.stat().st_mode & 0o777 == 0o600 for file in self.files()))

    def test_what_was_captured_outlives_its_process(self):
        self.apply_inspection(OWN_RULE, action="monitor", capture_seconds_after=600)
        self.assertEqual(self.echo_flow(3, 100), 3)
        # What a client of an earlier test still sends again is a new attack to this policy, and to the next process.
        self.eventually(lambda: [one["packets"] for one in self.running(OWN_SIGNATURE)] == [6], "six packets")
        os.kill(self.gateway.dataplane("status")["pid"], signal.SIGKILL)
        self.eventually(lambda: self.cli("alert-captures", "list", check=False).returncode == 0, "another process")
        capture = self.whole_capture(OWN_SIGNATURE)
        self.assertEqual((capture["ended"], capture["packets"]), ("interrupted", 6))
        self.assertEqual(len(self.packets(capture["name"])), 6)

    def test_a_flood_of_alerts_loses_no_packet(self):
        self.apply_inspection(OWN_RULE, action="monitor", capture_seconds_after=1)
        before = self.counters()
        with concurrent.futures.ThreadPoolExecutor(8) as hosts:
            flows = [hosts.submit(self.echo_flow, 3, 100) for _ in range(NUM_FLOOD_FLOWS)]
            pages = [self.answer("/") for _ in range(20)]
            self.assertEqual(sum(flow.result() for flow in flows), 3 * NUM_FLOOD_FLOWS)
        self.assertNotIn(None, pages)
        after = self.counters()
        told = [after[name] - before[name] for name in ("alert_capture.begun", "alert_capture.refused")]
        self.assertGreater(min(told), 0, told)
        self.assertEqual({name: count for name, count in after.items()
                          if name.startswith("drop.") and count != before.get(name, 0)}, {})
        self.assertIn("around alerts", self.cli("status").stdout)


if __name__ == "__main__":
    unittest.main()
