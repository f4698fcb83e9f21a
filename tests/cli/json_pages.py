#!/usr/bin/env python3
"""docs/json.md names every member that the listings print, docs/eve.md every event type; moments are UTC; states do not
depend on the language. TAP."""
import json
import os
import re
import subprocess
import tempfile

from tap import KOBAN, ROOT, finish, row

TIMES = {"first", "last", "since", "written", "read", "until"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000")
# What follows --lang, or names a device by its role.
PEOPLE = {"words", "verified", "why", "remarks", "meaning", "device", "client", "server", "actor", "writer", "reader", "title",
          "sentence", "do", "else", "name"}
LISTINGS = {"koban ledger": ["ledger"], "koban ledger --diff": ["ledger", "--diff"], "koban alerts": ["alerts"],
            "koban flows": ["flows"], "koban observations": ["observations"], "koban programs": ["programs"],
            "koban except --list": ["except", "--list"]}
ALONE = {"koban rules list, rules fields": [["rules", "list"], ["rules", "fields"]],
         "koban protocols": [["protocols"], ["protocols", "modbus"]]}


def run(*arguments):
    return subprocess.run([KOBAN, *arguments], capture_output=True, check=True).stdout


def members(value, found):
    """Every key at every depth; those of maps from names to numbers are the names themselves, and are left out."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        for key, below in item.items():
            found.setdefault(key, []).append(below)
            if key not in ("protocols", "classes", "roles", "limits") or not isinstance(below, dict):
                members(below, found)
            else:
                for inner in below.values():
                    members(inner, found)
    return found


def strip(value):
    if isinstance(value, list):
        return [strip(v) for v in value]
    if isinstance(value, dict):
        return {k: strip(v) for k, v in value.items() if k not in PEOPLE or isinstance(v, dict)}
    return value


def page():
    text = (ROOT / "docs/json.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (.*)$", text, flags=re.M)
    return {title: set(re.findall(r"`([a-z0-9_-]+)`", body)) for title, body in zip(parts[1::2], parts[2::2])}


def judge(title, outputs, documented):
    found, english = {}, [json.loads(o["en"]) for o in outputs]
    for value in english:
        members(value, found)
    row(set(found) <= documented, f"{title}: every member is on the page", set(found) - documented)
    odd = [v for key in TIMES & set(found) for v in found[key] if isinstance(v, str) and v and not MOMENT.fullmatch(v)]
    row(not odd, f"{title}: moments are UTC", odd)
    japanese = [json.loads(o["ja"]) for o in outputs]
    row(len(found) > 3 and strip(english) == strip(japanese), f"{title}: programs read the same in both languages",
        [pair for pair in zip(strip(english), strip(japanese)) if pair[0] != pair[1]])


def page_of_eve():
    """docs/eve.md names every protocol as an event type: Suricata's are those whose object the line has outside koban's."""
    rows = re.findall(r"^\| (`.*`) \| (.*) \|$", (ROOT / "docs/eve.md").read_text(encoding="utf-8").split("The `koban` object")[0], re.M)
    named = {word: text for cells, text in rows for word in cells.replace("`", "").split()}
    known = re.findall(r"^PROTO\((\w+)\)", (ROOT / "src/proto/protocols.def").read_text(), re.M)
    row(set(known) <= set(named), "every protocol is an event type on the page", set(known) - set(named))
    theirs = set()
    for capture in sorted((ROOT / "tests/captures").glob("*/capture.pcap")):
        for line in run("read", capture, "--eve", "-", "--eve-strict").splitlines():
            theirs.add(json.loads(line)["event_type"])
    wrong = [t for t in theirs if "koban's own" in named.get(t, "koban's own")]
    row(len(theirs) > 5 and not wrong, "what --eve-strict prints is on the page as Suricata's", wrong)


def main():
    pages = page()
    both = ("en", "ja")
    with tempfile.TemporaryDirectory() as folder:
        site = os.path.join(folder, "site.db")
        captures = sorted((ROOT / "tests/captures").glob("*/capture.pcap"))
        run("read", "--learn", ROOT / "tests/captures/modbus-day/capture.pcap", "--db", site)
        summary = run("read", *captures, "--db", site, "--summary", "json")
        run("except", "1", "--db", site, "--reason", "known", "--by", "test", "--until", "2030-12-31")
        for title, command in LISTINGS.items():
            judge(title, [{lang: run(*command, "--db", site, "--format", "json", "--lang", lang) for lang in both}], pages[title])
        for title, commands in ALONE.items():
            judge(title, [{lang: run(*command, "--format", "json", "--lang", lang) for lang in both} for command in commands],
                  pages[title])
        judge("koban read --summary json", [{lang: summary for lang in both}], pages["koban read --summary json"])
    page_of_eve()
    finish()


if __name__ == "__main__":
    main()
