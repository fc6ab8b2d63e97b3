#!/usr/bin/env python3
"""clang-tidy over the product's sources, skipping files that passed before and have not changed.

    tools/ci/tidy.py [--remember] [--all]

A file has not changed when the same clang-tidy, configuration and flags, and the file itself are what
they were: their hash names an empty file in build/tidy, and stands in tools/ci/tidied once --remember
wrote it there. So a file is looked at once in its life, not once on every machine. A header is looked
at with a source that includes it: one that has changed, too, or the first. What a changed header means
to unchanged sources is the compiler's to say; --all looks at every file again. The compile commands
are those of build/release.
"""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
CACHE = ROOT / "build/tidy"
REMEMBERED = ROOT / "tools/ci/tidied"
FOLDERS = ("config", "rules", "engines", "dataplane", "controlplane", "tools")
TOOL = "clang-tidy-14"


INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)


@functools.cache
def included_by(file, folders):
    """Headers of the project that `file` includes, itself or through others; `folders` are looked through."""
    found, waiting = set(), [file]
    while waiting:
        current = waiting.pop()
        for name in INCLUDE.findall(current.read_bytes()):
            places = (folder / name.decode() for folder in (current.parent, *folders))
            header = next((pathlib.Path(os.path.normpath(place)) for place in places if place.exists()), None)
            if header and header.is_relative_to(ROOT) and header not in found:
                found.add(header)
                waiting.append(header)
    return found


def headers_of(path, flags):
    words = shlex.split(flags)
    folders = [word[2:] for word in words if word.startswith("-I")]
    folders += [words[i + 1] for i, word in enumerate(words) if word == "-isystem"]
    return included_by(path, tuple(pathlib.Path(folder) for folder in folders))


def commands():
    """(source, command) of all sources; those that are compiled together get a command of their own."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        together = pathlib.Path(entry["file"])
        if together.parent.name != "Unity":
            yield together, entry["command"]
            continue
        built = entry["command"].split(" -o ")[1].split()[0]
        target = pathlib.Path(built).parent.parent
        folder = ROOT / target.parent.parent
        for source in INCLUDE.findall(together.read_bytes()):
            path = pathlib.Path(source.decode())
            if not path.is_relative_to(folder):  # made by the build
                continue
            alone = target / path.relative_to(folder)
            yield path, entry["command"].replace(built, f"{alone}.o").replace(str(together), str(path))


def write_commands():
    """For clang-tidy, which looks sources up by name."""
    rows = [{"directory": str(BUILD), "file": str(path), "command": command} for path, command in commands()]
    (CACHE / "compile_commands.json").write_text(json.dumps(rows))


def key_of(file, common):
    """`common`: what a file's findings depend on besides itself."""
    return hashlib.sha256(common + str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes()).hexdigest()[:24]


def told_flags(flags):
    """Those that change what a file means; where headers are and where the object goes does not."""
    words = iter(shlex.split(flags)[1:])
    kept = []
    for word in words:
        if word in ("-isystem", "-o", "-c"):
            next(words, None)
        elif not word.startswith("-I"):
            kept.append(word.replace(str(ROOT), "."))
    return " ".join(kept).encode()


def check(path):
    done = subprocess.run([TOOL, "--quiet", "-p", CACHE, "--extra-arg=-Wno-unknown-warning-option", path],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout.strip() or done.stderr.strip()


def remembered():
    """Keys of the files that some machine found clean."""
    lines = REMEMBERED.read_text().splitlines() if REMEMBERED.exists() else []
    return {line.split()[0] for line in lines}


class Files:
    """Keys of all sources and headers, and which source includes which header."""

    def __init__(self):
        version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
        common = version.splitlines()[0] + (ROOT / ".clang-tidy").read_bytes()  # the other lines name this machine
        self.keys, self.headers = {}, {}
        for path, flags in commands():
            if not path.is_relative_to(ROOT) or path.relative_to(ROOT).parts[0] not in FOLDERS or path in self.headers:
                continue
            self.keys[path] = key_of(path, common + told_flags(flags))
            self.headers[path] = headers_of(path, flags)
            for header in self.headers[path]:
                if header not in self.keys and header.relative_to(ROOT).parts[0] in FOLDERS:
                    self.keys[header] = key_of(header, common)

    def sources_of(self, changed):
        """The sources to look at, so that each changed file is seen."""
        wanted = [path for path in self.headers if path in changed]
        unseen = changed.difference(wanted, *(self.headers[path] for path in wanted))
        for path, headers in self.headers.items():
            if unseen & headers:
                wanted.append(path)
                unseen -= headers
        return wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--remember", action="store_true", help="write what is clean into tools/ci/tidied")
    parser.add_argument("--all", action="store_true", help="look at unchanged files too")
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    write_commands()
    files = Files()
    clean = set() if options.all else {path.name for path in CACHE.iterdir()} | remembered()
    changed = {path for path, key in files.keys.items() if key not in clean}
    waiting = files.sources_of(changed)
    failed, passed = set(), set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, (good, said) in zip(waiting, pool.map(check, waiting)):
            seen = {path, *files.headers[path]}
            (passed if good else failed).update(seen & changed)
            if good and path in changed:  # at once: a run may be cut short
                (CACHE / files.keys[path]).touch()
            if not good:
                print(f"{path.relative_to(ROOT)}\n{said}\n", flush=True)
    for path in passed - failed:
        (CACHE / files.keys[path]).touch()
    if options.remember:
        REMEMBERED.write_text("".join(f"{key} {path.relative_to(ROOT)}\n"
                                      for path, key in sorted(files.keys.items()) if path not in failed))
    count = sum(path in failed for path in waiting)
    print(f"clang-tidy: {len(files.keys)} files, {len(files.keys) - len(changed)} unchanged, looked at {len(waiting)}, "
          f"{count} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
