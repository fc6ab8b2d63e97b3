#!/usr/bin/env python3
"""clang-tidy over the product's sources, skipping files that passed before and have not changed.

    tools/ci/tidy.py [--remember] [--all]

A file has not changed when the same clang-tidy, configuration and flags, the file itself, and every
header of the project that it includes are what they were: their hash names an empty file in
build/tidy, and stands in tools/ci/tidied once --remember wrote it there. So a file is looked at once
in its life, not once on every machine; --all looks at every file again. The compile commands are
those of build/release.
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


def key_of(path, flags, headers, common):
    digest = hashlib.sha256(common + flags.replace(str(ROOT), ".").encode())
    for file in [path, *sorted(set(headers))]:
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:24]


def check(path):
    done = subprocess.run([TOOL, "--quiet", "-p", CACHE, "--extra-arg=-Wno-unknown-warning-option", path],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout.strip() or done.stderr.strip()


def remembered():
    """Keys of the files that some machine found clean."""
    lines = REMEMBERED.read_text().splitlines() if REMEMBERED.exists() else []
    return {line.split()[0] for line in lines}


def keys():
    """Source -> key, once a file."""
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    common = version.splitlines()[0] + (ROOT / ".clang-tidy").read_bytes()  # the other lines name this machine
    found = {}
    for path, flags in commands():
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in FOLDERS:
            found.setdefault(path, key_of(path, flags, headers_of(path, flags), common))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--remember", action="store_true", help="write what is clean into tools/ci/tidied")
    parser.add_argument("--all", action="store_true", help="look at unchanged files too")
    options = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    write_commands()
    found = keys()
    clean = set() if options.all else {path.name for path in CACHE.iterdir()} | remembered()
    waiting = [(path, key) for path, key in found.items() if key not in clean]
    failed = set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (path, key), (passed, said) in zip(waiting, pool.map(lambda item: check(item[0]), waiting)):
            if passed:
                (CACHE / key).touch()
            else:
                failed.add(path)
                print(f"{path.relative_to(ROOT)}\n{said}\n")
    if options.remember:
        REMEMBERED.write_text("".join(f"{key} {path.relative_to(ROOT)}\n"
                                      for path, key in sorted(found.items()) if path not in failed))
    print(f"clang-tidy: {len(found)} files, {len(found) - len(waiting)} unchanged, {len(failed)} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
