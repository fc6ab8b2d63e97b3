#!/usr/bin/env python3
"""Policy swaps under load, through the whole gateway: numbered UDP frames both ways, 1,000 hand-overs.

Two policies of 1,000 rules let the frames pass by different rules. First a rate is looked for that this machine
carries without a loss while nothing changes; then come, each at that rate, a control without a swap, 1,000
hand-overs of the two compiled policies (the dataplane's `policy.load`, as sekisho-control asks for it), whole
`policy apply`s, compiler included, and another control. What was sent and did not arrive is lost; both
controls say what would have been lost anyway. 1,000 whole applies would take minutes, and would mostly
measure the compiler, which shares the generator's core.

lost: frames lost during the hand-overs and applies. worst_pause_us, mixed: of bench_swap_worker, which swaps in
one process and looks at every burst, see swap.cc; gateway_worst_pause_us is this gateway's own count, in
which also counts what the kernel gave the worker's core to meanwhile.
"""

import json
import pathlib
import subprocess
import time

from lab_traffic import (LabError, bench_lab, binaries, finish, gateway, generator, individual_rules, pinned,
                         policy_text, prepare, print_result, FORWARDER_CORE, OTHER_CORE)

RULES = 1_000
SWAPS = 1_000
SWAP_INTERVAL = 0.012
APPLIES = 20
RATES = (200_000, 150_000, 100_000, 70_000, 50_000, 30_000, 20_000, 10_000, 5_000)  # frames a second, each way
MARGIN = 0.4  # of the rate that was carried for two seconds, so that it is for a minute
ATTEMPTS = 3  # each at half the rate of the one before, should a control lose frames
CONTROL_SECONDS = 6
FLOWS = 500  # each way
LETS_PASS = ("  - {name: numbered, services: [udp/9000], action: allow}", "  - {name: everything else, action: allow}")


def policies():
    """Two that differ in every rule, and in the place of the one that lets the frames pass."""
    rules = individual_rules(2 * RULES)
    first = policy_text(rules[:RULES - 2], *LETS_PASS)
    head, rest = policy_text(rules[RULES:2 * RULES - 2], LETS_PASS[1]).split("rules:\n", 1)
    return first, f"{head}rules:\n{LETS_PASS[0]}\n{rest}"


class Phase:
    """Frames both ways while the `with` block runs; report() afterwards."""

    def __init__(self, lab, rate):
        self.lab, self.rate, self.report = lab, rate, None

    def __enter__(self):
        self.child = generator(self.lab, "exchange", "--seconds=600", f"--rate={self.rate}", f"--flows={FLOWS}",
                               "--size=64")
        time.sleep(0.3)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.child.kill()
            self.child.wait()
        else:
            self.report = finish(self.child, stop=True)

    def total(self, figure):
        return sum(self.report[way][figure] for way in ("a_to_b", "b_to_a"))

    def print(self, name):
        ways = [self.report[way] for way in ("a_to_b", "b_to_a")]
        print(f"{name:28} {self.total('sent'):10,} sent at {self.rate:7,.0f}/s each way, {self.total('lost'):6,} lost, "
              f"longest silence {max(way['longest_silence_us'] for way in ways) / 1000:.1f} ms", flush=True)
        if self.total("socket_drops"):
            print(f"{'':28} {self.total('socket_drops'):10,} of them by the receiving socket")
        for way in ways:
            if way["missing"]:
                print(f"{'':28} missing: {json.dumps(way['missing'])}")


def quiet(lab, rate, seconds, name):
    with Phase(lab, rate) as phase:
        time.sleep(seconds)
    phase.print(name)
    return phase


def lossless_rate(lab):
    """The highest of RATES that loses nothing for some seconds, less a margin."""
    for rate in RATES:
        if quiet(lab, rate, 2, "looking for a rate").total("lost") == 0:
            return rate * MARGIN
    raise LabError(f"frames are lost even at {RATES[-1]} a second with no policy change")


def apply(running, yaml):
    answer = running.control("policy.apply", yaml=yaml, comment="bench")
    if not answer["ok"]:
        raise LabError(f"policy: {json.dumps(answer['error'])}")
    return answer


def hand_over(lab, running, addresses, first_serial):
    """SWAPS hand-overs of compiled policies in turn. How long one took, on average, in seconds."""
    spent = 0.0
    for number in range(SWAPS):
        began = time.monotonic()
        path = str(lab.directory / "state/policy" / (addresses[number % 2] + ".snapshot"))
        answer = running.dataplane("policy.load", path=path, serial=first_serial + number)
        if not answer["ok"]:
            raise LabError(f"hand-over {number}: {json.dumps(answer['error'])}")
        spent += time.monotonic() - began
        time.sleep(max(0.0, began + SWAP_INTERVAL - time.monotonic()))
    return spent / SWAPS


def measure(lab, running):
    texts = policies()
    addresses = [apply(running, text)["content_address"] for text in reversed(texts)]  # the first is in force
    rate = lossless_rate(lab)
    for attempt in range(ATTEMPTS):
        metrics = measure_at(lab, running, texts, addresses, rate / 2**attempt)
        if metrics["control_lost"] == 0:
            break
        print("a control lost frames: this says nothing about swaps")
    return metrics


def measure_at(lab, running, texts, addresses, rate):
    """All phases at one rate."""
    control_lost = quiet(lab, rate, CONTROL_SECONDS, "control before").total("lost")
    counters, backlog, preempted = running.dataplane("counters")["counters"], backlog_drops(), preemptions(running)
    before = running.dataplane("status")
    with Phase(lab, rate) as handed:
        seconds = hand_over(lab, running, addresses, before["policy"]["serial"] + 1_000_000)
    handed.print(f"{SWAPS} hand-overs")
    with Phase(lab, rate) as applied:
        for number in range(APPLIES):
            apply(running, texts[number % 2])
    applied.print(f"{APPLIES} applies")
    status, preempted = running.dataplane("status"), preemptions(running) - preempted
    lost = handed.total("lost") + applied.total("lost")
    if lost:
        print_causes(counters, running.dataplane("counters")["counters"], status["ports"])
        print(f"dropped by this machine's network stack, by core: {backlog_drops(backlog)}")
    print(f"a hand-over took {seconds * 1000:.1f} ms, loading and checking the snapshot included; meanwhile the kernel "
          f"took the worker's core away {preempted} times")
    control_lost += quiet(lab, rate, CONTROL_SECONDS, "control after").total("lost")
    if status["swaps"] - before["swaps"] < SWAPS + APPLIES:
        raise LabError(f"the gateway counts {status['swaps'] - before['swaps']} swaps")
    return {"swaps": SWAPS, "lost": lost, "applies": APPLIES, "frames": handed.total("sent") + applied.total("sent"),
            "rate": round(rate), "control_lost": control_lost, "preempted": preempted,
            "gateway_worst_pause_us": round(status["worst_swap_pause_us"], 1)}


def preemptions(running):
    """How often another thread has had the worker's core so far."""
    total = 0
    for task in pathlib.Path(f"/proc/{running.dataplane('status')['pid']}/task").iterdir():
        status = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
        if status["Cpus_allowed_list"].strip() == str(FORWARDER_CORE):
            total += int(status["nonvoluntary_ctxt_switches"])
    return total


def print_causes(before, after, ports):
    """Where the gateway says that frames went."""
    grown = {name: after[name] - before.get(name, 0) for name in after
             if name.startswith("drop.") and after[name] != before.get(name, 0)}
    print(f"dropped by the gateway: {json.dumps(grown)}")
    for port in ports:
        print(f"{port['name']}: " +
              ", ".join(f"{name} {port[name]}" for name in ("rx_missed", "rx_errors", "tx_errors")))


def backlog_drops(before=None):
    """Frames that the kernel dropped between a port and a host since `before`, of each core."""
    lines = pathlib.Path("/proc/net/softnet_stat").read_text(encoding="ascii").splitlines()
    return [int(line.split()[1], 16) - (before[core] if before else 0) for core, line in enumerate(lines)]


def swaps_in_one_process():
    """The last line of bench_swap_worker."""
    done = subprocess.run(pinned(f"{OTHER_CORE},{FORWARDER_CORE}", binaries() / "bench_swap_worker"),
                          stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    print(done.stdout.rstrip(), flush=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    prepare("sekisho-dataplane", "bench_traffic", "bench_swap_worker")
    with bench_lab("bench-swap") as lab, gateway(lab) as running:
        metrics = measure(lab, running)
    worker = swaps_in_one_process()
    print_result(metrics | {"worst_pause_us": worker["worst_pause_us"], "mixed": worker["mixed"],
                            "worker_lost": worker["lost"], "worker_swaps": worker["swaps"]})


if __name__ == "__main__":
    main()
