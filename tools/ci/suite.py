#!/usr/bin/env python3
"""Every check of the project, in the order of what fails soonest."""
import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORES = os.cpu_count() or 1
SOURCE_FOLDERS = ("config", "rules", "engines", "dataplane", "controlplane", "tools", "tests")
SHORT_FUZZ_SECONDS = 3
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:check_initialization_order=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "OMP_NUM_THREADS": "1",  # XGBoost's threads wait for each other in libgomp, which TSan does not see
}


class Tally:
    """What passed and failed so far; prints each as it comes."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, name, passed, failed, output="", seconds=None, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        time_taken = "" if seconds is None else f" in {seconds:.1f} s"
        counts = f"{passed} passed" + (f", {failed} FAILED" if failed else "") + (
            f", {skipped} skipped" if skipped else "")
        print(f"  {'FAIL' if failed else 'ok  '} {name}: {counts}{time_taken}", flush=True)
        if failed:
            print("\n".join("       | " + line for line in output.splitlines()[-120:]), flush=True)


def run(command, timeout=1800, env=None, cwd=ROOT):
    """(exit code, what it said, seconds); a command that takes too long has failed."""
    began = time.monotonic()
    try:
        done = subprocess.run(list(map(str, command)), cwd=cwd, env=os.environ | (env or {}), timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", check=False)
        return done.returncode, done.stdout, time.monotonic() - began
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
        text = said if isinstance(said, str) else said.decode(errors="replace")
        return 124, f"{text}\ntook longer than {timeout} s", time.monotonic() - began


def check(tally, name, command, **options):
    code, output, seconds = run(command, **options)
    tally.add(name, int(code == 0), int(code != 0), output, seconds)
    return code == 0


def build(tally, preset, targets=()):
    return check(tally, f"build {preset}" + (" (part)" if targets else ""),
                 ["tools/build", "--preset", preset, *targets], timeout=3600)


def registered_tests(preset):
    """(name, command) of each ctest of a configured build; a program not yet built has no command."""
    shown = subprocess.run(["ctest", "--show-only=json-v1"], cwd=ROOT / "build" / preset, capture_output=True,
                           text=True, check=True).stdout
    for test in json.loads(shown)["tests"]:
        yield test["name"], test.get("command", [])


def catch_counts(code, output):
    """(passed, failed) test cases of a Catch2 program; one of either for any other program."""
    all_passed = re.findall(r"All tests passed \(.*?in (\d+) test cases?\)", output)
    some = re.findall(r"test cases:\s*(\d+)(?: \|\s*(\d+) passed)?(?: \|\s*(\d+) failed)?", output)
    if code == 0 and all_passed:
        return int(all_passed[-1]), 0
    if some:
        failed = int(some[-1][2] or 0)
        return int(some[-1][1] or 0), max(failed, 1 if code else 0)
    return int(code == 0), int(code != 0)


def run_tests(tally, label, tests, env=None, arguments=()):
    """Runs test programs, first those that wait for clocks and disks beside what needs the processors."""
    tests = sorted(tests, key=lambda test: "controlplane" not in test[0])
    with concurrent.futures.ThreadPoolExecutor(CORES + 2) as pool:
        done = pool.map(lambda test: run([*test[1], *arguments], env=env, timeout=900), tests)
        for (name, _), (code, output, seconds) in zip(tests, done):
            passed, failed = catch_counts(code, output)
            tally.add(f"{label}{name}", passed, failed, output, seconds)


def unit(tally, _):
    if build(tally, "release"):
        run_tests(tally, "", [test for test in registered_tests("release") if not test[0].startswith("lint_")])


def configure(tally, preset):
    """So that the build's list of tests can be read before anything is compiled."""
    if (ROOT / "build" / preset / "build.ninja").exists():
        return True
    return check(tally, f"configure {preset}", ["cmake", "--preset", preset])


def fuzz_targets():
    shown = run(["ninja", "-C", "build/fuzz", "-t", "targets", "all"])[1]
    return sorted(set(re.findall(r"^(fuzz_\w+): phony", shown, re.M)))


class EarlyBuild:
    """Compiles for the sanitizers while other tests wait for clocks and networks, behind everything else."""

    def __init__(self):
        self.process = None

    def start(self, tally):
        if configure(tally, "fuzz") and configure(tally, "tsan"):
            units = [name for name, _ in registered_tests("fuzz") if name.startswith("unit_")]
            builds = (("fuzz", units + fuzz_targets()), ("tsan", sorted(set(threaded_tests()))))
            script = " && ".join(shlex.join(["ninja", "-C", f"build/{preset}", f"-j{CORES}", "-k0", *targets])
                                 for preset, targets in builds)
            self.process = subprocess.Popen(["bash", "-c", script], cwd=ROOT, preexec_fn=self.step_back,
                                            start_new_session=True, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @staticmethod
    def step_back():
        os.nice(19)
        with contextlib.suppress(OSError):  # a session of its own counts as a whole where there are autogroups
            pathlib.Path("/proc/self/autogroup").write_text("19")

    def stop(self):
        """What is compiled stays; a failure is the stage's to tell."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait()
        self.process = None


def asan(tally, _):
    """Unit tests with AddressSanitizer and UBSan: in clang's build, which the fuzz targets need anyway."""
    if configure(tally, "fuzz"):
        names = [name for name, _ in registered_tests("fuzz") if name.startswith("unit_")]
        if build(tally, "fuzz", names):
            run_tests(tally, "asan ", [test for test in registered_tests("fuzz") if test[0] in names], env=SANITIZERS)


def threaded_tests():
    """Names of the unit tests that start threads to try lock-free code (the control plane and the tools use locks)."""
    listings = [path for folder in ("config", "engines", "dataplane")
                for path in sorted((ROOT / "tests/unit" / folder).rglob("CMakeLists.txt"))]
    for listing in listings:
        sources = listing.parent.glob("*.cc")
        if any(re.search(r"std::j?thread\b|#include <thread>", source.read_text()) for source in sources):
            for name in re.findall(r"sekisho_unit_test\(\s*(\w+)", listing.read_text()):
                yield f"unit_{name}"


def tsan(tally, _):
    names = set(threaded_tests())
    if configure(tally, "tsan") and names and build(tally, "tsan", sorted(names)):
        run_tests(tally, "tsan ", [test for test in registered_tests("tsan") if test[0] in names], env=SANITIZERS)


def sources_number():
    """The same for the same sources: what CI's short fuzzing tries then is tried again by who repeats it."""
    code, tree, _ = run(["git", "rev-parse", "HEAD^{tree}"])
    return int(tree[:7], 16) + 1 if code == 0 else 1


def fuzz_one(target, seconds, seed, growing):
    name = target.removeprefix("fuzz_")
    grown, found = growing / name, ROOT / "build/fuzz-findings" / name
    for directory in (grown, found):
        directory.mkdir(parents=True, exist_ok=True)
    program = next((ROOT / "build/fuzz").rglob(target))
    code, output, took = run([program, f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=10",
                              "-rss_limit_mb=4096", "-print_final_stats=1", f"-artifact_prefix={found}/", grown,
                              ROOT / "tests/fuzz/corpus" / name], env=SANITIZERS, timeout=seconds + 300)
    # How the coverage grew says nothing about a finding, and hides it.
    return code, re.sub(r"^#\d+\t.*\n", "", output, flags=re.M), took


def fuzz(tally, options):
    """Each fuzz target for a while; what it finds stays in build/fuzz-findings.

    The short run, CI's, begins with the seeds alone and repeats itself on the same sources; with --fuzz-seconds
    each run goes on from what the ones before have grown in build/fuzz-corpus, by chance."""
    if not configure(tally, "fuzz"):
        return
    targets = fuzz_targets()
    if not build(tally, "fuzz", targets):
        return
    with tempfile.TemporaryDirectory() as fresh, concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        how = ((options.fuzz_seconds, 0, ROOT / "build/fuzz-corpus") if options.fuzz_seconds else
               (SHORT_FUZZ_SECONDS, sources_number(), pathlib.Path(fresh)))
        for target, (code, output, took) in zip(targets, pool.map(lambda target: fuzz_one(target, *how), targets)):
            runs = re.findall(r"number_of_executed_units:\s*(\d+)", output)
            tally.add(f"{target} ({runs[-1] if runs else 0} runs)", int(code == 0), int(code != 0), output, took)


def tracked(*endings):
    listed = run(["git", "ls-files", "-co", "--exclude-standard"])[1].splitlines()
    return [path for path in listed if path.endswith(endings) and path.split("/")[0] in SOURCE_FOLDERS
            and (ROOT / path).exists()]


def lint(tally, options):
    check(tally, "clang-format", ["clang-format-14", "--dry-run", "--Werror", *tracked(".h", ".cc")])
    check(tally, "check_doors", [sys.executable, "tools/lint/check_doors.py"])
    scripts = [path for path in tracked("") if (ROOT / path).read_bytes()[:40].startswith(b"#!/usr/bin/env bash")]
    check(tally, "shell syntax", ["bash", "-c", 'for f in "$@"; do bash -n "$f" || exit 1; done', "-", *scripts])
    check(tally, "python syntax", [sys.executable, "-c",
                                   "import ast, sys\nfor f in sys.argv[1:]: ast.parse(open(f).read(), f)",
                                   *tracked(".py")])
    if not options.quick:
        if build(tally, "release") and build(tally, "release", ["all_verify_interface_header_sets"]):
            check(tally, "clang-tidy", [sys.executable, "tools/ci/tidy.py"], timeout=3600)


def integration(tally, _):
    """The lab's tests, one file after another: they measure time."""
    if os.geteuid() != 0:
        tally.add("integration", 0, 1, "needs root, for network namespaces")
        return
    if not build(tally, "release") or not check(tally, "build the page", ["tools/web"]):
        return
    for path in sorted((ROOT / "tests/integration").glob("test_*.py")):
        code, output, seconds = run([sys.executable, "-B", "-m", "unittest", "-v", path.stem],
                                    cwd=path.parent, timeout=900)
        ran = re.findall(r"^Ran (\d+) tests?", output, re.M)
        bad = {kind: int(count) for kind, count in re.findall(r"(failures|errors|skipped)=(\d+)", output)}
        failed = bad.get("failures", 0) + bad.get("errors", 0)
        if code != 0 and failed == 0:
            failed = 1
        skipped = bad.get("skipped", 0)
        for why in re.findall(r"^(.*) \.\.\. (skipped .*)$", output, re.M):
            print(f"       {why[0]}: {why[1]}")
        passed = max(0, (int(ran[-1]) if ran else 0) - failed - skipped)
        tally.add(path.stem, passed, failed, output, seconds, skipped)


def web(tally, _):
    """The console's page: its units and its lint, the page in a browser, and once more with the real console."""
    if not build(tally, "release") or not check(tally, "build the page", ["tools/web"]):
        return
    if not check(tally, "packages of the walks", ["tools/npm-packages", "controlplane/console/web", "tests/e2e"]):
        return
    programs = {"the console's page": "tests/e2e/run", "with a real console": "tests/e2e/real/run.py"}
    with concurrent.futures.ThreadPoolExecutor() as pool:  # at once: browsers wait more than they work
        done = pool.map(lambda program: run([program], timeout=1500), programs.values())
    for name, (code, output, seconds) in zip(programs, done):
        counts = re.findall(r"^(\d+) passed(?:, (\d+) failed)?$", output, re.M)
        passed, failed = (int(counts[-1][0]), int(counts[-1][1] or 0)) if counts else (0, 0)
        tally.add(name, passed, failed or int(code != 0), output, seconds)


def judge(tally, _):
    """Other people's conformance suites: each group passes as much as tests/judge says, or more."""
    if not build(tally, "release"):
        return
    for suite in ("ips", "app", "tls"):
        code, output, seconds = run([sys.executable, "-B", "tools/ci/judge.py", suite, "--ratchet", "--json"])
        if code == 0 and "tools/judge: skipped" in output:
            print(f"       {output.strip()}")
            tally.add(f"judge {suite}", 0, 0, seconds=seconds, skipped=1)
        else:
            tally.add(f"judge {suite}", int(code == 0), int(code != 0), output, seconds)


STAGES = {"unit": unit, "lint": lint, "integration": integration, "web": web, "judge": judge, "asan": asan,
          "tsan": tsan, "fuzz": fuzz}
WAITING_STAGES = {"integration", "web", "judge"}  # they leave most of the processors' time


def run_stages(tally, stages, options):
    early_build = EarlyBuild()
    try:
        for place, name in enumerate(stages):
            print(f"{name}:", flush=True)
            began = time.monotonic()
            if name not in WAITING_STAGES:
                early_build.stop()
            elif early_build.process is None and "asan" in stages[place:]:
                early_build.start(tally)
            STAGES[name](tally, options)
            print(f"  {name} took {time.monotonic() - began:.0f} s", flush=True)
    finally:
        early_build.stop()


def main():
    parser = argparse.ArgumentParser(prog="tools/test", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="unit tests and fast lints only")
    parser.add_argument("--only", action="append", choices=STAGES, help="only this stage (may be repeated)")
    parser.add_argument("--fuzz-seconds", type=int, metavar="N",
                        help=f"fuzz each target for so long, from what former runs have grown "
                             f"(default: {SHORT_FUZZ_SECONDS}, from the seeds alone)")
    options = parser.parse_args()
    stages = options.only or (["unit", "lint"] if options.quick else list(STAGES))
    tally, began = Tally(), time.monotonic()
    run_stages(tally, stages, options)
    if shutil.which("ccache"):
        print(re.sub(r"\s+", " ", " ".join(run(["ccache", "-s"])[1].splitlines()[:3])))
    print(f"all of it took {(time.monotonic() - began) / 60:.1f} min")
    print(f"{tally.passed} passed, {tally.failed} failed" + (f", {tally.skipped} skipped" if tally.skipped else ""))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
