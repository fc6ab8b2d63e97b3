"""FTP's data channels are let through for as long as their control connection asks for them."""

import ftplib

from harness import BLOCK_ALL, SERVER, LabTest, network, rule, services, unittest


class Ftp(LabTest):
    wanted_services = (services.ftp, services.web)

    def fetch(self, address, passive):
        received = []
        with network.inside(self.lab.namespace("client")), ftplib.FTP(timeout=3) as session:  # noqa: S321
            session.connect(address, 21)
            session.login()
            session.set_pasv(passive)
            session.retrbinary("RETR 300000", received.append)
        return sum(map(len, received))

    def test_data_channels_are_expected_when_only_the_control_port_is_allowed(self):
        for address in (SERVER.ipv4, SERVER.ipv6):
            for passive in (True, False):
                with self.subTest(address=address, passive=passive):
                    self.apply(rule("ftp", "allow", services=["tcp/21"]), BLOCK_ALL)
                    self.assertEqual(self.fetch(address, passive), 300_000)

    def test_other_ports_stay_closed(self):
        self.apply(rule("ftp", "allow", services=["tcp/21"]), BLOCK_ALL)
        self.fetch(SERVER.ipv4, passive=True)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")


if __name__ == "__main__":
    unittest.main()
