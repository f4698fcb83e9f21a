#!/usr/bin/env python3
"""The Community ID of every flow in the specification's own captures equals the specification's own results.

TAP. Read from KOBAN_SCHEMAS/community-id (*.pcap and baseline_deflt.json); skipped without it.
"""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KOBAN = os.environ.get("KOBAN", str(ROOT / "build/debug/koban"))
CORPUS = os.environ.get("KOBAN_CORPUS")
SCHEMAS = os.environ.get("KOBAN_SCHEMAS") or (CORPUS and str(pathlib.Path(CORPUS).parent / "schemas"))
PROTO = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "IPv6-ICMP", 132: "SCTP"}


def main():
    folder = SCHEMAS and pathlib.Path(SCHEMAS) / "community-id"
    if not folder or not folder.exists():
        print("ok 1 - Community ID # SKIP KOBAN_SCHEMAS is not set")
        return 0
    # Either direction may have come first; both have the same result, one-way ICMP aside.
    wanted = {(PROTO.get(v["proto"]), v["saddr"], v["sport"], v["daddr"], v["dport"]): v["communityid"]
              for v in json.loads((folder / "baseline_deflt.json").read_text(encoding="utf-8"))}
    number = bad = 0
    for path in sorted(folder.glob("*.pcap")):
        lines = subprocess.run([KOBAN, "read", path, "--eve", "-"], capture_output=True, check=True).stdout.splitlines()
        for event in map(json.loads, lines):
            if event["event_type"] != "flow" or "proto" not in event:
                continue
            if "ICMP" in event["proto"]:
                ends = [(event["icmp_type"], event["icmp_code"])]
                # The vectors put the type that answers in place of the code.
                ends += [key[2::2] for key in wanted if key[0] == event["proto"] and key[2] == event["icmp_type"]]
            else:
                ends = [(event["src_port"], event["dest_port"])]
            keys = [(event["proto"], event["src_ip"], a, event["dest_ip"], b) for a, b in ends]
            want = next((wanted[key] for key in keys if key in wanted), None)
            number += 1
            good = want == event.get("community_id")
            bad += not good
            print(f"{'ok' if good else 'not ok'} {number} - {path.name}: {event['proto']} {event['src_ip']} {event['dest_ip']}")
            if not good:
                print(f"# {event.get('community_id')}, wanted {want}")
    print(f"1..{number}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
