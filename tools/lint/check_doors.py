#!/usr/bin/env python3
"""Finds what must not stand in a folder. Each rule: where, where not, what, why. Exit 1 on a finding."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = r".*\.(h|cc)"
PRODUCT = r"(config|rules|engines|dataplane|controlplane|tools)/" + CODE
FAST = r"(dataplane/(answers|parse|flow|lent|worker)/(src|include)/.*|engines/[a-z_]+/src/inspect)\.(h|cc)"
SETUP = r"dataplane/((lent|worker)/(src/create\.cc|include/dataplane/worker/worker\.h)|flow/src/huge_memory\.cc)"  # before packets
DPDK = r"dataplane/(io|lent|worker|loader|inspect|control)/.*|dataplane/[^/]*|engines/firewall/src/acl_door\.cc"
CAST = (r"config/base/.*|config/(events/src/event_ring_file|reputation/src/exchange|policy/src/yaml_document)\.cc|rules/geo/.*"
        r"|dataplane/((io|loader|inspect)/.*|flow/src/(flow_table|fragment_table|huge_memory)\.cc)"
        r"|engines/(firewall/src/acl_door|memory/(src/memory_pool|include/engines/memory/pooled_records))\.(cc|h)"
        r"|engines/(pattern/src/.*|stream/include/engines/stream/segment_queue)\.(cc|h)"
        r"|engines/ips/src/(artifact_writer|flow_state|load|search)\.cc|.*(_door|_socket|sandbox|seccomp|process)[a-z_]*\.(h|cc)")
MACHINE = r"(?<![\w.])/(" + "work" + "|" + "home" + "|" + "root" + r")/"  # split, so as not to find itself
HOSTS = r"registry\.npm" + "js" + r"\.org|deb\.debian" + r"\.org|pypi" + r"\.org"

RULES = [  # (path, exempt path, token, reason); tokens of code are looked for outside comments and strings
    (PRODUCT, DPDK, r"\brte_\w+", "DPDK stays behind its doors, so that the rest runs anywhere"),
    (PRODUCT, r"engines/pattern/.*", r"\bhs_\w+|\bhs\.h\b", "Hyperscan has one door, engines/pattern"),
    (PRODUCT, r"engines/pattern/.*|rules/ips/src/regex_door\.cc", r"\bpcre2_\w+",
     "PCRE2 has two doors: engines/pattern, and what rules are checked with"),
    (FAST, SETUP, r"\bnew\s+[\w:(]|\b(malloc|calloc|realloc|strdup|make_unique|make_shared)\b",
     "a pinned core allocates nothing: its latency would follow the allocator's"),
    (FAST, "", r"\bstd::function\b", "may allocate, and hides the call from the compiler"),
    (FAST, "", r"\bthrow\b", "pinned cores are built without exceptions"),
    (FAST, "", r"\b\w*printf\b|\bspdlog\b|\bstd::c(out|err)\b|\bLOG\w*\s*\(",
     "a core that logs waits for a disk; count it instead"),
    (FAST, "", r"\bstd::(mutex|lock_guard|unique_lock|condition_variable)\b", "no locks on the way of a packet"),
    (PRODUCT, CAST, r"\breinterpret_cast\b", "bytes become types in few places that can be read for it"),
]
TEXT_RULES = [  # in every tracked text file, comments and all
    (r".*", r"tools/lint/check_doors\.py", r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b", "finish it or file it"),
    (r".*", r"LICENSE", MACHINE, "a path of one machine"),
    (r".*", r"LICENSE", HOSTS, "package clients know their registries; the tree names none"),
]
EVENT_FOLDERS = ["engines/conversation/src", "engines/protocols/src", "engines/stream/src", "dataplane"]
NOISE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.S)


def blank(match):
    return "".join("\n" if c == "\n" else " " for c in match.group())


def findings(path, text, rules):
    for where, exempt, token, reason in rules:
        if re.fullmatch(where, path) and not (exempt and re.fullmatch(exempt, path)):
            for hit in re.finditer(token, text):
                yield f"{path}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group().strip()}: {reason}"


def dependency_table():
    """Each package of tools/packages has its row in README.md."""
    readme = (ROOT / "README.md").read_text()
    for line in (ROOT / "tools/packages").read_text().splitlines():
        if line.strip() and line[0] not in "#[" and f"| `{line.split()[0]}` |" not in readme:
            yield f"README.md: {line.split()[0]}: a package of tools/packages without a row in the table"


def event_names():
    """The table of events that rules may name has what is raised, and nothing else, as raised."""
    table = (ROOT / "rules/ips/src/event_names.cc").read_text()
    listed = set(re.findall(r'"([a-z0-9_.]+)"', table[table.index("kRaised[]"):table.index("kNeverRaised[]")]))
    text = "\n".join(path.read_text() for folder in EVENT_FOLDERS for path in (ROOT / folder).rglob("*.cc"))
    raised = set(re.findall(r'"((?:%s)\.[a-z0-9_]+|applayer_\w+)"' % "|".join(
        {name.split(".")[0] for name in listed if "." in name}), text))
    for name in sorted(raised ^ listed):
        yield (f"rules/ips/src/event_names.cc: {name}: " +
               ("is raised, and rules cannot name it" if name in raised else "is raised nowhere"))


def main():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, check=True, text=True).stdout
    found = list(dependency_table()) + list(event_names())
    for path in sorted(filter(None, listed.split("\0"))):
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # a binary seed or capture, or a file just deleted
        found += findings(path, text, TEXT_RULES)
        if path.endswith((".h", ".cc")):
            found += findings(path, NOISE.sub(blank, text), RULES)
    print("\n".join(found) if found else "check_doors: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
