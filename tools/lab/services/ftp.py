#!/usr/bin/env python3
"""An anonymous FTP server of one file over IPv4 and IPv6, active and passive (RFC 959, RFC 2428):
ftp.py [PORT]. RETR N sends N bytes."""
import socket
import socketserver
import sys


class Session(socketserver.StreamRequestHandler):
    """One control connection."""

    passive = None
    target = None

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 sekisho lab")
        while line := self.rfile.readline(1024).decode("ascii", "replace").strip():
            word, _, argument = line.partition(" ")
            if word.upper() == "QUIT":
                self.say("221 bye")
                return
            action = getattr(self, f"on_{word.lower()}", None)
            action(argument) if action else self.say("502 no such command")

    def on_user(self, _):
        self.say("230 come in")

    def on_type(self, _):
        self.say("200 ok")

    def listen(self):
        family = self.request.family
        self.passive = socket.socket(family, socket.SOCK_STREAM)
        self.passive.bind((self.request.getsockname()[0], 0))
        self.passive.listen(1)
        return self.passive.getsockname()[1]

    def on_pasv(self, _):
        port = self.listen()
        host = self.request.getsockname()[0].removeprefix("::ffff:").replace(".", ",")
        self.say(f"227 Entering Passive Mode ({host},{port >> 8},{port & 255})")

    def on_epsv(self, _):
        self.say(f"229 Entering Extended Passive Mode (|||{self.listen()}|)")

    def on_port(self, argument):
        numbers = argument.split(",")
        self.target = (".".join(numbers[:4]), int(numbers[4]) * 256 + int(numbers[5]))
        self.say("200 ok")

    def on_eprt(self, argument):
        _, _, host, port, _ = argument.split(argument[0])
        self.target = (host, int(port))
        self.say("200 ok")

    def data_connection(self):
        if self.passive is not None:
            self.passive.settimeout(5)
            return self.passive.accept()[0]
        return socket.create_connection(self.target, timeout=5)

    def on_retr(self, argument):
        self.say("150 here it comes")
        try:
            with self.data_connection() as data:
                data.sendall(bytes(int(argument)))
        except OSError as error:
            self.say(f"425 no data connection: {error}")
        else:
            self.say("226 done")
        finally:
            if self.passive is not None:
                self.passive.close()
            self.passive = self.target = None


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


if __name__ == "__main__":
    Server(("::", int(sys.argv[1]) if len(sys.argv) > 1 else 21), Session).serve_forever()
