#!/usr/bin/env python3
"""slmp-1e-tool.py JOB SERVER: what no program of other people for the lab does with frames of the A series (1E): the maintenance PC
of the oven, and a notebook nobody knows. Written from the FX3U-ENET and FX3U-ENET-ADP manuals; it shares nothing with koban's
decoder. It tells what it did in $TRUTH."""
import json
import os
import socket
import subprocess
import sys
import time

JOB, SERVER = sys.argv[1:3]
ME = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()[0]
OCTAL = ("X", "Y")


def tell(**fact):
    with open(os.environ["TRUTH"], "a") as f:
        f.write(json.dumps(fact) + "\n")


class Refused(Exception):
    pass


class Line:
    def __init__(self, udp=False):
        self.udp = udp
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM)
        self.socket.settimeout(3)
        self.socket.connect((SERVER, 5000 if udp else 1025))

    def ask(self, command, data=b"", want=0, station=0xff):
        """want: bytes of a good answer."""
        self.socket.send(bytes([command, station, 10, 0]) + data)
        answer = self.socket.recv(4096)
        while not self.udp and len(answer) >= 2 and len(answer) < (2 + want if answer[1] == 0 else 4 if answer[1] == 0x5b else 2):
            answer += self.socket.recv(4096)
        if answer[0] != command | 0x80:
            raise RuntimeError("the controller answers something else")
        if answer[1] != 0:
            raise Refused
        return answer[2:]

    def outcome(self, *words, **more):
        try:
            self.ask(*words, **more)
            return "done"
        except Refused:
            return "refused"

    def act(self, action, *words, **more):
        tell(action=action, actor=ME, device=SERVER, outcome=self.outcome(*words, **more))


def device(name):
    letters = name.rstrip("0123456789")
    place = int(name[len(letters):], 8 if letters in OCTAL else 10)
    return place.to_bytes(4, "little") + bytes([ord(letters.ljust(2)[1]), ord(letters[0])])


def told(space, address, values, outcome):
    tell(write="slmp", actor=ME, device=SERVER, space=space, address=address, values=values, outcome=outcome)


def words(line, space, address, values):
    data = device(address) + bytes([len(values), 0]) + b"".join(v.to_bytes(2, "little") for v in values)
    told(space, address, values, line.outcome(3, data))


def bits(line, space, address, values):
    padded = values + [0] * (len(values) % 2)
    packed = bytes(padded[i] << 4 | padded[i + 1] for i in range(0, len(padded), 2))
    told(space, address, values, line.outcome(2, device(address) + bytes([len(values), 0]) + packed))


def maintenance():
    """Model, loopback, values in every way there is; what is refused: a word too far, a word device by bits, another station."""
    line = Line()
    line.ask(0x15, want=2)
    tell(fact="model", device=SERVER, model="FX3U/FX3UC", firmware=None)
    line.ask(0x16, b"\x05HELLO", want=6)
    line.ask(0, device("X17") + b"\x09\x00", want=5)
    line.ask(1, device("TN4") + b"\x02\x00", want=4)
    line.ask(1, device("M16") + b"\x02\x00", want=4)
    words(line, "r", "R100", [1, 2, 3])
    bits(line, "m", "M100", [1, 1, 0, 1, 0])
    bits(line, "y", "Y27", [1])
    told("m", "M200", [1], line.outcome(4, b"\x01\x00" + device("M200") + b"\x01"))
    told("d", "D400", [11], line.outcome(5, b"\x01\x00" + device("D400") + b"\x0b\x00"))
    words(line, "d", "D7999", [1, 2])
    bits(line, "d", "D1", [1])
    line.act("control-other", 0x12, b"\x00\x01\x02\x00")
    told("d", "D500", [5], line.outcome(3, device("D500") + b"\x01\x00\x05\x00"))


def stranger():
    """Over UDP: looks round, stops the controller, writes, and lets it run again."""
    line = Line(udp=True)
    line.ask(0x15)
    line.ask(1, device("D0") + b"\x40\x00")
    time.sleep(0.3)
    line.act("stop", 0x14)
    words(line, "d", "D100", [9999, 0, 65535])
    time.sleep(0.5)
    line.act("start", 0x13)
    for action in ("stop", "write", "start"):
        tell(alert="first-change", actor=ME, device=SERVER, action=action)


{"maintenance": maintenance, "stranger": stranger}[JOB]()
