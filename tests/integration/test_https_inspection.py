"""What is found inside of HTTPS on a running gateway: URLs with their paths, rules of the IPS, files; by HTTP/1.1 and HTTP/2."""

import hashlib
import os
import subprocess
import sys

from harness import ROOT, SERVER, unittest
from https_origin import FAMILIES, VERSIONS, HttpsTest
from test_scan import EICAR, zipped

MEGABYTE = 1 << 20
RESET_CONNECTIONS = 1200  # more than an interface's queue holds by default
RESET_ALL = """
import resource, socket, ssl, struct, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
held = [context.wrap_socket(socket.create_connection((sys.argv[1], 443), 20), server_hostname="www.origin.example")
        for _ in range(int(sys.argv[2]))]
print("held", flush=True)
sys.stdin.read()
for connection in held:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
"""


class HttpsInspection(HttpsTest):
    lab_options = {"malware_signatures": str(ROOT / "rules/malware/starter")}
    files = HttpsTest.files | {"secret": b"not for everybody", "large": os.urandom(20 * MEGABYTE), "eicar": EICAR,
                               "eicar.zip": zipped(EICAR)}

    def test_pages_pass_whole_by_either_version(self):
        self.inspect()
        large = hashlib.sha256((self.root / "large").read_bytes()).digest()
        for version, told in zip(VERSIONS, ("1.1 200", "2 200")):
            for address in FAMILIES:
                with self.subTest(version=version, address=address):
                    self.assertEqual(self.fetch("/page", version, address=address), (0, told, b"an ordinary page"))
                    code, line, body = self.fetch("/large", version, address=address)
                    self.assertEqual((code, line, hashlib.sha256(body).digest()), (0, told, large))
        flows = self.eventually(lambda: [e for e in self.events("flow") if e.get("decrypted")], "flows of what was decrypted")
        self.assertTrue({"http", "http2"} >= {e.get("app_proto") for e in flows}, flows)

    def test_a_thousand_resets_at_once_all_reach_the_origin(self):
        self.inspect()
        client = self.lab.popen("client", sys.executable, "-c", RESET_ALL, SERVER.ipv4, RESET_CONNECTIONS,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.assertEqual(client.stdout.readline(), "held\n")

        def open_at_the_origin():
            return self.lab.run("server", "ss", "-tnH", "state", "established", "sport = :443").stdout.count("\n")
        self.assertEqual(open_at_the_origin(), RESET_CONNECTIONS)
        client.communicate(timeout=30)
        self.eventually(lambda: open_at_the_origin() == 0, "the origin's connections are gone")

    def test_a_blocked_path_gets_its_page(self):
        self.inspect(lists={"block": ["www.origin.example/secret"]})
        for version, told in zip(VERSIONS, ("1.1 403", "2 403")):
            with self.subTest(version=version):
                code, line, body = self.fetch("/secret", version, "www.origin.example", "-H", "Accept-Language: en")
                self.assertEqual((code, line), (0, told))
                self.assertIn(b"www.origin.example", body)
                self.assertIn(b'<html lang="en">', body)
                self.assertEqual(self.fetch("/page", version)[1][-3:], "200")
        drops = self.eventually(lambda: [e for e in self.events("drop") if e.get("block", {}).get("answer") == "http"],
                                "the drops")
        self.assertTrue(all(e.get("decrypted") for e in drops), drops)

    def test_rules_of_the_ips_see_what_is_inside(self):
        self.inspect(profile={"ips": {"action": "reset"}}, ips_rules=[
            'drop http any any -> any any (msg:"lab uri"; http.uri; content:"/secret"; sid:9000001; rev:1;)'])
        for version in VERSIONS:
            with self.subTest(version=version):
                code, _, body = self.fetch("/secret", version)
                self.assertNotEqual(code, 0)
                self.assertEqual(body, b"")
                self.assertEqual(self.fetch("/page", version)[0], 0)

    def test_files_are_scanned(self):
        self.eventually(lambda: self.gateway.json("scan", "--status")["clamd"] == "running", "clamd")
        self.inspect(profile={"anti_malware": {}})
        for version in VERSIONS:
            for path in ("/eicar", "/eicar.zip"):
                with self.subTest(version=version, path=path):
                    code, _, body = self.fetch(path, version)
                    self.assertNotEqual(code, 0)
                    self.assertNotEqual(body, (self.root / path[1:]).read_bytes())
            self.assertEqual(self.fetch("/page", version)[0], 0)
        found = self.eventually(lambda: [e for e in self.events("malware") if e["malware"].get("action") == "block"], "events")
        self.assertTrue(all(e.get("decrypted") for e in found), found)


if __name__ == "__main__":
    unittest.main()
