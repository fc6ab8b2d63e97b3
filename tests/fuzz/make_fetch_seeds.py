#!/usr/bin/env python3
"""Seeds for inquiry_messages and http_document: make_fetch_seeds.py CORPUS."""
import pathlib
import struct
import sys


def listed(*items):
    return bytes([len(items)]) + b"".join(struct.pack(">I", len(item)) + item for item in items)


OK = b"HTTP/1.1 200 OK\r\n"
SEEDS = {
    "inquiry_messages": {
        "inquiry": b"\1" + struct.pack(">IB", 7, 15) + b"www.example.com" + listed(b"\x30\0", b"issuer"),
        "finding": b"\2" + struct.pack(">IBq", 7, 2, 1_900_000_000) + listed(b"\x30\0"),
    },
    "http_document": {
        "length": b"http://pki.example/a.crl\n" + OK + b"Content-Length: 5\r\n\r\nhello",
        "chunks": b"http://[2001:db8::1]:8080?x\n" + OK
        + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n",
        "to_end": b"http://192.0.2.1/#x\n" + OK + b"Content-Type: application/ocsp-response\r\n\r\nhello",
        "moved": b"https://pki.example/\nHTTP/1.1 301 Moved\r\nLocation: http://a/\r\n\r\n",
    },
}
for target, seeds in SEEDS.items():
    folder = pathlib.Path(sys.argv[1]) / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds.items():
        (folder / name).write_bytes(data)
