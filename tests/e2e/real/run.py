#!/usr/bin/env python3
"""Walks through the page of a real console with a real gateway behind it, in a lab of its own (as root).

Needs build/web (tools/web) and this folder's parent's npm packages (tests/e2e/run installs them). Prints what
node's test runner prints, then "N passed" or "N passed, M failed"."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools/lab"))
sys.dont_write_bytecode = True

from sekisho_lab import HOSTS, Lab, services  # noqa: E402
from sekisho_lab.console import ADMIN, Console  # noqa: E402


def main():
    with Lab(f"page-{os.getpid()}", hosts=("client", "server", "console")) as lab:
        services.web(lab)
        gateway = lab.start_gateway()
        console = Console(lab, web=ROOT / "build/web")
        console.create_admin()
        console.start()
        client = console.client()
        console.enrol(client, *console.add_tenant(client), gateway)
        fetch = f"ip netns exec {lab.namespace('client')} curl -s -f -m 1 -o /dev/null http://{HOSTS['server'].ipv4}/"
        done = subprocess.run(["node", "--test", "--test-reporter=tap", *map(str, (ROOT / "tests/e2e/real").glob("*.mjs"))],
                              env=os.environ | {"SEKISHO_URL": console.url.rstrip("/"), "SEKISHO_LOGIN": ADMIN,
                                                "SEKISHO_PASSWORD": console.password, "SEKISHO_FETCH": fetch},
                              stdout=subprocess.PIPE, text=True, check=False, timeout=300)
    print(done.stdout)
    passed, failed = (int(re.search(rf"^# {what} (\d+)$", done.stdout, re.M)[1]) for what in ("pass", "fail"))
    print(f"{passed} passed" + (f", {failed} failed" if failed else ""))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
