"""A change of policy meets running flows, mistakes and restarts."""

import pathlib
import tempfile
import time

from harness import ALLOW_ALL, BLOCK_ALL, SERVER, LabTest, policy, rule, services, unittest

SLOW = f"http://{SERVER.ipv4}:{{port}}/slow/4000000/1000000"  # four seconds of download


def web(lab):
    services.web(lab, ports=(80, 8080))


class PolicyChange(LabTest):
    wanted_services = (web,)

    def download(self, port):
        """Starts a download and waits until it is in its middle."""
        target = tempfile.NamedTemporaryFile(prefix="sekisho-download-")  # noqa: SIM115 (its name outlives this)
        self.addCleanup(target.close)
        process = self.lab.popen("client", "curl", "-s", "-m", "15", "-o", target.name, SLOW.format(port=port))
        path = pathlib.Path(target.name)
        self.eventually(lambda: path.stat().st_size > 200_000, "the download's beginning")
        return process, path

    def test_a_change_that_does_not_concern_a_download_leaves_it_running(self):
        self.apply(ALLOW_ALL)
        process, path = self.download(80)
        self.apply(rule("no", "block", services=["tcp/8080"]), ALLOW_ALL)
        self.assertEqual(process.wait(timeout=20), 0)
        self.assertEqual(path.stat().st_size, 4_000_000)

    def test_a_change_that_concerns_a_download_cuts_it(self):
        self.apply(ALLOW_ALL)
        process, path = self.download(80)
        self.addCleanup(process.kill)
        self.apply(rule("no", "block", services=["tcp/80"]), ALLOW_ALL)
        time.sleep(0.3)  # what was on its way arrives
        size = path.stat().st_size
        time.sleep(1.0)
        self.assertLess(size, 4_000_000)
        self.assertEqual(path.stat().st_size, size)

    def test_a_change_to_reset_ends_the_download_at_once(self):
        self.apply(ALLOW_ALL)
        process, path = self.download(80)
        self.apply(rule("no", "block", block_with="reset", services=["tcp/80"]), ALLOW_ALL)
        self.assertNotEqual(process.wait(timeout=3), 0)
        self.assertLess(path.stat().st_size, 4_000_000)

    def test_many_changes_lose_no_byte_of_a_download(self):
        self.apply(ALLOW_ALL)
        process, path = self.download(80)
        swaps = self.gateway.dataplane("status")["swaps"]
        for number in range(10):
            self.apply(rule(f"no {number}", "block", services=["tcp/8080"]), ALLOW_ALL)
        self.assertGreaterEqual(self.gateway.dataplane("status")["swaps"], swaps + 10)
        self.assertEqual(process.wait(timeout=20), 0)
        self.assertEqual(path.stat().st_size, 4_000_000)

    def test_a_wrong_policy_is_refused_with_line_and_column_and_changes_nothing(self):
        self.apply(rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        before = self.gateway.dataplane("status")["policy"]
        history = self.gateway.control("policy.history")["versions"]
        wrong = policy(rule("a", "allow", services=["tcp/80"]), rule("b", "allow", services=["tcp/99999"]))
        refused = self.gateway.control("policy.apply", yaml=wrong, comment="wrong")
        self.assertFalse(refused["ok"])
        self.assertEqual(refused["error"]["code"], "invalid_input")
        place = refused["error"].get("diagnostics") or refused["diagnostics"]
        self.assertEqual(place[0]["line"], 4)
        self.assertGreater(place[0]["column"], 5)
        self.assertIn("tcp/99999", place[0]["message"])
        self.assertEqual(self.gateway.dataplane("status")["policy"], before)
        self.assertEqual(self.gateway.control("policy.history")["versions"], history)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")

    def test_the_command_line_names_the_place_of_a_mistake(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as wrong:
            wrong.write("version: 1\nrules:\n  - name: a\n    action: maybe\n")
            wrong.flush()
            for verb in ("check", "apply"):
                done = self.gateway.command("policy", verb, wrong.name, check=False)
                with self.subTest(verb):
                    self.assertNotEqual(done.returncode, 0)
                    self.assertRegex(done.stdout + done.stderr, r":4:\d+: .*maybe")

    def test_rollback_returns_to_the_policy_before(self):
        self.apply(rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        self.apply(BLOCK_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")
        answer = self.gateway.control("policy.rollback")
        self.assertTrue(answer["ok"], answer)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")

    def test_command_line_apply_show_diff_and_history(self):
        first = policy(rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        second = policy(rule("web", "allow", services=["tcp/8080"]), BLOCK_ALL)
        with tempfile.TemporaryDirectory() as directory:
            one, two = pathlib.Path(directory, "one.yaml"), pathlib.Path(directory, "two.yaml")
            one.write_text(first)
            two.write_text(second)
            self.gateway.command("policy", "apply", one)
            self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
            self.assertEqual(self.gateway.command("policy", "show").stdout.strip(), first.strip())
            self.assertIn("web", self.gateway.command("policy", "diff", one, two, check=False).stdout)
            self.gateway.command("policy", "apply", two)
            self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")
            self.assertEqual(self.connect(SERVER.ipv4, 8080), "open")
        versions = self.gateway.control("policy.history")["versions"]
        self.assertEqual([v["current"] for v in versions[:2]], [True, False])

    def test_ten_thousand_rules_are_enforced_within_seconds(self):
        many = [rule(f"r{n}", "block", source={"addresses": [f"172.{16 + n % 16}.{n // 256 % 256}.{n % 256}"]},
                     services=[f"tcp/{1024 + n}"]) for n in range(10_000)]
        began = time.monotonic()
        answer = self.apply(*many, rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        self.assertLess(time.monotonic() - began, 5)  # tools/bench apply measures it properly
        self.assertEqual(answer["rules"], 10_002)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")

    def test_after_a_restart_the_last_policy_is_in_force(self):
        self.apply(rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        address = self.gateway.dataplane("status")["policy"]["content_address"]
        self.gateway.stop()
        self.gateway.start()
        self.lab.remember(self.gateway.process.pid)
        self.eventually(lambda: self.connect(SERVER.ipv4, 80) == "open", "the port's return")
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")
        loaded = self.gateway.dataplane("status")["policy"]
        self.assertEqual((loaded["content_address"], loaded["source"]), (address, "boot"))


if __name__ == "__main__":
    unittest.main()
