"""Databases of URLs, ratings and C&C servers: published on the console, in force on the gateway at once."""

import base64
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import zlib

import console_harness
from console_harness import CONFIRM_SECONDS, SERVER, ApiError, rule, unittest, wait_until

from harness import services
from sekisho_lab.gateway import binaries

GAMES = rule("no games", "block", content={"url_categories": ["gambling"]})
SHIPPED = "www.bet365.com"  # of rules/urls/starter
DAY = 86400


class Databases(console_harness.ConsoleTest):
    wanted_services = (services.web,)
    lab_options = {"console": {"confirm_seconds": CONFIRM_SECONDS}}

    def setUp(self):
        self.version = self.enforce(GAMES)

    def pack(self, kind, text, category=""):
        """What `sekisho content build --pack` makes of a plain list."""
        source, pack = self.lab.directory / "list.txt", self.lab.directory / "list.pack"
        source.write_text(text)
        operand = f"{category}={source}" if category else source
        subprocess.run([binaries() / "sekisho", "content", "build", f"--{kind}", operand, "--pack", "--output", pack],
                       check=True, capture_output=True)
        return base64.b64encode(pack.read_bytes()).decode()

    def publish(self, kind, text, category=""):
        return self.client.post(f"{self.base}/content/databases",
                                {"kind": kind, "list": self.pack(kind, text, category), "notes": self.id()[-200:]})["version"]

    def games(self, *hosts):
        return self.publish("urls", "".join(f"{host}\n" for host in hosts), "gambling")

    def report(self, kind="urls"):
        gateway = self.client.get(f"{self.base}/content")["gateways"][0]
        return next((one for one in gateway["databases"] if one["kind"] == kind), {"version": 0, "state": "none"})

    def settled(self, version, kind="urls"):
        return wait_until(lambda: (one := self.report(kind))["version"] == version and one["state"] != "none" and one,
                          f"an outcome of version {version}", 60)

    def in_force(self, version, kind="urls"):
        one = self.settled(version, kind)
        self.assertEqual((one["state"], one["version_in_force"]), ("accepted", version), one)
        return one

    def answer(self, host):
        """The status that the server answers with to who asks for `host`; None when nothing comes."""
        asked = self.lab.run("client", "curl", "-s", "-m", 2, "-o", "/dev/null", "-w", "%{http_code}",
                             "-H", f"Host: {host}", f"http://{SERVER.ipv4}/", check=False)
        return int(asked.stdout) or None

    def cli(self, *arguments, check=True):
        command = self.gateway.inside([binaries() / "sekisho", "--run-dir", self.gateway.run_dir, *arguments])
        return subprocess.run(list(map(str, command)), check=check, capture_output=True, text=True)

    def listed(self, kind="urls"):
        rows = json.loads(self.cli("--json", "content", "list").stdout)["databases"]
        return next(row for row in rows if row["kind"] == kind)

    def log(self):
        return self.gateway.control("log")["lines"]

    def test_a_published_list_changes_what_a_rule_blocks_and_a_rollback_brings_the_one_before_back(self):
        self.in_force(self.games("one.example", "both.example"))
        self.assertIsNone(self.answer("one.example"))
        self.assertEqual(self.answer("two.example"), 200)
        self.assertEqual(self.answer(SHIPPED), 200)  # the console's takes the place of the box's own
        second = self.games("two.example", "both.example")
        self.in_force(second)
        self.assertEqual(self.answer("one.example"), 200)
        self.assertIsNone(self.answer("two.example"))
        row = self.listed()
        self.assertEqual((row["origin"], row["version"], row["entries"], row["stale"]), ("console", second, 2, False))
        self.assertIn("console", self.cli("content", "list").stdout)

        self.cli("content", "rollback", "urls")
        self.assertIsNone(self.answer("one.example"))
        self.assertEqual(self.answer("two.example"), 200)
        told = wait_until(lambda: (one := self.report())["state"] == "rolled_back" and one, "the console to know")
        self.assertEqual(told["version_in_force"], second - 1)
        self.cli("content", "update")  # what was left does not come again
        third = self.games("three.example")
        self.in_force(third)
        self.assertIsNone(self.answer("three.example"))
        # The policy stayed what it was, and confirmed.
        gateway = self.client.get(f"{self.base}/gateways/{self.record['id']}")
        self.assertEqual(gateway["version"], self.version)
        again = self.client.post(f"{self.base}/content/databases/urls/return", {"version": second})["version"]
        self.in_force(again)
        self.assertIsNone(self.answer("two.example"))

    def test_only_what_changed_crosses_the_link(self):
        many = [f"host{number * 7919 % 100003:x}.example" for number in range(20000)]
        whole = self.games(*many)
        self.in_force(whole)
        changed = self.games(*many[200:], *(f"new{number}.example" for number in range(200)))
        self.in_force(changed)
        self.assertIsNone(self.answer("new7.example"))
        self.assertEqual(self.answer(many[7]), 200)
        sizes = {}
        for line in self.log():
            if found := re.search(r"database of urls, version (\d+): (\d+) bytes came, the (whole|difference)", line):
                sizes[int(found[1])] = (found[3], int(found[2]))
        self.assertEqual(sizes[changed][0], "difference", sizes)
        whole_bytes = self.client.get(f"{self.base}/content")["databases"][0]["versions"][0]["packed_bytes"]
        self.assertLess(sizes[changed][1] * 10, whole_bytes)

    def test_ratings_and_c2_servers_come_the_same_way(self):
        self.in_force(self.publish("reputation", "rated.example\n"), "reputation")
        found = self.eventually(lambda: (said := json.loads(self.cli("--json", "reputation", "lookup", "http://rated.example/",
                                                                     check=False).stdout or "{}")).get("score") == 0 and said,
                                "the rating")
        self.assertEqual(found["source"], "database")
        self.in_force(self.publish("indicators", "c2.example\n203.0.113.7\n"), "indicators")
        self.assertEqual(self.gateway.dataplane("status")["indicator_database"]["entries"], 2)
        self.assertEqual(self.listed("indicators")["origin"], "console")

    def test_a_list_that_is_damaged_on_the_console_is_refused_and_the_one_before_stays(self):
        self.in_force(self.games("one.example"))
        self.gateway.stop()
        damaged = self.games("two.example")
        with sqlite3.connect(self.console.state_dir / "console.db", timeout=30) as database:
            database.execute("UPDATE content_databases SET list = ? WHERE version = ?", (self.pack("urls", "bad.example\n", "gambling"), damaged))
        self.lab.start_gateway()
        one = self.settled(damaged)
        self.assertEqual((one["state"], one["reason_code"], one["version_in_force"]), ("refused", "bad_content", damaged - 1), one)
        self.assertIn("SHA-256", one["reason"])
        self.eventually(lambda: self.answer("one.example") is None, "the one before in force")
        self.assertEqual(self.answer("bad.example"), 200)

    def test_a_description_of_another_signature_is_refused(self):
        first = self.games("one.example")
        self.in_force(first)
        self.console.add_tenant(self.client, "another tenant")
        with sqlite3.connect(self.console.state_dir / "console.db", timeout=30) as database:
            key, = database.execute("SELECT public_key FROM signing_keys WHERE tenant <> ?", (self.tenant["id"],)).fetchone()
        path = self.lab.directory / "state" / "identity/identity.json"
        true_content = path.read_text()
        self.gateway.stop()
        path.write_text(json.dumps(json.loads(true_content) | {"signing_key": key}))
        self.lab.start_gateway()
        try:
            second = self.games("two.example")
            one = self.settled(second)
            self.assertEqual((one["state"], one["reason_code"], one["version_in_force"]), ("refused", "unknown_key", first), one)
            self.assertIsNone(self.answer("one.example"))
        finally:
            self.gateway.stop()
            path.write_text(true_content)
            self.lab.start_gateway()
        wait_until(lambda: self.client.get(f"{self.base}/content")["gateways"][0]["online"], "the gateway")
        # Somebody at the box asks once more, as nothing is wrong any more.
        self.eventually(lambda: self.cli("content", "update", check=False).returncode == 0, "a console to ask")
        wait_until(lambda: self.report()["version_in_force"] == second, "the new one")

    def test_an_agent_that_is_killed_on_the_way_ends_with_the_newest(self):
        self.in_force(self.games("zero.example"))
        for moment in (0.0, 0.05, 0.2, 0.5):
            with self.subTest(moment=moment):
                host = f"at{int(moment * 100)}.example"
                version = self.games(host, *(f"host{number}.example" for number in range(5000)))
                time.sleep(moment)
                os.kill(self.gateway.control("status")["pid"], signal.SIGKILL)
                wait_until(lambda: self.report()["version_in_force"] == version, f"version {version}", 60)
                self.eventually(lambda: self.answer(host) is None, "the new list in force")

    def test_what_is_too_old_is_told_until_something_newer_comes(self):
        self.in_force(self.games("one.example"))
        with sqlite3.connect(self.console.state_dir / "console.db", timeout=30) as database:
            database.execute("UPDATE content_databases SET built = built - ?", (31 * DAY,))
        again = self.client.post(f"{self.base}/content/databases/urls/return",
                                 {"version": self.games("two.example") - 1})["version"]
        self.in_force(again)
        self.eventually(lambda: self.listed()["stale"], "an old list")
        self.assertIn("stale", self.cli("status").stdout)
        self.assertIn("(stale)", self.cli("content", "list").stdout)
        wait_until(lambda: self.report()["stale"], "the console to know")
        self.in_force(self.games("three.example"))

        def said():
            return [one["content"]["what"] for one in self.events("content") if one["content"]["kind"] == "urls"]
        self.eventually(lambda: said()[-2:] == ["stale", "fresh"], "both events")
        self.assertNotIn("content of urls", self.cli("status").stdout)

    def test_what_no_gateway_would_take_is_not_published(self):
        for kind, text in (("urls", "one.example\t+\tno such category\n"), ("urls", "b\na\n"), ("indicators", "x\ty\t1\tz\n")):
            packed = base64.b64encode(zlib.compress(text.encode())).decode()
            with self.subTest(text=text), self.assertRaises(ApiError) as refused:
                self.client.post(f"{self.base}/content/databases", {"kind": kind, "list": packed})
            self.assertEqual(refused.exception.status, 422)


if __name__ == "__main__":
    unittest.main()
