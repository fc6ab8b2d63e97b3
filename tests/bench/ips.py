#!/usr/bin/env python3
"""One inspecting worker against raw Hyperscan over the same payloads, in one run on one core.

The captures, the scanner (hsb) and its list of fast patterns come from ../shared/bench, the rules
from ../shared/content/rules; where they are not there this says so and ends well. Captures are made
once, in build/bench-captures. ratio_X: payload that our worker inspects in a second of CPU time
over what the scanner gets through, with the same ET Open rules; bodies to 1 MB a direction.
"""
import ipaddress
import json
import os
import pathlib
import re
import ssl
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
BENCH = SHARED / "bench"
RULES = SHARED / "content/rules/et-open-suricata5-2021"
SCRATCH = ROOT / "build/bench-captures"
WORKER = ROOT / "build/release/bin/bench_ips_worker"
SECONDS = "6"
FLOWS = 100_000  # of the memory measurement
SETTLED_FLOWS, SETTLED_RECORDS = 64, 4000


def captures():
    if not (SCRATCH / "udp64.pcap").exists():
        print("making the captures (some minutes)", flush=True)
        subprocess.run([ROOT / "tools/install", "captures"], check=True)
        subprocess.run([BENCH / "make-captures", SCRATCH], check=True, stdout=subprocess.DEVNULL)
    return SCRATCH


def scanner(rules):
    program, patterns = SCRATCH / "hsb", SCRATCH / "et.patterns"
    subprocess.run(["gcc", "-O3", "-march=native", "-o", program, BENCH / "hsb.c", "-lhs"], check=True)
    subprocess.run([sys.executable, BENCH / "fastpat.py", patterns, *rules], check=True, stdout=subprocess.DEVNULL)
    return program, patterns


def scan(program, patterns, capture):
    """(Gbit/s of payload, megabytes of payload in the capture)"""
    said = subprocess.run([program, patterns, capture, "block", "lit", "1", SECONDS, "4"], check=True,
                          capture_output=True, text=True).stdout
    rate = float(re.search(r"([\d.]+) Gbit/s", said).group(1))
    return rate, float(re.search(r"payload=([\d.]+)MB", said).group(1))


def checksum(data):
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class Conversations:
    """TCP connections of many clients with one server, as a capture."""

    def __init__(self, server_port):
        self.server_port = server_port
        self.records = [struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]

    def open(self, number):
        """The sequence numbers that come next: [client's, server's]."""
        self.segment(number, True, 1000, 0, 2)
        self.segment(number, False, 5000, 1001, 18)
        self.segment(number, True, 1001, 5001, 16)
        return [1001, 5001]

    def say(self, number, to_server, payload, next_numbers):
        own, other = (0, 1) if to_server else (1, 0)
        for at in range(0, len(payload), 1400):
            piece = payload[at:at + 1400]
            self.segment(number, to_server, next_numbers[own], next_numbers[other], 24, piece)
            next_numbers[own] += len(piece)

    def segment(self, number, to_server, sequence, acknowledged, flags, payload=b""):
        ends = [(ipaddress.ip_address("10.1.0.0") + number // 50_000, 1024 + number % 50_000),
                (ipaddress.ip_address("192.0.2.1"), self.server_port)]
        (source, source_port), (target, target_port) = ends if to_server else ends[::-1]
        tcp = struct.pack(">HHIIBBHHH", source_port, target_port, sequence, acknowledged, 80, flags, 64240, 0, 0)
        pseudo = source.packed + target.packed + struct.pack(">BBH", 0, 6, len(tcp) + len(payload))
        tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp + payload)) + tcp[18:]
        head = struct.pack(">BBHHHBBH", 69, 0, 40 + len(payload), 0, 16384, 64, 6, 0) + source.packed + target.packed
        head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
        frame = bytes.fromhex("020000000002020000000001" if to_server else "020000000001020000000002") + b"\x08\0"
        frame += head + tcp + payload
        self.records.append(struct.pack("<IIII", 1_780_000_000, 0, len(frame), len(frame)) + frame)

    def write(self, path):
        path.write_bytes(b"".join(self.records))
        return path


def open_web_flows(path):
    """FLOWS web requests whose answers are still coming."""
    request = b"GET /index.html HTTP/1.1\r\nHost: www.example\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n" + b"<p>page " * 150
    web = Conversations(80)
    for number in range(FLOWS):
        numbers = web.open(number)
        web.say(number, True, request, numbers)
        web.say(number, False, answer, numbers)
    return web.write(path)


class TlsSession:
    """Both ends of TLS in memory, and what they send each other."""

    def __init__(self, certificate):
        self.buffers = [ssl.MemoryBIO(), ssl.MemoryBIO()]  # towards the client, the server
        client = ssl.create_default_context()
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate)
        self.ends = [client.wrap_bio(*self.buffers, server_hostname="www.example"),
                     server.wrap_bio(*self.buffers[::-1], server_side=True)]

    def handshake(self):
        """(whether the client sends it, bytes) one after another."""
        done = [False, False]
        while not all(done):
            for side, end in enumerate(self.ends):
                try:
                    end.do_handshake()
                    done[side] = True
                except ssl.SSLWantReadError:
                    pass
                if sent := self.sent(side):
                    yield side == 0, sent

    def sent(self, side):
        """What an end wrote, which the other one gets."""
        buffer = self.buffers[1 - side]
        data = buffer.read()
        buffer.write(data)
        return data

    def record(self, side, payload):
        self.ends[side].write(payload)
        sent = self.sent(side)
        self.ends[1 - side].read(len(payload))
        return sent


def settled_flows(path, certificate):
    """TLS connections of which all but the beginning is encrypted data in small records."""
    web = Conversations(443)
    sessions = [(number, TlsSession(certificate), web.open(number)) for number in range(SETTLED_FLOWS)]
    for number, session, numbers in sessions:
        for from_client, data in session.handshake():
            web.say(number, from_client, data, numbers)
    for turn in range(SETTLED_RECORDS):
        for number, session, numbers in sessions:
            web.say(number, turn % 2 == 0, session.record(turn % 2, b"x" * 40), numbers)
    return web.write(path)


def inspect(capture, rules):
    said = subprocess.run([WORKER, capture, SECONDS, *rules], check=True, capture_output=True, text=True).stdout
    return json.loads(said)


def certificate(folder):
    path = folder / "bench.pem"
    if not path.exists():
        made = folder / "bench.pem.new"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=bench",
                        "-keyout", made, "-out", folder / "bench.crt"], check=True, capture_output=True)
        made.write_bytes(made.read_bytes() + (folder / "bench.crt").read_bytes())
        made.rename(path)
    return path


def settled_ratio(capture, rules):
    """What a packet of a settled flow costs over what it costs where nothing is inspected. In turns: both are
    measured at one clock."""
    rates = {"rules": [], "plain": []}
    for _ in range(3):
        for what, arguments in (("rules", rules), ("plain", ["--plain"])):
            rates[what].append(inspect(capture, arguments)["frames_per_second"])
    best = {what: max(seen) for what, seen in rates.items()}
    ratio = best["plain"] / best["rules"]
    print(f"settled flows: {best['rules'] / 1e6:.3f} M packets/s with the rules, {best['plain'] / 1e6:.3f} without any "
          f"inspection: {ratio:.2f} times the cost", flush=True)
    return round(ratio, 3)


def main():
    if not BENCH.is_dir() or not RULES.is_dir():
        print(f"ips: skipped: {BENCH} or {RULES} is not there")
        print(json.dumps({}))
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    folder = captures()
    rules = sorted(map(str, RULES.glob("**/*.rules")))
    program, patterns = scanner(rules)
    metrics = {}
    for name in ("http", "ent", "small", "udp64"):
        capture = folder / f"{name}.pcap"
        ceiling, payload_mb = scan(program, patterns, capture)
        frames = capture.stat().st_size
        for what, used in (("et", rules), ("none", [])):
            result = inspect(capture, used)
            share = payload_mb * 1e6 / frames
            rate = result["gbit_per_second"] * share
            print(f"{name:6} {what:5} {result['rules']:6} rules: {result['frames_per_second'] / 1e6:7.3f} M packets/s, "
                  f"{result['gbit_per_second']:7.3f} Gbit/s of frames, {rate:7.3f} of payload; scanner {ceiling:6.3f}; "
                  f"{rate / ceiling:5.2f} of it; {result['alerts']} alerts a pass", flush=True)
            if what == "et":
                metrics[f"ratio_{name}"] = round(rate / ceiling, 3)
            metrics[f"{name}_{what}_packets_per_s"] = round(result["frames_per_second"])
            metrics[f"{name}_{what}_gbit_per_s"] = round(result["gbit_per_second"], 3)
    result = inspect(open_web_flows(folder / "open.pcap"), rules)
    print(f"memory {FLOWS} web flows under way, {result['rules']} rules: {result['memory_mb']} MB beyond the frames; "
          f"{result['refused']} flows got none", flush=True)
    metrics["memory_gib_100k_flows"] = round(result["memory_mb"] * 1e6 / 2**30, 3)
    metrics["memory_refused"] = result["refused"]
    metrics["settled_ratio"] = settled_ratio(settled_flows(folder / "settled.pcap", certificate(folder)), rules)
    print(json.dumps(metrics))
    return 0


if __name__ == "__main__":
    sys.exit(main())
