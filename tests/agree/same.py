#!/usr/bin/env python3
"""The same input gives the same bytes: for any number of workers, as one process or two, also when caps are hit; and
alerts, ledger and baseline do not depend on folding.

TAP. Runs over the captures of the project and, when KOBAN_CORPUS is set, over that too. KOBAN names the program.
usage: same.py [FILE...]    only these captures
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KOBAN = os.environ.get("KOBAN", str(ROOT / "build/debug/koban"))
CORPUS = os.environ.get("KOBAN_CORPUS")
EXPORTS = ("ledger", "alerts", "flows", "observations")


def captures():
    """Which files, in a fixed order."""
    if len(sys.argv) > 1:
        return [pathlib.Path(name) for name in sys.argv[1:]]
    found = sorted((ROOT / "tests/captures").rglob("*.pcap*"))
    if CORPUS:
        found += sorted(p for p in pathlib.Path(CORPUS).rglob("*") if p.is_file() and p.suffix not in (".md", ".csv"))
    return found


def digests(path, options, folder):
    """What one run leaves behind: name of the export -> digest."""
    db, eve = folder / "site.db", folder / "eve.json"
    for left in folder.iterdir():
        left.unlink()
    run = subprocess.run([KOBAN, "read", path, "--db", db, "--eve", eve, "--summary", "json", "--lang", "en", *options],
                         capture_output=True, timeout=900)
    if run.returncode not in (0, 3):
        raise RuntimeError(f"exit {run.returncode}: {run.stderr.decode(errors='replace').strip()[:300]}")
    out = {"summary": run.stdout, "eve": eve.read_bytes()}
    for name in EXPORTS:
        out[name] = subprocess.run([KOBAN, name, "--db", db, "--format", "json", "--lang", "en"], capture_output=True,
                                   check=True, timeout=900).stdout
    for table in ("baseline", "known"):
        out[table] = subprocess.run(["sqlite3", db, f"SELECT * FROM {table}"], capture_output=True, check=True, timeout=900).stdout
    found = {name: hashlib.sha256(data).hexdigest() for name, data in out.items()}
    found["flood"] = b'"flood"' in out["eve"]
    return found


def differing(path, folder, caps):
    """None, or what differs from what."""
    first = digests(path, ["--workers", "1"], folder)
    same = [["--workers", "2"], ["--workers", "3"], ["--workers", "7"], ["--workers", "2", "--split"]]
    for options in same:
        other = digests(path, options, folder)
        if other != first:
            return f"{' '.join(options)}: {[n for n in first if first[n] != other[n]]}"
    few = ["--config", caps]
    capped = digests(path, few + ["--workers", "1"], folder)
    for workers in ("2", "7"):
        other = digests(path, few + ["--workers", workers], folder)
        if other != capped:
            return f"flows: 1000, {workers} workers: {[n for n in capped if capped[n] != other[n]]}"
    compared = ["ledger", "alerts", "flows", "baseline"]
    if not first["flood"]:    # a flood record stands for acts on several objects: what is known of objects and values is less by design
        compared += ["observations", "known"]
    whole = digests(path, ["--workers", "1", "--observations", "all"], folder)
    folded = [n for n in compared if whole[n] != first[n]]
    if folded:
        return f"--observations all: {folded}"
    news, whole = (digests(path, ["--learn", "--observations", o], folder) for o in ("news", "all"))
    learned = [n for n in ("baseline", "known") if n in compared and news[n] != whole[n]]
    if learned:
        return f"--learn --observations all: {learned}"
    return None


def judge(path):
    """One file, in folders of its own."""
    with tempfile.TemporaryDirectory() as place:
        caps = pathlib.Path(place) / "caps.yml"
        caps.write_text("limits:\n  flows: 1000\n  pairs: 1000\n  folds: 2000\n", encoding="utf-8")
        folder = pathlib.Path(place) / "out"
        folder.mkdir()
        try:
            return differing(path, folder, caps)
        except (RuntimeError, subprocess.SubprocessError, OSError) as error:
            return str(error)


def main():
    files = captures()
    if not files:
        print("ok 1 - same bytes # SKIP there are no captures")
        return 0
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        for i, (path, wrong) in enumerate(zip(files, pool.map(judge, files)), 1):
            print(f"{'not ok' if wrong else 'ok'} {i} - same bytes: {path.name}", flush=True)
            if wrong:
                bad += 1
                print(f"# {path}: {wrong}")
    print(f"1..{len(files)}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
