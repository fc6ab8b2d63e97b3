#!/usr/bin/env python3
"""Brings up a gateway and keeps it up: in the lab (default), or between two real interfaces."""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap
import threading

sys.dont_write_bytecode = True
from sekisho_lab import HOSTS, GatewayError, Lab, LabError, running_labs  # noqa: E402
from sekisho_lab import network, process, services  # noqa: E402
from sekisho_lab.console import ADMIN, Console  # noqa: E402
from sekisho_lab.gateway import ROOT  # noqa: E402
from sekisho_lab.lab import AF_XDP_MAX_MTU, NAMES, Instance, default_driver, port, stop_lab  # noqa: E402

READY = "(ready)"
DEFAULT_NAME = "run"
PCI = re.compile(r"([0-9a-fA-F]{4}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]")

PICTURE = """
   client                         gateway                           server
   {client.ipv4:<14}  eth0 === lan0 [ sekisho ] wan0 === eth0   {server.ipv4}
   {client.ipv6:<14}                                            {server.ipv6}
                                                           and 198.51.100.10 (US), 203.0.113.10 (KP)
"""

CONSOLE = """
   The console:  {url}    log in as {login} with the password {password}

  1. Policy rules: add one that blocks tcp/80 from everywhere and save it. tools/lab/enter client curl http://10.91.0.3/
     still gets its page: what is saved is not yet delivered.
  2. Deliver all, in the yellow bar. When it says success, the same curl gets no answer, and Policy enforcement
     names the rule, its version and both addresses.
  3. Delivery history: compare with the one before, return to it, deliver all: the page is back.
"""

THINGS_TO_TRY = """
A web server, an FTP server, iperf3 and DNS run on the server; DNS knows
{names}.
In another terminal:

  tools/lab/enter client curl http://server.lab.example/       a page, over IPv6 (curl -4: over IPv4)
  tools/lab/sekisho flows                                      the flow it made
  tools/lab/sekisho status                                     workers, policy, ports
  tools/lab/sekisho explain -s 10.91.0.2 -d 10.91.0.3:80       which rule decides, and why no earlier one
  tools/lab/sekisho policy factory > my.yaml                   a policy file with comments: edit it, then
  tools/lab/sekisho policy check my.yaml                       mistakes, with line and column
  tools/lab/sekisho policy apply my.yaml                       enforced within a second, no packet lost
  tools/lab/enter client iperf3 -c 10.91.0.3                   throughput
  tools/lab/sekisho trace 10.91.0.2                            live verdicts of the client
  tools/lab/enter client bash                                  a shell on the client
"""

THINGS_TO_TRY_WITH = {  # a further host
    "client2": "tools/lab/enter client2 curl http://server.lab.example/      a second client behind the gateway",
    "dns": "tools/lab/enter client busybox nslookup www.us.example 10.91.0.53\n"
           "                                                               a name, asked of this server",
    "dhcp": "tools/lab/enter client udhcpc -i eth0 -f -q -n -s /bin/true\n"
            "                                                               a lease, asked for and not put to use",
    "mail": "echo hello | tools/lab/enter client curl --crlf -T - smtp://mail.lab.example --mail-from a@a.example "
            "--mail-rcpt b@b.example\n"
            "                                                               a message, taken and dropped",
    "attacker": "tools/lab/enter attacker ping 10.91.0.2                      traffic that begins outside",
}
OFFERS = {"console": "the console", "dns": "DNS", "dhcp": "DHCP, leases 10.91.0.100 to 10.91.0.150", "mail": "SMTP, keeps nothing"}
MTU_RANGE = range(1280, 9001)  # of a box file's `mtu`; 1280: what IPv6 needs (RFC 8200 section 5)
RULE_PACKS = ROOT / "rules/ips/starter"
SIGNATURES = ROOT / "rules/malware/starter"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/run", description=__doc__.splitlines()[0],
                                     epilog="Ctrl-C ends it and takes everything away again.")
    parser.add_argument("--name", default=DEFAULT_NAME, help=f"name of the lab (default: {DEFAULT_NAME})")
    parser.add_argument("--driver", choices=("af_packet", "af_xdp"), help="how kernel interfaces are driven "
                        f"(default: af_xdp, for an MTU above {AF_XDP_MAX_MTU} af_packet)")
    parser.add_argument("--mtu", type=int, default=1500, help=f"{MTU_RANGE[0]} to {MTU_RANGE[-1]} (default: 1500)")
    parser.add_argument("--hosts", default="", metavar="A,B", help="further hosts in the lab: "
                        + ", ".join(host for host in HOSTS if host not in ("client", "server")))
    parser.add_argument("--lan", metavar="IF", help="a real interface: kernel name, or PCI address of a NIC "
                        "bound to a DPDK driver (dpdk-devbind.py)")
    parser.add_argument("--wan", metavar="IF", help="the other one")
    parser.add_argument("--data", metavar="DIR", default="/var/lib/sekisho", help="where policies and events are kept "
                        "with --lan and --wan (default: /var/lib/sekisho)")
    parser.add_argument("--no-console", action="store_true", help="the gateway alone, without a console")
    parser.add_argument("--geo", metavar="PATH", help="country database (MMDB file or folder)")
    parser.add_argument("--detach", action="store_true", help="return when the gateway runs")
    parser.add_argument("--stop", action="store_true", help="end a gateway started with --detach")
    parser.add_argument("--attached-child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if bool(options.lan) != bool(options.wan):
        parser.error("--lan and --wan go together")
    if options.lan and options.lan == options.wan:
        parser.error("--lan and --wan must be two interfaces")
    if options.mtu not in MTU_RANGE:
        parser.error(f"--mtu must be {MTU_RANGE[0]} to {MTU_RANGE[-1]}")
    return options


def run_lab(options):
    hosts = ["client", "server", *filter(None, options.hosts.split(","))]
    if not options.no_console and "console" not in hosts:
        hosts.append("console")
    changes = {"rule_packs": str(RULE_PACKS), "malware_signatures": str(SIGNATURES)} | ({"geo_database": options.geo} if options.geo else {})
    with Lab(options.name, hosts=hosts, driver=options.driver, mtu=options.mtu, **changes) as lab:
        services.web(lab)
        services.ftp(lab)
        services.iperf3(lab)
        services.dns(lab)
        services.start_on(lab, hosts)
        gateway = lab.start_gateway()
        console = start_console(lab, gateway) if "console" in hosts else None
        print(PICTURE.format(client=HOSTS["client"], server=HOSTS["server"]), end="")
        for host in hosts[2:]:
            print(f"   {host}: {HOSTS[host].ipv4}, {HOSTS[host].ipv6}, on the {HOSTS[host].side} side"
                  + (f": {OFFERS[host]}" if host in OFFERS else ""))
        if console:
            print(CONSOLE.format(url=console.url, login=ADMIN, password=console.password), end="")
        absent = [f"{host}.lab.example" for host in HOSTS if host not in hosts]
        names = textwrap.fill(", ".join(name for name in NAMES if name not in absent), 100)
        print(THINGS_TO_TRY.format(names=names), end="")
        for host in hosts[2:]:
            if host in THINGS_TO_TRY_WITH:
                print(f"  {THINGS_TO_TRY_WITH[host]}")
        print()
        describe(lab.directory, gateway, lab.huge_pages)
        hold(gateway, lab.directory)


def start_console(lab, gateway):
    """A console with one tenant, whose gateway is the lab's and has the factory policy from it."""
    console = Console(lab, web=ROOT / "build/web")
    console.create_admin()
    console.start()
    client = console.client()
    tenant, group = console.add_tenant(client)
    console.enrol(client, tenant, group, gateway)
    return console


def real_port(name, side, options):
    """A real interface as a port; a kernel interface is first made to show packets as the wire has them."""
    if PCI.fullmatch(name):
        return port(f"{side}0", side, name, "pci")
    if not pathlib.Path("/sys/class/net", name).exists():
        raise LabError(f"no network interface {name!r} here (ip -br link shows them)")
    process.run(["ethtool", "-K", name, *(w for o in network.OFFLOADS for w in (o, "off"))], check=False)
    network.ip("link", "set", name, "mtu", options.mtu, "up")
    return port(f"{side}0", side, name, options.driver or default_driver(options.mtu))


class RealInterfaces(Instance):
    """A gateway between two interfaces of this machine."""

    def __init__(self, options):
        super().__init__(options.name)
        self.options = options

    def build(self):
        options = self.options
        ports = [real_port(options.lan, "lan", options), real_port(options.wan, "wan", options)]
        state, log = (f"{options.data}/{part}" for part in ("state", "log"))
        for path in (state, log):
            os.makedirs(path, exist_ok=True)
        geo = ROOT / "build/geo"
        self.make_gateway(ports, geo_database=options.geo or (str(geo) if geo.exists() else ""),
                          rule_packs=str(RULE_PACKS), malware_signatures=str(SIGNATURES), mtu=options.mtu,
                          memory_megabytes=256, flow_capacity=1_000_000, state_dir=state,
                          log_dir=log, stats_interval_seconds=10)


def run_real(options):
    with RealInterfaces(options) as instance:
        gateway = instance.start_gateway()
        print(f"\n   LAN === {options.lan} [ sekisho ] {options.wan} === WAN\n")
        print("   tools/lab/sekisho status | ports | flows | policy show | explain | trace | capture\n")
        describe(instance.directory, gateway, instance.huge_pages)
        hold(gateway, instance.directory)


def describe(directory, gateway, huge_pages):
    policy = gateway.dataplane("status")["policy"]
    print(f"policy: serial {policy['serial']}, {policy['rules']} rules ({policy['source']})")
    drivers = ", ".join(f"{one['name']} {one['driver']}" for one in gateway.dataplane("ports")["ports"])
    print(f"ports:  {drivers}; memory: {'huge pages' if huge_pages else 'small pages (no huge pages here)'}")
    print(f"files:  {directory} (box.yaml, supervisor.log); events: tools/lab/sekisho events")


def hold(gateway, directory):
    """Until Ctrl-C, SIGTERM, or the end of the supervisor."""
    print(f"\nCtrl-C ends it. {READY}", flush=True)
    if OPTIONS.attached_child:
        with open(directory / "run.log", "ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(0.3):
        if gateway.process.poll() is not None:
            raise GatewayError(f"sekisho-supervisor ended with {gateway.process.returncode}:\n{gateway.log_tail()}")
    print("\ntaking it down")


def detach(arguments):
    """Runs this program again in a session of its own and shows what it says until it is ready."""
    child = subprocess.Popen([sys.executable, __file__, *(a for a in arguments if a != "--detach"), "--attached-child"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             start_new_session=True)
    for line in child.stdout:
        if READY in line:
            print("It runs on in the background; tools/run --stop ends it.")
            return 0
        print(line, end="", flush=True)
    return child.wait() or 1


def stop(name, running):
    """Ends lab `name`; without a name of one's own, the only one there is."""
    if name == DEFAULT_NAME and name not in running and len(running) == 1:
        name = running[0]
    if name in running:
        stop_lab(name)
        print(f"{name!r} is down")
        return 0
    print(f"no lab {name!r} is running" + (f" (there are {', '.join(running)})" if running else ""))
    return 0 if name == DEFAULT_NAME and not running else 1


def main(arguments):
    if OPTIONS.stop:
        return stop(OPTIONS.name, running_labs())
    if OPTIONS.detach:
        return detach(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that an early end takes everything down too
    run_real(OPTIONS) if OPTIONS.lan else run_lab(OPTIONS)
    return 0


if __name__ == "__main__":
    OPTIONS = parse(sys.argv[1:])
    try:
        sys.exit(main(sys.argv[1:]))
    except (LabError, GatewayError, RuntimeError) as error:
        sys.exit(f"tools/run: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
