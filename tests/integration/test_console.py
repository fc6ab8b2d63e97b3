"""The way from "Deliver all" to the packet and back, with a real console and a real gateway."""

import json
import os
import pathlib
import signal
import sqlite3
import tempfile
import time

import console_harness
from console_harness import ALLOW_ALL, BLOCK_8080, CLIENT, SERVER, ApiError, rule, unittest, wait_until


class DeliverAll(console_harness.ConsoleTest):
    def test_a_saved_rule_has_no_effect_until_it_is_delivered_and_its_event_names_it(self):
        self.enforce(ALLOW_ALL)
        self.assertFalse(self.client.get(f"{self.base}/changes")["pending"])
        self.save(BLOCK_8080, ALLOW_ALL)
        self.assertTrue(self.client.get(f"{self.base}/changes")["pending"])
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "open")
        version = self.deliver_all()
        self.assertEqual(self.outcome(version)["state"], "succeeded")
        self.assertFalse(self.client.get(f"{self.base}/changes")["pending"])
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")
        event = self.eventually(lambda: self.stored_events(rule="no%208080", action="block"), "the block's event")[0]
        self.assertEqual((event["rule"], event["version"], event["action"]), ("no 8080", version, "block"))
        self.assertEqual((event["source"], event["destination"], event["destination_port"]),
                         (CLIENT.ipv4, SERVER.ipv4, 8080))

    def test_a_download_that_the_new_rule_does_not_concern_goes_on(self):
        self.enforce(ALLOW_ALL)
        with tempfile.NamedTemporaryFile(prefix="sekisho-download-") as target:
            path = pathlib.Path(target.name)
            download = self.lab.popen("client", "curl", "-s", "-m", "15", "-o", target.name,
                                      f"http://{SERVER.ipv4}/slow/3000000/1000000")
            self.eventually(lambda: path.stat().st_size > 200_000, "the download's beginning")
            self.enforce(BLOCK_8080, ALLOW_ALL)
            self.assertEqual(download.wait(timeout=20), 0)
            self.assertEqual(path.stat().st_size, 3_000_000)

    def test_a_policy_that_cuts_the_gateway_off_is_rolled_back_and_the_console_shows_it(self):
        good = self.enforce(ALLOW_ALL)
        boot = self.gateway.control("status")["policy"]["serial"]
        self.save(rule("nobody reaches the console", "block", destination={"addresses": ["10.91.0.80"]}), BLOCK_8080,
                  ALLOW_ALL)
        version = self.deliver_all()
        self.eventually(lambda: self.connect(SERVER.ipv4, 8080) == "silence", "the new policy in force")
        done = self.outcome(version, timeout=60)
        self.assertEqual((done["state"], done["reason_code"]), ("failed", "rolled_back"), done)
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "open")
        record = self.client.get(f"{self.base}/gateways/{self.record['id']}")
        self.assertEqual((record["version"], record["last_delivery"]), (good, "failed"))
        self.assertEqual(self.gateway.control("status")["policy"]["serial"], boot)
        self.enforce(ALLOW_ALL)

    def test_a_policy_that_is_wrong_cannot_be_saved(self):
        with self.assertRaises(ApiError) as refused:
            self.save(rule("odd", "block", services=["tcp/99999"]))
        self.assertEqual(refused.exception.status, 422)
        self.assertTrue(refused.exception.problem["mistakes"][0]["pointer"].startswith("/rules/0"))

    def test_two_administrators_cannot_overwrite_each_other(self):
        path = f"{self.base}/groups/{self.group['id']}/draft"
        other = self.console.client()
        seen = other.get(path)
        self.save(rule("first", "allow"))
        with self.assertRaises(ApiError) as refused:
            other.call("PUT", path, {"policy": seen["policy"]}, If_Match=f'"{seen["revision"]}"')
        self.assertEqual(refused.exception.status, 412)
        self.assertEqual(refused.exception.problem["revision"], seen["revision"] + 1)

    def test_returning_to_an_earlier_version_wants_delivery_and_brings_its_rules_back(self):
        version = self.enforce(BLOCK_8080, ALLOW_ALL)
        self.enforce(ALLOW_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "open")
        seen = [{"group": self.group["id"], "revision": self.draft()["revision"]}]
        self.client.post(f"{self.base}/deliveries/{version}/return", {"revisions": seen})
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "open")
        self.assertEqual(self.outcome(self.deliver_all())["state"], "succeeded")
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")

    def test_diagnostics_come_from_the_gateway_and_are_audited(self):
        self.enforce(ALLOW_ALL)
        path = f"{self.base}/gateways/{self.record['id']}/diagnostics"

        def ask(op, **arguments):
            asked = self.client.post(path, {"op": op, "arguments": arguments})
            return wait_until(lambda: (one := self.client.get(f"{path}/{asked['id']}"))["state"] != "waiting" and one,
                              f"an answer to {op}")

        explained = ask("explain", source=CLIENT.ipv4, destination=SERVER.ipv4, destination_port=80, protocol="tcp")
        self.assertEqual((explained["state"], explained["result"]["verdict"]), ("done", "pass"), explained)
        self.assertEqual(ask("status")["state"], "done")
        self.assertEqual(ask("explain", source="nonsense")["state"], "failed")
        audited = self.client.get(f"{self.base}/audit?limit=50")["entries"]
        self.assertTrue(any(entry["action"] == "startDiagnostic" for entry in audited))


class Outages(console_harness.ConsoleTest):
    def setUp(self):
        self.enforce(ALLOW_ALL)

    def sequence_gaps(self):
        """(stored lines, newest sequence) of the gateway in the console's database."""
        with sqlite3.connect(self.console.state_dir / "console.db") as database:
            return (database.execute("SELECT COUNT(*) FROM events").fetchone()[0],
                    database.execute("SELECT SUM(sequence) FROM event_cursors").fetchone()[0])

    def test_without_the_console_traffic_runs_on_and_its_events_arrive_later_each_once(self):
        self.enforce(rule("numbered", "allow", services=["tcp/80"]), ALLOW_ALL)
        began = int(time.time() * 1000)
        self.console.stop()
        for _ in range(5):
            self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        self.console.start()
        type(self).client = self.console.client()
        self.eventually(lambda: len(self.stored_events(rule="numbered", **{"from": began})) >= 5, "the events", 30)
        time.sleep(1)
        self.assertEqual(len(self.stored_events(rule="numbered", **{"from": began})), 5)
        stored, newest = self.sequence_gaps()
        self.assertEqual(stored, newest)

    def test_events_that_happened_while_the_agent_was_away_arrive_when_it_is_back(self):
        self.enforce(rule("unattended", "allow", services=["tcp/80"]), ALLOW_ALL)
        agent = self.gateway.control("status")["pid"]
        os.kill(self.gateway.process.pid, signal.SIGSTOP)  # the supervisor, so that it stays away
        try:
            os.kill(agent, signal.SIGKILL)
            for _ in range(10):
                self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        finally:
            os.kill(self.gateway.process.pid, signal.SIGCONT)
        self.eventually(lambda: len(self.stored_events(rule="unattended")) >= 10, "the events", 20)
        self.assertEqual(len(self.stored_events(rule="unattended")), 10)

    def test_a_gateway_that_was_off_gets_the_newest_version_when_it_returns(self):
        self.gateway.stop()
        wait_until(lambda: not self.client.get(f"{self.base}/gateways/{self.record['id']}")["online"], "offline", 60)
        self.save(BLOCK_8080, ALLOW_ALL)
        first = self.deliver_all()
        self.save(ALLOW_ALL)
        second = self.deliver_all()
        self.assertEqual(self.delivery(first)["state"], "superseded")
        self.lab.start_gateway()
        self.assertEqual(self.outcome(second)["state"], "succeeded")
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "open")

    def test_a_restart_keeps_the_delivered_policy(self):
        version = self.enforce(BLOCK_8080, ALLOW_ALL)
        self.gateway.stop()
        self.lab.start_gateway()
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")
        wait_until(lambda: self.client.get(f"{self.base}/gateways/{self.record['id']}")["online"], "online again")
        self.assertEqual(self.client.get(f"{self.base}/gateways/{self.record['id']}")["version"], version)


class Trust(console_harness.ConsoleTest):
    def test_a_rotated_key_is_followed(self):
        self.enforce(ALLOW_ALL)
        before = self.client.get("/tenants")["tenants"][0]["signing_key"]["id"]
        after = self.client.post(f"{self.base}/signing-key/rotation")["id"]
        self.assertNotEqual(before, after)
        self.enforce(BLOCK_8080, ALLOW_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")

    def refused(self, expected_reason, file, **changes):
        """Delivers to a box that trusts, is or has something else than the console thinks."""
        path = self.lab.directory / "state" / file
        true_content = path.read_text()
        self.gateway.stop()
        path.write_text(json.dumps(json.loads(true_content) | changes))
        self.lab.start_gateway()
        try:
            self.number = getattr(self, "number", 0) + 1
            self.save(rule(f"refused {self.number}", "block", services=["tcp/8080"]), ALLOW_ALL)
            done = self.outcome(self.deliver_all())
            self.assertEqual((done["state"], done["reason_code"]), ("failed", expected_reason), done)
            self.assertTrue(done["reason"])
            self.assertEqual(self.connect(SERVER.ipv4, 8080), "open")
        finally:
            self.gateway.stop()
            path.write_text(true_content)
            self.lab.start_gateway()

    def test_bundles_that_are_not_for_this_box_are_refused_and_the_console_says_why(self):
        self.enforce(ALLOW_ALL)
        self.console.add_tenant(self.client, "another tenant")
        with sqlite3.connect(self.console.state_dir / "console.db") as database:
            other, key = database.execute("SELECT tenant, public_key FROM signing_keys WHERE tenant <> ?",
                                          (self.tenant["id"],)).fetchone()
        self.refused("unknown_key", "identity/identity.json", signing_key=key)
        self.refused("other_tenant", "identity/identity.json", tenant=other)
        self.refused("other_gateway", "identity/identity.json", gateway=other)
        self.enforce(ALLOW_ALL)

    def test_a_revoked_gateway_is_not_let_in_and_its_traffic_goes_on(self):
        self.enforce(ALLOW_ALL)
        self.client.post(f"{self.base}/gateways/{self.record['id']}/revocation")
        wait_until(lambda: not self.client.get(f"{self.base}/gateways/{self.record['id']}")["online"], "offline")
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        activation = self.client.post(f"{self.base}/gateways/{self.record['id']}/activation")
        self.gateway.command("enrol", "--again", "--console", self.console.link, activation["activation_code"])
        wait_until(lambda: self.client.get(f"{self.base}/gateways/{self.record['id']}")["online"], "enrolled again")

    def test_an_activation_code_works_once(self):
        activation = self.client.post(f"{self.base}/gateways/{self.record['id']}/activation")
        self.gateway.command("enrol", "--again", "--console", self.console.link, activation["activation_code"])
        again = self.gateway.command("enrol", "--again", "--console", self.console.link,
                                     activation["activation_code"], check=False)
        self.assertNotEqual(again.returncode, 0)


if __name__ == "__main__":
    unittest.main()
