#!/usr/bin/env python3
"""Seeds for the target `answers`: make_answer_seeds.py CORPUS (whose decode/ lends the frames)."""
import pathlib
import struct
import sys


def query(name, edns=b''):
    labels = b''.join(bytes([len(part)]) + part for part in name.split(b'.'))
    return struct.pack('>HHHHHH', 7, 0x0100, 1, 0, 0, 1 if edns else 0) + labels + b'\0\0\1\0\1' + edns


OPT = b'\0' + struct.pack('>HHIH', 41, 1232, 0x8000, 12) + b'\0\x0a\0\x08cookie!!'
REQUESTS = {
    'get': b'GET /a?b=<c> HTTP/1.1\r\nHost: www.example.com:81\r\nAccept-Language: en-US,en;q=0.9,ja;q=0.8\r\n\r\n',
    'proxy': b'GET http://h.example/x HTTP/1.0\r\n\r\n',
    'connect': b'CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: <b>\r\n\r\n',
    'head': b'HEAD / HTTP/1.1\r\nhost:h\r\naccept-language: *;q=0.5 , ja ; q=0\r\n\r\n',
    'part': b'X: y\r\nAccept-Language: ja\r\n\r\nbody',
}
QUERIES = {'plain': query(b'www.example.com'), 'edns': query(b'a.example', OPT), 'root': query(b'')[:12] + b'\0\0\2\0\1'}

corpus = pathlib.Path(sys.argv[1])
target = corpus / 'answers'
target.mkdir(exist_ok=True)
for name, data in REQUESTS.items():
    (target / f'request_{name}').write_bytes(b'\0' + data)
for name, data in QUERIES.items():
    (target / f'query_{name}').write_bytes(b'\1' + data)
for seed in ('tcp4', 'tcp6', 'udp4', 'udp6', 'qinq', 'pppoe4', 'vlan', 'pppoe'):
    for frame in sorted((corpus / 'decode').glob(f'{seed}*'))[:2]:
        (target / f'frame_{frame.name}').write_bytes(b'\2' + frame.read_bytes())
