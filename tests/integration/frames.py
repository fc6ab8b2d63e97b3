"""Ethernet frames by hand, and the wire ends to send and catch them."""

import ipaddress
import pathlib
import socket
import struct
import time

from harness import CLIENT, SERVER, network

ETH_P_ALL = 0x0003
PACKET_AUXDATA = 8
SOL_PACKET = 263
VLAN_VALID, TPID_VALID = 0x10, 0x40
BROADCAST = "ff:ff:ff:ff:ff:ff"


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ethernet(ethertype, payload, destination=SERVER.mac, source=CLIENT.mac):
    frame = mac(destination) + mac(source) + struct.pack("!H", ethertype) + payload
    return frame.ljust(60, b"\0")


def llc(payload, destination):
    """An 802.3 frame: a length in place of the type."""
    return ethernet(len(payload), payload, destination)


def tagged(tags, ethertype, payload):
    """`tags`: (TPID, TCI) from the outside in."""
    words = b"".join(struct.pack("!HH", *tag) for tag in tags)
    frame = mac(SERVER.mac) + mac(CLIENT.mac) + words + struct.pack("!H", ethertype) + payload
    return frame.ljust(60 + len(words), b"\0")


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(protocol, payload, source=CLIENT.ipv4, destination=SERVER.ipv4, identification=1, flags_offset=0,
         version=4, total_length=None):
    header = struct.pack("!BBHHHBBH4s4s", version << 4 | 5, 0,
                         20 + len(payload) if total_length is None else total_length, identification, flags_offset, 64,
                         protocol, 0, socket.inet_aton(source), socket.inet_aton(destination))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv4_source(frame):
    """Of an Ethernet frame with IPv4 and no tag."""
    return socket.inet_ntoa(frame[26:30])


def ipv6(next_header, payload, source=CLIENT.ipv6, destination=SERVER.ipv6):
    return struct.pack("!IHBB", 6 << 28, len(payload), next_header, 64) + ipaddress.IPv6Address(source).packed + \
        ipaddress.IPv6Address(destination).packed + payload


def pseudo_header(protocol, length, source, destination):
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    return ends + (struct.pack("!BBH", 0, protocol, length) if len(ends) == 8 else struct.pack("!IxxxB", length, protocol))


def udp(source_port, destination_port, body, source=CLIENT.ipv4, destination=SERVER.ipv4):
    segment = struct.pack("!HHHH", source_port, destination_port, 8 + len(body), 0) + body
    value = checksum(pseudo_header(17, len(segment), source, destination) + segment) or 0xFFFF
    return segment[:6] + struct.pack("!H", value) + segment[8:]


def tcp(source_port, destination_port, sequence, acknowledgement, flags, body=b"", source=CLIENT.ipv4,
        destination=SERVER.ipv4, window=64240):
    segment = struct.pack("!HHIIBBHHH", source_port, destination_port, sequence, acknowledgement, 5 << 4, flags,
                          window, 0, 0) + body
    value = checksum(pseudo_header(6, len(segment), source, destination) + segment)
    return segment[:16] + struct.pack("!H", value) + segment[18:]


class WireEnd:
    """A host's network card, raw: sends frames, and sees the frames that come in as the wire had them."""

    def __init__(self, lab, host, interface="eth0"):
        with network.inside(lab.namespace(host)):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            # promiscuous: also frames for group addresses that the host does not listen to
            index = socket.if_nametoindex(interface)
            self.socket.setsockopt(SOL_PACKET, 1, struct.pack("iHH8s", index, 1, 0, b""))
            self.socket.bind((interface, ETH_P_ALL))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, frame):
        self.socket.send(frame)

    def receive(self, timeout):
        """The next incoming frame, None when none comes."""
        limit = time.monotonic() + timeout
        while (left := limit - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                frame, ancillary, _, sender = self.socket.recvmsg(65536, 256)
            except TimeoutError:
                return None
            if sender[2] != socket.PACKET_OUTGOING:
                return self.with_tag(frame, ancillary)
        return None

    @staticmethod
    def with_tag(frame, ancillary):
        """The kernel hands the outer tag over beside the frame: put it back where it was."""
        for level, kind, data in ancillary:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data[:20])
                if status & VLAN_VALID:
                    return frame[:12] + struct.pack("!HH", tpid if status & TPID_VALID else 0x8100, tci) + frame[12:]
        return frame

    def catch(self, wanted, timeout=1.5):
        """Whether exactly this frame comes in."""
        limit = time.monotonic() + timeout
        while (left := limit - time.monotonic()) > 0:
            frame = self.receive(left)
            if frame is None:
                return False
            if frame == wanted:
                return True
        return False


def pcap_records(path):
    """The packets of a classic pcap file."""
    data = pathlib.Path(path).read_bytes()
    order = "<" if struct.unpack("<I", data[:4])[0] in (0xA1B2C3D4, 0xA1B23C4D) else ">"
    records, at = [], 24
    while at < len(data):
        (length,) = struct.unpack(order + "I", data[at + 8:at + 12])
        records.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return records


def write_pcap(path, packets):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, packet in enumerate(packets):
            file.write(struct.pack("<IIII", 1_700_000_000 + number // 1000, number % 1000 * 1000, len(packet),
                                   len(packet)) + packet)
