"""A DNS server and a web server that hold many names: what an office's browser meets, with http:// and https://."""

import concurrent.futures
import re

from harness import ALLOW_ALL, SERVER, LabTest, rule, services, unittest

GAMBLING = ("bet365.com", "www.williamhill.com", "pokerstars.com", "m.888.com", "betfair.com", "stake.com")
VIDEO = ("www.nicovideo.jp", "vimeo.com", "www.netflix.com")
NEWS = ("www.nikkei.com", "www.asahi.com", "www.bbc.co.uk")
BUSINESS = ("www.example.com", "intranet.example", "www.cybozu.com")
NAMES = GAMBLING + VIDEO + NEWS + BUSINESS
FAMILIES = ("-4", "-6")
NO_ANSWER_TO_A_HELLO = 35  # curl's exit code: the handshake failed

NO_GAMBLING = rule("no gambling", "block", content={"url_categories": ["gambling"]}, block_with="answer")


def dns(lab):
    services.dns(lab, names={name: (SERVER.ipv4, SERVER.ipv6) for name in NAMES})


class Sites(LabTest):
    wanted_services = (dns, services.web)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificate = services.https(cls.lab, NAMES)
        services.https(cls.lab, GAMBLING[::-1], port=8443, issuer=services.certificate(cls.lab, ("Sekisho lab",)))

    def fetch(self, url, family, *options):
        """curl's exit code and what it wrote: the status, then the body."""
        done = self.lab.run("client", "curl", "-sS", family, "-m", 5, "--cacert", self.certificate, "-w",
                            "%{stderr}%{http_code}", *options, url, check=False)
        return done.returncode, done.stderr[-3:], done.stdout

    def opens(self, url, family):
        code, status, body = self.fetch(url, family)
        return code == 0 and status == "200" and body.startswith("sekisho lab: hello")

    def opened(self, names, family):
        urls = sorted(self.all_of(names))
        with concurrent.futures.ThreadPoolExecutor(4) as browser:
            return {url for url, opens in zip(urls, browser.map(lambda url: self.opens(url, family), urls)) if opens}

    @staticmethod
    def all_of(names):
        return {f"{scheme}://{name}/" for name in names for scheme in ("http", "https")}

    def test_a_category_is_closed_and_every_other_name_opens(self):
        self.apply(NO_GAMBLING, ALLOW_ALL)
        for family in FAMILIES:
            with self.subTest(family=family):
                self.assertEqual(self.opened(NAMES, family), self.all_of(VIDEO + NEWS + BUSINESS))

    def test_who_is_refused_is_told_so_and_by_which_rule(self):
        self.apply(NO_GAMBLING, ALLOW_ALL)
        for family in FAMILIES:
            with self.subTest(family=family):
                for name in GAMBLING:
                    code, status, page = self.fetch(f"http://{name}/", family)
                    self.assertEqual((code, status), (0, "403"))
                    self.assertIn("no gambling", page)
                    request_id = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page)[0]
                    told = self.eventually(lambda: self.drop(request_id), "the record of the drop")
                    self.assertEqual(told["policy"]["name"], "no gambling")
                    self.assertEqual(self.fetch(f"https://{name}/", family)[0], NO_ANSWER_TO_A_HELLO)
        hellos = {f"https://{name}/" for name in GAMBLING}
        self.eventually(lambda: hellos <= {event["url"]["url"] for event in self.events("policy") if "url" in event
                                           and event["policy"]["name"] == "no gambling"}, "a record of each hello")

    def drop(self, request_id):
        for event in self.events("policy"):
            if event["policy"].get("block_id") == request_id:
                return event
        return None

    def test_who_asks_for_one_server_and_reaches_another_is_judged_by_the_others_certificate(self):
        """As clients do that name an allowed site to get to one that is not; from TLS 1.3 on the certificate is hidden."""
        self.apply(NO_GAMBLING, ALLOW_ALL)
        for family, server in zip(FAMILIES, (SERVER.ipv4, f"[{SERVER.ipv6}]")):
            with self.subTest(family=family):
                def ask(name):
                    return self.fetch(f"https://{name}:8443/", family, "-k", "--tls-max", "1.2", "--resolve",
                                      f"{name}:8443:{server}")
                code, status, _ = ask("decoy.example")
                self.assertNotEqual((code, status), (0, "200"))
                self.assertTrue(self.opens("https://intranet.example/", family))
        url = f"https://{GAMBLING[-1]}/"
        self.eventually(lambda: any(event.get("url", {}).get("url") == url for event in self.events("policy")
                                    if event["policy"]["name"] == "no gambling"), "a record with the certificate's name")

    def test_who_names_nobody_is_judged_by_the_name_asked_of_dns(self):
        """A client of TLS that sends no name; all names here have one address, of which the newest answer counts."""
        self.apply(NO_GAMBLING, ALLOW_ALL)
        for family, server in zip(FAMILIES, (SERVER.ipv4, f"[{SERVER.ipv6}]")):
            database = "ahostsv4" if family == "-4" else "ahostsv6"
            with self.subTest(family=family):
                def ask_nameless(name):
                    self.lab.run("client", "getent", database, name)
                    return self.fetch(f"https://{server}/", family, "-k", "--tlsv1.3")[:2]
                self.assertEqual(ask_nameless("www.nikkei.com"), (0, "200"))
                self.assertEqual(ask_nameless("stake.com")[0], NO_ANSWER_TO_A_HELLO)
                self.assertEqual(ask_nameless("www.bbc.co.uk"), (0, "200"))
        self.eventually(lambda: any(event.get("url", {}).get("url") == "https://stake.com/" for event in self.events("policy")
                                    if event["policy"]["name"] == "no gambling"), "a record with the name")

    def test_to_allow_wins_over_to_block_and_over_the_category(self):
        lists = {"allow": ["bet365.com", "www.nikkei.com"], "block": ["bet365.com", "*.nikkei.com", "www.asahi.com"]}
        self.apply(NO_GAMBLING, ALLOW_ALL, lists=lists)
        opened = ("bet365.com", "www.nikkei.com")
        closed = ("www.asahi.com", "pokerstars.com")
        for family in FAMILIES:
            with self.subTest(family=family):
                self.assertEqual(self.opened(opened + closed, family), self.all_of(opened))

    def test_the_order_of_rules_decides_for_names_too(self):
        video_is_allowed = rule("video", "allow", content={"url_categories": ["video_streaming"]})
        nothing_else = rule("nothing else", "block", services=["tcp/80", "tcp/443"], block_with="reset")
        for rules, expected in (((video_is_allowed, nothing_else, ALLOW_ALL), VIDEO),
                                ((nothing_else, video_is_allowed, ALLOW_ALL), ())):
            self.apply(*rules)
            for family in FAMILIES:
                with self.subTest(first=rules[0]["name"], family=family):
                    self.assertEqual(self.opened(VIDEO + NEWS, family), self.all_of(expected))


if __name__ == "__main__":
    unittest.main()
