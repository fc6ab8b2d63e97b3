"""Two consoles on one PostgreSQL are one console: what one is told, the other knows, and when one is killed its
gateway goes on at the other and misses nothing."""

import statistics
import time

import console_harness
from console_harness import (ALLOW_ALL, BLOCK_8080, NUMBERED, SERVER, ApiError, Console, rule, unittest,
                             wait_until)

from sekisho_lab import postgresql
from sekisho_lab.numbered import NumberedConnections

FAIL_OVERS = 4
FAIL_OVER_SECONDS = 10  # until the gateway is at the other console; it tries again within 0.5 s
ACROSS_SECONDS = 2  # from the click on one console until the other's gateway has succeeded


@unittest.skipUnless(postgresql.is_installed(), "PostgreSQL 15 is not installed")
class Replicas(console_harness.ConsoleTest):
    hosts = (*console_harness.ConsoleTest.hosts, "console2")

    @classmethod
    def make_consoles(cls):
        first = Console(cls.lab, postgresql.PostgreSQL(cls.lab).start())
        cls.consoles = [first, first.beside("console2")]
        return cls.consoles

    def setUp(self):
        self.use(self.consoles[0])

    def use(self, console):
        """Whom the test asks from now on."""
        type(self).console, type(self).client = console, console.client()

    def serving(self):
        """(the console that the gateway is linked to, the other), when there is one."""
        link = self.gateway.control("status")["console"]
        here = [console for console in self.consoles if console.link == link["address"]]
        if link["state"] != "connected" or not here:
            return None
        return here[0], next(console for console in self.consoles if console is not here[0])

    def is_served_by(self, console):
        return lambda: (self.serving() or [None])[0] is console

    def test_a_gateway_whose_console_is_killed_goes_on_at_the_other_and_misses_nothing(self):
        self.enforce(NUMBERED, ALLOW_ALL)
        with NumberedConnections(self.lab) as connections:
            for number in range(FAIL_OVERS):
                here, other = wait_until(self.serving, "the gateway is connected")
                self.use(other)
                self.save(rule(f"change {number}", "block", services=["tcp/9"]), NUMBERED, ALLOW_ALL)
                here.kill()
                version = self.deliver_all()
                wait_until(self.is_served_by(other), "the gateway is at the other console", FAIL_OVER_SECONDS)
                self.assertEqual(self.outcome(version)["state"], "succeeded")
                record = self.client.get(f"{self.base}/gateways/{self.record['id']}")
                self.assertEqual((record["online"], record["version"]), (True, version))
                here.start()
        print(connections.check(self.console, least=FAIL_OVERS))

    def test_a_delivery_from_one_console_reaches_the_gateway_of_the_other_at_once(self):
        here, other = wait_until(self.serving, "the gateway is connected")
        took = []
        for console in (other, here) * 3:
            self.use(console)
            self.save(rule(f"across {len(took)}", "block", services=["tcp/9"]), ALLOW_ALL)
            began = time.monotonic()
            version = self.deliver_all()
            self.assertEqual(self.outcome(version, ACROSS_SECONDS)["state"], "succeeded")
            took.append(time.monotonic() - began)
        print(f"delivered by the other console in {statistics.median(took[0::2]):.2f} s, by the gateway's own in "
              f"{statistics.median(took[1::2]):.2f} s")
        self.enforce(BLOCK_8080, ALLOW_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")

    def test_a_question_asked_at_one_console_is_answered_by_the_gateway_of_the_other(self):
        _, other = wait_until(self.serving, "the gateway is connected")
        self.use(other)
        path = f"{self.base}/gateways/{self.record['id']}/diagnostics"
        asked = self.client.post(path, {"op": "status", "arguments": {}})
        answer = wait_until(lambda: (one := self.client.get(f"{path}/{asked['id']}"))["state"] != "waiting" and one,
                            "an answer")
        self.assertEqual(answer["state"], "done", answer)

    def test_a_session_is_of_both_and_neither_overwrites_what_the_other_saved(self):
        first, second = self.consoles
        self.client.address = second.address  # with the first one's cookie
        seen = self.draft()
        self.client.address = first.address
        self.save(rule("of the first", "allow"))
        self.client.address = second.address
        path = f"{self.base}/groups/{self.group['id']}/draft"
        with self.assertRaises(ApiError) as refused:
            self.client.call("PUT", path, {"policy": seen["policy"]}, If_Match=f'"{seen["revision"]}"')
        self.assertEqual((refused.exception.status, refused.exception.problem["revision"]), (412, seen["revision"] + 1))


if __name__ == "__main__":
    unittest.main()
