#!/usr/bin/env python3
"""kv-client.py JOB SERVER: panels and people around a KEYENCE controller, in lines of its host link; it tells what it did."""
import json
import os
import socket
import sys
import time

job, server = sys.argv[1:3]
me = ""


def tell(**fact):
    with open(os.environ["TRUTH"], "a", encoding="utf-8") as out:
        out.write(json.dumps(fact) + "\n")


class Link:
    def __init__(self, datagrams):
        global me
        self.s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM)
        self.s.settimeout(3)
        self.s.connect((server, 8501))
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) if not datagrams else None
        me = self.s.getsockname()[0]

    def ask(self, command, answers=1, end="\r"):
        """The answers to one or several commands, echoes left out."""
        self.s.sendall((command + end).encode())
        said = ""
        asked = [c.strip().upper() for c in command.split("\r")]
        while True:
            said += self.s.recv(8192).decode()
            lines = [line for line in said.split("\r\n")[:-1] if line.upper() not in asked]
            if len(lines) >= answers:
                return lines if answers > 1 else lines[0]

    def write(self, command, space, address, values):
        outcome = "done" if self.ask(command) == "OK" else "refused"
        tell(write="kv", actor=me, device=server, space=space, address=address, values=values, outcome=outcome)

    def act(self, action, command):
        outcome = "done" if self.ask(command) == "OK" else "refused"
        tell(action=action, actor=me, device=server, outcome=outcome)


def panel(rounds):
    link = Link(datagrams=True)
    for i in range(rounds):
        link.ask("RDS DM100.U 10")
        link.ask("RDS MR0 16")
        if i == 0:
            link.ask("MWS DM0.U DM1.S W1F.H")
        link.ask("MWR")
        if i % 5 == 0:
            link.ask("?M")
        time.sleep(0.3)


def engineer():
    link = Link(datagrams=False)
    link.ask("?K")
    link.ask("RDS DM200.U 20")
    time.sleep(0.4)
    link.write("WRS DM200.U 4 1250 80 3 4095", "dm", "DM200", [1250, 80, 3, 4095])
    link.write("wr dm210.s -5", "dm", "DM210", [-5])
    link.write("WR EM10.D 70000", "em", "EM10", [70000])
    link.write("WRS W1F 2 7 8", "w", "W1F", [7, 8])
    time.sleep(0.4)
    link.write("ST MR1015", "mr", "MR1015", [1])
    link.write("RS MR1100", "mr", "MR1100", [0])
    link.write("STS MR500 4", "mr", "MR500", [1, 1, 1, 1])
    link.write("WR DM70000 1", "dm", "DM70000", [1])	# there is no such device
    link.ask("RDC DM200")
    link.act("config-write", "WRT 26 11 20 8 30 0 5")
    link.ask("RD DM0\rRD DM1\rRD DM2", answers=3)	# three commands at once
    link.ask("RD DM3", end="\r\n")


def stranger():
    link = Link(datagrams=False)
    link.ask("?K")
    link.ask("?M")
    for start in range(0, 1000, 200):
        link.ask(f"RDS DM{start} 200")
    link.write("WRS DM100 3 9999 0 65535", "dm", "DM100", [9999, 0, 65535])
    link.write("ST R515", "r", "R515", [1])
    time.sleep(0.3)
    link.act("stop", "M0")
    time.sleep(0.5)
    link.act("start", "M1")
    for action in ("write", "stop", "start"):
        tell(alert="first-change", actor=me, device=server, action=action)


{"panel": lambda: panel(30), "short-panel": lambda: panel(15), "engineer": engineer, "stranger": stranger}[job]()
