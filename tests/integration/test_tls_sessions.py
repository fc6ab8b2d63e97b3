"""Decrypted connections: real clients and servers, between them sekisho-decrypt and sekisho-keys."""

import contextlib
import hashlib
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import warnings

import test_takeover
from harness import SERVER, network, unittest
from sekisho_lab.gateway import binaries
from test_takeover import MEGABYTE, PORT, read_exactly, read_to_end
from tls_ends import Halves, Origin, Pki, client_context, common_name, connect, echo, server_context

NAME = "www.example"
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class TlsTest(test_takeover.TakeoverTest):
    """Servers whose certificates come from a root that the box trusts, clients that trust the box's authority."""

    @classmethod
    def setUpClass(cls):
        cls.gateway_options = ("--patience-ms", "10000", *cls.gateway_options)  # on a busy machine, too, all are opened
        cls.files = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="sekisho-tls-")))
        cls.files.chmod(0o755)
        cls.pki = Pki(cls.files)
        cls.root = cls.pki.root("Public Root")
        cls.good = cls.pki.issue(cls.root, NAME, f"DNS:{NAME},DNS:*.wild.example,IP:{SERVER.ipv4},IP:{SERVER.ipv6}")
        cls.box_changes = {"trusted_roots": str(cls.root[0])}
        super().setUpClass()
        cls.authority = cls.lab.directory / "state/keys/authority.crt"

    def setUp(self):
        self.before = self.counters()

    @classmethod
    def start_decrypt(cls):
        cls.start_keys()
        super().start_decrypt()

    @classmethod
    def start_keys(cls):
        cls.keys = cls.lab.start("gateway", binaries() / "sekisho-keys", "--box", cls.lab.directory / "box.yaml")
        limit = time.monotonic() + 20
        while not (cls.lab.directory / "run/keys.sock").exists():
            if time.monotonic() > limit:
                raise AssertionError(f"sekisho-keys is not there: {cls.keys.log.read_text()}")
            time.sleep(0.05)

    def origin(self, party=None, *protocols, serve=echo, **options):
        context = server_context(party or self.good, *protocols, **options)
        return self.enterContext(Origin(self.lab.namespace("server"), PORT, context, serve))

    def client(self, context=None, name=NAME, address=SERVER.ipv4, **options):
        connection = connect(self.lab.namespace("client"), address, PORT, context or client_context(self.authority), name,
                             **options)
        self.addCleanup(connection.close)
        return connection

    def plain(self):
        with network.inside(self.lab.namespace("client")):
            plain = socket.create_connection((SERVER.ipv4, PORT), timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.addCleanup(plain.close)
        return plain

    def meanwhile(self, counter):
        return self.counters()[counter] - self.before[counter]

    def failed_meanwhile(self, kind):
        return self.counters()["failures"][kind] - self.before["failures"][kind]

    def eventually_failed(self, kind, times=1):
        self.eventually(lambda: self.failed_meanwhile(kind) == times, f"{times} failures of kind {kind}")

    def says(self, connection, text=b"question"):
        connection.sendall(text)
        self.assertEqual(read_exactly(connection, len(text)), text)


class GoodOrigins(TlsTest):
    def test_versions_and_protocols_are_what_both_ends_speak(self):
        for most in (TLS12, TLS13):
            for protocols in ((), ("h2", "http/1.1"), ("http/1.1",)):
                with self.subTest(most=most, protocols=protocols), Origin(
                        self.lab.namespace("server"), PORT, server_context(self.good, "h2", "http/1.1", most=most)) as origin:
                    for version in (TLS12, TLS13):
                        client = self.client(client_context(self.authority, protocols=protocols, most=version))
                        self.says(client)
                        self.assertEqual(client.version(), version.name.replace("v1_", "v1."))
                        seen = origin.seen[-1]
                        self.assertEqual(seen["version"], most.name.replace("v1_", "v1."))
                        self.assertEqual(client.selected_alpn_protocol(), protocols[0] if protocols else None)
                        self.assertEqual(seen["protocol"], client.selected_alpn_protocol())
                        self.assertEqual(seen["name"], NAME)
                        client.close()
        self.assertEqual(self.meanwhile("opened"), 12)
        self.assertLessEqual(self.meanwhile("leafs_made"), 1)

    def test_a_leaf_is_for_the_names_of_the_origin(self):
        self.origin()
        client = self.client(name="a.wild.example")
        self.says(client)
        names = client.getpeercert()["subjectAltName"]
        self.assertIn(("DNS", NAME), names)
        self.assertIn(("DNS", "*.wild.example"), names)
        self.assertIn(("IP Address", SERVER.ipv4), names)
        self.assertEqual(common_name(client), "Sekisho")
        self.assertEqual(common_name(client, "subject"), NAME)

    def test_a_client_that_names_nobody_reaches_the_server_by_its_address(self):
        origin = self.origin()
        for address in (SERVER.ipv4, SERVER.ipv6):
            with self.subTest(address):
                client = self.client(name=address, address=address)  # Python sends no SNI of an address
                self.says(client)
                self.assertIsNone(origin.seen[-1]["name"])

    def test_twenty_megabytes_each_way_arrive_as_they_were(self):
        self.origin()
        for most in (TLS12, TLS13):
            with self.subTest(most=most):
                client = self.client(client_context(self.authority, most=most))
                body, got = os.urandom(20 * MEGABYTE), hashlib.sha256()
                # One thread an SSL object: what is sent is never more than waits on the way.
                for at in range(0, len(body), 1 << 16):
                    client.sendall(body[at:at + (1 << 16)])
                    got.update(read_exactly(client, min(1 << 16, len(body) - at)))
                self.assertEqual(got.digest(), hashlib.sha256(body).digest())
                client.close()

    def test_many_megabytes_to_a_client_that_pauses_are_all_there(self):
        body = os.urandom(30 * MEGABYTE)

        def send(connection):
            connection.recv(1)
            connection.sendall(body)
            connection.unwrap()

        self.origin(serve=send)
        client = self.client()
        client.sendall(b"?")
        time.sleep(1.5)  # until every buffer on the way is full
        self.assertEqual(hashlib.sha256(read_to_end(client)).digest(), hashlib.sha256(body).digest())

    def test_sessions_with_a_client_are_resumed(self):
        self.origin()
        for most in (TLS12, TLS13):
            context = client_context(self.authority, most=most)
            first = self.client(context)
            self.says(first)  # TLS 1.3's ticket comes with the answer
            second = self.client(context, session=first.session)
            self.says(second)
            self.assertTrue(second.session_reused, most)

    def test_a_client_s_next_session_with_an_origin_is_resumed(self):
        for most in (TLS12, TLS13):
            with self.subTest(most=most), Origin(self.lab.namespace("server"), PORT, server_context(self.good, most=most)) as origin:
                for _ in range(2):
                    client = self.client(client_context(self.authority))  # which itself resumes nothing
                    self.says(client)
                    client.close()
                self.assertEqual([one["resumed"] for one in origin.seen], [False, True])

    def test_no_early_data_is_offered_and_the_group_is_a_modern_one(self):
        self.origin(serve=lambda connection: connection.sendall(b"hello\n"))
        shown = self.s_client("-ign_eof", "-servername", NAME)
        self.assertIn("Server Temp Key: X25519", shown)
        self.assertIn("Verify return code: 0 (ok)", shown)
        self.assertIn("Max Early Data: 0", shown)
        self.assertIn("hello", shown)

    def s_client(self, *options):
        with network.inside(self.lab.namespace("client")):
            return subprocess.run(["openssl", "s_client", "-connect", f"{SERVER.ipv4}:{PORT}", "-CAfile", self.authority, *options],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False).stdout

    def test_a_page_comes_to_curl(self):
        def page(connection):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\npage!\n")

        self.origin(serve=page)
        done = self.lab.run("client", "curl", "-sS", "--cacert", self.authority, "--resolve", f"{NAME}:443:{SERVER.ipv4}",
                            f"https://{NAME}/")
        self.assertEqual(done.stdout, "page!\n")


class Ends(TlsTest):
    """How connections end, and how they begin."""

    def test_one_direction_s_end_leaves_the_other_open(self):
        def answer_at_the_end(connection):
            asked = b""
            with contextlib.suppress(ssl.SSLError):
                while piece := connection.recv(1 << 16):
                    asked += piece
            connection.sendall(b"still here: " + asked)

        self.origin(serve=answer_at_the_end)
        halves = Halves(self.plain(), client_context(self.authority), NAME)
        halves.until_done(halves.tls.do_handshake)
        halves.until_done(lambda: halves.tls.write(b"all I have"))
        halves.say_end()
        self.assertEqual(halves.until_done(lambda: halves.tls.read(1 << 16)), b"still here: all I have")

    def test_what_an_origin_cuts_off_looks_cut_off(self):
        def cut(connection):
            connection.sendall(b"half of")
            with socket.socket(fileno=os.dup(connection.fileno())) as plain:
                plain.shutdown(socket.SHUT_WR)
            connection.recv(1)

        self.origin(serve=cut)
        client = self.client()
        self.assertEqual(read_exactly(client, 7), b"half of")
        with self.assertRaises(ssl.SSLEOFError):
            client.recv(1)

    def test_a_reset_of_one_end_reaches_the_other(self):
        def reset(connection):
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, test_takeover.LINGER_RESET)

        self.origin(serve=reset)
        halves = Halves(self.plain(), client_context(self.authority), NAME)
        halves.until_done(halves.tls.do_handshake)
        halves.until_done(lambda: halves.tls.write(b"?"))
        with self.assertRaises(ConnectionResetError):
            halves.until_done(lambda: halves.tls.read(1))

    def test_a_hello_in_many_segments_or_many_records_is_answered(self):
        self.origin()
        for cut in ("segments", "records"):
            with self.subTest(cut):
                plain = self.plain()
                halves = Halves(plain, client_context(self.authority), NAME)
                hello = halves.hello()
                if cut == "segments":
                    for at in range(0, len(hello), 100):
                        plain.sendall(hello[at:at + 100])
                        time.sleep(0.01)  # a segment each
                else:
                    message = hello[5:]
                    for at in range(0, len(message), 50):
                        part = message[at:at + 50]
                        plain.sendall(hello[:3] + len(part).to_bytes(2, "big") + part)
                halves.until_done(halves.tls.do_handshake)
                halves.until_done(lambda: halves.tls.write(b"question"))
                self.assertEqual(halves.until_done(lambda: halves.tls.read(100)), b"question")

    def test_a_hundred_clients_at_once_each_have_their_session(self):
        self.origin()
        clients, problems = [], []

        def begin():
            try:
                clients.append(self.client())
            except OSError as problem:
                problems.append(problem)

        threads = [threading.Thread(target=begin) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(problems, [])
        for client in clients:
            self.says(client, os.urandom(5000))
        self.assertEqual(self.meanwhile("opened"), 100)
        for client in clients:
            client.close()
        self.eventually(lambda: self.counters()["sessions"] == 0, "all sessions over")


class Failures(TlsTest):
    def test_a_client_that_trusts_only_its_own_root_is_told_apart(self):
        self.origin()
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.client(client_context(self.root[0]))
        self.eventually_failed("client_refused")

    def test_an_origin_that_wants_a_client_s_certificate_is_told_apart(self):
        context = server_context(self.good)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.root[0])
        self.enterContext(Origin(self.lab.namespace("server"), PORT, context))
        with self.assertRaises(OSError):
            client = self.client()
            client.sendall(b"?")
            if not client.recv(1):
                raise ConnectionError
        self.eventually_failed("wants_certificate")

    def test_an_origin_without_tls_is_refused_with_an_alert(self):
        with network.inside(self.lab.namespace("server")):
            listener = socket.create_server((SERVER.ipv4, PORT))
        self.addCleanup(listener.close)

        def serve():
            connection, _ = listener.accept()
            connection.recv(1)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

        threading.Thread(target=serve, daemon=True).start()
        with self.assertRaisesRegex(ssl.SSLError, "HANDSHAKE_FAILURE"):
            self.client()
        self.eventually_failed("origin_refused")

    def test_what_no_session_speaks_passes_as_it_is(self):
        """A client of TLS 1.1 meets the origin itself."""
        self.enterContext(warnings.catch_warnings())
        warnings.simplefilter("ignore", DeprecationWarning)
        context = server_context(self.good, least=ssl.TLSVersion.TLSv1_1, most=ssl.TLSVersion.TLSv1_1)
        context.set_ciphers("ALL:@SECLEVEL=0")
        self.enterContext(Origin(self.lab.namespace("server"), PORT, context))
        own = client_context(self.root[0], most=ssl.TLSVersion.TLSv1_1)
        own.minimum_version = ssl.TLSVersion.TLSv1_1
        own.set_ciphers("ALL:@SECLEVEL=0")
        client = self.client(own)
        self.says(client)
        self.assertEqual(common_name(client), "Public Root")
        self.assertEqual(self.failed_meanwhile("unsupported"), 1)
        self.assertEqual(self.meanwhile("unopened"), 1)

    def test_without_sekisho_keys_sessions_go_on_new_ones_pass_and_later_ones_are_opened_again(self):
        self.origin()
        client = self.client()
        os.kill(self.keys.pid, signal.SIGKILL)
        self.keys.wait()
        self.says(client)
        self.eventually(lambda: common_name(self.client(client_context())) == "Public Root", "the origin's own certificate")
        self.says(client)
        self.start_keys()
        self.eventually(lambda: common_name(self.client(client_context())) == "Sekisho", "sekisho-keys is asked again")
        self.says(client)
        self.assertGreaterEqual(self.failed_meanwhile("no_leaf"), 1)


if __name__ == "__main__":
    unittest.main()
