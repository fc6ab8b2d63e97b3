"""Connections of which only one direction crosses the gateway."""

import conversations
import frames
from harness import SILENCE_SECONDS, rule, unittest
from inspecting import LOG4SHELL, InspectingTest, profile

BODY = b"x" * 20000
QUESTION = b"GET /%s HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: text/plain\r\n\r\n%s"
PROBE_SECONDS = 5  # for a frame that is to come


class OneWay(InspectingTest):
    number = 0

    def accept(self, asymmetric):
        self.apply(rule("inspected", "allow", profile="office"), profiles=profile(),
                   packet_checks={"asymmetric": asymmetric})

    def conversation(self, path=b"", answer=b"fine"):
        """Frames by side: the client's, the server's. Every connection has ends of its own."""
        type(self).number += 1
        case = conversations.Conversation("here", (), False, "", outbound=False, port=80, turns=[
            (True, QUESTION % path), (False, ANSWER % (len(answer), answer)), (True, QUESTION % b"next")])
        client, _ = conversations.addresses(case, self.number)
        sides = {True: [], False: []}
        for frame in conversations.packets(case, self.number):
            sides[frames.ipv4_source(frame) == client].append(frame)
        return sides[True], sides[False]

    def passing(self, sent, from_host, to_host):
        """How many of the frames come out, the first ones."""
        with frames.WireEnd(self.lab, from_host) as sender, frames.WireEnd(self.lab, to_host) as receiver:
            for number, frame in enumerate(sent):
                sender.send(frame)
                if not receiver.catch(frame, timeout=PROBE_SECONDS if number == 0 else SILENCE_SECONDS * 2):
                    return number
        return len(sent)

    def test_it_passes_and_is_inspected_where_the_policy_accepts_it(self):
        self.accept("accept")
        client, server = self.conversation(b"index.html", BODY)
        self.assertEqual(self.passing(client, "client", "server"), len(client))
        client, server = self.conversation(b"index.html", BODY)
        self.assertEqual(self.passing(server, "server", "client"), len(server))
        client, _ = self.conversation(LOG4SHELL.lstrip("/").encode())
        # SYN, ACK, then the request that is not let through.
        self.assertEqual(self.passing(client, "client", "server"), 2)
        alert = self.eventually(self.alerts, "an alert")[0]
        self.assertEqual(alert["alert"]["action"], "blocked")
        self.assertIn("Log4Shell", alert["alert"]["signature"])

    def test_it_does_not_begin_where_the_policy_does_not(self):
        self.accept("refuse")
        client, server = self.conversation()
        self.assertEqual(self.passing(client, "client", "server"), 1)  # the SYN: as yet nothing is wrong
        client, server = self.conversation()
        with frames.WireEnd(self.lab, "server") as sender, frames.WireEnd(self.lab, "client") as receiver:
            sender.send(server[0])
            self.assertFalse(receiver.catch(server[0], timeout=SILENCE_SECONDS))


if __name__ == "__main__":
    unittest.main()
