#!/usr/bin/env python3
"""Each row of the attack table on machine tools, for each protocol it can come by: the attack raises the rule that names it and
nothing else that matters, the same work done properly raises nothing of level medium or more. Where a row needs to know what is
normal, the day before was learned. The recordings are those of lab/synthetic/, made anew, and those of tests/captures/.

docs/detections.md is what came out, and must be what is committed; KOBAN_BLESS=1 writes it anew. TAP."""
import json
import os
import pathlib
import re
import shutil
import tempfile

from tap import ROOT, attempt, finish, make, row, run

PAGE = ROOT / "docs/detections.md"
MATTERS = ("medium", "high", "critical")

ROW_NAMES = {
    "C1": "Code run through Java management", "C2": "Firmware and settings taken or replaced",
    "C3": "Code run through the print service", "C4": "Time service of old systems (NTP mode 7)",
    "C5": "Maker's code, guessed or known", "C6": "Single block switched off", "C7": "Feed hold switched off",
    "C8": "Tool life or load limit raised", "C9": "Tool geometry or wear changed", "C10": "Tool life or load limit lowered",
    "C11": "Machine stopped by variables of its program", "C12": "Alarms raised", "C13": "Ransomware",
    "C14": "Variables changed so that another part is made", "C15": "Program rewritten", "C16": "Production data taken",
    "C17": "Programs taken", "C18": "Screen copied", "C19": "No login, nothing encrypted", "C20": "All connections taken",
    "G2": "Values of a controller changed", "G3": "Controller stopped, its program changed",
    "G4": "Names and ways out given by somebody else", "G5": "Remote desktop used", "G6": "Computer entered from afar",
    "G7": "Switch or gateway taken over", "G13": "A machine put in between"}

# row(s), vendor and way, recording of the attack, rules that name it, further alarms of the same attack. A folder of
# tests/captures/ is a recording of real programs.
CASES = []


def real(recording):
    return (ROOT / "tests/captures" / recording / "capture.pcap").exists()


def case(rows, vendor, attack, names, also=(), normal=None, twin=None, settings=None, wrong_settings=None):
    """normal, twin: unless given, KIND-normal and KIND-ROW-benign beside KIND-ROW-attack; a weakness has no twin. settings: what
    the settings file says when the twin is read; wrong_settings: when the attack is."""
    if not real(attack):
        normal = normal or attack.split("-")[0] + "-normal"
        twin = twin or (None if rows == "C19" else attack.rsplit("-", 1)[0] + "-benign")
    CASES.append((rows.split(), vendor, attack, names.split(), set(also), normal, twin, settings, wrong_settings))


FRIDAY_MORNING = 'windows: [{days: [fri], from: "05:00", to: "06:00"}]'		# when the recordings were made, in Japan
LIMITS = 'limits_of_objects: [{device: 10.20.0.20, protocol: focas, object: "macro 10*", range: [-0.3, 0.3]}]'
LISTED = 'allow: [{actor: 10.20.0.0/28, device: 10.20.0.20, protocol: focas, word: [write, program-write]}]'
MONDAYS = 'windows: [{days: [mon], from: "08:00", to: "18:00"}]'

FOREIGN = set()		# rules whose alerts are not Japanese where they should be
ACT_RULES = set()	# rules about one act
TWICE = set()		# acts that first-change tells as well as the rule that names them
RAISED = set()		# every rule some attack raised
STRANGER_WRITES = {"first-change"}
case("C1", "Haas, Java RMI", "jrmp-c1-attack", "jmx-code jmx-on-machine machine-fetches")
case("C1", "any, Java RMI", "jmx-stranger", "jmx-code", STRANGER_WRITES)
case("C2", "Windows control, SMB", "smb-c2-attack", "archive-to-machine archive-from-machine executable-to-machine",
     {"machine-file-read", "machine-file-stranger"}, settings=FRIDAY_MORNING)
case("C3", "Okuma and other Windows controls, SMB", "smb-c3-attack", "print-into-file windows-pipe-machine",
     {"executable-to-machine"})
case("C4", "Heidenhain and other old Linux, NTP", "ntp-c4-attack", "ntp-private ntp-error-loop")
case("C5", "Heidenhain, LSV2", "lsv2-c5-attack", "lsv2-default-code lsv2-privileged-login lsv2-code-guessing")
case("C5", "any, FTP", "ftp-c5-attack", "password-guessed login-guessing", twin="ftp-c15-c17-benign")
case("C6 C7", "Fanuc, FOCAS", "focas-c6-c7-attack", "cnc-guard-variable")
case("C6 C7", "Haas, E commands", "haas-c6-c7-attack", "cnc-guard-variable")
case("C6 C7", "Heidenhain, LSV2", "lsv2-c6-c7-attack", "cnc-remote-keys cnc-parameter-written")
case("C8 C10", "Fanuc, FOCAS", "focas-c8-c10-attack", "tool-life-cleared cnc-suspected-write",
     {"tool-data-stranger"})
case("C8 C10", "Haas, E commands", "haas-c8-c10-attack", "tool-limit-raised tool-limit-lowered tool-data-stranger")
case("C8", "Heidenhain, LSV2 tool table", "lsv2-c8-attack", "tool-limit-raised tool-data-stranger",
     twin="lsv2-c8-c9-c10-benign")
case("C8", "Haas, E commands, from the cell controller itself", "haas-c8-hijacked",
     "tool-limit-raised tool-data-stranger", twin="haas-c8-c10-benign")
case("C9", "Fanuc, FOCAS, beyond the plant's own limits", "focas-c9-hijacked", "value-outside-limits",
     {"tool-data-step"}, settings=LIMITS, wrong_settings=LIMITS)
case("C9", "Fanuc, FOCAS", "focas-c9-attack", "tool-data-step tool-data-stranger")
case("C9", "Fanuc, FOCAS, from the presetter itself", "focas-c9-hijacked", "tool-data-step")
case("C9", "Haas, E commands", "haas-c9-attack", "tool-data-step tool-data-stranger", STRANGER_WRITES)
case("C9", "Haas, E commands, from the presetter itself", "haas-c9-hijacked", "tool-data-step")
case("C9", "Heidenhain, LSV2 tool table", "lsv2-c9-attack", "tool-data-step tool-data-stranger",
     twin="lsv2-c8-c9-c10-benign")
case("C10", "Heidenhain, LSV2 tool table", "lsv2-c10-attack", "tool-limit-lowered tool-data-stranger",
     twin="lsv2-c8-c9-c10-benign")
case("C11 C14", "Fanuc, FOCAS", "focas-c11-c14-attack", "nc-variable-stranger value-outside-learned")
case("C11 C14", "Haas, E commands", "haas-c11-c14-attack", "nc-variable-stranger value-outside-learned")
case("C11 C14", "Haas, E commands, from the cell controller itself", "haas-c11-c14-hijacked", "value-outside-learned")
case("C11 C14", "Heidenhain, LSV2 PLC memory", "lsv2-c11-c14-attack", "lsv2-plc-memory")
case("C12", "Fanuc, FOCAS", "focas-c12-attack", "cnc-alarm-variable")
case("C12", "Haas, E commands", "haas-c12-attack", "cnc-alarm-variable")
case("C13", "Windows control, SMB and services", "smb-c13-attack",
     "executable-to-machine windows-service-machine windows-pipe-machine", {"machine-file-stranger"})
case("C13", "server with programs, SMB", "smb-ransom", "file-burst")
case("C14", "any, MTConnect", "mtconnect-c14-c19-attack", "mtconnect-written shdr-new-pair", STRANGER_WRITES | {"tool-data-stranger"})
case("C15", "Fanuc, FOCAS", "focas-c15-attack", "running-program cnc-run-stranger first-change")
case("C15", "Heidenhain, LSV2", "lsv2-c15-attack", "running-program first-change")
case("C15", "Fanuc, FOCAS, by the usual writer at the wrong time", "focas-c15-benign", "program-outside-window",
     settings=FRIDAY_MORNING, wrong_settings=MONDAYS)
case("C15", "Fanuc, FOCAS, not on the plant's own list", "focas-c15-benign", "change-not-allowed", settings=LISTED,
     wrong_settings=LISTED.replace(", program-write", ""))
case("C15", "Haas, Okuma: share, SMB", "smb-c15-attack", "program-changed machine-file-stranger")
case("C15", "Fanuc, Haas: data server, FTP", "ftp-c15-attack", "program-changed machine-file-stranger",
     twin="ftp-c15-c17-benign")
case("C17", "Fanuc, Haas: data server, FTP", "ftp-c17-attack", "machine-file-read", twin="ftp-c15-c17-benign")
case("C16", "Fanuc, FOCAS", "focas-c16-attack", "enumeration new-reader")
case("C16", "Haas, Q commands", "haas-c16-c19-attack", "enumeration new-reader")
case("C16", "any, MTConnect", "mtconnect-c16-attack", "new-reader")
case("C16 C17", "Heidenhain, LSV2", "lsv2-c16-c17-attack", "nc-programs-copied new-reader", STRANGER_WRITES)
case("C17", "Fanuc, FOCAS", "focas-c17-attack", "nc-programs-copied first-change")
case("C17", "Haas, Okuma: share, SMB", "smb-c17-attack", "program-harvest machine-file-read")
case("C18", "Heidenhain, LSV2", "lsv2-c18-attack", "screen-copied", {"machine-file-read"})
case("C18", "Windows control, VNC", "rfb-c18-attack", "screen-session-stranger")
case("C19", "Fanuc, FOCAS", "focas-c16-benign", "cnc-without-login")
case("C19", "Haas, Q commands", "haas-c16-c19-benign", "cnc-without-login")
case("C19", "any, MTConnect", "mtconnect-c16-benign", "cnc-without-login")
case("C19", "Heidenhain, LSV2", "lsv2-c5-benign", "lsv2-without-password")
case("C19", "Windows control, SMB 1", "smb-day", "smb1-in-use", STRANGER_WRITES)
case("C19", "Windows control, VNC", "rfb-c18-benign", "screen-without-password")
case("C19", "any, MQTT", "mqtt-day", "mqtt-password-in-clear")
case("C20", "Haas, Q commands", "haas-c20-attack", "connections-used-up")

# Controllers next to the machine tools, and real programs in each recording: rows G2 and G3 (values and programs of controllers).
for maker, name in (("Mitsubishi, SLMP", "slmp"), ("Mitsubishi, 1E frames of the A series", "slmp-1e"),
                    ("OMRON, FINS", "fins"), ("Keyence, host link", "kv"), ("any, Modbus", "modbus")):
    case("G2 G3" if name != "modbus" else "G2", maker, f"{name}-stranger", "first-change", (), f"{name}-day", f"{name}-day")
case("G3", "Siemens, S7", "s7-stop", "stop-then-program", STRANGER_WRITES, "s7-day", "s7-day")

# Ways in from afar, real programs in each recording: rows G4 to G7 and G13.
case("G5", "any, VNC", "vnc-stranger", "password-guessed login-guessing screen-session-stranger screen-without-password", (),
     "vnc-day", "vnc-day")
case("G5", "any, RDP", "rdp-stranger", "login-tries-hidden desktop-session-stranger", (), "rdp-day", "rdp-day")
case("G5", "any, RDP without TLS", "rdp-day", "rdp-without-tls rdp-password-in-clear")
case("G6", "any, SSH", "ssh-stranger", "login-tries-hidden shell-session-stranger", (), "ssh-day", "ssh-day")
case("G7", "any, SNMP", "snmp-stranger", "snmp-set-stranger snmp-word-guessing snmp-default-word", {"login-guessing"}, "snmp-day",
     "snmp-day")
case("G7", "any, TFTP", "tftp-stranger", "tftp-brought tftp-taken tftp-search", {"program-changed"}, "tftp-day", "tftp-day")
case("G4 G13", "any, DHCP", "dhcp-stranger", "dhcp-two-servers", (), "dhcp-day", "dhcp-day")
case("G13", "any, ARP", "arp-g13-attack", "arp-between")
case("G4", "any, DNS", "names-g4-attack", "dns-zone-transfer")
case("C13", "Windows, accounts over SMB", "accounts-c13-attack", "accounts-enumerated")

# Where memory beyond rules helps (content/detectors/): the detectors that are there and answer the row stand in the table.
REMEMBER = {
    "C5": "guessing of codes", "C9": "steps beyond what the plant learned",
    "C13": "bursts of files overwritten, renamed and encrypted", "C15": "rewriting the program that is running",
    "C16": "one after the other asked by a new reader", "C17": "one after the other asked by a new reader",
    "C20": "all connections taken"}

UNSEEN = [		# what, rows, the findings that remain, in words
    ("What is typed at the machine, comes by USB, or runs inside the control (Okuma's THINC programs)",
     "C2 C6 C7 C8 C9 C10 C15", "smb1-in-use screen-without-password", "the ways in that are open besides"),
    ("Variables, offsets and alarms set by the NC program that runs", "C6 C7 C9 C11 C12 C14", "program-changed",
     "the program came over the wire once, with its hash and who sent it: `koban programs`"),
    ("Values that are right for one part and wrong for the order of the day", "C14", "cnc-without-login",
     "what one writes is held against what was learned, not against the order"),
    ("A small correction where a small correction is usual, from the computer that always makes them", "C8 C9 C10 C14",
     "cnc-without-login lsv2-without-password", "limits of the plant's own: `limits_of_objects`"),
    ("A reader that asks no more than it always asked, from its own address", "C16 C17",
     "cnc-without-login lsv2-without-password", "the machine would answer anybody else as well"),
    ("What is inside encrypted connections (SMB 3 with encryption, SSH, TLS, RDP)", "C1 C2 C3 C13 C15 C17 C18", "",
     "who spoke to whom, since when and how much: `koban flows`"),
    ("Acts of Fanuc and Heidenhain controls whose messages are not publicly known (limits of tool life over FOCAS, alarms and Q "
     "parameters over LSV2, screens over FOCAS)", "C8 C10 C11 C12 C14 C18", "cnc-without-login lsv2-without-password",
     "those of FOCAS that bring data raise `cnc-suspected-write`; all are listed as unknown functions: `koban observations`"),
    ("What a machine behind another switch is told", "all", "", "it is missing in the ledger: `koban ledger`"),
]


def acts_of(a):
    """What was done, by the frames that show it."""
    return {(a["actor"].get("ip"), a["device"].get("ip"), a["action"], frame) for frame in a["frames"]}


def alerts(place, recording, normal, settings):
    """(rule, level, kind) of each alert that a recording raises, after normal was learned."""
    database = f"{place}/{recording}.db"
    pathlib.Path(database).unlink(missing_ok=True)
    if normal:
        learned = pathlib.Path(place, f"{normal}.learned")
        if not learned.exists():
            run("read", "--learn", "--db", str(learned), capture_of(place, normal))
        shutil.copy(learned, database)
    words = ["read", "--db", database]
    if settings:
        path = pathlib.Path(place, "settings.yml")
        path.write_text(settings + "\n")
        words += ["--config", str(path)]
    run(*words, capture_of(place, recording))
    listed = json.loads(run("alerts", "--db", database, "--format", "json", "--lang", "ja"))
    named = {act for a in listed if a["rule"] in ACT_RULES and a["level"] in MATTERS for act in acts_of(a)}
    TWICE.update((recording, *act) for a in listed if a["rule"] == "first-change" for act in acts_of(a) & named)
    FOREIGN.update(a["rule"] for a in listed if not all(any(c > "\u3040" for c in a[k]) for k in ("title", "sentence", "why", "do")))
    return [(a["rule"], a["level"], a["kind"]) for a in listed]


def capture_of(place, recording):
    folder = ROOT / "tests/captures" if real(recording) else pathlib.Path(place, "made")
    return str(folder / recording / "capture.pcap")


def seeds():
    """Rows that each rule answers, and the ids of those with a memory of their own (content/detectors/)."""
    rules = json.loads(run("rules", "list", "--format", "json"))
    rows = {r["rule"]: set((r.get("seed") or "").split(",")) for r in rules}
    return rows, {r["rule"]: rows[r["rule"]] for r in rules if (r.get("file") or "").startswith("detectors/")}


def unlearned(place, attack, names, settings):
    """Which of them an attack raises in a plant where nothing was learned yet."""
    fired = {r for r, _, _ in alerts(place, attack, None, settings)}
    there = [n for n in names if n in fired]
    if there == names:
        return "the same"
    return ", ".join(f"`{n}`" for n in there + (["first-change"] if "first-change" in fired - set(there) else [])) or "nothing"


def check(place, answers, remembering):
    lines = []
    for one in CASES:
        lines.append(attempt(f"{one[0]} {one[1]}", check_case, place, answers, remembering, *one))
    return [line for line in lines if line]


def check_case(place, answers, remembering, rows, vendor, attack, names, also, normal, twin, settings, wrong_settings):
    seen = alerts(place, attack, normal, wrong_settings)
    fired = {r for r, _, _ in seen}
    RAISED.update(fired)
    helped = sorted(r for r in fired - set(names) if r in remembering and remembering[r] & set(rows))
    loud = {r for r, level, kind in seen if level in MATTERS and kind == "alarm"}
    extra = loud - set(names) - also - set(helped)
    missing = set(names) - fired
    label = f"{' '.join(rows)} {vendor}: {attack}"
    if names:
        row(not missing, f"{label} raises {', '.join(names)}", [f"not raised: {sorted(missing)}", f"raised: {seen}"])
    strange = [n for n in names if n != "first-change" and not answers.get(n, set()) & set(rows)]
    row(not strange, f"{label}: its rules name the row as theirs", strange)
    row(not extra, f"{label} raises nothing that does not belong to it", [f"too many: {sorted(extra)}"])
    row((also & loud) == also, f"{label} raises what else is known of it", [f"not raised: {sorted(also - loud)}"])
    quiet = "a weakness: has none" if rows == ["C19"] else "-"
    if twin:
        noise = [a for a in alerts(place, twin, normal, settings) if a[1] in MATTERS]
        row(not noise, f"{' '.join(rows)} {vendor}: {twin} stays quiet", noise)
        quiet = "no" if noise else "yes"
    bare = "the same" if names or helped else "nothing"
    if normal:
        bare = unlearned(place, attack, names + helped, wrong_settings)
    return (rows, vendor, names, helped, attack, "real programs" if real(attack) else "synthetic",
            bool(names or helped) and not missing, quiet, bare)


def order(rows):
    return rows[0][0], int(rows[0][1:])


def page(lines, remembering, idle):
    out = ["# What is detected", "",
           "Made by `tests/cli/detections.py` (`KOBAN_BLESS=1` writes it anew); it fails when this page is not what comes out. Rows",
           "are attacks on machine tools as published research did them; the vendor says over which language a row was tried, not",
           "whose machines are open to it. Each recording is read after the day before was learned (`--learn`), where there is one.",
           "*Twin* is the same work done properly, which may raise nothing of level medium or more. Where no rule of its own names an",
           "act, `first-change` says that somebody new did it. *Without learning*: what fires where nothing was learned yet.",
           "Rules: [rules.md](rules.md); `koban rules explain ID`.", "",
           "| Row | Attack | Vendor and way | Rule or detector | Without learning | Recording | Verified on | Fires | Twin quiet |",
           "|---|---|---|---|---|---|---|---|---|"]
    for rows, vendor, names, helped, recording, made, fires, quiet, bare in sorted(lines, key=lambda x: order(x[0])):
        what = "; ".join(ROW_NAMES[r] for r in rows)
        rules = ", ".join(f"`{n}`" for n in names + helped) or "none"
        cells = (" ".join(rows), what, vendor, rules, bare, recording, made, "yes" if fires else "no", quiet)
        out.append("| " + " | ".join(cells) + " |")
    out += ["", "## Detectors with a memory", "",
            "Rows for which one act says little and many together much (`content/detectors/`).", "",
            "| Row | What has to be remembered | Detector |", "|---|---|---|"]
    for r, what in REMEMBER.items():
        there = ", ".join(f"`{d}`" for d, rows in remembering.items() if r in rows)
        out.append(f"| {r} | {what} | {there or 'none: only the rules above'} |")
    out += ["", "## Rules for these rows that no recording here raises", "",
            "Nothing in the recordings above is like what they look for.", "", ", ".join(f"`{r}`" for r in idle) + "."]
    out += ["", "## What one tap cannot see", "", "And the finding that remains.", "",
            "| Not seen | Rows | Finding | What remains |", "|---|---|---|---|"]
    for what, rows, findings, remains in UNSEEN:
        out.append(f"| {what} | {rows} | {', '.join(f'`{f}`' for f in findings.split()) or '-'} | {remains} |")
    return "\n".join(out) + "\n"


def main():
    with tempfile.TemporaryDirectory() as place:
        for generator in ("cnc", "haas_shop", "network", "office"):
            make(generator, f"{place}/made")
        answers, remembering = seeds()
        texts = [doc for f in sorted((ROOT / "content/rules").glob("*.yml")) for doc in f.read_text().split("\n---\n")]
        ACT_RULES.update(re.search(r"^id: (\S+)", t, re.M)[1] for t in texts if "\ncorrelation:" not in t)
        lines = check(place, answers, remembering)
        tried = {r for rows, *_ in lines for r in rows}
        row(tried == set(ROW_NAMES), "every row of the table is tried", sorted(set(ROW_NAMES) - tried))
        row(not FOREIGN, "every alert says in Japanese what happened, why it matters and what to do", sorted(FOREIGN))
        row(not TWICE, "what a rule names, first-change does not tell again", sorted(TWICE, key=str))
        gone = [f for _, _, findings, _ in UNSEEN for f in findings.split() if f not in answers]
        row(not gone, "the findings that remain are rules", gone)
        text = page(lines, remembering, sorted(r for r, rows in answers.items() if r not in RAISED and any(
            x in ROW_NAMES and x[0] == "C" for x in rows)))
        if os.environ.get("KOBAN_BLESS"):
            PAGE.write_text(text)
        was = PAGE.read_text() if PAGE.exists() else ""
        row(was == text, "docs/detections.md says what came out (KOBAN_BLESS=1 writes it anew)",
            [f"now: {line}" for line in text.splitlines() if line not in was.splitlines()])
    finish()


main()
