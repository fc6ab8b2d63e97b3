"""What the integration tests share: a lab for each test class, policies as values, probes."""

import contextlib
import json
import os
import pathlib
import socket
import sys
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/lab"))
sys.dont_write_bytecode = True

from sekisho_lab import HOSTS, Lab  # noqa: E402
from sekisho_lab import network, services  # noqa: E402

CLIENT, CLIENT2, SERVER = HOSTS["client"], HOSTS["client2"], HOSTS["server"]
SILENCE_SECONDS = 0.7  # without an answer for so long, a probe calls it silence


def rule(name, action, **columns):
    return {"name": name, "action": action} | columns


def policy(*rules, objects=None, packet_checks=None, profiles=None, ips_rules=None, ips_variables=None,
           lists=None, block_page=None, users=None):
    """A policy file with these rules. (JSON is YAML: each rule stands on a line of its own.)"""
    lines = ["version: 1"]
    if profiles:
        lines.append(f"profiles: {json.dumps(profiles)}")
    if ips_rules:
        lines += ["ips_rules:"] + [f"  - {json.dumps(one)}" for one in ips_rules]
    if ips_variables:
        lines.append(f"ips_variables: {json.dumps(ips_variables)}")
    if lists:
        lines.append(f"lists: {json.dumps(lists)}")
    if users:
        lines.append(f"users: {json.dumps(users)}")
    if objects:
        lines.append(f"objects: {json.dumps(objects)}")
    if packet_checks:
        lines.append(f"packet_checks: {json.dumps(packet_checks)}")
    if block_page:
        lines.append(f"block_page: {json.dumps(block_page, ensure_ascii=False)}")
    lines.append("rules:" if rules else "rules: []")
    lines += [f"  - {json.dumps(one, ensure_ascii=False)}" for one in rules]
    return "\n".join(lines) + "\n"


ALLOW_ALL = rule("everything", "allow")
BLOCK_ALL = rule("firewall", "block")


class LabTest(unittest.TestCase):
    """A test class with a lab and a running gateway of its own."""

    hosts = ("client", "server")
    lab_options = {}
    wanted_services = ()  # functions of sekisho_lab.services

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab(f"t{os.getpid()}-{cls.__name__.lower()}"[:40], hosts=cls.hosts,
                                            **cls.lab_options))
        for service in cls.wanted_services:
            service(cls.lab)
        cls.gateway = cls.lab.start_gateway()

    def run(self, result=None):
        bad = (len(result.failures) + len(result.errors)) if result else 0
        done = super().run(result)
        if result and len(result.failures) + len(result.errors) > bad and self.gateway:
            print(f"--- the gateway's log in {self.id()}:\n{self.gateway.log_tail()}\n---", file=sys.stderr)
        return done

    # policy

    def apply(self, *rules, **parts):
        """Puts a policy in force; it is when this returns."""
        answer = self.gateway.control("policy.apply", yaml=policy(*rules, **parts), comment=self.id())
        self.assertTrue(answer["ok"], answer)
        return answer

    def factory(self):
        answer = self.gateway.control("policy.apply", yaml=(ROOT / "config/policy/factory_policy.yaml").read_text(),
                                      comment="factory")
        self.assertTrue(answer["ok"], answer)

    def counters(self):
        return self.gateway.dataplane("counters")["counters"]

    def hits(self):
        """Rule number -> packets."""
        return {entry["rule"]: entry["packets"] for entry in self.gateway.dataplane("policy.hits")["rules"]}

    # probes

    def inside(self, host):
        return network.inside(self.lab.namespace(host))

    def connect(self, address, port, host="client", source=None, timeout=SILENCE_SECONDS):
        """What a TCP connection attempt meets: "open", "refused", "silence"."""
        outcome, connection = self.try_connect(address, port, host, source, timeout)
        if connection is not None:
            connection.close()
        return outcome

    def try_connect(self, address, port, host="client", source=None, timeout=SILENCE_SECONDS):
        with self.inside(host):
            probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        probe.settimeout(timeout)
        try:
            if source:
                probe.bind((source, 0))
            probe.connect((address, port))
            return "open", probe
        except (ConnectionRefusedError, ConnectionResetError):
            probe.close()
            return "refused", None
        except TimeoutError:
            probe.close()
            return "silence", None

    def ask_udp(self, address, port, host="client", body=b"hello", timeout=SILENCE_SECONDS, source=None):
        """The answer of a UDP server, None for silence."""
        with self.inside(host):
            probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        with probe:
            probe.settimeout(timeout)
            if source:
                probe.bind((source, 0))
            probe.sendto(body, (address, port))
            try:
                return probe.recv(65536)
            except (TimeoutError, ConnectionRefusedError):
                return None

    def ping(self, address, host="client", *options):
        return self.lab.run(host, "ping", "-c", 1, "-W", 1, *options, address, check=False).returncode == 0

    def page(self, url, host="client", timeout=3):
        """What curl fetches, None when it cannot."""
        fetched = self.lab.run(host, "curl", "-s", "-f", "-m", timeout, url, check=False)
        return fetched.stdout if fetched.returncode == 0 else None

    def eventually(self, condition, what, timeout=30.0):
        limit = time.monotonic() + timeout
        while time.monotonic() < limit:
            if value := condition():
                return value
            time.sleep(0.05)
        return self.fail(f"not within {timeout:.0f} s: {what}")

    # events

    def events(self, kind=None):
        """The EVE records so far, of the file in use."""
        records = []
        with contextlib.suppress(FileNotFoundError):
            for line in (self.lab.directory / "log/eve.json").read_text(errors="replace").splitlines():
                with contextlib.suppress(ValueError):  # the last line may be half written
                    record = json.loads(line)
                    if kind is None or record.get("event_type") == kind:
                        records.append(record)
        return records


class EchoServer:
    """Echoes UDP datagrams and TCP bytes on one port of a host, over IPv4 and IPv6."""

    def __init__(self, lab, host, port):
        self.port = port
        with network.inside(lab.namespace(host)):
            self.udp = self.bound(socket.SOCK_DGRAM)
            self.tcp = self.bound(socket.SOCK_STREAM)
            self.udp4 = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # One IPv6 socket would answer IPv4 too, but from whatever address routing picks.
        self.udp4.bind(("0.0.0.0", port))
        self.tcp.listen(64)
        for target in (lambda: self.serve_udp(self.udp), lambda: self.serve_udp(self.udp4), self.serve_tcp):
            threading.Thread(target=target, daemon=True).start()

    def bound(self, kind):
        sock = socket.socket(socket.AF_INET6, kind)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(kind == socket.SOCK_DGRAM))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("::", self.port))
        return sock

    def serve_udp(self, sock):
        with contextlib.suppress(OSError):
            while True:
                body, sender = sock.recvfrom(65536)
                sock.sendto(body, sender)

    def serve_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.echo, args=(self.tcp.accept()[0],), daemon=True).start()

    @staticmethod
    def echo(connection):
        with connection, contextlib.suppress(OSError):
            while body := connection.recv(65536):
                connection.sendall(body)


class ConnectProxy:
    """A proxy on the server that takes CONNECT only and leads to one port of the server itself, whatever it is asked for."""

    def __init__(self, lab, port, upstream):
        self.namespace = lab.namespace("server")
        self.upstream = upstream
        with network.inside(self.namespace):
            self.listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.lead, args=(self.listener.accept()[0],), daemon=True).start()

    def lead(self, client):
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                body = client.recv(4096)
                if not body:
                    return
                head += body
            with network.inside(self.namespace):
                server = socket.create_connection((SERVER.ipv4, self.upstream))
            with server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
                back.start()
                self.pump(client, server)
                back.join()

    @staticmethod
    def pump(source, sink):
        with contextlib.suppress(OSError):
            while body := source.recv(65536):
                sink.sendall(body)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def connect_proxy(port, upstream):
    """For LabTest.wanted_services."""
    return lambda lab: ConnectProxy(lab, port, upstream)


def echo(port):
    """For LabTest.wanted_services: an echo server on that port of the server."""
    return lambda lab: EchoServer(lab, "server", port)


__all__ = ["ALLOW_ALL", "BLOCK_ALL", "CLIENT", "CLIENT2", "HOSTS", "SERVER", "ROOT", "EchoServer", "Lab", "LabTest", "connect_proxy", "echo", "network",
           "policy", "rule", "services", "unittest"]
