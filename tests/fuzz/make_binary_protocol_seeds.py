#!/usr/bin/env python3
"""Seeds of protocol_binary: conversations as protocol_driver.h reads them, behind the protocol's number."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus" / "protocol_binary"
TO_CLIENT = 0x80


def write(name: str, select: int, turns: list[tuple[int, bytes]]) -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    body = b"".join(bytes([direction | len(data) >> 8, len(data) & 0xFF]) + data for direction, data in turns)
    (CORPUS / name).write_bytes(bytes([select]) + body)


def text(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value


def mqtt_packet(first: int, body: bytes) -> bytes:
    return bytes([first, len(body)]) + body


def crc(data: bytes) -> bytes:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA6BC if value & 1 else value >> 1
    return struct.pack("<H", ~value & 0xFFFF)


def dnp3_frame(control: int, data: bytes) -> bytes:
    head = bytes([5, 0x64, len(data) + 6, control, 10, 0, 1, 0])
    data = b"\xc0" + data
    return head + crc(head) + b"".join(data[i:i + 16] + crc(data[i:i + 16]) for i in range(0, len(data), 16))


def main() -> None:
    connect = text(b"MQTT") + bytes([5, 0xC2, 0, 60, 3, 0x21, 0, 20]) + text(b"me") + text(b"u") + text(b"p")
    write("mqtt", 0, [(0, mqtt_packet(0x10, connect)), (TO_CLIENT, b"\x20\x03\0\0\0"),
                      (0, mqtt_packet(0x34, text(b"t") + b"\0\1\0m")), (TO_CLIENT, b"\x50\x02\0\1"),
                      (0, mqtt_packet(0x82, b"\0\2\0" + text(b"a") + b"\1"))])
    startup = b"\0\3\0\0user\0me\0database\0db\0\0"
    write("pgsql", 1, [(0, struct.pack(">I", len(startup) + 4) + startup), (TO_CLIENT, b"R\0\0\0\x0c\0\0\0\5salt"),
                       (0, b"p\0\0\0\x07md\0Q\0\0\0\x08s 1\0"), (TO_CLIENT, b"R\0\0\0\x08\0\0\0\0Z\0\0\0\5IT\0\0\0\6\0\2Z\0\0\0\5I")])
    write("dnp3", 2, [(0, dnp3_frame(0xC4, bytes([0xC1, 3, 12, 1, 40, 1, 0, 1, 0, 3, 1, 100, 0, 0, 0, 100, 0, 0, 0, 0]))),
                      (TO_CLIENT, dnp3_frame(0x44, bytes([0xC1, 129, 0x80, 0, 1, 2, 0, 0, 1, 2, 2, 80, 1, 0, 7, 7, 0])))])
    dhcp = bytes([1, 1, 6, 0]) + bytes(232) + b"\x63\x82\x53\x63" + bytes([53, 1, 1, 52, 1, 3, 55, 2, 1, 3, 61, 3, 1, 2, 3, 255])
    write("dhcp", 3, [(0, dhcp)])
    write("ntp", 4, [(0, b"\x23" + bytes(47)), (TO_CLIENT, b"\x24\1" + bytes(46))])
    write("rfb", 5, [(TO_CLIENT, b"RFB 003.008\n"), (0, b"RFB 003.008\n"), (TO_CLIENT, b"\1\2"), (0, b"\2"),
                     (TO_CLIENT, bytes(16)), (0, bytes(16)), (TO_CLIENT, bytes(4)), (0, b"\1"), (TO_CLIENT, bytes(20) + b"\0\0\0\2ab")])
    core = b"\x01\xc0\xd4\x00" + bytes(208)
    initial = b"\2\xf0\x80\x7f\x65Duca\x80\xe8" + core + b"\x03\xc0\x14\0\1\0\0\0rdpdr\0\0\0\0\0\0\0"
    write("rdp", 6, [(0, b"\3\0\0\x1e\x19\xe0\0\0\0\0\0Cookie: mstshash=A\r\n"[:30]),
                     (0, b"\3\0" + struct.pack(">H", len(initial) + 4) + initial)])
    payload = b"\0\0\0\x24" + bytes(8) + b"\0\0\0\x18\1\1\0\1\0\0\0\x10\1\1\0\0\x80\1\0\7\x80\2\0\1"
    write("ike", 7, [(TO_CLIENT, bytes(16) + b"\1\x10\2\0" + bytes(4) + struct.pack(">I", 28 + len(payload)) + payload)])


if __name__ == "__main__":
    main()
