"""Console, agent and dataplane are killed at random moments while policies are delivered and events go up.

SEKISHO_KILLS: how many kills (default 12); SEKISHO_SEED: of the random moments."""

import contextlib
import http.client
import os
import random
import signal
import sqlite3
import threading
import time

import console_harness
from console_harness import ALLOW_ALL, BLOCK_8080, SERVER, ApiError, rule, unittest, wait_until

from sekisho_lab import LabError
from sekisho_lab.gateway import GatewayError

KILLS = int(os.environ.get("SEKISHO_KILLS", "12"))
SEED = int(os.environ.get("SEKISHO_SEED", str(int(time.time()))))
NUMBERED = rule("numbered", "allow", services=["tcp/80"])
AGREED_SECONDS = 10
OUT_OF_REACH = (ApiError, OSError, http.client.HTTPException)


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


class Kills(console_harness.ConsoleTest):
    def connect_numbered(self):
        outcome, connection = self.try_connect(SERVER.ipv4, 80, timeout=0.3)
        if outcome == "open":
            self.ports.add(connection.getsockname()[1])
            connection.close()
        time.sleep(0.05)

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
        victim = self.random.choice(("console", "sekisho-control", "sekisho-dataplane"))
        if victim == "console":
            os.kill(self.console.process.pid, signal.SIGKILL)
            self.console.process.wait()
            time.sleep(self.random.uniform(0, 1))
            self.console.start()
            return
        with contextlib.suppress(OSError, ValueError, KeyError, GatewayError):
            door = self.gateway.control if victim == "sekisho-control" else self.gateway.dataplane
            os.kill(door("status", timeout=2)["pid"], signal.SIGKILL)

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
        self.ports, self.number = set(), 0
        self.newest = self.enforce(NUMBERED, ALLOW_ALL)
        with Background(self.connect_numbered), Background(self.deliver_next):
            for _ in range(KILLS):
                time.sleep(self.random.uniform(0.1, 1.5))
                self.kill_one()
        self.gateway.wait_until_ready()
        type(self).client = self.console.client()
        self.newest = self.client.get(f"{self.base}/deliveries?limit=1")["deliveries"][0]["version"]
        wait_until(self.agreement, "console and box agree", AGREED_SECONDS)
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence" if self.blocks_8080() else "open")
        self.check_events()

    def blocks_8080(self):
        rules = self.client.get(f"{self.base}/deliveries/{self.newest}/policies/{self.group['id']}")["policy"]["rules"]
        return any(one["name"] == BLOCK_8080["name"] for one in rules)

    def check_events(self):
        def stored():
            with sqlite3.connect(f"file:{self.console.state_dir}/console.db?mode=ro", uri=True) as database:
                return {row[0] for row in database.execute(
                    "SELECT source_port FROM events WHERE rule = 'numbered' AND destination_port = 80")}

        self.assertGreater(len(self.ports), KILLS)
        with contextlib.suppress(LabError):  # what is missing then is told below
            wait_until(lambda: self.ports <= stored(), "all events", 20)
        self.assertEqual(self.ports - stored(), set(), "connections without an event")
        with sqlite3.connect(f"file:{self.console.state_dir}/console.db?mode=ro", uri=True) as database:
            doubled = database.execute("SELECT eve, COUNT(*) FROM events GROUP BY eve HAVING COUNT(*) > 1").fetchall()
            self.assertEqual(doubled, [])
            lost = database.execute("SELECT SUM(lost) FROM event_cursors").fetchone()[0]
            self.assertEqual(lost, 0)


if __name__ == "__main__":
    unittest.main()
