"""What the benchmarks that go through the lab share: a lab with a pinned gateway, rules, traffic, medians.

Cores: box.cores() gives one for everything else (generator, receiver, hosts' kernels, control plane) and
one for whatever forwards. A frame that arrives at a port costs the sender's core, as an interrupt would
on another machine; sending it on costs the forwarder's.
"""

import atexit
import contextlib
import dataclasses
import ipaddress
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

from sekisho_lab import HOSTS, Lab, LabError, box, network
from sekisho_lab.gateway import binaries

EVERY_CORE = os.sched_getaffinity(0)
OTHER_CORE, FORWARDER_CORE = box.cores()[0], box.cores()[1][0]
NICE = -15
AUTOGROUP = pathlib.Path("/proc/self/autogroup")
CLIENT, SERVER = HOSTS["client"], HOSTS["server"]
# Frames for nobody: the hosts' kernels count them and let them go without an answer.
NOBODY = {"client": "02:91:00:00:02:02", "server": "02:91:00:00:02:03"}


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule that both the gateway and nftables understand."""
    source: str  # a network
    destination: str
    protocol: str
    port: int
    action: str

    def yaml(self, number):
        return (f"  - {{name: rule {number}, source: {{addresses: [{self.source}]}}, destination: {{addresses: "
                f"[{self.destination}]}}, services: [{self.protocol}/{self.port}], action: {self.action}}}")

    def columns(self, number):
        """The same as an entry of the console's draft."""
        return {"name": f"rule {number}", "source": {"addresses": [self.source]},
                "destination": {"addresses": [self.destination]}, "services": [f"{self.protocol}/{self.port}"],
                "action": self.action}

    def nftables(self):
        verdict = {"allow": "accept", "block": "drop"}[self.action]
        return f"ip saddr {self.source} ip daddr {self.destination} {self.protocol} dport {self.port} {verdict}"


def individual_rules(count):
    """Hosts, networks and ports as offices have them, none of which the lab's own traffic matches."""
    rules = []
    for number in range(count):
        inside = ipaddress.ip_address("10.0.0.0") + (number * 2_654_435_761) % (1 << 22)
        outside = ipaddress.ip_address("20.0.0.0") + (number * 40_503_001) % (1 << 29)
        prefix = (32, 32, 28, 24)[number % 4]
        rules.append(Rule(source=str(ipaddress.ip_network(f"{inside}/{prefix}", strict=False)),
                          destination=str(ipaddress.ip_network(f"{outside}/{(32, 24, 16)[number % 3]}", strict=False)),
                          protocol=("tcp", "udp")[number % 3 == 0],
                          port=(443, 80, 22, 3389, 1024 + number % 60_000)[number % 5],
                          action=("allow", "block")[number % 10 < 3]))
    return rules


def policy_text(rules, *last_lines):
    """`rules` and then `last_lines` (lines of the table as text), by default an allow of everything."""
    lines = ["version: 1", "rules:"] + [rule.yaml(number) for number, rule in enumerate(rules, 1)]
    return "\n".join(lines + list(last_lines or ("  - {name: everything else, action: allow}",))) + "\n"


@contextlib.contextmanager
def gateway(lab):
    """The lab's gateway, running meanwhile."""
    with every_core():
        running = lab.start_gateway()
    try:
        yield running
    finally:
        running.stop()


@contextlib.contextmanager
def testpmd(lab):
    """dpdk-testpmd in io mode on the gateway's ports, with the arguments that the gateway gives DPDK."""
    log = lab.directory / "testpmd.log"
    devices = []
    for number, port in enumerate(("lan0", "wan0")):
        devices.append("--vdev=" + {
            "af_xdp": f"net_af_xdp{number},iface={port},start_queue=0,queue_count=1",
            "af_packet": f"net_af_packet{number},iface={port},blocksz=65536,framecnt=4096,qdisc_bypass=1,framesz=2048",
        }[lab.driver])
    memory = ["--in-memory"] if lab.huge_pages else ["--no-huge", "--no-shconf"]
    with open(log, "wb") as output, every_core():
        child = lab.popen("gateway", "dpdk-testpmd", f"--lcores=0@{OTHER_CORE},1@{FORWARDER_CORE}", "--no-telemetry",
                          "--no-pci", f"--file-prefix={lab.name}-testpmd", *memory, "-m", "128", *devices, "--",
                          "--forward-mode=io", "--auto-start", "--rxd=1024", "--txd=1024", "--burst=32",
                          "--total-num-mbufs=32768", stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until_forwarding(lab, child, log)
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdin.close()


def wait_until_forwarding(lab, forwarder=None, log=None, timeout=20.0):
    """Until a ping crosses; `forwarder` is a process that should not end before, with its log file."""
    limit = time.monotonic() + timeout
    while lab.run("client", "ping", "-q", "-c", 1, "-W", 0.2, SERVER.ipv4, check=False).returncode != 0:
        if time.monotonic() > limit or (forwarder is not None and forwarder.poll() is not None):
            raise LabError("nothing comes through" + (":\n" + log.read_text(errors="replace")[-2000:] if log else ""))


def pinned(core, *command):
    return ["taskset", "-c", str(core), *map(str, command)]


def generator(lab, mode, *options, macs=None):
    """Starts bench_traffic from client (a) to server (b); `macs`: what each is addressed by. finish() has what it
    reports."""
    ends = []
    for end, host in (("a", "client"), ("b", "server")):
        ends += [f"--{end}-namespace=/run/netns/{lab.namespace(host)}", f"--{end}-interface=eth0",
                 f"--{end}-address={HOSTS[host].ipv4}", f"--{end}-mac={(macs or NOBODY)[host]}"]
    child = subprocess.Popen(pinned(OTHER_CORE, binaries() / "bench_traffic", *ends, *options, mode), text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lab.children.append(child)
    lab.remember(child.pid)
    return child


def finish(child, stop=False, timeout=60):
    if stop:
        child.send_signal(signal.SIGTERM)
    output, errors = child.communicate(timeout=timeout)
    if child.returncode != 0:
        raise LabError(f"bench_traffic: exit {child.returncode}: {errors.strip()}")
    return json.loads(output.splitlines()[-1])


def received(lab, host, interface="eth0"):
    """Frames that have come in at a host's card so far."""
    with network.inside(lab.namespace(host)):
        for line in pathlib.Path("/proc/thread-self/net/dev").read_text(encoding="ascii").splitlines():
            name, _, numbers = line.partition(":")
            if name.strip() == interface:
                return int(numbers.split()[1])
    raise LabError(f"{host} has no {interface}")


def frames_per_second(lab, seconds=1.2, by_kernel=False):
    """A flood of 64-byte frames (60 and the FCS) of 1,000 flows from client to server: what arrives, and what was
    sent, a second; and the sender's core time per frame sent, which has in it what the kernel does in its context.
    `by_kernel`: more than anybody here can forward (xdp_flood.h)."""
    warm_up = 0.4
    options = [f"--seconds={seconds + warm_up + 0.2}", "--flows=1000"] + (["--by-kernel"] if by_kernel else [])
    with takes_xdp_frames(lab) if by_kernel else contextlib.nullcontext():
        child = generator(lab, "flood", *options)
        time.sleep(warm_up)
        began, before = time.monotonic(), received(lab, "server")
        time.sleep(seconds)
        after, ended = received(lab, "server"), time.monotonic()
        report = finish(child)
    return {"arrived": (after - before) / (ended - began), "sent": report["sent"] / report["seconds"],
            "sender_ns": report["cpu_seconds"] / report["sent"] * 1e9}


@contextlib.contextmanager
def takes_xdp_frames(lab):
    """A port that is no AF_XDP socket does with GRO, which leaves UDP as it is."""
    def gro(state):
        if lab.driver != "af_xdp":
            lab.run("gateway", "ethtool", "-K", "lan0", "gro", state)
    gro("on")
    try:
        yield
    finally:
        gro("off")


def tcp_gbits(lab, seconds=2, streams=2):
    """iperf3 from client to server, both ends on one core; its server must run."""
    for tries_left in (2, 1, 0):
        done = lab.run("client", *pinned(OTHER_CORE, "iperf3", "-c", SERVER.ipv4, "-t", seconds, "-P", streams, "-J"),
                       check=False, timeout=seconds + 20)
        report = json.loads(done.stdout)
        if "error" not in report:
            return report["end"]["sum_received"]["bits_per_second"] / 1e9
        if tries_left == 0:
            raise LabError(f"iperf3: {report['error']}")
        time.sleep(0.5)  # its server serves one test at a time and may still clear up
    return 0.0


def median(values):
    return statistics.median(values)


def rounded(value, digits=3):
    return float(f"{value:.{digits}g}") if value else 0.0


def prepare(*programs):
    """The benchmark's programs are built, or a message and an end; what else the machine does waits for us; and
    this process keeps off the forwarder's core."""
    for program in programs:
        if not (binaries() / program).exists():
            sys.exit(f"{program} is not built: run tools/build")
    if os.geteuid() != 0:
        sys.exit("a lab needs root")
    if OTHER_CORE == FORWARDER_CORE:
        sys.exit("a core for the forwarder and one for all else are needed")
    os.nice(NICE)  # everything that is measured inherits it
    set_autogroup(NICE)
    atexit.register(set_autogroup, 0)
    os.sched_setaffinity(0, {OTHER_CORE})


def set_autogroup(nice):
    """Where the kernel shares the processor out by session first, nice values count only within one."""
    with contextlib.suppress(OSError):
        AUTOGROUP.write_text(str(nice), encoding="ascii")


@contextlib.contextmanager
def every_core():
    """What is started meanwhile may choose its cores itself, as it may on a real box."""
    os.sched_setaffinity(0, EVERY_CORE)
    try:
        yield
    finally:
        os.sched_setaffinity(0, {OTHER_CORE})


def bench_lab(name, **options):
    """A lab whose gateway polls all the time, as testpmd does, on the forwarder's core."""
    return Lab(name, **{"idle_sleep_us": 0, "control_core": OTHER_CORE, "worker_cores": [FORWARDER_CORE],
                        "shared_cores": False} | options)


def print_result(metrics):
    print(json.dumps(metrics), flush=True)


__all__ = ["CLIENT", "FORWARDER_CORE", "LabError", "NOBODY", "OTHER_CORE", "Rule", "SERVER", "bench_lab", "binaries",
           "finish", "frames_per_second", "gateway", "generator", "individual_rules", "median", "pinned",
           "policy_text", "prepare", "print_result", "received", "rounded", "tcp_gbits", "testpmd",
           "wait_until_forwarding"]
