"""The starter rules (rules/ips/starter) against conversations that each of them must find or leave alone."""

import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import conversations
import frames
from harness import ROOT
from sekisho_lab.gateway import binaries

RULES = sorted((ROOT / "rules/ips/starter").glob("*.rules"))
CASES = ROOT / "tests/starter/cases"
REQUIRED = ("msg", "classtype", "reference", "metadata", "rev")
FIRST_SID, LAST_SID = 9_000_001, 9_000_999


def rule_lines():
    """(file and line, text) of each rule."""
    return [(f"{path.name}:{number}", line) for path in RULES
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if line.startswith("alert ")]


def sid_of(line):
    return int(re.search(r"\bsid:(\d+);", line)[1])


class Played(unittest.TestCase):
    """One capture of all conversations, one run of the inspection over it."""

    maxDiff = None
    segment_bytes = 1400

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.cases = conversations.read_folder(CASES)
        cls.by_address = {}
        capture = []
        for number, case in enumerate(cls.cases):
            capture += conversations.packets(case, number, cls.segment_bytes)
            cls.by_address |= dict.fromkeys(conversations.addresses(case, number), number)
        frames.write_pcap(cls.directory / "all.pcap", capture)
        cls.inspect()
        cls.alerts = cls.read_alerts()

    @classmethod
    def inspect(cls):
        command = [binaries() / "sekisho-inspect", "--pcap", cls.directory / "all.pcap", "--log", cls.directory,
                   "--mode", "ids", "--checksum", "all", "--rules", *RULES]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            raise AssertionError(f"sekisho-inspect ended with {done.returncode}: {done.stderr}{done.stdout}")

    @classmethod
    def read_alerts(cls):
        """Numbers of the rules that spoke, by conversation."""
        alerts = collections.defaultdict(set)
        with open(cls.directory / "eve.json", encoding="utf-8") as lines:
            for record in map(json.loads, lines):
                if record["event_type"] == "alert":
                    alerts[cls.by_address[record["src_ip"]]].add(record["alert"]["signature_id"])
        return alerts

    def test_every_conversation_raises_its_own_alerts_and_no_others(self):
        wrong = []
        for number, case in enumerate(self.cases):
            expected = set(case.sids) if case.fires else set()
            if self.alerts[number] != expected:
                wrong.append(f"{case.place}: {case.title}: expected {sorted(expected)}, "
                             f"alerted {sorted(self.alerts[number])}")
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(self.cases)}\n" + "\n".join(wrong))


class PlayedInSmallSegments(Played):
    """What a rule looks for is never in one packet."""

    segment_bytes = 7


class Rules(unittest.TestCase):
    """What the files say, without traffic."""

    @classmethod
    def setUpClass(cls):
        cls.cases = conversations.read_folder(CASES)

    def test_no_rule_is_refused(self):
        check = [binaries() / "sekisho", "rules", "check", *RULES]
        done = subprocess.run(list(map(str, check)), capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf"\b{len(rule_lines())} rules loaded, 0 refused, 0 disabled, .* 0 warnings")

    def test_every_rule_has_a_conversation_that_fires_and_one_that_does_not(self):
        rules = {sid_of(line) for _, line in rule_lines()}
        for fires in (True, False):
            tried = {sid for case in self.cases if case.fires == fires for sid in case.sids}
            self.assertEqual(rules, tried, f"fires: {fires}")

    def test_every_rule_says_what_an_operator_needs(self):
        sids, messages = {}, {}
        for place, line in rule_lines():
            for option in REQUIRED:
                self.assertIn(f" {option}:", line.replace("(", " "), place)
            for key in ("created_at ", "signature_severity ", "attack_target ", "confidence "):
                self.assertIn(key, line.split("metadata:")[1], place)
            sid = sid_of(line)
            self.assertTrue(FIRST_SID <= sid <= LAST_SID, place)
            self.assertNotIn(sid, sids, f"{place} has the sid of {sids.get(sid)}")
            message = re.search(r'msg:"([^"]*)"', line)[1]
            self.assertNotIn(message, messages, f"{place} has the message of {messages.get(message)}")
            sids[sid] = messages[message] = place


if __name__ == "__main__":
    os.chdir(pathlib.Path(__file__).parent)
    unittest.main()
