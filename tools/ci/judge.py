#!/usr/bin/env python3
"""Runs a conformance suite against the built product: tools/judge SUITE [--cases DIR] [--group G]

ips: others' captures with IPS rules and what must be reported (../shared/conformance). Prints the
suite's tables; with --json one object {"suite", "passed", "cases", "groups": {...}}. --ratchet
fails when fewer cases of a group pass than tests/judge/ips.json says, and --raise writes what
passes now into it. Where the suite is not there, says so and ends well.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUITES = ROOT.parent / "shared/conformance"
RATCHET = ROOT / "tests/judge/ips.json"
INSPECT = ROOT / "build/release/bin/sekisho-inspect"
LEFT_OUT = {"firewall-mode"}  # Suricata's own firewall rules: not asked of this product


def command():
    return (f"{INSPECT} --rules {{rules}} --pcap {{pcap}} --log {{out}} --mode {{mode}} --settings {{settings}}"
            " --checksum {checksum} [[--threshold {threshold}]]")


def judge_ips(options):
    """The suite's results, or None where the suite is absent."""
    program = SUITES / "run-ips.py"
    cases = pathlib.Path(options.cases) if options.cases else SUITES / "ips/open/cases"
    if not program.exists() or not cases.is_dir():
        print(f"tools/judge: skipped: {program if not program.exists() else cases} is not there")
        return None
    with tempfile.TemporaryDirectory(prefix="sekisho-judge-") as scratch:
        report = pathlib.Path(scratch) / "report.json"
        arguments = [sys.executable, "-B", program, "--cases", cases, "--cmd", command(), "--json", report,
                     "--strict-evidence", "--jobs", str(options.jobs), "--subgroups"]
        for group in options.group:
            arguments += ["--group", group]
        for case in options.case:
            arguments += ["--case", case]
        if options.failed:
            arguments += ["--failed-list", options.failed]
        ran = subprocess.run(arguments, check=False, stdout=sys.stderr if options.json else None)
        if not report.exists():
            raise SystemExit(f"tools/judge: {program.name} gave no report (exit {ran.returncode})")
        return json.loads(report.read_text())["results"]


def by_group(results):
    groups = {}
    for result in results:
        group = groups.setdefault(result["group"], {"positive": [0, 0], "negative": [0, 0]})
        counts = group[result["polarity"]]
        counts[0] += bool(result["ok"])
        counts[1] += 1
    return groups


def fallen(groups, ratchet):
    """What passes less than it did."""
    for name, before in ratchet.items():
        for polarity in ("positive", "negative"):
            now = groups.get(name, {}).get(polarity, [0, 0])[0]
            if now < before[polarity]:
                yield f"{name}: {now} {polarity} cases pass, {before[polarity]} did"


def main():
    parser = argparse.ArgumentParser(prog="tools/judge", description=__doc__.split("\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", choices=["ips"])
    parser.add_argument("--cases", metavar="DIR", help="a folder of cases (default: the open ones of the suite)")
    parser.add_argument("--group", action="append", default=[], metavar="G", help="GROUP or GROUP/SUBGROUP; may be repeated")
    parser.add_argument("--case", action="append", default=[], help="name or glob; may be repeated")
    parser.add_argument("--failed", metavar="FILE", help="write the cases that failed, with the reason")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--ratchet", action="store_true", help="fail when a group passes less than before")
    parser.add_argument("--raise", dest="lift", action="store_true", help="remember what passes now")
    options = parser.parse_args()
    if not INSPECT.exists():
        raise SystemExit(f"tools/judge: {INSPECT} is not built")
    results = judge_ips(options)
    if results is None:
        return 0
    groups = by_group(results)
    if options.json:
        print(json.dumps({"suite": "ips", "passed": sum(bool(r["ok"]) for r in results), "cases": len(results),
                          "groups": {name: {polarity: {"passed": c[0], "cases": c[1]} for polarity, c in g.items()}
                                     for name, g in sorted(groups.items())}}))
    if options.lift:
        RATCHET.parent.mkdir(exist_ok=True)
        RATCHET.write_text(json.dumps({name: {polarity: c[0] for polarity, c in g.items()}
                                       for name, g in sorted(groups.items()) if name not in LEFT_OUT}, indent=2) + "\n")
    if options.ratchet:
        lost = list(fallen(groups, json.loads(RATCHET.read_text())))
        for line in lost:
            print(f"tools/judge: {line}", file=sys.stderr)
        return 1 if lost else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
