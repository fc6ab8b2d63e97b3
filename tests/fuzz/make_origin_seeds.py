#!/usr/bin/env python3
"""Writes corpus/origin_validation and origin_root.h anew: a small hierarchy made with openssl's command.

Every run makes other keys; seeds and root belong together."""
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
CONFIG = """[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
[between]
basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
nameConstraints=critical,permitted;DNS:example.com
authorityKeyIdentifier=keyid
[server]
basicConstraints=CA:FALSE
extendedKeyUsage=serverAuth
subjectAltName=DNS:www.example.com,DNS:*.example.com
authorityInfoAccess=caIssuers;URI:http://pki.example.com/between.crt,OCSP;URI:http://ocsp.example.com/
crlDistributionPoints=URI:http://pki.example.com/1.crl
[ca]
default_ca=d
[d]
database=index.txt
default_md=sha256
crlnumber=crlnumber
crl_extensions=part
[part]
issuingDistributionPoint=critical,@point
[point]
fullname=URI:http://pki.example.com/1.crl
"""
YEARS_30 = "10957"


def piece(data):
    return len(data).to_bytes(2, "big") + data


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def openssl(*arguments):
            return subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True).stdout

        (folder / "c").write_text(CONFIG)
        (folder / "index.txt").touch()
        (folder / "crlnumber").write_text("01\n")
        for party in ("root", "between", "server"):
            openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", f"{party}.key")
            openssl("req", "-new", "-key", f"{party}.key", "-subj", f"/CN={party}", "-out", f"{party}.csr")
        common = ("-days", YEARS_30, "-extfile", "c")
        openssl("x509", "-req", "-in", "root.csr", "-signkey", "root.key", "-out", "root.pem", *common, "-extensions", "root")
        for party, issuer in (("between", "root"), ("server", "between")):
            openssl("x509", "-req", "-in", f"{party}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key",
                    "-CAcreateserial", "-out", f"{party}.pem", *common, "-extensions", party)
        serial = openssl("x509", "-in", "server.pem", "-noout", "-serial").decode().split("=")[1].strip()
        (folder / "index.txt").write_text(f"R\t561101000000Z\t261101000000Z\t{serial}\tunknown\t/CN=server\n")
        openssl("ocsp", "-issuer", "between.pem", "-cert", "server.pem", "-reqout", "request")
        openssl("ocsp", "-index", "index.txt", "-CA", "between.pem", "-rsigner", "between.pem", "-rkey", "between.key",
                "-reqin", "request", "-respout", "answer", "-ndays", YEARS_30)
        openssl("ca", "-config", "c", "-gencrl", "-cert", "between.pem", "-keyfile", "between.key", "-crldays", YEARS_30, "-out", "list.pem")
        openssl("crl", "-in", "list.pem", "-outform", "DER", "-out", "list")
        der = {party: openssl("x509", "-in", f"{party}.pem", "-outform", "DER") for party in ("root", "between", "server")}
        answer, revoked = (folder / "answer").read_bytes(), (folder / "list").read_bytes()
        root = (folder / "root.pem").read_text()
    chain = piece(der["server"]) + piece(der["between"]) + piece(b"")
    seeds = {"chain": chain, "stapled": chain + piece(answer), "listed": chain + piece(b"") + piece(revoked),
             "alone": piece(der["server"]) + piece(b""), "bundle": root.encode()}
    corpus = HERE / "corpus/origin_validation"
    corpus.mkdir(parents=True, exist_ok=True)
    for seed, data in seeds.items():
        (corpus / seed).write_bytes(data)
    (HERE / "origin_root.h").write_text(
        "#pragma once\n\n/// Whom the seeds of corpus/origin_validation are from; written by make_origin_seeds.py.\n"
        'inline constexpr const char* kFuzzedRoot = R"(' + root.strip() + ')";\n')


if __name__ == "__main__":
    main()
