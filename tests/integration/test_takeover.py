"""Late takeover: connections that two hosts opened end to end go on through sekisho-decrypt, and neither notices."""

import contextlib
import hashlib
import os
import signal
import socket
import struct
import threading
import time

from frames import WireEnd
from harness import CLIENT, SERVER, Lab, network, unittest
from sekisho_lab.gateway import binaries, request

PORT, OTHER_PORT = 443, 80
MEGABYTE = 1 << 20
LINGER_RESET = struct.pack("ii", 1, 0)


def client_hello(size=517):
    """The outside of one; what is in it is not our business here."""
    body = os.urandom(size - 9)
    return b"\x16\x03\x01" + struct.pack("!H", size - 5) + b"\x01" + len(body).to_bytes(3, "big") + body


def read_exactly(connection, count):
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(min(count - len(data), 1 << 18))
        if not piece:
            raise ConnectionError(f"ended after {len(data)} of {count} bytes")
        data += piece
    return bytes(data)


def read_to_end(connection):
    data = bytearray()
    while piece := connection.recv(1 << 18):
        data += piece
    return bytes(data)


class TakeoverTest(unittest.TestCase):
    """A client and a server, between them the test's worker and the real sekisho-decrypt."""

    gateway_options = ()
    decrypt_prefix = ()
    box_changes = {}

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab(f"t{os.getpid()}-{cls.__name__.lower()}"[:40], **cls.box_changes))
        cls.socket = cls.lab.directory / "run/decrypt.sock"
        cls.start_decrypt()
        cls.worker = cls.lab.start("gateway", binaries() / "test_takeover_gateway", "--decrypt", cls.socket, "--port", PORT,
                                   *cls.gateway_options)
        cls.eventually_attached(1)
        cls.listeners = {}

    def setUp(self):
        with network.inside(self.lab.namespace("server")):
            for port in (PORT, OTHER_PORT):
                listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
                listener.settimeout(10)
                self.addCleanup(listener.close)
                self.listeners[port] = listener

    @classmethod
    def start_decrypt(cls):
        cls.decrypt = cls.lab.start("gateway", *cls.decrypt_prefix, binaries() / "sekisho-decrypt", "--box",
                                    cls.lab.directory / "box.yaml")

    @classmethod
    def eventually_attached(cls, times):
        limit = time.monotonic() + 60
        while cls.worker.log.read_text().count("attached") < times:
            if time.monotonic() > limit:
                raise AssertionError(f"not attached: {cls.worker.log.read_text()} {cls.decrypt.log.read_text()}")
            time.sleep(0.05)

    def eventually(self, condition, what, timeout=20.0):
        limit = time.monotonic() + timeout
        while time.monotonic() < limit:
            if value := condition():
                return value
            time.sleep(0.02)
        return self.fail(f"not within {timeout:.0f} s: {what}")

    def counters(self):
        return request(self.socket, {"op": "status"})["loops"][0]

    def opened_meanwhile(self, before):
        return self.counters()["taken_over"] - before["taken_over"]

    def connect(self, family=socket.AF_INET, port=PORT):
        """Both ends of a connection, once the handshake is over."""
        with network.inside(self.lab.namespace("client")):
            client = socket.socket(family, socket.SOCK_STREAM)
        client.settimeout(20)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.addCleanup(client.close)
        client.connect((SERVER.ipv6 if family == socket.AF_INET6 else SERVER.ipv4, port))
        server, peer = self.listeners[port].accept()
        server.settimeout(20)
        self.addCleanup(server.close)
        self.assertEqual(peer[1], client.getsockname()[1])
        return client, server

    def taken_over(self, family=socket.AF_INET, size=517):
        """Both ends of a connection that sekisho-decrypt has, and its ClientHello arrived."""
        before = self.counters()
        client, server = self.connect(family)
        hello = client_hello(size)
        client.sendall(hello)
        self.assertEqual(read_exactly(server, size), hello)
        self.assertEqual(self.opened_meanwhile(before), 1)
        return client, server

    def exchange(self, client, server, count):
        """Random bytes both ways at once arrive as they were."""
        sent = {end: os.urandom(count) for end in (client, server)}
        got = {}
        threads = [threading.Thread(target=end.sendall, args=(sent[end],)) for end in (client, server)]
        threads += [threading.Thread(target=lambda e=end: got.update({e: read_exactly(e, count)})) for end in (client, server)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        for end, other in ((client, server), (server, client)):
            self.assertEqual(hashlib.sha256(got.get(end, b"")).digest(), hashlib.sha256(sent[other]).digest())


class Takeover(TakeoverTest):
    def test_twenty_megabytes_each_way_arrive_as_they_were(self):
        for family in (socket.AF_INET, socket.AF_INET6):
            with self.subTest(family=family):
                client, server = self.taken_over(family)
                self.exchange(client, server, 20 * MEGABYTE)

    def test_every_set_of_options_that_ends_agree_on_is_gone_on_with(self):
        """Of the client, which decides."""
        options = ("tcp_timestamps", "tcp_sack", "tcp_window_scaling")
        namespace = self.lab.namespace("client")
        self.addCleanup(network.sysctl, namespace, **{f"net__ipv4__{name}": 1 for name in options})
        for mask in range(8):
            values = {name: mask >> i & 1 for i, name in enumerate(options)}
            network.sysctl(namespace, **{f"net__ipv4__{name}": value for name, value in values.items()})
            for family in (socket.AF_INET, socket.AF_INET6):
                with self.subTest(family=family, **values):
                    client, server = self.taken_over(family)
                    self.exchange(client, server, 2 * MEGABYTE)
                    self.assertEqual(bool(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5] & 1),
                                     bool(values["tcp_timestamps"]))

    def test_what_goes_to_the_server_echoes_its_timestamp_from_the_first_segment_on(self):
        with WireEnd(self.lab, "server") as wire:
            client, server = self.taken_over()
            frames = []
            while (frame := wire.receive(0.3)) is not None:
                frames.append(frame)
        data = [frame for frame in frames if len(frame) > 300 and frame[23] == 6 and frame[36:38] == struct.pack("!H", PORT)]
        self.assertTrue(data)
        tcp = data[0][34:]
        self.assertEqual(tcp[20:24], b"\x01\x01\x08\x0a")
        self.assertNotEqual(tcp[28:32], bytes(4))

    def test_a_half_closed_connection_goes_on_in_the_other_direction(self):
        for closing in (0, 1):
            with self.subTest("client" if closing == 0 else "server"):
                ends = self.taken_over()
                first, second = ends[closing], ends[1 - closing]
                first.sendall(b"last words")
                first.shutdown(socket.SHUT_WR)
                self.assertEqual(read_to_end(second), b"last words")
                answer = os.urandom(MEGABYTE)
                second.sendall(answer)
                second.close()
                self.assertEqual(read_to_end(first), answer)
        self.eventually(lambda: self.counters()["sessions"] == 0, "both sessions over")

    def test_a_reset_of_one_end_reaches_the_other(self):
        for resetting in (0, 1):
            with self.subTest("client" if resetting == 0 else "server"):
                ends = self.taken_over()
                ends[resetting].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
                ends[resetting].close()
                with self.assertRaises(ConnectionResetError):
                    ends[1 - resetting].recv(1)

    def test_an_end_that_does_not_read_holds_the_other_back(self):
        client, server = self.taken_over()
        client.settimeout(1.5)
        sent, body = 0, os.urandom(MEGABYTE)
        with contextlib.suppress(TimeoutError):
            while sent < 200 * MEGABYTE:
                sent += client.send(body)
        self.assertLess(sent, 64 * MEGABYTE)
        client.settimeout(20)
        self.assertTrue(read_exactly(server, sent) is not None)
        self.exchange(client, server, MEGABYTE)

    def test_a_client_hello_in_many_segments_is_held_until_it_is_whole(self):
        before = self.counters()
        client, server = self.connect()
        hello = client_hello(1800)
        for begin in range(0, 1800, 300):
            self.assertEqual(self.opened_meanwhile(before), 0)
            client.sendall(hello[begin:begin + 300])
            time.sleep(0.02)  # a segment each
        self.assertEqual(read_exactly(server, 1800), hello)
        self.assertEqual(self.opened_meanwhile(before), 1)
        self.exchange(client, server, MEGABYTE)

    def test_what_is_no_tls_passes_unopened(self):
        before = self.counters()
        client, server = self.connect()
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(read_exactly(server, 18), b"GET / HTTP/1.0\r\n\r\n")
        self.exchange(client, server, MEGABYTE)
        client, server = self.connect()
        server.sendall(b"220 a server that speaks first\r\n")
        self.assertEqual(read_exactly(client, 32), b"220 a server that speaks first\r\n")
        self.assertEqual(self.opened_meanwhile(before), 0)

    def test_a_client_that_goes_away_early_leaves_nothing_behind(self):
        before = self.counters()
        for reset in (False, True):
            with self.subTest(reset=reset):
                client, server = self.connect()
                client.sendall(client_hello()[:100])
                if reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
                client.close()
                if reset:
                    with self.assertRaises(ConnectionResetError):
                        read_to_end(server)
                else:
                    self.assertEqual(len(read_to_end(server)), 100)
        self.assertEqual(self.opened_meanwhile(before), 0)

    def test_a_port_that_is_used_again_at_once_is_taken_over_again(self):
        for _ in range(3):
            with network.inside(self.lab.namespace("client")):
                client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.bind((CLIENT.ipv4, 45_000))
            client.settimeout(10)
            client.connect((SERVER.ipv4, PORT))
            server, _ = self.listeners[PORT].accept()
            hello = client_hello()
            client.sendall(hello)
            self.assertEqual(read_exactly(server, 517), hello)
            server.close()
            self.assertEqual(read_to_end(client), b"")
            client.close()
            self.eventually(lambda: self.counters()["sessions"] == 0, "the session over")

    def test_many_connections_at_once(self):
        pairs = [self.taken_over() for _ in range(100)]
        for client, server in pairs:
            self.exchange(client, server, 50_000)
        self.assertGreaterEqual(self.counters()["sessions"], 100)
        for client, server in pairs:
            client.close()
            server.close()
        self.eventually(lambda: self.counters()["sessions"] == 0, "all sessions over")


class SlowAnswers(TakeoverTest):
    """A worker that hears late that the connections are rebuilt: everything meanwhile is in flight."""

    gateway_options = ("--hold-answers-ms", "450")

    def test_a_retransmitted_client_hello_arrives_once(self):
        client, server = self.taken_over()  # its retransmission timer is at 200 ms
        self.exchange(client, server, MEGABYTE)

    def test_segments_in_flight_while_the_sockets_are_rebuilt_are_not_lost(self):
        client, server = self.connect()
        body = client_hello() + os.urandom(MEGABYTE)
        sender = threading.Thread(target=client.sendall, args=(body,))
        sender.start()
        self.assertEqual(read_exactly(server, len(body)), body)
        sender.join(10)

    def test_a_client_that_resets_meanwhile_takes_the_server_along(self):
        client, server = self.connect()
        client.sendall(client_hello())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        client.close()
        with self.assertRaises(ConnectionResetError):
            read_to_end(server)


class FullProcess(TakeoverTest):
    decrypt_prefix = ("prlimit", "--nofile=516:516")  # descriptors for two sessions

    def test_connections_beyond_what_the_process_holds_pass_unopened(self):
        pairs = [self.taken_over() for _ in range(2)]
        client, server = self.connect()
        hello = client_hello()
        client.sendall(hello)
        self.assertEqual(read_exactly(server, 517), hello)
        self.exchange(client, server, MEGABYTE)
        self.assertEqual(self.counters()["refused_full"], 1)
        for pair in pairs:
            self.exchange(*pair, MEGABYTE)


class DeadProcess(TakeoverTest):
    def kill(self):
        seen = self.worker.log.read_text().count("lost")
        os.kill(self.decrypt.pid, signal.SIGKILL)
        self.eventually(lambda: self.worker.log.read_text().count("lost") > seen, "its death noticed")

    def test_its_connections_are_reset_others_run_on_and_new_ones_pass_until_it_is_back(self):
        opened = self.taken_over()
        self.exchange(*opened, MEGABYTE)
        plain = self.connect(port=OTHER_PORT)
        self.kill()
        for end in opened:
            with self.assertRaises(ConnectionResetError):
                end.recv(1)
        self.exchange(*plain, MEGABYTE)
        client, server = self.connect()
        hello = client_hello()
        client.sendall(hello)
        self.assertEqual(read_exactly(server, 517), hello)
        self.exchange(client, server, MEGABYTE)
        attached = self.worker.log.read_text().count("attached")
        self.start_decrypt()
        self.eventually_attached(attached + 1)
        self.exchange(*self.taken_over(), MEGABYTE)


if __name__ == "__main__":
    unittest.main()
