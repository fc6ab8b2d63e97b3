"""Connections that make one event each, and whether the console has each event once."""

import socket
import threading
import time

from . import network
from .lab import HOSTS, LabError

RULE = {"name": "numbered", "services": ["tcp/80"], "action": "allow"}  # that they are to match


class NumberedConnections:
    """From the client to port 80 of the server, one after another until the with block's end. A source port names
    one: the kernel does not give it again so soon."""

    def __init__(self, lab, pause=0.05):
        self.namespace = lab.namespace("client")
        self.log_dir = lab.directory / "log"
        self.pause = pause
        self.ports = set()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.connect_all)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def connect_all(self):
        while not self.stop.wait(self.pause):
            with network.inside(self.namespace):
                connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            with connection:
                connection.settimeout(0.3)
                try:
                    connection.connect((HOSTS["server"].ipv4, 80))
                except OSError:
                    continue
                self.ports.add(connection.getsockname()[1])

    def count(self, console, timeout=20.0):
        """What became of them in the console's database: {"events", "missing", "doubled", "lost"}, when none is
        missing, or `timeout` seconds later."""
        limit = time.monotonic() + timeout
        while (missing := self.ports - stored_ports(console)) and time.monotonic() < limit:
            time.sleep(0.2)
        doubled = console.query("SELECT COUNT(*) FROM (SELECT eve FROM events GROUP BY eve HAVING COUNT(*) > 1) AS d")
        lost = console.query("SELECT COALESCE(SUM(lost), 0) FROM event_cursors")
        return {"events": len(self.ports), "missing": len(missing), "doubled": int(doubled[0][0]),
                "lost": int(lost[0][0])}

    def check(self, console, least=1):
        """LabError when one is missing, doubled or lost, or when there were less than `least`."""
        found = self.count(console)
        if found["events"] < least or found["missing"] or found["doubled"] or found["lost"]:
            raise LabError(f"events: {found}\n" + "\n".join(map(self.story_of, self.ports - stored_ports(console))))
        return found

    def story_of(self, port):
        """What the box wrote down of the connection from `port`."""
        lines = [line for file in sorted(self.log_dir.glob("eve*")) for line in file.read_text(errors="replace").split("\n")
                 if f":{port}," in line]
        return "\n".join([f"port {port}:", *lines])


def stored_ports(console):
    return {int(row[0]) for row in console.query(
        f"SELECT source_port FROM events WHERE rule = '{RULE['name']}' AND destination_port = 80")}
