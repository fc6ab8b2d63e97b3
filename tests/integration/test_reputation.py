"""Web reputation on a running gateway: URLs that the console rates, asked for while the first packet waits."""

import json
import os
import pathlib
import ssl
import tempfile
import time

from console_harness import SERVER, ConsoleTest, rule, unittest
from harness import LabTest, echo, services

from sekisho_lab import process
from sekisho_lab.gateway import binaries

BAD_SCORE, GOOD_SCORE = 4, 90
TLS_PORT = 443
WAIT_MS = 500
FAMILIES = (SERVER.ipv4, SERVER.ipv6)


def hello(name):
    """A ClientHello that asks for `name`."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(to_client, to_server, server_hostname=name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return to_server.read()


class Judged:
    """Requests through a gateway whose profile `p` judges URLs by their reputation."""

    def judge_by(self, **settings):
        self.apply(rule("web", "allow", services=["tcp/80", f"tcp/{TLS_PORT}"], profile="p"),
                   rule("rest", "allow"), profiles=[{"name": "p", "web_reputation": settings}])

    def ask(self, host, path="/", address=SERVER.ipv4):
        """(status, page) of what the client gets that asks the server for `host`; 0: nothing came."""
        place = f"[{address}]" if ":" in address else address
        asked = self.lab.run("client", "curl", "-s", "-g", "-m", 5, "-w", "\n%{http_code}", "-H", f"Host: {host}",
                             "-H", "Accept-Language: en", f"http://{place}{path}", check=False)
        page, _, status = asked.stdout.rpartition("\n")
        return int(status), page

    def status(self, host, path="/", address=SERVER.ipv4):
        return self.ask(host, path, address)[0]

    def opens_tls(self, name, address=SERVER.ipv4):
        """Whether the hello reaches the server, which sends back what it gets."""
        outcome, connection = self.try_connect(address, TLS_PORT, timeout=3)
        self.assertEqual(outcome, "open")
        with connection:
            connection.sendall(hello(name))
            try:
                return connection.recv(1) == hello(name)[:1]  # an alert begins otherwise
            except (TimeoutError, ConnectionResetError):
                return False

    def told(self, host, **members):
        def found():
            return [one for one in self.events("reputation") if one["reputation"].get("hostname") == host]
        event = self.eventually(found, f"an event about {host}")[-1]
        self.assertEqual(event["reputation"] | members, event["reputation"])
        return event


class OwnDatabase(Judged, LabTest):
    """A box without a console, with ratings of its own."""

    wanted_services = (services.web, echo(TLS_PORT))

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="sekisho-rated-"))
        os.chmod(folder, 0o755)  # the gateway's users read it
        cls.database = pathlib.Path(folder) / "rated.db"
        cls.rated = {"bad.example": BAD_SCORE}
        cls.build()
        cls.lab_options = {"reputation_database": str(cls.database)}
        super().setUpClass()

    @classmethod
    def build(cls):
        feed = cls.database.with_suffix(".csv")
        feed.write_text("domain,score\n" + "".join(f"{host},{score}\n" for host, score in cls.rated.items()))
        process.run([binaries() / "sekisho", "content", "build", "--reputation", feed, "--category", "phishing",
                     "--output", cls.database])
        cls.database.chmod(0o644)

    def test_a_host_that_the_database_rates_bad_does_not_open(self):
        self.judge_by()
        for server in FAMILIES:
            with self.subTest(server=server):
                status, page = self.ask("www.bad.example", "/login", server)
                self.assertEqual(status, 403)
                self.assertIn(f"Score, of 100: {BAD_SCORE}", page)
                self.assertEqual(self.status("good.example", "/", server), 200)
                self.assertFalse(self.opens_tls("bad.example", server))
                self.assertTrue(self.opens_tls("good.example", server))
        event = self.told("www.bad.example", url="http://www.bad.example/login", score=BAD_SCORE, category="phishing",
                          sensitivity="medium", action="block")
        explained = self.gateway.command("explain", "--id", event["reputation"]["id"]).stdout
        self.assertIn(f"score {BAD_SCORE} of 100 (phishing)", explained)
        self.assertEqual(self.counters()["reputation.waiting"], 0)
        answer = json.loads(self.gateway.command("--json", "reputation", "lookup", "www.bad.example").stdout)
        self.assertEqual((answer["expression"], answer["score"], answer["source"]),
                         ("bad.example/", BAD_SCORE, "database"))

    def test_a_database_in_its_place_counts_without_a_reload(self):
        self.judge_by()
        self.assertEqual(self.status("later.example"), 200)
        self.rated["later.example"] = BAD_SCORE
        self.build()
        self.eventually(lambda: self.status("later.example") == 403, "the new database in force", timeout=10)

    def test_a_profile_that_is_off_asks_nothing(self):
        self.judge_by(enabled=False)
        asked = self.counters()["reputation.asked"]
        self.assertEqual(self.status("bad.example"), 200)
        self.assertEqual(self.counters()["reputation.asked"], asked)

    def test_mistakes_are_told_with_their_place(self):
        answer = self.gateway.control("policy.apply", comment="", yaml=(
            "version: 1\nprofiles:\n  - name: p\n    web_reputation: {wait_ms: 2001, on_failure: stop}\n"
            "rules: [{name: r, action: allow, profile: p}]\n"))
        self.assertFalse(answer["ok"])
        self.assertEqual([(one["line"], one["message"]) for one in answer["diagnostics"]], [
            (4, "wait_ms of web_reputation must be a number from 0 to 2000"),
            (4, "on_failure of web_reputation must be pass or block, not 'stop'")])


class Asked(Judged, ConsoleTest):
    """A box that asks its console."""

    wanted_services = (services.web, echo(TLS_PORT))

    def rate(self, url, score):
        """Rates it in the console, and waits until who asks there hears so."""
        self.client.call("PUT", "/reputation/rating", {"url": url, "score": score, "category": "phishing"})
        self.eventually(lambda: self.gateway.control("reputation.lookup", url=url).get("score") == score,
                        f"{url} has score {score}", timeout=5)

    def test_a_url_scored_bad_later_is_blocked_at_the_next_request_without_a_reload(self):
        self.judge_by()
        serial = self.gateway.control("status")["policy"]["serial"]
        for number, server in enumerate(FAMILIES):
            host = f"www.turns{number}.example"
            with self.subTest(server=server):
                self.assertEqual(self.status(host, "/bytes/20?a=b", server), 200)
                self.assertEqual(self.status("neighbour.example", "/", server), 200)
                self.rate(f"turns{number}.example", BAD_SCORE)
                self.eventually(lambda: self.status(host, "/bytes/20?a=b", server) == 403, "a page", timeout=5)
                status, page = self.ask(host, "/other", server)
                self.assertEqual(status, 403)
                self.assertIn(f"Score, of 100: {BAD_SCORE}", page)
                self.assertIn("Phishing", page)
                self.assertEqual(self.status("neighbour.example", "/", server), 200)
                event = self.told(host, score=BAD_SCORE, category="phishing", sensitivity="medium", action="block")
                self.assertIn(event["reputation"]["source"], ("service", "cache"))
                explained = self.gateway.command("explain", "--id", event["reputation"]["id"]).stdout
                self.assertIn(f"score {BAD_SCORE} of 100 (phishing)", explained)
                self.assertIn(f"http://{host}/", explained)
                self.rate(f"turns{number}.example", GOOD_SCORE)
                self.eventually(lambda: self.status(host, "/bytes/20?a=b", server) == 200, "the page again", timeout=5)
        self.assertEqual(self.gateway.control("status")["policy"]["serial"], serial)
        for _ in range(2):  # the second time it is known
            self.assertEqual(self.status("neighbour.example"), 200)
        counters = self.counters()
        for name in ("hits", "asked", "waited", "blocked"):
            self.assertGreater(counters[f"reputation.{name}"], 0, name)
        self.assertEqual(counters["reputation.waiting"], 0)
        self.assertIn("look-up service up", self.gateway.command("status").stdout)
        self.assertGreater(counters["drop.web_reputation"], 0)

    def test_the_first_request_to_a_bad_url_is_blocked(self):
        self.judge_by()
        self.rate("bad-from-the-start.example/evil/", BAD_SCORE)
        self.assertEqual(self.status("bad-from-the-start.example", "/evil/x"), 403)
        self.assertEqual(self.status("bad-from-the-start.example", "/bytes/20"), 200)

    def test_a_tls_hello_to_a_bad_server_is_refused(self):
        self.judge_by()
        self.rate("tls-bad.example", BAD_SCORE)
        for server in FAMILIES:
            with self.subTest(server=server):
                self.assertFalse(self.opens_tls("tls-bad.example", server))
                self.assertTrue(self.opens_tls("tls-good.example", server))
        self.told("tls-bad.example", url="https://tls-bad.example/", action="block")

    def test_monitor_reports_and_lets_pass(self):
        self.judge_by(action="monitor")
        self.rate("watched.example", BAD_SCORE)
        waited = self.counters()["reputation.waited"]
        self.assertEqual(self.status("watched.example"), 200)
        self.told("watched.example", score=BAD_SCORE, action="monitor")
        self.assertEqual(self.counters()["reputation.waited"], waited)

    def test_sensitivity_is_the_profiles(self):
        self.rate("grey.example", 40)
        for sensitivity, status in (("low", 200), ("medium", 403), ("low", 200)):
            self.judge_by(sensitivity=sensitivity)
            self.assertEqual(self.status("grey.example"), status, sensitivity)

    def test_the_allow_list_wins(self):
        self.rate("allowed.example", BAD_SCORE)
        self.apply(rule("web", "allow", profile="p"), profiles=[{"name": "p"}], lists={"allow": ["allowed.example"]})
        self.assertEqual(self.status("allowed.example"), 200)

    def test_the_command_says_what_was_rated(self):
        self.rate("asked.example/a/", 33)
        said = self.gateway.command("--json", "reputation", "lookup", "HTTP://www.ASKED.example/a/b?c").stdout
        answer = json.loads(said)
        self.assertEqual((answer["expression"], answer["score"], answer["category"], answer["source"]),
                         ("asked.example/a/", 33, "phishing", "service"))
        unrated = self.gateway.command("reputation", "lookup", "unrated.example").stdout
        self.assertIn("nobody rated it", unrated)

    def test_when_nobody_can_be_asked_on_failure_decides_in_time(self):
        self.judge_by(on_failure="pass", wait_ms=WAIT_MS)
        self.assertEqual(self.status("before.example"), 200)
        self.console.kill()
        for number, (on_failure, status) in enumerate((("pass", 200), ("block", 403))):
            self.judge_by(on_failure=on_failure, wait_ms=WAIT_MS)
            for server in FAMILIES:
                host = f"gone{number}-{FAMILIES.index(server)}.example"
                with self.subTest(on_failure=on_failure, server=server):
                    begin = time.monotonic()
                    got, page = self.ask(host, "/", server)
                    self.assertLess(time.monotonic() - begin, WAIT_MS / 1000 + 1)
                    self.assertEqual(got, status)
                    if on_failure == "block":
                        self.assertIn("could not be checked", page)
                        self.told(host, action="block", source="failed")
        self.console.start()
        self.eventually(lambda: self.gateway.control("status")["console"]["state"] == "connected", "the link")
        self.eventually(lambda: self.status("back.example") == 200, "answers again")


if __name__ == "__main__":
    unittest.main()
