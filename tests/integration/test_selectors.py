"""Each kind of selector matches the host it means and leaves the control host alone (R055-R059, R063-R065)."""

import contextlib
import json
import os
import signal
import time

from harness import ALLOW_ALL, BLOCK_ALL, CLIENT, CLIENT2, SERVER, LabTest, rule, services, unittest

from sekisho_lab.gateway import GatewayError

US, KP = "198.51.100.10", "203.0.113.10"
US6, KP6 = "2001:db8:3::10", "2001:db8:2::10"


def web(lab):
    services.web(lab, ports=(80,))


class Sources(LabTest):
    hosts = ("client", "client2", "server")
    wanted_services = (web, services.dns)

    def check(self, source, objects=None, address=SERVER.ipv4):
        """A rule with this source blocks the client and not the control host. (From the LAN: in some
        of these sets the server is too, and it must go on to answer who its neighbours are.)"""
        self.apply(rule("no", "block", **{"from": "lan"}, source=source), ALLOW_ALL, objects=objects)
        self.assertEqual(self.connect(address, 80, host="client"), "silence")
        self.assertEqual(self.connect(address, 80, host="client2"), "open")

    def test_mac(self):
        self.check({"macs": [CLIENT.mac]})
        self.check({"macs": [CLIENT.mac]}, address=SERVER.ipv6)

    def test_single_addresses(self):
        self.check({"addresses": [CLIENT.ipv4]})
        self.check({"addresses": [CLIENT.ipv6]}, address=SERVER.ipv6)

    def test_range(self):
        self.check({"addresses": ["10.91.0.1-10.91.0.2"]})

    def test_cidr_with_host_bits(self):
        self.check({"addresses": ["10.91.0.3/30"]})  # .0 to .3; the control host is .4
        self.check({"addresses": ["fd91::3/126"]}, address=SERVER.ipv6)

    def test_an_object_of_three_comma_separated_values(self):
        objects = {"addresses": [{"name": "three", "values": "192.168.0.1, 10.91.0.2, 10.0.0.8/24"}]}
        self.check({"addresses": ["three"]}, objects)

    def test_users_and_groups_by_the_place_that_the_policy_gives_them(self):
        users = [{"name": "taro", "groups": ["sales"], "addresses": [CLIENT.ipv4, CLIENT.ipv6]},
                 {"name": "hanako", "groups": ["sales"], "macs": [CLIENT.mac]}]
        for selected, address in (("taro", SERVER.ipv4), ("taro", SERVER.ipv6), ("sales", SERVER.ipv4), ("hanako", SERVER.ipv6)):
            self.apply(rule("no", "block", source={"users": [selected]}), ALLOW_ALL, users=users)
            self.assertEqual(self.connect(address, 80, host="client"), "silence", selected)
            self.assertEqual(self.connect(address, 80, host="client2"), "open", selected)

    def test_users_that_were_identified(self):
        self.apply(rule("no", "block", source={"users": ["sales"]}), ALLOW_ALL)
        for client, server in ((CLIENT.ipv4, SERVER.ipv4), (CLIENT.ipv6, SERVER.ipv6)):
            self.assertEqual(self.connect(server, 80), "open")
            self.gateway.command("users", "bind", client, "taro", "--group", "sales", "--seconds", "600")
            self.assertEqual(self.connect(server, 80), "silence")
            self.assertEqual(self.connect(server, 80, host="client2"), "open")
            explained = self.gateway.json("explain", "-s", client, "-d", f"{server}:80" if ":" not in server else f"[{server}]:80")
            self.assertEqual(explained["rule"], 1)
            known = self.gateway.json("users", "list")["users"]
            self.assertEqual([(one["address"], one["user"], one["groups"]) for one in known], [(client, "taro", ["sales"])])
            self.gateway.command("users", "release", client)
            self.assertEqual(self.connect(server, 80), "open")
        self.gateway.command("users", "bind", CLIENT.ipv4, "taro", "--seconds", "1")
        self.eventually(lambda: self.gateway.json("users", "list")["users"] == [], "the user's time being over")
        refused = self.gateway.command("users", "bind", "10.91.0.300", "taro", check=False)
        self.assertNotEqual(refused.returncode, 0)

    def test_users_that_were_identified_outlive_the_dataplane(self):
        self.apply(rule("no", "block", source={"users": ["sales"]}), ALLOW_ALL)
        self.gateway.command("users", "bind", CLIENT.ipv4, "taro", "--group", "sales", "--seconds", "600")
        self.addCleanup(self.gateway.command, "users", "release", CLIENT.ipv4, check=False)
        file = self.lab.directory / "state/users/bound.json"

        def is_kept():
            users = json.loads(file.read_text())["users"] if file.exists() else []
            return any(one["address"] == CLIENT.ipv4 and one["groups"] == ["sales"] and one["until"] > time.time() + 60
                       for one in users)
        self.eventually(is_kept, "his being kept")
        before = self.gateway.dataplane("status")
        os.kill(before["pid"], signal.SIGKILL)

        def users():
            with contextlib.suppress(OSError, ValueError, KeyError, GatewayError):
                if self.gateway.dataplane("status")["boot_id"] != before["boot_id"]:
                    return self.gateway.dataplane("users.list")["users"]
            return None
        known = self.eventually(users, "his being known to the next dataplane")
        self.assertEqual([(one["address"], one["user"], one["groups"]) for one in known], [(CLIENT.ipv4, "taro", ["sales"])])
        self.assertLessEqual(known[0]["seconds_left"], 600)
        self.eventually(lambda: self.connect(SERVER.ipv4, 80, host="client2") == "open", "the ports' return")
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")

    def test_fqdn(self):
        self.apply(rule("no", "block", source={"fqdns": ["client.lab.example"]}), ALLOW_ALL)
        self.eventually(lambda: self.connect(SERVER.ipv4, 80) == "silence", "the gateway learning the name's address")
        self.assertEqual(self.connect(SERVER.ipv4, 80, host="client2"), "open")


class Destinations(LabTest):
    wanted_services = (web, services.dns)

    def test_country(self):
        self.apply(rule("no", "block", destination={"countries": ["KP"]}), ALLOW_ALL)
        self.assertEqual(self.connect(KP, 80), "silence")
        self.assertEqual(self.connect(KP6, 80), "silence")
        self.assertEqual(self.connect(US, 80), "open")
        self.assertEqual(self.connect(US6, 80), "open")
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")

    def test_fqdn_learned_from_an_answer_that_passed(self):
        self.apply(rule("no", "block", destination={"fqdns": ["www.kp.example"]}), ALLOW_ALL)
        self.assertIsNone(self.page("http://www.kp.example/"))
        self.assertIsNotNone(self.page("http://www.us.example/"))
        self.assertEqual(self.connect(KP, 80), "silence")
        self.assertEqual(self.connect(US, 80), "open")

    def test_wildcard_fqdn_matches_names_below_and_not_the_name_itself(self):
        self.apply(rule("no", "block", destination={"fqdns": ["*.us.example"]}), ALLOW_ALL)
        self.assertIsNone(self.page("http://www.us.example/"))
        self.apply(rule("no", "block", destination={"fqdns": ["*.www.us.example"]}), ALLOW_ALL)
        self.assertIsNotNone(self.page("http://www.us.example/"))

    def test_fqdn_resolved_by_the_gateway_itself(self):
        self.apply(rule("no", "block", destination={"fqdns": ["www.kp.example"]}), ALLOW_ALL)
        self.eventually(lambda: self.connect(KP, 80) == "silence", "the gateway resolving www.kp.example")
        self.assertEqual(self.connect(US, 80), "open")

    def test_address_range_and_service_together(self):
        self.apply(rule("no", "block", destination={"addresses": ["198.51.100.1-198.51.100.20"]}, services=["tcp/80"]),
                   ALLOW_ALL)
        self.assertEqual(self.connect(US, 80), "silence")
        self.assertEqual(self.connect(KP, 80), "open")


class Applications(LabTest):
    wanted_services = (web, services.dns)

    def asked_for(self, host, address=SERVER.ipv4, method="GET"):
        """Whether an answer comes of the host that the client names, whoever is asked."""
        where = f"[{address}]" if ":" in address else address
        asked = self.lab.run("client", "curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", "-X", method,
                             "-H", f"Host: {host}", f"http://{where}/", check=False)
        return int(asked.stdout) != 0

    def test_an_application_is_blocked_by_the_host_that_is_asked_for(self):
        for named in ("youtube", "google"):  # itself, what it is a part of
            self.apply(rule("no", "block", content={"applications": [named]}), ALLOW_ALL)
            for address in (SERVER.ipv4, SERVER.ipv6):
                with self.subTest(named=named, address=address):
                    self.assertFalse(self.asked_for("www.youtube.com", address))
                    self.assertTrue(self.asked_for("www.example.com", address))
        self.apply(rule("no", "block", content={"applications": ["http"]}), ALLOW_ALL)
        self.assertFalse(self.asked_for("www.youtube.com"))

    def test_an_application_is_blocked_by_the_method_that_only_it_has(self):
        self.apply(rule("no", "block", content={"applications": ["webdav"]}), ALLOW_ALL)
        self.assertTrue(self.asked_for("www.example.com"))
        self.assertFalse(self.asked_for("www.example.com", method="PROPFIND"))
        self.apply(rule("no", "block", content={"applications": ["http"]}), ALLOW_ALL)
        self.assertFalse(self.asked_for("www.example.com", method="PROPFIND"))


class Dhcp(LabTest):
    wanted_services = (services.dhcp, web)

    def test_with_the_firewall_on_a_lease_needs_the_dhcp_rule(self):
        self.apply(BLOCK_ALL)
        self.assertIsNone(services.lease(self.lab, tries=2))
        self.apply(rule("【50-1】DHCP", "allow", content={"applications": ["dhcp"]}), BLOCK_ALL)
        self.assertRegex(services.lease(self.lab) or "none", r"^10\.91\.0\.1[0-5]\d$")
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")

    def test_a_rule_by_client_address_does_not_match_0_0_0_0(self):
        self.apply(rule("lan", "allow", source={"addresses": ["10.91.0.0/24"]}), BLOCK_ALL)
        self.assertIsNone(services.lease(self.lab, tries=2))
        drops = self.eventually(lambda: [e for e in self.events("drop") if e.get("src_ip") == "0.0.0.0"],
                                "a drop record of the DISCOVER")
        self.assertEqual(drops[-1]["dest_port"], 67)
        told = self.gateway.dataplane("explain", source="0.0.0.0", destination="255.255.255.255", protocol="udp",
                                      source_port=68, destination_port=67, **{"from": "lan"})
        self.assertEqual((told["verdict"], told["rule"]), ("drop", 2))


if __name__ == "__main__":
    unittest.main()
