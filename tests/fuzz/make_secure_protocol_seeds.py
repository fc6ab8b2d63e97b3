#!/usr/bin/env python3
"""Writes the seed corpora of protocol_tls and its kin: make_secure_protocol_seeds.py CORPUS_DIRECTORY.

A seed is a list of records as protocol_driver.h reads them. Handshakes are made by OpenSSL, so their
keys and random numbers differ from run to run.
"""
import pathlib
import ssl
import struct
import subprocess
import sys
import tempfile

TO_SERVER, TO_CLIENT = 0, 0x80


def fed(flights, piece=600):
    out = b""
    for direction, data in flights:
        for start in range(0, len(data), piece):
            part = data[start : start + piece]
            out += struct.pack(">H", direction << 8 | len(part)) + part
    return out


def certificate(folder, names):
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", key, "-out", cert, "-days", "9000", "-subj", "/C=DE/O=Example/CN=www.example.com",
         "-addext", "subjectAltName=" + names],
        check=True, capture_output=True)
    return key, cert


def tls_handshake(folder, version, ask_client=False):
    key, cert = certificate(folder, "DNS:www.example.com,IP:192.0.2.1,email:a@example.com")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    server.set_alpn_protocols(["http/1.1"])
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cert)
    client.set_alpn_protocols(["h2", "http/1.1"])
    if ask_client:
        server.verify_mode = ssl.CERT_REQUIRED
        server.load_verify_locations(cert)
        client.load_cert_chain(cert, key)
    for context in (server, client):
        context.minimum_version = context.maximum_version = version
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        (client.wrap_bio(to_client, to_server, server_hostname="www.example.com"), to_server, TO_SERVER),
        (server.wrap_bio(to_server, to_client, server_side=True), to_client, TO_CLIENT)]
    flights, done = [], set()
    while len(done) < 2:
        for end, sent, direction in ends:
            try:
                end.do_handshake()
                done.add(direction)
            except ssl.SSLWantReadError:
                pass
            data = sent.read()
            if data:
                flights.append((direction, data))
                (to_client if direction == TO_CLIENT else to_server).write(data)
    return flights


def tls_seeds():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        yield "tls12", fed(tls_handshake(folder, ssl.TLSVersion.TLSv1_2))
        yield "tls12_client", fed(tls_handshake(folder, ssl.TLSVersion.TLSv1_2, ask_client=True), 90)
        yield "tls13", fed(tls_handshake(folder, ssl.TLSVersion.TLSv1_3))
    v2 = bytes.fromhex("801c01030100030000001000002f") + b"c" * 16
    yield "ssl2_hello", fed([(TO_SERVER, v2), (TO_CLIENT, bytes.fromhex("160301000401000000"))])
    v2_server = bytes.fromhex("801204000100020000000000000000000000000000")
    yield "ssl2", fed([(TO_SERVER, bytes.fromhex("801c01000200030000001007000c") + b"c" * 16), (TO_CLIENT, v2_server)])
    yield "heartbeat", fed([(TO_SERVER, bytes.fromhex("1803020003014000")), (TO_CLIENT, bytes.fromhex("18030200050240000000"))])
    yield "alert", fed([(TO_CLIENT, bytes.fromhex("15030100020228"))])


def extension(kind, body):
    return struct.pack(">HH", kind, len(body)) + body


def client_hello(*extensions):
    block = b"".join(extensions)
    body = b"\x03\x03" + b"r" * 32 + b"\0" + bytes.fromhex("0006130113021303") + b"\x01\0"
    body += struct.pack(">H", len(block)) + block
    return b"\x01" + struct.pack(">I", len(body))[1:] + body


def quic_seeds():
    """The first byte tells protocol_quic.cc whether what follows are datagrams or frames to seal."""
    name = b"www.example.net"
    hello = client_hello(
        extension(0, struct.pack(">HBH", len(name) + 3, 0, len(name)) + name),
        extension(16, b"\0\x03\x02h3"), extension(10, b"\0\x02\0\x1d"), extension(43, b"\x02\x03\x04"))
    server = bytes.fromhex("0200002e0303") + b"s" * 32 + bytes.fromhex("00130100000600 2b00020304")

    def crypto(offset, data):
        return struct.pack(">BHH", 6, 0x4000 | offset, 0x4000 | len(data)) + data

    yield "hellos", b"\1" + fed([(TO_SERVER, crypto(0, hello)), (TO_CLIENT, b"\x02\0\0\0\0" + crypto(0, server))])
    yield "pieces", b"\1" + fed([(TO_SERVER, crypto(40, hello[40:]) + b"\x01" + crypto(0, hello[:50]))])
    yield "close", b"\1" + fed([(TO_SERVER, b"\x1c\x0a\x06\x03bye")])
    chlo = b"CHLO\x02\0\0\0SNI\0" + struct.pack("<I", 5) + b"UAID" + struct.pack("<I", 8) + b"a.comuas"
    yield "q050", b"\1" + struct.pack(">BB", 0x10, len(chlo) + 4) + b"\x08\0\x40" + bytes([len(chlo)]) + chlo
    stream = b"\xa0\x01" + struct.pack(">H", len(chlo)) + chlo
    yield "q046", b"\0" + fed([(TO_SERVER, b"\xc3Q046\x50idididid\0\0\0\1" + b"h" * 12 + b"\x40\1\0\0\1\0" + stream)])
    yield "q043", b"\0" + fed([(TO_SERVER, b"\x09ididididQ043\1" + b"h" * 12 + stream)])
    initial = bytes.fromhex(
        "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede"
        "4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06ed"
        "bb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee")
    negotiation = bytes.fromhex("8000000000000109000000016b3343cf")
    yield "datagrams", b"\0" + fed([(TO_CLIENT, initial), (TO_CLIENT, negotiation), (TO_SERVER, b"\x40abc")])


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def http2_seeds():
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    settings = frame(4, 0, 0, struct.pack(">HIHI", 1, 8192, 4, 65535))
    # Literals with and without indexing, static table entries, a Huffman code, a table size.
    request = b"\x3f\xe1\x1f\x82\x87\x44\x04/a/b\x41\x8cf\xe3\xc3\xb1\x97\x93\xe1\xbe\x8b\xff\xff\xff" + b"\x40\x01x\x02yz"
    answer = b"\x88\x0f\x0b\x04gzip\x5f\x09text/html"
    opened = preface + settings + frame(1, 0x24, 1, b"\0\0\0\0\x10" + request)
    yield "exchange", fed([
        (TO_SERVER, opened), (TO_CLIENT, settings + frame(1, 4, 1, answer) + frame(0, 1, 1, b"\x1f\x8b\x08\0hello")),
        (TO_SERVER, frame(0, 9, 1, b"\x02bodyxx") + frame(7, 0, 0, b"\0" * 8))], 40)
    yield "pieces", fed([
        (TO_SERVER, preface + frame(1, 8, 1, b"\x02" + b"\x82\x87" + b"pp") + frame(9, 4, 1, b"\x44\x01/")),
        (TO_SERVER, frame(3, 0, 1, b"\0\0\0\x08") + frame(8, 0, 0, b"\0\0\x10\0") + frame(2, 0, 3, b"\0\0\0\1\x0f"))], 11)
    for name, flood in (("flood_block", frame(1, 0, 1, b"\x82") + frame(9, 0, 1, b"\x84") * 260),
                        ("flood_pings", frame(6, 0, 0, b"pingpong") * 520), ("flood_empty", frame(0, 0, 1, b"") * 130),
                        ("flood_resets", frame(3, 0, 1, b"\0\0\0\x08") * 1010)):
        yield name, fed([(TO_SERVER, preface + flood)], 8000)
    yield "promise", fed([(TO_SERVER, preface), (TO_CLIENT, frame(5, 4, 1, b"\0\0\0\2\x82\x84") + frame(1, 5, 2, b"\x88"))])


def ssh_seeds():
    def packet(message, body):
        return struct.pack(">IBB", len(body) + 6, 4, message) + body + b"pppp"

    lists = (b"curve25519-sha256", b"ssh-ed25519", b"aes256-ctr", b"aes128-ctr", b"hmac-sha2-256", b"hmac-sha1", b"none", b"zlib", b"", b"")
    exchange = packet(20, b"c" * 16 + b"".join(struct.pack(">I", len(names)) + names for names in lists) + b"\0" * 5)
    yield "conversation", fed([
        (TO_CLIENT, b"SSH-2.0-OpenSSH_9.2 comment\r\n" + exchange), (TO_SERVER, b"SSH-2.0-client\n" + exchange),
        (TO_CLIENT, packet(21, b"")), (TO_SERVER, packet(21, b""))], 100)
    yield "banner", fed([(TO_CLIENT, b"SSH-1.99-Cisco-1.25 " + b"\0" * 300)])


def main():
    corpus = pathlib.Path(sys.argv[1])
    for target, seeds in (("protocol_tls", tls_seeds()), ("protocol_quic", quic_seeds()), ("protocol_http2", http2_seeds()),
                          ("protocol_ssh", ssh_seeds())):
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds:
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
