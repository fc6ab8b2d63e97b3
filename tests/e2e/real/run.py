#!/usr/bin/env python3
"""Walks through the page of a real console with a real gateway behind it, in a lab of its own (as root).

Needs build/web (tools/web) and this folder's parent's npm packages (tools/npm-packages). Prints the
walks that passed and all of what node's test runner says of the others, then "N passed" or "N passed, M failed"."""

import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tools/lab"))
sys.dont_write_bytecode = True

from sekisho_lab import HOSTS, Lab, process, services  # noqa: E402
from sekisho_lab.console import ADMIN, LINK_PORT, Console, wait_until  # noqa: E402
from sekisho_lab.gateway import binaries  # noqa: E402
from sekisho_lab.network import exec_in  # noqa: E402

SECOND = "second"
MB = 1_000_000
CONFIRM_SECONDS = 5  # how long a new policy may keep the console out of reach, here
MIDDLE = "middle.test.mjs"  # the walk that somebody stands in the middle of


class Middle:
    """Takes the console's place: gateways dial it, and it dials the console, which listens on loopback instead."""

    def __init__(self, lab, console):
        self.console = console
        self.folder = lab.directory / "middle"
        self.folder.mkdir()
        self.set("pass")
        console.stop()
        certificate = self.folder / "console.pem"
        process.run([binaries() / "console-certificate", console.state_dir / "master.key", console.database,
                     HOSTS["console"].ipv4, certificate])
        there = f"127.0.0.1:{LINK_PORT + 1}"
        command = [HERE / "middle.py", console.link, there, certificate, lab.directory / "state/identity/identity.json",
                   self.folder]
        log = lab.directory / "middle.log"
        child = process.start(exec_in(lab.namespace("console"), command), log)
        lab.children.append(child)
        lab.remember(child.pid)
        console.start(listen=there)
        wait_until(lambda: "ready" in log.read_text(), "the middle takes connections")

    def set(self, mode):
        (self.folder / "mode").write_text(mode)

    def keep_another_gateways_bundle(self, client, tenant, group, gateway):
        """The box is "gateway 2" for one delivery, whose bundle is kept as "other"; then it is itself again."""
        base = f"/tenants/{tenant['id']}"
        itself = client.get(f"{base}/gateways")["gateways"][0]
        other = self.console.enrol(client, tenant, group, gateway, name="gateway 2", again=True)
        before = set(self.folder.glob("*.bundle"))
        deliver_change(client, base, group)
        new = wait_until(lambda: set(self.folder.glob("*.bundle")) - before, "a bundle for gateway 2")
        new.pop().rename(self.folder / "other.bundle")
        client.call("DELETE", f"{base}/gateways/{other['id']}")
        code = client.post(f"{base}/gateways/{itself['id']}/activation")["activation_code"]
        gateway.command("enrol", "--again", "--console", self.console.link, code)
        path = f"{base}/gateways/{itself['id']}"
        wait_until(lambda: client.get(path)["online"], "the gateway is itself again")
        for _ in range(2):  # the first is old when the second is in force
            deliver_change(client, base, group)
            wait_until(lambda: (now := client.get(path))["version"] == now["desired_version"], "it obeys as before")


def deliver_change(client, base, group):
    place = f"{base}/groups/{group['id']}/draft"
    draft = client.get(place)
    rules = [*draft["policy"]["rules"], {"name": f"rule {draft['revision']}", "action": "allow"}]
    saved = client.call("PUT", place, {"policy": draft["policy"] | {"rules": rules}}, If_Match=f'"{draft["revision"]}"')
    client.post(f"{base}/deliveries", {"revisions": [{"group": group["id"], "revision": saved["revision"]}]})


def walk(names, environment):
    """(passed, failed)."""
    done = subprocess.run(["node", "--test", "--test-concurrency=1", "--test-reporter=tap", *(str(HERE / name) for name in names)],
                          env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=False, timeout=600)
    print(done.stdout if done.returncode else "\n".join(re.findall(r"^ *ok .*", done.stdout, re.M)), flush=True)
    return tuple(int(re.search(rf"^# {what} (\d+)$", done.stdout, re.M)[1]) for what in ("pass", "fail"))


def main(names):
    names = names or sorted(file.name for file in HERE.glob("*.test.mjs"))
    with Lab(f"page-{os.getpid()}", hosts=("client", "server", "console"), console={"confirm_seconds": CONFIRM_SECONDS}) as lab:
        services.web(lab, ports=(80, 8080))
        services.dns(lab)
        gateway = lab.start_gateway()
        console = Console(lab, web=ROOT / "build/web")
        console.create_admin()
        console.start()
        client = console.client()
        tenant, group = console.add_tenant(client)
        console.enrol(client, tenant, group, gateway)
        client.post(f"/tenants/{tenant['id']}/users", {"login": SECOND, "password": console.password, "role": "customer"})
        inside = f"ip netns exec {lab.namespace('client')} curl -s -f -o /dev/null"
        cable = f"ip -n {lab.namespace('console')} link set eth0"
        environment = {"SEKISHO_URL": console.url.rstrip("/"), "SEKISHO_LOGIN": ADMIN, "SEKISHO_SECOND": SECOND,
                       "SEKISHO_PASSWORD": console.password, "SEKISHO_CLIENT": HOSTS["client"].ipv4,
                       "SEKISHO_SERVER": HOSTS["server"].ipv4, "SEKISHO_FETCH": f"{inside} -m 1 http://{HOSTS['server'].ipv4}/",
                       "SEKISHO_FETCH_BYTES": f"{inside} -m 1 http://{HOSTS['server'].ipv4}/bytes/10",
                       "SEKISHO_DOWNLOAD": f"{inside} -m 60 http://{HOSTS['server'].ipv4}:8080/slow/{20 * MB}/{MB}",
                       "SEKISHO_RESOLVE": f"ip netns exec {lab.namespace('client')} {sys.executable} {HERE}/resolve.py {HOSTS['server'].ipv4}",
                       "SEKISHO_UNPLUG": f"{cable} down", "SEKISHO_PLUG": f"{cable} up"}
        results = [walk([name], environment) for name in names if name != MIDDLE]
        if MIDDLE in names:
            middle = Middle(lab, console)
            middle.keep_another_gateways_bundle(client, tenant, group, gateway)
            results.append(walk([MIDDLE], environment | {"SEKISHO_MIDDLE": str(middle.folder)}))
    passed, failed = map(sum, zip(*results))
    print(f"{passed} passed" + (f", {failed} failed" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
