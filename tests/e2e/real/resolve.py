#!/usr/bin/env python3
"""Asks a DNS server for the IPv4 address of a name: resolve.py SERVER NAME. Exit code 0 when it answers with one."""

import socket
import struct
import sys


def main(server, name):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = struct.pack(">6H", 0x4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(2)
        asking.sendto(query, (server, 53))
        answer = asking.recv(4096)
    answers = struct.unpack(">H", answer[6:8])[0]
    return 0 if answer[3] & 15 == 0 and answers else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
