"""Who used how much of the line, and whose flows they were: by address, user and application, on a running gateway."""

import os
import signal
import socket
import struct
import time

from console_harness import ConsoleTest
from harness import ALLOW_ALL, CLIENT, CLIENT2, SERVER, LabTest, echo, services, unittest

BULK_PORT = 7001
BLOCK = b"x" * 65_536
TARO = {"name": "taro", "groups": ["sales"], "addresses": [CLIENT.ipv4, CLIENT.ipv6]}
HANAKO = {"name": "hanako", "macs": [CLIENT2.mac]}


class Bandwidth(LabTest):
    hosts = ("client", "client2", "server")
    wanted_services = (services.web, echo(BULK_PORT))

    def open(self, address, host="client"):
        outcome, connection = self.try_connect(address, BULK_PORT, host, timeout=10)
        self.assertEqual(outcome, "open")
        self.addCleanup(connection.close)
        return connection

    def exchange(self, connection, blocks):
        """Sends that many blocks and gets them back."""
        for _ in range(blocks):
            connection.sendall(BLOCK)
            left = len(BLOCK)
            while left:
                left -= len(connection.recv(left))

    def reset(self, connection):
        """Ends it with a RST, as a flow that ends with FINs stays in TIME_WAIT for a minute; its port."""
        port = connection.getsockname()[1]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        return port

    def top(self, by="address", **where):
        return self.gateway.control("bandwidth.top", by=by, seconds=3600, limit=1000, **where)

    def rows(self, by, **where):
        return {row["who"]: row for row in self.top(by, **where)["rows"]}

    def bytes_of(self, **where):
        total = self.top(**where)["total"]
        return total["bytes_in"] + total["bytes_out"]

    def received(self):
        """What the ports received since they were opened: from inside, from outside."""
        ports = {port["side"]: port["rx_bytes"] for port in self.gateway.dataplane("ports")["ports"]}
        return ports["lan"], ports["wan"]

    def test_1_sums_of_every_key_are_what_the_ports_counted(self):
        self.apply(ALLOW_ALL, users=[TARO, HANAKO])
        for address, host, blocks in ((SERVER.ipv4, "client", 40), (SERVER.ipv6, "client", 20), (SERVER.ipv4, "client2", 30),
                                      (SERVER.ipv6, "client2", 10)):
            self.exchange(self.open(address, host), blocks)
        for host in ("client", "client2"):
            self.assertIsNotNone(self.page(f"http://{SERVER.ipv4}/", host))
        for by in ("address", "user", "application", "category"):
            def is_told(by=by):
                rows = self.top(by)["rows"]
                told = [sum(row[way] for row in rows) for way in ("bytes_out", "bytes_in")]
                return all(abs(one - port) <= port / 100 for one, port in zip(told, self.received()))
            self.eventually(is_told, f"by {by} what the ports count", timeout=60)
        addresses, users, applications = self.rows("address"), self.rows("user"), self.rows("application")
        self.assertLessEqual({CLIENT.ipv4, CLIENT.ipv6, CLIENT2.ipv4, CLIENT2.ipv6}, set(addresses))
        self.assertGreater(addresses[CLIENT.ipv4]["bytes_out"], 40 * len(BLOCK))
        self.assertGreater(addresses[CLIENT2.ipv6]["bytes_in"], 10 * len(BLOCK))
        self.assertGreater(users["taro"]["bytes_out"], 60 * len(BLOCK))
        self.assertGreater(users["hanako"]["bytes_in"], 40 * len(BLOCK))
        self.assertAlmostEqual(sum(row["share"] for row in users.values()), 1)
        self.assertGreaterEqual(len(applications), 2, applications)
        mine = self.rows("application", address=CLIENT2.ipv4)
        self.assertLess(mine[""]["bytes_out"], applications[""]["bytes_out"])

    def test_2_a_long_flow_shows_while_it_runs(self):
        self.apply(ALLOW_ALL, users=[TARO, HANAKO])
        for address, mine in ((SERVER.ipv4, CLIENT2.ipv4), (SERVER.ipv6, CLIENT2.ipv6)):
            connection = self.open(address, "client2")
            for _ in range(2):
                before = self.bytes_of(address=mine)
                self.exchange(connection, 8)
                self.eventually(lambda mine=mine, before=before: self.bytes_of(address=mine) >= before + 16 * len(BLOCK),
                                "the flow's new bytes", timeout=60)

    def test_3_events_and_flows_name_the_user(self):
        self.apply(ALLOW_ALL, users=[TARO])
        connection = self.open(SERVER.ipv4)
        flows = self.gateway.json("flows", "--address", CLIENT.ipv4, "--port", BULK_PORT)["flows"]
        self.assertIn("taro", [flow.get("user") for flow in flows])
        self.assertIn("taro", self.gateway.command("flows", "--port", BULK_PORT).stdout)
        port = self.reset(connection)
        told = self.eventually(lambda: [one for one in self.events("flow") if one["src_ip"] == CLIENT.ipv4
                                        and one.get("src_port") == port], "the flow's event")
        self.assertEqual((told[-1]["user"], told[-1]["groups"]), ("taro", ["sales"]))

        self.gateway.command("users", "bind", CLIENT2.ipv6, "jiro", "--group", "guests", "--seconds", "600")
        connection = self.open(SERVER.ipv6, "client2")
        self.exchange(connection, 4)
        connection.close()
        self.gateway.command("users", "release", CLIENT2.ipv6)
        told = self.eventually(lambda: [one for one in self.events() if one.get("user") == "jiro"], "an event that names who was bound")
        self.assertEqual(told[0]["groups"], ["guests"])
        self.eventually(lambda: self.rows("user").get("jiro", {}).get("bytes_out", 0) > 4 * len(BLOCK), "the user's account",
                        timeout=60)

    def test_4_restarts_keep_what_was_read(self):
        self.apply(ALLOW_ALL, users=[TARO, HANAKO])
        self.exchange(self.open(SERVER.ipv4), 16)
        self.eventually(lambda: self.bytes_of(address=CLIENT.ipv4) > 32 * len(BLOCK), "the flow's bytes", timeout=60)
        for door in (self.gateway.control, self.gateway.dataplane):
            before = self.bytes_of()
            pid = door("status")["pid"]
            os.kill(pid, signal.SIGKILL)

            def is_back(door=door, pid=pid):
                try:
                    return door("status", timeout=2)["pid"] != pid
                except (OSError, ValueError, KeyError):
                    return False
            self.eventually(is_back, "the process that was killed")
            self.assertGreaterEqual(self.bytes_of(), before)
        told = self.eventually(lambda: self.events("bandwidth"), "an event of an account")
        row = max(told[-1]["bandwidth"]["rows"], key=lambda one: one["bytes_out"])
        self.assertGreater(row["bytes_out"] + row["bytes_in"], 0)

    def test_5_the_command_line_shows_them_and_refuses_what_it_does_not_know(self):
        shown = self.gateway.command("bandwidth", "top", "--by", "user", "--last", "1h").stdout
        self.assertIn("SHARE", shown)
        self.assertIn("taro", shown)
        self.assertEqual(self.gateway.command("bandwidth", "top", "--last", "soon", check=False).returncode, 1)
        self.assertFalse(self.gateway.control("bandwidth.top", by="device")["ok"])


class OnTheConsole(ConsoleTest):
    def told_by_the_console(self, **wanted):
        now = int(time.time() * 1000)
        query = {"by": "address", "from": now - 3_600_000, "to": now + 60_000} | wanted
        return self.client.get(f"{self.base}/bandwidth?" + "&".join(f"{name}={value}" for name, value in query.items()))

    def agree(self):
        """Both tell the same, and something."""
        box = self.gateway.control("bandwidth.top", seconds=3600)["total"]
        return box["bytes_in"] > 0 and self.told_by_the_console()["total"] == box

    def test_accounts_arrive_each_once_also_those_of_an_outage(self):
        self.enforce(ALLOW_ALL)
        self.assertIsNotNone(self.page(f"http://{SERVER.ipv4}/"))
        self.eventually(self.agree, "the console telling what the box does", timeout=60)
        before = self.told_by_the_console()["total"]["bytes_in"]
        self.console.stop()
        for _ in range(3):
            self.assertIsNotNone(self.page(f"http://{SERVER.ipv4}/"))
            self.assertTrue(self.gateway.control("bandwidth.top")["ok"])
        self.console.start()
        type(self).client = self.console.client()
        self.eventually(lambda: self.agree() and self.told_by_the_console()["total"]["bytes_in"] > before, "what happened meanwhile",
                        timeout=60)
        # The total has other hosts in it, too; a flow that has not ended is added up every ten seconds.
        told = self.eventually(self.told_of_the_client, "the client's account", timeout=60)
        self.assertEqual([row["who"] for row in told["rows"]], [CLIENT.ipv4])
        self.assertTrue(told["times"])

    def told_of_the_client(self):
        told = self.told_by_the_console(gateway=self.record["id"], address=CLIENT.ipv4)
        return told if told["rows"] else None


if __name__ == "__main__":
    unittest.main()
