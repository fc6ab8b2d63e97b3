"""A gateway's certificate authority in the console: told, exported, made anew and imported, over the real stream."""

import hashlib
import pathlib
import ssl
import subprocess
import tempfile

from console_harness import ConsoleTest, unittest, wait_until


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=True)


class ConsoleCertificates(ConsoleTest):
    def setUp(self):
        self.files = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="sekisho-test-")))
        self.path = f"{self.base}/gateways/{self.record['id']}"

    def authority(self):
        return self.client.get(self.path).get("authority")

    def told(self, fingerprint):
        """Waits until the console tells of that authority."""
        return wait_until(lambda: (one := self.authority()) and one.get("fingerprint") == fingerprint and one,
                          f"the console tells of {fingerprint}", timeout=30)

    def own(self):
        return self.gateway.json("ca", "show")

    def ask(self, what, body):
        """The diagnostic, when the gateway has answered."""
        asked = self.client.post(f"{self.path}/certificate/{what}", body)
        return wait_until(lambda: (one := self.client.get(f"{self.path}/diagnostics/{asked['id']}"))["state"] != "waiting"
                          and one, f"an answer to {what}", timeout=40)

    def company(self, name):
        certificate, key = self.files / f"{name}.crt", self.files / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                certificate, "-subj", f"/CN={name}", "-days", 3650, "-addext", "basicConstraints=critical,CA:TRUE")
        return certificate.read_text(), key.read_text()

    def test_the_console_tells_what_the_box_has_and_hands_out_its_certificate(self):
        own = self.own()
        told = self.told(own["fingerprint"])
        self.assertEqual((told["subject"], told["issuer"], told["key"], told["not_after"]),
                         (own["subject"], own["issuer"], own["key"], own["not_after"] * 1000))
        file = self.client.get(f"{self.path}/certificate").decode()
        self.assertEqual(hashlib.sha256(ssl.PEM_cert_to_DER_cert(file)).hexdigest(), own["fingerprint"])
        self.assertNotIn("PRIVATE", file)
        (self.files / "Sekisho.crt").write_text(file)
        self.assertIn("CA:TRUE", openssl("x509", "-in", self.files / "Sekisho.crt", "-noout", "-text").stdout)

    def test_a_new_authority_is_made_and_told_at_once(self):
        before = self.own()
        answer = self.ask("regeneration", {"organization": "例 Works", "common_name": "Gate"})
        self.assertEqual(answer["state"], "done", answer)
        now = self.own()
        self.assertNotEqual(now["fingerprint"], before["fingerprint"])
        self.assertEqual(self.told(now["fingerprint"])["subject"], "O=例 Works, CN=Gate")
        actions = [entry["action"] for entry in self.client.get(f"{self.base}/audit")["entries"]]
        self.assertIn("regenerateGatewayCertificate", actions)

    def test_an_imported_key_reaches_the_box_and_stays_nowhere_else(self):
        certificate, key = self.company("Example Works")
        answer = self.ask("import", {"certificate": certificate, "key": key})
        self.assertEqual(answer["state"], "done", answer)
        own = self.own()
        self.assertEqual((own["subject"], own["origin"]), ("CN=Example Works", "imported"))
        self.assertEqual(self.told(own["fingerprint"])["origin"], "imported")
        line = key.splitlines()[1]
        for folder in (self.console.state_dir, self.lab.directory / "log", self.lab.directory / "state"):
            for file in filter(pathlib.Path.is_file, folder.rglob("*")):
                if file.name == "authority.pem":
                    continue
                self.assertNotIn(line.encode(), file.read_bytes(), file)
        self.assertNotIn(line, self.gateway.log_tail(10_000) + self.console.log_tail(10_000))
        _, other_key = self.company("Other")
        refused = self.ask("import", {"certificate": certificate, "key": other_key})
        self.assertEqual((refused["state"], refused["message"]), ("failed", "private key: it is not the certificate's"))
        self.assertEqual(self.own()["fingerprint"], own["fingerprint"])

    def test_a_damaged_authority_is_told_with_its_reason(self):
        file = self.lab.directory / "state/keys/authority.pem"
        whole = file.read_bytes()
        self.addCleanup(self.gateway.command, "ca", "regenerate", "--yes")
        file.write_bytes(whole[:100])
        self.kill_keys()
        wait_until(lambda: "is damaged" in (self.authority() or {}).get("trouble", ""), "the damage is told", timeout=40)

    def kill_keys(self):
        for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
            try:
                if comm.read_text() == "sekisho-keys\n" and str(self.gateway.box_file) in (
                        comm.with_name("cmdline").read_text()):
                    subprocess.run(["kill", "-9", comm.parent.name], check=True)
            except OSError:
                continue


if __name__ == "__main__":
    unittest.main()
