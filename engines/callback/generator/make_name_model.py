#!/usr/bin/env python3
"""Makes src/name_model.inc: how likely a letter follows two others in names that people chose.

  make_name_model.py LISTS > ../src/name_model.inc

LISTS is a folder with ut1/ and domain-list-community/ (as shared/content/urls has them). Of every registered name
the label that its owner chose is learned; one in five, by its CRC, is left out, so that measuring has names that the
model never saw (tests/bench/callbacks.cc leaves out the same).
"""
import collections
import math
import pathlib
import re
import sys
import zlib

UT1 = ("bank press shopping games jobsearch blog download sports audio-video social_networks webmail translation "
       "celebrity financial radio forums cooking educational_games").split()
SYMBOLS = 29  # a-z, a digit, '-', the end
END = 28
SECOND_LEVEL = set("co com ac ne or go org net gov edu gr ed lg ad gob gouv".split())


def registered_label(name):
    labels = name.lower().split(".")
    if len(labels) < 2 or not all(re.fullmatch(r"[a-z0-9-]+", label) for label in labels):
        return None
    drop = 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL else 1
    label = labels[-1 - drop]
    return None if label.startswith("xn--") or len(label) < 4 else label


def names(lists):
    for category in UT1:
        yield from (lists / "ut1" / category / "domains").read_text(errors="replace").split()
    for file in sorted((lists / "domain-list-community" / "data").iterdir()):
        for line in file.read_text(errors="replace").splitlines():
            line = line.split("#")[0].split("@")[0].strip().removeprefix("full:").removeprefix("domain:")
            if line and ":" not in line:
                yield line


def symbol(character):
    if "a" <= character <= "z":
        return ord(character) - ord("a")
    return 26 if character.isdigit() else 27


def main():
    labels = {label for label in map(registered_label, names(pathlib.Path(sys.argv[1]))) if label}
    learned = sorted(label for label in labels if zlib.crc32(label.encode()) % 5)
    counts, pairs, singles = (collections.Counter() for _ in range(3))
    for label in learned:
        before = (END, END)
        for after in [symbol(c) for c in label] + [END]:
            counts[before + (after,)] += 1
            pairs[before[1], after] += 1
            singles[after] += 1
            before = (before[1], after)
    total = sum(singles.values())
    in_pair = collections.Counter()
    for (first, _), count in pairs.items():
        in_pair[first] += count
    in_triple = collections.Counter()
    for (first, second, _), count in counts.items():
        in_triple[first, second] += count
    print(f"// Made by engines/callback/generator/make_name_model.py of {len(learned)} names; do not edit.")
    for first in range(SYMBOLS):
        for second in range(SYMBOLS):
            row = ""
            for after in range(SYMBOLS):
                alone = (singles[after] + 1) / (total + SYMBOLS)
                paired = (pairs[second, after] + 8 * alone) / (in_pair[second] + 8)
                chance = (counts[first, second, after] + 8 * paired) / (in_triple[first, second] + 8)
                # A digit is one of ten.
                bits = -math.log2(chance) + (math.log2(10) if after == 26 else 0)
                row += chr(ord("@") + min(round(bits * 4), 62))  # no '?': C++ has trigraphs
            print('"' + row.replace("\\", "\\\\") + '"')


if __name__ == "__main__":
    main()
