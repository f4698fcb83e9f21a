#!/usr/bin/env python3
"""Normal work stays quiet: the captures of normal.tsv raise no alert of medium or more but those it explains as true.

Each is read twice into databases of their own: as the first thing koban ever sees of the site, and after the same work was
learned; then nothing that lives by comparing with what was learned may speak.

TAP on standard output. Skipped when KOBAN_CORPUS is not set. KOBAN names the program (default build/debug/koban).
usage: normal.py [--verbose]    also what was raised and is true
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KOBAN = os.environ.get("KOBAN", str(ROOT / "build/debug/koban"))
CORPUS = os.environ.get("KOBAN_CORPUS")
TABLE = pathlib.Path(__file__).with_name("normal.tsv")
LOUD = ("medium", "high", "critical")
LEARNING = ("first-change",)	# rules that must be silent about what was learned, true or not


def table():
    """[(path, what it shows, {(rule, word): reason})] in the order of the file."""
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        path, said, *reason = line.split("\t")
        if path:
            found.append((path, said, {}))
        else:
            found[-1][2][tuple(said.split())] = reason[0]
    return found


def run(*arguments):
    """What the program prints; a damaged capture (3) is read as far as it goes."""
    done = subprocess.run([KOBAN, *arguments], capture_output=True, timeout=600)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()[:300]}")
    return done.stdout


def loud(path, folder, learned):
    """The alerts of medium or more, as (rule, word, title)."""
    db = pathlib.Path(folder) / ("learned.db" if learned else "new.db")
    if learned:
        run("read", path, "--db", db, "--learn", "--lang", "en")
    run("read", path, "--db", db, "--lang", "en")
    alerts = json.loads(run("alerts", "--db", db, "--format", "json", "--lang", "en"))
    return [(a["rule"], a["action"], a["title"]) for a in alerts if a["level"] in LOUD]


def judge(entry):
    """(what is wrong, what is true), lines each."""
    name, _, true = entry
    wrong, right = [], []
    with tempfile.TemporaryDirectory() as folder:
        try:
            new = loud(pathlib.Path(CORPUS) / name, folder, False)
            learned = loud(pathlib.Path(CORPUS) / name, folder, True)
        except (RuntimeError, ValueError, subprocess.SubprocessError, OSError) as error:
            return [str(error)], []
    for rule, word, title in new + learned:
        reason = true.get((rule, word)) or true.get((rule, "*"))
        (right if reason else wrong).append(f"{rule} {word}: {title}" + (f" - {reason}" if reason else ""))
    wrong += [f"after learning: {r} {w}: {t}" for r, w, t in learned if r in LEARNING]
    raised = {(rule, key) for rule, word, _ in new for key in (word, "*")}
    wrong += [f"explained in the table, but not raised: {' '.join(key)}" for key in true if key not in raised]
    return wrong, right


def main():
    if not CORPUS:
        print("ok 1 - normal work # SKIP KOBAN_CORPUS is not set")
        return 0
    entries = table()
    bad = spoke = alerts = 0
    with ThreadPoolExecutor(2) as pool:
        for i, (entry, (wrong, right)) in enumerate(zip(entries, pool.map(judge, entries)), 1):
            print(f"{'not ok' if wrong else 'ok'} {i} - normal work: {entry[0]}", flush=True)
            for line in wrong + (right if "--verbose" in sys.argv else []):
                print(f"# {line}")
            bad += bool(wrong)
            spoke += bool(right)
            alerts += len(right)
    print(f"# {len(entries)} captures, {bad} with false alerts; {spoke} with true ones, {alerts} in all, learned and not")
    print(f"1..{len(entries)}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
