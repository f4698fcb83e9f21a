#!/usr/bin/env python3
"""slmp-controller.py ADDRESS: a MELSEC controller (Q03UDE) as its manuals describe it: SLMP in binary on TCP port 5002 and UDP
port 5000, in ASCII on TCP port 5003.

Written from the SLMP reference manual SH(NA)-080956ENG; it shares nothing with koban's decoder. It has the devices D, W, R, ZR,
SD, M, X, Y, B and L, keeps what is written, knows RUN, STOP and PAUSE, a remote password and files on its drive 4, and refuses
what lies outside its devices, what it does not know, and a password that is wrong."""
import socket
import socketserver
import struct
import sys
import threading

ADDRESS = sys.argv[1]
MODEL, MODEL_CODE = b"Q03UDECPU".ljust(16), 0x0268
PASSWORD = b"line7pw!"
DONE, NO_COMMAND, NO_DEVICE, POINTS, BEYOND, LENGTH, WRONG_PASSWORD, NO_FILE = (
    0, 0xc059, 0xc05b, 0xc052, 0xc056, 0xc061, 0xc200, 0x4022)
# code: letters, is it bits, how many, base of its digits in ASCII
DEVICES = {0xa8: ("D", False, 12288, 10), 0xb4: ("W", False, 8192, 16), 0xaf: ("R", False, 32768, 10),
           0xb0: ("ZR", False, 32768, 16), 0xa9: ("SD", False, 2048, 10), 0x90: ("M", True, 8192, 10),
           0x9c: ("X", True, 8192, 16), 0x9d: ("Y", True, 8192, 16), 0xa0: ("B", True, 8192, 16),
           0x92: ("L", True, 8192, 10)}
memory = {code: [(i * 29 + 7) & 0xff if not bits else (i >> 2) & 1 for i in range(n)]
          for code, (_, bits, n, _) in DEVICES.items()}
files = {"MAIN.QPG": bytes((i * 7 + 3) & 0xff for i in range(5000)), "PARAM.QPA": b"PARAM" * 40}
state = {"run": 1, "handles": {}, "next": 1}
lock = threading.Lock()


class Refused(Exception):
    pass


class Reader:
    """Numbers out of a request: bytes with the low one first, or hexadecimal digits."""

    def __init__(self, data, ascii_):
        self.data, self.at, self.ascii = data, 0, ascii_

    def raw(self, n):
        if self.at + n > len(self.data):
            raise Refused(LENGTH)
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, n):
        if self.ascii:
            return int(self.raw(n * 2), 16)
        return int.from_bytes(self.raw(n), "little")

    def device(self):
        if self.ascii:
            letters = self.raw(2).decode().rstrip("*")
            for code, (name, _, _, base) in DEVICES.items():
                if name == letters:
                    return code, int(self.raw(6), base)
            raise Refused(NO_DEVICE)
        place = self.number(3)
        code = self.number(1)
        if code not in DEVICES:
            raise Refused(NO_DEVICE)
        return code, place

    def done(self):
        if self.at != len(self.data):
            raise Refused(LENGTH)


def put(value, n, ascii_):
    return b"%0*X" % (n * 2, value) if ascii_ else value.to_bytes(n, "little")


def inside(code, place, n):
    if place + n > DEVICES[code][2]:
        raise Refused(BEYOND)


def get_word(code, place):
    if not DEVICES[code][1]:
        inside(code, place, 1)
        return memory[code][place]
    inside(code, place, 16)
    return sum(memory[code][place + i] << i for i in range(16))


def set_word(code, place, value):
    if not DEVICES[code][1]:
        inside(code, place, 1)
        memory[code][place] = value
        return
    inside(code, place, 16)
    for i in range(16):
        memory[code][place + i] = value >> i & 1


def step(code):
    return 16 if DEVICES[code][1] else 1


def get_bits(code, place, n, ascii_):
    inside(code, place, n)
    bits = memory[code][place:place + n]
    if ascii_:
        return bytes(48 + b for b in bits)
    bits = bits + [0] * (n % 2)
    return bytes(bits[i] << 4 | bits[i + 1] for i in range(0, len(bits), 2))


def set_bits(r, code, place, n):
    inside(code, place, n)
    raw = r.raw(n if r.ascii else (n + 1) // 2)
    for i in range(n):
        memory[code][place + i] = raw[i] - 48 if r.ascii else raw[i // 2] >> (4 if i % 2 == 0 else 0) & 1


def batch(r, sub, write):
    code, place = r.device()
    n = r.number(2)
    if n == 0:
        raise Refused(POINTS)
    if sub == 1:
        if not DEVICES[code][1]:
            raise Refused(0xc05c)
        if write:
            set_bits(r, code, place, n)
            return b""
        return get_bits(code, place, n, r.ascii)
    inside(code, place, n * step(code))
    if write:
        for i in range(n):
            set_word(code, place + i * step(code), r.number(2))
        return b""
    return b"".join(put(get_word(code, place + i * step(code)), 2, r.ascii) for i in range(n))


def read_random(r):
    words, longs = r.number(1), r.number(1)
    out = b""
    for _ in range(words):
        out += put(get_word(*r.device()), 2, r.ascii)
    for _ in range(longs):
        code, place = r.device()
        out += put(get_word(code, place) | get_word(code, place + step(code)) << 16, 4, r.ascii)
    return out


def write_random(r, sub):
    if sub == 1:
        for _ in range(r.number(1)):
            code, place = r.device()
            inside(code, place, 1)
            memory[code][place] = r.number(1)
        return b""
    words, longs = r.number(1), r.number(1)
    for _ in range(words):
        code, place = r.device()
        set_word(code, place, r.number(2))
    for _ in range(longs):
        code, place = r.device()
        value = r.number(4)
        set_word(code, place, value & 0xffff)
        set_word(code, place + step(code), value >> 16)
    return b""


def block(r, write):
    blocks = r.number(1) + r.number(1)
    out = b""
    for _ in range(blocks):
        code, place = r.device()
        for i in range(r.number(2)):
            if write:
                set_word(code, place + i * step(code), r.number(2))
            else:
                out += put(get_word(code, place + i * step(code)), 2, r.ascii)
    return out


def password(r):
    if r.raw(r.number(2)) != PASSWORD:
        raise Refused(WRONG_PASSWORD)
    return b""


def file_name(r):
    return r.raw(r.number(2)).decode()


def file_open(r):
    r.raw(4)
    writing, _, name = r.number(2), r.number(2), file_name(r)
    if not writing and name not in files:
        raise Refused(NO_FILE)
    handle = state["next"]
    state["next"] += 1
    if writing:
        files[name] = b""
    state["handles"][handle] = name
    return put(handle, 2, False)


def file_command(r, command):
    if command == 0x1827:
        return file_open(r)
    name = state["handles"].get(r.number(2))
    if name is None:
        raise Refused(NO_FILE)
    if command == 0x182a:
        r.number(2)
        return b""
    offset, n = r.number(4), r.number(2)
    if command == 0x1828:
        piece = files[name][offset:offset + n]
        return put(len(piece), 2, False) + piece
    files[name] = files[name][:offset].ljust(offset, b"\0") + r.raw(n)
    return put(n, 2, False)


def remote(r, command):
    if command in (0x1001, 0x1002, 0x1003):
        r.number(2)
        state["run"] = {0x1001: 1, 0x1002: 2, 0x1003: 3}[command]
        memory[0xa9][203] = {1: 0, 2: 2, 3: 3}[state["run"]]
    r.at = len(r.data)
    return b""


def do(command, sub, r):
    if command in (0x0401, 0x1401) and sub in (0, 1):
        return batch(r, sub, command == 0x1401)
    if (command, sub) == (0x0403, 0):
        return read_random(r)
    if command == 0x1402 and sub in (0, 1):
        return write_random(r, sub)
    if command in (0x0406, 0x1406) and sub == 0:
        return block(r, command == 0x1406)
    if command == 0x0101:
        return MODEL + put(MODEL_CODE, 2, r.ascii)
    if command == 0x0619:
        n = r.number(2)
        return put(n, 2, r.ascii) + r.raw(n)
    if command in (0x1630, 0x1631):
        return password(r)
    if command in (0x1827, 0x1828, 0x1829, 0x182a) and not r.ascii:
        return file_command(r, command)
    if command in (0x1001, 0x1002, 0x1003, 0x1005, 0x1617):
        return remote(r, command)
    raise Refused(NO_COMMAND)


def answer(frame):
    """The answer to one whole request, in its own form."""
    ascii_ = frame[:1] == b"5"
    four = frame[:2] in (b"54", b"\x54\x00")
    unit = 2 if ascii_ else 1
    serial = frame[2 * unit:6 * unit] if four else b""
    at = (6 if four else 2) * unit
    route = frame[at:at + 5 * unit]
    r = Reader(frame[at + 7 * unit:], ascii_)
    r.number(2)
    command, sub = r.number(2), r.number(2)
    try:
        with lock:
            data = put(DONE, 2, ascii_) + do(command, sub, r)
            r.done()
    except Refused as why:
        data = put(why.args[0], 2, ascii_) + route + put(command, 2, ascii_) + put(sub, 2, ascii_)
    head = (b"D4" if four else b"D0") + b"00" if ascii_ else bytes([0xd4 if four else 0xd0, 0])
    return head + serial + route + put(len(data), 2, ascii_) + data


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        buffer = b""
        while True:
            more = self.request.recv(4096)
            if not more:
                return
            buffer += more
            while True:
                n = self.whole(buffer)
                if n is None:
                    break
                self.request.sendall(answer(buffer[:n]))
                buffer = buffer[n:]

    @staticmethod
    def whole(b):
        """Bytes of the first request in b; None: it is not all there."""
        if len(b) < 2:
            return None
        ascii_ = b[:1] == b"5"
        unit = 2 if ascii_ else 1
        at = ((6 if b[:2] in (b"54", b"\x54\x00") else 2) + 5) * unit
        if len(b) < at + 2 * unit:
            return None
        n = int(b[at:at + 4], 16) if ascii_ else struct.unpack("<H", b[at:at + 2])[0]
        return at + 2 * unit + n if len(b) >= at + 2 * unit + n else None


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def datagrams():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((ADDRESS, 5000))
    while True:
        data, peer = s.recvfrom(4096)
        s.sendto(answer(data), peer)


threading.Thread(target=datagrams, daemon=True).start()
threading.Thread(target=Server((ADDRESS, 5003), Connection).serve_forever, daemon=True).start()
Server((ADDRESS, 5002), Connection).serve_forever()
