#!/usr/bin/env python3
"""slmp-tool.py JOB SERVER: what no program of other people for the lab does with SLMP: the engineering PC of line 7, and a
notebook nobody knows. Written from the SLMP reference manual SH(NA)-080956ENG; it shares nothing with koban's decoder. It tells
what it did in $TRUTH."""
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import time

JOB, SERVER = sys.argv[1:3]
ME = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()[0]
CODES = {"D": 0xa8, "W": 0xb4, "M": 0x90, "Y": 0x9d, "ZR": 0xb0, "SD": 0xa9}
HEX = ("W", "Y")


def tell(**fact):
    with open(os.environ["TRUTH"], "a") as f:
        f.write(json.dumps(fact) + "\n")


class Refused(Exception):
    pass


class Line:
    """Requests in 4E frames over TCP, or in 3E frames over UDP."""

    def __init__(self, udp=False):
        self.udp, self.serial = udp, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        self.socket.settimeout(3)
        self.socket.connect((SERVER, 5000 if udp else 5002))

    def receive(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise RuntimeError("the controller ended the connection")
            data += more
        return data

    def ask(self, command, sub=0, data=b""):
        body = b"\x00\xff\xff\x03\x00" + struct.pack("<HHHH", len(data) + 6, 16, command, sub) + data
        if self.udp:
            self.socket.send(b"\x50\x00" + body)
            answer = self.socket.recv(4096)[2:]
        else:
            self.serial += 1
            self.socket.send(b"\x54\x00" + struct.pack("<HH", self.serial, 0) + body)
            head = self.receive(13)
            answer = head[6:] + self.receive(struct.unpack("<H", head[11:])[0])
        if struct.unpack("<H", answer[7:9])[0] != 0:
            raise Refused
        return answer[9:]

    def outcome(self, *words):
        try:
            self.ask(*words)
            return "done"
        except Refused:
            return "refused"

    def act(self, action, *words):
        tell(action=action, actor=ME, device=SERVER, outcome=self.outcome(*words))


def device(name):
    letters = "".join(c for c in name[:2] if c not in "0123456789")
    letters = letters if letters in CODES else letters[0]
    number = int(name[len(letters):], 16 if letters in HEX else 10)
    return number.to_bytes(3, "little") + bytes([CODES[letters]])


def told(space, address, values, outcome):
    tell(write="slmp", actor=ME, device=SERVER, space=space, address=address, values=values, outcome=outcome)


def words(line, space, address, values):
    data = device(address) + struct.pack(f"<H{len(values)}H", len(values), *values)
    told(space, address, values, line.outcome(0x1401, 0, data))


def bits(line, space, address, values):
    padded = values + [0] * (len(values) % 2)
    packed = bytes(padded[i] << 4 | padded[i + 1] for i in range(0, len(padded), 2))
    told(space, address, values, line.outcome(0x1401, 1, device(address) + struct.pack("<H", len(values)) + packed))


def fetch(line, name):
    handle = line.ask(0x1827, 0, b"0000" + struct.pack("<HHH", 0, 4, len(name)) + name.encode())
    content = b""
    while True:
        piece = line.ask(0x1828, 0, handle + struct.pack("<IH", len(content), 960))[2:]
        content += piece
        if len(piece) < 960:
            break
    line.ask(0x182a, 0, handle + b"\0\0")
    tell(file="program-read", actor=ME, device=SERVER, name=name, size=len(content),
         sha256=hashlib.sha256(content).hexdigest())
    return content


def send(line, name, content):
    handle = line.ask(0x1827, 0, b"0000" + struct.pack("<HHH", 1, 4, len(name)) + name.encode())
    for at in range(0, len(content), 960):
        piece = content[at:at + 960]
        line.ask(0x1829, 0, handle + struct.pack("<IH", at, len(piece)) + piece)
    line.ask(0x182a, 0, handle + b"\0\0")
    tell(file="program-write", actor=ME, device=SERVER, name=name, size=len(content),
         sha256=hashlib.sha256(content).hexdigest())


def engineer():
    """Over TCP in 4E frames: model, remote password (wrong, then right), values in every way there is, a program."""
    line = Line()
    model = line.ask(0x0101)[:16].decode().strip()
    tell(fact="model", device=SERVER, model=model, firmware=None)
    for secret in ("line7??!", "line7pw!"):
        tell(fact="secret", value=secret)
        outcome = line.outcome(0x1630, 0, struct.pack("<H", len(secret)) + secret.encode())
        tell(action="login" if outcome == "done" else "login-failed", actor=ME, device=SERVER, outcome=outcome)
    line.ask(0x0403, 0, bytes([2, 1]) + device("D100") + device("M16") + device("D300"))
    line.ask(0x0406, 0, bytes([1, 1]) + device("D0") + b"\x08\x00" + device("M0") + b"\x02\x00")
    line.ask(0x0619, 0, b"\x05\x00HELLO")
    words(line, "zr", "ZR5", [1, 2, 3])
    words(line, "w", "W1A0", [0x1234])
    bits(line, "m", "M100", [1, 1, 0, 1, 0])
    bits(line, "y", "Y2F", [1])
    told("d", "D400", [11], line.outcome(0x1402, 0, bytes([1, 0]) + device("D400") + b"\x0b\x00"))
    told("m", "M200", [1], line.outcome(0x1402, 1, bytes([1]) + device("M200") + b"\x01"))
    told("d", "D410", [5, 6], line.outcome(0x1406, 0, bytes([1, 0]) + device("D410") + b"\x02\x00\x05\x00\x06\x00"))
    bits(line, "d", "D1", [1])		# a word device by bits: refused
    program = fetch(line, "MAIN.QPG")
    send(line, "MAIN.QPG", program[:-16] + bytes(reversed(program[-16:])))
    line.act("control-other", 0x9999)
    line.act("logout", 0x1631, 0, struct.pack("<H", 8) + b"line7pw!")


def stranger():
    """Over UDP in 3E frames: looks round, stops the controller, writes, and lets it run again."""
    line = Line(udp=True)
    line.ask(0x0101)
    line.ask(0x0401, 0, device("D0") + b"\x80\x00")
    time.sleep(0.3)
    line.act("stop", 0x1002, 0, b"\x01\x00")
    words(line, "d", "D100", [9999, 0, 65535])
    time.sleep(0.5)
    line.ask(0x0401, 0, device("SD203") + b"\x01\x00")
    line.act("start", 0x1001, 0, b"\x01\x00\x00\x00")
    for action in ("stop", "write", "start"):
        tell(alert="first-change", actor=ME, device=SERVER, action=action)


{"engineer": engineer, "stranger": stranger}[JOB]()
