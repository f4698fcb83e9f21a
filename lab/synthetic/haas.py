"""haas.py: a Haas control with machine data collection, and its clients. From the maker's page "Next Generation Control - Machine
Data Collection" and the ranges of macro variables in the operator's manual; nothing here was taken from koban's decoder."""
import wire

LABELS = {100: "SERIAL NUMBER", 101: "SOFTWARE VERSION", 102: "MODEL", 104: "MODE", 200: "TOOL CHANGES", 201: "USING TOOL",
          300: "P.O. TIME", 301: "C.S.TIME", 303: "LAST CYCLE", 304: "PREV CYCLE", 402: "M30 #1", 403: "M30 #2"}


class Control:
    """One machine. It takes two connections, and sends every answer to both. style: how it writes lines."""

    def __init__(self, host, port=5051, style="prompt"):
        self.host, self.port, self.style = host, port, style
        self.variables = {3003: 0, 3004: 0, 2001: 123.4, 2201: 0.02, 5601: 500, 5901: 80, 500: 3, 501: 17, 5021: -12.5}
        self.values = {100: "1234567", 101: "100.20.000.1110", 102: "VF-2", 104: "MEM", 200: "35", 201: "4",
                       300: "06282:17:13", 301: "00098:18:29", 303: "00000:00:13", 304: "00000:00:01", 402: "380",
                       403: "381"}
        self.parts = 4523
        self.open = []

    def frame(self, command, answer):
        if self.style == "framed":
            return b"\x02" + answer.encode() + b"\x17\r\n>"
        echo = command.strip() + "\r\n" if self.style == "echo" else ""
        return (echo + ">" + answer + "\r\n>").encode()

    def answer(self, line):
        words = line.strip().lstrip("?").split()
        letter, number = words[0][0].upper(), int(words[0][1:])
        if letter == "E":
            if number in range(700, 750) or number > 19999:
                return "INVALID VARIABLE"
            self.variables[number] = float(words[1])
            return "!"
        if number == 600:
            return "MACRO, %.4f" % self.variables.get(int(words[1]), 0)
        if number == 500:
            return "PROGRAM, O00110, IDLE, PARTS, %d" % self.parts
        return "%s, %s" % (LABELS[number], self.values[number]) if number in LABELS else "UNKNOWN COMMAND"


class Client:
    def __init__(self, capture, host, control, truth, at, how=str, **cut):
        self.host, self.control, self.truth, self.how = host, control, truth, how
        self.link = wire.Connection(capture, host, control.host, control.port, at, **cut)
        control.open.append(self)

    def send(self, *lines):
        """Several lines may go at once. The other client is sent the answers too."""
        self.link.say(True, b"".join((self.how(line) + "\r\n").encode() for line in lines))
        self.link.wait(0.01)
        for line in lines:
            data = self.control.frame(self.how(line), self.control.answer(line))
            self.link.say(False, data)
            for other in self.control.open:
                if other is not self:
                    other.link.at = max(other.link.at, self.link.at)
                    other.link.say(False, data)
                    self.truth["copies"].append({"client": other.host.ip, "control": self.control.host.ip})

    def query(self, *numbers):
        self.send(*("?Q%d" % n for n in numbers))
        self.truth["reads"] += [{"actor": self.host.ip, "device": self.control.host.ip, "code": n} for n in numbers]

    def read(self, *variables):
        for v in variables:
            self.send("?Q600 %d" % v)
            self.truth["reads"].append({"actor": self.host.ip, "device": self.control.host.ip, "code": 600, "object": str(v)})

    def write(self, variable, value, refused=False):
        self.send("?E%d %s" % (variable, value))
        self.truth["writes"].append({"actor": self.host.ip, "device": self.control.host.ip, "space": "macro",
                                     "object": str(variable), "value": float(value),
                                     "outcome": "refused" if refused else "done"})

    def poll(self, times):
        for _ in range(times):
            self.query(104, 500)
            self.link.wait(1)

    def close(self):
        if self in self.control.open:
            self.control.open.remove(self)
        self.link.close()


def turned_away(capture, host, control, truth, at, word):
    """A third client: the control resets it, at once or when it has spoken."""
    link = wire.Connection(capture, host, control.host, control.port, at)
    if word:
        link.say(True, b"?Q100\r\n")
        truth["turned-away"].append({"actor": host.ip, "device": control.host.ip})
    link._send(False, wire.RST | wire.ACK)
