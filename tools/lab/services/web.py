#!/usr/bin/env python3
"""A web server over IPv4 and IPv6: web.py [--tls KEY_AND_CERTIFICATE] PORT...

/              a small page that names the visitor, whatever the query
/bytes/N       N bytes (at most 10^10)
/slow/N/R      N bytes at R bytes a second, so that there is a middle of the download

What is posted, anywhere, is read and its length told.
"""
import argparse
import http.server
import socket
import ssl
import threading
import time

CHUNK = bytes(range(256)) * 256
MAX_BYTES = 10**10


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes

    def do_GET(self):
        parts = self.path.partition("?")[0].strip("/").split("/")
        try:
            if parts == [""]:
                self.answer(f"sekisho lab: hello {self.client_address[0]}\n".encode())
            elif parts[0] == "bytes" and len(parts) == 2:
                self.stream(int(parts[1]), rate=None)
            elif parts[0] == "slow" and len(parts) == 3:
                self.stream(int(parts[1]), rate=max(1, int(parts[2])))
            else:
                self.send_error(404)
        except ValueError:
            self.send_error(400)
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self.answer(f"{len(self.rfile.read(length))} bytes came\n".encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, length, rate):
        if not 0 <= length <= MAX_BYTES:
            raise ValueError
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        piece = len(CHUNK) if rate is None else max(1, min(len(CHUNK), rate // 20))
        while length > 0:
            sent = min(piece, length)
            self.wfile.write(CHUNK[:sent])
            length -= sent
            if rate is not None:
                time.sleep(sent / rate)

    def log_message(self, format, *args):  # noqa: A002 (the name is the base class's)
        print(self.client_address[0], format % args, flush=True)


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 128
    daemon_threads = True

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def secure(self, key_and_certificate):
        """Speaks TLS from here on; each handshake is its connection's own business."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key_and_certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request, client_address):
        pass  # a visitor that hangs up is no error of ours


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls")
    parser.add_argument("ports", nargs="*", type=int, default=[80])
    options = parser.parse_args()
    servers = [Server(("::", port), Page) for port in options.ports]
    if options.tls:
        for server in servers:
            server.secure(options.tls)
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
