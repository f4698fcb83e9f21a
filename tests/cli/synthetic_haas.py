#!/usr/bin/env python3
"""The synthetic machine tool of lab/synthetic/haas_shop.py against what its generator says it did (truth.json): every macro variable
written, with value and outcome; every read, copied answer and connection turned away; MTConnect requests and what was put; SHDR
lines; RMI calls and the names in them; the identity in the ledger; no secret anywhere. TAP."""
import collections
import json

from tap import differences, events, listing, row, run, synthetic

MILL = "10.20.0.40"
CALLS = {"lookup": "lookup", "newClient": "jmx-login", "createMBean": "jmx-create", "invoke": "jmx-invoke",
         "getAttribute": "jmx-get", "close": "jmx-close"}


def same(what, wanted, seen):
    wanted = list(wanted)
    bad = differences(wanted, seen)
    row(not bad, f"{what} ({len(wanted)})", bad)


def acts(eve, proto):
    for line in eve:
        koban = line.get("koban", {})
        if koban.get("proto") == proto and line["event_type"] != "alert":
            for item in [koban] + koban.get("more", []):
                yield line, koban, item


def value(item):
    v = item.get("value", {})
    return float(v["one"]) if "one" in v else v.get("text")


def times(rows):
    """Each act as often as it stands for."""
    for key, n in rows:
        for _ in range(n):
            yield key


def haas_writes(eve):
    return [(line["src_ip"], line["dest_ip"], item["space"], item["object"], value(item), item["outcome"])
            for line, k, item in acts(eve, "haas") if k.get("code_name") == "macro-write"]


def told_writes(truth):
    return [(w["actor"], w["device"], w["space"], w["object"], w["value"], w["outcome"]) for w in truth["writes"]]


def check_haas(name, truth, eve):
    same(f"{name}: variables written with value and outcome", told_writes(truth), haas_writes(eve))
    wanted = [(r["actor"], r["code"], r.get("object")) for r in truth["reads"]]
    seen = times(((line["src_ip"], k["code"], item["object"] if k["code"] == 600 else None), k.get("times", 1))
                 for line, k, item in acts(eve, "haas") if k["phase"] == "whole" and item["outcome"] == "done")
    same(f"{name}: reads by code and variable", wanted, seen)
    seen = times((line["src_ip"], k.get("times", 1)) for line, k, item in acts(eve, "haas") if k["phase"] == "push")
    same(f"{name}: answers copied to the other client", [c["client"] for c in truth["copies"]], seen)
    seen = [line["src_ip"] for line, k, item in acts(eve, "haas") if k.get("code_name") == "turned-away"]
    same(f"{name}: connections turned away", [t["actor"] for t in truth["turned-away"]], seen)
    bad = [k for line, k, item in acts(eve, "haas") if item["outcome"] == "unanswered"]
    row(len(bad) == len(truth["turned-away"]), f"{name}: nothing else is unanswered", bad)


def check_mtconnect(name, truth, eve):
    wanted = [(r["actor"], r["kind"]) for r in truth["requests"]]
    seen = times(((line["src_ip"], k["code_name"]), k.get("times", 1)) for line, k, item in acts(eve, "mtconnect")
                 if k["phase"] == "whole" and item["outcome"] == "done")
    same(f"{name}: requests of the agent", wanted, seen)
    wanted = [(p["actor"], p["object"], p["value"], p["outcome"]) for p in truth["puts"]]
    seen = [(line["src_ip"], item["object"], value(item), "refused" if k["outcome"] == "refused" else "done")
            for line, k, item in acts(eve, "mtconnect") if k["phase"] == "ask"]
    same(f"{name}: what was put, with value and outcome", wanted, seen)
    wanted = [(f["device"], f["name"], f["state"]) for f in truth["lines"]]
    lines = collections.Counter(times((line["dest_ip"], k.get("times", 1)) for line, k, item in acts(eve, "shdr")
                                      if k.get("code_name") == "data"))
    bad = [f for f in truth["lines"] if lines[f["device"]] != f["lines"]]
    row(not bad, f"{name}: lines of each adapter", bad + [lines])
    names = {line["dest_ip"]: value(item) for line, k, item in acts(eve, "shdr") if item.get("object") == "device"}
    states = {line["dest_ip"]: value(item) for line, k, item in acts(eve, "shdr") if item.get("object") == "execution"}
    same(f"{name}: name and state of each adapter", wanted, [(d, names[d], states.get(d)) for d in names])


def check_jrmp(name, truth, eve):
    wanted = [(c["actor"], CALLS[c["kind"]], c["outcome"]) for c in truth["calls"]]
    seen = times(((line["src_ip"], k["code_name"], item["outcome"]), k.get("times", 1)) for line, k, item in
                 acts(eve, "jrmp") if k.get("code_name") in CALLS.values())
    same(f"{name}: calls by method and outcome", wanted, seen)
    same(f"{name}: names that load code", truth["names"],
         [item["object"] for line, k, item in acts(eve, "jrmp") if k.get("code_name") == "name-loader"])
    bare = [k for line, k, item in acts(eve, "jrmp") if item.get("note") == "no-credentials"]
    row(len(bare) == truth["bare-logins"], f"{name}: logins without credentials", bare)


def check(folder, place):
    truth, name = json.loads((folder / "truth.json").read_text()), folder.name
    database, pcap = f"{place}/{name}.db", str(folder / "capture.pcap")
    text = run("read", "--lang", "en", "--db", database, "--eve", "-", "--observations", "all", pcap)
    eve = events(text)
    check_haas(name, truth, eve)
    if name.startswith("mtconnect"):
        check_mtconnect(name, truth, eve)
    if name.startswith("jrmp"):
        check_jrmp(name, truth, eve)
    bad = [k for line in eve for k in [line.get("koban", {})] if k.get("verb") == "malformed"]
    row(not bad, f"{name}: nothing is malformed", bad)
    mill = {a.get("ip"): a for a in listing("ledger", database)}.get(MILL, {})
    row(mill.get("vendor") == "Haas Automation" and mill.get("serial") == "1234567" and
        mill.get("model", "").startswith("VF-2"), f"{name}: maker, model and serial number in the ledger", [mill])
    everything = text + run("observations", "--db", database, "--format", "json")
    row("secret" not in truth or truth["secret"] not in everything, f"{name}: no secret is kept")
    news = events(run("read", "--lang", "en", "--eve", "-", pcap))
    row(sorted(haas_writes(news)) == sorted(haas_writes(eve)) and len(news) < len(eve),
        f"{name}: the same writes with news, in fewer lines", [len(news), len(eve)])
    if truth["writes"]:
        meant = {o["object"]: o["meaning"] for o in listing("observations", database)}
        bad = [w["object"] for w in truth["writes"] if not meant.get("macro " + w["object"])]
        row(not bad, f"{name}: every variable written has its meaning", bad)


synthetic("haas_shop", check, "C1 C6 C7 C8 C9 C10 C11 C12 C14 C16 C19 C20".split())
