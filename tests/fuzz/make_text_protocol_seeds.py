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


MAIL = (b"From: a@x.test\r\nTo: b@y.test, \"R, R\" <c@y.test>\r\nReceived: one\r\nSubject: =?utf-8?B?YQ==?=\r\n b\r\n"
        b"Content-Type: multipart/mixed; boundary=\"o\"\r\n\r\npreamble\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n"
        b"\r\n--i\r\n\r\nhttp://one.test/a\r\n..x\r\n--i\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"=3Da=\r\nb\r\n--i--\r\n--o\r\nContent-Type: x/y; name*0*=utf-8''a%20; name*1=b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"AAEC\r\nAw==\r\n--o\r\nContent-Type: message/rfc822\r\n\r\nFrom: c\r\nContent-Disposition: attachment; filename=f\r\n\r\nMZ\r\n"
        b"--o\r\n\r\nbegin 644 u\r\n#0V%T\r\n`\r\nend\r\n--o--\r\n")


def smtp() -> None:
    write("mime", "nested", 0, [])
    (CORPUS / "mime" / "nested").write_bytes(b"\x07" + MAIL)
    hello = [(TO_CLIENT, b"220 mx ESMTP\r\n"), (0, b"EHLO c\r\n"), (TO_CLIENT, b"250-mx\r\n250 CHUNKING\r\n"),
             (0, b"MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n"), (TO_CLIENT, b"250 ok\r\n250 ok\r\n")]
    write("protocol_smtp", "data", 0, hello + [
        (0, b"DATA\r\n"), (TO_CLIENT, b"354 go\r\n"), (0, MAIL[:100]), (0, MAIL[100:] + b".\r\n"),
        (TO_CLIENT, b"250 ok\r\n"), (0, b"RSET\r\nSTARTTLS\r\n"), (TO_CLIENT, b"250 ok\r\n220 go\r\n")])
    write("protocol_smtp", "chunks", 2, hello + [
        (0, b"BDAT 20\r\n" + MAIL[:20]), (TO_CLIENT, b"250 ok\r\n"), (0, b"BDAT 30 LAST\r\n" + MAIL[20:50]),
        (TO_CLIENT, b"250 ok\r\n"), (0, b"AUTH LOGIN\r\n"), (TO_CLIENT, b"334 x\r\n"), (0, b"eA==\r\nBDAT x\r\nHELO\r\nDATA\r\n")])


if __name__ == "__main__":
    dns()
    smtp()
