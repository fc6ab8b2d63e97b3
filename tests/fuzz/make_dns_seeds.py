#!/usr/bin/env python3
"""Writes the seeds of dns_rewrite, dns_policy and evasion_policy into tests/fuzz/corpus."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"


def name(dotted):
    labels = [bytes([len(label)]) + label.encode() for label in dotted.split(".") if label]
    return b"".join(labels) + b"\0"


def header(flags, *counts):
    return struct.pack(">6H", 7, flags, *counts)


def question(dotted, kind):
    return name(dotted) + struct.pack(">2H", kind, 1)


def record(kind, data, owner=b"\xc0\x0c"):
    return owner + struct.pack(">2HIH", kind, 1, 60, len(data)) + data


def param(key, value):
    return struct.pack(">2H", key, len(value)) + value


OPT = b"\0" + struct.pack(">2HIH", 41, 1232, 0x8000, 0)
TARGET = "forcesafesearch.google.com"
SERVICE = struct.pack(">H", 1) + b"\0"
ECH = param(5, b"\0\x04keys")

MESSAGES = {
    "query": header(0x0100, 1, 0, 0, 1) + question("www.google.com", 1) + OPT,
    "response": header(0x8180, 1, 1, 0, 1) + question(TARGET, 1) + record(1, b"\xd8\xef\x26\x78") + OPT,
    "response6": header(0x8180, 1, 2, 0, 0) + question(TARGET, 28)
    + record(5, name("cdn.example")) + record(28, bytes(16), name("cdn.example")),
    "nxdomain": header(0x8183, 1, 0, 1, 0) + question(TARGET, 1) + record(6, bytes(22)),
    "https": header(0x8180, 1, 1, 0, 1) + question("www.example.com", 65)
    + record(65, SERVICE + param(1, b"\x02h2") + ECH + param(6, bytes(16))) + OPT,
    "mandatory": header(0x8180, 1, 1, 0, 0) + question("www.example.com", 65)
    + record(65, SERVICE + param(0, b"\0\x05") + ECH),
    "private": header(0x8180, 1, 1, 0, 0) + question("www.example.com", 64)
    + record(64, SERVICE + ECH + param(65534, b"x")),
    "broken": header(0x8180, 1, 1, 0, 0) + question("www.example.com", 65)
    + record(65, SERVICE + ECH + b"\0\x06\0"),
}

POLICIES = {
    "none": b"sekdns02" + struct.pack(">IHH", 1, 0, 0xFFFF),
    "profile": b"sekdns02" + struct.pack(">IHHH", 2, 1, 0xFFFF, 0)
    + struct.pack(">BBBHH", 1, 2, 1, 3, 1) + b"\x07*.a.com",
}

EVASION_POLICIES = {
    "none": b"sekeva01" + struct.pack(">IHH", 1, 0, 0xFFFF),
    "profile": b"sekeva01" + struct.pack(">IHHH", 2, 1, 0xFFFF, 0) + struct.pack(">BH", 1, 1) + b"\x07*.a.com",
}


def main():
    for target, seeds in (("dns_rewrite", MESSAGES), ("dns_policy", POLICIES), ("evasion_policy", EVASION_POLICIES)):
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed, data in seeds.items():
            (folder / seed).write_bytes(data)


if __name__ == "__main__":
    main()
