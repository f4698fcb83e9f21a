"""lsv2.py: a HEIDENHAIN control and a client of it, as far as public documents describe their telegrams (docs/protocols.md
names the sources). Nothing of koban is used: this is the other opinion its decoding is held against."""
import hashlib
import struct

import wire
from focas import told_file

PORT = 19000


def telegram(name, body=b""):
    return struct.pack("!I", len(body)) + name.encode("ascii") + body


def text(s):
    return s.encode("latin1") + b"\0"


COLUMNS = (("T", 8), ("NAME", 18), ("L", 12), ("R", 12), ("R2", 10), ("DL", 10), ("DR", 10), ("TL", 3), ("RT", 6),
           ("TIME1", 6), ("TIME2", 6), ("CUR_TIME", 9), ("TYP", 6))
TOLD = ("L", "R", "R2", "DL", "DR", "TIME1", "TIME2", "CUR_TIME")


def table(tools):
    """TOOL.T: tools is {number: {column: text}}."""
    lines = ["BEGIN TOOL.T MM", "".join(name.ljust(width) for name, width in COLUMNS)]
    for n, cells in sorted(tools.items()):
        lines.append("".join((str(n) if name == "T" else cells.get(name, "")).ljust(width) for name, width in COLUMNS))
    return "".join(line + "\r\n" for line in lines + ["[END]"]).encode("latin1")


class Control:
    def __init__(self, host):
        self.host = host
        self.files = {"TNC:/nc_prog/WELLE.H": b"0 BEGIN PGM WELLE MM\r\n1 L Z+100 R0 FMAX M3\r\n2 END PGM WELLE MM\r\n",
                      "TNC:/nc_prog/DECKEL.H": b"0 BEGIN PGM DECKEL MM \r\n1 L X+0\r\n\r\n2 END PGM DECKEL MM\r\n"}
        self.tools = {1: {"NAME": "MILL_10", "L": "+120.5", "R": "+5", "DL": "+0", "DR": "+0", "TIME1": "120",
                          "TIME2": "100", "CUR_TIME": "35.5"},
                      2: {"NAME": "DRILL_6", "L": "+98.25", "R": "+3", "DL": "+0.02", "DR": "+0", "TIME1": "60",
                          "TIME2": "0", "CUR_TIME": "12"}}
        self.running = "TNC:\\nc_prog\\WELLE.H"
        self.parameters = {"MP7230.0": "1", "CfgStretchFilter": "0"}


class Client:
    def __init__(self, capture, host, control, truth, at, identify=True, **how):
        self.host, self.control, self.truth = host, control, truth
        self.c = wire.Connection(capture, host, control.host, PORT, at, **how)
        self.login("INSPECT")
        if identify:
            for n, s in ((1, "TNC640"), (2, "340590 07 SP5"), (3, "Basic V18-00")):
                self.ask("R_VR", bytes([n]), "S_VR", text(s))
            self.ask("R_PR", b"", "S_PR", bytes(96) + b"\x02\0" + struct.pack("!H", 4096) + bytes(20))
        self.command(19)

    def told(self, action, outcome="done"):
        self.truth["actions"].append({"actor": self.host.ip, "device": self.control.host.ip, "action": action,
                                      "outcome": outcome})

    def ask(self, name, body, answer, data=b""):
        self.c.say(True, telegram(name, body))
        self.c.say(False, telegram(answer, data))

    def acknowledged(self, name, body, error=0):
        self.ask(name, body, "T_ER" if error else "T_OK", bytes([1, error]) if error else b"")
        return "refused" if error else "done"

    def login(self, privilege, password=None, error=0):
        body = text(privilege) + (text(password) if password is not None else b"")
        outcome = self.acknowledged("A_LG", body, error)
        self.truth["logins"].append({"actor": self.host.ip, "privilege": privilege, "outcome": outcome,
                                     "password": bool(password), "default": password == "807667"})
        if password and password != "807667":
            self.truth["facts"].append({"fact": "secret", "value": password})

    def command(self, number, argument=None):
        self.acknowledged("C_CC", struct.pack("!H", number) + (text(argument) if argument else b""))

    def poll(self, times=1, pause=0.5):
        for i in range(times):
            self.ask("R_RI", struct.pack("!H", 24), "S_RI",
                     struct.pack("!I", i) + text(self.control.running) + text(self.control.running))
            self.ask("R_RI", struct.pack("!H", 26), "S_RI", struct.pack("!H", 0))
            self.ask("R_RI", struct.pack("!H", 23), "S_RI", struct.pack("!H", 4))
            self.c.wait(pause)

    def wrote(self, space, thing, value, outcome="done"):
        self.truth["writes"].append({"actor": self.host.ip, "device": self.control.host.ip, "space": space,
                                     "object": thing, "value": value, "outcome": outcome})

    def read_parameter(self, name):
        self.ask("R_MC", text(name), "S_MC", text(self.control.parameters[name]))

    def write_parameter(self, name, value, error=0):
        outcome = self.acknowledged("C_MC", bytes(4) + text(name) + text(value), error)
        self.wrote(None, name, value, outcome)

    def write_plc_memory(self, address, data):
        """How the body is laid out is not public: an address, a length and bytes are a guess."""
        self.told("write", self.acknowledged("C_MB", struct.pack("!IB", address, len(data)) + data))

    def key(self, code):
        self.told("control-other", self.acknowledged("C_EK", struct.pack("!H", code)))

    def lock(self, on):
        self.told("control-other", self.acknowledged("C_LK", bytes([on])))

    def write_file(self, path, data, program=True, block=246, binary=False, error=0):
        self.acknowledged("C_FL", text(path) + (b"\1" if binary else b""), error)
        if error:
            return
        for i in range(0, len(data), block):
            self.acknowledged("S_FL", data[i:i + block])
        self.acknowledged("T_FD", b"")
        self._file("write", path, data)

    def read_file(self, path, data, block=246, binary=False):
        carried = data if binary else data.replace(b"\r\n", b"\0")
        self.c.say(True, telegram("R_FL", text(path) + (b"\1" if binary else b"")))
        for i in range(0, len(carried), block):
            self.c.say(False, telegram("S_FL", carried[i:i + block]))
            self.c.say(True, telegram("T_OK"))
        self.c.say(False, telegram("T_FD"))
        self._file("read", path, data)

    def _file(self, verb, path, data):
        low = path.lower()
        kind = "program" if low.endswith((".h", ".i")) else "tool" if low.endswith(".t") else "file"
        word = {"tool-read": "read"}.get(f"{kind}-{verb}", f"{kind}-{verb}")
        f = told_file(word, self.host, self.control.host, data, data)
        f["name"] = path
        if kind != "program":
            del f["program_sha256"]
        self.truth["files"].append(f)

    def write_tools(self, tools, told=True, **how):
        self.write_file("TNC:/table/tool.t", table(tools), **how)
        for n, cells in sorted(tools.items()):
            for column in TOLD:
                if column in cells:
                    self.wrote("tool-table", f"T{n} {column}", float(cells[column]), "unknown")
        self.control.tools = tools

    def read_tools(self):
        self.read_file("TNC:/table/tool.t", table(self.control.tools))

    def walk(self, folders):
        for folder, names in folders:
            self.acknowledged("C_DC", text(folder))
            self.c.say(True, telegram("R_DR", b"\0"))
            for name in names:
                self.c.say(False, telegram("S_DR", struct.pack("!III", 100, 0x60000000, 0) + text(name)))
                self.c.say(True, telegram("T_OK"))
            self.c.say(False, telegram("T_FD"))
            self.told("browse")

    def file_action(self, name, *paths, error=0):
        word = {"C_FD": "program-delete", "C_FR": "file-rename", "C_FC": "program-write", "C_DM": "file-write",
                "C_DD": "file-delete"}[name]
        self.told(word, self.acknowledged(name, b"".join(text(p) for p in paths), error))

    def screenshot(self, picture):
        self.command(12, "TNC:/screen.bmp")
        self.told("control-other")
        self.read_file("TNC:/screen.bmp", picture, binary=True)

    def close(self):
        self.acknowledged("A_LO", b"")
        self.c.close()


def picture():
    return b"BM" + hashlib.sha256(b"screen").digest() * 40
