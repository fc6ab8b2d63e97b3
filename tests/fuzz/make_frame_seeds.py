#!/usr/bin/env python3
"""Seeds of frame_cutter: messages of each protocol behind its number, as frame_cutter.cc reads them."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus" / "frame_cutter"
TO_CLIENT, GAP, DATAGRAMS = 0x80, 0x40, 0x80
MOST = 0x3F


def write(name: str, select: int, turns: list[tuple[int, bytes]]) -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    out = bytes([select])
    for flags, data in turns:
        for at in range(0, len(data), MOST):
            piece = data[at:at + MOST]
            out += bytes([flags | len(piece)]) + (b"" if flags & GAP else piece)
    (CORPUS / name).write_bytes(out)


def tls(kind: int, data: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(data)) + data


def nbss(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def rpc(body: bytes, mark: bool = True) -> bytes:
    return (struct.pack(">I", 0x80000000 | len(body)) if mark else b"") + body


def main() -> None:
    write("tls", 0, [(0, tls(22, b"hello")), (TO_CLIENT, tls(21, b"\2\x28")), (0, tls(24, b"\1\0\4beat"))])
    write("ssl2", 0, [(0, struct.pack(">HB", 0x8009, 1) + b"\3\1" + bytes(6))])
    smb2 = b"\xfeSMB" + bytes(16) + struct.pack("<I", 72) + bytes(40) + b"8 bytes."
    write("smb", 1, [(0, nbss(smb2 + smb2)), (TO_CLIENT, nbss(b"\xffSMB" + bytes(28) + b"old")),
                     (0, nbss(b"\xfdSMB" + bytes(48) + b"sealed"))])
    call = struct.pack(">10I", 7, 0, 2, 100003, 4, 1, 0, 4, 0x63726564, 0) + bytes(4)
    compound = struct.pack(">I4sII", 3, b"tag\0", 0, 1) + bytes(8)
    reply = struct.pack(">6I", 7, 1, 0, 0, 0, 0) + struct.pack(">II4sI", 0, 3, b"tag\0", 1) + bytes(8)
    write("nfs", 2, [(0, rpc(call + compound)), (TO_CLIENT, rpc(reply))])
    write("nfs_udp", 2 | DATAGRAMS, [(0, call[:63])])
    write("mqtt", 3, [(0, b"\x10\x0c\0\4MQTT\4\2\0\x3c\0\0"), (0, b"\x30\x80\1" + bytes(128))])
    write("modbus", 4, [(0, b"\0\1\0\0\0\6\1\3\0\0\0\1")])
    write("ldap", 5, [(0, b"0\x0c\2\1\1`\7\2\1\3\4\0\x80\0"), (TO_CLIENT, b"0\x81\5query")])
    write("websocket", 6, [(0, b"\x81\x85maskhello"), (TO_CLIENT, b"\x82\x7e\0\5hello")])
    write("enip", 7, [(0, struct.pack("<HH20x", 0x65, 4) + b"\1\0\0\0")])
    write("telnet", 8, [(TO_CLIENT, b"\xff\xfb\1\xff\xfa\x18\1\xff\xf0login: "), (0, b"root\r\n\xff\xf9")])
    write("gap", 0, [(0, tls(23, bytes(100))[:50]), (GAP, b"x" * 10), (0, tls(23, b"next"))])


if __name__ == "__main__":
    main()
