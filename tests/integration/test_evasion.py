"""Flows that contradict themselves to get past filters, on a running gateway: told, and refused where the profile says so."""

import ipaddress

from harness import CLIENT, SERVER, LabTest, connect_proxy, echo, rule, services, unittest

HONEST, DECOY = "shop.example", "decoy.example"
NAMES = (HONEST, "www.shop.example")
TLS_PORT, PROXY_PORT, FOREIGN_PORT, OWN_PORT = 443, 3128, 853, 2222
FAMILIES = (("-4", SERVER.ipv4, CLIENT.ipv4), ("-6", SERVER.ipv6, CLIENT.ipv6))
BANNER = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"


def is_from(record, address):
    return ipaddress.ip_address(record["src_ip"]) == ipaddress.ip_address(address)


def bracketed(address):
    return f"[{address}]" if ":" in address else address


class Evasion(LabTest):
    wanted_services = (services.web, connect_proxy(PROXY_PORT, TLS_PORT), echo(FOREIGN_PORT), echo(OWN_PORT))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.issuer = services.certificate(cls.lab, ("Sekisho lab",))
        services.https(cls.lab, NAMES, port=TLS_PORT, issuer=cls.issuer)

    def use(self, evasion):
        """Everything is allowed, under a profile of which nothing else looks into flows."""
        off = {name: {"enabled": False} for name in ("ips", "web_reputation", "callbacks")}
        self.apply(rule("everything", "allow", profile="p"), profiles=[{"name": "p", "applications": {"evasion": evasion}} | off])

    def fetch(self, url, family, *options):
        """curl's exit code and the status."""
        done = self.lab.run("client", "curl", "-sS", family, "-m", 5, "--cacert", self.issuer, "-o", "/dev/null", "-w", "%{http_code}",
                            *options, url, check=False)
        return done.returncode, done.stdout

    def opens(self, url, family, *options):
        return self.fetch(url, family, *options) == (0, "200")

    def tls_of(self, name, address):
        """Where curl finds the name, up to TLS 1.2, in which a certificate can be seen."""
        return "-k", "--tls-max", "1.2", "--resolve", f"{name}:{TLS_PORT}:{bracketed(address)}"

    def told(self, kind, client):
        return [event["evasion"] for event in self.events("evasion") if is_from(event, client) and event["evasion"]["kind"] == kind]

    def is_told(self, kind, client, **members):
        """With exactly these values, whoever did it included."""
        host = str(ipaddress.ip_address(client))
        return self.eventually(lambda: [one for one in self.told(kind, client) if one == {"host": host, "kind": kind} | members],
                               f"an event of {kind} with {members}")

    def is_refused_by_policy(self, client, port):
        self.eventually(lambda: [one for one in self.events("policy") if is_from(one, client) and one["dest_port"] == port
                                 and one["policy"].get("cause") == "evasion" and one["policy"]["action"] == "block"],
                        "the policy event of it")

    def test_a_certificate_for_others(self):
        for evasion, action in (("log", "logged"), ("block", "blocked")):
            self.use(evasion)
            for family, address, client in FAMILIES:
                with self.subTest(evasion=evasion, family=family):
                    self.assertTrue(self.opens(f"https://{HONEST}/", family, *self.tls_of(HONEST, address)))
                    self.assertEqual(self.opens(f"https://{DECOY}/", family, *self.tls_of(DECOY, address)), evasion == "log")
                    self.is_told("certificate_mismatch", client, claimed=DECOY, actual=HONEST, action=action)
                    if evasion == "block":
                        self.is_refused_by_policy(client, TLS_PORT)
        self.assertGreaterEqual(self.counters()["evasion.blocked"], len(FAMILIES))

    def test_another_host_within_a_tunnel(self):
        for evasion, action in (("log", "logged"), ("block", "blocked")):
            self.use(evasion)
            for family, address, client in FAMILIES:
                with self.subTest(evasion=evasion, family=family):
                    proxy = ("-x", f"http://{bracketed(address)}:{PROXY_PORT}")
                    self.assertTrue(self.opens(f"https://{HONEST}/", family, *proxy))
                    disguised = ("--connect-to", f"{HONEST}:443:{DECOY}:443")
                    self.assertEqual(self.opens(f"https://{HONEST}/", family, *proxy, *disguised), evasion == "log")
                    self.is_told("tunnel_mismatch", client, claimed=DECOY, actual=HONEST, action=action)

    def test_a_host_that_is_not_the_target(self):
        for evasion, action in (("log", "logged"), ("block", "blocked")):
            self.use(evasion)
            for family, address, client in FAMILIES:
                with self.subTest(evasion=evasion, family=family):
                    proxy = ("-x", f"http://{bracketed(address)}:80")  # curl asks proxies for whole URLs
                    self.assertEqual(self.fetch(f"http://{HONEST}/nothing", family, *proxy), (0, "404"))
                    _, status = self.fetch(f"http://{HONEST}/nothing", family, *proxy, "-H", f"Host: {DECOY}")
                    self.assertEqual(status, "404" if evasion == "log" else "403")  # the block page
                    self.is_told("host_mismatch", client, claimed=HONEST, actual=DECOY, action=action)

    def ask(self, address, *fields):
        """What comes back for a request with these header fields; empty when the connection ends."""
        outcome, connection = self.try_connect(address, 80, timeout=5)
        self.assertEqual(outcome, "open")
        with connection:
            connection.sendall("\r\n".join(("GET / HTTP/1.1", *fields, "", "")).encode())
            try:
                return connection.recv(65536)
            except OSError:
                return b""

    def test_a_request_that_names_several_hosts_or_none(self):
        for evasion, action in (("log", "logged"), ("block", "blocked")):
            self.use(evasion)
            for _, address, client in FAMILIES:
                with self.subTest(evasion=evasion, server=address):
                    refused = b"HTTP/1.1 403"  # the block page
                    self.assertFalse(self.ask(address, f"Host: {HONEST}", f"Host: {HONEST}").startswith(refused))
                    two = self.ask(address, f"Host: {HONEST}", f"Host: {DECOY}")
                    self.assertEqual(two.startswith(refused), evasion == "block", two)
                    self.is_told("host_mismatch", client, claimed=HONEST, actual=DECOY, action=action)
                    odd = self.ask(address, f"Host: {HONEST}/x")
                    self.assertEqual(odd.startswith(refused), evasion == "block", odd)
                    self.is_told("invalid_host", client, claimed=f"{HONEST}/x", action=action)

    def test_a_name_that_is_none(self):
        for evasion, action in (("log", "logged"), ("block", "blocked")):
            self.use(evasion)
            for family, address, client in FAMILIES:
                with self.subTest(evasion=evasion, family=family):
                    def shakes_hands(name):
                        done = self.lab.run("client", "sh", "-c", f"openssl s_client -connect {bracketed(address)}:{TLS_PORT} "
                                            f"-servername {name} </dev/null", check=False)
                        return "BEGIN CERTIFICATE" in done.stdout
                    self.assertTrue(shakes_hands(HONEST))
                    self.assertEqual(shakes_hands("192.0.2.7"), evasion == "log")
                    self.is_told("invalid_server_name", client, claimed="192.0.2.7", action=action)

    def test_a_protocol_on_another_ones_port(self):
        for evasion, action in (("log", "logged"), ("block", "blocked")):
            self.use(evasion)
            for _, address, client in FAMILIES:
                with self.subTest(evasion=evasion, server=address):
                    self.assertTrue(self.is_echoed(address, OWN_PORT))
                    self.assertEqual(self.is_echoed(address, FOREIGN_PORT), evasion == "log")
                    self.is_told("foreign_port", client, claimed="tls", actual="ssh", action=action)
                    self.assertFalse([one for one in self.events("evasion") if one["dest_port"] == OWN_PORT])

    def test_nobody_is_told_of_what_nobody_looks_for(self):
        self.use("off")
        before = self.counters()["evasion.total"]
        for family, address, _ in FAMILIES:
            self.assertTrue(self.opens(f"https://{DECOY}/", family, *self.tls_of(DECOY, address)))
            self.assertTrue(self.is_echoed(address, FOREIGN_PORT))
        self.assertEqual(self.counters()["evasion.total"], before)

    def is_echoed(self, address, port):
        """Whether an SSH client's banner and what it says then come back."""
        outcome, connection = self.try_connect(address, port, timeout=5)
        self.assertEqual(outcome, "open")
        with connection:
            try:
                for said in (BANNER, b"more"):
                    connection.sendall(said)
                    connection.settimeout(2)
                    if connection.recv(4096) != said:
                        return False
            except OSError:
                return False
        return True


if __name__ == "__main__":
    unittest.main()
