#!/usr/bin/env python3
"""One inspecting worker against raw Hyperscan over the same payloads, in one run on one core.

The captures, the scanner (hsb) and its list of fast patterns come from ../shared/bench, the rules
from ../shared/content/rules; where they are not there this says so and ends well. Captures are made
once, in build/bench-captures. ratio_X: payload that our worker inspects in a second of CPU time
over what the scanner gets through, with the same ET Open rules; bodies to 1 MB a direction.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
BENCH = SHARED / "bench"
RULES = SHARED / "content/rules/et-open-suricata5-2021"
SCRATCH = ROOT / "build/bench-captures"
WORKER = ROOT / "build/release/bin/bench_ips_worker"
SECONDS = "6"


def captures():
    if not (SCRATCH / "udp64.pcap").exists():
        print("making the captures (some minutes)", flush=True)
        subprocess.run([ROOT / "tools/install", "captures"], check=True)
        subprocess.run([BENCH / "make-captures", SCRATCH], check=True, stdout=subprocess.DEVNULL)
    return SCRATCH


def scanner(rules):
    program, patterns = SCRATCH / "hsb", SCRATCH / "et.patterns"
    subprocess.run(["gcc", "-O3", "-march=native", "-o", program, BENCH / "hsb.c", "-lhs"], check=True)
    subprocess.run([sys.executable, BENCH / "fastpat.py", patterns, *rules], check=True, stdout=subprocess.DEVNULL)
    return program, patterns


def scan(program, patterns, capture):
    """(Gbit/s of payload, megabytes of payload in the capture)"""
    said = subprocess.run([program, patterns, capture, "block", "lit", "1", SECONDS, "4"], check=True,
                          capture_output=True, text=True).stdout
    rate = float(re.search(r"([\d.]+) Gbit/s", said).group(1))
    return rate, float(re.search(r"payload=([\d.]+)MB", said).group(1))


def inspect(capture, rules):
    said = subprocess.run([WORKER, capture, SECONDS, *rules], check=True, capture_output=True, text=True).stdout
    return json.loads(said)


def main():
    if not BENCH.is_dir() or not RULES.is_dir():
        print(f"ips: skipped: {BENCH} or {RULES} is not there")
        print(json.dumps({}))
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    folder = captures()
    rules = sorted(map(str, RULES.glob("**/*.rules")))
    program, patterns = scanner(rules)
    metrics = {}
    for name in ("http", "ent", "small", "udp64"):
        capture = folder / f"{name}.pcap"
        ceiling, payload_mb = scan(program, patterns, capture)
        frames = capture.stat().st_size
        for what, used in (("et", rules), ("none", [])):
            result = inspect(capture, used)
            share = payload_mb * 1e6 / frames
            rate = result["gbit_per_second"] * share
            print(f"{name:6} {what:5} {result['rules']:6} rules: {result['frames_per_second'] / 1e6:7.3f} M packets/s, "
                  f"{result['gbit_per_second']:7.3f} Gbit/s of frames, {rate:7.3f} of payload; scanner {ceiling:6.3f}; "
                  f"{rate / ceiling:5.2f} of it; {result['alerts']} alerts a pass", flush=True)
            if what == "et":
                metrics[f"ratio_{name}"] = round(rate / ceiling, 3)
            metrics[f"{name}_{what}_packets_per_s"] = round(result["frames_per_second"])
            metrics[f"{name}_{what}_gbit_per_s"] = round(result["gbit_per_second"], 3)
    print(json.dumps(metrics))
    return 0


if __name__ == "__main__":
    sys.exit(main())
