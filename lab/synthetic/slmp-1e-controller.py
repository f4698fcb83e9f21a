#!/usr/bin/env python3
"""slmp-1e-controller.py ADDRESS: an FX3U behind an FX3U-ENET module as the module's manual describes it: frames of the A series
(1E) in binary on TCP port 1025 and UDP port 5000, in ASCII on TCP port 6551.

Written from the FX3U-ENET and FX3U-ENET-ADP manuals; it shares nothing with koban's decoder. It has the devices D, R, TN, CN, M,
S, X and Y, keeps what is written, knows RUN and STOP, and refuses what lies outside its devices and what it does not know."""
import socket
import socketserver
import sys
import threading

ADDRESS = sys.argv[1]
COMMAND, DEVICE, POINTS, BEYOND, MORE = 0x50, 0x56, 0x57, 0x58, 0x5b
PC_NUMBER = 0x10
MODEL = 0xf3
# letters: is it bits, how many
DEVICES = {"D ": (False, 8000), "R ": (False, 32768), "TN": (False, 512), "CN": (False, 200), "M ": (True, 7680),
           "S ": (True, 4096), "X ": (True, 256), "Y ": (True, 256)}
memory = {name: [(i * 31 + 5) & 0xff if not bits else (i >> 1) & 1 for i in range(n)] for name, (bits, n) in DEVICES.items()}
lock = threading.Lock()
# Bytes in front of the points; where their number stands; digits of each point.
LAYOUT = {0: (12, 10, 0), 1: (12, 10, 0), 2: (12, 10, 1), 3: (12, 10, 4), 4: (6, 4, 14), 5: (6, 4, 16), 0x13: (4, None, 0),
          0x14: (4, None, 0), 0x15: (4, None, 0), 0x16: (5, 4, 2)}


class Refused(Exception):
    pass


def number(data, at, n, ascii_):
    """n bytes at a place that is counted in bytes."""
    if ascii_:
        return int(data[at * 2:(at + n) * 2], 16)
    return int.from_bytes(data[at:at + n], "little")


def put(value, n, ascii_):
    return b"%0*X" % (n * 2, value) if ascii_ else value.to_bytes(n, "little")


def whole(data, ascii_):
    """Bytes of the first request; None: it is not all there; 0: nobody knows."""
    unit = 2 if ascii_ else 1
    if len(data) < 4 * unit:
        return None
    layout = LAYOUT.get(number(data, 0, 1, ascii_))
    if layout is None:
        return 0
    fixed, count_at, each = layout
    if len(data) < fixed * unit:
        return None
    n = 0 if count_at is None else number(data, count_at, 1, ascii_)
    if n == 0 and count_at == 10:
        n = 256
    size = (fixed + (n * each + 1) // 2) * unit
    return size if len(data) >= size else None


def device(data, at, ascii_):
    code = number(data, at if ascii_ else at + 4, 2, ascii_)
    name = chr(code >> 8) + chr(code & 0xff)
    if name not in DEVICES:
        raise Refused(DEVICE)
    return name, number(data, at + 2 if ascii_ else at, 4, ascii_)


def get_word(name, place):
    bits, n = DEVICES[name]
    if place + (16 if bits else 1) > n:
        raise Refused(BEYOND)
    return sum(memory[name][place + i] << i for i in range(16)) if bits else memory[name][place]


def set_word(name, place, value):
    get_word(name, place)
    if not DEVICES[name][0]:
        memory[name][place] = value
        return
    for i in range(16):
        memory[name][place + i] = value >> i & 1


def bit_at(data, i, ascii_):
    """Bit i of those behind the 12 bytes of a run."""
    return data[24 + i] - 48 if ascii_ else data[12 + i // 2] >> (4 if i % 2 == 0 else 0) & 1


def run(command, data, ascii_):
    name, place = device(data, 4, ascii_)
    n = number(data, 10, 1, ascii_) or 256
    bits, size = DEVICES[name]
    step = 16 if bits and command in (1, 3) else 1
    if command in (0, 2) and not bits:
        raise Refused(BEYOND)
    if command in (1, 3) and n > 64:
        raise Refused(POINTS)
    if place + n * step > size:
        raise Refused(BEYOND)
    if command == 0:
        values = memory[name][place:place + n] + [0] * (n % 2)
        if ascii_:
            return bytes(48 + v for v in values)
        return bytes(values[i] << 4 | values[i + 1] for i in range(0, len(values), 2))
    if command == 1:
        return b"".join(put(get_word(name, place + i * step), 2, ascii_) for i in range(n))
    for i in range(n):
        if command == 2:
            memory[name][place + i] = bit_at(data, i, ascii_)
        else:
            set_word(name, place + i * step, number(data, 12 + i * 2, 2, ascii_))
    return b""


def test(command, data, ascii_):
    each = 7 if command == 4 else 8
    for i in range(number(data, 4, 1, ascii_)):
        at = 6 + i * each
        name, place = device(data, at, ascii_)
        if command == 5:
            set_word(name, place, number(data, at + 6, 2, ascii_))
        elif not DEVICES[name][0] or place >= DEVICES[name][1]:
            raise Refused(BEYOND)
        else:
            memory[name][place] = number(data, at + 6, 1, ascii_)
    return b""


def do(command, data, ascii_):
    if number(data, 1, 1, ascii_) != 0xff:
        raise Refused(MORE)
    if command <= 3:
        return run(command, data, ascii_)
    if command <= 5:
        return test(command, data, ascii_)
    if command == 0x15:
        return put(MODEL, 1, ascii_) + put(0, 1, ascii_)
    return data[8 if ascii_ else 4:] if command == 0x16 else b""


def answer(data, ascii_):
    command = number(data, 0, 1, ascii_)
    head = put(command | 0x80, 1, ascii_)
    try:
        if command not in LAYOUT:
            raise Refused(COMMAND)
        with lock:
            return head + put(0, 1, ascii_) + do(command, data, ascii_)
    except Refused as why:
        end = why.args[0]
        return head + put(end, 1, ascii_) + (put(PC_NUMBER, 1, ascii_) + put(0, 1, ascii_) if end == MORE else b"")


def handler(ascii_):
    class Connection(socketserver.BaseRequestHandler):
        def handle(self):
            data = b""
            while more := self.request.recv(4096):
                data += more
                while data and (n := whole(data, ascii_)) is not None:
                    self.request.sendall(answer(data[:n] if n else data, ascii_))
                    data = data[n:] if n else b""
    return Connection


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def datagrams():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((ADDRESS, 5000))
    while True:
        data, peer = s.recvfrom(4096)
        s.sendto(answer(data, False), peer)


threading.Thread(target=datagrams, daemon=True).start()
threading.Thread(target=Server((ADDRESS, 6551), handler(True)).serve_forever, daemon=True).start()
Server((ADDRESS, 1025), handler(False)).serve_forever()
