#!/usr/bin/env python3
"""office.py OUT: recordings of attacks on machine tools by way of what stands around them: shares and services of Windows, the time
service. Each has a twin of the same work done properly, and there is a "normal" day before to learn from: OUT/NAME/capture.pcap and
truth.json. Rows are those of the attack table. A MES polls the machine's MTConnect agent in the background. Made from documents,
not recorded: truth.json says so."""
import io
import pathlib
import random
import struct
import sys
import zipfile

import mtconnect
import smb2
import wire

MES = wire.Host("00:50:56:00:00:10", "10.20.0.10")
DNC = wire.Host("00:50:56:00:00:11", "10.20.0.11")
PRINTS = wire.Host("00:50:56:00:00:15", "10.20.0.15")		# the office's print server
SUPPORT = wire.Host("00:50:56:00:00:17", "10.20.0.17")		# remote support, agreed on
CLOCK = wire.Host("00:50:56:00:00:16", "10.20.0.16")
STRANGER = wire.Host("02:1c:7f:00:00:66", "10.20.0.66")
LATHE = wire.Host("00:50:56:00:00:50", "10.20.0.50")		# a Windows-based control

ROWS = []
PROGRAM = b"%\nO1001(SHAFT)\nG15H1\nG0X100Z50\nG1Z-30F0.2\nM02\n%\n"
OTHER = b"%\nO1002(FLANGE)\nG15H1\nG0X80Z20\nM02\n%\n"


def scenario(rows, kind):
    def add(f):
        ROWS.append((rows, kind, f.__name__.replace("_", "-"), f))
        return f
    return add


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(zipfile.ZipInfo("update/ospsys.dll"), random.Random(4).randbytes(12000))
    return out.getvalue()


def executable():
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + random.Random(5).randbytes(6000)


def share(capture, host, at, **how):
    s = smb2.Client(capture, host, LATHE, at, **how)
    s.connect("MD1")
    return s


def ftp(capture, host, at, *transfers):
    """RFC 959 with passive data connections. transfers: (STOR or RETR, name, data)."""
    c = wire.Connection(capture, host, LATHE, 21, at, cut="random")
    c.say(False, b"220 NC data server ready.\r\n")
    for ask, answer in ((b"USER nc", b"331 Password required."), (b"PASS geheim-9", b"230 Logged in."),
                        (b"TYPE I", b"200 Type is I.")):
        c.say(True, ask + b"\r\n")
        c.say(False, answer + b"\r\n")
    for n, (word, name, data) in enumerate(transfers):
        port = 50100 + n
        c.say(True, b"PASV\r\n")
        c.say(False, b"227 Entering Passive Mode (%s,%d,%d)\r\n" % (LATHE.ip.replace(".", ",").encode(), port >> 8, port & 255))
        c.say(True, f"{word} {name}\r\n".encode())
        c.say(False, b"150 Opening connection.\r\n")
        d = wire.Connection(capture, host, LATHE, port, c.at)
        d.say(word == "STOR", data)
        d.close()
        c.at = d.at
        c.say(False, b"226 Transfer complete.\r\n")
    c.say(True, b"QUIT\r\n")
    c.close()


@scenario("C5", "attack")
def ftp_c5_attack(capture, truth):
    at = 3
    for n in range(10):
        c = wire.Connection(capture, STRANGER, LATHE, 21, at)
        c.say(False, b"220 NC data server ready.\r\n")
        said = b"230 Logged in." if n == 9 else b"530 Login incorrect."
        for ask, answer in ((b"USER nc", b"331 Password required."), (b"PASS guess%d" % n, said), (b"QUIT", b"221 Bye.")):
            c.say(True, ask + b"\r\n")
            c.say(False, answer + b"\r\n")
        c.close()
        at = c.at + 0.1


def printer(capture, host, server, at):
    s = smb2.Client(capture, host, server, at)
    s.connect("IPC$")
    s.pipe("spoolss", smb2.SPOOLSS)
    return s


@scenario("", "normal")
def smb_normal(capture, truth):
    s = share(capture, DNC, 3, cut="random")
    s.put("PRG\\O1001.MIN", PROGRAM)
    s.get("PRG\\O1001.MIN", PROGRAM)
    s.put("BACKUP\\MONDAY.ZIP", archive())
    s.close()


@scenario("", "normal")
def ftp_normal(capture, truth):
    ftp(capture, DNC, 3, ("STOR", "O1001.NC", PROGRAM), ("RETR", "O1001.NC", PROGRAM))


@scenario("C15", "attack")
def ftp_c15_attack(capture, truth):
    ftp(capture, STRANGER, 3, ("STOR", "O1001.NC", PROGRAM.replace(b"Z-30", b"Z-80")))


@scenario("C15 C17", "benign")
def ftp_c15_c17_benign(capture, truth):
    ftp(capture, DNC, 3, ("STOR", "O1002.NC", OTHER), ("RETR", "O1001.NC", PROGRAM))


@scenario("C17", "attack")
def ftp_c17_attack(capture, truth):
    ftp(capture, STRANGER, 3, *(("RETR", f"O{n}.NC", PROGRAM.replace(b"1001", b"%d" % n)) for n in (1001, 1002, 1003)))


@scenario("", "normal")
def ntp_normal(capture, truth):
    ask_time(capture, 3)


@scenario("C2", "attack")
def smb_c2_attack(capture, truth):
    s = share(capture, STRANGER, 3, cut="random", again=0.02)
    s.get("BACKUP\\MONDAY.ZIP", archive())
    s.put("UPDATE\\OSP.ZIP", archive())
    s.put("UPDATE\\SETUP.EXE", executable())
    s.close()


@scenario("C2", "benign")
def smb_c2_benign(capture, truth):
    s = share(capture, DNC, 3, cut="random", again=0.02)
    s.put("UPDATE\\OSP.ZIP", archive())		# in the hour that was planned for it
    s.close()


@scenario("C3", "attack")
def smb_c3_attack(capture, truth):
    s = printer(capture, STRANGER, LATHE, 3)
    s.start_document("job", "C:\\WINDOWS\\system32\\wbem\\mof\\job.mof")
    s.write_printer(executable()[:2000])
    s.close()


@scenario("C3", "benign")
def smb_c3_benign(capture, truth):
    s = printer(capture, DNC, PRINTS, 3)
    s.start_document("set-up sheet", None)
    s.write_printer(b"%!PS-Adobe-3.0\n" + b"(T01 ROUGHING) show\n" * 60)
    s.close()


def ask_time(capture, at):
    for n in range(4):
        capture.datagram(at + n, LATHE, CLOCK, 123, 123, b"\x1b" + bytes(39) + struct.pack("!Q", n + 1))
        capture.datagram(at + n + 0.01, CLOCK, LATHE, 123, 123,
                         b"\x1c\x02\x06\xec" + bytes(8) + bytes([10, 20, 0, 1]) + bytes(8) +
                         struct.pack("!QQQ", n + 1, n + 2, n + 3))


@scenario("C4", "attack")
def ntp_c4_attack(capture, truth):
    ask_time(capture, 3)
    at = 4.0
    for n in range(300):		# the machine and its time server send each other refusals
        a, b = (CLOCK, LATHE) if n % 2 == 0 else (LATHE, CLOCK)
        capture.datagram(at, STRANGER if n == 0 else a, LATHE if n == 0 else b, 123, 123,
                         bytes([0x17 if n == 0 else 0x97, 0, 3, 0]) + bytes(4))
        at += 0.005


@scenario("C4", "benign")
def ntp_c4_benign(capture, truth):
    ask_time(capture, 3)


@scenario("C13", "attack")
def smb_c13_attack(capture, truth):
    s = smb2.Client(capture, STRANGER, LATHE, 3, cut="random")
    s.connect("ADMIN$")
    s.put("crypt.exe", executable())
    s.connect("IPC$")
    s.pipe("svcctl", smb2.SVCCTL)
    s.create_service("crypt", "%SystemRoot%\\crypt.exe")
    s.close()


@scenario("C13", "benign")
def smb_c13_benign(capture, truth):
    s = share(capture, DNC, 3, cut="random")
    for n in range(40):
        s.get(f"PRG\\O{n:04d}.MIN", PROGRAM.replace(b"1001", b"%04d" % n))
    s.close()


@scenario("C15", "attack")
def smb_c15_attack(capture, truth):
    s = share(capture, STRANGER, 3, cut="random", again=0.05)
    s.put("PRG\\O1001.MIN", PROGRAM.replace(b"Z-30", b"Z-80"))
    s.close()


@scenario("C15", "benign")
def smb_c15_benign(capture, truth):
    s = share(capture, DNC, 3, cut="random", again=0.05)
    s.put("PRG\\O1002.MIN", OTHER)
    s.close()


@scenario("C17", "attack")
def smb_c17_attack(capture, truth):
    s = share(capture, STRANGER, 3, cut="random")
    for n in range(1001, 1013):
        s.get(f"PRG\\O{n}.MIN", PROGRAM.replace(b"1001", b"%d" % n))
    s.close()


@scenario("C17", "benign")
def smb_c17_benign(capture, truth):
    s = share(capture, DNC, 3, cut="random")
    s.get("PRG\\O1002.MIN", OTHER)
    s.close()


def screen(capture, host, at):
    """RFB 3.8 without a password (RFC 6143 7.1 to 7.6): the picture is asked for, a button is pressed."""
    c = wire.Connection(capture, host, LATHE, 5900, at)
    for from_client, data in (
            (False, b"RFB 003.008\n"), (True, b"RFB 003.008\n"), (False, b"\1\1"), (True, b"\1"), (False, bytes(4)), (True, b"\1"),
            (False, struct.pack("!HHBBBBHHHBBB3xI", 640, 480, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0, 6) + b"LB3000"),
            (True, struct.pack("!BBHHHH", 3, 0, 0, 0, 8, 2)),
            (False, struct.pack("!BxHHHHHi", 0, 1, 0, 0, 8, 2, 0) + bytes(64)),
            (True, struct.pack("!BBHH", 5, 1, 320, 200) + struct.pack("!BBHH", 5, 0, 320, 200))):
        c.say(from_client, data)
    c.close()


@scenario("", "normal")
def rfb_normal(capture, truth):
    screen(capture, SUPPORT, 3)


@scenario("C18", "attack")
def rfb_c18_attack(capture, truth):
    screen(capture, STRANGER, 3)


@scenario("C18", "benign")
def rfb_c18_benign(capture, truth):
    screen(capture, SUPPORT, 3)


class Truth(dict):
    pass


def make(out, rows, kind, name, play):
    capture = wire.Capture(name, **({"start": wire.START - 86400} if kind == "normal" else {}))
    truth = Truth(row=rows.split(), kind=kind, made="synthetic", requests=[], lines=[], puts=[])
    agent = mtconnect.Agent(LATHE, 5000)
    agent.name = "LB3000"
    mes = mtconnect.Client(capture, MES, agent, truth, 0, cut="random", again=0.02)
    for url in ("/probe", "/current", "/current"):
        mes.get(url)
        mes.link.wait(1)
    play(capture, truth)
    mes.link.at = max(mes.link.at, 6)
    mes.get("/current")
    mes.close()
    capture.keep(pathlib.Path(out) / name, truth)


if __name__ == "__main__":
    for r in ROWS:
        make(sys.argv[1], *r)
