"""The certificate authority for decrypted connections: sekisho-keys as it runs, its certificates judged by OpenSSL and curl."""

import contextlib
import hashlib
import os
import pathlib
import re
import signal
import ssl
import subprocess
import tempfile
import time

from harness import ALLOW_ALL, SERVER, LabTest, network, unittest
from key_messages import Refused, sign

from sekisho_lab.gateway import binaries

DECRYPT_USER, CONTROL_USER, KEYS_USER, GROUP = 64104, 64101, 64103, 64100
TLS_PORT = 8443


def openssl(*arguments, check=True, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60,
                          check=check)


class Certificates(LabTest):
    def setUp(self):
        self.files = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sekisho-test-")))
        self.apply(ALLOW_ALL)
        self.eventually(lambda: self.gateway.command("ca", "show", check=False).returncode == 0, "sekisho-keys answers")

    @property
    def state(self):
        return self.lab.directory / "state/keys"

    def pid(self):
        for status in pathlib.Path("/proc").glob("[0-9]*/comm"):
            with contextlib.suppress(OSError):
                if status.read_text() == "sekisho-keys\n" and str(self.gateway.box_file) in (
                        status.with_name("cmdline").read_text()):
                    return int(status.parent.name)
        return 0

    def export(self):
        file = self.files / "Sekisho.crt"
        self.gateway.command("ca", "export", file)
        return file

    def fingerprint(self):
        return self.gateway.json("ca", "show")["fingerprint"]

    def leaf(self, name="www.example", kind="EC", user=DECRYPT_USER, group=GROUP, **options):
        """(certificate file, key file) of a leaf that sekisho-keys signed for `user`."""
        key = self.files / f"{name}.{kind}.key"
        option = {"EC": "ec_paramgen_curve:P-256", "RSA": "rsa_keygen_bits:2048"}[kind]
        openssl("genpkey", "-algorithm", kind, "-pkeyopt", option, "-out", key)
        openssl("pkey", "-in", key, "-pubout", "-outform", "DER", "-out", self.files / "public")
        der = sign(self.gateway.run_dir / "keys.sock", user, group, (self.files / "public").read_bytes(), name, **options)
        certificate = self.files / f"{name}.{kind}.crt"
        certificate.write_text(ssl.DER_cert_to_PEM_cert(der))
        return certificate, key

    def company(self, name="Example Works", days=3650, extensions=("basicConstraints=critical,CA:TRUE",)):
        """(certificate file, key file) of an authority that OpenSSL made."""
        certificate, key = self.files / f"{name}.crt", self.files / f"{name}.key"
        added = [part for one in extensions for part in ("-addext", one)]
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                certificate, "-subj", f"/CN={name}", "-days", days, *added)
        return certificate, key

    def fetch(self, name, certificate, key, authority=None):
        """curl's exit code from the client for a page of a real TLS server that has this certificate."""
        with network.inside(self.lab.namespace("server")):
            server = subprocess.Popen(["openssl", "s_server", "-4", "-accept", str(TLS_PORT), "-cert", certificate, "-key", key,
                                       "-www", "-quiet"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        try:
            self.eventually(lambda: self.connect(SERVER.ipv4, TLS_PORT) == "open", "the TLS server listens")
            trusted = ["--cacert", authority] if authority else []
            return self.lab.run("client", "curl", "-s", "-m", 10, "-o", "/dev/null", "--resolve",
                                f"{name}:{TLS_PORT}:{SERVER.ipv4}", *trusted, f"https://{name}:{TLS_PORT}/",
                                check=False).returncode
        finally:
            server.terminate()
            server.wait(10)

    def test_the_exported_certificate_is_what_clients_install(self):
        told = self.gateway.json("ca", "show")
        file = self.export()
        self.assertNotIn("PRIVATE", file.read_text())
        shown = openssl("x509", "-in", file, "-noout", "-text").stdout
        for part in ("Issuer: O = Sekisho, CN = Sekisho", "Subject: O = Sekisho, CN = Sekisho", "CA:TRUE, pathlen:0",
                     "Certificate Sign, CRL Sign", "ecdsa-with-SHA256"):
            self.assertIn(part, shown)
        der = ssl.PEM_cert_to_DER_cert(file.read_text())
        self.assertEqual(hashlib.sha256(der).hexdigest(), told["fingerprint"])
        self.assertGreater(told["not_after"] - time.time(), 20 * 365 * 86400)
        self.gateway.command("ca", "export", "--der", self.files / "Sekisho.cer")
        self.assertEqual((self.files / "Sekisho.cer").read_bytes(), der)
        self.assertEqual(self.gateway.command("ca", "export").stdout, file.read_text())
        self.assertEqual(openssl("verify", "-CAfile", file, file).returncode, 0)

    def test_real_clients_accept_a_leaf_once_the_authority_is_installed_and_not_before(self):
        authority = self.export()
        for kind in ("EC", "RSA"):
            with self.subTest(kind):
                certificate, key = self.leaf(kind=kind)
                openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "www.example", "-CAfile",
                        authority, certificate)
                self.assertEqual(self.fetch("www.example", certificate, key, authority), 0)
                self.assertEqual(self.fetch("www.example", certificate, key), 60)  # CURLE_PEER_FAILED_VERIFICATION
                self.assertEqual(self.fetch("other.example", certificate, key, authority), 60)
        visible, key = self.leaf(issuer=1)
        self.assertEqual(self.fetch("www.example", visible, key, authority), 60)

    def test_a_new_authority_signs_from_then_on_and_the_old_one_no_more(self):
        before, former = self.export().read_text(), self.fingerprint()
        refused = self.gateway.command("ca", "regenerate", check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("say --yes", refused.stderr)
        self.assertEqual(self.fingerprint(), former)
        told = self.gateway.json("ca", "regenerate", "--organization", "例 Works", "--common-name", "Gate", "--yes")
        self.assertEqual(told["subject"], "O=例 Works, CN=Gate")
        self.assertNotEqual(told["fingerprint"], former)
        certificate, _ = self.leaf()
        openssl("verify", "-CAfile", self.export(), certificate)
        (self.files / "before.crt").write_text(before)
        self.assertNotEqual(openssl("verify", "-CAfile", self.files / "before.crt", certificate, check=False).returncode, 0)
        self.assertEqual(self.gateway.json("ca", "regenerate", "--key", "rsa-3072", "--yes")["key"], "RSA 3072")
        certificate, _ = self.leaf()
        openssl("verify", "-CAfile", self.export(), certificate)

    def test_an_authority_of_ones_own_is_used_and_what_is_none_is_refused(self):
        certificate, key = self.company()
        told = self.gateway.json("ca", "import", certificate, key, "--yes")
        self.assertEqual((told["subject"], told["origin"]), ("CN=Example Works", "imported"))
        leaf, _ = self.leaf()
        openssl("verify", "-CAfile", certificate, leaf)
        other, other_key = self.company("Other")
        no_authority, its_key = self.company("Web server", extensions=("basicConstraints=critical,CA:FALSE",))
        for files, why in (((certificate, other_key), "private key: it is not the certificate's"),
                           ((key, certificate), "are the two files the wrong way round?"),
                           ((no_authority, its_key), "it is no certificate authority's")):
            refused = self.gateway.command("ca", "import", *files, "--yes", check=False)
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertIn(why, refused.stderr)
        self.assertEqual(self.gateway.command("ca", "import", other, other_key, check=False).returncode, 2)
        self.assertEqual(self.gateway.json("ca", "show")["subject"], "CN=Example Works")

    def test_nobody_else_can_read_the_key_look_into_its_process_or_have_something_signed(self):
        pid = self.pid()
        for user in (CONTROL_USER, 64102, DECRYPT_USER, 65534):
            for file in (self.state / "authority.pem", self.state / "authority.crt", f"/proc/{pid}/mem"):
                read = subprocess.run(["setpriv", f"--reuid={user}", f"--regid={GROUP}", "--clear-groups", "cat", file],
                                      capture_output=True, check=False)
                self.assertIn(b"Permission denied", read.stderr, (user, file))
        peer = ["setpriv", f"--reuid={KEYS_USER}", f"--regid={GROUP}", "--clear-groups", "cat", f"/proc/{pid}/mem"]
        self.assertIn(b"Permission denied", subprocess.run(peer, capture_output=True, check=False).stderr)
        self.assertEqual((self.state / "authority.pem").stat().st_mode & 0o7777, 0o600)
        self.assertEqual(self.state.stat().st_mode & 0o7777, 0o700)
        for user in (0, CONTROL_USER, KEYS_USER):
            with self.assertRaisesRegex(Refused, "only sekisho-decrypt may ask that"):
                self.leaf(user=user)
        with self.assertRaises(PermissionError):
            self.leaf(user=65534, group=65534)

    def test_it_runs_with_no_more_than_it_needs(self):
        status = pathlib.Path(f"/proc/{self.pid()}/status").read_text()
        for line in (f"Uid:\t{KEYS_USER}", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1",
                     "Seccomp:\t2", "Threads:\t1"):
            self.assertIn(line, status)

    def test_kills_leave_the_authority_as_it_was_or_as_it_was_to_be(self):
        for attempt in range(6):
            before = self.fingerprint()
            asking = subprocess.Popen(self.gateway.inside(
                [binaries() / "sekisho", "--run-dir", self.gateway.run_dir, "ca", "regenerate", "--yes", "--json"]),
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            time.sleep(0.004 * attempt)  # somewhere in it
            os.kill(self.pid(), signal.SIGKILL)
            answer, _ = asking.communicate(timeout=60)
            told = re.search(r'"fingerprint": "(\w+)"', answer)
            now = self.eventually(lambda: (shown := self.gateway.command("ca", "show", "--json", check=False)).returncode
                                  == 0 and re.search(r'"fingerprint": "(\w+)"', shown.stdout)[1], "it is back")
            if told:  # what was promised is kept
                self.assertEqual(now, told[1])
            self.assertNotIn("PRIVATE", (self.state / "authority.crt").read_text())
            self.assertEqual(len(before), len(now))

    def test_a_damaged_file_is_told_and_no_new_authority_comes_by_itself(self):
        whole = (self.state / "authority.pem").read_bytes()
        self.addCleanup(self.gateway.command, "ca", "regenerate", "--yes")
        (self.state / "authority.pem").write_bytes(whole[:200])
        os.kill(self.pid(), signal.SIGKILL)

        def complaint():
            shown = self.gateway.command("ca", "show", check=False)
            return shown.stderr if shown.returncode == 1 and "damaged" in shown.stderr else None

        self.assertIn("authority.pem is damaged", self.eventually(complaint, "the damage is told"))
        with self.assertRaisesRegex(Refused, "is damaged"):
            self.leaf()
        self.assertEqual((self.state / "authority.pem").read_bytes(), whole[:200])
        self.gateway.command("ca", "regenerate", "--yes")
        certificate, _ = self.leaf()
        openssl("verify", "-CAfile", self.export(), certificate)


if __name__ == "__main__":
    unittest.main()
