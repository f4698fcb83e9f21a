"""What the tests of this folder share: rows of TAP, running koban, what its EVE lines are, recordings made anew."""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
KOBAN = os.environ.get("KOBAN", str(ROOT / "build/release/koban"))
count = {True: 0, False: 0}


def row(good, what, detail=()):
    count[bool(good)] += 1
    print("ok" if good else "not ok", sum(count.values()), "-", what)
    if not good:
        for line in list(detail)[:30]:
            print("#", str(line)[:400])


def finish():
    print(f"1..{sum(count.values())}")
    sys.exit(count[False] > 0)


def run(*words):
    """What koban prints."""
    done = subprocess.run([KOBAN, *words], capture_output=True, text=True, timeout=120, env=dict(os.environ, TZ="Asia/Tokyo"))
    if done.returncode != 0:
        raise RuntimeError(f"koban {' '.join(words)}: exit {done.returncode}: {done.stderr.strip()[:400]}")
    return done.stdout


def listing(command, database):
    return json.loads(run(command, "--db", database, "--format", "json"))


def events(text):
    """The EVE lines in what koban printed."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def differences(wanted, seen):
    """Two bags of the same things, as lines that say what only one of them has."""
    wanted, seen = collections.Counter(wanted), collections.Counter(seen)
    return [f"missing {n} x {x}" for x, n in (wanted - seen).items()] + [
        f"too many {n} x {x}" for x, n in (seen - wanted).items()]


def attempt(what, check, *arguments):
    """Calls check; when it breaks off, that is a row that fails."""
    try:
        return check(*arguments)
    except (RuntimeError, ValueError, KeyError) as error:
        row(False, f"{what} is read and understood", [repr(error)])
        return None


def make(generator, out):
    """Lets lab/synthetic/GENERATOR.py make its recordings."""
    made = subprocess.run([sys.executable, "-B", str(ROOT / f"lab/synthetic/{generator}.py"), out], capture_output=True, text=True)
    row(made.returncode == 0, f"lab/synthetic/{generator}.py makes its recordings", made.stderr.splitlines())


def synthetic(generator, check, attacks=None):
    """check(folder, place) for each recording of a generator; every attack, or those named, has a benign twin."""
    with tempfile.TemporaryDirectory() as place:
        make(generator, f"{place}/made")
        folders = sorted(p.parent for p in pathlib.Path(place, "made").glob("*/truth.json"))
        told = [json.loads((f / "truth.json").read_text()) for f in folders]
        kinds = {(r, t["kind"]) for t in told for r in t["row"]}
        for r in attacks or sorted({r for r, _ in kinds}):
            row({(r, "attack"), (r, "benign")} <= kinds, f"row {r}: an attack and a benign twin")
        for folder in folders:
            attempt(folder.name, check, folder, place)
    finish()
