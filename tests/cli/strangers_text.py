#!/usr/bin/env python3
"""Names that strangers put on the wire stay harmless wherever they land: terminal commands, writing turned round,
spreadsheet formulas, broken characters and very long names, in every listing, in EVE and in what a read prints. TAP."""
import csv
import io
import json
import pathlib
import re
import struct
import subprocess
import tempfile
import unicodedata

from tap import KOBAN, finish, row

NAMES = [b"=cmd|'/C calc'!A0", b"+1+1", b"@SUM(1)", b"-2+3", b"\x1b]0;owned\x07\x1b[2J", b"\xff\xfe\xc3", "電".encode() * 60,
         b'a,b"c;d', "\u202egnp.exe".encode(), b"x" * 250, "\u009b31m".encode(), b"\tTAB", b"<script>",
         "\u30ab\u3099\u2066".encode(), "高尾2号機".encode()]
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def ethernet(source, target, kind, payload):
    return target + source + struct.pack("!H", kind) + payload


def ipv4(source, target, protocol, payload):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, source, target)
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack("!H", ~total & 0xffff) + head[12:] + payload


class Talk:
    """One TCP connection as frames; checksums are left at zero, which a card's offload leaves too."""

    def __init__(self, i, port):
        self.mac = bytes([2, 0, 0, 0, 1, i]), bytes([2, 0, 0, 0, 2, i])
        self.ip = bytes([10, 0, i, 5]), bytes([10, 0, i, 6])
        self.port, self.seq, self.frames = (40000 + i, port), [1000, 5000], []
        for who, flags in ((0, 2), (1, 18), (0, 16)):
            self.say(who, b"", flags)

    def say(self, who, text, flags=24):
        head = struct.pack("!HHIIBBHHH", self.port[who], self.port[1 - who], self.seq[who],
                           self.seq[1 - who] if flags & 16 else 0, 0x50, flags, 65535, 0, 0)
        self.seq[who] += len(text) + (flags & 3 != 0)
        self.frames.append(ethernet(self.mac[who], self.mac[1 - who], 0x800,
                                    ipv4(self.ip[who], self.ip[1 - who], 6, head + text)))


def lldp(i, name):
    def item(kind, value):
        return struct.pack("!H", kind << 9 | len(value)) + value
    mac = bytes([2, 0, 0, 0, 3, i])
    return ethernet(mac, bytes.fromhex("0180c200000e"), 0x88cc, item(1, b"\x04" + mac) + item(2, b"\x05p1") +
                    item(3, b"\0\x78") + item(5, name) + item(6, name) + item(0, b""))


def capture(path):
    frames = []
    for i, name in enumerate(NAMES):
        ftp, web = Talk(i, 21), Talk(100 + i, 80)
        for who, text in ((1, b"220 %s FTP ready"), (0, b"USER %s"), (1, b"331 more"), (0, b"PASS x"), (1, b"230 ok"),
                          (0, b"DELE %s.NC"), (1, b"250 done"), (0, b"STOR %s"), (1, b"550 no")):
            ftp.say(who, (text % name if b"%" in text else text) + b"\r\n")
        web.say(0, b"GET /%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n\r\n" % (name.replace(b" ", b"_"), name, name))
        web.say(1, b"HTTP/1.1 200 OK\r\nServer: %s\r\nContent-Length: 0\r\n\r\n" % name)
        frames += ftp.frames + web.frames + [lldp(i, name)]
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i, frame in enumerate(frames):
            out.write(struct.pack("<IIII", 1700000000 + i, 0, len(frame), len(frame)) + frame)


def run(*arguments):
    return subprocess.run([KOBAN, *arguments], capture_output=True).stdout


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def judge(what, output):
    """Text, and nothing in it that a terminal obeys."""
    try:
        text = output.decode("utf-8")
    except UnicodeDecodeError as error:
        row(False, what, [error])
        return ""
    found = set(HARMFUL.findall(text.replace("\r\n", "\n")))
    row(not found, f"{what}: nothing that acts on a terminal", found)
    return text


def judge_table(what, text):
    lines = text.split("\n\n")[0].splitlines()
    starts = [columns(lines[0][:m.start()]) for m in re.finditer(r"(?<=  )\S", lines[0])]
    for line in lines[1:]:
        at, ends = 0, set()
        for c in line:
            ends.add(at)
            at += columns(c)
        if not set(s for s in starts if s < at) <= ends:
            row(False, f"{what}: columns stand below one another", [line])
            return
    row(True, f"{what}: columns stand below one another")


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        capture(place / "odd.pcap")
        for lang in ("en", "ja"):
            site = place / f"{lang}.db"
            judge(f"read ({lang})", run("read", place / "odd.pcap", "--db", site, "--eve", place / "eve.json", "--lang", lang))
            for name in ("ledger", "alerts", "flows", "observations", "programs"):
                for form in ("table", "csv", "json"):
                    what = f"{name} as {form} ({lang})"
                    text = judge(what, run(name, "--db", site, "--format", form, "--lang", lang))
                    if form == "json":
                        row(isinstance(json.loads(text), list), f"{what}: JSON")
                    elif form == "csv":
                        cells = [c for cells in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for c in cells]
                        row(not [c for c in cells if c[:1] in tuple("=+-@")], f"{what}: no formula")
                    elif name not in ("alerts", "programs"):
                        judge_table(what, text)
        lines = judge("EVE", (place / "eve.json").read_bytes()).splitlines()
        row(len(lines) > 50 and all(json.loads(line) for line in lines), "EVE is JSON")
        row(any("\u202egnp.exe" in json.dumps(json.loads(line), ensure_ascii=False) for line in lines), "EVE still says what stood there")
    finish()


if __name__ == "__main__":
    main()
