#!/usr/bin/env python3
"""From the click on "Deliver all" to enforced, on one gateway and on a fleet.

seconds: a gateway of the lab with 1,000 rules. A client sends a UDP datagram to the server every millisecond;
deliveries in turns block and allow it. The time counts from the request that delivers to the sending of the first
datagram that met the new policy. Median of ten.
fleet_seconds: 1,000 simulated gateways (bench_deliver_fleet): from the delivery until all have acknowledged it.
failover_seconds: two consoles on one PostgreSQL, of which the gateway's is killed: until the gateway is connected to
the other one; failover_success_seconds: until the other one has delivered to it; events_missing and events_doubled:
of a connection every 50 ms meanwhile. across_seconds: from the click on one console to success of the other's
gateway. Medians of ten.
"""

import json
import subprocess
import threading
import time

from apply import Probe
from lab_traffic import LabError, bench_lab, binaries, gateway, individual_rules, median, prepare, print_result, rounded
from sekisho_lab import postgresql, services
from sekisho_lab.console import Console, wait_until
from sekisho_lab.numbered import RULE as NUMBERED
from sekisho_lab.numbered import NumberedConnections

RULES = 1_000
ROUNDS = 5
FAIL_OVERS = 10
HOSTS = ("client", "server", "console", "console2")


def policy_of(rules, action):
    probe = {"name": "probe", "destination": {"addresses": ["10.91.0.3"]}, "services": ["udp/9000"], "action": action}
    return {"version": 1, "rules": [*rules, probe, {"name": "everything else", "action": "allow"}]}


class Tenant:
    """The lab's tenant and its one gateway."""

    def __init__(self, console, running, others=()):
        self.client = console.client()
        self.tenant, self.group = console.add_tenant(self.client)
        console.enrol(self.client, self.tenant, self.group, running, others=others)
        self.base = f"/tenants/{self.tenant['id']}"
        self.draft = f"{self.base}/groups/{self.group['id']}/draft"

    def save(self, policy):
        revision = self.client.get(self.draft)["revision"]
        self.client.call("PUT", self.draft, {"policy": policy}, If_Match=f'"{revision}"')

    def deliver(self):
        revision = self.client.get(self.draft)["revision"]
        return self.client.post(f"{self.base}/deliveries",
                                {"revisions": [{"group": self.group["id"], "revision": revision}]})["version"]

    def state(self, version):
        one = self.client.get(f"{self.base}/deliveries/{version}")["gateways"][0]
        if one["state"] == "failed":
            raise LabError(f"delivery failed: {one}")
        return one["state"]


def deliver(tenant, probe, allowed):
    """Seconds from the click to enforced, and to the console's success."""
    first = probe.number + 1
    times = {}

    def click():
        times["began"] = time.monotonic()
        version = tenant.deliver()
        wait_until(lambda: tenant.state(version) == "succeeded", "success", 30)
        times["succeeded"] = time.monotonic()

    clicking = threading.Thread(target=click)
    clicking.start()
    while clicking.is_alive():
        probe.step()
    for _ in range(200):
        probe.step()
    if "succeeded" not in times:
        raise LabError("the delivery did not succeed")
    return probe.change(first, allowed) - times["began"], times["succeeded"] - times["began"]


def measure(lab, running):
    console = Console(lab)
    console.create_admin()
    console.start()
    tenant = Tenant(console, running)
    probe = Probe(lab)
    rules = [one.columns(number) for number, one in enumerate(individual_rules(RULES - 2), 1)]
    tenant.save(policy_of(rules, "block"))
    wait_until(lambda v=tenant.deliver(): tenant.state(v) == "succeeded", "the first delivery", 30)
    rows = []
    for number in range(2 * ROUNDS):
        allowed = number % 2 == 0
        tenant.save(policy_of(rules, "allow" if allowed else "block"))
        rows.append(deliver(tenant, probe, allowed))
        print(f"{'allow' if allowed else 'block'}: enforced after {rows[-1][0]:.3f} s, told as success after "
              f"{rows[-1][1]:.3f} s", flush=True)
    return rows


class Replicas:
    """Two consoles on one PostgreSQL, and a gateway that knows both."""

    def __init__(self, lab, running):
        self.running = running
        first = Console(lab, postgresql.PostgreSQL(lab).start())
        self.consoles = [first, first.beside("console2")]
        first.create_admin()
        for console in self.consoles:
            console.start()
        self.tenant = Tenant(first, running, others=self.consoles[1:])
        self.changes = 0

    def serving(self):
        """(the console that the gateway is connected to, the other), when there is one."""
        link = self.running.control("status")["console"]
        if link["state"] != "connected":
            return None
        return sorted(self.consoles, key=lambda console: console.link != link["address"])

    def prepare(self, console):
        """From now on asks `console`; another draft."""
        self.tenant.client = console.client()
        self.changes += 1
        change = {"name": f"change {self.changes}", "services": ["tcp/9"], "action": "block"}
        self.tenant.save({"version": 1, "rules": [change, NUMBERED, {"name": "everything else", "action": "allow"}]})

    def succeed(self):
        version = self.tenant.deliver()
        wait_until(lambda: self.tenant.state(version) == "succeeded", "success", 60)

    def across(self):
        self.prepare(wait_until(self.serving, "the gateway is connected")[1])
        began = time.monotonic()
        self.succeed()
        return time.monotonic() - began

    def fail_over(self):
        """Seconds until connected to the other console, and until that one has delivered."""
        here, other = wait_until(self.serving, "the gateway is connected", 60)
        self.prepare(other)
        here.kill()
        began = time.monotonic()
        delivering = threading.Thread(target=self.succeed)
        delivering.start()
        wait_until(lambda: (self.serving() or [None])[0] is other, "connected to the other console", 60)
        connected = time.monotonic() - began
        delivering.join()
        succeeded = time.monotonic() - began
        here.start()
        print(f"fail-over: connected after {connected:.3f} s, told as success after {succeeded:.3f} s", flush=True)
        return connected, succeeded


def measure_replicas(lab, running):
    if not postgresql.is_installed():
        print("PostgreSQL 15 is not installed: no fail-over")
        return {}
    services.web(lab)
    replicas = Replicas(lab, running)
    across = [replicas.across() for _ in range(2 * ROUNDS)]
    print(f"delivered by the other console within {median(across):.3f} s (median), {max(across):.3f} s (worst)")
    with NumberedConnections(lab) as connections:
        rows = [replicas.fail_over() for _ in range(FAIL_OVERS)]
    events = connections.count(replicas.consoles[0])
    print(f"events: {events}")
    return {"failover_seconds": rounded(median([row[0] for row in rows])),
            "failover_worst_seconds": rounded(max(row[0] for row in rows)),
            "failover_success_seconds": rounded(median([row[1] for row in rows])),
            "across_seconds": rounded(median(across)),
            "events_missing": events["missing"] + events["lost"], "events_doubled": events["doubled"]}


def fleet(gateways):
    done = subprocess.run([binaries() / "bench_deliver_fleet", str(gateways)], stdout=subprocess.PIPE, text=True,
                          check=True)
    print(done.stdout, end="")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    prepare("sekisho", "sekisho-dataplane", "sekisho-console")
    with bench_lab("bench-deliver", hosts=HOSTS, idle_sleep_us=50) as lab, gateway(lab) as running:
        rows = measure(lab, running)
    with bench_lab("bench-replicas", hosts=HOSTS, idle_sleep_us=50) as lab, gateway(lab) as running:
        replicas = measure_replicas(lab, running)
    many = fleet(1_000)
    print_result({"seconds": rounded(median([row[0] for row in rows])),
                  "success_seconds": rounded(median([row[1] for row in rows])),
                  "worst_seconds": rounded(max(row[0] for row in rows)),
                  "fleet_seconds": rounded(many["fleet_seconds"]), "connect_seconds": rounded(many["connect_seconds"]),
                  "fleet_rss_mib": rounded(many["rss_mib"])} | replicas)


if __name__ == "__main__":
    main()
