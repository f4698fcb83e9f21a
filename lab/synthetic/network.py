#!/usr/bin/env python3
"""network.py OUT: recordings of what is done to the network itself: the address of another claimed (ARP, RFC 826), all names of a
plant fetched (DNS, RFC 5936), the user accounts of a Windows computer gone through ([MS-SAMR], [MS-LSAT], [MS-SRVS] in pipes of SMB).
Each has a twin of the same work done properly, and a "normal" day before to learn from: OUT/NAME/capture.pcap and truth.json. Rows are
those of the attack table. Made from documents, not recorded: truth.json says so."""
import pathlib
import struct
import sys
import uuid

import smb2
import wire

ROUTER = wire.Host("00:50:56:00:00:01", "10.20.0.1")
MES = wire.Host("00:50:56:00:00:10", "10.20.0.10")
NAMES = wire.Host("00:50:56:00:00:18", "10.20.0.18")		# the plant's name server
SECOND = wire.Host("00:50:56:00:00:19", "10.20.0.19")		# and the one that stands in for it
SERVER = wire.Host("00:50:56:00:00:20", "10.20.0.20")		# shared folders and accounts
OFFICE = wire.Host("00:50:56:00:00:30", "10.20.0.30")
STRANGER = wire.Host("02:1c:7f:00:00:66", "10.20.0.66")
LATHE = wire.Host("00:50:56:00:00:50", "10.20.0.50")
SPARE = wire.Host("00:50:56:00:00:51", "10.20.0.50")		# what is put in its place
SHARED = wire.Host("00:00:5e:00:01:07", "10.20.0.2")		# the address two routers hand to each other (RFC 5798 7.3)
ALL = bytes([255] * 6)

SAMR = uuid.UUID("12345778-1234-abcd-ef00-0123456789ac").bytes_le + struct.pack("<HH", 1, 0)
LSARPC = uuid.UUID("12345778-1234-abcd-ef00-0123456789ab").bytes_le + struct.pack("<HH", 0, 0)
SRVSVC = uuid.UUID("4b324fc8-1670-01d3-1278-5a47bf6ee188").bytes_le + struct.pack("<HH", 3, 0)

ROWS = []


def scenario(rows, kind):
    def add(f):
        ROWS.append((rows, kind, f.__name__.replace("_", "-"), f))
        return f
    return add


# ---- addresses ----

def arp(capture, at, operation, sender, sender_ip, to, target_ip):
    """to: None for everybody."""
    mac = ALL if to is None else to.mac
    raw = bytes(int(x) for x in sender_ip.split(".")), bytes(int(x) for x in target_ip.split("."))
    data = mac + sender.mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + sender.mac + raw[0]
    data += (bytes(6) if to is None else mac) + raw[1]
    capture.frames.append((capture.start + at, len(capture.frames), data.ljust(60, b"\0")))


def look(capture, at, asker, whom):
    arp(capture, at, 1, asker, asker.ip, None, whom.ip)
    arp(capture, at + 0.001, 2, whom, whom.ip, asker, asker.ip)


def announce(capture, at, who):
    for n in range(2):
        arp(capture, at + 2 * n, 1, who, who.ip, None, who.ip)


def day(capture):
    for n, (asker, whom) in enumerate(((MES, LATHE), (LATHE, ROUTER), (MES, ROUTER), (ROUTER, MES), (OFFICE, SHARED), (OFFICE, SERVER))):
        look(capture, 1 + n * 0.2, asker, whom)
    for n in range(60):
        capture.datagram(3 + n * 2, MES, LATHE, 50000, 50001, b"?")
        capture.datagram(3.01 + n * 2, LATHE, MES, 50001, 50000, b"=%d" % n)


@scenario("", "normal")
def arp_normal(capture):
    day(capture)


@scenario("G13", "attack")
def arp_g13_attack(capture):
    day(capture)
    look(capture, 40, STRANGER, MES)
    look(capture, 40.2, STRANGER, LATHE)
    for n in range(30):
        arp(capture, 41 + 2 * n, 2, STRANGER, LATHE.ip, MES, MES.ip)
        arp(capture, 41.01 + 2 * n, 2, STRANGER, MES.ip, LATHE, LATHE.ip)
    look(capture, 70, MES, LATHE)


@scenario("G13", "benign")
def arp_g13_benign(capture):
    """The router's other half takes over, a computer starts, and the lathe's control is exchanged."""
    day(capture)
    announce(capture, 20, SHARED)
    look(capture, 25, OFFICE, SHARED)
    announce(capture, 30, OFFICE)
    for n in range(3):
        arp(capture, 200 + n, 1, SPARE, "0.0.0.0", None, SPARE.ip)
    announce(capture, 204, SPARE)
    look(capture, 210, MES, SPARE)


# ---- names ----

def name_of(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".")) + b"\0"


def question(number, name, kind):
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + name_of(name) + struct.pack("!HH", kind, 1)


def answer(number, name, kind, records, code=0):
    head = struct.pack("!HHHHHH", number, 0x8580 | code, 1, len(records), 0, 0) + name_of(name) + struct.pack("!HH", kind, 1)
    return head + b"".join(name_of(n) + struct.pack("!HHIH", k, 1, 60, len(d)) + d for n, k, d in records)


def ask_name(capture, at, asker, server, number, name, address):
    capture.datagram(at, asker, server, 50100 + number, 53, question(number, name, 1))
    capture.datagram(at + 0.002, server, asker, 53, 50100 + number, answer(number, name, 1, [(name, 1, address.raw)]))


def transfer(capture, at, asker, given=True, kind=252):
    soa = name_of("ns.werk") + name_of("root.werk") + struct.pack("!IIIII", 7, 3600, 600, 86400, 60)
    zone = [("werk", 6, soa)] + [(f"{n}.werk", 1, h.raw) for n, h in (("lathe", LATHE), ("mes", MES))] + [("werk", 6, soa)]
    c = wire.Connection(capture, asker, NAMES, 53, at, cut="random")
    for from_client, data in ((True, question(9, "werk", kind)), (False, answer(9, "werk", kind, zone if given else [], 0 if given else 5))):
        c.say(from_client, struct.pack("!H", len(data)) + data)
    c.close()


def names_day(capture):
    for n in range(4):
        ask_name(capture, 2 + n, MES, NAMES, n, "lathe.werk", LATHE)
        ask_name(capture, 2.5 + n, OFFICE, SECOND, 20 + n, "mes.werk", MES)
    transfer(capture, 10, SECOND)


@scenario("", "normal")
def names_normal(capture):
    names_day(capture)


@scenario("G4", "attack")
def names_g4_attack(capture):
    names_day(capture)
    transfer(capture, 20, STRANGER, given=False)
    transfer(capture, 21, STRANGER)


@scenario("G4", "benign")
def names_g4_benign(capture):
    names_day(capture)
    transfer(capture, 20, SECOND, kind=251)
    transfer(capture, 40, SECOND, given=False)


# ---- accounts ----

HANDLE = bytes(range(20))
DONE, DENIED = struct.pack("<I", 0), struct.pack("<I", 0xC0000022)


def calls(s, pipe, interface, operations, code=DONE):
    """Calls whose arguments and answers are a handle and nothing to speak of."""
    s.pipe(pipe, interface)
    for operation in operations:
        s.call(operation, HANDLE + bytes(20), HANDLE + bytes(4) + code)
    s.close_file()


def domain_member(capture, at):
    """Shared folders are opened, one user is looked at, and a page of permissions shows who may."""
    s = smb2.Client(capture, OFFICE, SERVER, at)
    s.connect("IPC$")
    s.pipe("srvsvc", SRVSVC)
    s.call(15, struct.pack("<II", 0x20000, 0) + smb2.ndr_string("\\\\SERVER") + struct.pack("<IIII", 1, 1, 0, 0), bytes(12) + DONE)
    s.close_file()
    calls(s, "samr", SAMR, (64, 5, 7, 17, 34, 36, 39, 1))
    calls(s, "lsarpc", LSARPC, (44, 15, 15, 15, 0))
    s.connect("teile")
    s.get("O1001.NC", b"%\nO1001\nM02\n%\n")
    s.close()


@scenario("", "normal")
def accounts_normal(capture):
    domain_member(capture, 2)


@scenario("C13", "attack")
def accounts_c13_attack(capture):
    domain_member(capture, 2)
    s = smb2.Client(capture, STRANGER, SERVER, 10)
    s.connect("IPC$")
    calls(s, "samr", SAMR, (57, 6, 5, 7, 40, 13, 15, 11, 56, 1))
    calls(s, "lsarpc", LSARPC, (44, 7) + (15,) * 50 + (0,), DENIED)
    s.close()


@scenario("C13", "benign")
def accounts_c13_benign(capture):
    for n in range(4):
        domain_member(capture, 2 + 20 * n)


def make(out, rows, kind, name, play):
    capture = wire.Capture(name, **({"start": wire.START - 86400} if kind == "normal" else {}))
    play(capture)
    capture.keep(pathlib.Path(out) / name, dict(row=rows.split(), kind=kind, made="synthetic"))


if __name__ == "__main__":
    for r in ROWS:
        make(sys.argv[1], *r)
