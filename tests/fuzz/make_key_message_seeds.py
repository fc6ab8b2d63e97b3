#!/usr/bin/env python3
"""Writes corpus/key_messages: one message of each kind (config/keys), each from the peer who may send it, with keys and
certificates that openssl makes. Run it again after a change of the protocol."""
import pathlib
import struct
import subprocess
import tempfile

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus/key_messages"
SIGNER, ADMINISTRATOR = 1, 2


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">H", len(value)) + value


def texts(values):
    return struct.pack(">H", len(values)) + b"".join(map(text, values))


def sign(key, names, addresses=(), common_name="", begin=1_799_000_000, end=1_805_000_000, issuer=0):
    return (bytes([1, 2, issuer]) + text(key) + text(common_name) + texts(names) + texts(addresses)
            + struct.pack(">qq", begin, end))


def main():
    key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    rsa = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    public, rsa_public = (openssl("pkey", "-pubout", "-outform", "DER", stdin=one) for one in (key, rsa))
    with tempfile.NamedTemporaryFile() as file:
        file.write(key)
        file.flush()
        certificate = openssl("req", "-x509", "-key", file.name, "-subj", "/O=Example/CN=Company", "-days", "9000")
    described = (bytes([1, 130]) + text(b"der") + text(certificate) + texts([b"one"]) + text(b"u") + bytes(32) + b"\1"
                 + b"".join(map(text, ("O=a, CN=b", "CN=c", "a", "b", "ECDSA P-256"))) + struct.pack(">qq", 1, 2))
    seeds = {
        "describe": (SIGNER, bytes([1, 1])),
        "sign": (SIGNER, sign(public, ["www.example", "*.example"], [bytes([192, 0, 2, 1]), bytes(16)], "www.example")),
        "sign_rsa_untrusted": (SIGNER, sign(rsa_public, ["a.example"], issuer=1)),
        "sign_nobody": (SIGNER, sign(public, [])),
        "regenerate": (ADMINISTRATOR, bytes([1, 3, 0]) + text("Example Works") + text("Gateway")),
        "import": (ADMINISTRATOR, bytes([1, 4]) + text(certificate) + text(key)),
        "refused": (0, bytes([1, 128, 2]) + text("no")),
        "signed": (0, bytes([1, 129]) + text(b"der") + bytes(32)),
        "described": (0, described),
        "version": (0, bytes([2, 1])),
    }
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, (peer, body) in seeds.items():
        (CORPUS / name).write_bytes(bytes([peer]) + body)


if __name__ == "__main__":
    main()
