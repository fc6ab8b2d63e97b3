"""The gateway on boxes of other shapes: without huge pages, with several workers."""

import os

from harness import ALLOW_ALL, BLOCK_ALL, CLIENT, SERVER, LabTest, rule, services, unittest


class SmallPages(LabTest):
    """A box whose kernel grants no huge pages."""

    lab_options = {"huge_pages": False}
    wanted_services = (services.web,)

    def test_it_forwards_and_firewalls(self):
        self.apply(ALLOW_ALL)
        self.assertIn(CLIENT.ipv4, self.page(f"http://{SERVER.ipv4}/"))
        self.assertIn(CLIENT.ipv6, self.page(f"http://[{SERVER.ipv6}]/"))
        self.apply(BLOCK_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")


@unittest.skipIf((os.cpu_count() or 1) < 2, "needs two cores")
class TwoWorkers(LabTest):
    """Ports that cannot spread: the first worker receives for both."""

    lab_options = {"worker_cores": [1, 0], "shared_cores": True}
    hosts = ("client", "client2", "server")
    wanted_services = (services.web, services.ftp)
    source_addresses = [f"10.91.0.{last}" for last in range(100, 116)]

    def setUp(self):
        for address in self.source_addresses:
            self.lab.run("client", "ip", "address", "replace", f"{address}/24", "dev", "eth0")

    def packets_of_workers(self):
        return [worker["packets"] for worker in self.gateway.dataplane("status")["workers"]]

    def test_connections_of_many_hosts_use_both_workers(self):
        self.apply(ALLOW_ALL)
        before = self.packets_of_workers()
        for address in self.source_addresses:
            self.assertEqual(self.connect(SERVER.ipv4, 80, source=address), "open", address)
        grown = [after - first for after, first in zip(self.packets_of_workers(), before)]
        self.assertTrue(all(packets > 0 for packets in grown), grown)

    def test_a_rule_holds_on_both_workers(self):
        self.apply(rule("web", "block", services=["tcp/80"]), ALLOW_ALL)
        for address in self.source_addresses:
            self.assertEqual(self.connect(SERVER.ipv4, 80, source=address, timeout=0.2), "silence", address)

    def test_a_large_download_arrives_whole_through_either(self):
        self.apply(ALLOW_ALL)
        for address in self.source_addresses[:4]:
            fetched = self.lab.run("client", "curl", "-s", "-m", 30, "--interface", address, "-o", "/dev/null", "-w",
                                   "%{size_download}", f"http://{SERVER.ipv4}/bytes/3000000").stdout
            self.assertEqual(fetched, "3000000", address)

    def test_an_unreachable_port_is_told_to_its_sender(self):
        self.apply(ALLOW_ALL)
        for address in self.source_addresses[:6]:
            self.assertEqual(self.connect(SERVER.ipv4, 9, source=address), "refused", address)
        self.assertEqual(self.counters()["drop.icmp_error_without_flow"], 0)


if __name__ == "__main__":
    unittest.main()
