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


def main():
    corpus = pathlib.Path(sys.argv[1])
    for target, seeds in (("protocol_tls", tls_seeds()),):
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds:
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
