"""What origins' certificates do not say themselves, on a running gateway: whether they are revoked, missing authorities."""

import contextlib
import http.server
import json
import os
import pathlib
import signal
import ssl
import subprocess
import tempfile
import threading
import time

from harness import SERVER, LabTest, network, rule, unittest
from sekisho_lab.lab import MANAGEMENT
from tls_ends import ALL_USAGES, SERVER_USAGES, Origin, Pki, client_context, connect, openssl, server_context

PLACE = MANAGEMENT["server"]  # where the authority has its web server
NOBODY = "10.92.0.9"  # of the same network, and of no machine
PATIENCE = 8  # seconds that a connection may take on a busy machine; who waits for a fetch waits for one


class Authority:
    """A public root with its web server: lists, a responder, certificates of authorities."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)
        self.pki = Pki(self.folder)
        self.root = self.pki.root("root")
        self.between = self.pki.issue(self.root, "between", "DNS:between.example", usages=ALL_USAGES)
        self.index = self.folder / "revoked"
        self.index.touch()
        (self.folder / "revoked.attr").write_text("unique_subject = no\n")
        self.settings = self.folder / "settings"
        self.settings.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.index}\ndefault_md=sha256\n")
        self.asked, self.delay, self.lock = [], 0.0, threading.Lock()

    def server(self, name, pointers, issuer=None):
        return self.pki.issue(issuer or self.root, name, f"DNS:{name}.example", usages=SERVER_USAGES + pointers)

    def revoke(self, party):
        serial = openssl("x509", "-in", party[0], "-noout", "-serial").strip().split("=")[1]
        with self.index.open("a") as index:
            index.write(f"R\t361231235959Z\t250101000000Z\t{serial}\tunknown\t/CN=x\n")

    def revoked_list(self):
        text = openssl("ca", "-gencrl", "-config", self.settings, "-cert", self.root[0], "-keyfile", self.root[1], "-crldays", 3)
        return subprocess.run(["openssl", "crl", "-outform", "DER"], input=text.encode(), capture_output=True, check=True).stdout

    def respond(self, request):
        with tempfile.TemporaryDirectory() as folder:
            question, answer = pathlib.Path(folder) / "question", pathlib.Path(folder) / "answer"
            question.write_bytes(request)
            openssl("ocsp", "-index", self.index, "-CA", self.root[0], "-rsigner", self.root[0], "-rkey", self.root[1],
                    "-ndays", 3, "-reqin", question, "-respout", answer)
            return answer.read_bytes()

    def document(self, path, body):
        with self.lock:
            self.asked.append(path)
        time.sleep(self.delay)
        if path.startswith("/ocsp"):
            return self.respond(body)
        if path == "/between.cer":
            return ssl.PEM_cert_to_DER_cert(self.between[0].read_text())
        return self.revoked_list()

    def serve(self, test, host, address):
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = authority.document(self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        with test.lab_inside(host):
            server = http.server.ThreadingHTTPServer((address, 80), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server


class Revocation(LabTest):
    @classmethod
    def setUpClass(cls):
        cls.authority = Authority(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="sekisho-revoked-")))
        cls.lab_options = {"trusted_roots": str(cls.authority.root[0])}
        super().setUpClass()
        cls.serve(PLACE)
        cls.own = str(cls.lab.directory / "state/keys/authority.crt")
        answer = cls.gateway.control("policy.apply", comment="revocation", yaml=json.dumps({
            "version": 1, "rules": [rule("web", "allow", profile="p")],
            "profiles": [{"name": "p", "https_decryption": {"enabled": True, "untrusted_origin": "refuse"}}]}))
        if not answer["ok"]:
            raise AssertionError(answer)

    @classmethod
    def lab_inside(cls, host):
        return network.inside(cls.lab.namespace(host))

    @classmethod
    def serve(cls, address, host="server"):
        server = cls.authority.serve(cls, host, address)
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)

    def setUp(self):
        def all_workers():
            state = self.gateway.dataplane("status")["decryption"]
            return state and state["attached"] == state["workers"]
        self.eventually(all_workers, "every worker has a channel")
        self.authority.asked.clear()
        self.authority.delay = 0.0

    def origin(self, party):
        return self.enterContext(Origin(self.lab.namespace("server"), 443, server_context(party)))

    def talk(self, name):
        """Seconds until the connection was open. A refusal is a certificate that the client does not trust."""
        begin = time.monotonic()
        connection = connect(self.lab.namespace("client"), SERVER.ipv4, 443, client_context(self.own), f"{name}.example")
        took = time.monotonic() - begin
        with connection:
            connection.sendall(b"question")
            self.assertEqual(connection.recv(100), b"question")
        return took

    def told(self, name, action, **members):
        def matching():
            found = [e["decryption"] for e in self.events("decryption")]
            return [d for d in found if d | members == d and (d.get("hostname"), d["action"]) == (f"{name}.example", action)]
        return self.eventually(matching, f"{name}: {action} with {members}")

    def is_refused(self, name):
        with contextlib.suppress(ConnectionError, TimeoutError):
            try:
                self.talk(name)
            except ssl.SSLCertVerificationError:
                return True
        return False

    def refused(self, name):
        """On a busy machine the authority may answer too late for the first connection."""
        self.eventually(lambda: self.is_refused(name), f"{name} is refused")
        self.told(name, "failed", failure="untrusted_origin")

    def known(self, name, revocation):
        def is_told():
            self.talk(name)
            return [e for e in self.events("decryption") if e["decryption"].get("hostname") == f"{name}.example"
                    and e["decryption"].get("revocation") == revocation]
        self.eventually(is_told, f"{name}: {revocation}")

    def pid_of(self, process):
        state = json.loads((self.gateway.run_dir / "supervisor.json").read_text())
        return next(child["pid"] for child in state["processes"] if child["name"] == process)

    def test_a_list_is_fetched_and_believed(self):
        pointers = f"crlDistributionPoints=URI:http://{PLACE}/root.crl\n"
        bad, good = self.authority.server("listed", pointers), self.authority.server("unlisted", pointers)
        self.authority.revoke(bad)
        with Origin(self.lab.namespace("server"), 443, server_context(bad)):
            self.refused("listed")
            self.refused("listed")
        self.origin(good)
        self.known("unlisted", "good")
        self.assertEqual(self.authority.asked, ["/root.crl"])  # once for all of its certificates

    def test_a_responder_is_asked_and_believed(self):
        bad, good = (self.authority.server(name, f"authorityInfoAccess=OCSP;URI:http://{PLACE}/ocsp\n")
                     for name in ("answered", "unanswered"))
        self.authority.revoke(bad)
        serial = openssl("x509", "-in", good[0], "-noout", "-serial").strip().split("=")[1]
        with self.authority.index.open("a") as index:
            index.write(f"V\t361231235959Z\t\t{serial}\tunknown\t/CN=y\n")
        with Origin(self.lab.namespace("server"), 443, server_context(bad)):
            self.refused("answered")
        self.origin(good)
        self.known("unanswered", "good")

    def test_a_missing_authority_is_fetched(self):
        self.origin(self.authority.server("incomplete", f"authorityInfoAccess=caIssuers;URI:http://{PLACE}/between.cer\n",
                                          self.authority.between))
        self.eventually(lambda: not self.is_refused("incomplete"), "its chain is whole")
        self.talk("incomplete")
        self.assertEqual(self.authority.asked, ["/between.cer"])

    def test_what_cannot_be_fetched_passes_and_nobody_waits_long(self):
        self.origin(self.authority.server("nobody", f"crlDistributionPoints=URI:http://{NOBODY}/root.crl\n"))
        self.assertLess(self.talk("nobody"), PATIENCE)
        self.told("nobody", "opened", revocation="unknown")

    def test_what_comes_late_is_known_to_the_next_one(self):
        bad = self.authority.server("late", f"authorityInfoAccess=OCSP;URI:http://{PLACE}/ocsp/late\n")
        self.authority.revoke(bad)
        self.authority.delay = 2.5
        self.origin(bad)
        self.assertLess(self.talk("late"), PATIENCE)
        self.eventually(lambda: self.is_refused("late"), "the answer is used")
        self.assertEqual(self.authority.asked, ["/ocsp/late"])

    def test_the_box_itself_is_not_asked(self):
        self.serve("127.0.0.1", "gateway")
        self.serve(MANAGEMENT["gateway"], "gateway")
        for name, place in (("loopback", "127.0.0.1"), ("own", MANAGEMENT["gateway"])):
            with self.subTest(name):
                party = self.authority.server(name, f"crlDistributionPoints=URI:http://{place}/root.crl\n")
                self.authority.revoke(party)
                with Origin(self.lab.namespace("server"), 443, server_context(party)):
                    self.talk(name)
                self.assertEqual(self.authority.asked, [])

    def test_without_the_process_connections_go_on(self):
        bad = self.authority.server("orphan", f"crlDistributionPoints=URI:http://{PLACE}/orphan.crl\n")
        self.authority.revoke(bad)
        before = self.pid_of("sekisho-fetch")
        os.kill(before, signal.SIGSTOP)
        try:
            self.origin(bad)
            self.assertLess(self.talk("orphan"), 3 * PATIENCE)  # until somebody looks at the clock
        finally:
            os.kill(before, signal.SIGKILL)
        self.eventually(lambda: self.pid_of("sekisho-fetch") not in (0, before), "another sekisho-fetch")
        self.eventually(lambda: self.is_refused("orphan"), "the next one finds out", timeout=60)


if __name__ == "__main__":
    unittest.main()
