#!/usr/bin/env python3
"""How long `sekisho policy apply` of 10,000 rules takes, until a packet meets the new policy.

A client sends a UDP datagram to the server every millisecond. Policies of 10,000 rules, each different from the
last, in turns block and allow it: the time counts from the start of the command to the sending of the first
datagram that met the new policy (arrived, or never did). The datagrams are one flow, so that this is also
the time until a running flow is judged again.

seconds: median of ten applies, five of each kind; command_seconds: until the command had ended.
"""

import json
import pathlib
import socket
import subprocess
import time

from lab_traffic import (SERVER, LabError, bench_lab, binaries, gateway, individual_rules, median, policy_text, prepare,
                         print_result, rounded)
from sekisho_lab import network

RULES = 10_000
ROUNDS = 5
PORT = 9000
INTERVAL = 0.001
PROBE_RULE = ("  - {{name: probe {number}, destination: {{addresses: [10.91.0.3]}}, services: [udp/9000], "
              "action: {action}}}")
LAST_RULE = "  - {name: everything else, action: allow}"


class Probe:
    """Numbered datagrams from the client, and which of them the server has."""

    def __init__(self, lab):
        with network.inside(lab.namespace("server")):
            self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with network.inside(lab.namespace("client")):
            self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.bind(("0.0.0.0", PORT))
        self.receiver.setblocking(False)
        self.sender.connect((SERVER.ipv4, PORT))
        self.sent = {}  # number -> when
        self.arrived = set()
        self.number = 0

    def step(self):
        """Sends one and takes what has come."""
        self.number += 1
        self.sent[self.number] = time.monotonic()
        self.sender.send(self.number.to_bytes(8, "big"))
        time.sleep(INTERVAL)
        try:
            while True:
                self.arrived.add(int.from_bytes(self.receiver.recv(64), "big"))
        except BlockingIOError:
            pass

    def during(self, child, after=0.2):
        """Sends until `child` has ended and a little longer. When it ended."""
        ended = None
        while ended is None or time.monotonic() < ended + after:
            self.step()
            if ended is None and child.poll() is not None:
                ended = time.monotonic()
        return ended

    def change(self, first, allowed):
        """When the first datagram of those from number `first` on was sent that met the new policy."""
        numbers = range(first, self.number + 1)
        if allowed:
            met = [number for number in numbers if number in self.arrived]
        else:
            last = max((number for number in numbers if number in self.arrived), default=first - 1)
            met = [number for number in numbers if number > last]
        if not met:
            raise LabError("the policy had no effect")
        return self.sent[met[0]]


def write_policy(path, rules, number, action):
    path.write_text(policy_text(rules[:RULES - 2], PROBE_RULE.format(number=number, action=action), LAST_RULE))


def apply(lab, running, probe, policy, allowed):
    first = probe.number + 1
    for _ in range(20):
        probe.step()
    began = time.monotonic()
    command = running.inside([binaries() / "sekisho", "--run-dir", running.run_dir, "policy", "apply", policy,
                              "--json"])
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    lab.children.append(child)
    ended = probe.during(child)
    answer = json.loads(child.stdout.read())
    child.stdout.close()
    if child.returncode != 0:
        raise LabError(f"policy apply: {answer}")
    before = [number for number in range(first, probe.number) if probe.sent[number] < began]
    if any((number in probe.arrived) == allowed for number in before):
        raise LabError("the policy before let the wrong datagrams pass")
    row = {"seconds": probe.change(before[-1] + 1, allowed) - began, "command_seconds": ended - began}
    timings = ", ".join(f"{name} {value:.0f}" for name, value in answer["timings"].items())
    print(f"{'allow' if allowed else 'block'}: enforced after {row['seconds']:.3f} s, command "
          f"{row['command_seconds']:.3f} s ({timings})", flush=True)
    return row


def measure(lab, running):
    policy = pathlib.Path(lab.directory / "policy.yaml")
    rules = individual_rules(RULES)
    probe = Probe(lab)
    write_policy(policy, rules, 0, "block")
    running.command("policy", "apply", policy)
    rows = []
    for number in range(1, 2 * ROUNDS + 1):
        allowed = number % 2 == 1
        write_policy(policy, rules[number % 2:], number, "allow" if allowed else "block")
        rows.append(apply(lab, running, probe, policy, allowed))
    return rows


def main():
    prepare("sekisho", "sekisho-dataplane")
    with bench_lab("bench-apply", idle_sleep_us=50) as lab, gateway(lab) as running:
        rows = measure(lab, running)
        in_force = running.dataplane("status")["policy"]["rules"]
    if in_force != RULES:
        raise LabError(f"{in_force} rules are in force, not {RULES}")
    print_result({"seconds": rounded(median([row["seconds"] for row in rows])),
                  "command_seconds": rounded(median([row["command_seconds"] for row in rows])),
                  "worst_seconds": rounded(max(row["seconds"] for row in rows))})


if __name__ == "__main__":
    main()
