"""What URLs inside of HTTPS decide on a gateway that decrypts: functions, categories, paths, reputation; by HTTP/1.1 and HTTP/2."""

import os
import pathlib
import tempfile

from harness import rule, unittest
from https_origin import FAMILIES, VERSIONS, HttpsTest
from test_dns_policy import query

from sekisho_lab import process
from sekisho_lab.gateway import binaries

SITE, OTHER = "www.youtube.com", "www.dropbox.com"
BAD, NEIGHBOUR = "www.bet365.com", "www.nikkei.com"  # of rules/urls/starter: gambling, news
BAD_SCORE = 4
UPLOAD = ("-F", "f=bytes;filename=f.mp4")
ENGLISH = ("-H", "Accept-Language: en")
BOTH = [(version, address) for version in VERSIONS for address in FAMILIES]


class HttpsUrls(HttpsTest):
    names = HttpsTest.names + (SITE, OTHER, BAD, NEIGHBOUR)
    files = HttpsTest.files | {"private": b"a page of its own", "secret": b"not for everybody"}

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="sekisho-rated-"))
        os.chmod(folder, 0o755)  # the gateway's users read it
        cls.database = pathlib.Path(folder) / "rated.db"
        cls.rate({"bad.example/": BAD_SCORE})
        cls.lab_options = {"reputation_database": str(cls.database)}
        super().setUpClass()

    @classmethod
    def rate(cls, scores):
        feed = cls.database.with_suffix(".csv")
        feed.write_text("url,score\n" + "".join(f"https://{url},{score}\n" for url, score in scores.items()))
        process.run([binaries() / "sekisho", "content", "build", "--reputation", feed, "--category", "phishing",
                     "--output", cls.database])
        cls.database.chmod(0o644)

    def each(self, check):
        """check(ask) over every version of HTTP and of IP; ask(host, path, ...): (status, body)."""
        for version, address in BOTH:
            def ask(host, path="/page", *more, version=version, address=address):
                code, line, body = self.fetch(path, version, host, *ENGLISH, *more, address=address)
                told, status = line.split()
                self.assertEqual((code, told), (0, version.removeprefix("--http").removesuffix(".0")), line)
                return int(status), body
            with self.subTest(version=version, address=address):
                check(ask)

    def test_an_upload_is_blocked_and_viewing_works(self):
        self.inspect(rule("no upload", "block", content={"applications": ["youtube/upload"]}, block_with="answer"))

        def check(ask):
            self.assertEqual(ask(SITE), (200, b"an ordinary page"))
            status, page = ask(SITE, "/x", *UPLOAD)
            self.assertEqual(status, 403)
            for said in (b"YouTube / Upload", b"no upload", SITE.encode()):
                self.assertIn(said, page)
            self.assertEqual(ask(OTHER, "/x", *UPLOAD), (200, b"came"))
            self.assertEqual(ask(SITE)[0], 200)
        self.each(check)

        def told():
            return [one for one in self.events("policy") if one.get("app", {}).get("function") == "upload"
                    and one.get("url", {}).get("hostname") == SITE]
        events = self.eventually(lambda: len(found := told()) >= len(BOTH) and found, "an event of each upload")
        for event in events:
            self.assertEqual(event["policy"] | {"name": "no upload", "action": "block"}, event["policy"])
            self.assertTrue(event["decrypted"])
        self.assertEqual({event["app_proto"] for event in events}, {"http", "http2"})

    def test_one_connection_views_after_its_upload_was_refused_on_another(self):
        self.inspect(rule("no upload", "block", content={"applications": ["category:streaming/upload"]}, block_with="answer"))

        def check(ask):
            self.assertEqual(ask(SITE, "/x", *UPLOAD)[0], 403)
            self.assertEqual(ask(SITE)[0], 200)
        self.each(check)

    def test_a_category_gets_its_page_and_a_neighbour_opens(self):
        self.inspect(rule("no games", "block", content={"url_categories": ["gambling"]}, block_with="answer"))
        self.each(lambda ask: self.assertEqual(ask(NEIGHBOUR), (200, b"an ordinary page")))
        for version, address in BOTH:
            with self.subTest(version=version, address=address):  # the hello says it already: there is no page before TLS
                self.assertNotEqual(self.fetch("/page", version, BAD, address=address)[0], 0)

    def test_where_only_a_category_is_allowed_it_opens(self):
        self.inspect(rule("news", "allow", content={"url_categories": ["news"]}, profile="p"), rule("rest", "block"))
        self.each(lambda ask: self.assertEqual(ask(NEIGHBOUR), (200, b"an ordinary page")))
        for version, address in BOTH:
            with self.subTest(version=version, address=address):
                self.assertNotEqual(self.fetch("/page", version, SITE, address=address)[0], 0)

    def test_a_path_of_a_category_of_ones_own_gets_its_page_and_the_site_opens(self):
        objects = {"url_categories": [{"name": "ours", "title": "Ours", "entries": [f"{NEIGHBOUR}/private"]}]}
        self.inspect(rule("no private", "block", content={"url_categories": ["ours"]}, block_with="answer"), objects=objects,
                     lists={"block": [f"{OTHER}/secret*"], "allow": [f"{OTHER}/secret"]})

        def check(ask):
            self.assertEqual(ask(NEIGHBOUR), (200, b"an ordinary page"))
            status, page = ask(NEIGHBOUR, "/private")
            self.assertEqual(status, 403)
            for said in (b"no private", b"Ours", NEIGHBOUR.encode(), b'<html lang="en">'):
                self.assertIn(said, page)
            self.assertEqual(ask(OTHER, "/secret"), (200, b"not for everybody"))
            self.assertEqual(ask(OTHER, "/secrets")[0], 403)
        self.each(check)

    def test_what_is_rated_bad_after_start_up_is_blocked_at_the_next_request(self):
        self.inspect(profile={"web_reputation": {}})
        self.each(lambda ask: self.assertEqual(ask("www.origin.example", "/private")[0], 200))
        self.rate({"bad.example/": BAD_SCORE, "www.origin.example/private": BAD_SCORE})

        def is_blocked():
            return self.fetch("/private", VERSIONS[0], "www.origin.example")[1].endswith("403")
        self.eventually(is_blocked, "the new ratings in force", timeout=20)

        def check(ask):
            status, page = ask("www.origin.example", "/private")
            self.assertEqual(status, 403)
            self.assertIn(f"Score, of 100: {BAD_SCORE}".encode(), page)
            self.assertEqual(ask("www.origin.example")[0], 200)
        self.each(check)

    def asked_over_https(self, ask, name):
        """The status that a query for `name` gets (RFC 8484)."""
        message = self.lab.directory / "query"
        message.write_bytes(query(name))
        return ask("www.origin.example", "/x", "-H", "Content-Type: application/dns-message", "--data-binary", f"@{message}")[0]

    def test_dns_within_https_is_refused_where_encrypted_dns_is(self):
        self.inspect(profile={"dns": {"encrypted_dns": "block"}})

        def check(ask):
            self.assertEqual(self.asked_over_https(ask, NEIGHBOUR), 403)
            self.assertEqual(ask("www.origin.example"), (200, b"an ordinary page"))
        self.each(check)


if __name__ == "__main__":
    unittest.main()
