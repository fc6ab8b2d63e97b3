#!/usr/bin/env python3
"""Seeds of protocol_industrial: conversations as protocol_driver.h reads them, behind the protocol's number."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus" / "protocol_industrial"
TO_CLIENT = 0x80


def write(name: str, select: int, turns: list[tuple[int, bytes]]) -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    body = b"".join(bytes([direction | len(data) >> 8, len(data) & 0xFF]) + data for direction, data in turns)
    (CORPUS / name).write_bytes(bytes([select]) + body)


def modbus(pdu: bytes) -> bytes:
    return struct.pack(">HHHB", 1, 0, len(pdu) + 1, 10) + pdu


def enip(command: int, payload: bytes, session: int = 0) -> bytes:
    return struct.pack("<HHII8xI", command, len(payload), session, 0, 0) + payload


def item(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def unit_data(cip: bytes) -> bytes:
    return enip(0x70, bytes(6) + b"\2\0" + item(0xA1, b"\1\2\3\4") + item(0xB1, b"\7\0" + cip), 5)


def packet(sequence: int, payload: bytes) -> bytes:
    return struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload


def main() -> None:
    write("modbus", 0, [(0, modbus(b"\1\0\0\0\x09")), (TO_CLIENT, modbus(b"\1\2A\1")),
                        (0, modbus(b"\x10\0\1\0\2\4abcd")), (TO_CLIENT, modbus(b"\x10\0\1\0\2")),
                        (0, modbus(b"\x17\0\3\0\1\0\x0e\0\1\2xy")), (TO_CLIENT, modbus(b"\x97\2")),
                        (0, modbus(b"\x16\0\4\0\xf2\0\x25")), (0, modbus(b"\x0f\0\0\0\x0a\2\0\2")),
                        (0, modbus(b"\x08\0\4\0\0")), (0, modbus(b"\x2b\x0e\1\0")), (0, modbus(b"F" * 254))])
    attributes = b"\3\2\x20\1\x24\1\2\0\5\0\7\0"
    single = b"\x0e\3\x20\xf5\x24\1\x30\6"
    offsets = struct.pack("<HHH", 2, 6, 6 + len(attributes))
    identity = (b"\1\0" + bytes(16) + struct.pack("<HHHBBHI", 1, 12, 58, 4, 3, 0x30, 7) + b"\4name\3")
    path = b"\x34\4" + bytes(8) + b"\1\0\x91\3abc\0\x21\0\x64\3\x26\0\1\0\2\0"
    sent = b"\x52\2\x20\6\x24\1\7\xe9" + struct.pack("<H", len(attributes)) + attributes
    session = [(0, enip(0x65, b"\1\0\0\0")), (TO_CLIENT, enip(0x65, b"\1\0\0\0", 5)), (0, enip(0x63, b"")),
               (TO_CLIENT, enip(0x63, b"\1\0" + item(0x0C, identity))), (0, enip(4, b"")),
               (TO_CLIENT, enip(4, b"\1\0" + item(0x100, b"\1\0\x20\1Communications\0\0"))),
               (0, unit_data(b"\x0a\2\x20\2\x24\1" + offsets + attributes + single)),
               (TO_CLIENT, unit_data(b"\x8a\0\x1e\0" + struct.pack("<HHH", 2, 6, 10) + b"\x83\0\0\0\x8e\0\1\1\0\1")),
               (0, unit_data(b"\x0e" + bytes([len(path) // 2]) + path)), (0, unit_data(sent)), (0, enip(0x66, b""))]
    write("enip", 1, session)
    write("enip_udp", 2, session)
    greeting = packet(0, b"\x0a8.0.32\0" + bytes(4) + b"saltsalt\0" + b"\xff" * 2 + bytes(13) + b"moresaltmore\0")
    login = packet(1, struct.pack("<II", 0x200, 1 << 24) + bytes(24) + b"me\0\0")
    done = b"\0\0\0\2\0\0\0"
    end = b"\xfe\0\0\2\0"
    begun = [(TO_CLIENT, greeting), (0, login), (TO_CLIENT, packet(2, done))]
    write("mysql", 3, begun + [
        (0, packet(0, b"\3select 1")),
        (TO_CLIENT, packet(1, b"\2") + packet(2, b"\3def") + packet(3, b"\3def") + packet(4, end) +
         packet(5, b"\1a\xfb") + packet(6, b"\1b\xfc\2\0cd") + packet(7, b"\xfe\0\0\x0a\0") + packet(8, done)),
        (0, packet(0, b"\x16select ?")),
        (TO_CLIENT, packet(1, b"\0\1\0\0\0\1\0\1\0\0\0\0") + packet(2, b"\3def") + packet(3, end) + packet(4, b"\3def")),
        (0, packet(0, b"\x17\1\0\0\0")), (TO_CLIENT, packet(1, b"\xff\x28\4#42000no")), (0, packet(0, b"\1"))])
    write("mysql_tls", 3, [(TO_CLIENT, greeting), (0, packet(1, struct.pack("<I", 0xA00) + bytes(28)) + b"\x16\3\1")])


if __name__ == "__main__":
    main()
