#!/usr/bin/env python3
"""Web reputation: an answer that is known, and look-ups through the whole way to the console and back.

ns_per_hit: from a canonical URL to its answer in the workers' table, on one core (goal: at most 1,000).
lookups_per_s: of new URLs, put into a worker's ring of a running gateway at 12,000 a second for ten seconds and
answered by the lab's console over the link (goal: 10,000); refused: found the ring full; failed: got no rating.
"""

import json
import subprocess

from lab_traffic import LabError, bench_lab, binaries, gateway, prepare, print_result
from sekisho_lab.console import Console

RATE = 12_000
SECONDS = 10
PROGRAM = "bench_reputation_lookup"
POLICY = ("version: 1\nprofiles: [{name: p}]\nrules: [{name: web, action: allow, services: [tcp/80], profile: p}, "
          "{name: everything else, action: allow}]\n")


def measured(*arguments):
    done = subprocess.run([binaries() / PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{PROGRAM}: {done.stderr.strip()}")
    print(done.stdout, end="")
    return json.loads(done.stdout.splitlines()[-1])


def main():
    prepare(PROGRAM)
    metrics = measured("hits")
    with bench_lab("bench-reputation", hosts=("client", "server", "console")) as lab:
        console = Console(lab)
        console.create_admin()
        console.start()
        with gateway(lab) as running:
            client = console.client()
            tenant, group = console.add_tenant(client)
            console.enrol(client, tenant, group, running)
            answer = running.control("policy.apply", yaml=POLICY, comment="bench")
            if not answer["ok"]:
                raise LabError(str(answer))
            metrics |= measured("through", lab.directory / "run/reputation.table", RATE, SECONDS)
    print_result(metrics)


if __name__ == "__main__":
    main()
