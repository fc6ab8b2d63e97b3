#!/usr/bin/env python3
"""Writes the seed corpora of fuzz_stream_reassembly and fuzz_defragmentation:
make_stream_seeds.py FOLDER-OF-CORPORA"""
import os
import struct
import sys

FIN, SYN, RST, ACK, URG = 1, 2, 4, 16, 32


def segment(side, flags, place, acknowledged, size, control=0, tail=b""):
    return struct.pack(">BBHHBB", control | side, flags, place + 8, acknowledged + 8, 255, size) + tail


def handshake():
    return segment(0, SYN, 0, 0, 0) + segment(1, SYN | ACK, 0, 1, 0) + segment(0, ACK, 1, 1, 0)


def streams():
    conversation = handshake() + b"".join(
        segment(0, ACK, 1 + 100 * i, 1, 100) + segment(1, ACK, 1, 101 + 100 * i, 0) for i in range(20))
    yield "in_order", bytes(5) + conversation
    yield "listener", bytes([1, 2, 0, 0, 0]) + conversation
    yield "depth", bytes([0, 0, 5, 5, 3]) + conversation
    yield "reordered", bytes(5) + handshake() + b"".join(
        segment(0, ACK, 1 + 50 * i, 1, 50) for i in (3, 1, 2, 7, 0, 4, 6, 5))
    yield "overlaps", bytes([1, 7, 0, 0, 63]) + handshake() + b"".join(
        segment(0, ACK, 1 + 10 * i, 1, 40, 0x20 if i % 2 else 0) for i in (4, 2, 0, 1, 3, 5))
    yield "urgent", bytes(5) + handshake() + segment(0, ACK | URG, 1, 1, 9, 0x40, struct.pack(">H16x", 4)) \
        + segment(0, ACK, 1, 1, 30)
    yield "ends", bytes(5) + handshake() + segment(0, ACK | FIN, 1, 1, 10) + segment(1, ACK | FIN, 1, 12, 5) \
        + segment(0, SYN, 500, 0, 0) + segment(0, RST, 12, 7, 0)
    yield "midstream", bytes([4, 0, 0, 0, 0]) + b"".join(segment(0, ACK, 900 + 90 * i, 1, 90) for i in (0, 2, 1))
    yield "open_at_once", bytes(5) + segment(0, SYN, 0, 0, 9) + segment(1, SYN, 0, 0, 0) \
        + segment(0, SYN | ACK, 0, 1, 0) + segment(1, SYN | ACK, 0, 1, 0) + segment(0, ACK, 1, 1, 20)


def fragment4(offset, more, payload, identity=1, control=0):
    packet = struct.pack(">BBHHHBBH8s", 0x45, 0, 20 + len(payload), identity, offset // 8 | more << 13, 64, 17, 0,
                         b"\x0a\0\0\1\x0a\0\0\2") + payload
    return struct.pack(">HB", len(packet), control) + packet


def fragment6(offset, more, payload, identity=1, control=0):
    packet = struct.pack(">IHBB32s", 0x60000000, 16 + len(payload), 0, 64, bytes(range(32))) \
        + struct.pack(">BB6x", 44, 0) + struct.pack(">BBHI", 17, 0, offset | more, identity) + payload
    return struct.pack(">HB", len(packet), control) + packet


def datagrams():
    for name, fragment in (("v4", fragment4), ("v6", fragment6)):
        yield name + "_order", b"\1" + fragment(0, 1, b"abcdefgh") + fragment(8, 1, b"ijklmnop") + fragment(16, 0, b"q")
        yield name + "_overlap", b"\2" + fragment(8, 1, b"a" * 16) + fragment(0, 1, b"b" * 16) + fragment(16, 0, b"c" * 9)
        yield name + "_differs", b"\1" + fragment(0, 1, b"a" * 8) + fragment(0, 1, b"b" * 8) + fragment(8, 0, b"c")
        yield name + "_refused", b"\1" + fragment(0, 1, b"a" * 8) + fragment(8, 0, b"c", control=4) + fragment(8, 0, b"c")
        yield name + "_large", b"\1" + fragment(65528, 0, b"a" * 80) + fragment(0, 0, b"alone")
        yield name + "_many", bytes([0x31]) + b"".join(fragment(8, 1, b"a" * 400, i) for i in range(12))


def main(folder):
    for name, seeds in (("stream_reassembly", streams()), ("defragmentation", datagrams())):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for seed, content in seeds:
            with open(os.path.join(folder, name, seed), "wb") as file:
                file.write(content)


main(sys.argv[1])
