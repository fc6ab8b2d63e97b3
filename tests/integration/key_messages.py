"""What sekisho-decrypt says to sekisho-keys (config/keys), as its user."""

import os
import pickle
import socket
import struct
import time

from sekisho_lab.gateway import receive_exactly

VERSION, SIGN, REFUSED, SIGNED = 1, 2, 128, 129
DAY = 86400


class Refused(RuntimeError):
    pass


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">H", len(value)) + value


def take(body):
    (length,) = struct.unpack(">H", body[:2])
    return body[2:2 + length]


def sign(path, user, group, public_key, name, issuer=0, days=90):
    """A leaf in DER, asked for by a process of this user; what that process meets is raised here."""
    now = int(time.time())
    request = (bytes([VERSION, SIGN, issuer]) + text(public_key) + text(name) + struct.pack(">H", 1) + text(name)
               + struct.pack(">H", 0) + struct.pack(">qq", now - DAY, now + days * DAY))
    outcome = as_user(user, group, lambda: ask(path, request))
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def ask(path, request):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(struct.pack("<I", len(request)) + request)
        (length,) = struct.unpack("<I", receive_exactly(connection, 4))
        reply = receive_exactly(connection, length)
    if reply[1] == REFUSED:
        raise Refused(take(reply[3:]).decode())
    if reply[1] != SIGNED:
        raise RuntimeError(f"reply of kind {reply[1]}")
    return take(reply[2:])


def as_user(user, group, work):
    """What `work` returns or raises in a process of that user."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(group, group, group)
            os.setresuid(user, user, user)
            outcome = work()
        except Exception as problem:  # it is the parent's to judge
            outcome = problem
        os.write(writing, pickle.dumps(outcome))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        outcome = pickle.load(pipe)
    os.waitpid(child, 0)
    return outcome
