"""The gateway's processes in a lab, and the doors to them."""

import json
import os
import pathlib
import socket
import struct
import time

from . import process
from .network import exec_in

ROOT = pathlib.Path(__file__).resolve().parents[3]


class GatewayError(RuntimeError):
    pass


def binaries():
    """Where the programs are: build/release/bin, or SEKISHO_BIN."""
    return pathlib.Path(os.environ.get("SEKISHO_BIN", ROOT / "build/release/bin"))


def request(path, message, timeout=20.0):
    """One request to a local socket (framing of config/base/message_socket.h), one reply."""
    body = json.dumps(message).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        connection.sendall(struct.pack("<I", len(body)) + body)
        (length,) = struct.unpack("<I", receive_exactly(connection, 4))
        return json.loads(receive_exactly(connection, length))


def receive_exactly(connection, length):
    data = bytearray()
    while len(data) < length:
        piece = connection.recv(length - len(data))
        if not piece:
            raise ConnectionError("the other end closed the connection")
        data += piece
    return bytes(data)


class Gateway:
    """sekisho-supervisor and its children in the namespace `namespace` (None: this one)."""

    def __init__(self, directory, box_file, namespace=None):
        self.directory = pathlib.Path(directory)
        self.box_file = pathlib.Path(box_file)
        self.namespace = namespace
        self.process = None
        self.log = self.directory / "supervisor.log"

    @property
    def run_dir(self):
        return self.directory / "run"

    def inside(self, command):
        return exec_in(self.namespace, command) if self.namespace else list(map(str, command))

    def start(self, timeout=30.0):
        """Starts the gateway and waits until both its processes answer and a policy is in force."""
        program = binaries() / "sekisho-supervisor"
        if not program.exists():
            raise GatewayError(f"{program} is not there: run tools/build")
        self.process = process.start(self.inside([program, "--box", self.box_file]), self.log)
        self.wait_until_ready(timeout)
        return self

    def wait_until_ready(self, timeout=30.0):
        limit = time.monotonic() + timeout
        while True:
            if self.process is not None and self.process.poll() is not None:
                raise GatewayError(f"sekisho-supervisor ended with {self.process.returncode}:\n{self.log_tail()}")
            try:
                if self.dataplane("status")["policy"]["serial"] > 0 and self.control("status")["ok"]:
                    return
            except (OSError, ValueError, KeyError, GatewayError):
                pass
            if time.monotonic() > limit:
                raise GatewayError(f"the gateway did not answer within {timeout:.0f} s:\n{self.log_tail()}")
            time.sleep(0.05)

    def stop(self):
        if self.process is None:
            return
        process.end(process.record_of(self.process.pid), grace=8.0)
        self.process.wait(timeout=60)  # the kernel takes its sockets and namespaces down in its own time
        self.process = None

    def log_tail(self, lines=25):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def dataplane(self, op, timeout=20.0, **arguments):
        """One request to the dataplane's control socket (dataplane/control/README.md)."""
        return request(self.run_dir / "dataplane.sock", {"op": op} | arguments, timeout)

    def control(self, op, timeout=30.0, **arguments):
        """One request to sekisho-control (controlplane/agent/README.md)."""
        return request(self.run_dir / "control.sock", {"op": op} | arguments, timeout)

    def command(self, *arguments, check=True, timeout=60, stdin_text=None):
        """The `sekisho` command line, run where the gateway is."""
        return process.run(self.inside([binaries() / "sekisho", "--run-dir", self.run_dir, *arguments]),
                           check=check, timeout=timeout, stdin_text=stdin_text)

    def json(self, *arguments, timeout=60):
        """A command's --json answer."""
        return json.loads(self.command(*arguments, "--json", timeout=timeout).stdout)
