"""Applications of the administrator's own: told by host, address and port, on a running gateway, IPv4 and IPv6."""

import ipaddress
import sys

from harness import ALLOW_ALL, CLIENT, SERVER, LabTest, connect_proxy, echo, rule, services, unittest

NAMES = ("erp.example", "www.erp.example", "www.youtube.com")
WEB_PORT, TLS_PORT, ECHO_PORT, PROXY_PORT = 8080, 8443, 7009, 3128
FAMILIES = (("-4", SERVER.ipv4, CLIENT.ipv4), ("-6", SERVER.ipv6, CLIENT.ipv6))
NO_ANSWER_TO_A_HELLO = 35  # curl's exit code: the handshake failed

ERP = {"name": "our erp", "title": "基幹システム", "category": "business_software", "hosts": ["erp.example", "*.erp.example"]}


def dns(lab):
    services.dns(lab, names={name: (SERVER.ipv4, SERVER.ipv6) for name in NAMES})


def web(lab):
    services.web(lab, ports=(80, WEB_PORT))


def is_from(record, address):
    return ipaddress.ip_address(record["src_ip"]) == ipaddress.ip_address(address)


def block(name, *applications, **columns):
    return rule(name, "block", content={"applications": list(applications)}) | columns


class OwnApplications(LabTest):
    wanted_services = (dns, web, echo(ECHO_PORT), connect_proxy(PROXY_PORT, TLS_PORT))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificate = services.certificate(cls.lab, NAMES)
        server = cls.lab.start("server", sys.executable, services.PROGRAMS / "web.py", "--tls", cls.certificate, 443, TLS_PORT)
        services.wait_for_port(cls.lab, "server", server, "tcp", TLS_PORT)

    def apply_own(self, applications, *rules):
        self.apply(*rules, objects={"applications": applications})

    def fetch(self, url, family, *options):
        """curl's exit code and what came: the status, then the body."""
        done = self.lab.run("client", "curl", "-sS", family, "-m", 5, "--cacert", self.certificate, "-w", "%{stderr}%{http_code}",
                            *options, url, check=False)
        return done.returncode, done.stderr[-3:], done.stdout

    def opens(self, url, family):
        code, status, _ = self.fetch(url, family)
        return code == 0 and status == "200"

    def flow_apps(self, address, port):
        """`app` of the flows to that port from this client's address, as recorded."""
        return [one.get("app") for one in self.events("flow") if is_from(one, address) and one.get("dest_port") == port]

    def test_1_a_host_tells_it_over_http_and_tls_before_the_catalogue(self):
        own = [ERP, {"name": "training", "hosts": "www.youtube.com"}]
        self.apply_own(own, block("no erp", "our erp", block_with="answer"), block("no training", "training", block_with="reset"), ALLOW_ALL)
        for family, _, client in FAMILIES:
            with self.subTest(family=family):
                code, status, page = self.fetch("http://www.erp.example/", family)
                self.assertEqual((code, status), (0, "403"))
                self.assertIn("基幹システム", page)
                self.assertEqual(self.fetch("https://erp.example/", family)[0], NO_ANSWER_TO_A_HELLO)
                self.assertFalse(self.opens("https://www.youtube.com/", family))
                said = self.eventually(lambda client=client: [one["app"] for one in self.events("policy") if is_from(one, client)
                                                              and one["policy"].get("name") == "no erp"], "the policy event")
                self.assertEqual(said[0], {"name": "our erp", "carrier": "http", "category": "business_software"})
        self.apply_own(own, block("no google", "google"), ALLOW_ALL)  # what youtube is part of, but this is training
        for family, _, _ in FAMILIES:
            self.assertTrue(self.opens("https://www.youtube.com/", family))

    def test_2_a_server_tells_it_with_the_first_packet(self):
        own = [{"name": "vault", "servers": [{"addresses": [SERVER.ipv4, SERVER.ipv6], "services": f"tcp/{TLS_PORT}"}]}]
        self.apply_own(own, block("no vault", "vault"), ALLOW_ALL)
        for family, address, _ in FAMILIES:
            with self.subTest(family=family):
                self.assertEqual(self.connect(address, TLS_PORT), "silence")
                self.assertTrue(self.opens("https://www.youtube.com/", family))  # the same server's other port
        self.apply_own(own, rule("vault", "allow", content={"applications": ["category:custom"]}),
                       block("no youtube", "youtube"), rule("rest", "block", services=[f"tcp/{TLS_PORT}", f"tcp/{WEB_PORT}"]), ALLOW_ALL)
        for family, address, client in FAMILIES:
            with self.subTest(family=family):
                # It is the vault, whatever name TLS is asked for.
                self.assertTrue(self.opens(f"https://www.youtube.com:{TLS_PORT}/", family))
                self.assertFalse(self.opens("https://www.youtube.com/", family))
                self.assertEqual(self.connect(address, WEB_PORT), "silence")
                told = self.eventually(lambda client=client: [app for app in self.flow_apps(client, TLS_PORT) if app and "carrier" in app],
                                       "the flow's record", timeout=60)
                self.assertEqual(told[-1], {"name": "vault", "carrier": "tls", "category": "custom"})

    def test_3_rules_on_the_protocol_still_match(self):
        own = [{"name": "vault", "servers": [{"services": [f"tcp/{TLS_PORT}", f"tcp/{WEB_PORT}"]}]}]
        self.apply_own(own, block("no tls", "tls", block_with="reset"), rule("vault", "allow", content={"applications": ["vault"]}), ALLOW_ALL)
        for family, address, _ in FAMILIES:
            with self.subTest(family=family):
                self.assertFalse(self.opens(f"https://www.youtube.com:{TLS_PORT}/", family))
                self.assertTrue(self.opens(f"http://erp.example:{WEB_PORT}/", family))

    def test_4_it_is_listed_explained_and_counted_and_keeps_its_name_over_policies(self):
        own = {"name": "echo of ours", "servers": [{"services": f"tcp/{ECHO_PORT}"}]}
        self.apply_own([own], ALLOW_ALL)
        connections = []
        for _, address, _ in FAMILIES:
            outcome, connection = self.try_connect(address, ECHO_PORT, timeout=10)
            self.assertEqual(outcome, "open")
            self.addCleanup(connection.close)
            connections.append(connection)
        self.exchange(connections)
        self.assertEqual(self.listed(), {"echo of ours"})
        explained = self.gateway.dataplane("explain", source=CLIENT.ipv4, destination=SERVER.ipv4, destination_port=ECHO_PORT)
        self.assertEqual((explained["application"], explained["application_from"]), ("echo of ours", "server"))
        self.assertIn("echo of ours", self.gateway.command("explain", "-s", CLIENT.ipv4, "-d", f"{SERVER.ipv4}:{ECHO_PORT}").stdout)
        # Another stands first now, and this one is called otherwise.
        self.apply_own([ERP, own | {"name": "renamed"}], ALLOW_ALL)
        self.exchange(connections)
        self.eventually(lambda: self.listed() == {"renamed"}, "the new name")
        self.apply(ALLOW_ALL)
        self.exchange(connections)
        self.eventually(lambda: "renamed" not in self.listed(), "no name")
        self.eventually(lambda: {"echo of ours", "renamed"} <= self.counted(), "both names in the accounts", timeout=90)

    def test_5_mistakes_are_told_with_their_place(self):
        answer = self.gateway.control("policy.apply", comment=self.id(), yaml=(
            "version: 1\nobjects:\n  applications:\n    - {name: youtube, hosts: a.test}\n    - {name: b, hosts: a.test, category: x}\n"
            "rules:\n  - {name: r, action: block, content: {applications: [c]}}\n"))
        self.assertFalse(answer["ok"])
        told = str(answer)
        for part in ("youtube", "name of one of the catalogue", "no category of applications is called 'x'", "'a.test' is a host of 'youtube'",
                     "no application is called 'c'"):
            self.assertIn(part, told)

    def test_6_a_host_tells_it_through_a_proxy(self):
        """Within CONNECT where the profile has content looked into."""
        self.apply(block("no erp", "our erp", block_with="reset"), ALLOW_ALL | {"profile": "p"}, objects={"applications": [ERP]},
                   profiles=[{"name": "p"}])
        for family, address, client in FAMILIES:
            with self.subTest(family=family):
                proxy = ("-x", f"http://{address}:{PROXY_PORT}" if family == "-4" else f"http://[{address}]:{PROXY_PORT}")
                code, status, _ = self.fetch("https://www.youtube.com/", family, *proxy)
                self.assertEqual((code, status), (0, "200"))
                self.assertNotEqual(self.fetch("https://erp.example/", family, *proxy)[0], 0)  # CONNECT asks for it
                disguised = ("--connect-to", "erp.example:443:www.youtube.com:443")  # only the hello within does
                self.assertEqual(self.fetch("https://erp.example/", family, *proxy, *disguised)[0], NO_ANSWER_TO_A_HELLO)
                self.eventually(lambda client=client: len([one for one in self.events("policy") if is_from(one, client)
                                                           and one["dest_port"] == PROXY_PORT and one["policy"].get("name") == "no erp"
                                                           and one["app"]["name"] == "our erp"]) >= 2, "a policy event of each")

    def exchange(self, connections):
        for connection in connections:
            connection.sendall(b"x" * 20_000)
            left = 20_000
            while left:
                left -= len(connection.recv(left))

    def listed(self):
        return {flow["application"] for flow in self.gateway.json("flows", "--port", ECHO_PORT)["flows"]}

    def counted(self):
        return {row["who"] for row in self.gateway.control("bandwidth.top", by="application", seconds=3600, limit=1000)["rows"]}


if __name__ == "__main__":
    unittest.main()
