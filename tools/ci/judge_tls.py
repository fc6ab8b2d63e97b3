"""The TLS suite of tools/judge: clients and origins of the suite at both ends of a lab whose gateway decrypts."""
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/lab"))
from sekisho_lab.lab import HOSTS, MANAGEMENT, Lab  # noqa: E402  (by the path above)

ORIGINS = "10.92.8.0/21"  # the suite's addresses of origins
# What the suite takes for granted: origins that no browser would trust are refused, what failed twice is passed.
POLICY = """version: 1
profiles: [{name: p, https_decryption: {enabled: true, untrusted_origin: refuse, smart_bypass: true}}]
rules: [{name: all, action: allow, profile: p, log: false}]
"""
ATTACH_SECONDS = 30
SUITE_SECONDS = 1500


class TlsLab:
    """A lab with the suite's addresses behind its server, and a gateway that trusts the suite's root."""

    def __init__(self, trusted_root):
        self.lab = Lab(f"judge-tls-{os.getpid()}", trusted_roots=str(trusted_root))

    def __enter__(self):
        self.lab.__enter__()
        try:
            self.lab.start_gateway()
            self.lab.run("client", "ip", "route", "add", ORIGINS, "via", HOSTS["server"].ipv4)
            self.lab.run("server", "ip", "route", "add", "local", ORIGINS, "dev", "lo")
            # Where the suite's authority has its lists and its responder; sekisho-fetch asks from the box's own network.
            self.lab.run("gateway", "ip", "route", "add", ORIGINS, "via", MANAGEMENT["server"])
            policy = self.lab.directory / "policy.yaml"
            policy.write_text(POLICY)
            self.lab.gateway.command("policy", "apply", str(policy))
            self.wait_attached()
        except BaseException:
            self.lab.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *failure):
        return self.lab.__exit__(*failure)

    def wait_attached(self):
        limit = time.monotonic() + ATTACH_SECONDS
        while time.monotonic() < limit:
            state = self.lab.gateway.dataplane("status")["decryption"]
            if state and state["attached"] == state["workers"]:
                return
            time.sleep(0.1)
        raise SystemExit("tools/judge: sekisho-decrypt has no channel to the gateway's workers")

    def environment(self):
        state = json.loads((self.lab.gateway.run_dir / "supervisor.json").read_text())
        pid = next(child["pid"] for child in state["processes"] if child["name"] == "sekisho-decrypt")
        return {"SUITE_CLIENT_NS": self.lab.namespace("client"), "SUITE_SERVER_NS": self.lab.namespace("server"),
                "SUITE_CA": str(self.lab.directory / "state/keys/authority.crt"), "SUITE_GW_PID": str(pid)}


def stand_in(folder):
    """The suite forges an authority of the box's name before the box, which has to trust the suite's root, has made its own."""
    certificate = folder / "box-name.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    folder / "box-name.key", "-out", certificate, "-subj", "/O=Sekisho/CN=Sekisho"], check=True,
                   capture_output=True)
    return str(certificate)


def subject(certificate):
    return subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-subject"], check=True, capture_output=True,
                          text=True).stdout


def run(suite, scratch, cases=()):
    """[{name, outcome, reason}] of the suite in the folder `suite`; `cases`: only these."""
    program = str(suite / "run.sh")
    environment = os.environ | {"SUITE_WORK": str(scratch)}
    named = stand_in(pathlib.Path(scratch))
    subprocess.run([program, "--names"], env=environment | {"SUITE_CA": named}, check=True, stdout=subprocess.DEVNULL,
                   timeout=SUITE_SECONDS)
    with TlsLab(pathlib.Path(scratch) / "pki/pub-root.pem") as lab:
        if subject(named) != subject(lab.environment()["SUITE_CA"]):
            raise SystemExit("tools/judge: the box's authority has another name than the one that the suite forged")
        chosen = [word for case in cases for word in ("--case", case)] or ["--list", "all"]
        done = subprocess.run([program, *chosen], env=environment | lab.environment(), capture_output=True, text=True,
                              errors="replace", timeout=SUITE_SECONDS, check=False)
    found = re.findall(r"^(PASS|FAIL|SKIP) (\S+) ?(.*)$", done.stdout, re.M)
    if not found:
        raise SystemExit(f"tools/judge: the suite said nothing (exit {done.returncode}): {done.stderr[-2000:]}")
    return [{"name": name, "outcome": outcome, "reason": reason} for outcome, name, reason in found]
