"""A lab with a console, and what its tests do there again and again."""

import threading

from harness import ALLOW_ALL, CLIENT, SERVER, LabTest, rule, services, unittest

from sekisho_lab.console import ApiError, Console, wait_until
from sekisho_lab.numbered import RULE as NUMBERED

BLOCK_8080 = rule("no 8080", "block", services=["tcp/8080"])
CONFIRM_SECONDS = 5  # how long a new policy may keep the console out of reach, here


def web(lab):
    services.web(lab, ports=(80, 8080))


class Background:
    """`step` again and again in a thread until the end of the with block."""

    def __init__(self, step):
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.loop, args=(step,))

    def loop(self, step):
        while not self.stop.is_set():
            step()

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


class ConsoleTest(LabTest):
    """A console, a tenant, and the gateway enrolled as its own."""

    hosts = ("client", "server", "console")
    lab_options = {"console": {"confirm_seconds": CONFIRM_SECONDS}}
    wanted_services = (web,)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.console, *others = cls.make_consoles()
        cls.console.create_admin()
        for console in (cls.console, *others):
            console.start()
        cls.client = cls.console.client()
        cls.tenant, cls.group = cls.console.add_tenant(cls.client)
        cls.record = cls.console.enrol(cls.client, cls.tenant, cls.group, cls.gateway, others=others)

    @classmethod
    def make_consoles(cls):
        """One, and others on its database."""
        return [Console(cls.lab)]

    @property
    def base(self):
        return f"/tenants/{self.tenant['id']}"

    def draft(self):
        return self.client.get(f"{self.base}/groups/{self.group['id']}/draft")

    def save(self, *rules):
        draft = self.draft()
        policy = draft["policy"] | {"rules": list(rules)}
        return self.client.call("PUT", f"{self.base}/groups/{self.group['id']}/draft", {"policy": policy},
                                If_Match=f'"{draft["revision"]}"')

    def deliver_all(self):
        """The new version's number."""
        seen = [{"group": self.group["id"], "revision": self.draft()["revision"]}]
        return self.client.post(f"{self.base}/deliveries", {"comment": self.id()[-400:], "revisions": seen})["version"]

    def delivery(self, version):
        return self.client.get(f"{self.base}/deliveries/{version}")["gateways"][0]

    def outcome(self, version, timeout=30):
        return wait_until(lambda: (one := self.delivery(version))["state"] not in ("delivering",) and one,
                          f"an outcome of version {version}", timeout)

    def enforce(self, *rules):
        """Saves, delivers where that changes something, and waits for success. The version."""
        if not self.save(*rules)["pending"]:
            return self.client.get(f"{self.base}/gateways/{self.record['id']}")["version"]
        version = self.deliver_all()
        done = self.outcome(version)
        self.assertEqual(done["state"], "succeeded", done)
        return version

    def stored_events(self, **filters):
        query = "&".join(f"{name}={value}" for name, value in ({"type": "policy", "limit": 1000} | filters).items())
        return self.client.get(f"{self.base}/events?{query}")["events"]


__all__ = ["ALLOW_ALL", "BLOCK_8080", "CLIENT", "NUMBERED", "SERVER", "ApiError", "Background", "Console", "ConsoleTest",
           "rule", "unittest", "wait_until"]
