"""Namespaces, cables, addresses."""

import contextlib
import ctypes
import pathlib
import shutil
import subprocess

from .process import run

NETNS = pathlib.Path("/run/netns")
RESOLV = pathlib.Path("/etc/netns")

# Off on every cable: with any of these a frame in a capture, or at the gateway, is not what a wire
# would carry (checksums not filled in, 64 KB super-frames, tags moved aside).
OFFLOADS = ("tx", "rx", "tso", "gso", "gro", "sg", "txvlan", "rxvlan")


def ip(*arguments, namespace=None, check=True):
    return run(["ip", *(["-n", namespace] if namespace else []), *map(str, arguments)], check=check)


def sysctl(namespace, **settings):
    """Each keyword is a sysctl path with __ for the dots."""
    run(["ip", "netns", "exec", namespace, "sysctl", "-q", "-w",
         *(f"{key.replace('__', '/')}={value}" for key, value in settings.items())])


def add_namespace(namespace):
    ip("netns", "add", namespace)
    ip("link", "set", "lo", "up", namespace=namespace)
    # What one test's closed connection still sends again would be the next test's attack.
    sysctl(namespace, net__ipv4__tcp_orphan_retries=1)


def remove_namespace(namespace):
    """Also when processes are still in it: its cables go now, the rest when they end."""
    if not (NETNS / namespace).exists():
        return
    links = ip("-o", "link", "show", "type", "veth", namespace=namespace, check=False).stdout
    for line in links.splitlines():
        ip("link", "del", line.split(": ")[1].split("@")[0], namespace=namespace, check=False)
    ip("netns", "del", namespace, check=False)
    shutil.rmtree(RESOLV / namespace, ignore_errors=True)


def set_resolver(namespace, address):
    """Programs started with `ip netns exec` see this as /etc/resolv.conf."""
    (RESOLV / namespace).mkdir(parents=True, exist_ok=True)
    (RESOLV / namespace / "resolv.conf").write_text(f"nameserver {address}\noptions timeout:1 attempts:2\n")


def add_cable(one, one_name, other, other_name, mtu, one_mac=None, other_mac=None):
    ip("link", "add", one_name, "netns", one, *(["address", one_mac] if one_mac else []), "mtu", mtu,
       "type", "veth", "peer", "name", other_name, "netns", other,
       *(["address", other_mac] if other_mac else []), "mtu", mtu)
    for namespace, name in ((one, one_name), (other, other_name)):
        run(["ip", "netns", "exec", namespace, "ethtool", "-K", name,
             *(word for offload in OFFLOADS for word in (offload, "off"))], check=False)
        dont_speak_ipv6_unasked(namespace, name)
        ip("link", "set", name, "up", namespace=namespace)


def dont_speak_ipv6_unasked(namespace, name):
    sysctl(namespace, **{
        f"net__ipv6__conf__{name}__accept_dad": 0,
        f"net__ipv6__conf__{name}__accept_ra": 0,
        f"net__ipv6__conf__{name}__router_solicitations": 0,
        f"net__ipv6__conf__{name}__keep_addr_on_down": 1,
    })


def no_addresses(namespace, *names):
    """A port of the gateway: the kernel beside the dataplane must not speak there."""
    sysctl(namespace, **{f"net__ipv6__conf__{name}__disable_ipv6": 1 for name in names})


def add_switch(namespace):
    ip("link", "add", "br0", "type", "bridge", "forward_delay", 0, "mcast_snooping", 0, namespace=namespace)
    no_addresses(namespace, "br0")
    ip("link", "set", "br0", "up", namespace=namespace)


def plug_into_switch(namespace, name):
    ip("link", "set", name, "master", "br0", namespace=namespace)
    no_addresses(namespace, name)


def add_address(namespace, name, address):
    ip("address", "add", address, "dev", name, *(["nodad"] if ":" in address else []), namespace=namespace)


def add_route(namespace, name, prefix):
    ip("route", "replace", prefix, "dev", name, namespace=namespace)


def exec_in(namespace, command):
    return ["ip", "netns", "exec", namespace, *map(str, command)]


def features_off(namespace, name):
    """The offloads that are still on, of those that should be off."""
    shown = subprocess.run(exec_in(namespace, ["ethtool", "-k", name]), capture_output=True, text=True, check=False)
    names = ("tx-checksumming", "rx-checksumming", "tcp-segmentation-offload", "generic-segmentation-offload",
             "generic-receive-offload", "tx-vlan-offload", "rx-vlan-offload")
    return [line.strip() for line in shown.stdout.splitlines() if line.split(":")[0].strip() in names and ": on" in line]


_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def inside(namespace):
    """Sockets that this thread opens meanwhile are the namespace's, and stay so afterwards."""
    with open("/proc/thread-self/ns/net", "rb") as home, open(NETNS / namespace, "rb") as there:
        enter_descriptor(there.fileno())
        try:
            yield
        finally:
            enter_descriptor(home.fileno())


def enter_descriptor(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
