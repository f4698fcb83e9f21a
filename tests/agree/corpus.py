#!/usr/bin/env python3
"""Every capture below KOBAN_CORPUS through the program: no crash, both sums equal what was read.

TAP on standard output. Skipped when KOBAN_CORPUS is not set. KOBAN names the program (default build/debug/koban).
"""
import json
import os
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KOBAN = os.environ.get("KOBAN", str(ROOT / "build/debug/koban"))
CORPUS = os.environ.get("KOBAN_CORPUS")


def captures():
    """Every file of the corpus but its documents and tables, in a fixed order."""
    for path in sorted(pathlib.Path(CORPUS).rglob("*")):
        if path.is_file() and path.suffix not in (".md", ".csv"):
            yield path


def judge(path):
    """None when all is well, else what is wrong, in one line."""
    done = subprocess.run([KOBAN, "read", "--summary", "json", "--lang", "en", path], capture_output=True, timeout=600)
    if done.returncode not in (0, 3):
        said = done.stderr.decode(errors="replace").strip().splitlines()
        return f"exit {done.returncode}: {' | '.join(said[:3])}"
    try:
        summary = json.loads(done.stdout)
    except ValueError as error:
        return f"summary is not JSON: {error}"
    for part in ("frames", "payload"):
        if not summary[part]["equal"]:
            return f"{part}: read {summary[part]['read']}, sum {summary[part]['sum']}"
    if summary["records_refused"]:
        return f"{summary['records_refused']} records refused by rec_check"
    return None


def main():
    if not CORPUS:
        print("ok 1 - corpus # SKIP KOBAN_CORPUS is not set")
        return 0
    files = list(captures())
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        for i, (path, wrong) in enumerate(zip(files, pool.map(judge, files)), 1):
            name = path.relative_to(CORPUS)
            print(f"{'not ok' if wrong else 'ok'} {i} - {name}", flush=True)
            if wrong:
                bad += 1
                print(f"# {wrong}")
    print(f"1..{len(files)}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
