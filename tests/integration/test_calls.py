"""Calls: what SIP announces names the flows of their media for rules and records, IPv4 and IPv6."""

import contextlib
import socket

from harness import BLOCK_ALL, CLIENT, SERVER, LabTest, network, rule, unittest

SIP_PORT = 5060
FAMILIES = (("IP4", CLIENT.ipv4, SERVER.ipv4), ("IP6", CLIENT.ipv6, SERVER.ipv6))
CALLS = rule("calls", "allow", content={"applications": ["sip"]})
ENOUGH = 12  # packets of media: more than it takes to know a flow


def session(family, address, port):
    return (f"v=0\r\no=- 1 1 IN {family} {address}\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")


def message(first_line, body=""):
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return f"{first_line}\r\nCall-ID: 1@lab\r\nCSeq: 1 INVITE\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def rtp(number):
    return b"\x80\x00" + number.to_bytes(2, "big") + (160 * number).to_bytes(4, "big") + b"\x12\x34\x56\x78" + b"\x7f" * 160


class Phones:
    """Two ends: SIP and media sockets of the client's, and of the server's."""

    def __init__(self, lab, client, server):
        self.sockets = contextlib.ExitStack()
        self.sip, self.media, self.other = (self.bound(lab, "client", client) for _ in range(3))
        self.far_sip = self.bound(lab, "server", server, SIP_PORT)
        self.far_media = self.bound(lab, "server", server)

    def bound(self, lab, host, address, port=0):
        with network.inside(lab.namespace(host)):
            end = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        self.sockets.enter_context(end)
        end.bind((address, port))
        end.settimeout(1)
        return end

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.sockets.close()


def port_of(end):
    return end.getsockname()[1]


def passes(sender, receiver, data):
    """Whether the datagram arrives."""
    sender.sendto(data, receiver.getsockname()[:2])
    try:
        while receiver.recv(4096) != data:
            pass
    except TimeoutError:
        return False
    return True


class Calls(LabTest):
    def call(self, phones, family, announced, far_announced):
        """An INVITE with the client's session, and its answer; sessions are (address, port)."""
        invite = message("INVITE sip:anna@lab.example SIP/2.0", session(family, *announced))
        self.assertTrue(passes(phones.sip, phones.far_sip, invite))
        self.assertTrue(passes(phones.far_sip, phones.sip, message("SIP/2.0 200 OK", session(family, *far_announced))))
        self.assertTrue(passes(phones.sip, phones.far_sip, message("ACK sip:anna@lab.example SIP/2.0")))

    def told(self, source_port):
        return self.eventually(lambda: [one for one in self.events("policy") if one.get("src_port") == source_port
                                        and one["policy"].get("name") == "calls"], "the policy event")[0]

    def apply_calls(self, inspects):
        if not inspects:
            return self.apply(CALLS, BLOCK_ALL)
        profile = {"name": "looks", "ips": {"action": "block"}}
        return self.apply(CALLS | {"profile": "looks"}, BLOCK_ALL, profiles=[profile])

    def test_1_media_that_a_call_announced_is_the_calls(self):
        for inspects in (False, True):
            self.apply_calls(inspects)
            for family, client, server in FAMILIES:
                with self.subTest(family=family, inspects=inspects), Phones(self.lab, client, server) as phones:
                    self.call(phones, family, (client, port_of(phones.media)), (server, port_of(phones.far_media)))
                    for number in range(1, ENOUGH + 1):
                        self.assertTrue(passes(phones.media, phones.far_media, rtp(number)))
                        self.assertTrue(passes(phones.far_media, phones.media, rtp(number)))
                    call, media = self.told(port_of(phones.sip)), self.told(port_of(phones.media))
                    self.assertEqual((media["app"]["name"], media["app"]["carrier"]), ("sip", "rtp"))
                    self.assertEqual(media["parent_id"], call["flow_id"])
                    self.assertNotIn("parent_id", call)

    def test_2_media_of_no_call_is_not(self):
        self.apply_calls(inspects=False)
        for family, client, server in FAMILIES:
            with self.subTest(family=family), Phones(self.lab, client, server) as phones:
                # Each says where the other one is: that is not theirs to say.
                self.call(phones, family, (server, port_of(phones.far_media)), (client, port_of(phones.media)))
                for end in (phones.media, phones.other):
                    passed = [passes(end, phones.far_media, rtp(number)) for number in range(1, 4)]
                    self.assertFalse(all(passed))  # it is known to be RTP by its second packet
                    self.assertFalse(passed[-1])


if __name__ == "__main__":
    unittest.main()
