"""Conversations written as text (tests/starter/README.md), and the packets they would be on a wire."""

import dataclasses
import pathlib
import re

import frames
import wire_messages

FIN, SYN, PSH, ACK = 1, 2, 8, 16
ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|\{(.+?)\*(\d+)\}|([rnt\\])|(.?))", re.S)
LETTERS = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}
TITLE = re.compile(r"((?:\d+ )*)(fires|quiet)(?:: (.*))?$")


class CaseError(Exception):
    """A mistake in a file of cases."""


def unescape(text):
    def one(found):
        code, repeated, times, letter, other = found.groups()
        if code is not None:
            return bytes.fromhex(code.decode())
        if repeated is not None:
            return unescape(repeated.decode()) * int(times)
        if letter is None:
            raise CaseError(f"unknown escape \\{other.decode(errors='replace')}")
        return LETTERS[letter]

    return ESCAPE.sub(one, text.encode())


@dataclasses.dataclass
class Conversation:
    place: str  # FILE:LINE
    sids: tuple
    fires: bool
    title: str
    outbound: bool  # the client is at home, the server outside
    protocol: str = "tcp"
    port: int = 0
    times: int = 1  # TCP connections after one another, each with all turns
    probes: tuple = ()  # in place of turns: number of SYN without more, their window
    turns: list = dataclasses.field(default_factory=list)  # (whether the client speaks, bytes)

    def say(self, client, data):
        self.turns.append((client, data))


class Reader:
    """Reads one block's lines; what a helper collects becomes turns when the next one begins."""

    def __init__(self, conversation):
        self.conversation, self.helper = conversation, None

    def line(self, text):
        word, _, rest = text.partition(" ")
        if word in (">", "<"):
            self.flush()
            self.conversation.say(word == ">", unescape(rest))
        elif word in ("tcp", "udp"):
            self.flush()
            self.conversation.protocol, self.conversation.port = word, int(rest)
        elif word == "repeat":
            self.conversation.times = int(rest)
        elif word == "probe":
            self.conversation.probes = tuple(map(int, rest.split()))
        elif word in wire_messages.HELPERS:
            self.flush()
            self.helper = wire_messages.HELPERS[word](unescape, *rest.split())
            self.conversation.protocol = self.helper.protocol
            self.conversation.port = self.conversation.port or self.helper.port
        elif self.helper and hasattr(self.helper, f"add_{word}"):
            getattr(self.helper, f"add_{word}")(rest)
        else:
            raise CaseError(f"unknown line: {text}")

    def flush(self):
        if self.helper:
            self.conversation.turns += self.helper.turns()
        self.helper = None


def read_cases(path):
    """The conversations of a file: blocks between blank lines, # begins a comment line."""
    conversations, reader, outbound = [], None, False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() + [""], 1):
        place = f"{path.name}:{number}"
        try:
            if not line.strip():
                if reader:
                    reader.flush()
                reader = None
            elif line.startswith("#"):
                continue
            elif line in ("inbound", "outbound"):
                outbound = line == "outbound"
            elif reader:
                reader.line(line)
            else:
                title = TITLE.match(line)
                if not title or (title[2] == "fires" and not title[1]):
                    raise CaseError("a block begins with: SID fires: what, or SID quiet: what, or quiet: what")
                conversations.append(Conversation(place, tuple(map(int, title[1].split())), title[2] == "fires",
                                                  title[3] or "", outbound))
                reader = Reader(conversations[-1])
        except (CaseError, TypeError, ValueError) as error:
            raise CaseError(f"{place}: {error}") from error
    return conversations


def read_folder(folder):
    return [one for path in sorted(pathlib.Path(folder).glob("*.cases")) for one in read_cases(path)]


def addresses(conversation, number):
    """Client and server of conversation `number`, no other's: an alert names its conversation."""
    host = f"{number >> 8}.{number & 255}"
    home, outside = f"10.9.{host}", f"198.18.{host}"
    return (home, outside) if conversation.outbound else (outside, home)


def packets(conversation, number, segment_bytes=1400, overlap_bytes=0):
    """Its frames in order; each segment repeats the last `overlap_bytes` of the one before."""
    client, server = addresses(conversation, number)
    result = []
    for time in range(conversation.times):
        ends = client, server, 20000 + number % 30000 + time
        if conversation.protocol == "udp":
            result += udp_packets(conversation, *ends)
        elif conversation.probes:
            result += probe_packets(conversation, *ends)
        else:
            result += tcp_packets(conversation, *ends, segment_bytes, overlap_bytes)
    return result


def probe_packets(conversation, client, server, client_port):
    for place in range(conversation.probes[0]):
        segment = frames.tcp(client_port, conversation.port + place, 1000, 0, SYN, b"", client, server,
                             conversation.probes[1])
        yield frames.ethernet(0x0800, frames.ipv4(6, segment, client, server))


def udp_packets(conversation, client, server, client_port):
    for by_client, data in conversation.turns:
        ends, ports = (client, server), (client_port, conversation.port)
        if not by_client:
            ends, ports = ends[::-1], ports[::-1]
        yield frames.ethernet(0x0800, frames.ipv4(17, frames.udp(*ports, data, *ends), *ends))


class TcpEnd:
    def __init__(self, address, port, sequence):
        self.address, self.port, self.sequence = address, port, sequence

    def send(self, peer, flags, data=b"", repeated_bytes=0):
        """`repeated_bytes` at the beginning of `data` were sent before."""
        ends = self.address, peer.address
        segment = frames.tcp(self.port, peer.port, self.sequence - repeated_bytes, peer.sequence if flags & ACK else 0,
                             flags, data, *ends)
        self.sequence += len(data) - repeated_bytes + bool(flags & (SYN | FIN))
        return frames.ethernet(0x0800, frames.ipv4(6, segment, *ends))


def tcp_packets(conversation, client_address, server_address, client_port, segment_bytes, overlap_bytes):
    client = TcpEnd(client_address, client_port, 1000)
    server = TcpEnd(server_address, conversation.port, 500000)
    yield client.send(server, SYN)
    yield server.send(client, SYN | ACK)
    yield client.send(server, ACK)
    for by_client, data in conversation.turns:
        speaker, listener = (client, server) if by_client else (server, client)
        for at in range(0, len(data), segment_bytes):
            repeated = min(at, overlap_bytes)
            yield speaker.send(listener, PSH | ACK, data[at - repeated:at + segment_bytes], repeated)
        yield listener.send(speaker, ACK)
    yield client.send(server, FIN | ACK)
    yield server.send(client, FIN | ACK)
    yield client.send(server, ACK)
