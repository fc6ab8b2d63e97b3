"""Writes the seed corpus of fuzz_inspect_capture: `make_inspect_capture_seeds.py DECODE_CORPUS DIR`.

The frames are those of the decoder's seeds (three bytes of selector in front of each)."""
import pathlib
import struct
import sys

ETHERNET, RAW, LINUX_SLL, UNKNOWN = 1, 101, 113, 147


def pcap(link, packets, magic=0xA1B2C3D4, order="<"):
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    return head + b"".join(struct.pack(order + "IIII", 1_700_000_000 + i // 8, i * 1000, len(p), len(p)) + p
                           for i, p in enumerate(packets))


def pcapng(packets):
    def block(kind, body):
        body += b"\0" * (-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    blocks = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 65535))
    return blocks + b"".join(block(6, struct.pack("<IIIII", 0, 0, i, len(p), len(p)) + p) for i, p in enumerate(packets))


def main():
    corpus, folder = map(pathlib.Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    frames = {path.name: path.read_bytes()[3:] for path in sorted(corpus.iterdir())}
    ethernet = [frame for name, frame in frames.items() if not name.startswith("link_")]
    seeds = {
        "all_ethernet": pcap(ETHERNET, ethernet),
        "nanoseconds": pcap(ETHERNET, ethernet[:4], 0xA1B23C4D),
        "big_endian": pcap(ETHERNET, ethernet[:4], order=">"),
        "ng": pcapng(ethernet[:6]),
        "raw": pcap(RAW, [frames["link_raw_4"]]),
        "sll": pcap(LINUX_SLL, [frames["link_linux_sll_4"]]),
        "unknown_link": pcap(UNKNOWN, ethernet[:1]),
        "cut": pcap(ETHERNET, ethernet[:2])[:-5],
        "no_packets": pcap(ETHERNET, []),
        "empty_packet": pcap(ETHERNET, [b""]),
        "not_a_capture": b"GIF89a",
    }
    for name, content in seeds.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
