#!/usr/bin/env python3
"""Seeds of the fuzz targets of text protocols and DNS: conversations as protocol_driver.h reads them."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"
TO_CLIENT = 0x80


def turn(direction: int, data: bytes) -> bytes:
    """Records of one direction, at most 8,191 bytes each."""
    out = b""
    while data:
        piece, data = data[:8191], data[8191:]
        out += bytes([direction | len(piece) >> 8, len(piece) & 0xFF]) + piece
    return out


def write(target: str, name: str, select: int, turns: list[tuple[int, bytes]]) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    body = b"".join(turn(direction, data) for direction, data in turns)
    (folder / name).write_bytes(bytes([select]) + body)


def wire_name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def dns() -> None:
    query = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + wire_name("www.example.com") + struct.pack(">2H", 1, 1)
    records = b""
    data = {1: b"\xc0\0\2\1", 5: b"\3cdn\xc0\x10", 6: b"\2ns\xc0\x10\4root\xc0\x10" + bytes(20),
            15: b"\0\x0a\2mx\xc0\x10", 16: b"\2hi\0\3you", 28: bytes(16),
            33: struct.pack(">3H", 1, 2, 5060) + b"\xc0\x0c", 41: b"\0\x0a\0\2ab", 44: b"\1\2ab", 10: b"\xff"}
    for kind, rdata in data.items():
        records += b"\xc0\x0c" + struct.pack(">2HIH", kind, 1, 60, len(rdata)) + rdata
    answer = struct.pack(">6H", 7, 0x8180, 1, len(data), 0, 0) + query[12:] + records
    loop = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1"
    for select in (0, 2, 3):
        write("protocol_dns", f"datagrams{select}", select, [(0, query), (TO_CLIENT, answer), (0, loop)])
    framed = [struct.pack(">H", len(m)) + m for m in (query, answer)]
    write("protocol_dns", "stream", 1, [(0, framed[0] * 2), (TO_CLIENT, framed[1]), (0, framed[0][:9]), (0, framed[0][9:])])


if __name__ == "__main__":
    dns()
