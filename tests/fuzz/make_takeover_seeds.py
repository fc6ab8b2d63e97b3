#!/usr/bin/env python3
"""Seeds of takeover: what each of its readers is given, behind its number, as takeover.cc reads them."""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus" / "takeover"
FIN, SYN, PSH, ACK = 1, 2, 8, 16
SYN_OPTIONS = bytes.fromhex("020405b40402080a000000320000000001030307")
STAMPS = bytes.fromhex("0101080a0000003300000034")


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(seq: int, payload: bytes = b"", flags: int = ACK, options: bytes = STAMPS, up: bool = True, v6: bool = False,
           ack: int = 9001) -> bytes:
    ends = (bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")) if v6 else (
        bytes((192, 0, 2, 1)), bytes((198, 51, 100, 2)))
    source, destination = ends if up else ends[::-1]
    ports = (40000, 443) if up else (443, 40000)
    tcp = struct.pack(">HHIIBBHHH", *ports, seq, ack, (20 + len(options)) // 4 << 4, flags, 500, 0, 0) + options + payload
    pseudo = source + destination + struct.pack(">HH", 6, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    if v6:
        return struct.pack(">IHBB", 6 << 28, len(tcp), 6, 64) + source + destination + tcp
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 7, 0x4000, 64, 6, 0) + source + destination
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + tcp


def write(name: str, select: int, data: bytes) -> None:
    CORPUS.mkdir(parents=True, exist_ok=True)
    (CORPUS / name).write_bytes(bytes([select]) + data)


def listed(*packets: bytes) -> bytes:
    return b"".join(struct.pack(">H", len(one)) + one for one in packets)


def hello(size: int) -> bytes:
    return b"\x16\x03\x01" + struct.pack(">H", size - 5) + b"\1" + (size - 9).to_bytes(3, "big") + b"U" * (size - 9)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("<IHHQ", len(body), kind, 0, 1) + body + b"\0" * (-len(body) % 16)


def main() -> None:
    for v6 in (False, True):
        family = "v6" if v6 else "v4"
        row = [packet(1001 + 200 * i, b"x" * 200, v6=v6) for i in range(4)] + [packet(1801, b"y" * 9, ACK | PSH | FIN, v6=v6)]
        write(f"row_{family}", 0, listed(*row))
        write(f"handshake_{family}", 0, listed(packet(1000, b"", SYN, SYN_OPTIONS, v6=v6, ack=0),
                                              packet(9000, b"", SYN | ACK, SYN_OPTIONS, False, v6, 1001), packet(1001, v6=v6)))
        start = 40 if v6 else 20
        write(f"super_{family}", 1, struct.pack("<BBHHHH", 1, 4 if v6 else 1, start + 32, 300, start, 16) +
              packet(1, b"z" * 1000, ACK | PSH, v6=v6))
    write("single", 1, struct.pack("<BBHHHH", 1, 0, 0, 0, 20, 16) + packet(1, b"z" * 100))
    write("damaged", 0, listed(packet(1, b"a" * 50)[:-1] + b"b"))
    write("hello", 2, hello(300))
    write("hello_begun", 2, hello(300)[:120])
    write("http", 2, b"GET / HTTP/1.1\r\n\r\n")

    def end(last: int, seq: int, port: int) -> bytes:
        return b"\0" * 10 + b"\xff\xff" + bytes((192, 0, 2, last)) + struct.pack("<IIIHHB3x", seq, 64000, 50, port, 1460, 7)

    write("handover", 3, struct.pack("<Q", 1) + end(1, 1001, 40000) + end(2, 9001, 443) + struct.pack("<IBB2x", 5, 1, 1))
    ring = message(2, b"one") + message(4, b"") + message(6, b"p" * 100)
    places = struct.pack("<Q56xQ56xI60x", len(ring), 0, 0)
    write("ring", 4, places + ring)
    write("ring_filler", 4, struct.pack("<Q56xQ56xI60x", 1056, 992, 1) + message(2, b"two" * 5).ljust(992, b"\0") +
          struct.pack("<IHHQ", 16, 0, 0, 0))
    macs = b"\2\0\0\0\0\1\2\0\0\0\0\2"
    write("link_vlan", 5, macs + bytes.fromhex("8100000a0800"))
    write("link_pppoe", 5, macs + bytes.fromhex("8864110000090030") + b"\x00\x21")


main()
