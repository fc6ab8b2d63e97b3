"""What the client of a blocked flow is answered: pages, alerts, refusals, port unreachable (R050)."""

import json
import re
import socket
import struct

from harness import ALLOW_ALL, SERVER, LabTest, rule, services, unittest

PAGE = {"organisation": "例 <Works>", "message": "Ask first.", "contact": "ext. 123"}
VIDEO = "www.youtube.com"


def web(lab):
    services.web(lab, ports=(80, 443, 8443))


def answering(name, **columns):
    return rule(name, "block", block_with="answer", **columns)


def dns_query(name, edns):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    header = struct.pack(">HHHHHH", 0x4711, 0x0100, 1, 0, 0, 1 if edns else 0)
    opt = struct.pack(">BHHIH", 0, 41, 1232, 0, 0) if edns else b""
    return header + labels + b"\0" + struct.pack(">HH", 1, 1) + opt


class Answers(LabTest):
    wanted_services = (web, services.dns)

    def setUp(self):
        self.apply(answering("動画 <no>", content={"applications": ["youtube"]}), ALLOW_ALL, block_page=PAGE)

    def ask(self, *options, host=VIDEO, address=SERVER.ipv4, port=80, scheme="http"):
        """curl's exit code, what it wrote and what it complained about."""
        where = f"[{address}]" if ":" in address else address
        done = self.lab.run("client", "curl", "-sS", "-m", 5, "--resolve", f"{host}:{port}:{where}", *options,
                            f"{scheme}://{host}:{port}/watch?v=1", check=False)
        return done.returncode, done.stdout, done.stderr

    def test_a_blocked_request_gets_the_page_and_ends(self):
        for address in (SERVER.ipv4, SERVER.ipv6):
            with self.subTest(address=address):
                code, answer, _ = self.ask("-i", "-H", "Accept-Language: en", address=address)
                self.assertEqual(code, 0)  # all of it came, and the connection ended
                head, _, body = answer.partition("\r\n\r\n" if "\r\n\r\n" in answer else "\n\n")
                self.assertRegex(head, r"^HTTP/1.1 403 ")
                for told in ("Content-Language: en", "Cache-Control: no-store", "Connection: close"):
                    self.assertIn(told, head)
                for told in ("例 &lt;Works&gt;", "Ask first.", "ext. 123", VIDEO, "YouTube", "動画 &lt;no&gt;"):
                    self.assertIn(told, body)
                self.assertEqual(int(re.search(r"Content-Length: (\d+)", head)[1]), len(body.encode()))
                self.assertEqual(self.ask(host="www.example.com", address=address)[0], 0)

    def test_the_page_is_japanese_unless_the_browser_wants_another_language(self):
        self.assertIn('<html lang="ja">', self.ask()[1])
        self.assertIn('<html lang="ja">', self.ask("-H", "Accept-Language: ja,en;q=0.5")[1])
        self.assertIn('<html lang="en">', self.ask("-H", "Accept-Language: de, en;q=0.5")[1])

    def test_head_and_a_long_upload(self):
        code, answer, _ = self.ask("-I")
        self.assertEqual(code, 0)
        self.assertIn("403", answer)
        upload = self.lab.directory / "upload"
        upload.write_bytes(b"x" * 300_000)
        answer = self.ask("-H", "Expect:", "--data-binary", f"@{upload}")[1]
        self.assertIn("403" if "403" in answer else "<html", answer)

    def test_the_request_id_leads_to_the_event(self):
        body = self.ask()[1]
        found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", body)[0]
        self.eventually(lambda: [e for e in self.events("drop") if e.get("block", {}).get("id") == found],
                        "the record of the drop")
        policy = [e for e in self.events("policy") if e["policy"].get("block_id") == found]
        self.assertEqual(len(policy), 1)
        self.assertEqual(policy[0]["app"]["name"], "youtube")
        told = self.gateway.command("explain", "--id", found.lower())
        for part in ("動画 <no>", "application youtube", f"http://{VIDEO}/watch?v=1", "a page over HTTP"):
            self.assertIn(part, told.stdout)
        told = self.gateway.command("--json", "explain", "--id", found)
        self.assertEqual(json.loads(told.stdout)["id"], found)
        unknown = self.gateway.command("explain", "--id", "0000-0000-0000", check=False)
        self.assertIn("no event with the request ID", unknown.stderr)

    def test_tls_gets_an_alert(self):
        for address in (SERVER.ipv4, SERVER.ipv6):
            with self.subTest(address=address):
                code, _, complaint = self.ask("-k", address=address, port=443, scheme="https")
                self.assertEqual(code, 35)
                self.assertIn("unrecognized name", complaint)
        self.assertEqual(self.counters()["policy.answers_tls"], 2)

    def ask_dns(self, query, address):
        answer = self.ask_udp(address, 53, body=query, timeout=2)
        self.assertIsNotNone(answer)
        self.assertEqual(answer[:2], b"\x47\x11")
        return answer

    def test_a_query_is_refused_and_told_why_if_it_can_be(self):
        self.apply(answering("no dns", content={"applications": ["dns"]}), ALLOW_ALL)
        for address in (SERVER.ipv4, SERVER.ipv6):
            with self.subTest(address=address):
                plain = self.ask_dns(dns_query("www.us.example", edns=False), address)
                self.assertEqual((plain[3] & 15, plain[11]), (5, 0))
                why = self.ask_dns(dns_query("www.us.example", edns=True), address)
                self.assertEqual((why[3] & 15, why[11]), (5, 1))
                self.assertIn(b"\0\x0f", why)
                self.assertRegex(why, rb"blocked by policy, request ID [0-9A-Z-]{14}$")

    def test_quic_is_told_at_once_that_nobody_listens(self):
        initial = bytes([0xC3, 0, 0, 0, 1, 8]) + b"d" * 8 + bytes([8]) + b"s" * 8 + b"\0\x44\x9e" + b"p" * 1180
        for method in ("answer", "reset"):
            self.apply(rule("no quic", "block", block_with=method, services=["udp/443"]), ALLOW_ALL)
            for address in (SERVER.ipv4, SERVER.ipv6):
                with self.subTest(method=method, address=address):
                    with self.inside("client"):
                        probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                                              socket.SOCK_DGRAM)
                    with probe:
                        probe.settimeout(2)
                        probe.connect((address, 443))
                        probe.send(initial)
                        with self.assertRaises(ConnectionRefusedError):
                            probe.recv(2048)

    def test_a_rule_without_content_resets_the_opener(self):
        self.apply(answering("no ssh", services=["tcp/8443"]), ALLOW_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 8443), "refused")
        self.assertEqual(self.connect(SERVER.ipv4, 80), "open")


if __name__ == "__main__":
    unittest.main()
