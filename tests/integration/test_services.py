"""What the lab's further hosts offer, used through the gateway."""

import smtplib
import socket

from harness import ALLOW_ALL, BLOCK_ALL, HOSTS, LabTest, rule, services, unittest

MAIL, DNS = HOSTS["mail"], HOSTS["dns"]
LETTER = "Subject: hello\n\n.a line that begins with a dot\nbye\n"


def further_hosts(lab):
    services.start_on(lab, lab.hosts)


class FurtherHosts(LabTest):
    hosts = ("client", "server", "dns", "dhcp", "mail")
    wanted_services = (further_hosts,)

    def setUp(self):
        self.apply(ALLOW_ALL)

    def mailer(self, address=MAIL.ipv4):
        with self.inside("client"):
            session = smtplib.SMTP(address, 25, local_hostname="client.lab.example", timeout=5)
        self.addCleanup(session.close)
        return session

    def mailbox_log(self):
        return "".join(path.read_text() for path in self.lab.directory.glob("mail-*.log"))

    def test_mail_is_taken_over_both_families(self):
        for address in (MAIL.ipv4, MAIL.ipv6):
            with self.subTest(address=address):
                before = self.mailbox_log().count("<a@lab.example> to 2,")
                session = self.mailer(address)
                self.assertEqual(session.sendmail("a@lab.example", ["b@lab.example", "c@lab.example"], LETTER), {})
                self.assertEqual(session.quit()[0], 221)
                self.assertEqual(self.mailbox_log().count("<a@lab.example> to 2,"), before + 1)

    def test_mail_commands_out_of_order_are_refused(self):
        session = self.mailer()
        for command, code in (("EHLO client", 250), ("DATA", 503), ("RCPT TO:<b@lab.example>", 503),
                              ("MAIL FROM:nobody", 501), ("MAIL FROM:<a@lab.example> SIZE=10", 250),
                              ("MAIL FROM:<a@lab.example>", 503), ("RCPT TO:<>", 501), ("DATA", 503),
                              ("RCPT TO:<b@lab.example>", 250), ("RSET", 250), ("DATA", 503), ("NOOP", 250),
                              ("VRFY b", 502), ("mail from:<>", 250)):
            self.assertEqual(session.docmd(command)[0], code, command)

    def test_mail_has_bounds(self):
        session = self.mailer()
        session.docmd("EHLO", "client")
        self.assertEqual(session.docmd("x" * 100_000)[0], 502)
        session.docmd("MAIL", "FROM:<a@lab.example>")
        codes = [session.docmd("RCPT", f"TO:<b{n}@lab.example>")[0] for n in range(101)]
        self.assertEqual(codes, [250] * 100 + [452])
        codes = []
        with self.assertRaises((smtplib.SMTPServerDisconnected, OSError)):
            for _ in range(40):
                codes.append(session.docmd("NONSENSE")[0])
        self.assertEqual(set(codes[:-1]), {502})
        self.assertLessEqual(len(codes), 21)

    def test_mail_is_stopped_by_a_rule(self):
        self.apply(rule("names", "allow", services=["udp/53"]), BLOCK_ALL)
        with self.assertRaises((socket.timeout, OSError)):
            self.mailer()

    def test_a_lease_crosses_the_gateway_both_ways(self):
        self.assertRegex(services.lease(self.lab), r"10\.91\.0\.1[0-5]\d")

    def test_the_dns_host_answers(self):
        answer = self.lab.run("client", "busybox", "nslookup", "www.us.example", DNS.ipv4).stdout
        self.assertIn("198.51.100.10", answer)


if __name__ == "__main__":
    unittest.main()
