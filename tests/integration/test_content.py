"""Packs of IPS rules: published on the console, in force on the gateway at once, whatever the policy."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import console_harness
from console_harness import CONFIRM_SECONDS, SERVER, ApiError, rule, unittest, wait_until

from harness import services
from sekisho_lab.gateway import binaries

INSPECTED = rule("inspected", "allow", profile="office")
PROFILES = [{"name": "office", "ips": {"action": "block"}}]


def forbids(word, number=3000001):
    return f'drop http any any -> any any (msg:"pack: {word}"; http.uri; content:"/{word}"; sid:{number}; rev:1;)\n'


class Content(console_harness.ConsoleTest):
    wanted_services = (services.web,)
    lab_options = {"console": {"confirm_seconds": CONFIRM_SECONDS}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        draft = cls.client.get(f"/tenants/{cls.tenant['id']}/groups/{cls.group['id']}/draft")
        policy = draft["policy"] | {"rules": [INSPECTED], "profiles": PROFILES}
        place = f"/tenants/{cls.tenant['id']}/groups/{cls.group['id']}/draft"
        saved = cls.client.call("PUT", place, {"policy": policy}, If_Match=f'"{draft["revision"]}"')
        seen = [{"group": cls.group["id"], "revision": saved["revision"]}]
        cls.policy_version = cls.client.post(f"/tenants/{cls.tenant['id']}/deliveries", {"revisions": seen})["version"]

    def setUp(self):
        done = self.outcome(self.policy_version)
        self.assertEqual(done["state"], "succeeded", done)
        for pack in self.content()["packs"]:
            self.client.call("DELETE", f"{self.base}/content/packs/{pack['id']}")
        self.settled()

    def content(self):
        return self.client.get(f"{self.base}/content")

    def publish(self, *rules, name="ours"):
        files = [{"name": "a.rules", "text": "".join(rules)}]
        return self.client.post(f"{self.base}/content/packs", {"name": name, "files": files, "notes": self.id()[-200:]})

    def settled(self, timeout=60):
        """How the gateway fares, when nothing is on its way any more."""
        return wait_until(lambda: (one := self.content()["gateways"][0])["state"] not in ("delivering",) and one,
                          "an outcome of the packs", timeout)

    def in_force(self, *rules, name="ours"):
        self.publish(*rules, name=name)
        one = self.settled()
        self.assertEqual(one["state"], "accepted", one)
        return one

    def answer(self, path):
        """The status that the server answers with; None when nothing comes."""
        asked = self.lab.run("client", "curl", "-s", "-m", 3, "-o", "/dev/null", "-w", "%{http_code}",
                             f"http://{SERVER.ipv4}{path}", check=False)
        return int(asked.stdout) or None

    def cli(self, *arguments, check=True):
        command = self.gateway.inside([binaries() / "sekisho", "--run-dir", self.gateway.run_dir, *arguments])
        return subprocess.run(list(map(str, command)), check=check, capture_output=True, text=True)

    def listed(self):
        return json.loads(self.cli("--json", "content", "list").stdout)

    def test_a_published_pack_acts_gets_a_new_version_and_the_old_one_back(self):
        self.assertIsNotNone(self.answer("/cats"))
        one = self.in_force(forbids("cats"), "alert nonsense\n")
        self.assertEqual(one["packs"], [{"name": "ours", "version": 1, "rules": 1, "refused": 1}])
        self.assertIsNone(self.answer("/cats"))
        self.assertIsNotNone(self.answer("/dogs"))
        listed = self.listed()
        pack = next(pack for pack in listed["packs"] if pack["name"] == "ours")
        self.assertEqual((pack["origin"], pack["version"], pack["rules"], pack["refused"]), ("console", 1, 1, 1))
        self.assertIn("ours", self.cli("content", "list").stdout)

        self.in_force(forbids("dogs"))
        self.assertIsNotNone(self.answer("/cats"))
        self.assertIsNone(self.answer("/dogs"))
        pack = self.content()["packs"][0]
        self.client.post(f"{self.base}/content/packs/{pack['id']}/return", {"version": 1})
        self.assertEqual(self.settled()["packs"][0]["version"], 1)
        self.assertIsNone(self.answer("/cats"))
        self.assertIsNotNone(self.answer("/dogs"))
        # The policy stayed what it was, and confirmed.
        gateway = self.client.get(f"{self.base}/gateways/{self.record['id']}")
        self.assertEqual((gateway["version"], gateway["last_delivery"]), (self.policy_version, "succeeded"))
        self.client.call("DELETE", f"{self.base}/content/packs/{pack['id']}")
        self.assertEqual(self.settled()["packs"], [])
        self.assertIsNotNone(self.answer("/cats"))

    def test_a_new_version_loses_no_connection_and_keeps_what_was_read_of_a_stream(self):
        self.in_force(forbids("cats"))
        outcome, connection = self.try_connect(SERVER.ipv4, 80)
        self.assertEqual(outcome, "open")
        self.addCleanup(connection.close)
        connection.sendall(b"GET /ca")
        failures, stop = [], threading.Event()

        def pages():
            while not stop.is_set():
                if self.answer("/") is None:
                    failures.append(time.time())

        walker = threading.Thread(target=pages)
        walker.start()
        try:
            for word in ("dogs", "birds"):
                self.in_force(forbids("cats"), forbids(word, 3000002))
        finally:
            stop.set()
            walker.join()
        self.assertEqual(failures, [])
        connection.sendall(b"ts HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.settimeout(2)
        with self.assertRaises((TimeoutError, ConnectionResetError, socket.timeout)):
            self.fail(f"answered: {connection.recv(100)}")

    def test_a_capture_that_the_console_asked_for_goes_on_over_new_packs(self):
        self.in_force(forbids("cats"))
        kept = self.lab.directory / "state/ips/content/state.json"
        wait_until(lambda: not json.loads(kept.read_text())["unproven"], "the fresh stream of these packs")
        gateway = f"{self.base}/gateways/{self.record['id']}"
        wait_until(lambda: self.client.get(gateway)["online"], "the gateway online")
        place = f"{gateway}/diagnostics"
        asked = self.client.post(place, {"op": "capture", "arguments": {"seconds": 30}})["id"]

        def running():
            return self.client.get(f"{place}/{asked}")

        wait_until(lambda: f"'capture' ({asked})" in self.gateway.log_tail(300), "the capture to begin")
        self.in_force(forbids("dogs"))
        self.assertIsNone(self.answer("/dogs"))
        done = wait_until(lambda: (one := running())["state"] != "waiting" and one, "the capture", 60)
        self.assertEqual(done["state"], "done", done)
        # The fresh stream that shows that the packs do not cut the console off comes then.
        self.assertEqual(self.settled()["state"], "accepted")
        self.assertEqual(self.listed()["console"]["last_delivery"]["state"], "accepted")

    def test_the_box_returns_to_the_packs_before_and_the_console_knows(self):
        self.in_force(forbids("cats"))
        self.in_force(forbids("dogs"))
        self.cli("content", "rollback")
        self.assertIsNone(self.answer("/cats"))
        self.assertIsNotNone(self.answer("/dogs"))
        wait_until(lambda: self.content()["gateways"][0]["state"] == "rolled_back", "the console to know")
        self.assertEqual(self.content()["gateways"][0]["packs"][0]["version"], 1)
        self.in_force(forbids("birds"))
        self.assertIsNone(self.answer("/birds"))

    def test_packs_of_another_signature_are_refused_and_those_before_stay(self):
        self.in_force(forbids("cats"))
        self.console.add_tenant(self.client, "another tenant")
        with sqlite3.connect(self.console.state_dir / "console.db") as database:
            key, = database.execute("SELECT public_key FROM signing_keys WHERE tenant <> ?", (self.tenant["id"],)).fetchone()
        path = self.lab.directory / "state" / "identity/identity.json"
        true_content = path.read_text()
        self.gateway.stop()
        path.write_text(json.dumps(json.loads(true_content) | {"signing_key": key}))
        self.lab.start_gateway()
        try:
            self.publish(forbids("dogs"))
            one = self.settled()
            self.assertEqual((one["state"], one["reason_code"]), ("refused", "unknown_key"), one)
            self.assertIsNone(self.answer("/cats"))
            self.assertIsNotNone(self.answer("/dogs"))
        finally:
            self.gateway.stop()
            path.write_text(true_content)
            self.lab.start_gateway()
        self.in_force(forbids("dogs"))

    def test_an_agent_that_is_killed_on_the_way_ends_with_the_newest(self):
        self.in_force(forbids("cats"))
        for moment in (0.0, 0.1, 0.3, 0.6):
            with self.subTest(moment=moment):
                word = f"dogs{int(moment * 10)}"
                self.publish(forbids(word))
                time.sleep(moment)
                os.kill(self.gateway.control("status")["pid"], signal.SIGKILL)
                one = self.settled()
                self.assertEqual((one["state"], one["version"]), ("accepted", one["desired_version"]), one)
                self.assertIsNone(self.answer(f"/{word}"))
                self.assertIsNotNone(self.answer("/cats"))

    def test_packs_that_cut_the_console_off_are_taken_back(self):
        self.in_force(forbids("cats"))
        self.publish(f'drop tcp any any -> {self.console_address()} any (msg:"pack: no console"; sid:3000009;)\n')
        one = wait_until(lambda: (one := self.content()["gateways"][0])["state"] == "rolled_back" and one, "the way back", 120)
        self.assertEqual(one["packs"][0]["version"], 1, one)
        self.assertIn("could not be reached", one["reason"])
        self.assertIsNone(self.answer("/cats"))

    def console_address(self):
        return self.console.link.rsplit(":", 1)[0]

    def test_a_gateway_that_was_away_gets_the_packs_when_it_returns(self):
        self.gateway.stop()
        self.publish(forbids("cats"))
        time.sleep(1)
        self.assertEqual(self.content()["gateways"][0]["state"], "delivering")
        self.lab.start_gateway()
        self.assertEqual(self.settled()["state"], "accepted")
        self.assertIsNone(self.answer("/cats"))

    def test_what_holds_no_rule_is_not_published(self):
        with self.assertRaises(ApiError) as refused:
            self.publish("nonsense\n")
        self.assertEqual(refused.exception.status, 422)


if __name__ == "__main__":
    unittest.main()
