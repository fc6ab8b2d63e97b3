#!/usr/bin/env python3
"""Against the kernel's own bridge and nftables, with the same 1,000 rules and connection tracking.

Cost without I/O. One core sends 60-byte UDP frames of 1,000 flows, each answered once, and does all that becomes of
them: over a cable to a host that takes no interest; over a bridge or a router to such a host behind a second
cable; and the same with the rules. What a frame costs more than over the one cable is what the kernel takes to
forward it, the second cable included. The turns alternate; figures are medians. Established flows are accepted by the
first rule (`ct state established`), as an administrator would write it, so that neither side goes through the
1,000. Ours is bench_kernel_worker's figure for that: the whole worker without ports.

cpu_ratio: bridge + nftables + conntrack over ours. Where the kernel cannot track connections on a bridge itself
(nf_conntrack_bridge), bridged frames go through the IPv4 tables (bridge-nf-call-iptables), and that is what is
measured. rules_only_ratio: what rules and connection tracking add to bridging, over all of ours.
routed_cpu_ratio: the same rules on a router, the kernel's cheapest way to have them.

End to end. Our gateway (AF_XDP) and the bridge with the rules forward the same flood over the same cables. veth_ratio:
frames a second, ours over the bridge's; veth_cpu_ratio: processor time of both cores a frame, the bridge's over
ours. The gateway's worker polls and has a core of its own; the bridge works on the sender's.
"""

import contextlib
import json
import pathlib
import subprocess

from lab_traffic import (CLIENT, FORWARDER_CORE, NOBODY, OTHER_CORE, SERVER, LabError, bench_lab, binaries, finish,
                         frames_per_second, gateway, generator, individual_rules, median, pinned, policy_text, prepare,
                         print_result, rounded, wait_until_forwarding)
from sekisho_lab import network

RULES = 1_000
ROUNDS = 7
SECONDS = 0.8
PORTS = {"client": "lan0", "server": "wan0"}
WAYS = ("cable", "bridge", "bridge with rules", "router", "router with rules")


class KernelForwarder:
    """A kernel between the hosts, in the namespace of the lab's gateway, which does not run meanwhile."""

    def __init__(self, lab):
        self.lab, self.namespace = lab, lab.namespace("gateway")
        network.sysctl(self.namespace, **{f"net__ipv4__conf__{port}__rp_filter": 0 for port in ("all", "lan0", "wan0")})
        tried = self.inside("nft", "-f", "-", stdin_text=ruleset("bridge", []), check=False)
        self.tracks_on_bridge = tried.returncode == 0
        self.inside("nft", "flush", "ruleset")

    def inside(self, *command, **options):
        return self.lab.run("gateway", *command, **options)

    @contextlib.contextmanager
    def forwarding(self, way):
        """One of WAYS meanwhile; MAC addresses of the two ends as the hosts have to use them."""
        macs = dict(NOBODY)
        try:
            if "bridge" in way:
                self.add_bridge("rules" in way and not self.tracks_on_bridge)
            if "router" in way:
                self.add_router()
                macs = {"client": self.mac("wan0"), "server": self.mac("lan0")}
            if "rules" in way:
                family = "bridge" if "bridge" in way and self.tracks_on_bridge else "ip"
                self.inside("nft", "-f", "-", stdin_text=ruleset(family, individual_rules(RULES - 2)))
            yield macs
        finally:
            self.inside("nft", "flush", "ruleset")
            network.ip("link", "del", "br0", namespace=self.namespace, check=False)
            network.sysctl(self.namespace, net__ipv4__ip_forward=0)

    def add_bridge(self, through_ip_tables):
        network.add_switch(self.namespace)
        network.ip("link", "set", "br0", "type", "bridge", "nf_call_iptables", int(through_ip_tables),
                   namespace=self.namespace)
        for host, port in PORTS.items():
            network.plug_into_switch(self.namespace, port)
            self.inside("bridge", "fdb", "replace", NOBODY[host], "dev", port, "master", "static")

    def add_router(self):
        for host, address in (("client", CLIENT.ipv4), ("server", SERVER.ipv4)):
            network.ip("route", "replace", address, "dev", PORTS[host], namespace=self.namespace)
            network.ip("neigh", "replace", address, "lladdr", NOBODY[host], "dev", PORTS[host], "nud", "permanent",
                       namespace=self.namespace)
        network.sysctl(self.namespace, net__ipv4__ip_forward=1)

    def mac(self, port):
        shown = network.ip("-j", "link", "show", "dev", port, namespace=self.namespace).stdout
        return json.loads(shown)[0]["address"]


def ruleset(family, rules):
    """Established flows first, then the rules one after the other; the last two as in the gateway's policy."""
    lines = [f"table {family} bench {{", " chain forward {", "  type filter hook forward priority 0",
             "  ct state established,related accept", *("  " + rule.nftables() for rule in rules),
             "  udp dport 9000 accept", "  accept", " }", "}", ""]
    return "\n".join(lines)


def background_softirq_ns():
    """Processor time of ksoftirqd on the sender's core: what its sending causes and somebody else does."""
    for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if comm.read_text() == f"ksoftirqd/{OTHER_CORE}\n":
                return int((comm.parent / "schedstat").read_text().split()[0])
    raise LabError(f"no ksoftirqd/{OTHER_CORE}")


def cost_of(lab, forwarder, way):
    """Nanoseconds of the one core a frame."""
    with forwarder.forwarding(way) as macs:
        before = background_softirq_ns()
        report = finish(generator(lab, "flood", f"--seconds={SECONDS}", "--flows=1000", macs=macs))
        return (report["cpu_seconds"] * 1e9 + background_softirq_ns() - before) / report["sent"]


def kernel_costs(lab, forwarder):
    """way -> what a frame costs more than over the one cable."""
    rounds = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        row = {way: cost_of(lab, forwarder, way) for way in WAYS}
        for way, cost in row.items():
            rounds[way].append(cost - (row["cable"] if way != "cable" else 0))
    medians = {way: median(costs) for way, costs in rounds.items()}
    for way, cost in medians.items():
        print(f"{way:20} {'' if way == 'cable' else '+'}{cost:5.0f} ns a frame (from {min(rounds[way]):.0f} to "
              f"{max(rounds[way]):.0f})", flush=True)
    return medians


def worker_cost():
    """Nanoseconds a packet in our worker, same rules, same number of flows."""
    done = subprocess.run(pinned(FORWARDER_CORE, binaries() / "bench_kernel_worker"), stdout=subprocess.PIPE, text=True,
                          check=True, timeout=120)
    print(done.stdout.rstrip(), flush=True)
    return json.loads(done.stdout.splitlines()[-1])["worker_ns"]


def end_to_end(lab, forwarder):
    """Frames a second and core time a frame, of the gateway and of the bridge with rules."""
    rounds = {"gateway": [], "bridge": []}
    for number in range(3):
        with gateway(lab) as running:
            if number == 0:
                answer = running.control("policy.apply", yaml=policy_text(individual_rules(RULES - 1)), comment="bench")
                if not answer["ok"]:
                    raise LabError(f"policy: {json.dumps(answer['error'])}")
            wait_until_forwarding(lab)
            frames = frames_per_second(lab)
        frames["core_ns"] = (frames["sender_ns"] * frames["sent"] + 1e9) / frames["arrived"]
        rounds["gateway"].append(frames)
        with forwarder.forwarding("bridge with rules"):
            frames = frames_per_second(lab)
        frames["core_ns"] = frames["sender_ns"] * frames["sent"] / frames["arrived"]
        rounds["bridge"].append(frames)
    medians = {name: {figure: median([row[figure] for row in rows]) for figure in rows[0]}
               for name, rows in rounds.items()}
    for name, row in medians.items():
        print(f"end to end, {name:8} {row['arrived']:9,.0f} frames a second, "
              f"{row['core_ns']:5.0f} ns of both cores each")
    return medians["gateway"], medians["bridge"]


def main():
    prepare("sekisho-dataplane", "bench_traffic", "bench_kernel_worker")
    with bench_lab("bench-kernel") as lab:
        forwarder = KernelForwarder(lab)
        print("the bridge tracks connections " +
              ("itself" if forwarder.tracks_on_bridge else "through the IPv4 tables (bridge-nf-call-iptables)"))
        costs = kernel_costs(lab, forwarder)
        ours = worker_cost()
        gateway_row, bridge_row = end_to_end(lab, forwarder)
    print_result({"cpu_ratio": rounded(costs["bridge with rules"] / ours),
                  "rules_only_ratio": rounded((costs["bridge with rules"] - costs["bridge"]) / ours),
                  "routed_cpu_ratio": rounded(costs["router with rules"] / ours),
                  "kernel_ns": round(costs["bridge with rules"]), "plain_bridge_ns": round(costs["bridge"]),
                  "routed_ns": round(costs["router with rules"]), "plain_router_ns": round(costs["router"]),
                  "worker_ns": rounded(ours), "veth_ratio": rounded(gateway_row["arrived"] / bridge_row["arrived"]),
                  "veth_cpu_ratio": rounded(bridge_row["core_ns"] / gateway_row["core_ns"]),
                  "veth_pps": round(gateway_row["arrived"]), "bridge_pps": round(bridge_row["arrived"])})


if __name__ == "__main__":
    main()
