"""The application suite of tools/judge: flows of captures and what each of them is.

Run as a program it stands between the suite and sekisho-inspect: judge_app.py CAPTURE LOG runs it
and rewrites `app` of flow records as the suite reads it, a list of names instead of an object, and SCTP's ports.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INSPECT = ROOT / "build/release/bin/sekisho-inspect"
# What the suite calls a whole kind of applications.
KINDS = {"advertising": "Advertisement"}
# What the suite calls an application otherwise than its maker and we do.
OTHER_NAMES = {
    "google_doh": ["dns-over-https", "Google"],
    "cloudflare_dns": ["dns-over-https", "Cloudflare"],
    "quad9": ["dns-over-https"],
    "nextdns": ["dns-over-https"],
    "adguard_dns": ["dns-over-https"],
    "controld": ["dns-over-https"],
    "dns_sb": ["dns-over-https"],
    "mozilla_doh": ["dns-over-https"],
    "iij_dns": ["dns-over-https"],
    "cleanbrowsing": ["dns-over-https"],
    "ptp": ["PTPv2"],
    "citrix_ica": ["Citrix"],
}


def names_of(app):
    name = app.get("name", "")
    kind = KINDS.get(app.get("category"))
    carrier = [app["carrier"]] if "carrier" in app else []  # rules that name it match, too
    return [name] + OTHER_NAMES.get(name, []) + app.get("part_of", []) + carrier + ([kind] if kind else [])


def adapt(capture, log):
    folder = pathlib.Path(log)
    # Without rules, as a listener that follows every flow, from its middle too.
    command = [INSPECT, "--rules", "/dev/null", "--midstream", "--pcap", capture, "--log", folder]
    ran = subprocess.run(command, check=False)
    if ran.returncode:
        return ran.returncode
    eve = folder / "eve.json"
    lines = []
    for line in eve.read_text(encoding="utf-8", errors="replace").splitlines():
        event = json.loads(line)
        if event.get("event_type") == "flow" and isinstance(event.get("app"), dict):
            event["app"] = names_of(event["app"]) if "name" in event["app"] else None  # a hint is no label
            if event.get("proto") == "SCTP":  # whose ports the suite's flows are without
                event["src_port"] = event["dest_port"] = 0
            line = json.dumps(event)
        lines.append(line)
    eve.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(adapt(sys.argv[1], sys.argv[2]))
