"""The lab itself: what people start with tools/run, and that nothing of it is left over."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from harness import CLIENT, HOSTS, ROOT, SERVER, Lab, network, unittest

RUN = ROOT / "tools/lab/run.py"  # tools/run without the build
CHILD = f"""
import sys, time
sys.path.insert(0, {str(ROOT / "tools/lab")!r})
sys.dont_write_bytecode = True
from sekisho_lab import Lab, services
with Lab(sys.argv[1]) as lab:
    services.web(lab)
    if len(sys.argv) > 2:
        lab.start_gateway()
    print("up", flush=True)
    time.sleep(60)
"""


def namespaces(name):
    return sorted(path.name for path in pathlib.Path("/run/netns").glob(f"sekisho-{name}-*"))


class LabItself(unittest.TestCase):
    def setUp(self):
        self.name = f"l{os.getpid()}-{self._testMethodName[5:20].replace('_', '')}"

    def start_and_kill(self, *arguments):
        child = subprocess.Popen([sys.executable, "-c", CHILD, self.name, *arguments], stdout=subprocess.PIPE, text=True)
        self.assertEqual(child.stdout.readline(), "up\n")
        self.assertEqual(len(namespaces(self.name)), 3)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()

    def test_what_a_killed_lab_left_is_cleaned_by_the_next(self):
        self.start_and_kill("gateway")
        with Lab(self.name) as lab:  # the same name: everything of the old one must be gone first
            self.assertEqual(lab.run("client", "ip", "-4", "-br", "address", "show", "dev", "eth0").stdout.split()[2],
                             CLIENT.ipv4 + "/24")
        self.assertEqual(namespaces(self.name), [])
        self.assertFalse(lab.directory.exists())
        self.assertEqual([p for p in pathlib.Path("/etc/netns").glob(f"sekisho-{self.name}-*")], [])

    def test_a_lab_whose_setup_fails_leaves_nothing(self):
        with self.assertRaises(RuntimeError), Lab(self.name, mtu=1):
            pass
        self.assertEqual(namespaces(self.name), [])

    def test_two_labs_run_at_once(self):
        with Lab(self.name + "a") as one, Lab(self.name + "b") as other:
            self.assertNotEqual(one.namespace("client"), other.namespace("client"))
            for lab in (one, other):
                lab.start_gateway()
                self.assertEqual(lab.run("client", "ping", "-c", 1, "-W", 2, SERVER.ipv4).returncode, 0)

    def test_offloads_are_off_on_both_ends_of_every_cable(self):
        with Lab(self.name) as lab:
            for host, interface in (("client", "eth0"), ("server", "eth0"), ("gateway", "lan0"), ("gateway", "wan0")):
                self.assertEqual(network.features_off(lab.namespace(host), interface), [])

    def test_tools_run_detached_shows_what_to_try_and_stops(self):
        started = subprocess.run([sys.executable, RUN, "--detach", "--name", self.name], capture_output=True, text=True,
                                 timeout=90, check=False)
        try:
            self.assertEqual(started.returncode, 0, started.stdout + started.stderr)
            self.assertIn("tools/lab/enter client curl", started.stdout)
            environment = os.environ | {"SEKISHO_LAB": self.name}
            page = subprocess.run([ROOT / "tools/lab/enter", "client", "curl", "-s", "-m", "5", "http://server.lab.example/"],
                                  capture_output=True, text=True, env=environment, check=False)
            self.assertIn("sekisho lab: hello", page.stdout)
            status = subprocess.run([ROOT / "tools/lab/sekisho", "status"], capture_output=True, text=True,
                                    env=environment, check=False)
            self.assertEqual(status.returncode, 0, status.stderr)
        finally:
            stopped = subprocess.run([sys.executable, RUN, "--stop", "--name", self.name], timeout=60, check=False)
        self.assertEqual(stopped.returncode, 0)
        self.assertEqual(namespaces(self.name), [])

    def test_tools_run_refuses_an_mtu_that_no_box_file_may_have(self):
        for mtu in ("500", "1279", "9001", "-1"):
            refused = subprocess.run([sys.executable, RUN, "--name", self.name, "--mtu", mtu], capture_output=True,
                                     text=True, timeout=30, check=False)
            self.assertEqual(refused.returncode, 2)
            self.assertIn("--mtu must be 1280 to 9000", refused.stderr)

    def test_tools_run_says_what_further_hosts_are_there_for(self):
        hosts = [host for host in HOSTS if host not in ("client", "server")]
        started = subprocess.run([sys.executable, RUN, "--detach", "--name", self.name, "--hosts", ",".join(hosts),
                                  "--mtu", "1280"], capture_output=True, text=True, timeout=90, check=False)
        try:
            self.assertEqual(started.returncode, 0, started.stdout + started.stderr)
            for line in ("dns: 10.91.0.53, fd91::53, on the wan side: DNS", "tools/lab/enter client udhcpc"):
                self.assertIn(line, started.stdout)
            for host, flag, port in (("dns", "-u", 53), ("dhcp", "-u", 67), ("mail", "-t", 25)):
                listening = subprocess.run([ROOT / "tools/lab/enter", host, "ss", "-Hln", flag], capture_output=True,
                                           text=True, env=os.environ | {"SEKISHO_LAB": self.name}, check=True).stdout
                self.assertRegex(listening, rf":{port}\b")
        finally:
            subprocess.run([sys.executable, RUN, "--stop", "--name", self.name], timeout=60, check=True)

    def test_tools_run_takes_the_interfaces_it_is_given(self):
        """A namespace with two cables stands in for a machine with two network cards."""
        box, lan, wan = (f"sekisho-{self.name}-{part}" for part in ("box", "lan", "wan"))
        running = None
        with tempfile.TemporaryDirectory(prefix="sekisho-test-") as directory:
            os.chmod(directory, 0o755)
            try:
                for namespace in (box, lan, wan):
                    network.add_namespace(namespace)
                for name, host, address in (("card1", lan, CLIENT.ipv4), ("card2", wan, SERVER.ipv4)):
                    network.add_cable(box, name, host, "eth0", 1500)
                    network.add_address(host, "eth0", address + "/24")
                running = subprocess.Popen(
                    network.exec_in(box, [sys.executable, RUN, "--name", self.name, "--lan", "card1", "--wan", "card2",
                                          "--data", directory]),
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                said = []
                for line in running.stdout:
                    said.append(line)
                    if "(ready)" in line:
                        break
                self.assertIn("(ready)", "".join(said))
                reached = subprocess.run(network.exec_in(lan, ["ping", "-c", 2, "-W", 2, SERVER.ipv4]), check=False,
                                         stdout=subprocess.DEVNULL)
                self.assertEqual(reached.returncode, 0)
            finally:
                if running is not None:
                    running.send_signal(signal.SIGINT)
                    running.wait(timeout=30)
                    running.stdout.close()
                for namespace in (box, lan, wan):
                    network.remove_namespace(namespace)
        self.assertFalse(pathlib.Path(f"/run/sekisho-lab-{self.name}").exists())


if __name__ == "__main__":
    unittest.main()
