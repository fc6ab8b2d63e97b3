#!/usr/bin/env python3
"""Writes the seed corpora of the firewall's fuzz targets: make_firewall_seeds.py CORPUS_DIRECTORY."""
import pathlib
import struct
import sys


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(owner, kind, ttl, data):
    return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def message(question, *records, flags=0x8180):
    header = struct.pack(">HHHHHH", 0x1234, flags, 1, len(records), 0, 0)
    return header + name(question) + struct.pack(">HH", 1, 1) + b"".join(records)


SELF = b"\xc0\x0c"
V6 = bytes.fromhex("20010db8000000000000000000000001")
DNS = {
    "a": message("www.example.com", record(SELF, 1, 300, b"\xc0\0\2\1")),
    "aaaa": message("example.com", record(SELF, 28, 0xffffffff, V6)),
    "chain": message("www.example.com", record(SELF, 5, 60, name("cdn.test")),
                     record(name("cdn.test"), 1, 60, b"\xc0\0\2\2"), record(SELF, 16, 60, b"\3txt")),
    "loop": message("www.example.com", record(SELF, 5, 60, SELF), record(b"\xc0\x23", 5, 60, b"\xc0\x23")),
    "query": message("WWW.example.com", flags=0x0100),
    "unwanted": message("www.test", record(SELF, 1, 1, b"\xc0\0\2\3")),
}


def patch(section, width, offset, value):
    return struct.pack("<BBHIQ", section, width - 1, 0, offset, value)


LOAD = {f"untouched{i}": bytes([i]) for i in range(4)}
LOAD |= {f"section{s}": bytes([2]) + patch(s, 4, 0, 0xfffffffe) + patch(s, 1, 9, 1) for s in range(24)}
LOAD["raw"] = b"\xffsekfwl01" + bytes(500)


def main():
    for target, seeds in {"firewall_dns": DNS, "firewall_load": LOAD}.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed, content in seeds.items():
            (folder / seed).write_bytes(content)


main()
