#!/usr/bin/env python3
"""Runs a conformance suite against the built product: tools/judge SUITE [--cases DIR] [--group G]

ips: others' captures with IPS rules and what must be reported (../shared/conformance). app: others'
captures and what each of their flows is. tls: clients and origins at both ends of a gateway that
decrypts (needs root, for network namespaces). Prints the suite's tables; with --json one object:
ips {"suite", "passed", "cases", "groups": {...}}, app {"suite", "flows", "labelled", "wrong",
"flows_percent", "bytes_percent", "wrong_percent", "groups": {...}}, tls {"suite", "passed", "cases",
"skipped", "groups": {...}}, where wrong are flows that got
the name of something else (no name, or just the protocol's, is not wrong). --ratchet fails when
fewer cases or flows of a group pass than tests/judge/SUITE.json says, or more flows are wrong, and
--raise writes what passes now into it. Where the suite is not there, says so and ends well.
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
RATCHETS = ROOT / "tests/judge"
INSPECT = ROOT / "build/release/bin/sekisho-inspect"
LEFT_OUT = {"firewall-mode"}  # Suricata's own firewall rules: not asked of this product


def command():
    return (f"{INSPECT} --rules {{rules}} --pcap {{pcap}} --log {{out}} --mode {{mode}} --settings {{settings}}"
            " --checksum {checksum} [[--threshold {threshold}]]")


def run_suite(options, more):
    """The suite's report, or None where the suite is absent."""
    program = SUITES / f"run-{options.suite}.py"
    cases = pathlib.Path(options.cases) if options.cases else SUITES / options.suite / "open/cases"
    if not program.exists() or not cases.is_dir():
        print(f"tools/judge: skipped: {program if not program.exists() else cases} is not there")
        return None
    with tempfile.TemporaryDirectory(prefix="sekisho-judge-") as scratch:
        report = pathlib.Path(scratch) / "report.json"
        arguments = [sys.executable, "-B", program, "--cases", cases, "--json", report, "--jobs", str(options.jobs), *more]
        for group in options.group:
            arguments += ["--group", group]
        for case in options.case:
            arguments += ["--case", case]
        if options.failed:
            arguments += ["--failed-list", options.failed]
        ran = subprocess.run(arguments, check=False, stdout=sys.stderr if options.json else None)
        if not report.exists():
            raise SystemExit(f"tools/judge: {program.name} gave no report (exit {ran.returncode})")
        return json.loads(report.read_text())


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


def judge_ips(options):
    """What is shown as JSON, what a ratchet keeps, and a function that tells what fell below one."""
    report = run_suite(options, ["--cmd", command(), "--strict-evidence", "--subgroups"])
    if report is None:
        return None
    results = report["results"]
    groups = by_group(results)
    shown = {"suite": "ips", "passed": sum(bool(r["ok"]) for r in results), "cases": len(results),
             "groups": {name: {polarity: {"passed": c[0], "cases": c[1]} for polarity, c in g.items()}
                        for name, g in sorted(groups.items())}}
    kept = {name: {polarity: c[0] for polarity, c in g.items()}
            for name, g in sorted(groups.items()) if name not in LEFT_OUT}
    return shown, kept, lambda ratchet: fallen(groups, ratchet)


def is_wrong(miss):
    """The flow was called something that it is not: neither nothing nor the protocol that carries it."""
    names = (miss["got"] or [None])[0]
    if not names:
        return False
    plain = ["".join(c for c in name.lower() if c.isalnum()) for name in (names[0], miss["label"].split(".")[0])]
    return plain[0] != plain[1] and names[0] != miss["got"][1]


def judge_app(options):
    adapter = f"{sys.executable} -B {ROOT / 'tools/ci/judge_app.py'} {{pcap}} {{out}}"
    results = run_suite(options, ["--cmd", adapter])
    if results is None:
        return None
    groups = {}
    for result in results:
        group = groups.setdefault(result["group"], {"labelled": 0, "flows": 0, "wrong": 0})
        group["labelled"] += result["label_ok"]
        group["flows"] += result["scored"]
        group["wrong"] += sum(map(is_wrong, result["miss"]))
    flows, labelled, wrong = (sum(g[key] for g in groups.values()) for key in ("flows", "labelled", "wrong"))
    share = lambda part, whole: round(100.0 * part / whole, 1) if whole else 0.0
    size, right = (sum(r[key] for r in results) for key in ("bytes", "label_bytes"))
    shown = {"suite": "app", "flows": flows, "labelled": labelled, "wrong": wrong, "flows_percent": share(labelled, flows),
             "bytes_percent": share(right, size), "wrong_percent": share(wrong, flows), "groups": dict(sorted(groups.items()))}
    print(f"wrong labels: {wrong} of {flows} flows ({shown['wrong_percent']}%)", file=sys.stderr if options.json else sys.stdout)
    kept = {"wrong": wrong, "labelled": {name: g["labelled"] for name, g in sorted(groups.items())}}
    return shown, kept, lambda ratchet: app_fallen(groups, wrong, ratchet)


def app_fallen(groups, wrong, ratchet):
    for name, before in ratchet["labelled"].items():
        now = groups.get(name, {}).get("labelled", 0)
        if now < before:
            yield f"{name}: {now} flows are labelled, {before} were"
    if wrong > ratchet["wrong"]:
        yield f"{wrong} flows are labelled wrong, {ratchet['wrong']} were"


def judge_tls(options):
    """Groups are what stands before the first dash of a case's name: cert, hello, h1, h2, ..."""
    suite = pathlib.Path(options.cases) if options.cases else SUITES / "tls"
    if not (suite / "run.sh").exists():
        print(f"tools/judge: skipped: {suite / 'run.sh'} is not there")
        return None
    import judge_tls as tls  # the lab's library is not asked for by who judges captures
    with tempfile.TemporaryDirectory(prefix="sekisho-judge-") as scratch:
        os.chmod(scratch, 0o755)
        results = tls.run(suite.resolve(), scratch, options.case)
    groups = {}
    for result in results:
        group = groups.setdefault(result["name"].split("-")[0], {"passed": 0, "cases": 0})
        group["passed"] += result["outcome"] == "PASS"
        group["cases"] += result["outcome"] != "SKIP"
    failed = [f"{r['name']} {r['reason']}" for r in results if r["outcome"] == "FAIL"]
    if options.failed:
        pathlib.Path(options.failed).write_text("".join(line + "\n" for line in failed))
    passed, cases = (sum(g[key] for g in groups.values()) for key in ("passed", "cases"))
    shown = {"suite": "tls", "passed": passed, "cases": cases, "skipped": len(results) - cases,
             "groups": dict(sorted(groups.items()))}
    print("\n".join(f"FAIL {line}" for line in failed), f"\ntls: {passed} of {cases} cases pass",
          file=sys.stderr if options.json else sys.stdout)
    kept = {name: g["passed"] for name, g in sorted(groups.items())}
    return shown, kept, lambda ratchet: (f"{name}: {groups.get(name, {'passed': 0})['passed']} cases pass, {before} did"
                                         for name, before in ratchet.items() if groups.get(name, {"passed": 0})["passed"] < before)


def main():
    parser = argparse.ArgumentParser(prog="tools/judge", description=__doc__.split("\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", metavar="SUITE", choices=["ips", "app", "tls"])
    parser.add_argument("--cases", "--suite", metavar="DIR", help="a folder of cases (default: the open ones of the suite)")
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
    judged = {"ips": judge_ips, "app": judge_app, "tls": judge_tls}[options.suite](options)
    if judged is None:
        return 0
    shown, kept, fallen_below = judged
    if options.json:
        print(json.dumps(shown))
    ratchet = RATCHETS / f"{options.suite}.json"
    if options.lift:
        ratchet.parent.mkdir(exist_ok=True)
        ratchet.write_text(json.dumps(kept, indent=2) + "\n")
    if options.ratchet:
        lost = list(fallen_below(json.loads(ratchet.read_text())))
        for line in lost:
            print(f"tools/judge: {line}", file=sys.stderr)
        return 1 if lost else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
