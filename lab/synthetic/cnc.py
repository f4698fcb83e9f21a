#!/usr/bin/env python3
"""cnc.py OUT: recordings of attacks on CNC controls over FOCAS and LSV2, each with a twin of the same work done properly:
OUT/NAME/capture.pcap and truth.json. Rows are those of the attack table (C5 to C18). In each a MES polls in the background
and others work at the same time; segments are cut and sent again. The "normal" recordings are the day before: nothing but normal work, to
learn from. Made from documents, not recorded: truth.json says so."""
import pathlib
import sys

import focas
import lsv2
import wire

MES = wire.Host("00:50:56:00:00:10", "10.20.0.10")
DNC = wire.Host("00:50:56:00:00:11", "10.20.0.11")		# the programming office
PRESET = wire.Host("00:50:56:00:00:12", "10.20.0.12")		# tool presetter
STRANGER = wire.Host("02:1c:7f:00:00:66", "10.20.0.66")
FANUC = wire.Host("00:e0:e4:00:00:20", "10.20.0.20")
TNC = wire.Host("00:19:e4:00:00:30", "10.20.0.30")

ROWS = []


def scenario(row, kind):
    def add(f):
        ROWS.append((row, kind, f.__name__.replace("_", "-"), f))
        return f
    return add


def fanuc(capture, truth, host, at, **how):
    return focas.Client(capture, host, truth.control, truth, at, **how)


def tnc(capture, truth, host, at, **how):
    return lsv2.Client(capture, host, truth.control, truth, at, **how)


class Truth(dict):
    control = None


# ---- Fanuc ----

@scenario("", "normal")
def focas_normal(capture, truth):
    p = fanuc(capture, truth, PRESET, 3, cut="random")
    p.call([(0x48, (1,), b"", bytes(16), 0)])
    for value in (0.0, 0.012, 0.03):
        p.write_variables(10005, [value])
        p.write_variables(11005, [102.5])
        p.calls.wait(1)
    p.close()
    s = fanuc(capture, truth, DNC, 4, again=0.05)
    s.read_variables(3003, 3004)
    s.call([(0x23, (-1, 10, 2, 64), b"", b"", 0)])
    for part in (1, 3, 2, 5, 4, 1):
        s.write_variables(500, [float(part)])
        s.write_pmc("R", 1100, [part])
        s.calls.wait(0.4)
    s.send_program(b"O4100(FIRST JOB)\nG0X0\nM30\n")
    s.read_program(3001)
    s.close()


@scenario("C6 C7", "attack")
def focas_c6_c7_attack(capture, truth):
    s = fanuc(capture, truth, STRANGER, 3, cut="random")
    s.write_variables(3003, [1.0])
    s.write_variables(3004, [1.0])
    s.close()


@scenario("C6 C7", "benign")
def focas_c6_c7_benign(capture, truth):
    s = fanuc(capture, truth, DNC, 3, cut="random")
    s.read_variables(3003, 3004)
    s.close()


@scenario("C8 C10", "attack")
def focas_c8_c10_attack(capture, truth):
    s = fanuc(capture, truth, STRANGER, 3)
    s.action(0x52, (1, 3))
    s.action(0x4b, (1, 3), bytes(3) + b"\x01")	# the code of writing a limit is not public: any that no reader uses
    s.close()


@scenario("C8 C10", "benign")
def focas_c8_c10_benign(capture, truth):
    s = fanuc(capture, truth, PRESET, 3)
    s.call([(0x48, (1,), b"", bytes(16), 0)])
    s.close()


@scenario("C9", "attack")
def focas_c9_attack(capture, truth):
    p = fanuc(capture, truth, PRESET, 2)		# what the presetter set is what the stranger moves
    p.write_variables(11005, [102.5])
    p.close()
    s = fanuc(capture, truth, STRANGER, 3, again=0.2)
    s.write_variables(11005, [104.5])
    s.write_offset(2, 3, 101500)
    s.write_offset(9, 3, 1, error=3)
    s.close()


@scenario("C9", "benign")
def focas_c9_benign(capture, truth):
    s = fanuc(capture, truth, PRESET, 3, again=0.2)
    for value in (0.025, 0.041, 0.06):		# more than ever before, but step by step
        s.write_variables(10005, [value])
    s.write_variables(10006, [0.01])		# a tool that was not there before
    s.close()


@scenario("C9", "attack")
def focas_c9_hijacked(capture, truth):
    s = fanuc(capture, truth, PRESET, 3)		# the presetter itself, in other hands
    s.write_variables(10005, [0.02])
    s.write_variables(10005, [2.02])
    s.close()


@scenario("C11 C14", "attack")
def focas_c11_c14_attack(capture, truth):
    s = fanuc(capture, truth, STRANGER, 3, cut="bytes")
    s.write_variables(500, [-1.0, 999.0, 250.0])
    s.close()


@scenario("C11 C14", "benign")
def focas_c11_c14_benign(capture, truth):
    s = fanuc(capture, truth, DNC, 3, cut="random")
    for part in range(1, 6):
        s.write_variables(500, [float(part)])
        s.write_pmc("R", 1100, [part])
        s.calls.wait(0.3)
    s.close()


@scenario("C12", "attack")
def focas_c12_attack(capture, truth):
    s = fanuc(capture, truth, STRANGER, 3)
    s.write_variables(3000, [55.0])
    s.close()


@scenario("C12", "benign")
def focas_c12_benign(capture, truth):
    s = fanuc(capture, truth, DNC, 3)
    s.call([(0x23, (-1, 10, 2, 64), b"", b"", 0)])
    s.close()


@scenario("C15", "attack")
def focas_c15_attack(capture, truth):
    s = fanuc(capture, truth, STRANGER, 3, cut="random", again=0.1)
    s.send_program(b"O2001(SHAFT)\nG90G54\nG0X0Z5.\nG1Z-30.F2.0\nM30\n")
    s.action(0x05, (3000,))
    s.action(0x03, (2001,))
    s.action(0x01)
    s.close()


@scenario("C15", "benign")
def focas_c15_benign(capture, truth):
    s = fanuc(capture, truth, DNC, 3, cut="random", again=0.1)
    s.send_program(b"O4000(NEXT JOB)\n" + b"".join(b"N%d G1X%d.\n" % (i, i) for i in range(80)) + b"M30\n")
    s.send_program(b"O3000(COVER)\nM30\n", error=5)
    s.close()


@scenario("C16", "attack")
def focas_c16_attack(capture, truth):
    s = fanuc(capture, truth, STRANGER, 3)
    for first in range(500, 600, 10):
        s.read_variables(first, first + 9)
    s.list_programs()
    s.close()


@scenario("C16", "benign")
def focas_c16_benign(capture, truth):
    s = fanuc(capture, truth, DNC, 3)
    s.poll(5)
    s.close()


@scenario("C17", "attack")
def focas_c17_attack(capture, truth):
    s = fanuc(capture, truth, STRANGER, 3, cut="random")
    s.list_programs()
    for n in sorted(truth.control.programs):
        s.read_program(n)
    s.close()


@scenario("C17", "benign")
def focas_c17_benign(capture, truth):
    s = fanuc(capture, truth, DNC, 3)		# the copies of the night
    s.list_programs()
    for n in sorted(truth.control.programs):
        s.read_program(n)
    s.close()


# ---- HEIDENHAIN ----

@scenario("", "normal")
def lsv2_normal(capture, truth):
    p = tnc(capture, truth, PRESET, 3, cut="random", again=0.05)
    p.login("FILE")
    p.read_tools()
    p.write_tools(changed(truth.control, DL="+0.005"))
    p.write_tools(changed(truth.control, DL="+0.015"))
    p.close()
    s = tnc(capture, truth, DNC, 5)
    s.login("FILE")
    s.login("DNC")
    s.read_parameter("MP7230.0")
    s.write_file("TNC:/nc_prog/FIRST.H", b"0 BEGIN PGM FIRST MM\r\n1 L X+1\r\n2 END PGM FIRST MM\r\n")
    s.read_file("TNC:/nc_prog/WELLE.H", truth.control.files["TNC:/nc_prog/WELLE.H"])
    s.close()


@scenario("C5", "attack")
def lsv2_c5_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3, identify=False)
    for guess in ("123456", "geheim77", "heidenhain", "95148x", "admin0815"):
        s.login("FILEPLC", guess, error=30)
    s.login("PLCDEBUG", "807667")
    s.login("FILEPLC", "")
    s.close()


@scenario("C5", "benign")
def lsv2_c5_benign(capture, truth):
    s = tnc(capture, truth, DNC, 3, cut="random")
    s.login("FILE")
    s.login("DNC")
    s.close()


@scenario("C6 C7", "attack")
def lsv2_c6_c7_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3, cut="random")
    s.login("MONITOR")
    s.lock(True)
    for code in (0x1c3, 0x1ae, 0x1a8):
        s.key(code)
    s.lock(False)
    s.write_parameter("MP7230.0", "0")
    s.close()


@scenario("C6 C7", "benign")
def lsv2_c6_c7_benign(capture, truth):
    s = tnc(capture, truth, DNC, 3)
    s.read_parameter("MP7230.0")
    s.close()


def changed(control, **cells):
    tools = {n: dict(c) for n, c in control.tools.items()}
    for column, value in cells.items():
        tools[1][column] = value
    return tools


@scenario("C8", "attack")
def lsv2_c8_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3, cut="random")
    s.login("FILE")
    s.read_tools()
    s.write_tools(changed(truth.control, TIME1="99999", TIME2="99999", CUR_TIME="0"))
    s.close()


@scenario("C9", "attack")
def lsv2_c9_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3, again=0.1)
    s.login("FILE")
    s.read_tools()
    s.write_tools(changed(truth.control, DL="+2.5"))
    s.close()


@scenario("C8 C9 C10", "benign")
def lsv2_c8_c9_c10_benign(capture, truth):
    s = tnc(capture, truth, PRESET, 3, cut="random", again=0.1)
    s.login("FILE")
    s.read_tools()
    s.write_tools(changed(truth.control, DL="+0.01"))
    s.close()


@scenario("C10", "attack")
def lsv2_c10_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3)
    s.login("FILE")
    s.read_tools()
    s.write_tools(changed(truth.control, TIME1="1", TIME2="1"))
    s.close()


@scenario("C11 C14", "attack")
def lsv2_c11_c14_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3)
    s.login("DNC")
    s.write_plc_memory(0x400, b"\1\0\0\0")
    s.close()


@scenario("C11 C14", "benign")
def lsv2_c11_c14_benign(capture, truth):
    s = tnc(capture, truth, DNC, 3)
    s.login("DNC")
    s.poll(3)
    s.close()


@scenario("C15", "attack")
def lsv2_c15_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3, cut="random", again=0.1)
    s.login("FILE")
    s.file_action("C_FD", "TNC:/nc_prog/WELLE.H", error=36)
    s.write_file("TNC:/nc_prog/WELLE.H", b"0 BEGIN PGM WELLE MM\r\n1 L Z-100 FMAX M3\r\n2 END PGM WELLE MM\r\n")
    s.file_action("C_FR", "TNC:/nc_prog/DECKEL.H", "TNC:/nc_prog/DECKEL.OLD")
    s.close()


@scenario("C15", "benign")
def lsv2_c15_benign(capture, truth):
    s = tnc(capture, truth, DNC, 3, cut="random", again=0.1)
    s.login("FILE")
    body = b"".join(b"%d L X+%d Y+0 R0 F500\r\n" % (i, i) for i in range(1, 200))
    s.write_file("TNC:/nc_prog/NEXT.H", b"0 BEGIN PGM NEXT MM\r\n" + body + b"200 END PGM NEXT MM\r\n")
    s.close()


@scenario("C16 C17", "attack")
def lsv2_c16_c17_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3, cut="random")
    s.login("FILE")
    s.walk([("TNC:/", ["nc_prog", "table"]), ("TNC:/nc_prog/", ["WELLE.H", "DECKEL.H"]), ("TNC:/table/", ["tool.t"])])
    for path, data in sorted(truth.control.files.items()):
        s.read_file(path, data)
    s.close()


@scenario("C16 C17", "benign")
def lsv2_c16_c17_benign(capture, truth):
    s = tnc(capture, truth, DNC, 3)
    s.login("FILE")
    s.read_file("TNC:/nc_prog/DECKEL.H", truth.control.files["TNC:/nc_prog/DECKEL.H"])
    s.close()


@scenario("C18", "attack")
def lsv2_c18_attack(capture, truth):
    s = tnc(capture, truth, STRANGER, 3)
    s.login("MONITOR")
    s.screenshot(lsv2.picture())
    s.close()


@scenario("C18", "benign")
def lsv2_c18_benign(capture, truth):
    s = tnc(capture, truth, DNC, 3)
    s.poll(4)
    s.close()


def make(out, row, kind, name, play):
    capture = wire.Capture(name, **({"start": wire.START - 86400} if kind == "normal" else {}))
    truth = Truth(row=row.split(), kind=kind, made="synthetic", writes=[], actions=[], files=[], facts=[], logins=[])
    mes = None
    if name.startswith("focas"):
        truth.control = focas.Control(FANUC)
        mes = focas.Client(capture, MES, truth.control, truth, 0, cut="random", again=0.02)
        truth["facts"].append({"fact": "identity", "device": FANUC.ip, "model": "Series 31i-B", "vendor": "FANUC"})
    else:
        truth.control = lsv2.Control(TNC)
        mes = lsv2.Client(capture, MES, truth.control, truth, 0, cut="random", again=0.02)
        mes.login("DNC")
        truth["facts"].append({"fact": "identity", "device": TNC.ip, "model": "TNC640", "vendor": "HEIDENHAIN"})
    mes.poll(12)
    mes.close()
    play(capture, truth)
    capture.keep(pathlib.Path(out) / name, truth)


if __name__ == "__main__":
    for r in ROWS:
        make(sys.argv[1], *r)
