#!/usr/bin/env python3
"""HTTPS decryption against Squid's ssl-bump, sslsplit and mitmproxy: the same hosts, origins and load, in one run.

Clients and an nginx are on one core, whoever stands between them on the other. Ours is the gateway's bridge; a peer has
a router's namespace with its ports redirected, and all offloads of the virtual cables, which ours does without.

CPU of a new connection: user and system time of every process that it passes (of our packet worker, which polls, the
time in which it had packets) over TLS 1.3 connections that fetch 1 KB, without resumption. conns_ratio_best_peer: the
best peer's over ours. conns_ratio_bound: the crypto of both legs alone, by `openssl speed` (a P-256 signature, four
X25519, two RSA-2048 verifications), over ours. bulk_ratio_best_peer: bytes of 10 MB downloads per CPU second, ours over
the best peer's. bypass_ratio: the same downloads from a host that is exempted, over those without decryption in the
policy. Latency is what a request on a connection of its own takes longer than through a router; memory is
what 1,000 idle connections add.
"""

import contextlib
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from lab_traffic import (FORWARDER_CORE, OTHER_CORE, SERVER, LabError, bench_lab, gateway, median, pinned,
                         prepare, print_result, rounded)
from sekisho_lab import network

ROUNDS = 3
SECONDS = 5
IDLE_CONNECTIONS = 1000
ORIGINS = {"rsa.bench.test": "10.93.3.11", "ec.bench.test": "10.93.3.12"}
HOST = "rsa.bench.test"
PEER_PORT = 3129
TICKS = os.sysconf("SC_CLK_TCK")
# The peers look into nothing.
POLICY = """version: 1
profiles: [{{name: p, ips: {{enabled: false}}, anti_malware: {{enabled: false}}, web_reputation: {{enabled: false}},
             callbacks: {{enabled: false}}, https_decryption: {{enabled: {enabled}, untrusted_origin: refuse, exempt_hosts: [{exempt}]}}}}]
rules: [{{name: all, action: allow, profile: p, log: false}}]
"""
NGINX = """
user root; worker_processes 1; daemon off; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
worker_rlimit_nofile 65536; events {{ worker_connections 16384; }}
http {{
  access_log off; sendfile on; keepalive_timeout 600s; keepalive_requests 10000000;
  ssl_session_cache off; ssl_session_tickets off;
  client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy; fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
{servers}
}}
"""
NGINX_SERVER = """  server {{ listen {address}:443 ssl http2 backlog=4096; ssl_certificate {name}.crt;
    ssl_certificate_key {name}.key; ssl_protocols TLSv1.2 TLSv1.3; location / {{ root {root}; }} }}"""


class Certificates:
    """An authority for the origins, which everybody between trusts, their certificates, and the peers' authority."""

    def __init__(self, directory):
        self.directory = directory
        for authority in ("root", "box"):
            self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{authority}.key", "-out",
                         f"{authority}.crt", "-days", "30", "-subj", f"/CN=bench {authority}", "-addext",
                         "keyUsage=critical,keyCertSign,cRLSign")
        for host in ORIGINS:
            self.make_certificate(host)

    @property
    def root(self):
        return self.directory / "root.crt"

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True, timeout=60)

    def make_certificate(self, host):
        key = (["-newkey", "rsa:2048"] if host.startswith("rsa") else
               ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        self.openssl("req", *key, "-nodes", "-keyout", f"{host}.key", "-out", f"{host}.csr", "-subj", f"/CN={host}")
        (self.directory / f"{host}.ext").write_text(
            f"subjectAltName=DNS:{host}\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"
            "extendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n")
        self.openssl("x509", "-req", "-in", f"{host}.csr", "-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial",
                     "-days", "20", "-out", f"{host}.crt", "-extfile", f"{host}.ext")


def start_origins(lab, certificates):
    """An nginx with all names behind the server, which clients and proxies find in their /etc/hosts."""
    directory = lab.directory / "origins"
    directory.mkdir()
    for name, size in (("1k", 1 << 10), ("10m", 10 << 20)):
        (directory / name).write_bytes(os.urandom(size))
    servers = [NGINX_SERVER.format(address=address, name=certificates.directory / host, root=directory)
               for host, address in ORIGINS.items()]
    settings = directory / "nginx.conf"
    settings.write_text(NGINX.format(directory=directory, servers="\n".join(servers)))
    lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in ORIGINS.items())]
    for host in ("client", "gateway"):
        folder = network.RESOLV / lab.namespace(host)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text("\n".join(lines) + "\n")
    lab.run("server", "ip", "route", "add", "local", "10.93.3.0/24", "dev", "lo")
    lab.start("server", *pinned(OTHER_CORE, "nginx", "-c", settings))


# who stands between

class Router:
    """The kernel alone, in the namespace of the lab's gateway, which does not run meanwhile."""
    name = "router"

    def __init__(self, lab):
        self.lab, self.processes = lab, []

    def __enter__(self):
        self.offloads("on")
        for host, near, far, port in (("client", "10.93.1.1", "10.93.1.2", "lan0"),
                                      ("server", "10.93.2.1", "10.93.2.2", "wan0")):
            network.add_address(self.lab.namespace("gateway"), port, near + "/24")
            network.add_address(self.lab.namespace(host), "eth0", far + "/24")
        self.route("client", "10.93.3.0/24", "10.93.1.1")
        self.route("gateway", "10.93.3.0/24", "10.93.2.2")
        self.route("server", "10.93.1.0/24", "10.93.2.1")
        network.sysctl(self.lab.namespace("gateway"), net__ipv4__ip_forward=1)
        return self

    def __exit__(self, *_):
        network.sysctl(self.lab.namespace("gateway"), net__ipv4__ip_forward=0)
        for host, device in (("gateway", "lan0"), ("gateway", "wan0"), ("client", "eth0"), ("server", "eth0")):
            for net in ("10.93.1.0/24", "10.93.2.0/24"):
                network.ip("addr", "flush", "dev", device, "to", net, namespace=self.lab.namespace(host), check=False)
        for host, net in (("client", "10.93.3.0/24"), ("gateway", "10.93.3.0/24"), ("server", "10.93.1.0/24")):
            network.ip("route", "del", net, namespace=self.lab.namespace(host), check=False)
        self.offloads("off")

    def offloads(self, state):
        for host, device in (("gateway", "lan0"), ("gateway", "wan0"), ("client", "eth0"), ("server", "eth0")):
            self.lab.run(host, "ethtool", "-K", device, *(word for name in ("tx", "rx", "sg", "gso", "tso", "gro")
                                                          for word in (name, state)), check=False)

    def route(self, host, net, via):
        network.ip("route", "replace", net, "via", via, namespace=self.lab.namespace(host))

    def cpu_seconds(self):
        return sum(cpu_seconds(pid) for pid in self.pids())

    def pids(self):
        return [pid for process in self.processes for pid in family(process.pid)]


class Peer(Router):
    """A proxy that the router's connections are redirected to."""

    def __init__(self, lab, name, command):
        super().__init__(lab)
        self.name, self.command = name, command

    def __enter__(self):
        super().__enter__()
        rules = (f"table ip bench {{\n chain pre {{\n  type nat hook prerouting priority -100\n"
                 f"  iifname lan0 tcp dport 443 redirect to :{PEER_PORT}\n }}\n}}\n")
        self.lab.run("gateway", "nft", "-f", "-", stdin_text=rules)
        limit = ["prlimit", "--nofile=16384:16384"]
        self.processes = [self.lab.start("gateway", *limit, *pinned(FORWARDER_CORE, *self.command))]
        listening = ("ss", "-Hltn", f"sport = :{PEER_PORT}")
        wait_until(lambda: self.lab.run("gateway", *listening).stdout.strip(), f"{self.name} listens")
        return self

    def __exit__(self, *failure):
        for process in self.processes:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            if process.poll() is None:
                process.kill()
                process.wait()
        self.lab.run("gateway", "nft", "flush", "ruleset")
        return super().__exit__(*failure)


class Sekisho:
    """The lab's gateway with HTTPS decryption in its policy."""
    name = "Sekisho"

    def __init__(self, lab, enabled=True, exempt=""):
        self.lab, self.policy = lab, POLICY.format(enabled=str(enabled).lower(), exempt=exempt)
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        network.ip("route", "replace", "10.93.3.0/24", "via", SERVER.ipv4, namespace=self.lab.namespace("client"))
        self.gateway = self.stack.enter_context(gateway(self.lab))
        self.apply(self.policy)
        return self

    def __exit__(self, *failure):
        network.ip("route", "del", "10.93.3.0/24", namespace=self.lab.namespace("client"), check=False)
        return self.stack.__exit__(*failure)

    def apply(self, text):
        answer = self.gateway.control("policy.apply", yaml=text, comment="bench")
        if not answer["ok"]:
            raise LabError(f"policy: {json.dumps(answer['error'])}")
        wait_until(self.is_attached, "every worker has a channel to sekisho-decrypt")

    def is_attached(self):
        state = self.gateway.dataplane("status")["decryption"]
        return not state or state["attached"] == state["workers"]

    def pids(self):
        state = json.loads((self.gateway.run_dir / "supervisor.json").read_text())
        wanted = ("sekisho-decrypt", "sekisho-keys", "sekisho-dataplane")
        return [child["pid"] for child in state["processes"] if child["name"] in wanted]

    def cpu_seconds(self):
        """Of the worker only the time in which it had packets: it polls."""
        status = self.gateway.dataplane("status")
        spent = sum(worker["busy_seconds"] for worker in status["workers"])
        return spent + sum(cpu_seconds(pid) - polling_seconds(pid) for pid in self.pids())


def squid(lab, certificates):
    folder = lab.directory / "squid"
    folder.mkdir()
    generator = f"/usr/lib/squid/security_file_certgen -s {folder}/db -M 16MB"
    subprocess.run([*generator.split(), "-c"], check=True, capture_output=True, timeout=60)
    (folder / "squid.conf").write_text(f"""
http_port 127.0.0.1:3128
https_port {PEER_PORT} intercept ssl-bump tls-cert={certificates.directory}/box.crt tls-key={certificates.directory}/box.key generate-host-certificates=on dynamic_cert_mem_cache_size=16MB
sslcrtd_program {generator}
sslcrtd_children 2 startup=2 idle=1
acl step1 at_step SslBump1
ssl_bump peek step1
ssl_bump bump all
tls_outgoing_options cafile={certificates.root} default-ca=off
http_access allow all
cache deny all
cache_mem 8 MB
access_log none
cache_log {folder}/cache.log
pid_filename {folder}/squid.pid
coredump_dir {folder}
visible_hostname bench
hosts_file /etc/hosts
shutdown_lifetime 1 seconds
max_filedescriptors 16384
client_idle_pconn_timeout 10 minutes
pinger_enable off
icp_port 0
""")
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "proxy")
    (certificates.directory / "box.key").chmod(0o644)
    return ["squid", "-N", "-f", str(folder / "squid.conf")]


def sslsplit(lab, certificates):
    settings = lab.directory / "sslsplit.conf"
    settings.write_text(f"CACert {certificates.directory}/box.crt\nCAKey {certificates.directory}/box.key\nVerifyPeer yes\n"
                        f"NATEngine netfilter\nDenyOCSP no\nProxySpec https 0.0.0.0 {PEER_PORT}\n")
    return ["env", f"SSL_CERT_FILE={certificates.root}", "SSL_CERT_DIR=/nonexistent", "sslsplit", "-f", str(settings),
            "-u", "root"]


def mitmproxy(lab, certificates):
    folder = lab.directory / "mitmproxy"
    folder.mkdir()
    both = [(certificates.directory / f"box.{part}").read_text() for part in ("key", "crt")]
    (folder / "mitmproxy-ca.pem").write_text("".join(both))
    return ["mitmdump", "-q", "--mode", "transparent", "--showhost", "-p", str(PEER_PORT), "--set", f"confdir={folder}",
            "--set", f"ssl_verify_upstream_trusted_ca={certificates.root}", "--set", "stream_large_bodies=1m"]


PEERS = {"squid": squid, "sslsplit": sslsplit, "mitmdump": mitmproxy}


# measuring

def wait_until(condition, what, seconds=30):
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise LabError(f"not in {seconds} s: {what}")
        time.sleep(0.1)


def ticks(stat):
    """Seconds of user and system time in a /proc stat file."""
    fields = pathlib.Path(stat).read_text(errors="replace").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cpu_seconds(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return ticks(f"/proc/{pid}/stat")
    return 0.0


def polling_seconds(pid):
    """Of its packet workers."""
    spent = 0.0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if (task / "comm").read_text().startswith("rte-worker"):
                spent += ticks(task / "stat")
    return spent


def family(pid):
    """A process and what it started."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in pathlib.Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def resident_kilobytes(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            shown = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Rss:\s+(\d+)", shown, re.M).group(1))
    return total


def hey(lab, *options, host=HOST, path="1k"):
    return lab.run("client", *pinned(OTHER_CORE, "env", "GOMAXPROCS=2", "hey", *options, f"https://{host}/{path}"),
                   timeout=120).stdout


def connections(lab, between):
    """(new connections a second, CPU milliseconds of each)."""
    before, began = between.cpu_seconds(), time.monotonic()
    shown = hey(lab, "-z", f"{SECONDS}s", "-c", 16, "-disable-keepalive")
    spent, took = between.cpu_seconds() - before, time.monotonic() - began
    good = re.search(r"\[200\]\s+(\d+) responses", shown)
    if not good or "Error distribution" in shown:
        raise LabError(f"{between.name}: {shown[-1000:]}")
    return int(good.group(1)) / took, spent * 1000 / int(good.group(1))


def bulk(lab, between):
    """(Gbit/s, gigabytes per CPU second) of downloads of 10 MB."""
    before = between.cpu_seconds()
    shown = lab.run("client", *pinned(OTHER_CORE, "wrk", "-t1", "-c4", f"-d{SECONDS}s", "--timeout", "10s",
                                      f"https://{HOST}/10m"), timeout=120).stdout
    spent = between.cpu_seconds() - before
    found = re.search(r"([\d.]+)([KMG])B read", shown)
    if not found or "Non-2xx" in shown:
        raise LabError(f"{between.name}: {shown[-1000:]}")
    gigabytes = float(found.group(1)) * {"K": 2**10, "M": 2**20, "G": 2**30}[found.group(2)] / 1e9
    return gigabytes * 8 / SECONDS, gigabytes / spent if spent else 0.0


def latency(lab):
    """(p50, p99) in milliseconds of one request on a connection of its own."""
    shown = hey(lab, "-n", 200, "-c", 1, "-disable-keepalive", "-o", "csv")
    took = sorted(float(row["response-time"]) * 1000 for row in csv.DictReader(io.StringIO(shown))
                  if row["status-code"] == "200")
    if len(took) < 200:
        raise LabError(f"{200 - len(took)} of 200 requests failed")
    return took[99], took[197]


IDLE = """
import resource, socket, ssl, sys
host, count = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
held = [context.wrap_socket(socket.create_connection((host, 443), 20), server_hostname=host) for _ in range(count)]
print("held", flush=True)
sys.stdin.read()
"""


def idle_kilobytes(lab, between):
    """What an idle connection adds to the memory of all processes."""
    before = resident_kilobytes(between.pids())
    holder = lab.popen("client", *pinned(OTHER_CORE, sys.executable, "-c", IDLE, HOST, IDLE_CONNECTIONS),
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if holder.stdout.readline() != "held\n":
        raise LabError(f"{between.name}: {IDLE_CONNECTIONS} connections could not be made")
    time.sleep(1)
    added = resident_kilobytes(between.pids()) - before
    holder.stdin.close()
    holder.wait(timeout=30)
    holder.stdout.close()
    return added / IDLE_CONNECTIONS


def measure_between(lab, between):
    """The medians of one interceptor, which runs meanwhile."""
    with between:
        return measure(lab, between)


def measure(lab, between):
    memory = idle_kilobytes(lab, between) if between.name != "router" else 0.0
    hey(lab, "-n", 20, "-c", 1, "-disable-keepalive")
    rows = [(*connections(lab, between), *bulk(lab, between), *latency(lab)) for _ in range(ROUNDS)]
    names = ("conns_per_s", "cpu_ms", "gbits", "gb_per_cpu_second", "p50_ms", "p99_ms")
    result = {name: median(column) for name, column in zip(names, zip(*rows))} | {"kb_per_idle": memory}
    print(f"{between.name:10} {result['conns_per_s']:6.0f} connections/s, {result['cpu_ms']:.3f} ms of CPU each; "
          f"{result['gbits']:.2f} Gbit/s, {result['gb_per_cpu_second']:.2f} GB a CPU second; "
          f"{result['p50_ms']:.2f}/{result['p99_ms']:.2f} ms; {memory:.1f} KB an idle connection", flush=True)
    return result


def crypto_milliseconds():
    """Both legs of a connection, nothing but the crypto."""
    shown = subprocess.run(pinned(FORWARDER_CORE, "openssl", "speed", "-mr", "-seconds", "1", "rsa2048", "ecdsap256",
                                  "ecdhx25519"), capture_output=True, text=True, check=True, timeout=60).stdout
    rates = {line.split(":")[0]: [float(word) for word in line.split(":")[3:]] for line in shown.splitlines()
             if line.startswith(("+F2", "+F4", "+F5"))}  # signatures and verifications, derivations a second
    return 1000 * (1 / rates["+F4"][0] + 4 / rates["+F5"][0] + 2 / rates["+F2"][1])


def bypass_ratio(lab):
    """Downloads from an exempted host over the same without decryption, by turns."""
    rates = {"bypassed": [], "plain": []}
    with Sekisho(lab, enabled=False) as between:
        plain = between.policy
        exempted = POLICY.format(enabled="true", exempt=HOST)
        for _ in range(ROUNDS):
            for name, policy in (("plain", plain), ("bypassed", exempted)):
                between.apply(policy)
                rates[name].append(bulk(lab, between)[0])
    print(f"downloads: {median(rates['plain']):.2f} Gbit/s without decryption, {median(rates['bypassed']):.2f} from an "
          "exempted host", flush=True)
    return median(rates["bypassed"]) / median(rates["plain"])


def installed_peers():
    found = {name: command for name, command in PEERS.items() if shutil.which(name)}
    for name in sorted(PEERS.keys() - found.keys()):
        print(f"{name} is not installed (tools/install peers) and left out", flush=True)
    if not found or not shutil.which("hey") or not shutil.which("wrk"):
        sys.exit("no peers, or neither hey nor wrk to load them: tools/install peers")
    return found


def main():
    prepare()
    peers = installed_peers()
    bound = crypto_milliseconds()
    print(f"crypto of both legs: {bound:.3f} ms a connection", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        pathlib.Path(scratch).chmod(0o755)
        certificates = Certificates(pathlib.Path(scratch))
        with bench_lab("bench-tls", idle_sleep_us=50, shared_cores=True, decrypt_cores=[FORWARDER_CORE],
                       trusted_roots=str(certificates.root)) as lab:
            start_origins(lab, certificates)
            results = {"router": measure_between(lab, Router(lab)), "sekisho": measure_between(lab, Sekisho(lab))}
            for name, command in peers.items():
                results[name] = measure_between(lab, Peer(lab, name, command(lab, certificates)))
            bypassed = bypass_ratio(lab)
    ours, none, others = results["sekisho"], results["router"], [results[name] for name in peers]
    metrics = {
        "conns_ratio_best_peer": min(peer["cpu_ms"] for peer in others) / ours["cpu_ms"],
        "conns_ratio_bound": bound / ours["cpu_ms"],
        "bulk_ratio_best_peer": ours["gb_per_cpu_second"] / max(peer["gb_per_cpu_second"] for peer in others),
        "bypass_ratio": bypassed,
        "cpu_ms_per_connection": ours["cpu_ms"],
        "added_p50_ms": ours["p50_ms"] - none["p50_ms"],
        "added_p99_ms": ours["p99_ms"] - none["p99_ms"],
        "best_peer_added_p50_ms": min(peer["p50_ms"] for peer in others) - none["p50_ms"],
        "best_peer_added_p99_ms": min(peer["p99_ms"] for peer in others) - none["p99_ms"],
        "kb_per_idle_connection": ours["kb_per_idle"],
    }
    print_result({name: rounded(value) for name, value in metrics.items()})


if __name__ == "__main__":
    main()
