#!/usr/bin/env python3
"""Writes the seeds of spool_segment: make_spool_segment_seeds.py FOLDER."""
import struct
import sys
import zlib
from pathlib import Path

EPOCH = bytes(range(16))
NO_RING = 0xFFFFFFFF


def header(marks=()):
    body = b"\x01SEKSPL\x02" + struct.pack(">I", 1) + EPOCH + struct.pack(">QI", 1, len(marks))
    body += b"".join(struct.pack(">QIQ", *mark) for mark in marks)
    return body + struct.pack(">I", zlib.crc32(body))


def batch(first, lines, mark=(0, NO_RING, 0)):
    body = b"".join(struct.pack(">I", len(line)) + line for line in lines)
    head = b"\x01SB\x02" + struct.pack(">QIII", first, len(lines), len(body), zlib.crc32(body))
    head += struct.pack(">QIQ", *mark) + bytes(4)
    return head + struct.pack(">I", zlib.crc32(head, zlib.crc32(EPOCH))) + body


def main():
    two = batch(1, [b'{"a":1}', b""]) + batch(3, [b'{"b":2}'], (7, 0, 9))
    seeds = {
        "empty": b"",
        "header": header(),
        "marks": header([(7, 0, 9), (7, 1, 4)]) + batch(1, []),
        "whole": header() + two,
        "torn": header() + two[:-3],
        "gap": header() + batch(1, [b"x"]) + b"\x01SB\x02 junk" + batch(5, [b"y", b"z"]),
        "no_header": two,
        "backwards": header() + batch(9, [b"x"]) + batch(2, [b"y"]),
        "last_sequence": header() + batch((1 << 64) - 2, [b"x", b"y"]),
    }
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in seeds.items():
        (folder / name).write_bytes(content)


main()
