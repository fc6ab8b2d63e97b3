#!/usr/bin/env python3
"""Stands between a gateway and its console with the keys of both, and changes the bundles on their way.

    middle.py LISTEN CONSOLE CERTIFICATE IDENTITY FOLDER

LISTEN and CONSOLE are ADDRESS:PORT; CERTIFICATE is the console's, with its key; IDENTITY the gateway's identity.json, read
anew for each connection. FOLDER/mode says what happens to a bundle:

    pass       nothing; it is kept as FOLDER/VERSION.bundle
    alter      one bit of its last byte changes
    old        it becomes the oldest that was kept, under the new version's number
    NAME       it becomes FOLDER/NAME.bundle, under the new version's number

Everything else goes through as it comes. HTTP/2 (RFC 9113) and gRPC frames are taken apart only as far as that needs."""

import json
import pathlib
import select
import socket
import ssl
import sys
import tempfile
import threading

MAGIC = b"SKBUNDL1"
FRAME_HEADER = 9
DATA, END_STREAM, PADDED = 0x0, 0x1, 0x8
MAX_FRAME = 16384
BUNDLE_FIELD = b"\x1a"  # of ToGateway


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def read_bundle(message):
    """(version, bytes) of a ToGateway that is a Bundle; None of any other message."""
    if message[:1] != BUNDLE_FIELD or MAGIC not in message[:64]:
        return None
    _, at = read_varint(message, 1)
    version, at = read_varint(message, at + 1)
    _, at = read_varint(message, at + 1)
    return version, message[at:]


def write_bundle(version, content):
    inner = b"\x08" + varint(version) + b"\x12" + varint(len(content)) + content
    return BUNDLE_FIELD + varint(len(inner)) + inner


class Bundles:
    def __init__(self, folder):
        self.folder = folder

    def changed(self, version, content):
        mode = (self.folder / "mode").read_text().strip()
        if mode == "pass":
            (self.folder / f"{version}.bundle").write_bytes(content)
            return content
        if mode == "alter":
            return content[:-1] + bytes([content[-1] ^ 1])
        if mode == "old":
            numbers = [int(file.stem) for file in self.folder.glob("*.bundle") if file.stem.isdigit()]
            mode = str(min(numbers))
        return (self.folder / f"{mode}.bundle").read_bytes()

    def message(self, message):
        found = read_bundle(message)
        if found is None:
            return message
        version, content = found
        return write_bundle(version, self.changed(version, content))


class Changer:
    """Of what goes to the gateway: whole gRPC messages leave changed, all other frames as they came."""

    def __init__(self, bundles):
        self.bundles = bundles
        self.pending = b""
        self.streams = {}  # what came of a message that is not whole yet

    def feed(self, data):
        self.pending += data
        out = b""
        while len(self.pending) >= FRAME_HEADER:
            length = int.from_bytes(self.pending[:3], "big")
            end = FRAME_HEADER + length
            if len(self.pending) < end:
                break
            frame, self.pending = self.pending[:end], self.pending[end:]
            kind, flags, stream = frame[3], frame[4], int.from_bytes(frame[5:9], "big")
            out += self.data(stream, flags, frame[FRAME_HEADER:]) if kind == DATA else frame
        return out

    def data(self, stream, flags, payload):
        if flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        waiting = self.streams.pop(stream, b"") + payload
        whole = b""
        while len(waiting) >= 5:
            length = int.from_bytes(waiting[1:5], "big")
            if len(waiting) < 5 + length:
                break
            message = self.bundles.message(waiting[5:5 + length])
            whole += waiting[:1] + len(message).to_bytes(4, "big") + message
            waiting = waiting[5 + length:]
        if waiting:
            self.streams[stream] = waiting
        frames = b""
        parts = [whole[at:at + MAX_FRAME] for at in range(0, len(whole), MAX_FRAME)]
        for part in parts or ([b""] if flags & END_STREAM else []):
            last = flags & END_STREAM if part is (parts or [b""])[-1] else 0
            frames += len(part).to_bytes(3, "big") + bytes([DATA, last]) + stream.to_bytes(4, "big") + part
        return frames


def read(source):
    """What is there; None: nothing after all."""
    source.settimeout(0)
    try:
        return source.recv(65536)
    except ssl.SSLWantReadError:
        return None


def relay(gateway_end, console_end, change):
    """Until one end closes."""
    ends = {gateway_end: (console_end, bytes), console_end: (gateway_end, change)}
    while True:
        waiting = [end for end in ends if end.pending()]
        for source in waiting or select.select(list(ends), [], [])[0]:
            data = read(source)
            if data == b"":
                return
            target, made_of = ends[source]
            if data and (changed := made_of(data)):
                target.settimeout(30)
                target.sendall(changed)


def gateway_context(identity):
    """TLS towards the console, as the gateway."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if identity.exists():
        known = json.loads(identity.read_text())
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
            pem.write(known["certificate_chain"] + known["key"])
            pem.flush()
            context.load_cert_chain(pem.name)
    return context


def serve(connection, context, console, identity, bundles):
    try:
        with connection, socket.create_connection(console, timeout=10) as onwards:
            with context.wrap_socket(connection, server_side=True) as gateway_end, \
                 gateway_context(identity).wrap_socket(onwards) as console_end:
                relay(gateway_end, console_end, Changer(bundles).feed)
    except OSError as problem:
        print(f"middle: {problem}", file=sys.stderr, flush=True)


def place(text):
    address, _, port = text.rpartition(":")
    return address, int(port)


def main(listen, console, certificate, identity, folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(place(listen))
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, daemon=True, args=(
            connection, context, place(console), pathlib.Path(identity), Bundles(pathlib.Path(folder)))).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
