"""What is decided of decrypted connections: origins that are not to be trusted, plaintext that a worker looks at."""

import contextlib
import os
import pathlib
import ssl
import tempfile

import test_tls_sessions
from harness import unittest
from test_takeover import MEGABYTE, PORT, read_exactly, read_to_end
from test_tls_sessions import NAME, TLS12, TLS13
from tls_ends import Halves, Origin, client_context, common_name, server_context

OTHER_NAME = "other.example"


class BadOrigins(test_tls_sessions.TlsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stranger = cls.pki.root("Stranger")
        cls.bad = {
            "expired": cls.pki.issue(cls.root, "expired", f"DNS:{NAME}", (-30, -1)),
            "not yet valid": cls.pki.issue(cls.root, "early", f"DNS:{NAME}", (2, 30)),
            "another host": cls.pki.issue(cls.root, "another", f"DNS:{OTHER_NAME}"),
            "unknown issuer": cls.pki.issue(stranger, "unknown", f"DNS:{NAME}"),
            "by itself": cls.pki.root("itself"),
        }

    def each(self):
        for what, party in self.bad.items():
            with self.subTest(what), Origin(self.lab.namespace("server"), PORT, server_context(party)) as origin:
                yield origin


class ShownOrigins(BadOrigins):
    """Seen to be what they are: by an issuer that nobody has installed."""

    gateway_options = ("--untrusted", "show")

    def test_a_client_is_warned_and_whoever_goes_on_gets_through(self):
        for _ in self.each():
            with self.assertRaises(ssl.SSLCertVerificationError):
                self.client()
            client = self.client(client_context())
            self.assertNotEqual(common_name(client), "Sekisho")
            self.says(client)

    def test_who_resumes_a_session_with_an_origin_that_turned_bad_sees_its_certificate(self):
        contexts = [client_context(self.authority, most=most) for most in (TLS12, TLS13)]
        sessions = []
        with Origin(self.lab.namespace("server"), PORT, server_context(self.good)):
            for context in contexts:
                first = self.client(context)
                self.says(first)
                sessions.append(first.session)
                first.close()
        with Origin(self.lab.namespace("server"), PORT, server_context(self.bad["unknown issuer"])):
            for context, session in zip(contexts, sessions):
                with self.assertRaises(ssl.SSLCertVerificationError):
                    self.client(context, session=session)


class RefusedOrigins(BadOrigins):
    gateway_options = ("--untrusted", "refuse")

    def test_a_client_hears_an_alert_whomever_it_trusts(self):
        count = 0
        for _ in self.each():
            for context in (client_context(self.authority), client_context()):
                count += 1
                with self.assertRaisesRegex(ssl.SSLError, "ACCESS_DENIED"):
                    self.client(context)
                self.eventually_failed("untrusted_origin", count)

    def test_who_resumes_a_session_with_an_origin_that_turned_bad_hears_it_too(self):
        context = client_context(self.authority)
        with Origin(self.lab.namespace("server"), PORT, server_context(self.good)):
            first = self.client(context)
            self.says(first)
        with (Origin(self.lab.namespace("server"), PORT, server_context(self.bad["expired"])),
              self.assertRaisesRegex(ssl.SSLError, "ACCESS_DENIED")):
            self.client(context, session=first.session)


class TrustedByException(BadOrigins):
    """The administrator's own decision (R075)."""

    gateway_options = ("--untrusted", "trust")

    def test_a_client_sees_a_certificate_as_of_a_good_origin(self):
        for _ in self.each():
            client = self.client()
            self.assertEqual(common_name(client), "Sekisho")
            self.says(client)


class LentPlaintext(test_tls_sessions.TlsTest):
    """A worker that looks at everything before it goes on; the gateway of these tests does what plaintext asks for."""

    @classmethod
    def setUpClass(cls):
        cls.transcript = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="sekisho-tls-")))
        cls.gateway_options = ("--transcript", cls.transcript)
        super().setUpClass()

    def setUp(self):
        super().setUp()
        for side in ("client", "server"):
            (self.transcript / side).write_bytes(b"")

    def said(self, side):
        return (self.transcript / side).read_bytes()

    def test_everything_is_seen_and_arrives_as_it_was(self):
        self.origin()
        client = self.client()
        body, got = os.urandom(5 * MEGABYTE), b""
        for at in range(0, len(body), 100_000):
            client.sendall(body[at:at + 100_000])
            got += read_exactly(client, len(body[at:at + 100_000]))
        self.assertEqual(got, body)
        with contextlib.suppress(OSError):
            client.unwrap()
        client.close()
        for side in ("client", "server"):
            self.eventually(lambda s=side: self.said(s).endswith(b"<end>"), f"the end of what the {side} said")
            self.assertEqual(self.said(side).removesuffix(b"<end>"), body)

    def test_an_answer_of_the_worker_s_reaches_the_client_and_nothing_the_origin(self):
        heard = []

        def listen(connection):
            with contextlib.suppress(OSError):
                while data := connection.recv(1 << 16):
                    heard.append(data)
                    connection.sendall(b"fine. ")

        self.origin(serve=listen)
        client = self.client()
        client.sendall(b"GET / HTTP/1.1")
        self.assertEqual(read_exactly(client, 6), b"fine. ")
        client.sendall(b"answer me " + bytes(200_000))  # more than the session takes
        self.assertEqual(read_to_end(client), b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nno way")
        self.assertEqual(b"".join(heard), b"GET / HTTP/1.1")
        self.eventually(lambda: self.counters()["sessions"] == 0, "the session over")
        self.assertEqual(self.meanwhile("answered"), 1)

    def test_what_a_worker_condemns_is_reset_at_both_ends(self):
        ends = []

        def wait(connection):
            try:
                connection.sendall(connection.recv(10))
                connection.recv(10)
            except OSError as problem:
                ends.append(problem)

        self.origin(serve=wait)
        for asked, counter in ((b"condemn me", "condemned"), (b"believe me", "malformed")):
            with self.subTest(asked):
                halves = Halves(self.plain(), client_context(self.authority), NAME)
                halves.until_done(halves.tls.do_handshake)
                halves.until_done(lambda h=halves: h.tls.write(b"0123456789"))
                self.assertEqual(halves.until_done(lambda h=halves: h.tls.read(100)), b"0123456789")
                halves.until_done(lambda h=halves, a=asked: h.tls.write(a))
                with self.assertRaises(ConnectionResetError):
                    halves.until_done(lambda h=halves: h.tls.read(100))
                self.assertEqual(self.meanwhile(counter), 1)
        self.eventually(lambda: len(ends) == 2, "the origins' ends")

    def test_an_origin_that_is_refused_can_be_explained_by_an_answer_only(self):
        stranger = self.pki.root("Unheard Of")
        party = self.pki.issue(stranger, "unheard", f"DNS:{NAME}")
        with Origin(self.lab.namespace("server"), PORT, server_context(party)) as origin:
            client = self.client(client_context())
            self.assertNotEqual(common_name(client), "Sekisho")
            client.sendall(b"answer me")
            self.assertIn(b"no way", read_to_end(client))
            other = self.client(client_context())
            other.sendall(b"let me through")  # the worker would
            with self.assertRaises(OSError):
                self.assertEqual(other.recv(1), b"nothing")
            self.eventually_failed("untrusted_origin")
            self.eventually(lambda: len(origin.seen) == 2, "the origin met")


if __name__ == "__main__":
    unittest.main()
