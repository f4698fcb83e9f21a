#!/usr/bin/env python3
"""Captures that were harmed: bytes flipped, pieces cut, repeated, put in another order, in the file and inside the packets
of a file that stays well-formed. koban must end with 0, 1 or 3, both sums equal, no record refused, no sanitizer report;
what it says must not depend on workers, processes and folding.

TAP. Harms the captures of the project and, when KOBAN_CORPUS is set, those too; always the same harm for the same seed.
KOBAN names the program.
usage: mutate.py [ROUNDS [SEED]]    default: 500 rounds or what 50 s allow, seed 1; a file that fails is kept and named
"""
import gzip
import json
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import same

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KOBAN = os.environ.get("KOBAN", str(ROOT / "build/debug/koban"))
CORPUS = os.environ.get("KOBAN_CORPUS")
KEPT = pathlib.Path(os.environ.get("KOBAN_BUILD", ROOT / "build")) / "mutate"
FILE_MAX, FRAMES_MAX, SECONDS = 1 << 20, 4000, 50
CAPS = ("flows", "pairs", "folds", "segments", "gathers", "asks", "transfers", "keeps", "expects", "fragments", "assets",
        "conversations", "objects", "alerts")


def captures():
    """Files to harm, in a fixed order."""
    found = sorted((ROOT / "tests/captures").rglob("*.pcap*"))
    if CORPUS:
        found += sorted(p for p in pathlib.Path(CORPUS).rglob("*") if p.is_file() and p.suffix not in (".md", ".csv"))
    return found


# ---- a capture as head, frames and how to put them together again ----

class Pcap:
    """Frames are [time in the file's own unit, bytes, length on the wire]."""

    def __init__(self, data):
        order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\x4d\x3c\xb2\xa1": "<",
                 b"\xa1\xb2\x3c\x4d": ">"}.get(data[:4])
        self.order, self.head, self.frames, at = order, data[:24], [], 24
        self.second = 10**9 if data[:4] in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 10**6
        while order and at + 16 <= len(data) and len(self.frames) < FRAMES_MAX:
            sec, part, n, wire = struct.unpack(order + "IIII", data[at:at + 16])
            if at + 16 + n > len(data):
                break
            self.frames.append([sec * self.second + part, data[at + 16:at + 16 + n], wire])
            at += 16 + n

    def bytes(self):
        out = bytearray(self.head)
        for at, data, wire in self.frames:
            at = min(max(at, 0), (1 << 32) * self.second - 1)
            out += struct.pack(self.order + "IIII", at // self.second, at % self.second, len(data), wire) + data
        return bytes(out)


class Pcapng:
    """The same for one section with enhanced packet blocks; its other blocks stay in front."""

    def __init__(self, data):
        self.order = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
        self.head, self.frames, at = bytearray(), [], 0
        while at + 12 <= len(data) and len(self.frames) < FRAMES_MAX:
            kind, size = struct.unpack(self.order + "II", data[at:at + 8])
            if size < 12 or size % 4 or at + size > len(data) or kind == 0x0A0D0D0A and at > 0:
                break
            if kind == 6 and size >= 32:
                which, high, low, n, wire = struct.unpack(self.order + "IIIII", data[at + 8:at + 28])
                self.frames.append([high << 32 | low, data[at + 28:at + 28 + n], wire, which])
            elif kind in (1, 0x0A0D0D0A) or not self.frames:
                self.head += data[at:at + size]
            at += size

    def bytes(self):
        out = bytearray(self.head)
        for at, data, wire, which in self.frames:
            size = 32 + (len(data) + 3 & ~3)
            at = min(max(at, 0), (1 << 64) - 1)
            out += struct.pack(self.order + "IIIIIII", 6, size, which, at >> 32, at & 0xFFFFFFFF, len(data), wire)
            out += data + bytes(-len(data) % 4) + struct.pack(self.order + "I", size)
        return bytes(out)


def far(r, frames, link):
    """The same frames in a pcapng whose two interfaces lie centuries apart."""
    def block(kind, body):
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for offset in (-1 << 62, 1 << 62):
        out += block(1, struct.pack("<HHIHHqI", link, 0, 0, 14, 8, offset, 0))
    for _, data, wire, *_ in frames[:200]:
        out += block(6, struct.pack("<IIIII", r.randrange(2), 0, 0, len(data), wire) + data + bytes(-len(data) % 4))
    return out


def opened(data):
    """The frames of a capture, or None when it is of neither kind."""
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        parsed = Pcapng(data)
    elif data[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"):
        parsed = Pcap(data)
    else:
        return None
    return parsed if parsed.frames else None


# ---- harm to bytes ----

INTERESTING = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)


def flip(r, data, times):
    out = bytearray(data)
    for _ in range(times if out else 0):
        at = r.randrange(len(out))
        out[at] = r.choice(INTERESTING) if r.random() < 0.4 else out[at] ^ (1 << r.randrange(8))
    return bytes(out)


def piece(r, data):
    begin = r.randrange(len(data) + 1)
    return begin, min(len(data), begin + int(r.expovariate(1) * max(1, len(data) // 8)))


def cut(r, data):
    begin, end = piece(r, data)
    return data[:begin] if r.random() < 0.3 else data[:begin] + data[end:]


def repeat(r, data):
    begin, end = piece(r, data)
    return data[:end] + data[begin:end] * r.randrange(1, 4) + data[end:]


def reorder(r, data):
    begin, end = piece(r, data)
    middle = (begin + end) // 2
    return data[:begin] + data[middle:end] + data[begin:middle] + data[end:]


def noise(r, data):
    begin, _ = piece(r, data)
    return data[:begin] + r.randbytes(r.randrange(1, 64)) + data[begin:]


def harm_bytes(r, data):
    for _ in range(r.randrange(1, 4)):
        how = r.choice((flip, cut, repeat, reorder, noise))
        data = flip(r, data, 1 + len(data) // 2000) if how is flip else how(r, data)
    return data[:2 * FILE_MAX]


# ---- harm to frames of a file that stays well-formed ----

def frames_flip(r, frames):
    for f in r.sample(frames, max(1, len(frames) // 4)):
        begin = r.choice((0, 14, 34, 54)) if len(f[1]) > 60 else 0
        f[1] = f[1][:begin] + flip(r, f[1][begin:], r.randrange(1, 6))


def frames_cut(r, frames):
    for f in r.sample(frames, max(1, len(frames) // 4)):
        f[1] = f[1][:r.randrange(len(f[1]) + 1)]


def frames_grow(r, frames):
    for f in r.sample(frames, max(1, len(frames) // 8)):
        f[1] = repeat(r, f[1])[:65000]
        f[2] = max(f[2], len(f[1]))


def frames_drop(r, frames):
    gone = set(r.sample(range(len(frames)), len(frames) // 5))
    frames[:] = [f for i, f in enumerate(frames) if i not in gone]


def frames_repeat(r, frames):
    for i in sorted(r.sample(range(len(frames)), max(1, len(frames) // 8)), reverse=True):
        frames.insert(min(len(frames), i + r.randrange(1, 30)), list(frames[i]))


def frames_swap(r, frames):
    for i in r.sample(range(len(frames)), max(1, len(frames) // 5)):
        j = min(len(frames) - 1, i + r.randrange(1, 12))
        frames[i], frames[j] = frames[j], frames[i]


def frames_time(r, frames):
    for f in r.sample(frames, max(1, len(frames) // 20)):
        f[0] += r.choice((-1, 1)) * int(10 ** r.uniform(0, 13))


def frames_turn(r, frames):
    """Ethernet and IPv4 ends exchanged: the answer comes from the wrong side."""
    for f in r.sample(frames, max(1, len(frames) // 10)):
        d = f[1]
        if len(d) >= 38 and d[12:14] == b"\x08\x00":
            f[1] = d[6:12] + d[:6] + d[12:26] + d[30:34] + d[26:30] + d[36:38] + d[34:36] + d[38:]


def frames_join(r, frames):
    """The tail of one frame behind the head of another."""
    for f in r.sample(frames, max(1, len(frames) // 8)):
        other = r.choice(frames)
        at = r.choice((14, 34, 42, 54))
        f[1] = f[1][:at] + other[1][at:]
        f[2] = max(f[2], len(f[1]))


HARMS = (frames_flip, frames_cut, frames_grow, frames_drop, frames_repeat, frames_swap, frames_time, frames_turn,
         frames_join)


def harm_frames(r, parsed):
    if isinstance(parsed, Pcap) and r.random() < 0.05:
        return far(r, parsed.frames, struct.unpack(parsed.order + "I", parsed.head[20:24])[0] & 0xFFFF)
    for how in r.sample(HARMS, r.randrange(1, 4)):
        if parsed.frames:
            how(r, parsed.frames)
    return parsed.bytes()


# ---- judging ----

def run(*arguments):
    return subprocess.run([KOBAN, *arguments], capture_output=True, timeout=300)


def harm_seen(done, codes):
    """None, or how this run ended otherwise than it may."""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    if any("Sanitizer" in line or "runtime error" in line for line in said):
        return f"exit {done.returncode}: " + " | ".join(said[:12])
    if done.returncode not in codes:
        return f"exit {done.returncode}: {' | '.join(said[:3])}"
    if done.returncode == 1 and (len(said) != 1 or done.stdout):
        return f"exit 1, but said {said[:3]}"
    return None


def exports(folder, db):
    """Whatever the wire said, what is written is JSON in UTF-8."""
    for line in (folder / "eve.json").read_text(encoding="utf-8").splitlines():
        json.loads(line)
    for name in ("ledger", "alerts", "flows", "observations") if db else ():
        done = run(name, "--db", folder / "site.db", "--format", "json", "--lang", "ja")
        wrong = harm_seen(done, (0,))
        if wrong:
            return f"{name}: {wrong}"
        json.loads(done.stdout.decode())
    return None


def judge(data, whole, folder, number):
    """None, or what is wrong. whole: the file is well-formed, whatever its packets hold."""
    path, db, caps = folder / "harmed", number % 4 == 3, folder / "caps.yml"
    path.write_bytes(data)
    caps.write_text("limits:\n" + "".join(f"  {name}: 64\n" for name in CAPS), encoding="utf-8")
    try:
        done = run("read", path, "--summary", "json", "--lang", "en", "--observations", "all", "--eve", folder / "eve.json",
                   "--workers", str(1 + number % 2), *(("--db", folder / "site.db") if db else ()),
                   *(("--config", caps) if number % 5 == 4 else ()))
        wrong = harm_seen(done, (0,) if whole else (0, 1, 3))
        if wrong or done.returncode == 1:
            return wrong
        summary = json.loads(done.stdout)
        for part in ("frames", "payload"):
            if not summary[part]["equal"]:
                return f"{part}: read {summary[part]['read']}, sum {summary[part]['sum']}"
        if summary["records_refused"]:
            return f"{summary['records_refused']} records refused by rec_check"
        return exports(folder, db)
    except subprocess.TimeoutExpired:
        return "did not end within 300 s"
    except (ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}"


def same_bytes(folder):
    """As same.py has it: for any number of workers, in two processes, at caps, folded or not."""
    (folder / "out").mkdir()
    try:
        return same.differing(folder / "harmed", folder / "out", folder / "caps.yml")
    except (RuntimeError, subprocess.SubprocessError) as error:
        return str(error)


def one(job):
    """One round: (capture, number, seed) -> None or what is wrong."""
    path, number, seed = job
    r = random.Random(f"{seed} {number} {path.name}")
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b" and r.random() < 0.7:
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError):
            pass
    data = data[:FILE_MAX]
    parsed = opened(data) if number % 3 else None
    harmed = harm_frames(r, parsed) if parsed else harm_bytes(r, data)
    with tempfile.TemporaryDirectory() as place:
        wrong = judge(harmed, parsed is not None, pathlib.Path(place), number)
        if not wrong and parsed and number % 25 == 0:
            wrong = same_bytes(pathlib.Path(place))
    if wrong:
        KEPT.mkdir(parents=True, exist_ok=True)
        kept = KEPT / f"{seed}-{number}-{path.name}"
        kept.write_bytes(harmed)
        wrong += f" (kept as {kept})"
    return wrong


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    until = time.monotonic() + (SECONDS if len(sys.argv) < 2 else 10**9)
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    files = captures()
    if not files:
        print("ok 1 - harmed captures # SKIP there are no captures")
        return 0
    order = random.Random(seed)
    jobs = [(order.choice(files) if len(files) > rounds else files[i % len(files)], i, seed) for i in range(rounds)]
    done = bad = 0
    with ThreadPoolExecutor(2) as pool:
        for at in range(0, rounds, 20):    # a few at a time, so that the clock is looked at
            if time.monotonic() > until:
                break
            for (path, number, _), wrong in zip(jobs[at:at + 20], pool.map(one, jobs[at:at + 20])):
                print(f"{'not ok' if wrong else 'ok'} {number + 1} - harmed: {path.name}, round {number}", flush=True)
                done += 1
                if wrong:
                    bad += 1
                    print(f"# {wrong}")
    print(f"1..{done}")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
