#!/usr/bin/env python3
"""Writes the seeds of protocol_windows: make_windows_protocol_seeds.py corpus/protocol_windows"""
import pathlib
import struct
import sys


def ber(tag, body):
    length = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + length + body


def number(value, tag=2):
    return ber(tag, bytes([value]))


def piece(to_client, body):
    return bytes([(0x80 if to_client else 0) | len(body) >> 8, len(body) & 255]) + body


def pdu(kind, flags, call, body):
    return struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, 16 + len(body), 0, call) + body


def dcerpc():
    uuid = bytes.fromhex("80bda8af8a7dc911bef408002b102989")
    syntax = bytes.fromhex("045d888aeb1cc9119fe808002b10486002000000")
    context = struct.pack("<HH", 1, 1) + uuid + struct.pack("<HH", 1, 0) + syntax
    bind = pdu(11, 3, 1, struct.pack("<HHII", 4280, 4280, 0, 1) + context)
    ack = struct.pack("<HHIH", 4280, 4280, 7, 4) + b"135\0\0\0" + struct.pack("<IHH", 1, 0, 0)
    call = struct.pack("<IHH", 4, 1, 4) + b"stub"
    return [(0, bind), (1, pdu(12, 3, 1, ack + syntax)), (0, pdu(0, 3, 2, call)),
            (1, pdu(2, 3, 2, call))]


def datagram(kind):
    return (struct.pack("<BBBB", 4, kind, 0, 0) + b"\x10\0\0\0" + bytes(48) +
            struct.pack("<IIIHHHHHBB", 0, 1, 7, 2, 0xffff, 0xffff, 4, 0, 0, 0) + b"stub")


def ldap():
    request = ber(0x63, ber(4, b"dc=x") + number(2, 10) + number(0, 10) + number(0) + number(0) +
                  ber(1, b"\0") + ber(0x87, b"objectClass") + ber(0x30, ber(4, b"cn")))
    done = ber(0x65, number(0, 10) + ber(4, b"") + ber(4, b""))
    return [(0, ber(0x30, number(1) + request)), (1, ber(0x30, number(1) + done))]


def principal(*names):
    strings = b"".join(ber(0x1b, name) for name in names)
    return ber(0x30, ber(0xa0, number(1)) + ber(0xa1, ber(0x30, strings)))


def krb5():
    body = ber(0x30, ber(0xa1, principal(b"user")) + ber(0xa2, ber(0x1b, b"REALM")) +
               ber(0xa3, principal(b"krbtgt", b"REALM")))
    return ber(0x6a, ber(0x30, ber(0xa1, number(5)) + ber(0xa2, number(10)) + ber(0xa4, body)))


def snmp():
    variable = ber(0x30, ber(6, b"\x2b\x06\x01\x02\x01\x01\x05\0") + ber(5, b""))
    pdu_body = number(1) + number(0) + number(0) + ber(0x30, variable)
    return ber(0x30, number(1) + ber(4, b"public") + ber(0xa1, pdu_body))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    framed = struct.pack(">I", len(krb5())) + krb5()
    seeds = {"dcerpc_tcp": (0, dcerpc()), "dcerpc_udp": (1, [(0, datagram(0)), (1, datagram(2))]),
             "ldap_tcp": (2, ldap()), "ldap_udp": (3, ldap()), "krb5_tcp": (4, [(0, framed)]),
             "krb5_udp": (5, [(0, krb5())]), "snmp": (6, [(0, snmp())])}
    for name, (choice, pieces) in seeds.items():
        data = bytes([choice]) + b"".join(piece(client, body) for client, body in pieces)
        (folder / name).write_bytes(data)


main()
