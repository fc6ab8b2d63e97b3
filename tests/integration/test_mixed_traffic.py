"""Captures of two hundred applications through a gateway with the default policy and the rules that are shipped."""

import itertools
import struct
import time

import frames
from harness import ROOT, LabTest, unittest

CAPTURES = ROOT.parent / "shared/conformance/app/open/cases"
# What is captured there is an attack, and the rules say so (dnscat, a program as a picture, SQL injection, scripting).
ATTACKS = {"dns-exf", "dns_exfiltration", "exe_download_as_png", "sql_injection", "xss"}
CANARY = "xss", 9000013  # of these, played last: what it is told after was told before
BY_RULES = ("drop.ips_drop", "drop.ips_reset", "drop.policy_block", "drop.policy_reset", "drop.policy_answer",
            "drop.callback_block")
PLAY_SECONDS = 20
SIDE_BY_SIDE = 24  # captures
FRAMES_EACH = 200  # of a capture, the first ones
TURN = 16  # frames sent before what arrived is fetched
SILENCE_SECONDS = 0.02  # without another frame for so long, what is missing was dropped
MAX_FRAME_BYTES = 1514
LEAST_FRAMES = 3000  # fewer would say little


def ends_of(frame):
    """(protocol, source, destination) of a frame with IP, None of others; ends with ports, where there are any."""
    kind, packet = frame[12:14], frame[14:]
    if kind == b"\x08\x00" and len(packet) >= 20:
        protocol, header = packet[9], (packet[0] & 15) * 4
        source, destination = packet[12:16], packet[16:20]
        whole = not struct.unpack("!H", packet[6:8])[0] & 0x3FFF
    elif kind == b"\x86\xdd" and len(packet) >= 40:
        protocol, header, whole = packet[6], 40, True
        source, destination = packet[8:24], packet[24:40]
    else:
        return None
    if protocol in (6, 17) and whole and len(packet) >= header + 4:
        return protocol, source + packet[header:header + 2], destination + packet[header + 2:header + 4]
    return protocol, source, destination


def turns_of(path, most=FRAMES_EACH):
    """The frames of a capture as turns, each (whether who spoke first of their flow sends, frames)."""
    if path.read_bytes()[:4] not in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4"):
        return []
    turns, opener = [], {}
    for frame in itertools.islice(frames.pcap_records(path), most):
        ends = ends_of(frame)
        if ends is None or len(frame) > MAX_FRAME_BYTES:
            continue
        protocol, source, destination = ends
        from_home = opener.setdefault((protocol, frozenset((source, destination))), source) == source
        if turns and turns[-1][0] == from_home and len(turns[-1][1]) < TURN:
            turns[-1][1].append(frame)
        else:
            turns.append((from_home, [frame]))
    return turns


class Wires:
    """Both sides of the gateway: sends turns, and counts what comes out."""

    def __init__(self, home, outside):
        self.wires = {True: home, False: outside}
        self.sent = self.passed = 0

    def play(self, turns):
        """A turn of each capture."""
        waiting = {True: [], False: []}
        for from_home, turn in turns:
            for frame in turn:
                self.wires[from_home].send(frame)
            waiting[not from_home] += turn
            self.sent += len(turn)
        limit = time.monotonic() + SILENCE_SECONDS
        while any(waiting.values()) and time.monotonic() < limit:
            for side, wire in self.wires.items():
                while (frame := wire.receive(0.001)) is not None:
                    if frame in waiting[side]:
                        waiting[side].remove(frame)
                        self.passed += 1
                        limit = time.monotonic() + SILENCE_SECONDS


@unittest.skipUnless(CAPTURES.is_dir(), "../shared with its captures is not there")
class MixedTraffic(LabTest):
    lab_options = {"rule_packs": str(ROOT / "rules/ips/starter")}

    def test_no_rule_of_the_default_set_finds_fault_with_ordinary_traffic(self):
        self.factory()
        paths = [path for path in sorted(CAPTURES.glob("*/input.pcap")) if path.parent.name not in ATTACKS]
        before = self.counters()
        scripts, playing = iter(paths), []
        end = time.monotonic() + PLAY_SECONDS
        with frames.WireEnd(self.lab, "client") as home, frames.WireEnd(self.lab, "server") as outside:
            wires = Wires(home, outside)
            while time.monotonic() < end:
                playing += [iter(turns_of(path)) for path in itertools.islice(scripts, SIDE_BY_SIDE - len(playing))]
                turns = [(script, turn) for script in playing if (turn := next(script, None)) is not None]
                playing = [script for script, _ in turns]
                if not turns:
                    break
                wires.play([turn for _, turn in turns])
            after = self.counters()
            self.assertGreater(wires.sent, LEAST_FRAMES)
            self.assertGreater(wires.passed, wires.sent * 0.8)
            drops = {name: count - before.get(name, 0) for name, count in after.items() if name.startswith("drop.")}
            drops = {name: count for name, count in drops.items() if count}
            print(f"{wires.sent} frames of {len(paths) - len(list(scripts))} captures, {wires.passed} came out; {drops}")
            self.assertEqual({name: count for name, count in drops.items() if name in BY_RULES}, {}, self.found())
            for turn in turns_of(CAPTURES / CANARY[0] / "input.pcap", most=None):
                wires.play([turn])
        self.eventually(lambda: CANARY[1] in self.found(), "the alert of what is an attack")
        self.assertEqual(list(self.found()), [CANARY[1]], self.found())

    def found(self):
        return {one["alert"]["signature_id"]: (one["alert"]["signature"], one["src_ip"], one["dest_ip"])
                for one in self.events("alert")}


if __name__ == "__main__":
    unittest.main()
