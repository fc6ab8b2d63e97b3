#!/usr/bin/env python3
"""Seeds for protocol_http1, protocol_websocket and content_coding: make_http_seeds.py CORPUS."""
import gzip
import pathlib
import sys
import zlib


def record(to_client, data):
    out = b''
    while data:
        piece, data = data[:0x1fff], data[0x1fff:]
        out += bytes([(0x80 if to_client else 0) | len(piece) >> 8, len(piece) & 0xff]) + piece
    return out


def talk(*flights, options=0):
    return bytes([options]) + b''.join(record(i % 2 == 1, flight) for i, flight in enumerate(flights))


GET = b'GET /a/../b%20c?x=%41 HTTP/1.1\r\nHost: h.example:81\r\nCookie: a=1\r\n\r\n'
OK = b'HTTP/1.1 200 OK\r\n'
TEXT = b'the quick brown fox jumps over the lazy dog, twice over the lazy dog'
CHUNKS = b'5\r\nhello\r\n0a;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n'
RAW = zlib.compressobj(9, zlib.DEFLATED, -15)
RAW = RAW.compress(TEXT) + RAW.flush()
FORM = (b'--XX\r\nContent-Disposition: form-data; name="f"; filename="a.exe"\r\n\r\nMZ\r\n-\r\n--XX\r\n'
        b'Content-Disposition: form-data; name="g"\r\n\r\nvalue\r\n--XX--\r\n')

HTTP1 = {
    'length': talk(GET, OK + b'Content-Length: 5\r\n\r\nhelloHTTP/1.1 304 NM\r\n\r\n'),
    'chunked': talk(GET, OK + b'Transfer-Encoding: chunked\r\n\r\n' + CHUNKS),
    'not_chunked': talk(GET, OK + b'Transfer-Encoding : x chunked\r\n\r\nplain'),
    'gzip': talk(GET, OK + b'Content-Encoding: gzip, deflate\r\n\r\n' + gzip.compress(TEXT)),
    'form': talk(b'POST /f HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=XX\r\n'
                 b'Content-Length: %d\r\n\r\n' % len(FORM) + FORM, OK + b'\r\n'),
    'unexpected': talk(b'POST /f HTTP/1.0\r\n\r\na=b', b'HTTP/1.1 100 C\r\n\r\n' + OK + b'\r\n', options=2),
    'old': talk(b'GET /\r\n', b'<html>'),
    'folds': talk(GET, b'junk\r\nHTTP/1.1 2XX\rX: y\r\n \r\n\tTransfer-Encoding:\r\n chunked\r\n \r\n\r\n' + CHUNKS),
    'connect': talk(b'CONNECT a:443 HTTP/1.1\r\n\r\n', OK + b'\r\n', b'\x16\x03\x01'),
    'upgrade': talk(b'GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n', b'HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n'),
    'gap': talk(GET, OK + b'Content-Length: 50\r\n\r\nab') + b'\xc0\x20' + record(True, b'cd') + b'\xa0\x00',
    'tunnel_early': talk(b'CONNECT a:443 HTTP/1.1\r\n\r\n', b'HTTP/1.1 200 OK\r\n', b'\x16\x03\x01'),
    'no_bodies': talk(GET, OK + b'Content-Length: 5\r\n\r\nhello', options=1),
}
WEBSOCKET = {
    'text': record(True, b'\x81\x05hello\x01\x01a\x80\x01b\x88\x02\x03\xe8'),
    'masked': record(False, b'\x82\x85\x01\x02\x03\x04abcde\x89\x80\x01\x02\x03\x04'),
    'packed': record(True, b'\xc1' + bytes([len(RAW)]) + RAW),
    'long': record(True, b'\x82\x7e\x01\x00' + b'x' * 256),
}
CODING = {
    'gzip': b'\x00\x00' + gzip.compress(TEXT),
    'deflate': b'\x01\x05' + RAW,
    'zlib_in_gzip': b'\x44\x07' + gzip.compress(zlib.compress(TEXT)),
    'brotli': b'\x02\x00\xb0\x00\x10hello brotli\x03',
    'lzma': b'\x03\x03' + bytes.fromhex(
        '5d00008000ffffffffffffffff00341949eee98de9148a6aa5d6bb5c02fc2dfffffa392000'),
    'plain': b'\x80\x01' + TEXT,
    'members': b'\x00\x00' + gzip.compress(b'a') + gzip.compress(b'b'),
    'flags': b'\x00\x00\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x02\0xyname\0comment\0cc' + RAW,
}

for name, seeds in (('protocol_http1', HTTP1), ('protocol_websocket', WEBSOCKET), ('content_coding', CODING)):
    folder = pathlib.Path(sys.argv[1]) / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed, data in seeds.items():
        (folder / seed).write_bytes(data)
