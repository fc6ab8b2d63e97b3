"""One lab: its namespaces, cables, hosts, services and gateway, built and torn down as a whole."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess

from . import box, network, process
from .gateway import ROOT, Gateway, binaries

STATE = pathlib.Path("/run")
PREFIX = "sekisho-lab-"


class LabError(RuntimeError):
    pass


@dataclasses.dataclass(frozen=True)
class Host:
    side: str  # of the gateway
    number: int  # in its addresses and its MAC address
    aliases: tuple = ()

    @property
    def ipv4(self):
        return f"10.91.0.{self.number}"

    @property
    def ipv6(self):
        return f"fd91::{self.number}"

    @property
    def mac(self):
        return f"02:91:00:00:00:{self.number:02d}"


# The gateway is a transparent bridge: both sides are one network, 10.91.0.0/24 and fd91::/64. The
# server also answers for two hosts abroad, with documentation addresses that the lab's country
# database knows: 198.51.100.10 and 2001:db8:3::10 (US), 203.0.113.10 and 2001:db8:2::10 (KP).
HOSTS = {
    "client": Host("lan", 2),
    "client2": Host("lan", 4),
    "server": Host("wan", 3, ("198.51.100.10", "203.0.113.10", "2001:db8:3::10", "2001:db8:2::10")),
    "dns": Host("wan", 53),
    "dhcp": Host("wan", 67),
    "mail": Host("wan", 25),
    "attacker": Host("wan", 66),
    "console": Host("wan", 80),
    "console2": Host("wan", 81),
}
ABROAD = ("198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
NAMES = {  # what the lab's DNS server knows
    "client.lab.example": ("10.91.0.2", "fd91::2"),
    "client2.lab.example": ("10.91.0.4", "fd91::4"),
    "server.lab.example": ("10.91.0.3", "fd91::3"),
    "dns.lab.example": ("10.91.0.53", "fd91::53"),
    "dhcp.lab.example": ("10.91.0.67", "fd91::67"),
    "mail.lab.example": ("10.91.0.25", "fd91::25"),
    "attacker.lab.example": ("10.91.0.66", "fd91::66"),
    "console.lab.example": ("10.91.0.80", "fd91::80"),
    "console2.lab.example": ("10.91.0.81", "fd91::81"),
    "www.us.example": ("198.51.100.10", "2001:db8:3::10"),
    "www.kp.example": ("203.0.113.10", "2001:db8:2::10"),
}
AF_XDP_MAX_MTU = 3000  # of a veth: one frame and its headroom in a 4 KB page
BOX = Host("lan", 1)  # the box itself, where there is a console to talk to: one more host of its LAN
MANAGEMENT = {"gateway": "10.92.0.1", "server": "10.92.0.3"}  # the gateway's own way to DNS and syslog


def state_directory(name):
    return STATE / f"{PREFIX}{name}"


class Instance:
    """What a running gateway leaves on this machine, written down so that it can be taken away again
    even when the process that made it is killed."""

    def __init__(self, name):
        self.name = name
        self.directory = state_directory(name)
        self.state = {"owner": process.record_of(os.getpid()), "namespaces": [], "processes": []}
        self.gateway = None
        self.children = []

    def __enter__(self):
        clean_leftovers()
        try:
            self.directory.mkdir(mode=0o755)
        except FileExistsError:
            raise LabError(f"{self.name!r} is running (tools/run --stop ends it)") from None
        try:
            self.save()
            for part in ("run", "state", "log"):
                (self.directory / part).mkdir()
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.gateway is not None:
            self.gateway.stop()
        destroy(self.directory, self.state)
        for child in self.children:
            child.wait()

    def build(self):
        raise NotImplementedError

    def make_gateway(self, ports, namespace=None, **box_changes):
        if box_changes.get("geo_database"):
            box_changes["geo_database"] = self.copy_geo(pathlib.Path(box_changes["geo_database"]))
        if box_changes.get("rule_packs"):
            box_changes["rule_packs"] = self.copy_rules(pathlib.Path(box_changes["rule_packs"]))
        if box_changes.get("malware_signatures"):
            box_changes["malware_signatures"] = self.copy_signatures(pathlib.Path(box_changes["malware_signatures"]))
        box_changes.setdefault("malware_database", str(self.directory / "malware.db"))
        box_changes.setdefault("url_database", self.url_database())
        if box_changes.get("indicators"):
            box_changes["indicator_database"] = self.indicator_database(box_changes.pop("indicators"))
        settings = box.box_settings(self.directory, ports, **box_changes)
        self.huge_pages = settings["huge_pages"]
        box_file = self.directory / "box.yaml"
        box_file.write_text(f"# written by tools/lab for {self.name!r}\n" + box.to_yaml(settings))
        self.gateway = Gateway(self.directory, box_file, namespace)

    def copy_rules(self, path):
        """A folder of IPS rules where the gateway's users can read it."""
        copy = self.directory / "rule-packs"
        shutil.copytree(path, copy, ignore=lambda _, names: [n for n in names if not n.endswith((".rules", ".config"))])
        return str(copy)

    def copy_signatures(self, path):
        """A folder of malware signatures where the gateway's users can read it."""
        copy = self.directory / "malware-signatures"
        shutil.copytree(path, copy, ignore=lambda _, names: [n for n in names if n.endswith(".md")])
        return str(copy)

    def copy_geo(self, path):
        """The country database where the gateway's users can read it; its own folders may be closed to them."""
        if not path.exists():
            raise LabError(f"no country database {path}")
        copy = self.directory / "geo"
        copy.mkdir()
        for file in sorted(path.glob("*.mmdb")) if path.is_dir() else [path]:
            shutil.copy(file, copy / file.name)
            (copy / file.name).chmod(0o644)
        return str(copy if path.is_dir() else copy / path.name)

    def url_database(self):
        """The URL database of the lists that are shipped, where the gateway's users can read it."""
        database = self.directory / "urls.db"
        process.run([binaries() / "sekisho", "content", "build", "--urls", ROOT / "rules/urls/starter",
                     "--output", database])
        database.chmod(0o644)
        return str(database)

    def indicator_database(self, text):
        """The database of C&C servers of one feed, where the gateway's users can read it."""
        feed, database = self.directory / "lab_feed.txt", self.directory / "indicators.db"
        feed.write_text(text)
        process.run([binaries() / "sekisho", "content", "build", "--indicators", feed, "--output", database])
        database.chmod(0o644)
        return str(database)

    def start_gateway(self):
        self.gateway.start()
        self.remember(self.gateway.process.pid)
        return self.gateway

    def remember(self, pid):
        self.state["processes"].append(process.record_of(pid))
        self.save()

    def save(self):
        draft = self.directory / "lab.json.new"
        draft.write_text(json.dumps(self.state))
        draft.rename(self.directory / "lab.json")


def port(name, side, device, driver):
    """One entry of a box file's `ports`."""
    return {"name": name, "device": device, "driver": driver, "side": side, "segment": 0}


def default_driver(mtu):
    """AF_XDP hands over frames as they came; AF_PACKET through DPDK joins IPv4 fragments and makes an outer
    0x88a8 tag 0x8100, but takes frames that are too long for AF_XDP's buffers."""
    return "af_xdp" if mtu <= AF_XDP_MAX_MTU else "af_packet"


class Lab(Instance):
    """with Lab("name", hosts=("client", "server")) as lab: ..."""

    def __init__(self, name, hosts=("client", "server"), driver=None, mtu=1500, sides=None, **box_changes):
        for host in hosts:
            if host not in HOSTS:
                raise LabError(f"no host {host!r} in the lab (there are {', '.join(HOSTS)})")
        super().__init__(name)
        self.hosts = tuple(hosts)
        self.sides = {host: (sides or {}).get(host, HOSTS[host].side) for host in hosts}
        self.driver = driver or default_driver(mtu)
        self.mtu = mtu
        self.box_changes = {"mtu": mtu} | box_changes

    # building

    def build(self):
        gateway = self.add_namespace("gateway")
        for side in ("lan", "wan"):
            self.build_side(side, [host for host in self.hosts if self.sides[host] == side])
        network.no_addresses(gateway, "lan0", "wan0")
        if "server" in self.hosts:
            server = self.namespace("server")
            network.add_cable(gateway, "mgmt0", server, "mgmt0", 1500)
            network.add_address(gateway, "mgmt0", MANAGEMENT["gateway"] + "/24")
            network.add_address(server, "mgmt0", MANAGEMENT["server"] + "/24")
            network.set_resolver(gateway, MANAGEMENT["server"])
        ports = [port(f"{side}0", side, f"{side}0", self.driver) for side in ("lan", "wan")]
        self.make_gateway(ports, gateway, **{"geo_database": self.geo_database()} | self.box_changes)

    def build_side(self, side, hosts):
        """One host is cabled straight to the gateway's port; several meet it at a switch."""
        gateway, port_name = self.namespace("gateway"), f"{side}0"
        port_mac = {"lan": "02:91:00:00:01:01", "wan": "02:91:00:00:01:02"}[side]
        switch = None
        box_is_host = side == BOX.side and "console" in self.hosts
        if len(hosts) + box_is_host != 1:
            switch = self.add_namespace(f"{side}-switch")
            network.add_switch(switch)
            network.add_cable(gateway, port_name, switch, "gateway", self.mtu, one_mac=port_mac)
            network.plug_into_switch(switch, "gateway")
        for host in hosts:
            namespace = self.add_namespace(host)
            if switch:
                network.add_cable(switch, host, namespace, "eth0", self.mtu, other_mac=HOSTS[host].mac)
                network.plug_into_switch(switch, host)
            else:
                network.add_cable(gateway, port_name, namespace, "eth0", self.mtu, one_mac=port_mac,
                                  other_mac=HOSTS[host].mac)
            self.address_host(host)
        if box_is_host:
            network.sysctl(gateway, net__ipv4__conf__all__arp_ignore=1)  # not answered at the dataplane's ports
            network.add_cable(switch, "box", gateway, "mgmt1", self.mtu, other_mac=BOX.mac)
            network.plug_into_switch(switch, "box")
            network.add_address(gateway, "mgmt1", BOX.ipv4 + "/24")
            network.add_address(gateway, "mgmt1", BOX.ipv6 + "/64")

    def address_host(self, name):
        host, namespace = HOSTS[name], self.namespace(name)
        network.add_address(namespace, "eth0", host.ipv4 + "/24")
        network.add_address(namespace, "eth0", host.ipv6 + "/64")
        for alias in host.aliases:
            network.add_address(namespace, "eth0", alias + ("/128" if ":" in alias else "/32"))
        self.route_host(name)
        network.set_resolver(namespace, HOSTS["server"].ipv4)

    def route_host(self, name):
        """The ways abroad; the kernel forgets them when the cable is pulled."""
        if not HOSTS[name].aliases:
            for prefix in ABROAD:
                network.add_route(self.namespace(name), "eth0", prefix)

    def geo_database(self):
        """The small database of documentation addresses, made by tools/lab/make-geo when that is there."""
        maker = ROOT / "tools/lab/make-geo"
        if not maker.exists():
            return ""
        process.run([maker, self.directory / "geo.mmdb"])
        return str(self.directory / "geo.mmdb")

    def namespace(self, host):
        return f"sekisho-{self.name}-{host}"

    def add_namespace(self, host):
        namespace = self.namespace(host)
        self.state["namespaces"].append(namespace)
        self.save()  # before it exists: what is not recorded is not cleaned
        network.add_namespace(namespace)
        return namespace

    # using

    def run(self, host, *command, check=True, timeout=60, stdin_text=None):
        """Runs a command on a host to its end."""
        return process.run(network.exec_in(self.namespace(host), command), check=check, timeout=timeout,
                           stdin_text=stdin_text)

    def popen(self, host, *command, **options):
        """Starts a command on a host; the caller ends it, or the lab's end does."""
        options.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(network.exec_in(self.namespace(host), command),
                                 preexec_fn=process.end_with_parent, **options)
        self.children.append(child)
        self.remember(child.pid)
        return child

    def start(self, host, *command):
        """Starts a service on a host, its output in a file of the lab."""
        log = self.directory / f"{host}-{pathlib.Path(str(command[0])).name}-{len(self.state['processes'])}.log"
        child = process.start(network.exec_in(self.namespace(host), command), log)
        child.log = log
        self.children.append(child)
        self.remember(child.pid)
        return child


def destroy(directory, state):
    for record in reversed(state["processes"] + children_of_supervisor(directory)):
        process.end(record)
    for namespace in state["namespaces"]:
        network.remove_namespace(namespace)
    shutil.rmtree(directory, ignore_errors=True)


def children_of_supervisor(directory):
    """What a supervisor that was itself killed may have left: it wrote down its children."""
    try:
        listed = json.loads((directory / "run/supervisor.json").read_text())
    except (OSError, ValueError):
        return []
    records = []
    for child in listed.get("processes", []):
        pid = child.get("pid", 0)
        if pid > 0 and str(directory) in command_line(pid):
            records.append(process.record_of(pid))
    return records


def command_line(pid):
    """The words a process was started with; the box file's path in them says that it is this lab's."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def recorded_labs():
    for directory in sorted(STATE.glob(PREFIX + "*")):
        try:
            yield directory, json.loads((directory / "lab.json").read_text())
        except (OSError, ValueError):
            continue  # being made or unmade just now


def running_labs():
    """Names of the labs whose process lives."""
    return [directory.name[len(PREFIX):] for directory, state in recorded_labs() if process.alive(state["owner"])]


def clean_leftovers():
    """Takes away what labs have left whose process was killed."""
    for directory, state in recorded_labs():
        if not process.alive(state["owner"]):
            destroy(directory, state)


def choose_lab():
    """The only lab that runs."""
    names = running_labs()
    if len(names) != 1:
        raise LabError("no lab is running" if not names else f"several labs are running: {', '.join(names)}")
    return names[0]


def stop_lab(name):
    """Asks the process that owns the lab to take it down, and does so itself should that fail."""
    for directory, state in recorded_labs():
        if directory == state_directory(name):
            process.end(state["owner"], grace=20)
            clean_leftovers()
            return
    raise LabError(f"no lab named {name!r} is running")
