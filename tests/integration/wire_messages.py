"""Messages of the protocols that the conversations of tests/starter name in a line: each helper is a class
whose add_WORD methods take the lines below it and whose turns() are what both ends say."""

import base64
import struct
import uuid

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class Helper:
    protocol, port = "tcp", 0

    def __init__(self, unescape):
        self.unescape = unescape


class Http(Helper):
    """http METHOD URI; header, without, body; answer STATUS and again header, without, body."""

    port = 80

    def __init__(self, unescape, method="GET", uri="/"):
        super().__init__(unescape)
        start = method.encode() + b" " + unescape(uri) + b" HTTP/1.1"
        self.request = self.part = HttpMessage(start, {b"Host": b"www.example.com", b"User-Agent": BROWSER.encode(),
                                                       b"Accept": b"*/*"})
        self.response = None

    def add_header(self, text):
        name, _, value = self.unescape(text).partition(b":")
        self.part.set(name, value.strip(b" "))

    def add_without(self, name):
        self.part.remove(name.encode())

    def add_body(self, text):
        self.part.body += self.unescape(text)

    def add_answer(self, status):
        self.response = self.part = HttpMessage(b"HTTP/1.1 " + status.encode() + b" Answer",
                                                {b"Server": b"nginx", b"Content-Type": b"text/html"})

    def turns(self):
        if not self.response:
            self.add_answer("200")
            self.add_body("ok")
        return [(True, self.request.wire()), (False, self.response.wire(always_length=True))]


class HttpMessage:
    def __init__(self, start, fields):
        self.start, self.fields, self.body, self.given = start, list(fields.items()), b"", set()

    def remove(self, name):
        self.fields = [field for field in self.fields if field[0].lower() != name.lower()]

    def set(self, name, value):
        """Replaces the helper's own field, but stands beside another one of the case."""
        if name.lower() not in self.given:
            self.remove(name)
        self.given.add(name.lower())
        self.fields.append((name, value))

    def wire(self, always_length=False):
        fields = list(self.fields)
        names = {name.lower() for name, _ in fields}
        if (self.body or always_length) and not names & {b"content-length", b"transfer-encoding"}:
            fields.append((b"Content-Length", b"%d" % len(self.body)))
        lines = [self.start] + [name + b": " + value for name, value in fields]
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


class Dns(Helper):
    """dns NAME [TYPE]; record TYPE VALUE for each answer. Without one the name does not exist."""

    protocol, port = "udp", 53
    TYPES = {"A": 1, "NS": 2, "CNAME": 5, "NULL": 10, "MX": 15, "TXT": 16, "AAAA": 28, "ANY": 255}

    def __init__(self, unescape, name, kind="A"):
        super().__init__(unescape)
        labels = [unescape(label) for label in name.split(".") if label]
        self.question = b"".join(bytes([len(one)]) + one for one in labels) + b"\0" + struct.pack("!HH",
                                                                                                    self.TYPES[kind], 1)
        self.records = []

    def add_record(self, text):
        kind, _, value = text.partition(" ")
        if kind == "A":
            data = bytes(map(int, value.split(".")))
        else:
            data = self.unescape(value)
            data = bytes([len(data)]) + data if kind == "TXT" else data
        self.records.append(struct.pack("!HHHIH", 0xC00C, self.TYPES[kind], 1, 300, len(data)) + data)

    def turns(self):
        flags = 0x8180 if self.records else 0x8183
        return [(True, struct.pack("!HHHHHH", 0x5A5A, 0x0100, 1, 0, 0, 0) + self.question),
                (False, struct.pack("!HHHHHH", 0x5A5A, flags, 1, len(self.records), 0, 0) + self.question +
                 b"".join(self.records))]


class Mail(Helper):
    """mail; from, to, header, body, attachment NAME CONTENT, html CONTENT: one message handed to a mail server."""

    port = 25

    def __init__(self, unescape):
        super().__init__(unescape)
        self.sender, self.recipient, self.fields, self.text, self.parts = "a@example.org", "b@example.com", [], b"", []

    def add_from(self, text):
        self.sender = text

    def add_to(self, text):
        self.recipient = text

    def add_header(self, text):
        self.fields.append(self.unescape(text))

    def add_body(self, text):
        self.text += self.unescape(text) + b"\r\n"

    def add_attachment(self, text):
        name, _, content = text.partition(" ")
        self.add_part("application/octet-stream", content,
                      f'\r\nContent-Disposition: attachment; filename="{name}"')

    def add_html(self, text):
        self.add_part("text/html; charset=utf-8", text, "")

    def add_part(self, kind, content, more):
        head = f"Content-Type: {kind}{more}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        self.parts.append(head.encode() + base64.encodebytes(self.unescape(content)).replace(b"\n", b"\r\n"))

    def message(self):
        fields = [f"From: <{self.sender}>".encode(), f"To: <{self.recipient}>".encode(), *self.fields,
                  b"MIME-Version: 1.0"]
        if not self.parts:
            return b"\r\n".join(fields) + b"\r\nContent-Type: text/plain\r\n\r\n" + self.text
        fields.append(b'Content-Type: multipart/mixed; boundary="edge"')
        parts = [b"Content-Type: text/plain\r\n\r\n" + self.text] + self.parts
        return b"\r\n".join(fields) + b"\r\n\r\n" + b"".join(b"--edge\r\n" + one + b"\r\n" for one in parts) + \
            b"--edge--\r\n"

    def turns(self):
        return [(False, b"220 mail.example.com ESMTP\r\n"), (True, b"EHLO client.example.org\r\n"),
                (False, b"250-mail.example.com\r\n250 8BITMIME\r\n"),
                (True, f"MAIL FROM:<{self.sender}>\r\n".encode()), (False, b"250 2.1.0 Ok\r\n"),
                (True, f"RCPT TO:<{self.recipient}>\r\n".encode()), (False, b"250 2.1.5 Ok\r\n"),
                (True, b"DATA\r\n"), (False, b"354 End data with <CR><LF>.<CR><LF>\r\n"),
                (True, self.message() + b".\r\n"), (False, b"250 2.0.0 Ok: queued\r\n"),
                (True, b"QUIT\r\n"), (False, b"221 2.0.0 Bye\r\n")]


def der(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def distinguished_name(text):
    """`CN=a, O=b` as DER."""
    kinds = {"CN": 3, "C": 6, "L": 7, "ST": 8, "O": 10, "OU": 11}
    names = [part.strip().split("=", 1) for part in text.split(",") if part.strip()]
    return der(0x30, *(der(0x31, der(0x30, der(0x06, bytes([0x55, 4, kinds[kind]])), der(0x0C, value.encode())))
                       for kind, value in names))


def certificate(subject, issuer, serial):
    """An X.509 certificate with these names; key and signature mean nothing."""
    algorithm = der(0x30, der(0x06, bytes.fromhex("2a864886f70d01010b")), der(0x05))
    key = der(0x30, der(0x30, der(0x06, bytes.fromhex("2a864886f70d010101")), der(0x05)),
              der(0x03, b"\0" + der(0x30, der(0x02, b"\x5a" * 128), der(0x02, b"\1\0\1"))))
    validity = der(0x30, der(0x17, b"240101000000Z"), der(0x17, b"340101000000Z"))
    inner = der(0x30, der(0xA0, der(0x02, b"\2")), der(0x02, serial), algorithm, distinguished_name(issuer), validity,
                distinguished_name(subject), key)
    return der(0x30, inner, algorithm, der(0x03, b"\0" + b"\x5a" * 128))


def long_bytes(data, size):
    return len(data).to_bytes(size, "big") + data


class Tls(Helper):
    """tls; sni NAME, ja3 STRING, subject NAMES, issuer NAMES, serial HEX: both hellos and the certificate."""

    port = 443

    def __init__(self, unescape):
        super().__init__(unescape)
        self.sni, self.ja3, self.subject, self.issuer, self.serial = None, None, None, None, b"\x5a" * 8

    def add_sni(self, text):
        self.sni = text.encode()

    def add_ja3(self, text):
        self.ja3 = text

    def add_subject(self, text):
        self.subject = text

    def add_issuer(self, text):
        self.issuer = text

    def add_serial(self, text):
        self.serial = bytes.fromhex(text)

    def extension(self, kind, groups, formats):
        bodies = {0: long_bytes(b"\0" + long_bytes(self.sni or b"", 2), 2),
                  5: b"\1\0\0\0\0", 10: long_bytes(b"".join(struct.pack("!H", one) for one in groups), 2),
                  11: long_bytes(bytes(formats), 1), 13: long_bytes(b"\4\1\4\3", 2), 65281: b"\0"}
        return struct.pack("!H", kind) + long_bytes(bodies.get(kind, b""), 2)

    def client_hello(self):
        text = self.ja3 or "771,4865-49199-49195-47,0-10-11-13-65281,29-23,0"
        version, ciphers, extensions, groups, formats = [[int(one) for one in part.split("-") if one]
                                                         for part in text.split(",")]
        if not self.sni:
            extensions = [one for one in extensions if one != 0]
        body = struct.pack("!H", version[0]) + b"\x5a" * 32 + b"\0"
        body += long_bytes(b"".join(struct.pack("!H", one) for one in ciphers), 2) + b"\1\0"
        return body + long_bytes(b"".join(self.extension(one, groups, formats) for one in extensions), 2)

    def turns(self):
        def record(kind, body):
            message = bytes([kind]) + long_bytes(body, 3)
            return b"\x16\3\3" + long_bytes(message, 2)

        server = record(2, b"\3\3" + b"\xa5" * 32 + b"\0" + b"\xc0\x2f" + b"\0" + long_bytes(b"\xff\1\0\1\0", 2))
        subject = self.subject or "CN=www.example.com"
        chain = long_bytes(certificate(subject, self.issuer or subject, self.serial), 3)
        server += record(11, long_bytes(chain, 3)) + record(14, b"")
        return [(True, record(1, self.client_hello())), (False, server)]


def rpc_pdu(kind, call, body, flags=3):
    return struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, 16 + len(body), 0, call) + body


NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<HH", 2, 0)


def rpc_bind(interface, version):
    """BIND of one interface, its answer."""
    item = struct.pack("<HBB", 0, 1, 0) + uuid.UUID(interface).bytes_le + struct.pack("<HH", version, 0) + NDR
    bind = rpc_pdu(11, 1, struct.pack("<HHIBBH", 4280, 4280, 0, 1, 0, 0) + item)
    answer = struct.pack("<HHI", 4280, 4280, 0x5A5A) + struct.pack("<H", 4) + b"135\0" + b"\0\0"
    return bind, rpc_pdu(12, 1, answer + struct.pack("<BBH", 1, 0, 0) + struct.pack("<HH", 0, 0) + NDR)


def rpc_call(number, stub, call=2):
    return (rpc_pdu(0, call, struct.pack("<IHH", len(stub), 0, number) + stub),
            rpc_pdu(2, call, struct.pack("<IHBB", 4, 0, 0, 0) + b"\0\0\0\0"))


class Dcerpc(Helper):
    """dcerpc INTERFACE VERSION; call OPNUM STUB: over TCP."""

    port = 49667

    def __init__(self, unescape, interface, version):
        super().__init__(unescape)
        self.bind = rpc_bind(interface, int(version))
        self.calls = []

    def add_call(self, text):
        number, _, stub = text.partition(" ")
        self.calls.append(rpc_call(int(number), self.unescape(stub), 2 + len(self.calls)))

    def turns(self):
        return [turn for request, answer in [self.bind] + self.calls for turn in ((True, request), (False, answer))]


class Smb(Helper):
    """smb SHARE; pipe NAME INTERFACE VERSION with call OPNUM STUB; file NAME CONTENT: SMB 2.1, file written."""

    port = 445
    NEGOTIATE, SETUP, TREE, CREATE, CLOSE, WRITE, IOCTL = 0, 1, 3, 5, 6, 9, 11
    FILE_ID = b"\1" * 16
    TRANSCEIVE = 0x0011C017

    def __init__(self, unescape, share="IPC$"):
        super().__init__(unescape)
        self.said, self.message = [], 0
        self.open_session(share)

    def exchange(self, command, request, answer):
        for response, body in ((False, request), (True, answer)):
            header = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ", 64, 1, 0, command, 1, int(response), 0, self.message, 0,
                                              1, 0x5A) + b"\0" * 16
            self.said.append((not response, long_bytes(header + body, 4)))
        self.message += 1

    def open_session(self, share):
        tail = struct.pack("<HH", 0x0202, 0x0210)
        self.exchange(self.NEGOTIATE, struct.pack("<HHHHI", 36, 2, 1, 0, 0) + b"\5" * 16 + b"\0" * 8 + tail,
                      struct.pack("<HHHH", 65, 1, 0x0210, 0) + b"\6" * 16 +
                      struct.pack("<IIIIQQHHI", 7, 65536, 65536, 65536, 0, 0, 128, 0, 0))
        self.exchange(self.SETUP, struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 88, 0, 0),
                      struct.pack("<HHHH", 9, 0, 72, 0))
        path = f"\\\\server\\{share}".encode("utf-16le")
        self.exchange(self.TREE, struct.pack("<HHHH", 9, 0, 72, len(path)) + path,
                      struct.pack("<HBBIII", 16, 2 if share == "IPC$" else 1, 0, 0, 0, 0x1F01FF))

    def open_file(self, name):
        name = name.encode("utf-16le")
        self.exchange(self.CREATE, struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x12019F, 128, 7, 3, 0, 120,
                                               len(name), 0, 0) + name,
                      struct.pack("<HBBIQQQQQQII", 89, 0, 0, 1, 0, 0, 0, 0, 0, 0, 128, 0) + self.FILE_ID +
                      struct.pack("<II", 0, 0))

    def transceive(self, request, answer):
        """IOCTL FSCTL_PIPE_TRANSCEIVE (MS-SMB2 2.2.31, 2.2.32)."""
        self.exchange(self.IOCTL, struct.pack("<HHI", 57, 0, self.TRANSCEIVE) + self.FILE_ID +
                      struct.pack("<IIIIIIII", 120, len(request), 0, 0, 0, 4280, 1, 0) + request,
                      struct.pack("<HHI", 49, 0, self.TRANSCEIVE) + self.FILE_ID +
                      struct.pack("<IIIIII", 112, 0, 112, len(answer), 0, 0) + answer)

    def add_pipe(self, text):
        name, interface, version = text.split()
        self.open_file(name)
        self.transceive(*rpc_bind(interface, int(version)))

    def add_call(self, text):
        number, _, stub = text.partition(" ")
        self.transceive(*rpc_call(int(number), self.unescape(stub), self.message))

    def add_file(self, text):
        name, _, content = text.partition(" ")
        data = self.unescape(content)
        self.open_file(self.unescape(name).decode())
        self.exchange(self.WRITE, struct.pack("<HHIQ", 49, 112, len(data), 0) + self.FILE_ID +
                      struct.pack("<IIHHI", 0, 0, 0, 0, 0) + data, struct.pack("<HHIIHH", 17, 0, len(data), 0, 0, 0))
        self.exchange(self.CLOSE, struct.pack("<HHI", 24, 0, 0) + self.FILE_ID,
                      struct.pack("<HHI", 60, 0, 0) + b"\0" * 52)

    def turns(self):
        return self.said


HELPERS = {"http": Http, "dns": Dns, "mail": Mail, "tls": Tls, "dcerpc": Dcerpc, "smb": Smb}
