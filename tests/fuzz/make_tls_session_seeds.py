#!/usr/bin/env python3
"""Writes corpus/tls_session: hellos of Python's own client, and an origin's first answers."""
import pathlib
import ssl

CORPUS = pathlib.Path(__file__).parent / "corpus/tls_session"


def hello(host, protocols=(), newest=ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context()
    context.maximum_version = newest
    context.set_alpn_protocols(list(protocols))
    coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(coming, going, server_hostname=host)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return going.read()


def main():
    CORPUS.mkdir(parents=True, exist_ok=True)
    first = hello("www.example.com", ("h2", "http/1.1"))
    alert = bytes.fromhex("15030300020228")
    seeds = {
        "hello": (first, b""),
        "hello_of_12": (hello("www.example.com", (), ssl.TLSVersion.TLSv1_2), b""),
        "other_protocol": (hello("mail.example.com", ("imap",)), b""),
        "origin_refuses": (first, alert),
        "origin_without_tls": (first, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        "no_tls": (b"GET / HTTP/1.1\r\n\r\n", b""),
        "cut": (first[:100], b""),
        "many_records": (b"".join(b"\x16\x03\x01" + len(first[at:at + 40]).to_bytes(2, "big") + first[at:at + 40]
                                  for at in range(5, len(first), 40)), b""),
    }
    for name, (client, origin) in seeds.items():
        (CORPUS / name).write_bytes(len(client).to_bytes(2, "big") + client + origin)


if __name__ == "__main__":
    main()
