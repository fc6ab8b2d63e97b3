#!/usr/bin/env python3
"""What recognising applications costs a packet, and nDPI's reader on the same captures, in one run on one core.

The captures are those of `tools/bench ips`. Our worker has the frames in memory and goes over them again and again: once
inspecting nothing, once inspecting each flow until its application is known, in turns. Cycles are of the time-stamp counter,
of this process's CPU time. nDPI's reader goes over the file several times, and once over its first packet alone: what starting
up costs is taken off.
"""
import json
import os
import resource
import struct
import subprocess
import sys

import ips

TURNS = 4
PASSES = 4  # of nDPI's reader over a file


def cheapest(capture, *choices):
    """What a packet costs with each of the options, tried in turns: the machine's clock is not always the same."""
    turns = [[ips.inspect(capture, [option]) for option in choices] for _ in range(TURNS)]
    return [min(seen, key=lambda result: result["cycles_a_frame"]) for seen in zip(*turns)]


def packets_in(capture):
    """Of a capture file in this machine's byte order."""
    count, at, data = 0, 24, capture.read_bytes()
    while at + 16 <= len(data):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        count += 1
    return count


def first_packet_of(capture):
    path = capture.with_name("one.pcap")
    with open(capture, "rb") as whole:
        head = whole.read(40)
        path.write_bytes(head + whole.read(struct.unpack_from("<I", head, 32)[0]))
    return path


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ndpi_rate(capture):
    """Packets a second of CPU time."""
    def seconds(file):
        return min(cpu_seconds(["ndpiReader", "-q", "-i", file]) for _ in range(PASSES))
    return packets_in(capture) / (seconds(capture) - seconds(first_packet_of(capture)))


def main():
    if not ips.BENCH.is_dir():
        print(f"app: skipped: {ips.BENCH} is not there")
        print(json.dumps({}))
        return 0
    subprocess.run([ips.ROOT / "tools/install", "captures"], check=True)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    folder, metrics = ips.captures(), {}
    settled = ips.settled_flows(folder / "settled.pcap", ips.certificate(folder))
    for name, capture in (("ent", folder / "ent.pcap"), ("small", folder / "small.pcap"), ("settled", settled)):
        plain, known = cheapest(capture, "--plain", "--applications")
        added = known["cycles_a_frame"] - plain["cycles_a_frame"]
        rate, peer = known["frames_per_second"], ndpi_rate(capture)
        print(f"{name:8} {plain['cycles_a_frame']:7.1f} cycles a packet, {added:+7.1f} for applications; {rate / 1e6:7.3f} M "
              f"packets/s, nDPI {peer / 1e6:7.3f}: {rate / peer:6.2f} times", flush=True)
        metrics |= {f"{name}_added_cycles": round(added, 1), f"{name}_ndpi_ratio": round(rate / peer, 2)}
    print(json.dumps(metrics))
    return 0


if __name__ == "__main__":
    sys.exit(main())
