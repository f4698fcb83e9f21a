#!/usr/bin/env python3
"""Compares what decode/ says of every frame of the corpus with tshark: innermost addresses, ports, VLAN ids, class.

Usage: decode.py [TEST_ALL_DECODE [FOLDER]]; by default the test in KOBAN_BUILD and the folder in KOBAN_CORPUS. Output is
TAP, one line per compared field; skipped without KOBAN_CORPUS or tshark. Frames we drop as mirror duplicates are not compared. What tshark decodes further than we mean to (a tunnel
without a decoder here) is compared up to the layer where we stop."""

import collections
import os
import shutil
import subprocess
import sys

FIELDS = ["frame.number", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
          "udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport", "vlan.id", "ieee8021ad.id"]
# Layers behind which the walk goes on.
CARRIERS = {"eth", "ethertype", "vlan", "ieee8021ad", "ip", "ipv6", "gtp", "vxlan", "gre", "erspan", "pppoes", "ppp", "mpls",
            "sll", "raw", "null", "llc", "udp", "ipv6.fraghdr", "ipv6.hopopts", "ipv6.routing", "ipv6.dstopts", "ah",
            "pwethheuristic", "pwethcw", "pwethnocw", "teredo", "hsr", "loop", "chdlc", "data", "dot1q", "ppp_hdlc", "pwmcw",
            "ipv6.opts", "ieee8021q", "gtp.ext", "pdu_session_user_plane", "pwethcw_heuristic"}
TRANSPORTS = {"tcp": "tcp", "udp": "udp", "sctp": "sctp", "icmp": "icmp", "icmpv6": "icmp", "arp": "arp", "lldp": "lldp"}
TUNNELS = {"gtp", "vxlan", "gre", "erspan", "teredo"}


def tshark(path):
    """One dictionary per frame."""
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=\t", "-E", "occurrence=a",
               "-E", "aggregator=,", "-o", "tcp.desegment_tcp_streams:FALSE", "-d", "udp.port==8472,vxlan"]
    for field in FIELDS:
        command += ["-e", field]
    text = subprocess.run(command, capture_output=True, text=True, errors="replace").stdout
    for line in text.splitlines():
        values = line.split("\t")
        if len(values) == len(FIELDS):
            yield dict(zip(FIELDS, values))


def expected(row):
    """The innermost ends and the class as tshark's layers give them."""
    at = collections.Counter()
    lists = {f: row[f].split(",") if row[f] else [] for f in FIELDS[2:]}
    seen = {"src": "", "dst": "", "ports": (0, 0), "class": "ether-other"}

    def nth(field, n):
        return lists[field][n] if n < len(lists[field]) else ""

    for layer in row["frame.protocols"].split(":"):
        if layer in ("ip", "ipv6"):
            seen.update(src=nth(layer + ".src", at[layer]), dst=nth(layer + ".dst", at[layer]), ports=(0, 0))
            seen["class"] = "ip-other"
            at[layer] += 1
        elif layer in TRANSPORTS:
            seen["class"] = TRANSPORTS[layer]
            if layer in ("tcp", "udp", "sctp"):
                ports = [nth(layer + ".srcport", at[layer]), nth(layer + ".dstport", at[layer])]
                seen["ports"] = tuple(int(p or 0) for p in ports)
                at[layer] += 1
            if layer in ("arp", "lldp"):
                seen.update(ports=(0, 0))
        elif layer == "eth" and at["eth"] == 0:
            at["eth"] = 1
        elif layer == "eth":
            seen.update(src="", dst="", ports=(0, 0))
            seen["class"] = "ether-other"
        if layer not in CARRIERS:
            break
    seen["vlan"] = nth("ieee8021ad.id", 0) or nth("vlan.id", 0)
    return seen


def ours(binary, path):
    text = subprocess.run([binary, "--dump", path], capture_output=True, text=True).stdout
    for line in text.splitlines():
        f = line.split("\t")
        yield {"frame": f[0], "class": f[1], "src": f[4], "dst": f[5],
               "ports": (int(f[6]), int(f[7])), "vlan": int(f[8]), "depth": int(f[12])}


def compare(binary, path, same, differ):
    theirs = {row["frame.number"]: row for row in tshark(path)}
    for mine in ours(binary, path):
        row = theirs.get(mine["frame"])
        if row is None or mine["class"] in ("duplicate", "fragment", "fragment-dropped"):
            continue
        want = expected(row)
        if mine["class"] in ("cut", "bad-header", "link-unknown", "too-deep"):
            key = mine["class"] + " here, " + want["class"] + " there"
            differ[key].append((path, mine["frame"], row["frame.protocols"], want["src"]))
            continue
        if want["vlan"] == "0" or mine["depth"] > 0:
            want["vlan"] = str(mine["vlan"])         # priority tags name no VLAN; inside tunnels we say the inner one
        pairs = [("address", (mine["src"], mine["dst"]), (want["src"], want["dst"])),
                 ("ports", mine["ports"], want["ports"]), ("class", mine["class"], want["class"]),
                 ("vlan", mine["vlan"], int(want["vlan"] or 0))]
        for name, a, b in pairs:
            if a == b:
                same[name] += 1
            else:
                differ[name].append((path, mine["frame"], row["frame.protocols"], f"{a} here, {b} there"))


def main():
    corpus = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("KOBAN_CORPUS")
    if not corpus or not shutil.which("tshark"):
        print("ok 1 - decode # SKIP KOBAN_CORPUS or tshark is missing")
        return 0
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.environ.get("KOBAN_BUILD", "build/debug"), "test_all_decode")
    same, differ = collections.Counter(), collections.defaultdict(list)
    for folder, _, names in sorted(os.walk(corpus)):
        for name in sorted(names):
            compare(program, os.path.join(folder, name), same, differ)
    bad = 0
    print(f"1..{len(same)}")
    for number, name in enumerate(sorted(same), 1):
        share = same[name] / (same[name] + len(differ[name]))
        good = share >= 0.999
        bad += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}: {same[name]} same, {len(differ[name])} differ")
    for name in sorted(differ):
        shown = collections.Counter()
        if name not in same:
            print(f"# {name}: {len(differ[name])}")
        for path, frame, layers, what in differ[name]:
            shown[path] += 1
            if shown[path] <= 2:
                print(f"# {name}: {os.path.relpath(path, corpus)} frame {frame}: {what}; {layers}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
