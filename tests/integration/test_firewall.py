"""The firewall's promises (R042, R043, R052-R054, R060) with real traffic."""

import socket
import struct

from harness import (ALLOW_ALL, BLOCK_ALL, CLIENT, ROOT, SERVER, EchoServer, LabTest, echo, rule, services, unittest)


def web(lab):
    services.web(lab, ports=(80, 8080))


class Firewall(LabTest):
    wanted_services = (web, echo(7))

    def test_the_client_fetches_a_page_over_ipv4_and_ipv6(self):
        self.factory()
        self.assertIn(CLIENT.ipv4, self.page(f"http://{SERVER.ipv4}/"))
        self.assertIn(CLIENT.ipv6, self.page(f"http://[{SERVER.ipv6}]/"))

    def test_a_large_download_arrives_whole(self):
        self.factory()
        fetched = self.lab.run("client", "curl", "-s", "-m", 30, "-o", "/dev/null", "-w", "%{size_download}",
                               f"http://{SERVER.ipv4}/bytes/50000000").stdout
        self.assertEqual(fetched, "50000000")

    def test_the_factory_policy_passes_everything_in_both_directions(self):
        self.factory()
        EchoServer(self.lab, "client", 7007)
        for version in ("ipv4", "ipv6"):
            with self.subTest(version):
                server, client = getattr(SERVER, version), getattr(CLIENT, version)
                self.assertEqual(self.connect(server, 7), "open")
                self.assertEqual(self.ask_udp(server, 7), b"hello")
                self.assertTrue(self.ping(server))
                self.assertEqual(self.connect(client, 7007, host="server"), "open")
                self.assertEqual(self.ask_udp(client, 7007, host="server"), b"hello")
                self.assertTrue(self.ping(client, "server"))

    def test_with_the_factory_policys_firewall_rule_on_nothing_passes(self):
        text = (ROOT / "config/policy/factory_policy.yaml").read_text()
        name = "name: 【50-1】ファイアウォール\n    enabled: "
        self.assertIn(name + "false", text)
        applied = self.gateway.control("policy.apply", yaml=text.replace(name + "false", name + "true"), comment="on")
        self.assertTrue(applied["ok"], applied)
        for version in ("ipv4", "ipv6"):
            with self.subTest(version):
                server, client = getattr(SERVER, version), getattr(CLIENT, version)
                self.assertEqual(self.connect(server, 80), "silence")
                self.assertIsNone(self.ask_udp(server, 7))
                self.assertFalse(self.ping(server))
                self.assertFalse(self.ping(client, "server"))

    def test_an_individual_allow_above_the_firewall_passes_exactly_its_flows(self):
        self.apply(rule("web", "allow", **{"from": "lan"}, source={"addresses": [CLIENT.ipv4, CLIENT.ipv6]},
                        services=["tcp/80"]), BLOCK_ALL)
        self.assertIsNotNone(self.page(f"http://{SERVER.ipv4}/"))
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")
        self.assertIsNone(self.ask_udp(SERVER.ipv4, 7))
        self.assertFalse(self.ping(SERVER.ipv4))
        self.assertEqual(self.connect(CLIENT.ipv4, 80, host="server"), "silence")

    def test_an_allow_that_is_switched_off_passes_nothing(self):
        self.apply(rule("web", "allow", enabled=False, services=["tcp/80"]), BLOCK_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")

    def test_swapping_contradictory_rules_swaps_their_effect(self):
        allow, block = rule("yes", "allow", services=["tcp/80"]), rule("no", "block", services=["tcp/80"])
        self.apply(allow, block)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        self.apply(block, allow)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")

    def test_a_rule_for_one_port_leaves_others_alone(self):
        self.apply(rule("no", "block", services=["tcp/8080"]), ALLOW_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")

    def test_blocking_with_a_reset_refuses_at_once(self):
        self.apply(rule("no", "block", block_with="reset", services=["tcp/80"]), ALLOW_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "refused")
        self.assertEqual(self.connect(SERVER.ipv6, 80), "refused")

    def test_a_monitor_rule_passes_and_is_recorded(self):
        self.apply(rule("watch", "monitor", services=["tcp/80"]), BLOCK_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        self.assertGreater(self.hits()[1], 0)

    def test_sides_tell_who_began(self):
        self.apply(rule("out", "allow", **{"from": "lan"}), BLOCK_ALL)
        EchoServer(self.lab, "client", 7008)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        self.assertEqual(self.connect(CLIENT.ipv4, 7008, host="server"), "silence")

    def test_icmp_types_are_told_apart(self):
        self.apply(rule("ping", "allow", services=["icmp/8"]), BLOCK_ALL)
        self.assertTrue(self.ping(SERVER.ipv4))
        self.apply(rule("unreachable", "allow", services=["icmp/3"]), BLOCK_ALL)
        self.assertFalse(self.ping(SERVER.ipv4))

    def test_hits_are_counted_at_the_rule_that_decides(self):
        self.apply(rule("other", "allow", services=["tcp/9999"]), rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        self.assertIsNotNone(self.page(f"http://{SERVER.ipv4}/"))
        self.connect(SERVER.ipv4, 8080)
        hits = self.hits()
        self.assertEqual(hits[1], 0)
        self.assertGreaterEqual(hits[2], 8)  # both directions of a whole connection
        self.assertGreaterEqual(hits[3], 1)

    def test_explain_agrees_with_what_happens(self):
        self.apply(rule("no mail", "block", services=["tcp/25"], block_with="reset"),
                   rule("web", "allow", services=["tcp/80"]), rule("echo", "allow", services=["udp/7"]), BLOCK_ALL)
        happened = {"open": "pass", "refused": "reset", "silence": "drop"}
        for port in (25, 80, 8080):
            told = self.gateway.dataplane("explain", source=CLIENT.ipv4, destination=SERVER.ipv4, protocol="tcp",
                                          source_port=40000, destination_port=port, source_mac=CLIENT.mac,
                                          **{"from": "lan"})
            with self.subTest(port=port, told=told):
                self.assertEqual(told["verdict"], happened[self.connect(SERVER.ipv4, port)])
        self.assertEqual([reason["outcome"] for reason in told["reasons"]], ["does_not_match"] * 3 + ["matches"])
        self.assertEqual(told["rule"], 4)
        self.assertTrue(all(reason["why"] for reason in told["reasons"]))

    def test_blocked_and_finished_flows_are_in_the_event_log(self):
        self.apply(rule("echo", "allow", services=["tcp/7"]), BLOCK_ALL)
        self.connect(SERVER.ipv4, 8081)
        self.eventually(lambda: [e for e in self.events("drop") if e.get("dest_port") == 8081], "a drop record")
        _, connection = self.try_connect(SERVER.ipv4, 7)
        port = connection.getsockname()[1]
        connection.sendall(b"x" * 1000)
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()  # with a reset: no closing handshake to wait for
        flow = self.eventually(lambda: [e for e in self.events("flow") if e.get("src_port") == port], "a flow record",
                               timeout=30)[-1]
        self.assertEqual((flow["src_ip"], flow["dest_ip"], flow["dest_port"], flow["proto"]),
                         (CLIENT.ipv4, SERVER.ipv4, 7, "TCP"))
        self.assertGreater(flow["flow"]["bytes_toclient"], 1000)


if __name__ == "__main__":
    unittest.main()
