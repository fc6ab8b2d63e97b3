#!/usr/bin/env python3
"""A mail server over IPv4 and IPv6 that takes every message and keeps none (RFC 5321): mail.py [PORT].
Bounds: sessions, lines, recipients, size of a message and seconds of silence (the constants below)."""
import re
import socket
import socketserver
import sys
import threading

MAX_SESSIONS = 64
MAX_LINE = 1000  # bytes with CRLF, RFC 5321 section 4.5.3.1.6
MAX_RECIPIENTS = 100  # section 4.5.3.1.8
MAX_MESSAGE = 50_000_000  # bytes
MAX_MISTAKES = 20  # replies of 500 and above, until the session is closed
SILENCE_SECONDS = 60
NAME = "mail.lab.example"
PATH = re.compile(r"(FROM|TO):\s*<([^<>\s]*)>(\s.*)?", re.IGNORECASE)


class Session(socketserver.StreamRequestHandler):
    """One client, from its greeting to QUIT."""

    timeout = SILENCE_SECONDS
    sender = None
    mistakes = 0

    def say(self, line):
        self.mistakes += line[0] == "5"
        self.wfile.write(f"{line}\r\n".encode())

    def line(self):
        """The next line without its end; None at the end of the connection. Of a longer line, its beginning."""
        whole = self.rfile.readline(MAX_LINE)
        piece = whole
        while piece and not piece.endswith(b"\n"):
            piece = self.rfile.readline(MAX_LINE)
        return whole.rstrip(b"\r\n") if piece else None

    def handle(self):
        self.recipients = []
        try:
            self.say(f"220 {NAME} ESMTP, keeps nothing")
            while self.mistakes < MAX_MISTAKES and (line := self.line()) is not None:
                word, _, argument = line.decode("ascii", "replace").partition(" ")
                if word.upper() == "QUIT":
                    return self.say("221 bye")
                action = getattr(self, f"on_{word.lower()}", None) if word.isalpha() else None
                action(argument.strip()) if action else self.say("502 no such command")
            self.say(f"421 {NAME} closes the connection")
        except (ConnectionError, TimeoutError):
            pass  # the client went away
        return None

    def forget(self):
        self.sender, self.recipients = None, []

    def on_helo(self, _):
        self.forget()
        self.say(f"250 {NAME}")

    def on_ehlo(self, _):
        self.forget()
        self.say(f"250-{NAME}")
        self.say(f"250-SIZE {MAX_MESSAGE}")
        self.say("250 8BITMIME")

    def on_mail(self, argument):
        path = PATH.fullmatch(argument)
        if not path or path[1].upper() != "FROM":
            self.say("501 MAIL FROM:<sender>")
        elif self.sender is not None:
            self.say("503 one sender for a message")
        else:
            self.sender = path[2]  # may be empty: a report of a failure
            self.say("250 ok")

    def on_rcpt(self, argument):
        path = PATH.fullmatch(argument)
        if self.sender is None:
            self.say("503 MAIL first")
        elif not path or path[1].upper() != "TO" or not path[2]:
            self.say("501 RCPT TO:<recipient>")
        elif len(self.recipients) == MAX_RECIPIENTS:
            self.say("452 too many recipients")
        else:
            self.recipients.append(path[2])
            self.say("250 ok")

    def on_data(self, _):
        if not self.recipients:
            self.say("503 RCPT first")
            return
        self.say("354 go on, a line with a dot ends it")
        size = 0
        while (line := self.line()) != b".":
            if line is None:
                return
            size += len(line) + 2
            if size > MAX_MESSAGE:
                self.say("552 too big")
                self.mistakes = MAX_MISTAKES
                return
        print(f"{self.client_address[0]}: <{self.sender}> to {len(self.recipients)}, {size} bytes", flush=True)
        self.forget()
        self.say("250 taken, and dropped")

    def on_rset(self, _):
        self.forget()
        self.say("250 ok")

    def on_noop(self, _):
        self.say("250 ok")


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    sessions = threading.BoundedSemaphore(MAX_SESSIONS)

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def verify_request(self, request, _):
        if self.sessions.acquire(blocking=False):
            return True
        request.sendall(f"421 {NAME} is busy\r\n".encode())
        return False

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.sessions.release()


if __name__ == "__main__":
    Server(("::", int(sys.argv[1]) if len(sys.argv) > 1 else 25), Session).serve_forever()
