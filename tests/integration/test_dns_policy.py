"""What a profile says of DNS on a running gateway: refused names, safe search, keys of Encrypted Client Hello."""

import socket
import ssl
import struct

from harness import CLIENT, SERVER, LabTest, echo, rule, services, unittest
from test_url_filter import hello

BAD, NEIGHBOUR = "www.bet365.com", "www.nikkei.com"  # of rules/urls/starter: gambling, news
SAFE = "forcesafesearch.google.com"
OURS = "www.suppliers.example"
ADDRESSES = {
    BAD: ("198.51.100.1", "2001:db8:5::1"), NEIGHBOUR: ("198.51.100.2", "2001:db8:5::2"),
    "www.google.co.jp": ("198.51.100.3", "2001:db8:5::3"), SAFE: ("198.51.100.4", "2001:db8:5::4"),
    "server.lab.example": (SERVER.ipv4, SERVER.ipv6), OURS: ("198.51.100.6", "2001:db8:5::6"),
}
GAMES = rule("no games", "block", content={"url_categories": ["gambling"]})
DNS = rule("dns", "allow", services=["udp/53", "tcp/53"], profile="names")
REST = rule("rest", "allow", profile="names")
A, AAAA, HTTPS = 1, 28, 65
REFUSED = 5
TLS_PORT, DOT_PORT = 443, 853
FAMILIES = (SERVER.ipv4, SERVER.ipv6)
SERVICE = b"\0\1\0"                                        # priority 1, the name itself
ALPN, ECH, HINT = b"\0\1\0\3\2h2", b"\0\5\0\4keys", b"\0\4\0\4\xc6\x33\x64\x02"
GONE = b"\xff\0\0\4\0\0\0\0"                               # of the same length, of no meaning


def dns_server(lab):
    """dnsmasq with the names of this test, and an HTTPS record with keys."""
    records = [f"--host-record={name},{v4},{v6}" for name, (v4, v6) in ADDRESSES.items()]
    server = lab.start("server", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=",
                       "--user=root", "--no-resolv", "--no-hosts", "--log-facility=-", "--local-ttl=60",
                       f"--dns-rr={NEIGHBOUR},{HTTPS},{(SERVICE + ALPN + HINT + ECH).hex()}", *records)
    return services.wait_for_port(lab, "server", server, "udp", 53)


def query(name, kind=A):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return (struct.pack(">6H", 0x4711, 0x0100, 1, 0, 0, 1) + labels + b"\0" + struct.pack(">2H", kind, 1)
            + struct.pack(">BHHIH", 0, 41, 1232, 0, 0))


def rcode(answer):
    return answer[3] & 15


class DnsPolicy(LabTest):
    wanted_services = (dns_server, echo(TLS_PORT), echo(DOT_PORT))

    def use(self, *rules, lists=None, objects=None, **settings):
        self.apply(DNS, *rules, REST, lists=lists, objects=objects,
                   profiles=[{"name": "names", "ips": {"enabled": False}, "dns": settings}])

    def ask(self, name, address=SERVER.ipv4, kind=A):
        answer = self.ask_udp(address, 53, body=query(name, kind), timeout=2)
        self.assertIsNotNone(answer, name)
        self.assertEqual(answer[:2], b"\x47\x11")
        return answer

    def ask_tcp(self, name, address=SERVER.ipv4, kind=A):
        """The answer over TCP, and whether the connection was ended behind it."""
        outcome, connection = self.try_connect(address, 53)
        self.assertEqual(outcome, "open")
        with connection:
            message = query(name, kind)
            connection.sendall(struct.pack(">H", len(message)) + message)
            answer = connection.recv(65536)
            connection.settimeout(0.5)
            try:
                ended = connection.recv(1) == b""
            except TimeoutError:
                ended = False
        self.assertEqual(struct.unpack(">H", answer[:2])[0], len(answer) - 2)
        return answer[2:], ended

    def resolved(self, name, database="ahostsv4"):
        """What the client's own resolver makes of it."""
        asked = self.lab.run("client", "getent", database, name, check=False)
        return {line.split()[0] for line in asked.stdout.splitlines()}

    def newest_policy_event(self, hostname):
        def found():
            return [one for one in self.events("policy") if one.get("url", {}).get("hostname") == hostname]
        return self.eventually(found, f"a policy event about {hostname}")[-1]

    def test_a_query_for_a_blocked_category_is_refused_and_its_neighbour_is_answered(self):
        self.use(GAMES, url_filter=True)
        before = self.counters()["policy.dns_refused"]
        for address in FAMILIES:
            with self.subTest(address=address):
                refused = self.ask(BAD, address)
                self.assertEqual(rcode(refused), REFUSED)
                self.assertIn(b"\0\x0f", refused)  # Extended DNS Error: Blocked
                self.assertIn(b"blocked by policy, request ID", refused)
                self.assertEqual(rcode(self.ask(NEIGHBOUR, address)), 0)
                refused, ended = self.ask_tcp(BAD, address)
                self.assertEqual((rcode(refused), ended), (REFUSED, True))
                answer, ended = self.ask_tcp(NEIGHBOUR, address)
                self.assertEqual((rcode(answer), ended), (0, False))
        event = self.newest_policy_event(BAD)
        self.assertEqual(event["policy"] | {"rule": 2, "name": "no games", "action": "block", "cause": "dns_query"},
                         event["policy"])
        self.assertEqual(event["url"]["categories"], ["gambling"])
        self.assertEqual(event["dest_port"], 53)
        self.assertEqual(self.counters()["policy.dns_refused"] - before, 4)

    def test_a_query_for_an_own_category_is_refused(self):
        ours = rule("ours", "block", content={"url_categories": ["ours"]})
        objects = {"url_categories": [{"name": "ours", "entries": ["*.suppliers.example", f"{BAD}/only/a/path"]}]}
        self.use(ours, url_filter=True, objects=objects)
        for address in FAMILIES:
            with self.subTest(address=address):
                self.assertEqual(rcode(self.ask(OURS, address)), REFUSED)
                self.assertEqual(rcode(self.ask(BAD, address)), 0)
        self.assertEqual(self.newest_policy_event(OURS)["url"]["categories"], ["ours"])

    def test_without_the_setting_and_for_the_allow_list_names_are_answered(self):
        self.use(GAMES)
        self.assertEqual(rcode(self.ask(BAD)), 0)
        self.use(GAMES, url_filter=True, lists={"allow": [BAD], "block": [NEIGHBOUR]})
        self.assertEqual(rcode(self.ask(BAD)), 0)
        self.assertEqual(rcode(self.ask(NEIGHBOUR)), REFUSED)
        self.eventually(lambda: [one for one in self.events("policy") if one.get("url", {}).get("hostname") == NEIGHBOUR
                                 and one["url"].get("list") == "block"], "the list's event")

    def test_a_client_of_one_socket_may_ask_for_both(self):
        self.use(GAMES, url_filter=True)
        with self.inside("client"):
            probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with probe:
            probe.settimeout(2)
            probe.connect((SERVER.ipv4, 53))
            for name, expected in ((NEIGHBOUR, 0), (BAD, REFUSED), (NEIGHBOUR, 0), (BAD, REFUSED)):
                probe.send(query(name))
                self.assertEqual(rcode(probe.recv(2048)), expected, name)

    def test_an_explanation_says_what_becomes_of_the_query(self):
        self.use(GAMES, url_filter=True, safe_search=["google"])
        told = self.gateway.command("explain", "-s", CLIENT.ipv4, "-d", f"{SERVER.ipv4}:53", "-p", "udp", "--url", BAD)
        self.assertIn(f"a DNS query for {BAD} is refused by rule 2", told.stdout)
        told = self.gateway.dataplane("explain", source=CLIENT.ipv4, destination=SERVER.ipv4, destination_port=53,
                                      protocol="udp", url="www.google.co.jp")
        self.assertEqual(told["dns"], {"name": "www.google.co.jp", "filtered": True, "refused": False,
                                       "answered_as": SAFE})
        self.use(GAMES)
        told = self.gateway.dataplane("explain", source=CLIENT.ipv4, destination=SERVER.ipv4, destination_port=443,
                                      url=BAD)
        self.assertEqual(told["dns"], {"name": BAD, "filtered": False, "refused": True, "rule": 2})

    def shakes_hands(self, name, port, address):
        """Whether the hello for `name` reaches the server, which sends back what it gets."""
        outcome, connection = self.try_connect(address, port, timeout=3)
        self.assertEqual(outcome, "open")
        with connection:
            connection.sendall(hello(name))
            try:
                return connection.recv(1) == hello(name)[:1]  # an alert begins otherwise
            except (TimeoutError, ConnectionResetError):
                return False

    def test_encrypted_dns_is_refused_by_resolver_and_by_port(self):
        for address in FAMILIES:
            for settings, passes in (({"encrypted_dns": "block"}, False), ({"encrypted_dns": "pass"}, True)):
                self.use(**settings)
                with self.subTest(address=address, **settings):
                    self.assertTrue(self.shakes_hands(NEIGHBOUR, TLS_PORT, address))
                    self.assertEqual(self.shakes_hands("dns.google", TLS_PORT, address), passes)
                    self.assertEqual(self.shakes_hands(NEIGHBOUR, DOT_PORT, address), passes)
                    self.assertEqual(rcode(self.ask(NEIGHBOUR, address)), 0)
        self.assertEqual(self.newest_policy_event("dns.google")["policy"]["cause"], "dns_query")
        self.assertEqual(self.counters()["policy.dns_encrypted_refused"], 2 * len(FAMILIES))

    def test_a_stub_resolver_gets_the_safe_addresses_of_a_search(self):
        self.use(safe_search=["google"])
        self.assertEqual(self.resolved("www.google.co.jp"), {ADDRESSES[SAFE][0]})
        self.assertEqual(self.resolved("www.google.co.jp", "ahostsv6"), {ADDRESSES[SAFE][1]})
        self.assertEqual(self.resolved(NEIGHBOUR), {ADDRESSES[NEIGHBOUR][0]})
        for address in FAMILIES:
            for kind, length in ((A, 4), (AAAA, 16)):
                with self.subTest(address=address, kind=kind):
                    answer = self.ask("www.google.co.jp", address, kind)
                    self.assertEqual((rcode(answer), struct.unpack(">H", answer[6:8])[0]), (0, 2))
                    expected = socket.inet_pton(socket.AF_INET if length == 4 else socket.AF_INET6,
                                                ADDRESSES[SAFE][length == 16])
                    self.assertIn(struct.pack(">H", length) + expected, answer)
        refused, ended = self.ask_tcp("www.google.co.jp")
        self.assertEqual((rcode(refused), ended), (REFUSED, True))
        self.use()
        self.assertEqual(self.resolved("www.google.co.jp"), {ADDRESSES["www.google.co.jp"][0]})

    def test_keys_of_encrypted_hellos_are_taken_out(self):
        whole = SERVICE + ALPN + HINT + ECH
        self.use(ech="allow")
        self.assertIn(whole, self.ask(NEIGHBOUR, kind=HTTPS))
        self.use(ech="strip")
        for address in FAMILIES:
            with self.subTest(address=address):
                self.assertIn(SERVICE + ALPN + HINT + GONE, self.ask(NEIGHBOUR, address, HTTPS))
                answer, _ = self.ask_tcp(NEIGHBOUR, address, HTTPS)
                self.assertIn(SERVICE + ALPN + HINT + GONE, answer)

    def hello_passes(self, name, encrypted):
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ssl.create_default_context().wrap_bio(to_client, to_server, server_hostname=name)
        with self.assertRaises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = with_extension(to_server.read(), 0xFE0D, b"e" * 40) if encrypted else to_server.read()
        outcome, connection = self.try_connect(SERVER.ipv4, TLS_PORT)
        self.assertEqual(outcome, "open")
        with connection:
            connection.sendall(hello)
            try:
                return connection.recv(1) == hello[:1]  # the server sends it back; an alert begins otherwise
            except (TimeoutError, ConnectionResetError):
                return False

    def test_an_encrypted_hello_to_a_name_known_for_it_is_refused(self):
        self.use(ech="block")
        self.assertTrue(self.hello_passes("cloudflare-ech.com", encrypted=False))
        self.assertTrue(self.hello_passes("www.example.com", encrypted=True))
        self.assertFalse(self.hello_passes("cloudflare-ech.com", encrypted=True))
        event = self.newest_policy_event("cloudflare-ech.com")
        self.assertEqual((event["policy"]["cause"], event["policy"]["name"]), ("ech", "rest"))

    def test_mistakes_are_told_with_their_place(self):
        answer = self.gateway.control("policy.apply", comment="", yaml=(
            "version: 1\nprofiles:\n  - name: p\n    dns: {safe_search: [google, altavista], ech: none}\n"))
        self.assertFalse(answer["ok"])
        self.assertIn("line 4, column 33: 'altavista' is none of google", answer["error"]["message"])


def with_extension(hello, kind, body):
    """The ClientHello with one extension more, all lengths right."""
    extension = struct.pack(">2H", kind, len(body)) + body
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]                                     # session ID
    at += 2 + struct.unpack_from(">H", hello, at)[0]        # cipher suites
    at += 1 + hello[at]                                     # compression methods
    message = bytearray(hello + extension)
    added = len(extension)
    struct.pack_into(">H", message, at, struct.unpack_from(">H", hello, at)[0] + added)
    message[6:9] = (int.from_bytes(hello[6:9], "big") + added).to_bytes(3, "big")
    struct.pack_into(">H", message, 3, struct.unpack_from(">H", hello, 3)[0] + added)
    return bytes(message)


if __name__ == "__main__":
    unittest.main()
