"""Servers for the hosts of a lab. Each returns when it answers."""

import pathlib
import sys
import time

from . import process
from .lab import NAMES, LabError
from .network import exec_in

PROGRAMS = pathlib.Path(__file__).resolve().parents[1] / "services"
QUIC = PROGRAMS / "quic/quic.mjs"


def web(lab, host="server", ports=(80,)):
    """tools/lab/services/web.py: pages, big files, slow downloads."""
    server = lab.start(host, sys.executable, PROGRAMS / "web.py", *ports)
    return wait_for_port(lab, host, server, "tcp", ports[-1])


def certificate(lab, names, issuer=None):
    """A key and a certificate for these names, in one file; nobody but itself vouches for it, or this certificate."""
    key, made, both = (lab.directory / f"{names[0]}.{ending}" for ending in ("key", "crt", "pem"))
    signed = ["-CA", issuer, "-CAkey", issuer] if issuer else []
    process.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-days", "2", "-subj", f"/CN={names[0]}", "-keyout", key, "-out", made, *signed,
                 "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)])
    both.write_bytes(key.read_bytes() + made.read_bytes())
    return both


def https(lab, names, host="server", port=443, issuer=None):
    """The pages of web() over TLS, for these names. A client trusts certificate()'s file, or the issuer's."""
    both = certificate(lab, names, issuer)
    server = lab.start(host, sys.executable, PROGRAMS / "web.py", "--tls", both, port)
    wait_for_port(lab, host, server, "tcp", port)
    return both


def quic(lab, names, host="server", port=443):
    """services/quic/quic.mjs: sends back what a stream of QUIC brings, by IPv4 and IPv6."""
    process.run([PROGRAMS.parents[1] / "npm-packages", QUIC.parent])
    server = lab.start(host, "node", QUIC, "serve", "::", port, certificate(lab, names))
    return wait_for_port(lab, host, server, "udp", port)


def ftp(lab, host="server", port=21):
    server = lab.start(host, sys.executable, PROGRAMS / "ftp.py", port)
    return wait_for_port(lab, host, server, "tcp", port)


def mail(lab, host="mail", port=25):
    """tools/lab/services/mail.py: takes every message and keeps none."""
    server = lab.start(host, sys.executable, PROGRAMS / "mail.py", port)
    return wait_for_port(lab, host, server, "tcp", port)


def iperf3(lab, host="server", port=5201):
    server = lab.start(host, "iperf3", "-s", "-p", port)
    return wait_for_port(lab, host, server, "tcp", port)


def dns(lab, host="server", names=None, ttl=60):
    """dnsmasq, answering for the lab's names (NAMES) and everything below wild.example."""
    records = [f"--host-record={name},{v4},{v6}" for name, (v4, v6) in (names or NAMES).items()]
    server = lab.start(host, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=",
                       "--user=root", "--no-resolv", "--no-hosts", "--log-facility=-", f"--local-ttl={ttl}",
                       "--address=/wild.example/198.51.100.10", *records)
    return wait_for_port(lab, host, server, "udp", 53)


def dhcp(lab, host="server"):
    """dnsmasq, leasing 10.91.0.100 to 10.91.0.150."""
    leases = lab.directory / f"{host}.leases"
    server = lab.start(host, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=",
                       "--user=root", "--port=0", "--log-facility=-", "--interface=eth0", "--dhcp-authoritative",
                       "--no-ping", "--dhcp-range=10.91.0.100,10.91.0.150,255.255.255.0,2m",
                       f"--dhcp-leasefile={leases}")
    return wait_for_port(lab, host, server, "udp", 67)


def lease(lab, host="client", tries=3):
    """Asks for a lease with udhcpc, leaving the host's addresses alone. The address, or None."""
    asked = lab.run(host, "udhcpc", "-i", "eth0", "-f", "-q", "-n", "-t", tries, "-T", 1, "-s", "/bin/true",
                    check=False, timeout=tries * 3 + 10)
    for line in (asked.stdout + asked.stderr).splitlines():
        if "lease of " in line and " obtained" in line:
            return line.split("lease of ")[1].split()[0]
    return None


OF_HOST = {"dns": dns, "dhcp": dhcp, "mail": mail}  # what a further host is there for


def start_on(lab, hosts):
    """Starts what those of the further hosts offer that offer something."""
    for host in hosts:
        if host in OF_HOST:
            OF_HOST[host](lab, host)


def wait_for_port(lab, host, server, protocol, port, timeout=10.0):
    """Until something on the host listens on that port."""
    flag = {"tcp": "-Htln", "udp": "-Huln"}[protocol]
    limit = time.monotonic() + timeout
    while time.monotonic() < limit:
        listening = process.run(exec_in(lab.namespace(host), ["ss", flag]), check=False).stdout
        if any(line.split()[3].endswith(f":{port}") for line in listening.splitlines()):
            return server
        if server.poll() is not None:
            break
        time.sleep(0.03)
    raise LabError(f"{host}: no {protocol} server on port {port}: {server.log.read_text(errors='replace')[-500:]}")
