"""The starter rules' conversations as packets through a running gateway, plain and in every disguise."""

import collections
import ipaddress
import socket
import struct
import time

import conversations
import frames
from harness import ROOT, LabTest, rule, unittest

HOME = b"\x0a\x09"  # of the conversations' ends at home: 10.9.0.0/16
SO_RCVBUFFORCE = 33
GROUP = 64  # frames sent before what arrived is fetched: fewer than a port's ring holds
FETCH_SECONDS = 0.01
SILENCE_SECONDS = 0.3  # without another frame for so long, what is missing was dropped
ETHERNET_BYTES = 14
SHIFT = 1000  # numbers of conversations apart: every disguise has flows of its own


def ip_packet(frame):
    """Without the padding of short frames."""
    packet = frame[ETHERNET_BYTES:]
    return packet[:struct.unpack("!H", packet[2:4])[0]]


def plain(frame):
    return [frame]


def vlan(frame):
    return [frames.tagged([(0x8100, 100)], 0x0800, ip_packet(frame))]


def qinq(frame):
    return [frames.tagged([(0x88A8, 200), (0x8100, 100)], 0x0800, ip_packet(frame))]


def gre(frame):
    packet = ip_packet(frame)
    ends = [socket.inet_ntoa(packet[at:at + 4]) for at in (12, 16)]
    return [frames.ethernet(0x0800, frames.ipv4(47, struct.pack("!HH", 0, 0x0800) + packet, *ends))]


def fragments(frame, payload_bytes=40):
    packet = ip_packet(frame)
    header, payload = packet[:20], packet[20:]
    if len(payload) <= payload_bytes:
        return [frame]
    ends = [socket.inet_ntoa(header[at:at + 4]) for at in (12, 16)]
    fragments.identification = fragments.identification % 0xFFFF + 1
    pieces = []
    for at in range(0, len(payload), payload_bytes):
        more = 0x2000 if at + payload_bytes < len(payload) else 0
        pieces.append(frames.ethernet(0x0800, frames.ipv4(
            header[9], payload[at:at + payload_bytes], *ends, identification=fragments.identification,
            flags_offset=more | at // 8)))
    return pieces


fragments.identification = 0


def ipv6_of(address):
    """Home stays home: 10.9.0.0/16 becomes fd09::/16, the outside 2001:db8::/32."""
    number = struct.unpack("!I", address)[0]
    prefix = "fd09::" if address.startswith(HOME) else "2001:db8::"
    return str(ipaddress.IPv6Address(prefix) + (number & 0xFFFF))


def over_ipv6(frame):
    packet = ip_packet(frame)
    protocol, segment = packet[9], packet[20:]
    at = 16 if protocol == socket.IPPROTO_TCP else 6  # of the checksum
    ends = ipv6_of(packet[12:16]), ipv6_of(packet[16:20])
    zeroed = segment[:at] + b"\0\0" + segment[at + 2:]
    value = frames.checksum(frames.pseudo_header(protocol, len(zeroed), *ends) + zeroed) or 0xFFFF
    return [frames.ethernet(0x86DD, frames.ipv6(protocol, segment[:at] + struct.pack("!H", value) + segment[at + 2:], *ends))]


def at_home(frame):
    """Whether an end at home sends it."""
    return frame[ETHERNET_BYTES + 12:ETHERNET_BYTES + 14] == HOME


def turns(packets):
    """The packets of one side that no packet of the other comes between."""
    grouped = []
    for packet in packets:
        if grouped and at_home(grouped[-1][0]) == at_home(packet):
            grouped[-1].append(packet)
        else:
            grouped.append([packet])
    return grouped


def backwards(turn):
    """The segments with data of a turn, the last one first."""
    order = list(turn)
    places = [n for n, frame in enumerate(order) if frame[ETHERNET_BYTES + 33] & conversations.PSH
              and frame[ETHERNET_BYTES + 9] == socket.IPPROTO_TCP]
    for place, frame in zip(places, [order[n] for n in reversed(places)]):
        order[place] = frame
    return order


class Player:
    """Plays conversations side by side: a turn of each, then what came out on the other side."""

    def __init__(self, home, outside):
        self.wires = {True: home, False: outside}
        for wire in self.wires.values():
            wire.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)

    def play(self, scripts):
        """`scripts`: number -> turns, each (sent by home, frames). The numbers of those that were cut."""
        cut = set()
        for step in range(max(map(len, scripts.values()))):
            waiting = {}  # frame -> numbers of the conversations it belongs to
            self.unsent = 0
            for number, script in scripts.items():
                if step < len(script) and number not in cut:
                    for frame in script[step][1]:
                        waiting.setdefault(frame, []).append(number)
                        self.send(*script[step], frame, waiting)
            self.fetch(waiting, SILENCE_SECONDS)
            cut.update(number for numbers in waiting.values() for number in numbers)
        return cut

    def send(self, from_home, _, frame, waiting):
        self.wires[from_home].send(frame)
        self.unsent += 1
        if self.unsent % GROUP == 0:
            self.fetch(waiting, FETCH_SECONDS)

    def fetch(self, waiting, silence):
        """Until all has come, or nothing comes any more."""
        limit = time.monotonic() + silence
        while waiting and time.monotonic() < limit:
            for wire in self.wires.values():
                while (frame := wire.receive(0.002)) is not None:
                    if frame in waiting:
                        limit = time.monotonic() + silence
                        waiting[frame].pop()
                        if not waiting[frame]:
                            del waiting[frame]


class Replay(LabTest):
    lab_options = {"rule_packs": str(ROOT / "rules/ips/starter")}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = conversations.read_folder(ROOT / "tests/starter/cases")
        cls.used = 0

    def setUp(self):
        self.apply(rule("inspected", "allow", profile="office"),
                   profiles=[{"name": "office", "ips": {"minimum_severity": "low"}}])

    def play(self, disguise=plain, order=list, **how):
        type(self).used += SHIFT
        first = self.used
        scripts = {}
        for number, case in enumerate(self.cases):
            packets = list(conversations.packets(case, first + number, **how))
            scripts[number] = [(at_home(turn[0]), [piece for frame in order(turn) for piece in disguise(frame)])
                               for turn in turns(packets)]
        with frames.WireEnd(self.lab, "client") as home, frames.WireEnd(self.lab, "server") as outside:
            cut = Player(home, outside).play(scripts)
        self.judge(cut, first)

    def alerts_of(self, first):
        """(signature, whether it blocked) of each conversation of this play."""
        numbers = {}
        for number, case in enumerate(self.cases):
            for address in conversations.addresses(case, first + number):
                numbers[ipaddress.ip_address(address)] = number
                numbers[ipaddress.ip_address(ipv6_of(socket.inet_aton(address)))] = number
        found = collections.defaultdict(set)
        for record in self.events("alert"):
            if (number := numbers.get(ipaddress.ip_address(record["src_ip"]))) is not None:
                alert = record["alert"]
                found[number].add((alert["signature_id"], alert["action"] == "blocked"))
        return found

    def settled_alerts(self, first):
        """When each conversation that fires has one, or no more come."""
        fires = sum(case.fires for case in self.cases)
        found, limit = {}, time.monotonic() + 2
        while len(found) < fires and time.monotonic() < limit:
            time.sleep(0.2)
            if len(more := self.alerts_of(first)) > len(found):
                limit = time.monotonic() + 2
            found = more
        return found

    def judge(self, cut, first):
        alerts = self.settled_alerts(first)
        wrong = []
        for number, case in enumerate(self.cases):
            named = {signature for signature, _ in alerts[number]}
            blocked = any(block for _, block in alerts[number])
            if case.fires and not named & set(case.sids):
                wrong.append(f"{case.place}: {case.title}: no alert of {case.sids}, but {named}")
            if not case.fires and named:
                wrong.append(f"{case.place}: {case.title}: alert of {named}")
            if blocked != (number in cut):
                wrong.append(f"{case.place}: {case.title}: alerts {alerts[number]}, cut: {number in cut}")
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(self.cases)}\n" + "\n".join(wrong[:20]))

    def test_as_they_are(self):
        self.play()

    def test_in_segments_of_three_bytes(self):
        self.play(segment_bytes=3)

    def test_the_last_segment_first(self):
        self.play(order=backwards, segment_bytes=40)

    def test_segments_that_overlap(self):
        self.play(segment_bytes=20, overlap_bytes=9)

    def test_in_fragments(self):
        self.play(fragments)

    def test_in_a_vlan(self):
        self.play(vlan)

    def test_in_a_vlan_of_a_vlan(self):
        self.play(qinq)

    def test_in_a_gre_tunnel(self):
        self.play(gre)

    def test_over_ipv6(self):
        self.play(over_ipv6)


if __name__ == "__main__":
    unittest.main()
