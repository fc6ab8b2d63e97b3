#!/usr/bin/env python3
"""The gateway against dpdk-testpmd's io mode: same ports, same cores, same DPDK arguments, one run.

The gateway has 10,000 firewall rules in force (the traffic matches only the last) and tracks flows; io mode
moves frames from port to port and looks at none. They take turns on the same two cables, for each driver, and
a figure is the median of its rounds. TCP: iperf3, both ends on one core. Frames: floods of 60-byte UDP frames (64 on a
wire) of 1,000 flows, counted where they arrive. Two kinds: "flood", what one core can send through sockets,
which on a quiet machine is no more than a forwarder carries; "overload", by the kernel (xdp_flood.h), more than
it carries, so that it is the narrow place for certain, and both lose much.

tcp_ratio, pps_ratio: gateway over testpmd on AF_XDP, the lab's driver; pps_ratio is the smaller one of
flood_pps_ratio and overload_pps_ratio. af_packet_*: the same on AF_PACKET.
"""

import json
import sys

from lab_traffic import (bench_lab, frames_per_second, gateway, individual_rules, median, policy_text, prepare,
                         print_result, rounded, tcp_gbits, testpmd, wait_until_forwarding)
from sekisho_lab import services

RULES = 10_000
ROUNDS = 5
DRIVERS = ("af_xdp", "af_packet")
FORWARDERS = {"sekisho": gateway, "testpmd": testpmd}


def measure_one(lab, forwarder):
    with FORWARDERS[forwarder](lab) as running:
        if forwarder == "sekisho":
            rules = running.dataplane("status")["policy"]["rules"]
            if rules != RULES:
                sys.exit(f"{rules} rules are in force, not {RULES}")
            wait_until_forwarding(lab)
        flood, overload = frames_per_second(lab), frames_per_second(lab, by_kernel=True)
        return {"gbits": tcp_gbits(lab), "flood": flood["arrived"], "flood_sent": flood["sent"],
                "overload": overload["arrived"], "overload_sent": overload["sent"]}


def measure(driver):
    """forwarder -> figure -> median."""
    with bench_lab(f"bench-forward-{driver}".replace("_", "-"), driver=driver) as lab:
        services.iperf3(lab)
        with gateway(lab) as running:  # it starts again with the policy that it has
            answer = running.control("policy.apply", yaml=policy_text(individual_rules(RULES - 1)), comment="bench")
            if not answer["ok"]:
                sys.exit(f"policy: {json.dumps(answer['error'])}")
        rounds = {forwarder: [] for forwarder in FORWARDERS}
        for _ in range(ROUNDS):
            for forwarder, measured in rounds.items():
                row = measure_one(lab, forwarder)
                measured.append(row)
                print(f"{driver:10} {forwarder:8} TCP {row['gbits']:5.2f} Gbit/s   frames a second: flood "
                      f"{row['flood']:9,.0f} of {row['flood_sent']:9,.0f}, overload "
                      f"{row['overload']:9,.0f} of {row['overload_sent']:9,.0f}",
                      flush=True)
        return {forwarder: {figure: median([row[figure] for row in measured]) for figure in measured[0]}
                for forwarder, measured in rounds.items()}


def main():
    prepare("sekisho-dataplane", "bench_traffic")
    metrics = {"driver": DRIVERS[0]}
    for driver in DRIVERS:
        medians = measure(driver)
        prefix = "" if driver == DRIVERS[0] else driver + "_"
        ours, theirs = medians["sekisho"], medians["testpmd"]
        ratio = {figure: rounded(ours[figure] / theirs[figure]) for figure in ours}
        figures = {"tcp_ratio": ratio["gbits"], "pps_ratio": min(ratio["flood"], ratio["overload"]),
                   "flood_pps_ratio": ratio["flood"], "overload_pps_ratio": ratio["overload"],
                   "tcp_gbits": rounded(ours["gbits"]), "testpmd_tcp_gbits": rounded(theirs["gbits"]),
                   "flood_pps": round(ours["flood"]), "testpmd_flood_pps": round(theirs["flood"]),
                   "overload_pps": round(ours["overload"]), "testpmd_overload_pps": round(theirs["overload"])}
        metrics |= {prefix + name: value for name, value in figures.items()}
    print_result(metrics)


if __name__ == "__main__":
    main()
