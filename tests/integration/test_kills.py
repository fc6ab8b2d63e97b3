"""Console, agent and dataplane are killed at random moments while policies are delivered and events go up.

SEKISHO_KILLS: how many kills (default 12); SEKISHO_SEED: of the random moments."""

import collections
import contextlib
import http.client
import os
import random
import signal
import time

import console_harness
from console_harness import ALLOW_ALL, BLOCK_8080, NUMBERED, SERVER, ApiError, Background, rule, unittest, wait_until

from sekisho_lab.gateway import GatewayError
from sekisho_lab.numbered import NumberedConnections

KILLS = int(os.environ.get("SEKISHO_KILLS", "12"))
SEED = int(os.environ.get("SEKISHO_SEED", str(int(time.time()))))
AGREED_SECONDS = 10
OUT_OF_REACH = (ApiError, OSError, http.client.HTTPException)


class Kills(console_harness.ConsoleTest):
    def deliver_next(self):
        """Another policy; a console that is away is tried again."""
        self.number += 1
        with contextlib.suppress(*OUT_OF_REACH):
            if self.client is None:
                type(self).client = self.console.client()
            self.save(rule(f"change {self.number}", "block", services=["tcp/9"]), *([BLOCK_8080] * (self.number % 2)),
                      NUMBERED, ALLOW_ALL)
            self.newest = self.deliver_all()
            time.sleep(self.random.uniform(0, 1))
            return
        type(self).client = None
        time.sleep(0.1)

    def kill_one(self):
        """Who was killed; nobody when he who should be is still away from the kill before."""
        victim = self.random.choice(("console", "sekisho-control", "sekisho-dataplane"))
        if victim == "console":
            self.console.kill()
            time.sleep(self.random.uniform(0, 1))
            self.console.start()
            return [victim]
        with contextlib.suppress(OSError, ValueError, KeyError, GatewayError):
            door = self.gateway.control if victim == "sekisho-control" else self.gateway.dataplane
            os.kill(door("status", timeout=2)["pid"], signal.SIGKILL)
            return [victim]
        return []

    def agreement(self):
        """True when the console and the box tell the same of the newest version."""
        with contextlib.suppress(*OUT_OF_REACH, ValueError, KeyError, GatewayError):
            record = self.client.get(f"{self.base}/gateways/{self.record['id']}")
            box = self.gateway.control("status")["policy"]
            state = self.delivery(self.newest)["state"]
            enforced = self.gateway.dataplane("status")["policy"]
            return (record["online"] and record["version"] == box["bundle_version"] == self.newest and state == "succeeded"
                    and enforced["content_address"] == box["content_address"])
        return False

    def test_no_event_is_lost_or_doubled_and_both_sides_agree_in_the_end(self):
        self.random = random.Random(SEED)
        print(f"SEKISHO_SEED={SEED} SEKISHO_KILLS={KILLS}")
        self.number, killed = 0, []
        self.newest = self.enforce(NUMBERED, ALLOW_ALL)
        with NumberedConnections(self.lab) as connections, Background(self.deliver_next):
            while len(killed) < KILLS:
                time.sleep(self.random.uniform(0.1, 1.5))
                killed += self.kill_one()
        self.gateway.wait_until_ready()
        type(self).client = self.console.client()
        self.newest = self.client.get(f"{self.base}/deliveries?limit=1")["deliveries"][0]["version"]
        began = time.monotonic()
        wait_until(self.agreement, "console and box agree", AGREED_SECONDS)
        print(f"killed: {collections.Counter(killed)}; {self.newest} versions; agreed after "
              f"{time.monotonic() - began:.1f} s")
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence" if self.blocks_8080() else "open")
        print(connections.check(self.console, least=KILLS))

    def blocks_8080(self):
        rules = self.client.get(f"{self.base}/deliveries/{self.newest}/policies/{self.group['id']}")["policy"]["rules"]
        return any(one["name"] == BLOCK_8080["name"] for one in rules)


if __name__ == "__main__":
    unittest.main()
