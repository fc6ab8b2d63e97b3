"""URL filtering on a running gateway: categories in rules, allow and block lists, in HTTP and in TLS."""

import http.client
import ssl

from harness import CLIENT, SERVER, LabTest, echo, rule, services, unittest

GAMES = rule("no games", "block", content={"url_categories": ["gambling"]})
WEB = rule("web", "allow", services=["tcp/80"])
BAD, NEIGHBOUR = "www.bet365.com", "www.nikkei.com"  # of rules/urls/starter: gambling, news
TLS_PORT = 443
FAMILIES = ((CLIENT.ipv4, SERVER.ipv4), (CLIENT.ipv6, SERVER.ipv6))


def hello(name):
    """A ClientHello that asks for `name`."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(to_client, to_server, server_hostname=name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return to_server.read()


class UrlFilter(LabTest):
    wanted_services = (services.web, echo(TLS_PORT))

    def status(self, host, path="/", address=SERVER.ipv4):
        """What the server answers to who asks it for `host`; None when nothing comes."""
        place = f"[{address}]" if ":" in address else address
        asked = self.lab.run("client", "curl", "-s", "-g", "-m", 2, "-o", "/dev/null", "-w", "%{http_code}",
                             "-H", f"Host: {host}", f"http://{place}{path}", check=False)
        return int(asked.stdout) or None

    def opens_tls(self, name, address=SERVER.ipv4):
        """Whether the hello reaches the server, which sends back what it gets."""
        outcome, connection = self.try_connect(address, TLS_PORT)
        self.assertEqual(outcome, "open")
        with connection:
            connection.sendall(hello(name))
            try:
                return connection.recv(1) == hello(name)[:1]  # an alert begins otherwise
            except (TimeoutError, ConnectionResetError):
                return False

    def answer_to(self, request, address=SERVER.ipv4):
        """The status line of what comes back for these bytes; None when nothing does."""
        outcome, connection = self.try_connect(address, 80, timeout=3)
        self.assertEqual(outcome, "open")
        with connection:
            connection.sendall(request)
            try:
                return connection.recv(65536).split(b"\r\n")[0] or None
            except (TimeoutError, ConnectionResetError):
                return None

    def newest_policy_event(self, hostname):
        def found():
            return [one for one in self.events("policy") if one.get("url", {}).get("hostname") == hostname]
        return self.eventually(found, f"a policy event about {hostname}")[-1]

    def test_a_blocked_category_does_not_open_and_its_neighbour_does(self):
        self.apply(GAMES)
        for client, server in FAMILIES:
            with self.subTest(server=server):
                self.assertIsNone(self.status(BAD, "/sports?a=b", server))
                self.assertEqual(self.status(NEIGHBOUR, address=server), 200)
        event = self.newest_policy_event(BAD)
        self.assertEqual(event["policy"] | {"rule": 1, "name": "no games", "action": "block"}, event["policy"])
        self.assertEqual(event["url"], {"hostname": BAD, "url": f"http://{BAD}/sports?a=b",
                                        "categories": ["gambling"]})

    def test_a_request_that_names_several_hosts_is_judged_by_each(self):
        self.apply(GAMES)
        bad, good = f"Host: {BAD}\r\n".encode(), f"Host: {NEIGHBOUR}\r\n".encode()
        for _, server in FAMILIES:
            self.assertIn(b"200", self.answer_to(b"GET / HTTP/1.1\r\n" + good + good + b"\r\n", server))
            for fields in (bad + good, good + bad, good + bad.replace(b":", b" :"), good + b"X: y\r\n " + bad, bad + b"Host:\r\n"):
                with self.subTest(server=server, fields=fields):
                    self.assertIsNone(self.answer_to(b"GET / HTTP/1.1\r\n" + fields + b"\r\n", server))
            whole = f"GET http://{NEIGHBOUR}/ HTTP/1.1\r\n".encode()
            with self.subTest(server=server, target=whole):
                self.assertIsNone(self.answer_to(whole + bad + b"\r\n", server))
        self.assertEqual(self.newest_policy_event(BAD)["policy"]["name"], "no games")

    def page(self, host, language):
        return self.lab.run("client", "curl", "-s", "-m", 2, "-H", f"Host: {host}", "-H", f"Accept-Language: {language}",
                            f"http://{SERVER.ipv4}/").stdout

    def test_a_page_says_what_the_url_is_about_and_what_blocked_it(self):
        self.apply(rule("no games", "block", content={"url_categories": ["gambling"]}, block_with="answer"),
                   lists={"block": [NEIGHBOUR]})
        for said in ("Gambling", "no games", BAD):
            self.assertIn(said, self.page(BAD, "en"))
        self.assertIn("ギャンブル", self.page(BAD, "ja"))
        self.assertIn("Block list", self.page(NEIGHBOUR, "en"))
        self.assertIn("ブロックリスト", self.page(NEIGHBOUR, "ja"))

    def test_the_name_in_a_tls_hello_counts(self):
        self.apply(GAMES)
        for client, server in FAMILIES:
            with self.subTest(server=server):
                self.assertFalse(self.opens_tls(BAD, server))
                self.assertTrue(self.opens_tls(NEIGHBOUR, server))
        self.assertEqual(self.newest_policy_event(BAD)["url"]["url"], f"https://{BAD}/")

    def test_a_group_stands_for_its_categories(self):
        self.apply(rule("no gambling", "block", content={"url_categories": ["group:gambling"]}))
        self.assertIsNone(self.status(BAD))
        self.assertEqual(self.status(NEIGHBOUR), 200)

    def test_moving_a_rule_up_flips_the_verdict(self):
        for rules, expected in (((WEB, GAMES), 200), ((GAMES, WEB), None), ((WEB, GAMES), 200)):
            self.apply(*rules)
            self.assertEqual(self.status(BAD), expected)

    def test_to_allow_wins_over_to_block_and_both_over_categories(self):
        self.apply(GAMES, lists={"allow": [BAD, "*.both.example"], "block": [NEIGHBOUR, "*.both.example", "*.a.com"]})
        self.assertEqual(self.status(BAD), 200)
        self.assertTrue(self.opens_tls(BAD))
        self.assertIsNone(self.status("bet365.com"))  # the entry is for the one host alone
        self.assertEqual(self.status(NEIGHBOUR), 403)
        self.assertFalse(self.opens_tls(NEIGHBOUR))
        self.assertEqual(self.status("x.both.example"), 200)
        self.assertEqual(self.status("x.a.com"), 403)
        for other in ("a.com", "ba.com", "x.ba.com"):
            self.assertEqual(self.status(other), 200, other)
        event = self.newest_policy_event(NEIGHBOUR)
        self.assertEqual(event["policy"]["name"], "(block list)")
        self.assertEqual(event["url"]["list"], "block")
        self.assertGreaterEqual(self.hits()[2], 2)  # behind the one rule

    def test_a_second_request_of_a_connection_is_judged_too(self):
        self.apply(lists={"block": ["site.example/bytes/20"]})
        with self.inside("client"):
            connection = http.client.HTTPConnection(SERVER.ipv4, timeout=2)
            connection.connect()
        self.addCleanup(connection.close)

        def ask(path):
            connection.request("GET", path, headers={"Host": "site.example"})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        self.assertEqual(ask("/"), 200)
        self.assertEqual(ask("/bytes/200"), 200)
        self.assertEqual(ask("/bytes/20"), 403)

    def test_a_request_behind_a_long_upload_is_judged_too(self):
        self.apply(lists={"block": ["site.example/bytes/20"]})
        with self.inside("client"):
            connection = http.client.HTTPConnection(SERVER.ipv4, timeout=10)
            connection.connect()
        self.addCleanup(connection.close)
        body = b"x" * (3 << 20)  # of a direction's bytes rules search a MiB
        for method, path, sent, expected in (("POST", "/", body, 200), ("GET", "/bytes/200", None, 200), ("GET", "/bytes/20", None, 403)):
            connection.request(method, path, sent, headers={"Host": "site.example"})
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, expected, path)

    def test_neither_length_nor_slashes_hide_a_url(self):
        self.apply(GAMES, lists={"block": ["site.example/bytes/20"]})
        filler = "x" * 9000
        for client, server in FAMILIES:
            with self.subTest(server=server):
                self.assertIsNone(self.status(BAD, f"/?{filler}", server))
                self.assertEqual(self.status(NEIGHBOUR, f"/?{filler}", server), 200)
                self.assertEqual(self.status("site.example", f"/bytes/20?{filler}", server), 403)
                self.assertEqual(self.status("site.example", "//bytes///20", server), 403)
                self.assertEqual(self.status("site.example", f"/bytes/200?{filler}", server), 200)

    def test_addresses_on_the_lists(self):
        for client, server in FAMILIES:
            with self.subTest(server=server):
                self.apply(lists={"block": [f"{server}-{server}"]})
                self.assertNotEqual(self.connect(server, 80), "open")
                self.apply(lists={"block": [server], "allow": [server]})
                self.assertEqual(self.connect(server, 80), "open")

    def test_a_running_connection_meets_a_new_list(self):
        self.apply()
        self.apply(lists={"block": ["other.example"]})
        outcome, connection = self.try_connect(SERVER.ipv4, TLS_PORT)
        self.assertEqual(outcome, "open")
        self.addCleanup(connection.close)
        connection.sendall(hello("late.example"))
        self.assertTrue(connection.recv(1))
        self.apply(lists={"block": ["late.example"]})
        connection.settimeout(1)
        with self.assertRaises((ConnectionResetError, TimeoutError)):
            connection.sendall(b"more")
            while connection.recv(65536):
                pass

    def own(self, *entries, name="取引先", **more):
        """A policy's objects: one category of its own."""
        return {"url_categories": [{"name": name, "entries": list(entries)} | more]}

    def test_an_own_category_blocks_its_path_and_not_the_one_beside(self):
        self.apply(rule("ours", "block", content={"url_categories": ["取引先"]}, block_with="answer"),
                   objects=self.own("shop.example/bytes/20", "*.tls.example", title="Suppliers 取引先"))
        for client, server in FAMILIES:
            with self.subTest(server=server):
                self.assertEqual(self.status("shop.example", "/bytes/20", server), 403)
                self.assertEqual(self.status("shop.example", "/bytes/200", server), 200)
                self.assertEqual(self.status("shop.example", "/", server), 200)
                self.assertFalse(self.opens_tls("www.tls.example", server))
                self.assertTrue(self.opens_tls("tls.example", server))
        event = self.newest_policy_event("shop.example")
        self.assertEqual(event["policy"]["name"], "ours")
        self.assertEqual(event["url"]["categories"], ["取引先"])
        page = self.lab.run("client", "curl", "-s", "-m", 2, "-H", "Host: shop.example",
                            f"http://{SERVER.ipv4}/bytes/20").stdout
        self.assertIn("Suppliers 取引先", page)

    def test_a_server_is_in_an_own_category_by_its_address(self):
        block = rule("ours", "block", content={"url_categories": ["ours"]})
        for client, server in FAMILIES:
            with self.subTest(server=server):
                self.apply(block, objects=self.own(f"{server}-{server}", name="ours"))
                self.assertNotEqual(self.connect(server, 80), "open")
                self.apply(block, objects=self.own(f"{server}-{server}", name="ours"), lists={"allow": [server]})
                self.assertEqual(self.connect(server, 80), "open")

    def test_the_uppermost_rule_decides_between_own_and_built_in_categories(self):
        objects = self.own(BAD, name="bets we like")
        like = rule("ours", "allow", content={"url_categories": ["bets we like"]})
        for rules, expected in (((like, GAMES), 200), ((GAMES, like), None)):
            self.apply(*rules, objects=objects)
            self.assertEqual(self.status(BAD), expected)
        told = self.explanation(f"http://{BAD}/")
        self.assertEqual(told["reasons"][0]["why"], "matches, URL category bets we like, gambling")

    def explanation(self, url, **columns):
        asked = {"source": CLIENT.ipv4, "destination": SERVER.ipv4, "destination_port": 80, "url": url} | columns
        return self.gateway.dataplane("explain", **asked)

    def test_an_explanation_names_category_and_list(self):
        self.apply(GAMES, lists={"allow": ["good.bet365.com"], "block": ["listed.example"]})
        told = self.explanation(f"http://{BAD}/")
        self.assertEqual((told["verdict"], told["rule"]), ("drop", 1))
        self.assertEqual(told["reasons"][0]["why"], "matches, URL category gambling")
        told = self.explanation("good.bet365.com")
        self.assertEqual((told["verdict"], told["reasons"][0]["why"]), ("pass", "URL is on the allow list"))
        told = self.explanation("listed.example/x")
        self.assertEqual((told["verdict"], told["rule"]), ("answer", 2))
        self.assertEqual(told["reasons"], [{"rule": 2, "outcome": "matches", "why": "URL is on the block list"}])
        status = self.gateway.dataplane("status")["url_database"]
        self.assertGreater(status["entries"], 500)
        self.assertNotIn("problem", status)

    def test_mistakes_are_told_with_their_place(self):
        answer = self.gateway.control("policy.apply", comment="", yaml=(
            "version: 1\nlists:\n  block:\n    - '*.h.*'\n"
            "rules:\n  - {name: r, action: block, content: {url_categories: [gamling]}}\n"))
        self.assertFalse(answer["ok"])
        text = str(answer)
        self.assertIn("wildcard at both ends", text)
        self.assertIn("no URL category is called 'gamling'", text)


if __name__ == "__main__":
    unittest.main()
