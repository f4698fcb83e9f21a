#!/usr/bin/env python3
"""kv-controller.py ADDRESS [echo]: a KEYENCE KV controller as its host link is documented, over TCP and UDP port 8501.

It shares nothing with koban's decoder. It has DM, EM, W and relays R and MR, keeps what is written, knows RUN and PROGRAM, and
refuses what lies outside (E0), what it does not know (E1) and comments it does not have (E6). With "echo" it repeats every
command first, as serial adapters do."""
import re
import socketserver
import sys
import threading

ECHO = len(sys.argv) > 2 and sys.argv[2] == "echo"
SIZES = {"DM": 65535, "EM": 65535, "W": 0x7fff, "R": 199915, "MR": 399915}
BITS = ("R", "MR")
values = {}
state = {"mode": 1, "monitored": []}
lock = threading.Lock()


class Refused(Exception):
    pass


def device(word):
    """(kind, number, suffix) of "DM100.U"."""
    m = re.fullmatch(r"(DM|EM|MR|W|R)([0-9A-F]+)(?:\.([USDLH]))?", word)
    if m is None:
        raise Refused("E1")
    kind, number = m[1], int(m[2], 16 if m[1] == "W" else 10)
    if number > SIZES[kind]:
        raise Refused("E0")
    return kind, number, m[3] or ("" if kind in BITS else "U")


def read(kind, number, suffix):
    v = values.get((kind, number), (number * 7 + 3) & 0xff if kind not in BITS else 0)
    if suffix == "":
        return str(v & 1)
    if suffix == "H":
        return f"{v & 0xffff:04X}"
    if suffix in "DL":
        v |= values.get((kind, number + 1), 0) << 16
    bits = 32 if suffix in "DL" else 16
    if suffix in "SL":
        v = v - (1 << bits) if v >> bits - 1 else v
        return f"{v:+0{11 if bits == 32 else 6}d}"
    return f"{v:0{10 if bits == 32 else 5}d}"


def write(kind, number, suffix, text):
    try:
        v = int(text, 16 if suffix == "H" else 10)
    except ValueError:
        raise Refused("E1") from None
    values[kind, number] = v & 0xffff if suffix else v & 1
    if suffix and suffix in "DL":
        values[kind, number + 1] = v >> 16 & 0xffff


def many(word, count):
    kind, number, suffix = device(word)
    step = 2 if suffix and suffix in "DL" else 1
    if not 1 <= int(count) <= 1000 or number + int(count) * step - 1 > SIZES[kind]:
        raise Refused("E0")
    return [(kind, number + i * step, suffix) for i in range(int(count))]


def answer(line):
    words = line.upper().split()
    name, rest = words[0], words[1:]
    if name in ("M0", "M1"):
        state["mode"] = int(name[1])
    elif name == "?M":
        return str(state["mode"])
    elif name == "?K":
        return "53"
    elif name == "?E":
        return "000"
    elif name in ("RD", "RDS", "RDE"):
        places = many(rest[0], rest[1] if name != "RD" else 1)
        return " ".join(read(*p) for p in places)
    elif name in ("WR", "WRS", "WRE"):
        places = many(rest[0], rest[1] if name != "WR" else 1)
        data = rest[1 if name == "WR" else 2:]
        if len(data) != len(places):
            raise Refused("E1")
        for place, text in zip(places, data):
            write(*place, text)
    elif name in ("ST", "RS", "STS", "RSS"):
        for kind, number, _ in many(rest[0], rest[1] if len(name) == 3 else 1):
            if kind not in BITS:
                raise Refused("E0")
            values[kind, number] = int(name.startswith("ST"))
    elif name in ("MBS", "MWS"):
        state["monitored"] = [device(w) for w in rest]
    elif name in ("MBR", "MWR"):
        return " ".join(read(*p) for p in state["monitored"])
    elif name == "RDC":
        device(rest[0])
        raise Refused("E6")
    elif name not in ("ER", "WRT", "CR", "CQ"):
        raise Refused("E1")
    return "OK"


def lines(text):
    """The answers to all commands of a piece of text."""
    out = ""
    for line in re.split(r"[\r\n]+", text):
        if not line.strip():
            continue
        with lock:
            try:
                said = answer(line)
            except Refused as refused:
                said = refused.args[0]
            except (IndexError, ValueError):
                said = "E1"
        out += (line + "\r\n" if ECHO else "") + said + "\r\n"
    return out


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, channel = self.request
        channel.sendto(lines(data.decode("ascii", "replace")).encode(), self.client_address)


class Stream(socketserver.BaseRequestHandler):
    def handle(self):
        kept = b""
        while part := self.request.recv(4096):
            kept += part
            done, end, kept = kept.rpartition(b"\r")
            if end:
                self.request.sendall(lines(done.decode("ascii", "replace")).encode())


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


threading.Thread(target=socketserver.UDPServer((sys.argv[1], 8501), Datagram).serve_forever, daemon=True).start()
Listener((sys.argv[1], 8501), Stream).serve_forever()
