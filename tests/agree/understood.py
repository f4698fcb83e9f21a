#!/usr/bin/env python3
"""What of the machines' own protocols koban did not understand, over the whole corpus, named per protocol.

Two tables. First the protocols koban decodes: their bytes and messages, how many of these it called malformed (and their bytes),
holes, acts, and acts of functions that are named while their body is not looked into. Then the machine protocols it leaves
alone, by the port or Ethernet type they are known by: frames nobody claimed, and their bytes (of Ethernet types frames alone).

TAP on standard output, the tables as comments; fails when more than 2 % of the messages of a protocol are malformed in captures
that are neither fuzzed nor made up. Skipped when KOBAN_CORPUS is not set. KOBAN names the program.
usage: understood.py [--markdown]    only the tables
"""
import collections
import json
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KOBAN = os.environ.get("KOBAN", str(ROOT / "build/debug/koban"))
CORPUS = os.environ.get("KOBAN_CORPUS")
OT = ("cotp", "s7comm", "modbus", "umas", "fins", "slmp", "melsoft", "kv", "cclink", "cclink_ie", "focas", "lsv2", "haas",
      "mtconnect", "shdr", "mqtt")
LEAST = 100	# messages, for the share to mean something
MALFORMED = 0.02	# FINS comes near: two of its captures were made to try a dissector

# Ports of the IANA registry, or of the makers' manuals, at which a machine's protocol is likely.
PORTS = {
    "EtherNet/IP": (44818, 2222), "DNP3": (20000,), "IEC 60870-5-104": (2404,), "BACnet/IP": (47808,), "OPC UA": (4840,),
    "Beckhoff ADS": (48898, 48899), "IEEE C37.118": (4712, 4713), "HART-IP": (5094,), "ROC Plus": (4000,), "TriStation": (1502,),
    "KNX/IP": (3671,), "DLMS/COSEM": (4059,), "C12.22": (1153,), "Niagara Fox": (1911, 4911), "RTPS": (7400, 7401, 7410, 7411),
    "CODESYS": (1200, 1217, 1740, 1741, 1742, 1743, 11740), "Ether-S-Bus": (5050,), "Ether-S-I/O": (6060,), "DoIP": (13400,),
    "GE SRTP, EGD": (18245, 18246), "ATG, Genisys": (10001,), "BSAP": (1234, 1235), "PROFINET context": (34962, 34963, 34964),
    "Modbus": (502,), "COTP": (102,), "FINS": (9600,), "KV": (8501,), "FOCAS": (8193,), "LSV2": (19000,),
    "MELSOFT, SLMP": (5006, 5007, 5560, 5562),
}
NAMES = {port: name for name, ports in PORTS.items() for port in ports}
TYPES = {0x8892: "PROFINET", 0x88a4: "EtherCAT", 0x88ab: "POWERLINK", 0x88cd: "SERCOS III", 0x88b8: "GOOSE", 0x88ba: "Sampled values",
         0x88b9: "GSE", 0x88f7: "PTP", 0x892f: "HSR", 0x88fb: "PRP", 0x88e3: "MRP"}


def captures():
    return sorted(p for p in pathlib.Path(CORPUS).rglob("*") if p.is_file() and p.suffix not in (".md", ".csv"))


def tagged():
    """Paths the catalogue of the corpus calls fuzzed or made up; without a catalogue there are none."""
    found, owner = set(), ""
    catalogue = pathlib.Path(CORPUS) / "README.md"
    for line in catalogue.read_text(encoding="utf-8").splitlines() if catalogue.exists() else ():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if line.startswith("### "):
            owner = line.split()[1].replace("/", "+")
        elif len(cells) == 7 and any(w in cells[6] for w in ("fuzz", "generated", "crafted")):
            found.add(f"{owner}/{cells[0]}")
    return found


def sums_of(path):
    """What one capture adds: {(table, name, column): number}."""
    out = collections.Counter()
    done = subprocess.run([KOBAN, "read", path, "--observations", "all", "--eve", "-", "--lang", "en"], capture_output=True,
                          timeout=900)
    summary = json.loads(subprocess.run([KOBAN, "read", path, "--observations", "all", "--summary", "json", "--lang", "en"],
                                        capture_output=True, timeout=900).stdout)
    for proto, s in summary["protocols"].items():
        for column in ("bytes", "messages", "malformed", "lost", "acts"):
            out["read", proto, column] += s[column]
    for t in summary["ethertypes"]:
        if t["number"] in TYPES:
            out["left", TYPES[t["number"]] + " (Ethernet)", "frames"] += t["frames"]
    for line in done.stdout.splitlines():
        if not line.startswith(b"{"):
            continue
        d = json.loads(line)
        k = d.get("koban", {})
        if d["event_type"] == "flow":
            name = NAMES.get(d.get("dest_port")) or NAMES.get(d.get("src_port"))
            if name and not d.get("app_proto"):
                f = d["flow"]
                out["left", name, "frames"] += f["pkts_toserver"] + f["pkts_toclient"]
                out["left", name, "bytes"] += f["bytes_toserver"] + f["bytes_toclient"]
        elif k.get("verb") == "malformed":
            out["read", k["proto"], "malformed bytes"] += k.get("value", {}).get("length", 0)
        elif "opaque" in k.get("flags", ()):
            out["read", k["proto"], "named only"] += 1
    return out


def tables(total, edge):
    """Both, as Markdown, each line behind edge."""
    columns = ("bytes", "messages", "malformed", "malformed bytes", "lost", "acts", "named only")
    rows = [("OT protocol", "bytes", "messages", "malformed", "their bytes", "holes", "acts", "named only")]
    rows += [(p, *(f"{total['read', p, c]:,}" for c in columns)) for p in OT if total["read", p, "messages"]]
    lines = [rows]
    left = sorted({n for t, n, _ in total if t == "left"}, key=lambda n: (-total["left", n, "frames"], n))
    counted = [[f"{total['left', n, c]:,}" for c in ("frames", "bytes")] for n in left]
    lines.append([("left alone", "frames", "bytes")] + [(n, f, b if b != "0" else "-") for n, (f, b) in zip(left, counted)])
    for rows in lines:
        for i, row in enumerate(rows):
            print(edge + "| " + " | ".join(row) + " |")
            if i == 0:
                print(edge + "|---|" + "---:|" * (len(row) - 1))
        print(edge.rstrip())


def main():
    if not CORPUS:
        print("ok 1 - understood # SKIP KOBAN_CORPUS is not set")
        return 0
    total, honest, made_up = collections.Counter(), collections.Counter(), tagged()
    files = captures()
    with ThreadPoolExecutor(2) as pool:
        for path, sums in zip(files, pool.map(sums_of, files)):
            total.update(sums)
            if str(path.relative_to(CORPUS)) not in made_up:
                honest.update(sums)
    if "--markdown" in sys.argv:
        tables(total, "")
        return 0
    tables(total, "# ")
    bad = 0
    judged = [p for p in OT if honest["read", p, "messages"] >= LEAST]
    for i, proto in enumerate(judged, 1):
        wrong = honest["read", proto, "malformed"] > honest["read", proto, "messages"] * MALFORMED
        bad += wrong
        print(f"{'not ok' if wrong else 'ok'} {i} - understood: {proto}, {honest['read', proto, 'malformed']} of "
              f"{honest['read', proto, 'messages']} messages malformed")
    print(f"1..{len(judged)}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
