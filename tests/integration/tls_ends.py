"""Certificates that a test makes, and both ends of its TLS connections."""

import contextlib
import datetime
import pathlib
import socket
import ssl
import subprocess
import threading

from harness import network

ALL_USAGES = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
SERVER_USAGES = ("basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n"
                 "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
CA_SETTINGS = """[ca]
default_ca=d
[d]
database={0}/index
new_certs_dir={0}
default_md=sha256
policy=p
rand_serial=yes
[p]
commonName=supplied
"""


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60,
                          check=True).stdout


class Pki:
    """Authorities and servers' certificates in a folder; each is (chain file, key file)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def root(self, name):
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                certificate, "-subj", f"/CN={name}", "-days", 30, "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign")
        return certificate, key

    def issue(self, issuer, name, names, days=(-1, 60), usages=SERVER_USAGES):
        """For `names` ("DNS:a.example,IP:192.0.2.1"), valid from and until so many days from now. `usages`: lines."""
        home = self.folder / f"{name}.ca"
        home.mkdir()
        (home / "index").touch()
        (home / "settings").write_text(CA_SETTINGS.format(home))
        (home / "extensions").write_text(f"subjectAltName={names}\n{usages}")
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        request = home / "request"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                request, "-subj", f"/CN={name}")
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = ((now + datetime.timedelta(days=d)).strftime("%Y%m%d%H%M%SZ") for d in days)
        openssl("ca", "-batch", "-notext", "-config", home / "settings", "-cert", issuer[0], "-keyfile", issuer[1], "-in",
                request, "-out", certificate, "-startdate", begin, "-enddate", end, "-extfile", home / "extensions")
        return certificate, key


def server_context(party, *protocols, least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*party)
    context.minimum_version, context.maximum_version = least, most
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def client_context(*trusted, protocols=(), most=ssl.TLSVersion.TLSv1_3):
    """Without `trusted` everything is taken."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = most
    for file in trusted:
        context.load_verify_locations(file)
    if not trusted:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def echo(connection):
    while data := connection.recv(1 << 16):
        connection.sendall(data)


class Origin:
    """A TLS server in a network namespace, with a thread for each connection, which does `serve`."""

    def __init__(self, namespace, port, context, serve=echo):
        self.context, self.serve = context, serve
        self.seen, self.refused = [], []
        context.sni_callback = self.note_name
        with network.inside(namespace):
            self.listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128)
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def note_name(self, connection, name, _context):
        connection.asked_name = name

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.meet, args=(connection,), daemon=True).start()

    def meet(self, connection):
        connection.settimeout(30)
        try:
            tls = self.context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False)
        except OSError as problem:
            self.refused.append(problem)
            connection.close()
            return
        self.seen.append({"name": getattr(tls, "asked_name", None), "version": tls.version(), "cipher": tls.cipher()[0],
                          "protocol": tls.selected_alpn_protocol(), "resumed": tls.session_reused})
        with contextlib.suppress(OSError), tls:
            self.serve(tls)


def connect(namespace, address, port, context, name=None, session=None, timeout=20):
    with network.inside(namespace):
        plain = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    plain.settimeout(timeout)
    try:
        plain.connect((address, port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(plain, server_hostname=name, session=session, suppress_ragged_eofs=False)
    except BaseException:
        plain.close()
        raise


def common_name(connection, field="issuer"):
    """Of the certificate that the other end has shown, whoever issued it."""
    der = connection.getpeercert(binary_form=True)
    text = openssl("x509", "-noout", f"-{field}", "-nameopt", "multiline", stdin=ssl.DER_cert_to_PEM_cert(der))
    return next(line.split("= ")[1] for line in text.splitlines() if "commonName" in line)


class Halves:
    """A TLS client over a plain socket, step by step: bytes are moved when the test says so."""

    def __init__(self, plain, context, name):
        self.plain, self.inward, self.outward = plain, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inward, self.outward, server_hostname=name)

    def hello(self):
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self.outward.read()

    def flush(self):
        if self.outward.pending:
            self.plain.sendall(self.outward.read())

    def until_done(self, step):
        while True:
            try:
                result = step()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.plain.recv(1 << 16)
                self.inward.write(data) if data else self.inward.write_eof()

    def say_end(self):
        """close_notify and FIN; what the other end says can still be read."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        self.flush()
        self.plain.shutdown(socket.SHUT_WR)
