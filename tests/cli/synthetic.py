#!/usr/bin/env python3
"""The synthetic machine tools of lab/synthetic/cnc.py against what their generator says they did (truth.json): each written
value with its object and outcome, each action, each login, each file with its digest and, of programs, the canonical hash
worked out apart; identities; no secret anywhere; and nothing told twice with --observations news. TAP."""
import collections
import json

from tap import differences, events, listing, row, run, synthetic


def plain(value):
    """What was written, as one thing that compares."""
    if "items" in value:
        return tuple(float(x) for x in value["items"])
    if "one" in value:
        return (float(value["one"]),)
    return value.get("text")


def acts(eve):
    """Every act of every line; those of one message stand together."""
    for line in eve:
        koban = line.get("koban", {})
        if koban.get("proto") not in ("focas", "lsv2"):
            continue
        for item in [koban] + koban.get("more", []):
            yield line, koban, item


WRITES = {"write-macro", "write-tool-offset", "write-pmc", "write-machine-parameter", "tool-table-cell"}


def seen_writes(eve):
    for line, koban, item in acts(eve):
        if koban.get("code_name") in WRITES and koban["phase"] == "ask" and line["event_type"] != "fileinfo":
            yield (line["src_ip"], line["dest_ip"], item.get("space"), item["object"], plain(item["value"]),
                   item["outcome"])


def told_writes(truth):
    for w in truth["writes"]:
        value = w["value"]
        value = tuple(value) if isinstance(value, list) else (value,) if isinstance(value, float) else value
        yield (w["actor"], w["device"], w["space"], w["object"], value, w["outcome"])


def check(folder, place):
    truth = json.loads((folder / "truth.json").read_text())
    name = folder.name
    database = f"{place}/{name}.db"
    text = run("read", "--lang", "en", "--db", database, "--eve", "-", "--observations", "all", str(folder / "capture.pcap"))
    eve = events(text)
    bad = differences(told_writes(truth), seen_writes(eve))
    row(not bad, f"{name}: {len(truth['writes'])} writes with object, value and outcome", bad)

    seen = collections.Counter((line["src_ip"], line["dest_ip"], koban["verb"], koban["outcome"]) for line, koban, item
                               in acts(eve) if line["event_type"] != "fileinfo")
    wanted = collections.Counter((a["actor"], a["device"], a["action"], a["outcome"]) for a in truth["actions"])
    bad = [f"{n} x {x}, seen {seen[x]}" for x, n in wanted.items() if seen[x] < n]
    row(not bad, f"{name}: {wanted.total()} other actions", bad)

    wanted = [(x["privilege"], x["outcome"], x["password"], x["default"]) for x in truth["logins"]]
    seen = [(k["lsv2"]["privilege"], k["outcome"], bool(k["lsv2"].get("password_given")),
             bool(k["lsv2"].get("default_code"))) for line, k, item in acts(eve) if k.get("code_name") == "login"]
    if wanted:
        mes = [("INSPECT", "done", False, False), ("DNC", "done", False, False)]
        bad = differences(wanted, seen)
        row(not bad, f"{name}: {len(wanted)} logins with privilege and outcome ({len(mes)} of the MES)", bad)

    wanted = [(f["file"], f["size"], f["sha256"], f.get("program_sha256")) for f in truth["files"]]
    seen = [(line["koban"]["verb"], line["fileinfo"]["size"], line["fileinfo"]["sha256"],
             line["koban"].get("program", {}).get("sha256")) for line in eve if line["event_type"] == "fileinfo"]
    bad = differences(wanted, seen)
    row(not bad, f"{name}: {len(wanted)} files with size, SHA-256 and canonical hash", bad)

    ledger = {a.get("ip"): a for a in listing("ledger", database)}
    everything = text + run("observations", "--db", database, "--format", "json")
    for f in truth["facts"]:
        if f["fact"] == "secret":
            row(f["value"] not in everything, f"{name}: a password is not kept")
        else:
            a = ledger.get(f["device"], {})
            row(a.get("model") == f["model"] and a.get("vendor") == f["vendor"], f"{name}: model and vendor in the ledger",
                [json.dumps(a)[:300]])
    bad = [json.dumps(k)[:200] for line, k, item in acts(eve) if k["verb"] == "malformed" or k["outcome"] == "unanswered"]
    row(not bad, f"{name}: nothing malformed, nothing left unanswered", bad)

    lines = events(run("read", "--lang", "en", "--eve", "-", str(folder / "capture.pcap")))
    bad = differences(told_writes(truth), seen_writes(lines))
    row(not bad and len(lines) < len(eve), f"{name}: the same writes with news, in fewer lines "
        f"({len(lines)} of {len(eve)})", bad)


synthetic("cnc", check)
