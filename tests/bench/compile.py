#!/usr/bin/env python3
"""How long public rule sets take to compile, in the product's own sandboxed compiler.

The sets come from ../shared/content/rules; where they are not there this says so and ends well. Each is fed to
sekisho-compile as sekisho-control does it, on one core, and timed until its exit: all texts are read, parsed and packed
every time. cold: nothing is known. cached: the result of the same rules is known. one_changed: the result of the set is
known and one more rule is added; the slowest of several kinds. What the set's own digest finds compiled is not even
compiled: `sekisho content` and `policy apply` come here only when something changed.

cold_seconds, cached_seconds, one_changed_seconds: of the set with the most rules; medians of 3, 5 and 3.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETS = ROOT.parent / "shared/content/rules"
COMPILER = ROOT / "build/release/bin/sekisho-compile"
COLD_ROUNDS, CACHED_ROUNDS, CHANGED_ROUNDS = 3, 5, 3
ONE_MORE = {
    "HTTP": 'alert http any any -> any any (http.uri; content:"/bench/{n}.cgi"; sid:{n};)',
    "TLS": 'alert tls any any -> any any (tls.sni; content:"bench{n}.example"; sid:{n};)',
    "TCP on any port": 'alert tcp any any -> any any (flow:to_server; content:"bench {n} any port"; sid:{n};)',
}
FIRST_SID = 4_000_000_000


def texts_of(folder):
    names = sorted(path for path in folder.iterdir()
                   if path.suffix == ".rules" or path.name in ("classification.config", "threshold.config"))
    return [(path.name, path.read_bytes()) for path in names]


def framed(texts):
    return b"".join(f"{name} {len(text)}\n".encode() + text for name, text in texts)


def compile_rules(folder, texts, known=None):
    """One run of the compiler: seconds, rules, peak megabytes, file."""
    (folder / "input").write_bytes(framed(texts))
    out, report = folder / f"out{time.monotonic_ns()}", folder / "report"
    command = [COMPILER, "--rules", *(["--known", known] if known else [])]
    with open(folder / "input", "rb") as stdin, open(out, "wb") as stdout, open(report, "wb") as stderr:
        began = time.monotonic()
        child = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    said = report.read_text()
    if child.returncode != 0:
        sys.exit(f"sekisho-compile: exit {child.returncode}: {said[:400]}")
    return seconds, json.loads(said)["rules"], usage.ru_maxrss / 1024, out


def median_of(rounds, folder, texts, known=None):
    runs = [compile_rules(folder, texts, known) for _ in range(rounds)]
    for _, _, _, made in runs[1:]:
        made.unlink()
    return statistics.median(run[0] for run in runs), runs[0]


def measure(name, texts, folder):
    cold, (_, rules, cold_mib, made) = median_of(COLD_ROUNDS, folder, texts)
    cached, (_, _, mib, again) = median_of(CACHED_ROUNDS, folder, texts, made)
    if made.read_bytes() != again.read_bytes():
        sys.exit(f"{name}: what was known gave another result")
    again.unlink()
    changed = {}
    for number, (kind, rule) in enumerate(ONE_MORE.items()):
        more = rule.format(n=FIRST_SID + number).encode() + b"\n"
        changed[kind], (_, more_rules, _, other) = median_of(CHANGED_ROUNDS, folder, [*texts, ("ips_rules", more)], made)
        other.unlink()
        if more_rules != rules + 1:
            sys.exit(f"{name}: {kind}: {more_rules} rules after {rules}")
    print(f"{name}: {rules} rules, {made.stat().st_size >> 20} MiB: cold {cold:.2f} s ({cold_mib:.0f} MiB), cached "
          f"{cached:.2f} s ({mib:.0f} MiB); one more rule: "
          + ", ".join(f"{kind} {seconds:.2f} s" for kind, seconds in changed.items()), flush=True)
    made.unlink()
    return {"rules": rules, "cold_seconds": round(cold, 2), "cached_seconds": round(cached, 2),
            "one_changed_seconds": round(max(changed.values()), 2), "peak_mib": round(max(cold_mib, mib))}


def main():
    if not SETS.is_dir():
        print(f"{SETS} is not there: nothing to measure")
        print(json.dumps({}))
        return
    if not COMPILER.exists():
        sys.exit("sekisho-compile is not built: run tools/build")
    with tempfile.TemporaryDirectory() as folder:
        measured = [measure(path.name, texts_of(path), pathlib.Path(folder))
                    for path in sorted(SETS.iterdir()) if path.is_dir()]
    print(json.dumps(max(measured, key=lambda one: one["rules"])))


if __name__ == "__main__":
    main()
