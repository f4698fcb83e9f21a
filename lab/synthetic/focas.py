"""focas.py: a Fanuc control and a client of it, as far as public documents describe their messages (docs/protocols.md names
the sources). Nothing of koban is used: this is the other opinion its decoding is held against."""
import struct

import wire

MAGIC = bytes([0xa0] * 4)
PORT = 8193


def message(kind, body=b"", version=1):
    return MAGIC + struct.pack(">HHH", version, kind, len(body)) + body


def block(function, arguments=(), data=b"", group=1):
    a = tuple(arguments) + (0,) * (4 - len(arguments))
    return struct.pack(">HHHH4iI", 28 + len(data), group, 1, function, *a, len(data)) + data


def answer_block(function, data=b"", error=0, group=1):
    return struct.pack(">HHHHHHHH", 16 + len(data), group, 1, function, error, 0, 0, len(data)) + data


def number(value, places=3):
    return struct.pack(">iHH", round(value * 10 ** places), 10, places)


def path_field(text, size):
    return text.encode("ascii").ljust(size, b"\0")


class Control:
    """What the machine knows; the same for all its clients."""

    def __init__(self, host):
        self.host = host
        self.variables = {500: 0.0, 501: 0.0, 502: 12.5, 3003: 0.0, 3004: 0.0, 11005: 102.5, 10005: 0.02}
        self.offsets = {1: 100.0, 2: 99.5, 3: 0.0}
        self.programs = {2001: b"O2001(SHAFT)\nG90G54\nG0X0Z5.\nG1Z-10.F0.2\nM30\n",
                         3000: b"O3000(COVER)\nG90\nG0X10.\nM30\n", 3001: b"O3001\nG1X1.\nM99\n"}
        self.running, self.main = 2001, 2001
        self.sequence = 10


class Client:
    """One connection for calls, and where a program goes another one; tells the truth it knows."""

    def __init__(self, capture, host, control, truth, at, **how):
        self.capture, self.host, self.control, self.truth, self.how = capture, host, control, truth, how
        self.calls = wire.Connection(capture, host, control.host, PORT, at, **how)
        self.calls.say(True, message(0x0101, struct.pack(">H", 2)))
        self.calls.say(False, message(0x0102, bytes(16), 3))
        self.call([(0x18, (), b"", b"\x02\x62\0\x20" + b"31" + b" M" + b"G431" + b"20.0" + b"05", 0)])
        self.told("identify", "done")

    def told(self, action, outcome):
        self.truth["actions"].append({"actor": self.host.ip, "device": self.control.host.ip, "action": action,
                                      "outcome": outcome})

    def call(self, items, group=1):
        """items: function, arguments, data, answer, error."""
        ask = b"".join(block(f, a, d, group) for f, a, d, _, _ in items)
        answer = b"".join(answer_block(f, d if e == 0 else b"", e, group) for f, _, _, d, e in items)
        self.calls.say(True, message(0x2101, struct.pack(">H", len(items)) + ask))
        self.calls.say(False, message(0x2102, struct.pack(">H", len(items)) + answer, 2))

    def poll(self, times=1, pause=0.5):
        c = self.control
        for _ in range(times):
            self.call([(0x19, (), b"", struct.pack(">7H", 1, 3, 1, 0, 0, 0, 0), 0),
                       (0x1c, (), b"", struct.pack(">II", c.running, c.main), 0),
                       (0x1d, (), b"", struct.pack(">I", c.sequence), 0),
                       (0x26, (4, -1), b"", number(12.345) + number(-3.5), 0)])
            c.sequence += 1
            self.calls.wait(pause)

    def wrote(self, space, thing, value, outcome="done"):
        self.truth["writes"].append({"actor": self.host.ip, "device": self.control.host.ip, "space": space,
                                     "object": str(thing), "value": value, "outcome": outcome})

    def read_variables(self, first, last):
        data = b"".join(number(self.control.variables.get(n, 0.0)) for n in range(first, last + 1))
        self.call([(0x15, (first, last), b"", data, 0)])

    def write_variables(self, first, values, error=0):
        last = first + len(values) - 1
        self.call([(0x16, (first, last), b"".join(number(v) for v in values), b"", error)])
        for i, v in enumerate(values):
            self.wrote("macro", first + i, float(v), "done" if error == 0 else "refused")
            if error == 0:
                self.control.variables[first + i] = float(v)

    def write_offset(self, n, kind, increments, error=0):
        self.call([(0x09, (n, n, 1000 + kind), struct.pack(">iHH", increments, 0, 0xffff), b"", error)])
        self.wrote("tool-offset", f"{n}/{kind}", float(increments), "done" if error == 0 else "refused")

    def write_pmc(self, letter, first, values):
        area = "GFYXARTKCD".index(letter)
        self.call([(0x8002, (first, first + len(values) - 1, area, 0), bytes(values), b"", 0)], group=2)
        self.wrote(f"pmc-{letter.lower()}", f"{letter}{first}", [float(v) for v in values])

    def action(self, function, arguments=(), data=b"", error=0):
        word = {1: "start", 3: "program-select", 5: "program-delete", 0xb6: "program-delete", 0xba: "program-select",
                0x52: "tool-write", 0xb5: "program-write"}.get(function, "control-other")
        self.call([(function, arguments, data, b"", error)])
        self.told(word, "done" if error == 0 else "refused")

    def list_programs(self):
        data = b"".join(struct.pack(">II", n, len(p)) + bytes(64) for n, p in sorted(self.control.programs.items()))
        self.call([(0x06, (1, 0x13, 2), b"", data, 0)])
        self.told("browse", "done")

    def _transfer(self):
        t = wire.Connection(self.capture, self.host, self.control.host, PORT, self.calls.at, **self.how)
        t.say(True, message(0x0101, struct.pack(">H", 1)))
        t.say(False, message(0x0102, bytes(16), 3))
        return t

    def send_program(self, text, folder="N://CNC_MEM/USER/PATH1/", error=0, block_size=200):
        t = self._transfer()
        t.say(True, message(0x1101, b"\0\0\0\1" + path_field(folder, 512)))
        t.say(False, message(0x1102, bytes(256), 3))
        wire_text = b"\n" + text + b"%"
        for i in range(0, len(wire_text), block_size):
            t.say(True, message(0x1204, wire_text[i:i + block_size]))
        t.say(True, message(0x1301))
        t.say(False, message(0x1303, struct.pack(">IHH", error, 4, 0), 3) if error else message(0x1302, bytes(8)))
        self._ended(t)
        self.truth["files"].append(told_file("program-write", self.host, self.control.host, wire_text, text))

    def read_program(self, number_of):
        text = self.control.programs[number_of]
        t = self._transfer()
        t.say(True, message(0x1501, b"\0\0\0\1" + path_field(f"O{number_of:04d}-O{number_of:04d}", 512)))
        t.say(False, message(0x1502, bytes(4)))
        wire_text = b"%\n" + text + b"%\n"
        for i in range(0, len(wire_text), 0x500):
            t.say(False, message(0x1604, wire_text[i:i + 0x500], 2))
        t.say(False, message(0x1701, b"", 2))
        t.say(True, message(0x1702))
        self._ended(t)
        self.truth["files"].append(told_file("program-read", self.host, self.control.host, wire_text, text))

    def _ended(self, t):
        t.say(True, message(0x0201))
        t.say(False, message(0x0202))
        t.close()
        self.calls.at = max(self.calls.at, t.at)

    def close(self):
        self.calls.say(True, message(0x0201))
        self.calls.say(False, message(0x0202))
        self.calls.close()


def told_file(verb, client, control, carried, text):
    """carried: the bytes that crossed; text: the program as its author wrote it, without tape marks."""
    import hashlib
    lines = [line.rstrip(" \t") for line in text.decode("latin1").replace("\0", "\n").replace("\r", "\n").split("\n")]
    plain = "".join(line + "\n" for line in lines if line and line != "%").encode("latin1")
    return {"file": verb, "actor": client.ip, "device": control.ip, "size": len(carried),
            "sha256": hashlib.sha256(carried).hexdigest(), "program_sha256": hashlib.sha256(plain).hexdigest()}
