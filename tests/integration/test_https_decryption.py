"""Which connections sekisho-decrypt is given, on a running gateway: carried, exempt, no TLS at all, without the process, after its death."""

import contextlib
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import threading

from harness import SERVER, LabTest, network, rule, unittest

MEGABYTE = 1 << 20
PIECE = 32768  # that is sent before what comes back is read


class TlsEcho:
    """Echoes what comes over TLS, with one certificate for whoever is asked for; plain where the port is PLAIN's."""

    def __init__(self, lab, port, certificate):
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
        with network.inside(lab.namespace("server")):
            self.listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.echo, args=(connection,), daemon=True).start()

    def echo(self, connection):
        with contextlib.suppress(OSError), connection:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            while data := connection.recv(65536):
                connection.sendall(data)


class HttpsDecryption(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        files = [str(cls.lab.directory / name) for name in ("server.crt", "server.key")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                        "2", "-subj", "/CN=server.lab.example", "-out", files[0], "-keyout", files[1]], check=True,
                       capture_output=True)
        cls.certificate = ssl.PEM_cert_to_DER_cert(open(files[0]).read())
        cls.servers = [TlsEcho(cls.lab, 443, files), TlsEcho(cls.lab, 9443, files), TlsEcho(cls.lab, 8443, None)]
        for server in cls.servers:
            cls.addClassCleanup(server.listener.close)

    def decrypt(self, rules=(), **section):
        # The server's certificate is by itself: who decrypts shows that it is not to be trusted.
        profile = {"name": "p", "https_decryption": {"enabled": True, "untrusted_origin": "show", **section}}
        self.apply(*rules, rule("web", "allow", profile="p"), profiles=[profile],
                   objects={"url_categories": [{"name": "bank", "entries": ["bank.test"]}]})
        self.attached()

    def attached(self):
        def all_workers():
            state = self.gateway.dataplane("status")["decryption"]
            return state and state["attached"] == state["workers"]
        self.eventually(all_workers, "every worker has a channel")

    def count(self, name):
        return self.counters().get(f"decryption.{name}", 0)

    def dial(self, name, port=443, address=SERVER.ipv4, timeout=8, trusted=None):
        """A TLS connection to the server by a client that takes every certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if trusted:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=trusted)
        with self.inside("client"):
            raw = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        raw.settimeout(timeout)
        raw.connect((address, port))
        connection = context.wrap_socket(raw, server_hostname=name)
        self.addCleanup(connection.close)
        return connection

    def talk(self, connection, data=b"hello"):
        """What comes back of `data`. From one thread: an SSLSocket is not for two at once."""
        back = bytearray()
        for at in range(0, len(data), PIECE):
            connection.sendall(data[at:at + PIECE])
            while len(back) < min(at + PIECE, len(data)):
                piece = connection.recv(65536)
                if not piece:
                    raise ConnectionError("ended early")
                back += piece
        return bytes(back)

    def told(self, **members):
        return self.eventually(
            lambda: [e for e in self.events("decryption") if e["decryption"] | members == e["decryption"]],
            f"an event of decryption with {members}")[-1]

    def pid_of_decrypt(self):
        state = json.loads((self.gateway.run_dir / "supervisor.json").read_text())
        return next(child["pid"] for child in state["processes"] if child["name"] == "sekisho-decrypt")

    def test_connections_are_carried_whole(self):
        self.decrypt()
        for address in (SERVER.ipv4, SERVER.ipv6):
            with self.subTest(address=address):
                before = self.count("opened")
                connection = self.dial("carried.test", address=address)
                self.assertNotEqual(connection.getpeercert(True), self.certificate)
                data = os.urandom(2 * MEGABYTE)
                self.assertEqual(hashlib.sha256(self.talk(connection, data)).digest(), hashlib.sha256(data).digest())
                self.assertEqual(self.count("opened"), before + 1)
                self.assertEqual(self.told(action="decrypt", hostname="carried.test")["dest_port"], 443)
                connection.close()
        self.assertIn("connections opened", self.gateway.command("status").stdout)

    def test_what_is_exempt_is_left_alone(self):
        self.decrypt(exempt_hosts=["a.test", "*.b.test"], exempt_categories=["bank"])
        before, exempt = self.count("opened"), self.count("exempt")
        for name, reason in (("a.test", "exempt_host"), ("x.b.test", "exempt_host"), ("www.akamai.com", "exempt_host"),
                             ("bank.test", "exempt_category")):
            with self.subTest(name=name):
                connection = self.dial(name)
                self.assertEqual(connection.getpeercert(True), self.certificate)
                self.assertEqual(self.talk(connection), b"hello")
                self.told(action="bypass", hostname=name, reason=reason)
        self.assertEqual(self.count("exempt"), exempt + 4)
        self.assertEqual(self.talk(self.dial("b.test", port=9443)), b"hello")  # not a port of HTTPS
        self.assertEqual(self.count("opened"), before)
        self.assertEqual(self.talk(self.dial("b.test")), b"hello")
        self.assertEqual(self.count("opened"), before + 1)

    def test_what_is_no_tls(self):
        self.decrypt(not_tls="pass")
        self.assertEqual(self.speak_plainly(), b"EHLO client\r\n")
        self.told(action="bypass", reason="not_tls")
        self.decrypt(not_tls="block")
        with self.assertRaises(ConnectionResetError):
            self.speak_plainly()
        self.told(action="block", reason="not_tls")

    def speak_plainly(self):
        outcome, connection = self.try_connect(SERVER.ipv4, 8443, timeout=5)
        self.assertEqual(outcome, "open")
        with connection:
            connection.sendall(b"EHLO client\r\n")
            return connection.recv(100)

    def test_a_silent_process_is_treated_as_the_profile_says(self):
        for on_failure in ("pass", "block"):
            with self.subTest(on_failure=on_failure):
                self.decrypt(on_failure=on_failure, exempt_hosts=["a.test"])
                pid = self.pid_of_decrypt()
                os.kill(pid, signal.SIGSTOP)
                try:
                    self.assertEqual(self.talk(self.dial("a.test")), b"hello")
                    if on_failure == "pass":
                        self.assertEqual(self.talk(self.dial("silent.test")), b"hello")
                    else:
                        with self.assertRaises((ConnectionError, ssl.SSLError)):
                            self.dial("silent.test")
                    self.told(action="bypass" if on_failure == "pass" else "block", reason="not_running")
                finally:
                    os.kill(pid, signal.SIGCONT)
        self.decrypt()
        self.eventually(self.is_opened, "connections are opened again")

    def is_opened(self):
        before = self.count("opened")
        with contextlib.suppress(OSError):
            self.assertEqual(self.talk(self.dial("again.test")), b"hello")
        return self.count("opened") > before

    def test_a_death_resets_its_own_connections_and_no_others(self):
        self.decrypt(exempt_hosts=["a.test"])
        exempt, opened = self.dial("a.test"), self.dial("open.test")
        self.assertEqual((self.talk(exempt), self.talk(opened)), (b"hello", b"hello"))
        resets = self.count("reset_by_death")
        os.kill(self.pid_of_decrypt(), signal.SIGKILL)
        with socket.socket(fileno=opened.detach()) as bare, self.assertRaises(ConnectionResetError):
            bare.settimeout(8)
            bare.recv(1)  # TLS would take a reset for an end
        self.assertEqual(self.talk(exempt, b"still here"), b"still here")
        self.assertGreater(self.count("reset_by_death"), resets)
        self.eventually(self.is_opened, "another process has a channel")

    def test_a_policy_that_blocks_ends_what_is_open(self):
        self.decrypt()
        opened = self.dial("open.test")
        self.assertEqual(self.talk(opened), b"hello")
        self.apply(rule("nothing", "block"))
        with self.assertRaises(ConnectionError):
            for _ in range(100):
                self.talk(opened)

    def test_a_blocked_host_is_not_handed_over(self):
        self.decrypt(rules=[rule("no", "block", content={"url_categories": ["bank"]}, block_with="reset")],
                     exempt_categories=[])
        before = self.count("handed_over")
        with self.assertRaises((ConnectionError, ssl.SSLError)):
            self.dial("bank.test", timeout=3)
        self.assertEqual(self.count("handed_over"), before)

    def test_a_client_that_believes_one_certificate_only_is_spared_the_next_time(self):
        self.decrypt(smart_bypass=True)
        self.assertIn("0 of at most 4,096 pairs", self.gateway.command("tls", "bypasses", "list").stdout)
        with self.assertRaises(ssl.SSLError):
            self.dial("pinned.test", trusted=ssl.DER_cert_to_PEM_cert(self.certificate))
        self.told(action="decrypt", hostname="pinned.test")
        self.eventually(lambda: "pinned.test" in self.gateway.command("tls", "bypasses", "list").stdout, "its pair is listed")
        connection = self.dial("pinned.test", trusted=ssl.DER_cert_to_PEM_cert(self.certificate))
        self.assertEqual(connection.getpeercert(True), self.certificate)
        self.assertEqual(self.talk(connection), b"hello")
        self.assertNotEqual(self.dial("other.test").getpeercert(True), self.certificate)
        self.gateway.command("tls", "bypasses", "remove", "10.91.0.2", "pinned.test")
        with self.assertRaises(ssl.SSLError):
            self.dial("pinned.test", trusted=ssl.DER_cert_to_PEM_cert(self.certificate))
        self.gateway.command("tls", "bypasses", "clear")
        refused = self.gateway.command("tls", "bypasses", "remove", "10.91.0.2", "a.test", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("are not spared", refused.stderr)


if __name__ == "__main__":
    unittest.main()
