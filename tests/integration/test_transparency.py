"""What is not the gateway's business passes unchanged; what is malformed does not."""

import struct

from frames import BROADCAST, WireEnd, ethernet, ipv4, ipv6, llc, tagged, tcp, udp
from harness import ALLOW_ALL, BLOCK_ALL, CLIENT, SERVER, LabTest, echo, rule, services, unittest

BODY = b"as it came"
PACKET = ipv4(17, udp(4000, 7, BODY))

# Not looked into: passes under every policy.
NOT_IP = {
    "ARP request": ethernet(0x0806, struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, b"\2\x91\0\0\0\2", b"\x0a\x5b\0\2",
                                                bytes(6), b"\x0a\x5b\0\3"), BROADCAST),
    "STP": llc(b"\x42\x42\x03" + bytes(35), "01:80:c2:00:00:00"),
    "LLDP": ethernet(0x88CC, b"\x02\x07\x04\x02\x91\x00\x00\x00\x02\x04\x02\x07\x30\x06\x02\x00\x78\x00\x00", "01:80:c2:00:00:0e"),
    "EAPOL": ethernet(0x888E, b"\x02\x01\x00\x00", "01:80:c2:00:00:03"),
    "PPPoE discovery": ethernet(0x8863, b"\x11\x09\x00\x00\x00\x04\x01\x01\x00\x00", BROADCAST),
    "MPLS": ethernet(0x8847, struct.pack("!I", 77 << 12 | 1 << 8 | 64) + PACKET),
    "unknown type": ethernet(0x9999, BODY),
}
# IP inside something: judged by what is inside.
WRAPPED = {
    "plain": ethernet(0x0800, PACKET),
    "VLAN": tagged([(0x8100, 100)], 0x0800, PACKET),
    "VLAN with priority": tagged([(0x8100, 5 << 13 | 100)], 0x0800, PACKET),
    "QinQ": tagged([(0x88A8, 200), (0x8100, 100)], 0x0800, PACKET),
    "PPPoE session": ethernet(0x8864, struct.pack("!BBHHH", 0x11, 0, 9, len(PACKET) + 2, 0x0021) + PACKET),
}


class Transparency(LabTest):
    wanted_services = (echo(7),)

    def passes(self, frame):
        with WireEnd(self.lab, "client") as sender, WireEnd(self.lab, "server") as receiver:
            sender.send(frame)
            return receiver.catch(frame, timeout=0.8)

    def test_frames_that_are_not_ip_pass_unchanged_even_when_everything_is_blocked(self):
        self.apply(BLOCK_ALL)
        for name, frame in NOT_IP.items():
            with self.subTest(name):
                self.assertTrue(self.passes(frame))

    def test_tagged_and_wrapped_packets_pass_unchanged(self):
        self.apply(ALLOW_ALL)
        for name, frame in WRAPPED.items():
            with self.subTest(name):
                self.assertTrue(self.passes(frame))

    def test_the_policy_sees_through_tags_and_wrapping(self):
        self.apply(rule("no", "block", services=["udp/7"]), ALLOW_ALL)
        for name, frame in WRAPPED.items():
            with self.subTest(name):
                self.assertFalse(self.passes(frame))

    def test_both_directions_keep_their_mac_addresses(self):
        self.apply(ALLOW_ALL)
        with WireEnd(self.lab, "client") as client, WireEnd(self.lab, "server") as server:
            there = ethernet(0x0800, PACKET, source="02:aa:bb:cc:dd:ee")
            client.send(there)
            self.assertTrue(server.catch(there))
            back = ethernet(0x0800, ipv4(17, udp(5000, 5001, BODY, SERVER.ipv4, CLIENT.ipv4), SERVER.ipv4, CLIENT.ipv4),
                            destination="02:aa:bb:cc:dd:ee", source=SERVER.mac)
            server.send(back)
            self.assertTrue(client.catch(back))

    def test_malformed_packets_are_dropped_and_counted_by_reason(self):
        cases = {
            "ipv4_wrong_version": ethernet(0x0800, ipv4(17, udp(4000, 7, BODY), version=5)),
            "ipv4_bad_total_length": ethernet(0x0800, ipv4(17, udp(4000, 7, BODY), total_length=10)),
            "ipv4_truncated": ethernet(0x0800, ipv4(17, udp(4000, 7, BODY), total_length=400)),
            "ipv4_bad_checksum": ethernet(0x0800, PACKET[:10] + b"\xde\xad" + PACKET[12:]),
            "udp_bad_length": ethernet(0x0800, ipv4(17, struct.pack("!HHHH", 4000, 7, 700, 0) + BODY)),
            "tcp_bad_header_length": ethernet(0x0800, ipv4(6, bytearray(12) + b"\x10" + bytes(7))),
        }
        self.apply(ALLOW_ALL)
        for reason, frame in cases.items():
            with self.subTest(reason):
                before = self.counters().get(f"drop.{reason}", 0)
                self.assertFalse(self.passes(frame))
                self.assertEqual(self.counters().get(f"drop.{reason}", 0), before + 1)

    def test_malformed_packets_pass_when_the_policy_says_so(self):
        frame = ethernet(0x0800, ipv4(17, struct.pack("!HHHH", 4000, 7, 700, 0) + BODY))
        self.apply(ALLOW_ALL, packet_checks={"malformed": "pass"})
        self.assertTrue(self.passes(frame))

    def test_fragments_get_the_verdict_of_their_flow_and_pass_as_they_came(self):
        body = bytes(range(256)) * 12
        self.apply(rule("echo", "allow", services=["udp/7", "ip/58"]), BLOCK_ALL)
        self.resolve_neighbours()
        self.assertEqual(self.ask_udp(SERVER.ipv4, 7, body=body), body)
        self.assertEqual(self.ask_udp(SERVER.ipv6, 7, body=body), body)
        self.apply(rule("echo", "block", services=["udp/7"]), ALLOW_ALL)
        self.assertIsNone(self.ask_udp(SERVER.ipv4, 7, body=body))
        self.assertIsNone(self.ask_udp(SERVER.ipv6, 7, body=body))
        self.apply(ALLOW_ALL)
        datagram = udp(4100, 9, body[:1600])
        pieces = [ethernet(0x0800, ipv4(17, datagram[:800], identification=77, flags_offset=0x2000)),
                  ethernet(0x0800, ipv4(17, datagram[800:], identification=77, flags_offset=100))]
        with WireEnd(self.lab, "client") as sender, WireEnd(self.lab, "server") as receiver:
            for piece in pieces:
                sender.send(piece)
                self.assertTrue(receiver.catch(piece))

    def test_fragments_of_ipv6_pass_as_they_came(self):
        self.apply(ALLOW_ALL)
        datagram = udp(4101, 9, bytes(1200), CLIENT.ipv6, SERVER.ipv6)
        pieces = [ethernet(0x86DD, ipv6(44, struct.pack("!BBHI", 17, 0, 0 << 3 | 1, 99) + datagram[:800])),
                  ethernet(0x86DD, ipv6(44, struct.pack("!BBHI", 17, 0, 100 << 3, 99) + datagram[800:]))]
        with WireEnd(self.lab, "client") as sender, WireEnd(self.lab, "server") as receiver:
            for piece in pieces:
                sender.send(piece)
                self.assertTrue(receiver.catch(piece))

    def test_a_spoofed_reset_outside_the_window_does_not_end_a_flow(self):
        self.apply(ALLOW_ALL)
        outcome, connection = self.try_connect(SERVER.ipv4, 7)
        self.assertEqual(outcome, "open")
        with connection, WireEnd(self.lab, "client") as attacker, WireEnd(self.lab, "server") as server:
            port = connection.getsockname()[1]
            spoofed = ethernet(0x0800, ipv4(6, tcp(port, 7, 0x12345678, 0, 0x04)))
            attacker.send(spoofed)
            self.assertFalse(server.catch(spoofed, timeout=0.5))
            connection.sendall(b"still there")
            self.assertEqual(connection.recv(100), b"still there")

    def resolve_neighbours(self):
        """Before a policy that lets only some of ICMPv6 through."""
        self.ping(SERVER.ipv6)


class Jumbo(LabTest):
    lab_options = {"mtu": 9000}
    wanted_services = (services.web,)

    def test_frames_of_9000_bytes_pass_whole(self):
        self.apply(ALLOW_ALL)
        self.assertTrue(self.ping(SERVER.ipv4, "client", "-s", "8972", "-M", "do"))
        self.assertTrue(self.ping(SERVER.ipv6, "client", "-s", "8952", "-M", "do"))
        fetched = self.lab.run("client", "curl", "-s", "-m", 20, "-o", "/dev/null", "-w", "%{size_download}",
                               f"http://{SERVER.ipv4}/bytes/20000000").stdout
        self.assertEqual(fetched, "20000000")


class Links(LabTest):
    def carrier(self, host):
        return "LOWER_UP" in self.lab.run(host, "ip", "-o", "link", "show", "dev", "eth0").stdout

    def test_a_link_that_goes_down_takes_the_other_side_with_it_and_comes_back(self):
        self.apply(ALLOW_ALL)
        self.assertTrue(self.carrier("client") and self.carrier("server"))
        self.lab.run("server", "ip", "link", "set", "eth0", "down")
        self.eventually(lambda: not self.carrier("client"), "the client's cable going dark")
        self.lab.run("server", "ip", "link", "set", "eth0", "up")
        self.eventually(lambda: self.carrier("client"), "the client's cable coming back")
        self.eventually(lambda: self.ping(SERVER.ipv4), "packets passing again")
        self.lab.run("client", "ip", "link", "set", "eth0", "down")
        self.eventually(lambda: not self.carrier("server"), "the server's cable going dark")
        self.lab.run("client", "ip", "link", "set", "eth0", "up")
        self.eventually(lambda: self.ping(SERVER.ipv4), "packets passing again")


if __name__ == "__main__":
    unittest.main()
