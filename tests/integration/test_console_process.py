"""sekisho-console as its own user and under its system-call filter: nothing of it can be told by that."""

import base64
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import zlib

import console_harness
from console_harness import ALLOW_ALL, BLOCK_8080, Console, rule, unittest, wait_until

from sekisho_lab import postgresql

USER = 64110  # of the process table
PASSWORD = "correct horse battery"
PCAP_NANOSECONDS = b"\x4d\x3c\xb2\xa1"  # how a capture file begins (pcap, little-endian)


class Calls:
    """Calls operations by their names in the API's document, as the console serves it, and keeps count."""

    def __init__(self, client):
        self.client = client
        document = client.get("/openapi.json")
        self.operations = {operation["operationId"]: (method.upper(), path)
                           for path, item in document["paths"].items()
                           for method, operation in item.items() if method != "parameters"}
        self.called = set()

    def __call__(self, name, body=None, client=None, query="", headers=None, **path):
        method, pattern = self.operations[name]
        address = re.sub(r"\{(\w+)\}", lambda part: str(path[part[1]]), pattern) + query
        answer = (client or self.client).call(method, address, body, **(headers or {}))
        self.called.add(name)
        return answer


class EveryOperation:
    """For a ConsoleTest."""

    def process_status(self):
        """Of every thread of the console: {field: value}."""
        tasks = pathlib.Path(f"/proc/{self.console.process.pid}/task").iterdir()
        return [dict(re.findall(r"^(\w+):[ \t]*(.*)$", (task / "status").read_text(), re.M)) for task in tasks]

    def test_all_its_threads_are_its_users_without_capabilities_and_filtered(self):
        threads = self.process_status()
        self.assertGreater(len(threads), 5)
        for thread in threads:
            self.assertEqual(thread["Uid"].split(), [str(USER)] * 4)
            self.assertEqual(thread["Gid"].split(), [str(USER)] * 4)
            self.assertEqual(thread["Groups"].strip(), "")
            for kind in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
                self.assertEqual(int(thread[kind], 16), 0, kind)
            self.assertEqual((thread["Seccomp"], thread["NoNewPrivs"]), ("2", "1"))

    def test_its_files_are_its_own_and_nobody_elses(self):
        files = [self.console.state_dir, *self.console.state_dir.iterdir()]
        self.assertGreater(len(files), 1)
        for file in files:
            self.assertEqual((file.stat().st_uid, file.stat().st_mode & 0o077), (USER, 0), file)

    def test_every_operation_succeeds_under_the_filter(self):
        calls = Calls(self.console.client())
        self.enforce(ALLOW_ALL)
        tenant, group, gateway = self.tenant["id"], self.group["id"], self.record["id"]
        for step in (self.sessions, self.reading, self.drafts_and_deliveries, self.packs, self.reputation, self.groups_and_gateways, self.users,
                     self.diagnostics, self.bypasses, self.certificates, self.trust):
            step(calls, {"tenant": tenant, "group": group, "gateway": gateway})
        self.assertEqual(calls.called, set(calls.operations))

    def sessions(self, calls, ours):
        calls("getHealth")
        calls("getOpenApi")
        calls("createUser", {"login": "keiko", "password": PASSWORD, "role": "customer"}, tenant=ours["tenant"])
        keiko = type(calls.client)(self.console.address)
        keiko.csrf_token = calls("createSession", {"login": "keiko", "password": PASSWORD}, keiko)["csrf_token"]
        calls("getSession", client=keiko)
        calls("changeOwnPassword", {"old_password": PASSWORD, "password": PASSWORD + "!"}, keiko)
        calls("deleteSession", client=keiko)

    def reading(self, calls, ours):
        calls("listTenants")
        for name in ("listUsers", "listGroups", "getChanges", "listDeliveries", "listGateways", "listEvents", "listAudit"):
            calls(name, tenant=ours["tenant"])
        calls("topBandwidth", tenant=ours["tenant"], query="?by=user&from=0&to=1000")
        calls("listConsoleAudit")
        self.assertIn("youtube", {application["name"] for application in calls("listApplications")["applications"]})
        self.assertIn("phishing", {category["name"] for category in calls("listUrlCategories")["categories"]})
        calls("getGateway", tenant=ours["tenant"], gateway=ours["gateway"])

    def drafts_and_deliveries(self, calls, ours):
        place = {"tenant": ours["tenant"], "group": ours["group"]}
        draft = calls("getDraft", **place)
        changed = {"policy": draft["policy"] | {"rules": [BLOCK_8080, ALLOW_ALL]}}
        calls("checkDraft", changed, **place)
        calls("checkIpsRules", {"text": "drop tcp any any -> any 23 (sid:1;)"}, **place)
        saved = calls("saveDraft", changed, headers={"If_Match": f'"{draft["revision"]}"'}, **place)
        seen = {"revisions": [{"group": ours["group"], "revision": saved["revision"]}]}
        version = calls("deliverAll", seen, tenant=ours["tenant"])["version"]
        self.assertEqual(self.outcome(version)["state"], "succeeded")
        calls("getDelivery", tenant=ours["tenant"], version=version)
        calls("getDeliveredPolicy", version=version, **place)
        calls("getDifferences", tenant=ours["tenant"], version=version, query="?to=1")
        calls("returnToVersion", seen, tenant=ours["tenant"], version=1)

    def packs(self, calls, ours):
        place = {"tenant": ours["tenant"]}
        files = [{"name": "a.rules", "text": "drop tcp any any -> any 23 (sid:1;)"}]
        self.assertEqual(calls("checkContentPack", {"files": files}, **place)["num_rules"], 1)
        pack = [calls("publishContentPack", {"name": "ours", "files": files}, **place) for _ in range(2)][1]
        calls("returnToContentVersion", {"version": 1}, pack=pack["id"], **place)

        def arrived(versions):
            gateway = calls("getContent", **place)["gateways"][0]
            return gateway["state"] == "accepted" and [pack["version"] for pack in gateway["packs"]] == versions
        wait_until(lambda: arrived([1]), "the packs")
        calls("deleteContentPack", pack=pack["id"], **place)
        wait_until(lambda: arrived([]), "no packs")  # each set takes a connection of its own, which ends what is asked

        listed = base64.b64encode(zlib.compress(b"one.example\t+\tgambling\n")).decode()
        for version in (1, 2):
            self.assertEqual(calls("publishDatabase", {"kind": "urls", "list": listed}, **place)["version"], version)
        self.assertEqual(calls("returnToDatabaseVersion", {"version": 1}, kind="urls", **place)["version"], 3)

    def reputation(self, calls, ours):
        feed = calls("importReputationFeed", {"name": "list", "text": "hxxp://bad[.]example/a\nb ad\n", "score": 5, "category": "phishing"})
        self.assertEqual((feed["num_ratings"], feed["num_refused"]), (1, 1))
        calls("rateUrl", {"url": "bad.example", "score": 90})
        self.assertEqual(calls("lookUpUrl", query="?url=bad.example/a")["score"], 5)
        self.assertEqual(calls("lookUpUrl", query="?url=bad.example/b")["source"], "own")
        self.assertEqual(calls("getReputation")["num_ratings"], 2)
        calls("removeUrlRating", query="?url=bad.example")
        calls("removeReputationFeed", feed="list")

    def groups_and_gateways(self, calls, ours):
        other = calls("createTenant", {"name": "other"})["id"]
        group = calls("createGroup", {"name": "spare"}, tenant=other)["id"]
        calls("renameGroup", {"name": "spare one"}, tenant=other, group=group)
        calls("deleteGroup", tenant=other, group=group)
        first = calls("listGroups", tenant=other)["groups"][0]["id"]
        box = calls("createGateway", {"name": "box", "group": first}, tenant=other)["gateway"]["id"]
        for name in ("renewActivation", "revokeGateway"):
            calls(name, tenant=other, gateway=box)
        calls("changeGateway", {"name": "crate"}, tenant=other, gateway=box)
        calls("deleteGateway", tenant=other, gateway=box)

    def users(self, calls, ours):
        provider = calls("createUser", {"login": "taro", "password": PASSWORD, "role": "provider"}, tenant=ours["tenant"])["id"]
        calls("setPassword", {"password": PASSWORD + "?"}, tenant=ours["tenant"], user=provider)
        calls("listProviders")
        calls("unassignProvider", tenant=ours["tenant"], user=provider)
        calls("assignProvider", tenant=ours["tenant"], user=provider)
        calls("deleteUser", tenant=ours["tenant"], user=provider)

    def diagnostics(self, calls, ours):
        place = {"tenant": ours["tenant"], "gateway": ours["gateway"]}
        wait_until(lambda: calls("getGateway", **place)["online"], "online")
        asked = calls("startDiagnostic", {"op": "capture", "arguments": {"seconds": 1}}, **place)["id"]
        answered = self.answer_to(calls, place, asked)
        self.assertEqual(answered["state"], "done", answered)
        self.assertEqual(calls("getDiagnosticFile", diagnostic=asked, **place)[:4], PCAP_NANOSECONDS)

    def bypasses(self, calls, ours):
        place = {"tenant": ours["tenant"], "gateway": ours["gateway"]}
        listed = self.answer_to(calls, place, calls("startDiagnostic", {"op": "tls.bypasses.list"}, **place)["id"])
        self.assertEqual(listed["result"]["bypasses"], [])
        pair = {"client": "192.0.2.7", "host": "pinned.example"}
        refused = self.answer_to(calls, place, calls("removeSmartBypass", pair, **place)["id"])
        self.assertEqual((refused["state"], refused["message"]), ("failed", "dataplane: connections of 192.0.2.7 to 'pinned.example' are not spared"))
        cleared = self.answer_to(calls, place, calls("clearSmartBypasses", **place)["id"])
        self.assertEqual(cleared["result"]["removed"], 0)

    def certificates(self, calls, ours):
        place = {"tenant": ours["tenant"], "gateway": ours["gateway"]}
        certificate = wait_until(lambda: (calls("getGateway", **place).get("authority") or {}).get("fingerprint") and
                                 calls("getGatewayCertificate", **place), "the gateway's authority is told", timeout=30)
        self.assertTrue(certificate.startswith(b"-----BEGIN CERTIFICATE-----"), certificate)
        anew = calls("regenerateGatewayCertificate", {"common_name": "Anew"}, **place)["id"]
        self.assertEqual(self.answer_to(calls, place, anew)["state"], "done")
        with tempfile.TemporaryDirectory(prefix="sekisho-test-") as directory:
            key, own = (pathlib.Path(directory) / name for name in ("key.pem", "own.pem"))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", key, "-out", own, "-subj", "/CN=Own", "-days", "3650",
                            "-addext", "basicConstraints=critical,CA:TRUE"], capture_output=True, timeout=60, check=True)
            imported = calls("importGatewayCertificate", {"certificate": own.read_text(), "key": key.read_text()},
                             **place)["id"]
        self.assertEqual(self.answer_to(calls, place, imported)["state"], "done")

    @staticmethod
    def answer_to(calls, place, asked):
        return wait_until(lambda: (one := calls("getDiagnostic", diagnostic=asked, **place))["state"] != "waiting" and one,
                          "the gateway's answer", timeout=40)

    def trust(self, calls, ours):
        calls("rotateSigningKey", tenant=ours["tenant"])
        self.enforce(rule("after the rotation", "block", services=["tcp/9"]), ALLOW_ALL)

    def test_it_ends_in_order_when_asked(self):
        process = self.console.process
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=10), 0)
        self.console.start()
        type(self).client = self.console.client()


class OnSqlite(EveryOperation, console_harness.ConsoleTest):
    def test_what_a_console_of_root_left_is_taken_over(self):
        self.console.stop()
        for file in [self.console.state_dir, *self.console.state_dir.iterdir()]:
            os.chown(file, 0, 0)
        self.console.start()
        type(self).client = self.console.client()
        self.enforce(rule(f"taken over {time.time()}", "block", services=["tcp/10"]), ALLOW_ALL)


@unittest.skipUnless(postgresql.is_installed(), "PostgreSQL 15 is not installed")
class OnPostgresql(EveryOperation, console_harness.ConsoleTest):
    @classmethod
    def make_consoles(cls):
        return [Console(cls.lab, postgresql.PostgreSQL(cls.lab).start())]


if __name__ == "__main__":
    unittest.main()
