"""Calls to C&C servers on a running gateway: listed ones by address, DNS, SNI and URL, the sinkhole, a beacon."""

import socket
import struct
import time

from harness import CLIENT, SERVER, LabTest, echo, rule, services, unittest
from test_url_filter import hello

DNS_PORT, TLS_PORT, CALL_PORT = 53, 443, 4444
FAMILIES = ((CLIENT.ipv4, SERVER.ipv4), (CLIENT.ipv6, SERVER.ipv6))
ABROAD = ("203.0.113.10", "2001:db8:2::10")  # the server's other addresses
SINKHOLE = {"A": "198.51.100.10", "AAAA": "2001:db8:3::10"}
TYPES = {"A": (1, socket.AF_INET), "AAAA": (28, socket.AF_INET6)}
BAD = "evil.example"
FEED = f"""# made for this test
{BAD}
hxxp://shared[.]example/gate
203.0.113.0/28
{ABROAD[1]}
"""
REFUSED = 5
LEAST_PERIOD = 5.5  # seconds; shorter ones are none


def query(name, kind="A", number=0x4711):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0)
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 1) + labels + struct.pack(">HH", TYPES[kind][0], 1) + opt


class Callbacks(LabTest):
    wanted_services = (services.web, echo(TLS_PORT), echo(CALL_PORT), echo(DNS_PORT))
    lab_options = {"indicators": FEED}

    def protect(self, **callbacks):
        return self.apply(rule("all", "allow", profile="p"), profiles=[{"name": "p", "callbacks": callbacks}])

    def told(self, **members):
        def found():
            return [one for one in self.events("callback")
                    if one["callback"] | members == one["callback"]]
        return self.eventually(found, f"a callback event with {members}")[-1]

    def test_the_status_says_what_is_known(self):
        known = self.gateway.dataplane("status")["indicator_database"]
        self.assertEqual(known["entries"], 4)

    def test_a_listed_address_is_not_reached_and_its_neighbour_is(self):
        self.protect()
        for (client, server), bad in zip(FAMILIES, ABROAD):
            with self.subTest(bad=bad):
                self.assertEqual(self.connect(bad, CALL_PORT), "silence")
                self.assertEqual(self.connect(server, CALL_PORT), "open")
                event = self.told(kind="list", indicator_type="address", host=client, action="blocked")
                self.assertEqual(event["dest_ip"].lower(), event["dest_ip"])
                self.assertEqual(event["callback"]["source"], "lab_feed")
        self.assertGreaterEqual(self.counters()["drop.callback_block"], 2)

    def test_reset_tells_the_host_and_monitor_only_the_log(self):
        self.protect(action="reset")
        self.assertEqual(self.connect(ABROAD[0], CALL_PORT), "refused")
        self.protect(action="monitor")
        self.assertEqual(self.connect(ABROAD[0], CALL_PORT), "open")
        self.told(action="monitored", indicator="203.0.113.0/28")

    def test_the_name_in_a_tls_hello_and_the_url_of_a_request_count(self):
        self.protect()
        for _, server in FAMILIES:
            with self.subTest(server=server):
                for name, passes in ((f"c2.{BAD}", False), ("good.example", True)):
                    outcome, connection = self.try_connect(server, TLS_PORT)
                    self.assertEqual(outcome, "open")
                    with connection:
                        connection.sendall(hello(name))
                        try:
                            answered = bool(connection.recv(1))
                        except TimeoutError:
                            answered = False
                    self.assertEqual(answered, passes, name)
        self.told(indicator=BAD, indicator_type="domain")
        for path, status in (("/gate?bot=1", "000"), ("/", "200")):
            asked = self.lab.run("client", "curl", "-s", "-m", 2, "-o", "/dev/null", "-w", "%{http_code}", "-H",
                                 "Host: shared.example", f"http://{SERVER.ipv4}{path}", check=False)
            self.assertEqual(asked.stdout, status, path)
        self.told(indicator="shared.example/gate", indicator_type="url")

    def test_a_query_for_a_listed_name_is_refused_and_others_pass(self):
        self.protect()
        for _, server in FAMILIES:
            with self.subTest(server=server):
                answer = self.ask_udp(server, DNS_PORT, body=query(f"www.{BAD}"))
                self.assertIsNotNone(answer)
                self.assertEqual(answer[:2], query(BAD)[:2])
                self.assertTrue(answer[2] & 0x80)
                self.assertEqual(answer[3] & 15, REFUSED)
                self.assertIn(struct.pack(">H", 15), answer[-60:])  # Extended DNS Error
                self.assertEqual(self.ask_udp(server, DNS_PORT, body=query("good.example")), query("good.example"))
        event = self.told(kind="list", query=f"www.{BAD}", action="sinkholed")
        self.assertEqual(event["dest_port"], DNS_PORT)

    def test_the_sinkhole_shows_who_is_infected(self):
        self.protect(sinkhole=list(SINKHOLE.values()))
        for kind, place in SINKHOLE.items():
            with self.subTest(kind=kind):
                answer = self.ask_udp(SERVER.ipv4, DNS_PORT, body=query(BAD, kind))
                self.assertEqual(answer[3] & 15, 0)
                self.assertTrue(answer.endswith(socket.inet_pton(TYPES[kind][1], place)))
                self.assertEqual(self.connect(place, CALL_PORT), "silence")
                client = CLIENT.ipv4 if kind == "A" else CLIENT.ipv6
                self.told(indicator_type="sinkhole", host=client)

    def test_lists_and_exceptions_of_the_policy_stand_before_it(self):
        self.apply(rule("all", "allow", profile="p"), profiles=[{"name": "p"}],
                   lists={"allow": [BAD, ABROAD[0]]})
        self.assertEqual(self.connect(ABROAD[0], CALL_PORT), "open")
        self.assertEqual(self.ask_udp(SERVER.ipv4, DNS_PORT, body=query(BAD)), query(BAD))
        self.protect(excluded_hosts=[BAD])
        self.assertEqual(self.ask_udp(SERVER.ipv4, DNS_PORT, body=query(BAD)), query(BAD))
        self.protect(enabled=False)
        self.assertEqual(self.connect(ABROAD[0], CALL_PORT), "open")

    def test_a_host_that_beacons_is_reported_and_counted(self):
        self.protect(sensitivity="high")
        with self.inside("client"):
            calls = [socket.create_connection((address, CALL_PORT), timeout=2) for _, address in FAMILIES]
        for call in calls:
            self.addCleanup(call.close)
        for _ in range(10):
            for call in calls:
                call.sendall(b"anything new?")
                call.recv(100)
            time.sleep(LEAST_PERIOD)
        for client, server in FAMILIES:
            event = self.told(kind="beacon", host=client, action="monitored")["callback"]
            self.assertAlmostEqual(event["period_seconds"], LEAST_PERIOD, delta=0.5)
        top = self.gateway.dataplane("callbacks.top")
        self.assertGreaterEqual(top["total"], 2)
        self.assertIn(CLIENT.ipv4, [host["address"] for host in top["hosts"]])


if __name__ == "__main__":
    unittest.main()
