#!/usr/bin/env python3
"""Writes the seeds of protocol_file_servers: make_file_server_seeds.py corpus/protocol_file_servers"""
import pathlib
import struct
import sys


def piece(to_client, body):
    return bytes([(0x80 if to_client else 0) | len(body) >> 8, len(body) & 255]) + body


def framed(*records):
    body = b"".join(records)
    return struct.pack(">I", len(body)) + body


def smb2(command, message, answer, body, status=0, tree=1):
    return (b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ", 64, 0, status, command, 1, int(answer), 0, message, 0,
                                     tree, 7) + bytes(16) + body)


def wide(text):
    return text.encode("utf-16-le")


FILE = bytes(range(16))
UUID = bytes.fromhex("8206f71f510ae830076d740be8cee98b")


def pdu(kind, call, body):
    return struct.pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, 16 + len(body), 0, call) + body


def write(message, file, offset, data):
    return smb2(9, message, False, struct.pack("<HHIQ", 49, 112, len(data), offset) + file + bytes(16) + data)


def read(message, file, offset):
    return smb2(8, message, False, struct.pack("<HHIQ", 49, 0, 4096, offset) + file + bytes(16))


def read_answer(message, data):
    return smb2(8, message, True, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data)


def create(message, name):
    body = struct.pack("<HBBI", 57, 0, 0, 2) + bytes(16) + struct.pack("<IIIIIHHII", 0, 0, 0, 1, 0, 120, 2 * len(name),
                                                                     0, 0)
    return smb2(5, message, False, body + wide(name))


def create_answer(message, file):
    return smb2(5, message, True, struct.pack("<HBBI", 89, 0, 0, 1) + bytes(56) + file + bytes(8))


def close(message, file):
    return smb2(6, message, False, struct.pack("<HHI", 24, 0, 0) + file)


def tree(message, share, kind):
    asked = smb2(3, message, False, struct.pack("<HHHH", 9, 0, 72, 2 * len(share)) + wide(share))
    return asked, smb2(3, message, True, struct.pack("<HBBIII", 16, kind, 0, 0, 0, 0))


def ntlm():
    parts, at, heads = b"", 72, b""
    for text in ("DOMAIN", "user", "HOST"):
        heads += struct.pack("<HHI", 2 * len(text), 2 * len(text), at + len(parts))
        parts += wide(text)
    return (b"NTLMSSP\0" + struct.pack("<I", 3) + bytes(16) + heads + bytes(8) + struct.pack("<I", 0x02000001) +
            bytes([10, 0, 1, 2, 0, 0, 0, 15]) + parts)


def smb2_file():
    setup = smb2(1, 1, False, struct.pack("<HBBIIHHQ", 25, 0, 0, 0, 0, 88, len(ntlm()), 0) + ntlm())
    asked, answered = tree(2, "\\\\s\\c", 1)
    return [(0, framed(smb2(0, 0, False, struct.pack("<HHHHI", 36, 2, 0, 0, 0) + bytes(24) + b"\x02\x02\x11\x03"))),
            (1, framed(smb2(0, 0, True, struct.pack("<HHHH", 65, 0, 0x311, 0) + bytes(28) +
                            struct.pack("<II", 65536, 65536) + bytes(24)))),
            (0, framed(setup)), (0, framed(asked)), (1, framed(answered)), (0, framed(create(3, "a.txt"))),
            (1, framed(create_answer(3, FILE))), (0, framed(read(4, FILE, 0)) + framed(read(5, FILE, 5))),
            (1, framed(read_answer(5, b"world")) + framed(read_answer(4, b"hello"))),
            (0, framed(write(6, FILE, 0, b"written"))), (0, framed(close(7, FILE))),
            (1, framed(smb2(6, 7, True, bytes(60))))]


def smb2_pipe():
    bind = pdu(11, 1, struct.pack("<HHII", 4280, 4280, 0, 1) + struct.pack("<HH", 0, 1) + UUID + bytes(24))
    ack = pdu(12, 1, struct.pack("<HHIH", 4280, 4280, 7, 4) + b"135\0\0\0" + struct.pack("<IHH", 1, 0, 0) + bytes(20))
    call = pdu(0, 2, struct.pack("<IHH", 4, 0, 0) + b"stub")
    asked, answered = tree(1, "\\\\s\\IPC$", 2)
    ioctl = smb2(11, 5, False, struct.pack("<HHI", 57, 0, 0x11c017) + FILE + struct.pack("<II", 120, len(call)) +
                 bytes(24) + call)
    return [(0, framed(asked)), (1, framed(answered)), (0, framed(create(2, "atsvc"))),
            (1, framed(create_answer(2, FILE))), (0, framed(write(3, FILE, 0, bind))), (0, framed(read(4, FILE, 0))),
            (1, framed(read_answer(4, ack))), (0, framed(ioctl)), (0, framed(close(6, FILE)))]


def smb1(command, answer, words, body):
    head = b"\xffSMB" + struct.pack("<BIBHH", command, 0, 0x80 if answer else 0, 0x4000, 0) + bytes(10)
    return head + struct.pack("<HHHHB", 1, 2, 3, 4, len(words) // 2) + words + struct.pack("<H", len(body)) + body


def smb1_file():
    create_words = bytes(35) + struct.pack("<II", 1, 0) + bytes(5)
    answer_words = b"\xff\0\0\0\0" + struct.pack("<H", 9) + bytes(61)
    write_words = b"\xff\0\0\0" + struct.pack("<HI", 9, 0) + bytes(10) + struct.pack("<HHI", 4, 64, 0)
    rename = b"\x04a\0\x04b\0"
    return [(0, framed(smb1(0x72, 0, b"", b"\x02NT LM 0.12\0"))), (1, framed(smb1(0x72, 1, bytes(34), b""))),
            (0, framed(smb1(0xa2, 0, create_words, b"name\0"))), (1, framed(smb1(0xa2, 1, answer_words, b""))),
            (0, framed(smb1(0x2f, 0, write_words, b"\0data"))), (0, framed(smb1(7, 0, bytes(2), rename))),
            (0, framed(smb1(4, 0, struct.pack("<HI", 9, 0), b"")))]


def opaque(data):
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


def call(xid, version, procedure, body):
    credentials = struct.pack(">I", 0) + opaque(b"host") + struct.pack(">III", 1000, 100, 0)
    return (struct.pack(">IIIIII", xid, 0, 2, 100003, version, procedure) + struct.pack(">I", 1) + opaque(credentials) +
            bytes(8) + body)


def reply(xid, body):
    return struct.pack(">IIIIII", xid, 1, 0, 0, 0, 0) + body


def nfs3(wrap):
    handle = opaque(b"handle-1")
    return [(0, wrap(call(1, 3, 3, opaque(b"directory") + opaque(b"name")))),
            (1, wrap(reply(1, bytes(4) + handle + bytes(8)))),
            (0, wrap(call(2, 3, 6, handle + struct.pack(">QI", 0, 100)))),
            (1, wrap(reply(2, bytes(8) + struct.pack(">II", 5, 1) + opaque(b"hello")))),
            (0, wrap(call(3, 3, 7, handle + struct.pack(">QII", 0, 4, 0) + opaque(b"data")))),
            (0, wrap(call(4, 3, 21, handle + bytes(12)))),
            (0, wrap(call(5, 3, 14, handle + opaque(b"a") + handle + opaque(b"b"))))]


def nfs4(wrap):
    putfh = struct.pack(">I", 22) + opaque(b"handle-4")
    state = bytes(16)
    operations = [putfh + struct.pack(">I", 15) + opaque(b"name") + struct.pack(">I", 10),
                  putfh + struct.pack(">I", 25) + state + struct.pack(">QI", 0, 9),
                  putfh + struct.pack(">I", 38) + state + struct.pack(">QI", 0, 2) + opaque(b"data"),
                  putfh + struct.pack(">II", 4, 0) + state]
    calls = [(0, wrap(call(i, 4, 1, bytes(8) + struct.pack(">I", 2 + (i == 0)) + body)))
             for i, body in enumerate(operations)]
    answer = bytes(8) + struct.pack(">IIIII", 2, 22, 0, 25, 0) + struct.pack(">I", 1) + opaque(b"hello")
    calls.insert(2, (1, wrap(reply(1, answer))))
    return calls


def marked(message):
    return struct.pack(">I", 0x80000000 | len(message)) + message


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    seeds = {"smb2_file": (0, smb2_file()), "smb2_pipe": (0, smb2_pipe()), "smb1_file": (0, smb1_file()),
             "nfs3_tcp": (1, nfs3(marked)), "nfs4_tcp": (1, nfs4(marked)), "nfs3_udp": (2, nfs3(bytes)),
             "nfs4_udp": (2, nfs4(bytes))}
    for name, (choice, pieces) in seeds.items():
        data = bytes([choice]) + b"".join(piece(client, body) for client, body in pieces)
        (folder / name).write_bytes(data)


main()
