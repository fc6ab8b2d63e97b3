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


def ftp() -> None:
    write("protocol_ftp", "control", 0, [
        (TO_CLIENT, b"220 FTP\r\n"), (0, b"USER a\r\n"), (TO_CLIENT, b"331 p\r\n"), (0, b"PORT 192,0,2,1,4,1\r\nRETR f\r\n"),
        (TO_CLIENT, b"200 ok\r\n150-a\r\n b\r\n150 go\r\n226 done\r\n"), (0, b"EPRT |2|::1|99|\r\nPASV\r\nEPSV\r\nSTOU\r\nAUTH TLS\r\n"),
        (TO_CLIENT, b"200 ok\r\n227 (1,2,3,4,5,6)\r\n229 (|||77|)\r\n226 x\r\n234 tls\r\n")])
    write("protocol_ftp", "data", 1, [(TO_CLIENT, b"bytes"), (TO_CLIENT, b"more")])


SIP = (b"INVITE sip:a@x.test SIP/2.0\r\nv: SIP/2.0/UDP h\r\nFrom: a\r\n folded\r\nt: b\r\nContent-Type: application/sdp\r\nl: %d\r\n\r\n%s")
SDP = b"v=0\r\no=a 1 1 IN IP4 h\r\ns=s\r\nb=AS:1\r\nt=0 0\r\na=x\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 h\r\na=y\r\nm=video 2 x 1\r\nk=k\r\n"


def sip() -> None:
    invite = SIP % (len(SDP), SDP)
    answer = b"SIP/2.0 200 OK\r\nVia: x\r\nContent-Length: 0\r\n\r\n"
    write("protocol_sip", "udp", 0, [(0, invite), (TO_CLIENT, answer), (0, b"x")])
    write("protocol_sip", "tcp", 1, [(0, invite[:50]), (0, invite[50:] + b"\r\n\r\n" + invite), (TO_CLIENT, answer * 2)])


def small() -> None:
    write("protocol_text", "pop3", 0, [
        (TO_CLIENT, b"+OK POP3\r\n"), (0, b"USER a\r\nPASS b\r\nLIST\r\nRETR 1\r\nSTLS\r\n"),
        (TO_CLIENT, b"+OK\r\n-ERR no\r\n+OK\r\n1 2\r\n.\r\n+OK 3\r\n" + MAIL + b".\r\n+OK\r\n")])
    write("protocol_text", "imap", 1, [
        (TO_CLIENT, b"* OK IMAP4rev1\r\n"), (0, b"a APPEND x {%d}\r\n" % len(MAIL) + MAIL + b"\r\nb STARTTLS\r\n"),
        (TO_CLIENT, b"* 1 FETCH (BODY[] {%d}\r\n" % len(MAIL) + MAIL + b")\r\nb OK\r\n")])
    write("protocol_text", "tftp", 2, [(0, b"\0\1f.txt\0octet\0")])
    write("protocol_text", "dht", 3, [
        (0, b"d1:ad2:id20:abcdefghij01234567894:porti6881ee1:q4:ping1:t2:aa1:y1:qe"),
        (TO_CLIENT, b"d1:rd2:id20:abcdefghij01234567895:nodes26:" + bytes(26) + b"6:valuesl6:axje.uee1:t2:aa1:y1:re"),
        (TO_CLIENT, b"d1:eli201e5:wronge1:t2:aa1:y1:ee")])
    write("protocol_text", "telnet", 4, [(TO_CLIENT, b"\xff\xfd\x18login: ")])


def media() -> None:
    """Of media_announcement: 1 RTSP, 2 to the server, 4 IPv6; then a payload."""
    session = b"v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN %b\r\nt=0 0\r\n"
    audio = b"m=audio 49170/2 RTP/AVP 0\r\na=rtcp:53020 IN IP4 192.168.1.5\r\n"
    video = b"m=video 51372 UDP/TLS/RTP/SAVPF 99\r\nc=IN IP4 192.168.1.6\r\n"
    invite = b"INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n"
    answer = b"RTSP/1.0 200 OK\r\nTransport: RTP/AVP;unicast;client_port=5000-5001;server_port=6256-6257\r\n\r\n"
    seeds = {
        "invite": b"\0" + invite + session % b"IP4 192.168.1.5" + audio + video,
        "ok": b"\0SIP/2.0 200 OK\r\n\r\n" + session % b"IP4 203.0.113.9" + video + audio,
        "invite6": b"\4" + invite + session % b"IP6 2001:db8::5" + audio,
        "setup": b"\3SETUP rtsp://c/1 RTSP/1.0\r\nTransport: RTP/AVP/TCP;interleaved=0-1, RTP/AVP;client_port=5000-5001\r\n\r\n",
        "setup-answer": b"\1" + answer,
    }
    folder = CORPUS / "media_announcement"
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in seeds.items():
        (folder / name).write_bytes(seed)


if __name__ == "__main__":
    media()
    dns()
    smtp()
    ftp()
    sip()
    small()
