"""The same gateway on AF_PACKET ports (the other tests run on AF_XDP, the lab's default)."""

from frames import WireEnd, ethernet, ipv4, tagged, udp
from harness import ALLOW_ALL, CLIENT, SERVER, LabTest, rule, services, unittest


class AfPacket(LabTest):
    lab_options = {"driver": "af_packet"}
    wanted_services = (services.web,)

    def test_pages_over_ipv4_and_ipv6_and_a_rule(self):
        self.apply(ALLOW_ALL)
        self.assertIn(CLIENT.ipv4, self.page(f"http://{SERVER.ipv4}/"))
        self.assertIn(CLIENT.ipv6, self.page(f"http://[{SERVER.ipv6}]/"))
        self.assertEqual({p["driver"] for p in self.gateway.dataplane("ports")["ports"]}, {"net_af_packet"})
        self.apply(rule("no", "block", services=["tcp/80"]), ALLOW_ALL)
        self.assertEqual(self.connect(SERVER.ipv4, 80), "silence")

    def test_a_large_download_arrives_whole(self):
        self.apply(ALLOW_ALL)
        fetched = self.lab.run("client", "curl", "-s", "-m", 30, "-o", "/dev/null", "-w", "%{size_download}",
                               f"http://{SERVER.ipv4}/bytes/30000000").stdout
        self.assertEqual(fetched, "30000000")

    def test_vlan_tags_pass_unchanged(self):
        self.apply(ALLOW_ALL)
        packet = ipv4(17, udp(4000, 9, b"tagged"))
        with WireEnd(self.lab, "client") as sender, WireEnd(self.lab, "server") as receiver:
            for frame in (ethernet(0x0800, packet), tagged([(0x8100, 100)], 0x0800, packet)):
                sender.send(frame)
                self.assertTrue(receiver.catch(frame))


if __name__ == "__main__":
    unittest.main()
