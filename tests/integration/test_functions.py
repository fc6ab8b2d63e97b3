"""Functions of applications in rules, on a running gateway: what one rule blocks while the rest of the site works."""

import http.client

from harness import CLIENT, SERVER, LabTest, echo, rule, services, unittest
from test_url_filter import hello

SITE, OTHER = "www.youtube.com", "www.dropbox.com"
NO_UPLOAD = rule("no upload", "block", content={"applications": ["youtube/upload"]}, block_with="answer")
VIEW = rule("view", "allow", content={"applications": ["youtube/view"]})
NO_YOUTUBE = rule("no youtube", "block", content={"applications": ["youtube"]}, block_with="answer")
FORM = {"Content-Type": "multipart/form-data; boundary=x", "Accept-Language": "en"}
BODY = b"--x\r\nContent-Disposition: form-data; name=f; filename=f.mp4\r\n\r\nbytes\r\n--x--\r\n"
TLS_PORT = 443


class Functions(LabTest):
    wanted_services = (services.web, echo(TLS_PORT))

    def connection(self, address):
        """A connection that is kept for several requests."""
        outcome, opened = self.try_connect(address, 80, timeout=3)
        self.assertEqual(outcome, "open")
        connection = http.client.HTTPConnection(address, timeout=3)
        connection.sock = opened
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, method="GET", host=SITE, path="/", **parts):
        """Status and body; None when nothing comes."""
        headers = parts.pop("headers", {}) | {"Host": host}
        try:
            connection.request(method, path, headers=headers, **parts)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (TimeoutError, ConnectionError, http.client.HTTPException):
            return None, ""

    def view(self, connection, host=SITE):
        return self.ask(connection, host=host)[0]

    def upload(self, connection, host=SITE):
        return self.ask(connection, "POST", host, "/x", body=BODY, headers=FORM)

    def flow_events(self, hostname=None, **wanted):
        """Of this host's URLs, if one is named: other tests' events are there, too."""
        return [one for one in self.events("policy") if one.get("app", {}) | wanted == one.get("app")
                and hostname in (None, one.get("url", {}).get("hostname"))]

    def test_one_rule_blocks_the_upload_and_lets_the_site_be_viewed(self):
        self.apply(NO_UPLOAD)
        for address in (SERVER.ipv4, SERVER.ipv6):
            with self.subTest(address=address):
                connection = self.connection(address)
                self.assertEqual(self.view(connection), 200)
                self.assertEqual(self.view(connection), 200)
                status, page = self.upload(connection)
                self.assertEqual(status, 403)
                for said in ("YouTube / Upload", "no upload", SITE):
                    self.assertIn(said, page)
                self.assertEqual(self.upload(self.connection(address))[0], 403)
                self.assertEqual(self.view(self.connection(address)), 200)
        event = self.eventually(lambda: self.flow_events(SITE, name="youtube", function="upload"),
                                "a policy event about the upload")[-1]
        self.assertEqual(event["policy"] | {"rule": 1, "name": "no upload", "action": "block"}, event["policy"])

    def test_the_upload_of_another_application_passes(self):
        self.apply(NO_UPLOAD)
        connection = self.connection(SERVER.ipv4)
        status, said = self.upload(connection, OTHER)
        self.assertEqual((status, said), (200, f"{len(BODY)} bytes came\n"))
        self.assertEqual(self.upload(connection)[0], 403)

    def test_a_category_has_functions_too(self):
        self.apply(rule("no storage", "block", content={"applications": ["category:cloud_storage/upload"]}))
        self.assertIsNone(self.upload(self.connection(SERVER.ipv4), OTHER)[0])
        self.assertEqual(self.view(self.connection(SERVER.ipv4), OTHER), 200)
        self.assertEqual(self.upload(self.connection(SERVER.ipv4))[0], 200)

    def test_of_tls_a_host_that_serves_nothing_else_tells_the_function(self):
        self.apply(NO_UPLOAD)
        for address in (SERVER.ipv4, SERVER.ipv6):
            for name, passes in (("upload.youtube.com", False), (SITE, True)):
                with self.subTest(address=address, name=name):
                    outcome, connection = self.try_connect(address, TLS_PORT, timeout=3)
                    self.assertEqual(outcome, "open")
                    with connection:
                        connection.sendall(hello(name))
                        try:
                            echoed = connection.recv(1) == hello(name)[:1]  # an alert begins otherwise
                        except (TimeoutError, ConnectionResetError):
                            echoed = False
                    self.assertEqual(echoed, passes)

    def test_the_order_of_rules_flips_the_verdict(self):
        for rules, viewed in (((VIEW, NO_YOUTUBE), 200), ((NO_YOUTUBE, VIEW), 403), ((VIEW, NO_YOUTUBE), 200)):
            self.apply(*rules)
            self.assertEqual(self.view(self.connection(SERVER.ipv4)), viewed)
            self.assertEqual(self.upload(self.connection(SERVER.ipv4))[0], 403)

    def test_a_running_connection_meets_a_new_rule(self):
        self.apply(NO_UPLOAD | {"content": {"applications": ["dropbox/upload"]}})
        viewing, uploading = self.connection(SERVER.ipv4), self.connection(SERVER.ipv4)
        self.assertEqual(self.view(viewing), 200)
        self.assertEqual(self.upload(uploading)[0], 200)
        self.apply(NO_UPLOAD)
        self.assertEqual(self.view(viewing), 200)
        self.assertEqual(self.upload(viewing)[0], 403)
        self.assertNotEqual(self.view(uploading), 200)  # its newest request is what is blocked now

    def test_an_open_flow_and_an_explanation_name_the_function(self):
        self.apply(NO_UPLOAD)
        connection = self.connection(SERVER.ipv4)
        self.assertEqual(self.view(connection), 200)
        port = connection.sock.getsockname()[1]
        flows = self.gateway.dataplane("flows")["flows"]
        self.assertEqual([(one["application"], one["function"]) for one in flows if one["source_port"] == port],
                         [("youtube", "view")])
        asked = {"source": CLIENT.ipv4, "destination": SERVER.ipv4, "destination_port": 80}
        told = self.gateway.dataplane("explain", application="youtube/upload", **asked)
        self.assertEqual((told["verdict"], told["reasons"][0]["why"]), ("answer", "matches, function youtube/upload"))
        told = self.gateway.dataplane("explain", url=f"http://{SITE}/watch", **asked)
        self.assertEqual((told["verdict"], told["reasons"][0]["why"]),
                         ("pass", "function youtube/view is not selected"))
        told = self.gateway.dataplane("explain", url="https://upload.youtube.com/", **asked)
        self.assertEqual(told["verdict"], "answer")
        told = self.gateway.dataplane("explain", application="youtube", **asked | {"source_port": 9})
        self.assertTrue(told["tentative"])
        self.assertIn("function is not known before a request", told["reasons"][0]["why"])

    def test_mistakes_are_told_with_what_there_is(self):
        answer = self.gateway.control("policy.apply", comment="", yaml=(
            "version: 1\nrules:\n  - {name: r, action: block, content: {applications: [youtube/uplod]}}\n"))
        self.assertFalse(answer["ok"])
        self.assertIn("rule 'r': application 'youtube' has no function 'uplod'; it has view, comment, upload, chat",
                      str(answer))


if __name__ == "__main__":
    unittest.main()
