#!/usr/bin/env python3
"""Every recording of the lab against what its peers say they did (truth.json): each write with its device, address, value
and outcome; each action; each file by its digest; names, announcements, identities; and no secret anywhere. TAP."""
import collections
import json
import tempfile

from tap import ROOT, attempt, differences, events, finish, listing, row, run
from truth_clients import check_clients

CAPTURES = ROOT / "tests/captures"
BOTH_ENDS = {"modbus-day": ["eng-pc1-client.pcap", "plc-press3-server.pcap"],
             "fins-day": ["eng-pc1-client.pcap", "plc-weld4-server.pcap"],
             "vnc-day": ["eng-pc1-client.pcap"], "rdp-day": ["eng-pc1-client.pcap"], "snmp-day": ["eng-pc1-client.pcap"],
             "ssh-day": ["eng-pc1-client.pcap"], "dhcp-day": ["cam-gate2-client.pcap"],
             "dhcp-stranger": ["cam-gate2-client.pcap"], "tftp-day": ["hmi1-client.pcap"]}


# ---- what was written ----

def items(value):
    """The values of one act as numbers."""
    if "items" in value:
        return tuple(int(x) for x in value["items"])
    return (int(value["one"]),)


def eve_writes(eve):
    for line in eve:
        koban = line.get("koban", {})
        if line["event_type"] == "fileinfo" or koban.get("verb") != "write" or koban.get("proto") == "http":
            continue
        station = koban.get("station") if koban["proto"] == "modbus" else None
        for item in [koban] + koban.get("more", []):
            if "value" not in item:
                continue		# a copy inside the device: an action
            yield (line["src_ip"], line["dest_ip"], station, item["space"], item["object"], items(item["value"]),
                   item["outcome"])


def truth_writes(truth):
    for w in truth["writes"]:
        if w["write"] == "modbus":
            yield (w["actor"], w["device"], w["station"], w["space"], str(w["address"]), tuple(w["values"]),
                   w["outcome"])
        elif w["write"] in ("fins", "slmp", "kv"):
            yield (w["actor"], w["device"], None, w["space"], w["address"], tuple(w["values"]), w["outcome"])
        else:
            yield (w["actor"], w["device"], None, "db-byte", f"DB{w['block']}.DBB{w['address']}",
                   tuple(bytes.fromhex(w["bytes"])), w.get("outcome", "done"))


BITS = ("coil", "cio-bit", "w-bit", "m", "y", "mr")
WORDS = ("holding", "d", "cio", "h", "a", "w", "r", "zr", "dm", "em")


def packed(write):
    """A value as the list of acts prints it: one number, or the bytes of several."""
    _, _, _, space, _, values, _ = write
    if space in BITS + WORDS and len(values) == 1:
        return str(values[0])
    if space in BITS:
        bits = sum(v << i for i, v in enumerate(values))
        return bits.to_bytes((len(values) + 7) // 8, "little").hex()
    return b"".join(v.to_bytes(2 if space in WORDS else 1, "big") for v in values).hex()


def listed_writes(database):
    """What the list of acts shows: how often, and the last value, of each place that was written to."""
    for act in listing("observations", database):
        if act["action"] == "write" and act["proto"] in ("modbus", "s7comm", "fins", "slmp", "kv") and act["value"]:
            yield (act["actor_ip"], act["device"].rstrip(")").rpartition(" (")[2], act["object"], act["value"],
                   act["count"], act["refused"])


def expected_listing(writes):
    places = {}
    for w in writes:
        device = w[1] if w[2] is None else f"{w[1]}/{w[2]}"
        name = w[4] if w[2] is None else f"{w[3]} {w[4]}"
        places.setdefault((w[0], device, name, len(w[5]) > 1), []).append(w)
    for (actor, device, name, _), ws in places.items():
        yield (actor, device, name, packed(ws[-1]), len(ws), sum(w[6] == "refused" for w in ws))


def check_writes(name, truth, eve, database):
    wanted = list(truth_writes(truth))
    if not wanted:
        return
    bad = differences(wanted, eve_writes(eve))
    row(not bad, f"{name}: {len(wanted)} writes with device, address, value and outcome", bad)
    bad = differences(expected_listing(wanted), listed_writes(database))
    row(not bad, f"{name}: the same writes in the list of acts", bad)


# ---- what else was done ----

def check_actions(name, truth, eve):
    seen = collections.Counter((line.get("src_ip"), line.get("dest_ip"), line["koban"]["verb"], line["koban"]["outcome"])
                               for line in eve if "verb" in line.get("koban", {}))
    wanted = collections.Counter((a["actor"], a["device"], a["action"], a["outcome"]) for a in truth["actions"])
    bad = [f"{n} x {x}, seen {seen[x]}" for x, n in wanted.items() if seen[x] < n]
    if wanted:
        row(not bad, f"{name}: {wanted.total()} other actions with their outcome", bad)


def check_files(name, truth, eve):
    def key(f, verb, sender):
        return (f["size"], f["sha256"], verb, sender)

    def key_of(f):      # src_ip is the end that sends the file, as Suricata has it
        sends = f["file"].endswith("write") or f["file"] == "publish"
        return key(f, f["file"], f["actor"] if sends else f["device"])

    seen = collections.Counter(key(line["fileinfo"], line["koban"]["verb"].replace("file-", ""), line["src_ip"])
                               for line in eve if line["event_type"] == "fileinfo")
    wanted = collections.Counter(key_of(f) for f in truth["files"])
    names = {key_of(f): f["name"] for f in truth["files"]}
    bad = [f"{names[x]} {x}: {n} wanted, {seen[x]} seen" for x, n in wanted.items() if seen[x] < n]
    if wanted:
        row(not bad, f"{name}: {wanted.total()} files with size, SHA-256 and sender", bad)


def answers_of(line):
    for a in line.get("dns", {}).get("answers", []):
        if "srv" in a:
            yield "{priority} {weight} {port} {name}".format(**a["srv"])
        else:
            yield a.get("rdata", "")


def check_published(name, truth, eve):
    """Each value told to an MQTT broker: who told it, its topic, the value unless it is long, QoS."""
    def short(text):    # peers tell no more than 1,000 characters
        return text if text is None or len(text) <= 1000 else None

    wanted = [(f["actor"], f["device"], f["topic"], f["payload"], f["qos"]) for f in truth["facts"] if f["fact"] == "publish"]
    seen = [(line["src_ip"], line["dest_ip"], line["koban"]["object"], short(line["koban"].get("value", {}).get("text")),
             line["mqtt"]["publish"]["qos"]) for line in eve
            if line["event_type"] == "mqtt" and line["koban"].get("code_name") == "publish"]
    bad = differences(wanted, seen)
    if wanted:
        row(not bad, f"{name}: {len(wanted)} values published, with topic and value", bad)


def check_facts(name, truth, eve, text, database):
    ledger = {a.get("mac"): a for a in listing("ledger", database)
              if "station" not in a}
    by_ip = {a.get("ip"): a for a in ledger.values()}
    said = collections.defaultdict(set)
    for line in eve:
        for q in line.get("dns", {}).get("queries", []):
            said[line.get("src_ip"), q["rrname"], q["rrtype"]] |= set(answers_of(line))
    check_published(name, truth, eve)
    for f in truth["facts"]:
        if f["fact"] == "secret":
            row(f["value"] not in text, f"{name}: a secret is not kept")
        elif f["fact"] == "answer":
            # dig prints text in quotes, names with a dot behind, and MX with its number in front
            last = f["value"].split(" ")[-1].strip('".')
            seen = said.get((f["by"], f["name"], f["type"]))
            good = seen is not None and (any(s.split(" ")[-1] == last for s in seen) if last else not seen)
            row(good, f"{name}: answer {f['type']} {f['name']} = {f['value'] or 'nothing'}", [f"seen {seen}"])
        elif f["fact"] == "lldp":
            a = ledger.get(f["mac"], {})
            row(a.get("name") == f["name"] and a.get("ip") == f["ip"] and f["description"] in json.dumps(a),
                f"{name}: {f['name']} in the ledger with address and description", [json.dumps(a)[:300]])
        elif f["fact"] == "identity":
            a = by_ip.get(f["device"], {})
            bad = [k for k in ("model", "name", "serial") if f[k] not in a.values()]
            row(not bad, f"{name}: identity of {f['device']} in the ledger", [f"no {k} {f[k]}" for k in bad])
        elif f["fact"] == "model":
            a = by_ip.get(f["device"], {})
            row(a.get("model") == f["model"] and a.get("firmware") == f["firmware"],
                f"{name}: model and firmware of {f['device']} in the ledger", [json.dumps(a)[:300]])
        elif f["fact"] == "mdns":
            row(any(a.get("name") == f["name"] for a in ledger.values()), f"{name}: {f['name']} named itself")
        elif f["fact"] == "lease":
            a = ledger.get(f["mac"]) or by_ip.get(f.get("ip"), {})	# behind a relay its MAC is not seen
            row(a.get("name") == f["name"] or a and "ip" not in f, f"{name}: {f['name']}, which asked for an address, is in the ledger",
                [json.dumps(a)[:300]])


def seen_from(truth, capture):
    """What can be seen where it was recorded: at the switch all, at a machine's own port what it took part in."""
    if capture == "capture.pcap":
        return truth
    host = capture.rsplit("-", 1)[0]
    address, mac = next(line.split("\t")[1:3] for line in (ROOT / "lab/plant.tsv").read_text().splitlines()
                        if line.startswith(host + "\t"))
    ends = ("actor", "device", "mac")

    def seen(entry):
        return not any(end in entry for end in ends) or any(entry.get(end) in (address, mac) for end in ends)

    return {key: [e for e in value if seen(e)] if isinstance(value, list) else value for key, value in truth.items()}


def check(folder, capture, place):
    truth = seen_from(json.loads((folder / "truth.json").read_text()), capture)
    name = folder.name if capture == "capture.pcap" else f"{folder.name}/{capture}"
    database = f"{place}/{folder.name}-{capture}.db"
    text = run("read", "--lang", "en", "--db", database, "--eve", "-", "--observations", "all", str(folder / capture))
    eve = events(text)
    check_writes(name, truth, eve, database)
    check_actions(name, truth, eve)
    check_files(name, truth, eve)
    check_clients(name, truth, eve, database)
    check_facts(name, truth, eve, text + run("observations", "--db", database, "--format", "json"), database)


with tempfile.TemporaryDirectory() as place:
    for folder in sorted(p.parent for p in CAPTURES.glob("*/truth.json")):
        for capture in ["capture.pcap", *BOTH_ENDS.get(folder.name, [])]:
            attempt(f"{folder.name}/{capture}", check, folder, capture, place)
finish()
