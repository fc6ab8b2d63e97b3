"""The gateway on boxes of other shapes: without huge pages, with several workers."""

import os
import time

from frames import ethernet, ipv4, udp, write_pcap
from harness import ALLOW_ALL, BLOCK_ALL, CLIENT, SERVER, LabTest, rule, services, unittest
from sekisho_lab.lab import Instance, port


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

    lab_options = {"worker_cores": [1, 0], "shared_cores": True, "indicators": "203.0.113.128/25\n"}
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

    def test_a_hosts_callbacks_are_summed_over_the_workers_that_saw_them(self):
        self.apply(rule("all", "allow", profile="p"), profiles=[{"name": "p", "callbacks": {}}])
        servers = [f"203.0.113.{last}" for last in range(130, 146)]
        for server in servers:  # nobody there answers ARP
            self.lab.run("client", "ip", "neigh", "replace", server, "lladdr", SERVER.mac, "dev", "eth0")
        before = self.packets_of_workers()
        for server in servers:
            self.assertEqual(self.connect(server, 4444, timeout=0.2), "silence", server)
        grown = [after - first for after, first in zip(self.packets_of_workers(), before)]
        self.assertTrue(all(packets > 0 for packets in grown), grown)
        hosts = {host["address"]: host["callbacks"] for host in self.gateway.dataplane("callbacks.top")["hosts"]}
        self.assertEqual(hosts, {CLIENT.ipv4: len(servers)})

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


class Replay(Instance):
    """A gateway between a capture that is sent for ever and a ring that gives back what it is given."""

    def build(self):
        capture = self.directory / "in.pcap"
        write_pcap(capture, [ethernet(0x0800, ipv4(17, udp(1000 + number, 9, b"again"))) for number in range(50)])
        self.make_gateway([port("lan0", "lan", "replayed", f"vdev:net_pcap0,rx_pcap={capture},infinite_rx=1"),
                           port("wan0", "wan", "looped", "vdev:net_ring0")])


class OtherDrivers(unittest.TestCase):
    def test_frames_of_a_capture_pass_to_a_ring_and_come_back(self):
        with Replay(f"t{os.getpid()}-replay") as replay:
            gateway = replay.start_gateway()
            until = time.monotonic() + 10
            while time.monotonic() < until:
                lan, wan = gateway.dataplane("ports")["ports"]
                if min(lan["tx_packets"], wan["tx_packets"], wan["rx_packets"]) > 1000:
                    break
                time.sleep(0.1)
            self.assertEqual({lan["driver"], wan["driver"]}, {"net_pcap", "net_ring"})
            self.assertGreater(wan["rx_packets"], 1000)
            self.assertGreater(lan["rx_packets"], 1000)
            self.assertEqual(gateway.dataplane("flows", limit=100)["total"], 50)


if __name__ == "__main__":
    unittest.main()
