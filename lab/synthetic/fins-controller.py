#!/usr/bin/env python3
"""fins-controller.py ADDRESS: an OMRON controller (CJ2M) as its manuals describe it, over UDP and TCP port 9600.

Written from W342 (commands) and W421 (FINS/UDP, FINS/TCP); it shares nothing with koban's decoder. It has the areas D, CIO,
W, H and A and timers, keeps what is written, knows RUN, MONITOR and PROGRAM, refuses what lies outside its areas and writes to
the auxiliary area below A448, which is read-only."""
import datetime
import socket
import socketserver
import struct
import sys
import threading

NODE = int(sys.argv[1].rsplit(".", 1)[1])
DONE, NO_COMMAND, COUNT_DIFFERS, NO_AREA, FIRST, BEYOND, READ_ONLY = 0x0000, 0x0401, 0x1003, 0x1101, 0x1103, 0x1104, 0x2101
MODEL, VERSION = b"CJ2M-CPU33", b"02.10"
words = {"D": [0] * 32768, "CIO": [0] * 6144, "W": [0] * 512, "H": [0] * 1536, "A": [0] * 960, "T": [0] * 4096}
WORD_AREAS = {0x82: "D", 0xb0: "CIO", 0xb1: "W", 0xb2: "H", 0xb3: "A", 0x89: "T"}
BIT_AREAS = {0x02: "D", 0x30: "CIO", 0x31: "W", 0x32: "H", 0x33: "A"}
state = {"mode": 2, "clock": datetime.timedelta()}
lock = threading.Lock()
for i in range(32768):
    words["D"][i] = (i * 37 + 11) & 0xff


class Refused(Exception):
    pass


def place(data):
    """(area, is it bits, first word, first bit) of four bytes."""
    code, word, bit = struct.unpack(">BHB", data[:4])
    area = WORD_AREAS.get(code) or BIT_AREAS.get(code)
    if area is None:
        raise Refused(NO_AREA)
    if word >= len(words[area]):
        raise Refused(FIRST)
    return area, code in BIT_AREAS, word, bit


def read(area, bits, word, bit, count):
    if not bits:
        if word + count > len(words[area]):
            raise Refused(BEYOND)
        return b"".join(struct.pack(">H", v) for v in words[area][word:word + count])
    return bytes(words[area][word + (bit + i) // 16] >> (bit + i) % 16 & 1 for i in range(count))


def write(area, bits, word, bit, items):
    if area == "A" and word < 448:
        raise Refused(READ_ONLY)
    if not bits and word + len(items) > len(words[area]):
        raise Refused(BEYOND)
    for i, v in enumerate(items):
        if bits:
            at, n = word + (bit + i) // 16, (bit + i) % 16
            words[area][at] = words[area][at] & ~(1 << n) | (v & 1) << n
        else:
            words[area][word + i] = v


def memory_write(data):
    at, count = place(data), struct.unpack(">H", data[4:6])[0]
    raw = data[6:]
    if len(raw) != count * (1 if at[1] else 2):
        raise Refused(COUNT_DIFFERS)
    write(*at, list(raw) if at[1] else list(struct.unpack(f">{count}H", raw)))
    return b""


def memory_fill(data):
    at, (count, value) = place(data), struct.unpack(">HH", data[4:8])
    write(*at, [value] * count)
    return b""


def memory_read_many(data):
    out = b""
    for i in range(0, len(data), 4):
        out += data[i:i + 1] + read(*place(data[i:i + 4]), 1)
    return out


def memory_copy(data):
    source, target, count = place(data[:4]), place(data[4:8]), struct.unpack(">H", data[8:10])[0]
    write(*target, list(struct.unpack(f">{count}H", read(*source, count))))
    return b""


def run(data):
    state["mode"] = data[2] if len(data) > 2 else 2	# MONITOR unless said otherwise
    return b""


def stop(_):
    state["mode"] = 0
    return b""


def bcd(n):
    return n // 10 << 4 | n % 10


def clock_read(_):
    now = datetime.datetime.now() + state["clock"]
    return bytes(bcd(n) for n in (now.year % 100, now.month, now.day, now.hour, now.minute, now.second)) + bytes(
        [now.isoweekday() % 7])


def clock_write(data):
    n = [(b >> 4) * 10 + (b & 15) for b in data] + [0, 0]
    state["clock"] = datetime.datetime(2000 + n[0], n[1], n[2], n[3], n[4], n[5]) - datetime.datetime.now()
    return b""


def identity(_):
    return MODEL.ljust(20) + VERSION.ljust(20, b"\0") + bytes(40) + struct.pack(">HBHBBHBH", 20, 23, 32768, 8, 4, 0, 1, 0) + \
        bytes(64) + bytes([1, 0])


def status(_):
    return bytes([state["mode"] != 0, state["mode"]]) + bytes(8) + b" " * 16


COMMANDS = {0x0101: lambda d: read(*place(d), struct.unpack(">H", d[4:6])[0]), 0x0102: memory_write, 0x0103: memory_fill,
            0x0104: memory_read_many, 0x0105: memory_copy, 0x0401: run, 0x0402: stop, 0x0501: identity, 0x0601: status,
            0x0701: clock_read, 0x0702: clock_write}


def answer(frame):
    """The answer to one FINS frame: header with both ends exchanged, command, end code, data."""
    icf, _, gct, dna, _, da2, sna, sa1, sa2, sid, command = struct.unpack(">10BH", frame[:12])
    try:
        with lock:
            end, data = DONE, COMMANDS[command](frame[12:])
    except KeyError:
        end, data = NO_COMMAND, b""
    except Refused as refused:
        end, data = refused.args[0], b""
    return struct.pack(">10BHH", icf | 0x40, 0, gct, sna, sa1, sa2, dna, NODE, da2, sid, command, end) + data


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, channel = self.request
        channel.sendto(answer(data), self.client_address)


class Stream(socketserver.BaseRequestHandler):
    def exactly(self, n):
        data = b""
        while len(data) < n:
            part = self.request.recv(n - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def handle(self):
        try:
            while True:
                _, length, command, _ = struct.unpack(">4sIII", self.exactly(16))
                body = self.exactly(length - 8)
                if command == 0:
                    node = struct.unpack(">I", body)[0] or int(self.client_address[0].rsplit(".", 1)[1])
                    self.request.sendall(b"FINS" + struct.pack(">IIIII", 16, 1, 0, node, NODE))
                elif command == 2:
                    back = answer(body)
                    self.request.sendall(b"FINS" + struct.pack(">III", 8 + len(back), 2, 0) + back)
        except ConnectionError:
            pass


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    address_family = socket.AF_INET


threading.Thread(target=socketserver.UDPServer((sys.argv[1], 9600), Datagram).serve_forever, daemon=True).start()
Listener((sys.argv[1], 9600), Stream).serve_forever()
