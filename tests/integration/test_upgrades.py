"""A gateway begins over the state that an older version of the product left."""

import hashlib
import json
import pathlib

from harness import BLOCK_ALL, SERVER, LabTest, rule, services, unittest


def web(lab):
    services.web(lab, ports=(80, 8080))


class Upgrades(LabTest):
    wanted_services = (web,)

    def setUp(self):
        self.apply(rule("web", "allow", services=["tcp/80"]), BLOCK_ALL)
        self.source = self.gateway.control("policy.show")["yaml"]

    @property
    def policies(self):
        return pathlib.Path(self.lab.directory, "state/policy")

    def age(self, change):
        """The stored policy as an older version would have made it: `change` of its bytes, sealed anew. Its address."""
        address = self.gateway.dataplane("status")["policy"]["content_address"]
        path = self.policies / f"{address}.snapshot"
        self.gateway.stop()
        snapshot = change(path.read_bytes())
        digest = hashlib.sha256(snapshot[40:])
        path.unlink()
        (self.policies / f"{digest.hexdigest()}.snapshot").write_bytes(snapshot[:8] + digest.digest() + snapshot[40:])
        for name in ("current", "history.json"):
            file = self.policies / name
            file.write_text(file.read_text().replace(address, digest.hexdigest()))
        return digest.hexdigest()

    def replacing(self, was, becomes):
        def change(snapshot):
            self.assertEqual((snapshot.count(was), len(was)), (1, len(becomes)))
            return snapshot.replace(was, becomes)
        return change

    def start(self):
        self.gateway.start()
        self.lab.remember(self.gateway.process.pid)

    def check_renewed(self, before):
        """What is in force is of this version, and the administrator's."""
        def in_force():
            return self.gateway.control("status")["policy"]["content_address"]
        self.eventually(lambda: in_force() not in ("", before), "the policy compiled again")
        self.eventually(lambda: self.gateway.dataplane("status")["policy"]["content_address"] == in_force(),
                        "its being in the dataplane")
        self.assertEqual(self.gateway.control("policy.show")["yaml"], self.source)
        self.eventually(lambda: self.connect(SERVER.ipv4, 80) == "open", "the port's return")
        self.assertEqual(self.connect(SERVER.ipv4, 8080), "silence")
        kept = json.loads((self.policies / "current").read_text())
        self.assertEqual(kept["content_address"], in_force())

    def test_a_firewall_section_of_an_older_form_is_made_again(self):
        before = self.age(self.replacing(b"sekfwl03", b"sekfwl02"))
        self.start()
        self.check_renewed(before)

    def test_a_policy_of_an_older_catalogue_is_in_force_at_once_and_made_again(self):
        edition = self.gateway.control("policy.show")["meta"]["edition"]
        yesterday = edition[:-1] + ("0" if edition[-1] != "0" else "1")
        before = self.age(self.replacing(edition.encode(), yesterday.encode()))
        self.start()
        self.check_renewed(before)
        self.assertEqual(self.gateway.control("policy.show")["meta"]["edition"], edition)
        self.gateway.stop()
        self.start()
        loaded = self.gateway.dataplane("status")["policy"]
        self.assertEqual(loaded["source"], "boot")
        self.assertEqual(loaded["content_address"], json.loads((self.policies / "current").read_text())["content_address"])

    def test_a_snapshot_that_this_version_cannot_read_at_all_leaves_a_gateway_with_a_policy(self):
        """Its text is in it, and out of reach: the newest one that can be read is in force, or the factory's."""
        before = self.age(lambda snapshot: snapshot[:40] + b"\x09" + snapshot[41:])  # the format's version
        self.start()
        self.eventually(lambda: self.gateway.dataplane("status")["policy"]["serial"] != 0, "a policy")
        self.assertNotEqual(self.gateway.dataplane("status")["policy"]["content_address"], before)


if __name__ == "__main__":
    unittest.main()
