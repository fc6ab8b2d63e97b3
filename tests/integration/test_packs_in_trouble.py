"""Packs of IPS rules that cannot be compiled, and imports that are cut short."""

import json
import os
import pathlib
import signal
import subprocess

from harness import SERVER, unittest
from inspecting import InspectingTest

from sekisho_lab.gateway import binaries

FORBIDS = ('drop http any any -> any any (msg:"ours: {0}"; flow:to_server; http.uri; content:"/{0}"; sid:{1}; rev:1;)\n')
TOO_MUCH = 45 << 20  # three such texts are more than the compiler takes
BROKEN = ("a.rules", "b.rules", "c.rules")


class PacksInTrouble(InspectingTest):
    def state(self, path):
        return pathlib.Path(self.lab.directory) / "state" / path

    def listed(self):
        return json.loads(self.cli("--json", "content", "list").stdout)

    def names(self):
        return {pack["name"] for pack in self.listed()["packs"] if not pack["shipped"]}

    def pack(self, name, text):
        path = pathlib.Path(self.lab.directory) / name
        path.write_text(text)
        return path

    def tearDown(self):
        """Away with all that was imported, compiled once."""
        names = self.names()
        self.gateway.control("content.begin")
        for name in names:
            self.gateway.control("content.remove", name=name)
        answer = self.gateway.control("content.apply", timeout=120)
        self.assertTrue(answer["ok"], answer)

    def test_a_fresh_box_gets_its_policy_without_packs_that_cannot_be_compiled(self):
        self.gateway.stop()
        for path in self.state("policy").iterdir():
            path.unlink()
        for name in BROKEN:
            with open(self.state("ips/packs") / name, "w") as file:
                file.write("#" * TOO_MUCH + "\n")
            os.chmod(self.state("ips/packs") / name, 0o644)
        self.gateway.start(timeout=120)
        self.eventually(lambda: self.gateway.control("status")["policy"]["serial"], "a policy", timeout=120)
        told = self.eventually(lambda: [one["policy_change"] for one in self.events("policy_change")
                                        if one["policy_change"]["what"] == "packs_left_out"], "the event")
        self.assertIn("without a.rules, b.rules, c.rules: ", told[0]["detail"])
        self.assertIn("more than 128 MiB", told[0]["detail"])
        self.assertIn("3 left out since", self.cli("status").stdout)
        self.assertIn("left out since", self.cli("content", "list").stdout)
        left_out = {pack["name"] for pack in self.listed()["packs"] if pack.get("left_out")}
        self.assertEqual(left_out, set(BROKEN))
        # What was shipped is in force, under the next policy too.
        self.apply_inspection()
        self.assertGreater(json.loads(self.cli("--json", "rules", "top").stdout)["rules_in_force"], 300)
        self.assertIsNone(self.attack())

        good = [self.pack(name, FORBIDS.format(name[0] * 4, 1000100 + at)) for at, name in enumerate(BROKEN)]
        self.cli("content", "import", *good)
        self.assertNotIn("left_out", self.listed())
        self.assertNotIn("left out", self.cli("status").stdout)
        self.assertIsNone(self.answer("/aaaa"))
        self.assertIsNone(self.attack())

    def test_an_import_that_is_killed_on_the_way_leaves_nothing(self):
        before = self.names()
        packs = [self.pack(f"many{at:02}.rules", FORBIDS.format(f"word{at:02}", 1000200 + at) + "#" * (1 << 20) + "\n")
                 for at in range(40)]
        command = self.gateway.inside([binaries() / "sekisho", "--run-dir", self.gateway.run_dir, "content", "import", *packs])
        importing = subprocess.Popen(list(map(str, command)), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        arrived = self.state("ips/packs") / "+many03.rules"
        self.eventually(arrived.exists, "some of the packs")
        importing.send_signal(signal.SIGKILL)
        importing.wait()
        self.assertFalse((self.state("ips/packs") / "many00.rules").exists())
        self.assertEqual(self.names(), before)
        # Another policy is not compiled with half of them, nor is another import.
        self.apply_inspection()
        self.assertIsNotNone(self.answer("/word00"))
        self.cli("content", "import", self.pack("one.rules", FORBIDS.format("alone", 1000300)))
        self.assertIsNone(self.answer("/alone"))
        self.assertIsNotNone(self.answer("/word00"))
        self.assertEqual(self.names(), before | {"one.rules"})
        self.assertEqual([path.name for path in self.state("ips/packs").glob("[+~=]*")], [])
        self.cli("content", "import", *packs)
        self.assertIsNone(self.answer("/word00"))
        self.assertIsNone(self.answer("/word39"))
        self.cli("content", "import", self.pack("one.rules", FORBIDS.format("other", 1000300)))
        self.assertIsNone(self.answer("/word39"))

    def test_what_flow_bits_say_of_a_connection_outlives_an_import(self):
        sets = ('alert http any any -> any any (msg:"ours: first"; flow:to_server; http.uri; content:"first"; '
                "flowbits:set,ours.first; noalert; sid:1000400;)\n")
        asks = ('drop http any any -> any any (msg:"ours: second"; flow:to_server; http.uri; content:"second"; '
                "flowbits:isset,ours.first; sid:1000401;)\n")
        self.cli("content", "import", self.pack("bits.rules", sets + asks))
        outcome, marked = self.try_connect(SERVER.ipv4, 80)
        other = self.try_connect(SERVER.ipv4, 80)[1]
        self.assertEqual(outcome, "open")
        self.addCleanup(marked.close)
        self.addCleanup(other.close)
        self.assertTrue(self.asked(marked, "/?q=first"))
        self.assertTrue(self.asked(other, "/?q=zeroth"))
        # Other rules in front: what had a number has another.
        self.cli("content", "import", self.pack("bits.rules", FORBIDS.format("third", 1000402) + sets.replace(
            "ours.first", "ours.zeroth").replace("1000400", "1000403").replace('content:"first', 'content:"nothing') + asks))
        self.assertTrue(self.asked(other, "/?q=second"))
        self.assertFalse(self.asked(marked, "/?q=second"))

    @staticmethod
    def asked(connection, path):
        """Whether the page comes for a request on an open connection."""
        connection.settimeout(2)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: server.lab.example\r\n\r\n".encode())
        page = b""
        try:
            while not page.endswith(b"\n") or b"hello" not in page:
                if not (more := connection.recv(65536)):
                    return False
                page += more
            return page.startswith(b"HTTP/1.1 200")
        except (TimeoutError, ConnectionResetError):
            return False


if __name__ == "__main__":
    unittest.main()
