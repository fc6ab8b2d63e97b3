"""The console of a lab: sekisho-console on a host of the WAN side, its page on a loopback port of this machine."""

import http.client
import json
import secrets
import socket
import sqlite3
import time

from . import process
from .gateway import binaries
from .lab import HOSTS, LabError
from .network import exec_in

ADMIN = "admin"
LINK_PORT = 8443
PAGE_PORT = 8080  # the first one that is tried


class ApiError(RuntimeError):
    """What the console refused; `problem` is its Problem object."""

    def __init__(self, method, path, status, problem):
        super().__init__(f"{method} {path}: {status} {problem.get('code', '')}: {problem.get('message', problem)}")
        self.status = status
        self.problem = problem


class ConsoleClient:
    """One user's session with the REST API (controlplane/console/api/openapi.yaml)."""

    def __init__(self, address, timeout=30):
        self.address = address
        self.timeout = timeout
        self.cookie = None
        self.csrf_token = None

    def log_in(self, login, password):
        answer = self.call("POST", "/session", {"login": login, "password": password})
        self.csrf_token = answer["csrf_token"]
        return answer["user"]

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None, **headers):
        return self.call("POST", path, body, **headers)

    def call(self, method, path, body=None, **headers):
        """The answer's JSON (bytes when it is none); ApiError for any status but 2xx."""
        status, answer = self.request(method, path, body, **headers)
        if status // 100 != 2:
            raise ApiError(method, path, status, answer if isinstance(answer, dict) else {"message": str(answer)})
        return answer

    def request(self, method, path, body=None, **headers):
        """(status, answer)."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.csrf_token and method != "GET":
            sent["X-CSRF-Token"] = self.csrf_token
        connection = http.client.HTTPConnection(*self.address, timeout=self.timeout)
        try:
            connection.request(method, "/api/v1" + path, None if body is None else json.dumps(body),
                               sent | {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            content = answer.read()
            if cookie := answer.getheader("Set-Cookie"):
                self.cookie = cookie.split(";")[0]
            if answer.getheader("Content-Type", "").startswith("application/json") and content:
                return answer.status, json.loads(content)
            return answer.status, content
        finally:
            connection.close()


class Console:
    """sekisho-console in the namespace of the lab's host `host`, on SQLite or on a PostgreSQL of the lab."""

    def __init__(self, lab, postgresql=None, web=None, host="console"):
        self.lab = lab
        self.host = host
        self.web = web
        self.state_dir = lab.directory / "console"
        self.state_dir.mkdir(mode=0o700, exist_ok=True)
        self.postgresql = postgresql
        self.database = postgresql.url if postgresql else f"sqlite:{self.state_dir}/console.db"
        self.password = secrets.token_urlsafe(12)
        self.page = listen_on_loopback()
        self.log = lab.directory / f"{host}.log"
        self.process = None

    def beside(self, host):
        """Another one on the same database, with the same key file and users."""
        other = Console(self.lab, self.postgresql, self.web, host)
        other.password = self.password
        return other

    def query(self, statement):
        """Rows of texts from its database."""
        if self.postgresql:
            return self.postgresql.query(statement)
        with sqlite3.connect(f"file:{self.state_dir}/console.db?mode=ro", uri=True) as database:
            return [tuple(map(str, row)) for row in database.execute(statement)]

    @property
    def address(self):
        return self.page.getsockname()

    @property
    def url(self):
        return "http://{}:{}/".format(*self.address)

    @property
    def link(self):
        """Where gateways dial."""
        return f"{HOSTS[self.host].ipv4}:{LINK_PORT}"

    def command(self, *more):
        return [binaries() / "sekisho-console", "--database", self.database, "--state-dir", self.state_dir, *more]

    def create_admin(self):
        process.run(self.command("--create-admin", ADMIN), stdin_text=self.password + "\n")

    def start(self, timeout=20.0, listen=None):
        """Starts it and waits until it serves. `listen`: where its gateways' port is, if not where they dial."""
        more = ["--web", self.web] if self.web else []
        command = self.command("--http", f"fd:{self.page.fileno()}", "--link", listen or self.link,
                               "--link-name", HOSTS[self.host].ipv4, *more)
        with open(self.log, "ab") as output:
            self.process = process.subprocess.Popen(
                exec_in(self.lab.namespace(self.host), command), stdin=process.subprocess.DEVNULL, stdout=output,
                stderr=output, pass_fds=[self.page.fileno()], preexec_fn=process.end_with_parent)
        self.lab.children.append(self.process)
        self.lab.remember(self.process.pid)
        limit = time.monotonic() + timeout
        while True:
            if self.process.poll() is not None:
                raise LabError(f"sekisho-console ended with {self.process.returncode}:\n{self.log_tail()}")
            try:
                ConsoleClient(self.address, timeout=1).get("/health")  # the socket takes connections before it serves
                return self
            except (OSError, http.client.HTTPException, ApiError):
                if time.monotonic() > limit:
                    raise LabError(f"the console did not answer within {timeout:.0f} s:\n{self.log_tail()}") from None
                time.sleep(0.05)

    def kill(self):
        """As a power cut would end it."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        if self.process is not None:
            process.end(process.record_of(self.process.pid), grace=8.0)
            self.process.wait(timeout=5)
            self.process = None

    def log_tail(self, lines=25):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def client(self, login=ADMIN, password=None):
        """A session of its own."""
        client = ConsoleClient(self.address)
        client.log_in(login, password or self.password)
        return client

    def add_tenant(self, client, name="lab"):
        """A tenant with its first group: (tenant, group)."""
        tenant = client.post("/tenants", {"name": name})
        return tenant, client.get(f"/tenants/{tenant['id']}/groups")["groups"][0]

    def enrol(self, client, tenant, group, gateway, name="gateway 1", others=(), again=False):
        """Makes a gateway known and lets the running `gateway` enrol as it, and know `others` of the consoles too.
        Its record."""
        activation = client.post(f"/tenants/{tenant['id']}/gateways", {"name": name, "group": group["id"]})
        links = ",".join(console.link for console in (self, *others))
        gateway.command("enrol", *(["--again"] if again else []), "--console", links, activation["activation_code"])
        path = f"/tenants/{tenant['id']}/gateways/{activation['gateway']['id']}"
        return wait_until(lambda: (found := client.get(path))["online"] and found, "the gateway is online")


def wait_until(condition, what, timeout=20.0):
    """The first true value of `condition`."""
    limit = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > limit:
            raise LabError(f"not within {timeout:.0f} s: {what}")
        time.sleep(0.05)
    return value


def listen_on_loopback():
    for number in (*range(PAGE_PORT, PAGE_PORT + 20), 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", number))
            listener.listen(128)
            return listener
        except OSError:
            listener.close()
    raise LabError("no free port on the loopback address")
