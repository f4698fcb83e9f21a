"""What truth.py compares of screens, remote logins, devices that are looked after, and addresses: what each client says it
did, and the acts koban made of it."""
import collections

from tap import differences, listing, row


def acts_of(eve, proto, *codes):
    """Acts of a protocol between two machines."""
    for line in eve:
        koban = line.get("koban", {})
        if line["event_type"] != "flow" and koban.get("proto") == proto and koban.get("code_name") in codes:
            yield (line["src_ip"], line["dest_ip"]), koban, line.get(proto, {})


def screens(eve):
    """Each session at a screen, with the keys and clicks of all sessions of the two."""
    worked = collections.Counter()
    for ends, koban, _ in acts_of(eve, "rfb", "input"):
        worked[ends, "keys"] += koban["rfb"]["keys"]
        worked[ends, "clicks"] += koban["rfb"]["clicks"]
    for ends, koban, rfb in acts_of(eve, "rfb", "login"):
        if koban["outcome"] == "done":
            yield (*ends, rfb["framebuffer"]["name"], worked[ends, "keys"], worked[ends, "clicks"])


def opaque(eve):
    for line in eve:
        koban = line.get("koban", {})
        if "opaque" in koban.get("flags", []) and koban.get("code_name") == "login":
            yield line["src_ip"], line["dest_ip"], koban["proto"]


def ssh_sessions(eve):
    keys = {ends: koban["ssh"]["key_sha256"] for ends, koban, _ in acts_of(eve, "ssh", "host-key")}
    for ends, koban, ssh in acts_of(eve, "ssh", "open"):
        yield (*ends, ssh["server"]["software_version"], ssh["client"]["software_version"], keys[ends],
               koban["ssh"]["kex"], koban["ssh"]["cipher"])


def rdp_sessions(eve):
    """Through TLS the user's name stands in front of it; without, the client names itself as well."""
    named = {ends: koban["object"] for ends, koban, _ in acts_of(eve, "rdp", "connect")}
    for ends, koban, _ in acts_of(eve, "cotp", "connect"):
        yield (*ends, koban["cotp"]["cookie"], named.get(ends))


def rdp_logins(eve):
    for ends, koban, _ in acts_of(eve, "rdp", "login"):
        yield (*ends, koban["object"])


def snmp_gets(eve):
    for ends, koban, _ in acts_of(eve, "snmp", "get"):
        if "value" in koban:
            yield (*ends, koban["object"], koban["value"].get("text"))


def snmp_sets(eve):
    for ends, koban, _ in acts_of(eve, "snmp", "set"):
        value = koban["value"]
        yield (*ends, koban["object"], value.get("text", str(value.get("one"))), koban["outcome"])


def snmp_unanswered(eve):
    for ends, koban, _ in acts_of(eve, "snmp", "get"):
        if koban["outcome"] == "unanswered":
            yield ends


def snmp_users(eve):
    """Each user of version 3 once, and whether what he asks is encrypted."""
    return {(*ends, snmp["usm"], koban["snmp"].get("encrypted", False)) for ends, koban, snmp in
            acts_of(eve, "snmp", "get", "encrypted") if "usm" in snmp and koban["outcome"] == "done"}


def snmp_traps(eve):
    for ends, koban, _ in acts_of(eve, "snmp", "trap", "inform"):
        yield (*ends, koban["object"])


def leases(eve):
    """Every grant of an address: to whom, which, by whom, with which way out, for how long. One that comes too late is not taken."""
    for _, koban, dhcp in acts_of(eve, "dhcp", "ack"):
        yield (dhcp["client_mac"], dhcp["assigned_ip"], koban["dhcp"]["server_id"], dhcp["routers"][0], dhcp["lease_time"])


def releases(eve):
    for _, _, dhcp in acts_of(eve, "dhcp", "release"):
        yield dhcp["client_mac"], dhcp["client_ip"]


# kind of fact: what it is called here; its members; what koban says; are all that koban says wanted?
CLIENT_FACTS = {
    "screen": ("screens, what they are called, keys and clicks", ("actor", "device", "name", "keys", "clicks"), screens, True),
    "opaque": ("sessions behind encryption", ("actor", "device", "protocol"), opaque, True),
    "ssh": ("SSH sessions with programs, key and methods", ("actor", "device", "server", "client", "key", "kex", "cipher"),
            ssh_sessions, True),
    "rdp": ("RDP sessions with user and client", ("actor", "device", "user", "client"), rdp_sessions, True),
    "rdp-login": ("logins over RDP without encryption", ("actor", "device", "user"), rdp_logins, True),
    "snmp-get": ("objects read", ("actor", "device", "object", "value"), snmp_gets, False),
    "snmp-set": ("objects set, with value and outcome", ("actor", "device", "object", "value", "outcome"), snmp_sets, True),
    "snmp-user": ("users of SNMP version 3", ("actor", "device", "user", "encrypted"), snmp_users, True),
    "snmp-unanswered": ("questions nobody answered", ("actor", "device"), snmp_unanswered, True),
    "snmp-trap": ("reports of a device", ("actor", "device", "kind"), snmp_traps, True),
    "lease": ("addresses granted", ("mac", "ip", "server", "router", "seconds"), leases, False),
    "release": ("addresses given back", ("mac", "ip"), releases, True)}


def in_ledger(fact):
    """What of it the ledger must know afterwards: of whom, what, its value."""
    kind = fact["fact"]
    if kind == "screen":
        yield fact["device"], "name", fact["name"]
    elif kind == "ssh" and "Debian" in fact["server"]:
        yield fact["device"], "os", "Debian"
    elif kind == "rdp" and fact["client"]:
        yield fact["actor"], "name", fact["client"]
    elif kind == "snmp-get" and fact["object"] in ("sysName.0", "sysLocation.0"):
        yield fact["device"], {"sysName.0": "name", "sysLocation.0": "place"}[fact["object"]], fact["value"]


def check_walks(name, truth, eve):
    """A walk ends when an object of another branch comes: the wire shows no less than the client kept."""
    came, kept = collections.Counter(), collections.Counter()
    for ends, koban, _ in acts_of(eve, "snmp", "get-next", "get-bulk"):
        came[ends] += koban.get("count", 1)
    for f in truth["facts"]:
        if f["fact"] == "snmp-walk":
            kept[f["actor"], f["device"]] += f["objects"]
    bad = [f"{ends}: {n} kept, {came[ends]} came" for ends, n in kept.items() if not n <= came[ends] <= n + 20]
    if kept:
        row(not bad, f"{name}: {kept.total()} objects of walks", bad)


def check_clients(name, truth, eve, database):
    check_walks(name, truth, eve)
    for kind, (words, members, seen, all_of_them) in CLIENT_FACTS.items():
        wanted = [tuple(f[m] for m in members) for f in truth["facts"] if f["fact"] == kind and set(members) <= set(f)]
        if not wanted:
            continue
        bad = differences(wanted, seen(eve))
        row(not [b for b in bad if all_of_them or b.startswith("missing")], f"{name}: {len(wanted)} {words}", bad)
    known = {(a.get("ip"), key, value) for a in listing("ledger", database) for key, value in a.items() if isinstance(value, str)}
    wanted = {entry for f in truth["facts"] for entry in in_ledger(f)}
    if wanted:
        row(wanted <= known, f"{name}: the ledger knows {len(wanted)} things that were told", sorted(wanted - known))
