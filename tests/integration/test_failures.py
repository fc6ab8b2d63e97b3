"""Each process killed in turn: what the architecture promises for it is what happens."""

import json
import os
import pathlib
import signal
import threading
import time

from harness import ALLOW_ALL, BLOCK_ALL, SERVER, LabTest, echo, policy, rule, services, unittest


def web(lab):
    services.web(lab, ports=(80,))


class Failures(LabTest):
    wanted_services = (web, echo(7))

    def supervised(self):
        """Name -> what the supervisor writes about it."""
        written = json.loads((self.gateway.run_dir / "supervisor.json").read_text())
        return {child["name"]: child for child in written["processes"]}

    def kill(self, name):
        before = self.supervised()[name]
        os.kill(before["pid"], signal.SIGKILL)
        return before

    def restarted(self, name, before):
        now = self.supervised()[name]
        return now["pid"] not in (0, before["pid"]) and now["restarts"] > before["restarts"]

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "one core is everybody's")
    def test_no_process_but_the_workers_runs_on_the_workers_cores(self):
        worker_core = str(self.gateway.dataplane("status")["workers"][0]["core"])
        on_it = []
        for child in [{"name": "supervisor", "pid": self.gateway.process.pid}, *self.supervised().values()]:
            for task in pathlib.Path(f"/proc/{child['pid']}/task").iterdir():
                try:
                    lines = (task / "status").read_text().splitlines()
                except (FileNotFoundError, ProcessLookupError):  # it has just ended
                    continue
                status = dict(line.split(":", 1) for line in lines)
                allowed = status["Cpus_allowed_list"].strip()
                if worker_core in allowed.replace("-", ",").split(","):
                    on_it.append((child["name"], allowed))
        self.assertEqual(on_it, [("sekisho-dataplane", worker_core)])

    def test_without_control_packets_pass_and_no_event_is_lost_or_doubled(self):
        self.apply(rule("echo", "allow", services=["udp/7", "tcp/80"]), BLOCK_ALL)
        ports = []

        def blocked_probe():
            outcome, _ = self.try_connect(SERVER.ipv4, 20000 + len(ports), timeout=0.05)
            self.assertEqual(outcome, "silence")
            ports.append(20000 + len(ports))

        for _ in range(5):
            blocked_probe()
        before = self.kill("sekisho-control")
        for _ in range(10):
            self.assertEqual(self.ask_udp(SERVER.ipv4, 7), b"hello")
            blocked_probe()
        self.eventually(lambda: self.restarted("sekisho-control", before), "the restart of sekisho-control")
        self.gateway.wait_until_ready()
        for _ in range(5):
            blocked_probe()

        def recorded():
            return [e["dest_port"] for e in self.events("drop") if 20000 <= e.get("dest_port", 0) < 21000]

        self.eventually(lambda: set(ports) <= set(recorded()), f"drop records of all {len(ports)} ports")
        time.sleep(1.0)  # a doubled record would come late
        for port in ports:
            self.assertEqual(recorded().count(port), 1, f"records of port {port}")
        self.assertEqual(self.gateway.control("status")["events"]["lost"], 0)

    def test_a_dead_dataplane_is_back_within_a_second_and_flows_go_on(self):
        self.apply(ALLOW_ALL)
        self.assertEqual(self.ask_udp(SERVER.ipv4, 7), b"hello")
        outcome, connection = self.try_connect(SERVER.ipv4, 7, timeout=10)
        self.assertEqual(outcome, "open")
        with connection:
            before = self.kill("sekisho-dataplane")
            killed = time.monotonic()
            while self.ask_udp(SERVER.ipv4, 7, timeout=0.02) != b"hello":
                self.assertLess(time.monotonic() - killed, 5, "no packet passes any more")
            away = time.monotonic() - killed
            connection.settimeout(10)
            connection.sendall(b"go on")
            self.assertEqual(connection.recv(100), b"go on")
        self.assertTrue(self.restarted("sekisho-dataplane", before))
        self.assertLess(away, 1.0)
        self.gateway.wait_until_ready()
        self.assertEqual(self.gateway.dataplane("status")["policy"]["source"], "boot")

    def test_a_restarted_dataplane_enforces_the_same_policy(self):
        self.apply(rule("echo", "allow", services=["udp/7"]), BLOCK_ALL)
        before = self.kill("sekisho-dataplane")
        self.eventually(lambda: self.restarted("sekisho-dataplane", before), "the restart")
        self.eventually(lambda: self.ask_udp(SERVER.ipv4, 7) == b"hello", "packets passing")
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")

    def test_events_go_on_after_the_dataplane_restarted(self):
        self.apply(BLOCK_ALL)
        before = self.kill("sekisho-dataplane")
        self.eventually(lambda: self.restarted("sekisho-dataplane", before), "the restart")
        self.gateway.wait_until_ready()
        self.eventually(lambda: self.gateway.control("status")["dataplane"] == "up", "control seeing the dataplane")
        self.connect(SERVER.ipv4, 22222)
        self.eventually(lambda: [e for e in self.events("drop") if e.get("dest_port") == 22222], "a drop record")

    def test_a_compiler_that_dies_changes_nothing(self):
        self.apply(rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        running = self.gateway.dataplane("status")["policy"]
        big = policy(*(rule(f"r{n}", "block", source={"addresses": [f"10.{n // 256}.{n % 256}.1"]})
                       for n in range(30_000)), BLOCK_ALL)
        answer = {}
        asking = threading.Thread(target=lambda: answer.update(
            self.gateway.control("policy.apply", yaml=big, comment="never")))
        asking.start()
        control = self.supervised()["sekisho-control"]["pid"]
        compiler = self.eventually(lambda: child_of(control, "sekisho-compile"), "the compiler process")
        os.kill(compiler, signal.SIGKILL)
        asking.join(30)
        self.assertFalse(answer["ok"], answer)
        self.assertEqual(self.gateway.dataplane("status")["policy"], running)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")
        self.apply(ALLOW_ALL)  # and the next one compiles

    def test_nothing_is_left_of_a_killed_supervisor_and_the_next_takes_over(self):
        self.apply(rule("echo", "allow", services=["udp/7"]), BLOCK_ALL)
        children = [child["pid"] for child in self.supervised().values()]
        self.gateway.process.kill()
        self.gateway.process.wait()
        self.gateway.process = None
        self.eventually(lambda: not any(map(is_running, children)), "the end of its children")
        self.gateway.start()
        self.lab.remember(self.gateway.process.pid)
        self.eventually(lambda: self.ask_udp(SERVER.ipv4, 7) == b"hello", "packets passing")
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")


def child_of(parent, program):
    """Pid of the process that `parent` started from that program, None while there is none."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == parent and (process / "exe").readlink().name == program:
                return int(process.name)
        except OSError:
            continue  # it ended meanwhile
    return None


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
