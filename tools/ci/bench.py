#!/usr/bin/env python3
"""Runs benchmarks: tools/bench [NAME...] [--json]

Each is a program build/release/bin/bench_NAME or a script tests/bench/NAME.py (as root, in a lab of
its own) that prints its rows and then one JSON object of metric: value on a line of its own. With
--json only those objects are printed, one line a benchmark: {"benchmark": NAME, ...}.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build/release/bin"
SCRIPTS = ROOT / "tests/bench"
NAMES = {
    "forward": "through the lab against dpdk-testpmd's io mode [tcp_ratio, pps_ratio]",
    "worker": "cost of a packet without I/O [cycles_1k, cycles_1m, setups_per_s, rules_ratio]",
    "kernel": "against the kernel's bridge and nftables [cpu_ratio, veth_ratio]",
    "swap": "1,000 policy swaps under load [lost, worst_pause_us]",
    "apply": "policy apply of 10,000 rules [seconds]",
    "memory": "a million flows [gib_per_million]",
    "ips": "one inspecting worker against raw Hyperscan [ratio_http, ratio_ent]",
    "app": "recognising applications, against nDPI's reader [ent_added_cycles, ent_ndpi_ratio]",
    "compile": "public rule sets in the sandboxed compiler [cold_seconds, cached_seconds, one_changed_seconds]",
    "deliver": "deliver all: one gateway, 1,000, one whose console is killed [seconds, fleet_seconds, failover_seconds]",
    "url": "the URL database of public lists [bytes_per_entry, lookups_per_s, build_seconds, map_ratio]",
    "reputation": "web reputation: known answers, look-ups through the console [ns_per_hit, lookups_per_s]",
    "callbacks": "detectors of C&C calls [dga_host_recall, beacon_found, false_alarms_per_10k_flows]",
    "tls": "HTTPS decryption against Squid, sslsplit, mitmproxy "
           "[conns_ratio_best_peer, conns_ratio_bound, bulk_ratio_best_peer, bypass_ratio]",
    "ingest": "events into the console's database [sqlite_events_per_s, postgresql_events_per_s]",
}


def command_of(name):
    script, program = SCRIPTS / f"{name}.py", PROGRAMS / f"bench_{name}"
    if script.exists():
        return [sys.executable, script]
    return [program] if program.exists() else None


def metrics_of(lines):
    """The last line that is a JSON object."""
    for line in reversed(lines):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except ValueError:
                return None
    return None


def run(name, json_only):
    """Runs one benchmark; its metrics, or None after saying what went wrong."""
    command = command_of(name)
    if command is None:
        print(f"tools/bench: {name}: neither {SCRIPTS / name}.py nor {PROGRAMS}/bench_{name}", file=sys.stderr)
        return None
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tools/lab"), "PYTHONDONTWRITEBYTECODE": "1"}
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT) as child:
        for line in child.stdout:
            lines.append(line.rstrip("\n"))
            if not json_only:
                print(line, end="", flush=True)
    metrics = metrics_of(lines)
    if child.returncode != 0 or metrics is None:
        print(f"tools/bench: {name}: " + (f"exit {child.returncode}" if child.returncode else
                                          "printed no JSON object"), file=sys.stderr)
        return None
    return metrics


def main():
    parser = argparse.ArgumentParser(prog="tools/bench", formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__.split("\n", 1)[1] + "\nbenchmarks:\n" + "\n".join(
                                         f"  {name:9} {about}" for name, about in NAMES.items()))
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all of them")
    parser.add_argument("--json", action="store_true", help="only the JSON objects")
    options = parser.parse_args()
    for name in options.names:
        if name not in NAMES:
            parser.error(f"no benchmark {name!r} (there are {', '.join(NAMES)})")
    built = subprocess.run([ROOT / "tools/build"], stdout=sys.stderr, check=False)
    if built.returncode != 0:
        return built.returncode
    failed = 0
    for name in options.names or NAMES:
        if not options.json:
            print(f"\n== {name}: {NAMES[name]}", flush=True)
        metrics = run(name, options.json)
        if metrics is None:
            failed += 1
        elif options.json:
            print(json.dumps({"benchmark": name} | metrics), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
