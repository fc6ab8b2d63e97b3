"""A real QUIC client and server: what browsers try before TCP."""

import json

from harness import ALLOW_ALL, SERVER, LabTest, rule, services, unittest

CLOSED, OPEN, LISTED, VIDEO, OURS = "bet365.com", "www.nikkei.com", "pokerstars.com", "www.youtube.com", "www.erp.example"
FAMILIES = {"IPv4": SERVER.ipv4, "IPv6": SERVER.ipv6}

NO_GAMBLING = rule("no gambling", "block", content={"url_categories": ["gambling"]}, block_with="answer")
NO_YOUTUBE = rule("no youtube", "block", content={"applications": ["youtube"]}, block_with="reset")


class Quic(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        services.quic(cls.lab, (OPEN, CLOSED, LISTED, VIDEO, OURS))

    def ask(self, name, address):
        """What comes back of a "hello" to a server that the hello names."""
        done = self.lab.run("client", "node", services.QUIC, "ask", address, 443, name)
        return json.loads(done.stdout).get("answer")

    def told_unreachable(self):
        """How many ICMP and ICMPv6 messages have told the client that something cannot be reached."""
        told = self.lab.run("client", "cat", "/proc/net/snmp").stdout.splitlines()
        names, values = (line.split() for line in told if line.startswith("Icmp:"))
        v6 = self.lab.run("client", "cat", "/proc/net/snmp6").stdout.split()
        return int(values[names.index("InDestUnreachs")]), int(v6[v6.index("Icmp6InDestUnreachs") + 1])

    def test_who_is_refused_is_told_at_once_and_every_other_name_opens(self):
        self.apply(NO_GAMBLING, NO_YOUTUBE, ALLOW_ALL, lists={"allow": [LISTED]})
        for family, address in FAMILIES.items():
            with self.subTest(family=family):
                before = self.told_unreachable()
                for name in (OPEN, LISTED):  # to allow wins over the category
                    self.assertEqual(self.ask(name, address), "hello")
                self.assertEqual(self.told_unreachable(), before)
                for name in (CLOSED, VIDEO):
                    self.assertIsNone(self.ask(name, address))
                told = self.told_unreachable()
                which = list(FAMILIES).index(family)
                self.assertGreaterEqual(told[which], before[which] + 2)
        told = {("no gambling", f"https://{CLOSED}/"), ("no youtube", f"https://{VIDEO}/")}
        self.eventually(lambda: told <= {(event["policy"]["name"], event["url"]["url"]) for event in self.events("policy")
                                         if "url" in event}, "a record of each")

    def test_an_own_application_is_told_by_its_host(self):
        """Where the profile has content looked into: a hello of QUIC must be joined and decrypted."""
        own = {"applications": [{"name": "our erp", "hosts": ["*.erp.example"]}]}
        self.apply(rule("no erp", "block", content={"applications": ["our erp"]}, block_with="reset"), ALLOW_ALL | {"profile": "p"},
                   objects=own, profiles=[{"name": "p"}])
        for family, address in FAMILIES.items():
            with self.subTest(family=family):
                self.assertEqual(self.ask(OPEN, address), "hello")
                self.assertIsNone(self.ask(OURS, address))
        self.eventually(lambda: any(event["app"].get("name") == "our erp" and event["app"].get("carrier") == "quic"
                                    for event in self.events("policy") if event["policy"]["name"] == "no erp" and "app" in event),
                        "a record of the application and what it is carried in")


if __name__ == "__main__":
    unittest.main()
