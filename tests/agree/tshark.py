#!/usr/bin/env python3
"""Every PDU (one request or one answer), as koban and as tshark understand it.

Agreement = PDUs agreeing / (agreeing + differing + only ours + only theirs); a pair whose fields differ counts once. It must
reach 99.9 % for each protocol. Which fields are compared stands in the tables PROTO.tsv beside this file.

A PDU is known by protocol, both ends, direction and its own number (transaction, reference) and compared field by field;
frame numbers only help to say where a difference is. General rules, never names of files, say what is comparable.
A program that gives out (a signal, an exit that is no verdict on the file) is asked again, alone; when it gives out again, the
file is named and the comparison fails: silence is no difference. What lies aside, by name of its column:
  copies     frames koban took for a mirror's copy; a second identical PDU in a retransmitted segment
  refused    koban saw them in the same frames of the same flow and called them malformed
  broken     tshark calls them malformed, the capture cut them off, or their checksum is wrong
  pieces     blocks of a transfer koban tells as a whole, pieces of a list it tells when it is complete
  tunnel     tshark looks deeper into tunnels than koban's decoder, which has its own comparison (decode.py)
  carrier    COTP straight on LLC, without TCP, which koban does not decode
  guessed    a protocol koban found on an unusual port is announced to tshark with -d; what tshark then makes of other flows
             and of other datagrams at that port does not count
  named      differences with a name (named.py): the reason is proven from the bytes of the frame, counted and printed
  eager      agree, but only after tshark was asked again: without sorting segments, because behind a hole it is silent, and
             without waiting for bodies that never end
Left out are what ICMP errors quote, TLS whose keys lie in the capture and interim answers of HTTP.

TAP on standard output; skipped when KOBAN_CORPUS is not set or tshark is missing. KOBAN names the program, KOBAN_BUILD the
build folder: test_all_decode there lists the copies, agree-cache there keeps what tshark said.
usage: tshark.py [--verbose] [--all] [--only PROTO] [--markdown] [FILE...]
"""
import argparse
import collections
import concurrent.futures
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from office import *	# noqa: F403 (theirs_x and ours_x of MQTT, DHCP, DHCPv6, TLS, SNMP, RFB)
from named import name_of
from remote import *	# noqa: F403 (those of RDP)
from transfers import *	# noqa: F403 (those of TFTP)
from windows import *	# noqa: F403 (those of SMB and DCE/RPC)

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("KOBAN_BUILD", ROOT / "build/debug"))
KOBAN = os.environ.get("KOBAN", str(BUILD / "koban"))
REQUIRED = 0.999
SHOWN = 20
WANTED = "mbtcp modbus cotp s7comm dns mdns llmnr nbns arp lldp http ftp omron ntp rmi mqtt dhcp dhcpv6 tls snmp vnc smb smb2 dcerpc rdp t125 tftp".split()
CARRIERS = ["frame", "eth", "ip", "ipv6", "tcp", "udp"]
PROTOCOLS = ["modbus", "cotp", "s7comm", "dns", "mdns", "llmnr", "nbns", "arp", "lldp", "http", "ftp", "fins", "ntp", "jrmp",
             "mqtt", "dhcp", "dhcpv6", "tls", "snmp", "rfb", "rdp", "smb", "dcerpc",
             "dcerpc_udp", "tftp"]
PREFERENCES = ["tcp.desegment_tcp_streams:TRUE", "tcp.reassemble_out_of_order:TRUE", "ip.defragment:TRUE",
               "http.decompress_body:FALSE", "tftp.defragment:TRUE"]
# tshark's layers of a protocol, where they are not called like it; with --only, no others are asked for.
LAYERS = {"modbus": ["mbtcp", "modbus"], "s7comm": ["cotp", "s7comm"], "fins": ["omron"], "jrmp": ["rmi"], "rfb": ["vnc"],
          "rdp": ["rdp", "t125"], "smb": ["smb", "smb2"], "dcerpc_udp": ["dcerpc"]}
# A file larger than this is dissected alone: what tshark takes grows with it.
LARGE = 1 << 20
# What tshark says of files that end in the middle of a packet or are damaged behind some; koban reads up to there too.
ENDS_EARLY = re.compile(r"cut short in the middle of a packet|appears to be damaged or corrupt")
# Later options win: segments as they come, heads before their bodies.
COPIES = ["tcp.analysis.retransmission", "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission"]
EAGER = ["-o", "tcp.reassemble_out_of_order:FALSE", "-o", "http.desegment_body:FALSE"]
# How tshark is told of a port: our protocol -> (transports, usual port, tshark's name of the layer above TCP or UDP).
PORTS = {"modbus": (502, "mbtcp"), "umas": (502, "mbtcp"), "cotp": (102, "tpkt"), "s7comm": (102, "tpkt"),
         "dns": (53, "dns"), "http": (80, "http"), "ftp": (21, "ftp"), "llmnr": (5355, "llmnr"), "nbns": (137, "nbns"),
         "mdns": (5353, "mdns"),
         "fins": (9600, "omron"), "ntp": (123, "ntp"), "jrmp": (1099, "rmi"),
         "dcerpc": (135, "dcerpc"), "mqtt": (1883, "mqtt"), "snmp": (161, "snmp"), "tls": (443, "tls"), "rfb": (5900, "vnc"),
         "dhcp": (67, "dhcp")}
FILE_PORTS = {139, 445}	# of SMB, which tshark finds wherever it is: nothing else found there may be announced for all
AGAIN = {"tcp.analysis.retransmission", "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission",
         "tcp.analysis.out_of_order"}

# What tshark shows and does not count, by the rules above; eager: agrees only after tshark was asked again.
ASIDE = ("copies", "refused", "broken", "pieces", "tunnel", "carrier", "guessed", "named", "eager")

Pdu = collections.namedtuple("Pdu", "key fields frame where")	# where: the flow, for what lies in the same frames


def ends(a, b):
    """Both ends of a conversation; which of them spoke follows from request or answer."""
    return tuple(sorted((a, b)))


# ---- tshark ----

def layers_of(pairs):
    """Flattens what json.loads() gives as pairs: (field, value) in the order of the packet; labels as ("#", label)."""
    for name, value in pairs:
        if isinstance(value, Pairs):
            if re.fullmatch(r"[a-z_0-9\-]+(\.[A-Za-z_0-9\-]+)*", name) is None or name in ("Queries", "Answers"):
                yield "#", name
            elif not name.endswith("_tree"):
                yield name, ""
            yield from layers_of(value)
        elif isinstance(value, list):
            for one in value:
                yield from layers_of([(name, one)])
        elif re.fullmatch(r"[a-z_0-9\-]+(\.[A-Za-z_0-9\-]+)+", name) is None:
            yield "#", name
        elif name == "tftp.reassembled.data":	# a whole file
            yield name, hashlib.sha256(bytes.fromhex(value.replace(":", ""))).hexdigest()
        else:
            yield name, value[:1200]


CUT_OFF = ("_ws.malformed", "_ws.short", "_ws.unreassembled")	# tshark's words at the end of a packet


class Pairs(list):
    """A JSON object whose keys may repeat."""


class GaveOut(Exception):
    """A program ended before it had said everything: what it said is no opinion."""


def ended_well(what, path, code, complaint):
    """Raises GaveOut unless the program read all there is of the file."""
    if code == 0 or (code > 0 and ENDS_EARLY.search(complaint)):
        return
    last = " / ".join(line for line in complaint.splitlines() if "dangerous" not in line)[-200:]
    raise GaveOut(f"{what} gave out on {path}: {f'signal {-code}' if code < 0 else f'exit {code}'} {last}".rstrip())


UNWANTED = re.compile(r"(frame\.(?!number|protocols)|ip\.(?!src$|dst$)|ipv6\.(?!src$|dst$)|tcp\.(?!srcport|dstport|analysis)"
                      r"|udp\.(?!srcport|dstport)|eth\.(?!src$|dst$)|_ws\.expert\.|http\.file_data|http\.(prev|next)_)")


def tshark_packets(path, options, also):
    """Packets as tshark dissects them: [[layer, [[field, value]...]]...]."""
    command = ["tshark", "-n", "-r", str(path), "-T", "json", "-J", " ".join(CARRIERS + WANTED), "-Y", "||".join(WANTED + also)]
    for one in PREFERENCES:
        command += ["-o", one]
    with tempfile.TemporaryFile("w+", errors="replace") as complaints, \
            subprocess.Popen(command + options, stdout=subprocess.PIPE, stderr=complaints, text=True, errors="replace") as run:
        lines = []
        for line in run.stdout:
            if line.strip() in ("[", "]", "[]", ""):
                continue
            lines.append("  }" if line == "  },\n" else line)
            if line in ("  },\n", "  }\n"):
                packet = json.loads("".join(lines), object_pairs_hook=Pairs)
                lines = []
                layers = dict(dict(packet)["_source"])["layers"]
                yield [[name, [[f, v] for f, v in layers_of(inner) if not UNWANTED.match(f)]
                        if isinstance(inner, Pairs) else []]
                       for name, inner in layers if isinstance(inner, Pairs) or name in CUT_OFF]
        code = run.wait()
        complaints.seek(0)
        ended_well("tshark", path, code, complaints.read())
        if lines:
            raise GaveOut(f"tshark gave out on {path}: its last packet has no end")


def tshark_cached(path, options, version, also=()):
    """The same from the cache when this file was dissected before."""
    stat = path.stat()
    also = list(also)
    name = hashlib.sha256(repr((str(path), stat.st_mtime_ns, stat.st_size, options + also, PREFERENCES, WANTED,
                                UNWANTED.pattern, CUT_OFF, version)).encode()).hexdigest()
    kept = BUILD / "agree-cache" / (name[:32] + ".gz")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        try:
            with gzip.open(part, "wt", compresslevel=1) as out:
                for packet in tshark_packets(path, options, also):
                    out.write(json.dumps(packet) + "\n")
            part.rename(kept)
        finally:
            part.unlink(missing_ok=True)
    with gzip.open(kept, "rt") as lines:
        for line in lines:
            yield json.loads(line)


class Fields:
    """The fields of one layer."""

    def __init__(self, pairs):
        self.pairs = pairs

    def all(self, name):
        return [v for f, v in self.pairs if f == name]

    def get(self, name, otherwise=None):
        for f, v in self.pairs:
            if f == name:
                return v
        return otherwise

    def number(self, name, otherwise=None):
        text = self.get(name)
        return otherwise if text in (None, "") else int(text, 0)

    def labels(self):
        return [v for f, v in self.pairs if f == "#"]

    def broken(self):
        return any(f.startswith("_ws.malformed") or "Malformed" in v or "Unreassembled" in v for f, v in self.pairs)


def theirs_modbus(f, c):
    answer = c.sport == c.server("modbus") if c.sport != c.dport else f.get("modbus.request_frame") is not None
    code = f.number("modbus.func_code")
    if code is None:
        return
    if code == 90:
        yield Pdu(("modbus", c.ends, "answer" if answer else "request", "umas"), {}, c.frame, c.ends)
        return
    tid = f.number("mbtcp.trans_id")
    out = {"unit": f.number("mbtcp.unit_id"), "function": code}
    if answer:
        out["exception"] = f.number("modbus.exception_code", 0)
    else:
        out["protocol"] = f.number("mbtcp.prot_id")
        if code in (1, 2, 3, 4):
            out["address"] = f.number("modbus.reference_num")
            out["quantity"] = f.number("modbus.word_cnt" if code > 2 else "modbus.bit_cnt")
        elif code in (5, 6, 15, 16, 22):
            out["address"] = f.number("modbus.reference_num")
        elif code == 8:
            out["diagnostic"] = f.number("modbus.diagnostic_code")
        elif code == 43:
            out["mei"] = f.number("modbus.mei")
    yield Pdu(("modbus", c.ends, "answer" if answer else "request", tid), out, c.frame, c.ends)


COTP = {0x0e: "request", 0x0d: "answer", 0x08: "disconnect", 0x0c: "disconnected", 0x07: "error"}


def theirs_cotp(f, c):
    kind = COTP.get(f.number("cotp.type"))
    if kind is None or "Continuation" in f.labels():
        return
    if c.transport != "tcp":
        yield Pdu(("cotp", c.macs[0], "carrier"), {}, c.frame, c.ends)
        return

    def tsap(which):
        text = f.get(f"cotp.{which}-tsap-bytes")
        plain = f.get(f"cotp.{which}-tsap")
        return text.replace(":", "") if text else plain.encode().hex() if plain else ""

    yield Pdu(("cotp", c.ends, kind),
              {"source": f.number("cotp.srcref"), "destination": f.number("cotp.destref"), "calling": tsap("src"),
               "called": tsap("dst"), "size": f.number("cotp.tpdu_size", 0), "reason": f.number("cotp.cause", 0)},
              c.frame, c.ends)


ROSCTR = {1: "job", 2: "ack", 3: "ack-data", 7: "userdata"}


def theirs_s7comm(f, c):
    if c.transport != "tcp":
        yield Pdu(("s7comm", c.macs[0], "carrier"), {}, c.frame, c.ends)
        return
    rosctr = ROSCTR.get(f.number("s7comm.header.rosctr"), "other")
    out = {"group": f.number("s7comm.param.userdata.funcgroup", 0)}
    if rosctr == "userdata":
        kind = "request" if f.number("s7comm.param.userdata.type") == 4 else "answer"
        unit = f.number("s7comm.param.userdata.dataunitref", 0)
        next_one = f.number("s7comm.param.userdata.seq_num", 0) != 0 and f.number("s7comm.data.length", 0) == 0 \
            and f.get("s7comm.param.userdata.dataunitref") is not None
        piece = (unit != 0 or next_one) if kind == "request" else f.number("s7comm.param.userdata.lastdataunit", 0) != 0
        if piece:
            yield Pdu(("s7comm", c.ends, "pieces"), {}, c.frame, c.ends)
            return
        if f.get("s7comm.data.userdata.szl_id"):
            out.update(szl=f.number("s7comm.data.userdata.szl_id"), index=f.number("s7comm.data.userdata.szl_index"))
    else:
        kind = "request" if rosctr == "job" else "answer"
        if rosctr != "ack":
            out["function"] = f.number("s7comm.param.func", 0)
    if kind == "answer":
        out["error"] = (f.number("s7comm.header.errcls", 0), f.number("s7comm.header.errcod", 0))
    function = out.get("function")
    if function in (4, 5):
        out["items"] = f.number("s7comm.param.itemcount", 0)
        if kind == "request":
            out.update(syntax=f.number("s7comm.param.item.syntaxid"), area=f.number("s7comm.param.item.area", 0),
                       size=f.number("s7comm.param.item.transp_size", 0), db=f.number("s7comm.param.item.db", 0))
        else:
            out["result"] = f.number("s7comm.data.returncode")
    elif function == 240:
        out["setup"] = tuple(f.number(f"s7comm.param.{n}") for n in ("maxamq_calling", "maxamq_called", "pdu_length"))
    yield Pdu(("s7comm", c.ends, kind, rosctr, f.number("s7comm.header.pduref")), out, c.frame, c.ends)


RR_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "NULL": 10, "WKS": 11, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16,
            "RP": 17, "AFSDB": 18, "SIG": 24, "KEY": 25, "AAAA": 28, "LOC": 29, "NB": 32, "SRV": 33, "NBSTAT": 33, "NAPTR": 35,
            "DNAME": 39, "OPT": 41, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50,
            "NSEC3PARAM": 51, "TLSA": 52, "SVCB": 64, "HTTPS": 65, "SPF": 99, "TKEY": 249, "TSIG": 250, "IXFR": 251,
            "AXFR": 252, "ANY": 255, "CAA": 257}
DATA_FIELDS = {1: "dns.a", 28: "dns.aaaa", 5: "dns.cname", 12: "dns.ptr.domain_name", 15: "dns.mx.mail_exchange", 2: "dns.ns",
               33: "dns.srv.target"}


def type_number(name):
    if isinstance(name, int):
        return name
    digits = re.fullmatch(r"(?:TYPE|type|#)?(\d+)", name)
    return int(digits[1]) if digits else RR_TYPES.get(name.upper(), name)


def dns_name(text):
    """One way of writing a name for both: no root dot, no escapes."""
    text = (text or "").replace("\\.", ".")
    return "" if text in ("<Root>", ".") else text.rstrip(".")


def theirs_dns(f, c, proto):
    answer = f.number("dns.flags.response", 0)
    out = {"opcode": f.number("dns.flags.opcode")}
    if answer or proto == "mdns":
        out["rcode"] = f.number("dns.flags.rcode", 0)
    records, now = [], None
    for field, value in f.pairs:
        if field == "#" and ": type " in value:
            now = []
            records.append(now)
        elif now is not None:
            now.append([field, value])
    questions, out["records"] = [], []
    for pairs in records:
        one = Fields(pairs)
        if one.get("dns.qry.name") is not None:
            questions.append((dns_name(one.get("dns.qry.name")), one.number("dns.qry.type")))
            continue
        kind = one.number("dns.resp.type")
        name = one.get("dns.resp.name", one.get("dns.srv.name"))
        if one.get("dns.srv.service") is not None and one.get("dns.resp.name") is None:
            name = ".".join(one.get(n, "") for n in ("dns.srv.service", "dns.srv.proto", "dns.srv.name"))
        data = one.get(DATA_FIELDS.get(kind, ""), "")
        out["records"].append((dns_name(name), kind, dns_name(data)))
    out["questions"] = questions
    if not answer:
        out["first"] = questions[:1]
    if out["opcode"] == 5:
        out = {n: out[n] for n in out if n not in ("records", "questions", "first")}
    yield Pdu((proto, c.ends, "answer" if answer else "request", f.number("dns.id")), out, c.frame, c.ends)


def nb_name(text):
    text = re.sub(r" \(.*\)$", "", text or "")
    return re.sub(r"^(\*)(<00>)+$", r"\1", text)


def theirs_nbns(f, c):
    answer = f.number("nbns.flags.response", 0)
    out = {"opcode": f.number("nbns.flags.opcode"), "rcode": f.number("nbns.flags.rcode", 0) if answer else 0,
           "name": nb_name(f.get("nbns.name")), "addresses": f.all("nbns.addr"),
           "names": [nb_name(n).rstrip() for n in f.all("nbns.netbios_name")], "unit": f.get("nbns.unit_id", "")}
    yield Pdu(("nbns", c.ends, "answer" if answer else "request", f.number("nbns.id")), out, c.frame, c.ends)


def theirs_arp(f, c):
    def hardware(which):
        mac = f.get(f"arp.{which}.hw_mac", f.get(f"arp.{which}.hw", ""))
        return mac if len(mac) == 17 else ""

    out = {"hardware": f.number("arp.hw.type"), "source": f.get("arp.src.proto_ipv4", ""),
           "target": f.get("arp.dst.proto_ipv4", ""), "source_mac": hardware("src"),
           "target_mac": hardware("dst")}
    yield Pdu(("arp", f.number("arp.opcode"), out["source"], out["target"]), out, c.frame, c.macs[0])


def trimmed(text):
    """Text as a person sees it: without line ends and what fills it up."""
    text = re.sub(r"\\[rnt]|[\r\n\t]", " ", text or "")
    return re.sub(r"[\s\x00]+", " ", text.replace("\\000", "").replace("\\0", "")).strip()


def theirs_lldp(f, c):
    mac = f.get("lldp.chassis.id.mac")
    out = {"ttl": f.number("lldp.time_to_live"), "chassis": mac, "port": f.get("lldp.port.id.mac", f.get("lldp.port.id")),
           "port_description": trimmed(f.get("lldp.port.desc")), "system": trimmed(f.get("lldp.tlv.system.name")),
           "description": trimmed(f.get("lldp.tlv.system.desc"))[:200], "addresses": f.all("lldp.mgn.addr.ip4")}
    yield Pdu(("lldp", c.macs[0]), out, c.frame, c.macs[0])


def plain(text, most):
    """Up to most characters, and up to the first that the two write in different ways."""
    return re.split(r"[^\x20-\x5b\x5d-\x7e]|\\", text or "", maxsplit=1)[0][:most].rstrip()


def host_of(text):
    return re.sub(r":\d+$", "", text or "").lower()


def port_of(text):
    digits = re.search(r":(\d+)$", text or "")
    return int(digits[1]) if digits else 0


def theirs_http(f, c):
    method, status = f.get("http.request.method"), f.get("http.response.code")
    if c.transport != "tcp":
        return
    if method is not None:
        yield Pdu(("http", c.ends, "request", method),
                  {"url": plain(f.get("http.request.uri"), 400), "host": host_of(f.get("http.host")), "port": port_of(f.get("http.host")),
                   "version": f.get("http.request.version", ""), "agent": plain(f.get("http.user_agent"), 112),
                   "referer": plain(f.get("http.referer"), 96)}, c.frame, c.ends)
    elif status is not None and (status == "101" or not status.startswith("1")):
        yield Pdu(("http", c.ends, "answer", status),
                  {"type": plain(f.get("http.content_type"), 64), "location": plain(f.get("http.location"), 96),
                   "version": f.get("http.response.version", "")}, c.frame, c.ends)


SECRET_COMMANDS = {"PASS", "ACCT", "ADAT", "MIC", "CONF", "ENC"}


def theirs_ftp(f, c):
    if c.transport != "tcp":
        return
    lines = [re.sub(r"(\\r|\\n)+$", "", one) for one in f.labels()]
    for line in lines:
        if f.get("ftp.request") == "1":
            word = re.match(r"[A-Za-z]{3,12}(?= |$)", line)
            if word:
                command = word[0].upper()
                argument = None if command in SECRET_COMMANDS else plain(line[len(word[0]) + 1:], 180)
                yield Pdu(("ftp", c.ends, "command", command), {"argument": argument}, c.frame, c.ends)
        elif re.match(r"\d\d\d( |$)", line):
            yield Pdu(("ftp", c.ends, "reply", line[:3]), {}, c.frame, c.ends)

FINS_WORDS = {0x82: "D", 0xb0: "CIO ", 0xb1: "W", 0xb2: "H", 0xb3: "A", 0x98: "EM", 0x03: "TN", 0x04: "ST", 0x84: "ST",
              0x1b: "AC", **{0x90 + bank: f"E{bank}_" for bank in range(8)}}
FINS_BITS = {0x02: "D", 0x30: "CIO ", 0x31: "W", 0x32: "H", 0x33: "A"}


def fins_place(area, address, bit):
    """An address as people write it, from the table of areas in the manuals."""
    if area in (0x00, 0x40, 0x80, 0xc0):	# CV: the auxiliary area stands behind CIO
        aux = 0x0b00 <= address < 0x0f00
        word = f"A{address - 0x0b00}" if aux else f"CIO {address}"
        return word if area & 0x80 else f"{word}.{bit:02}"
    for areas, first in (((0x09, 0x89), 0x8000), ((0x01, 0x81), 0x0800)):
        if area in areas:
            return f"C{address - first}" if address >= first else f"T{address}"
    if area in FINS_WORDS:
        return f"{FINS_WORDS[area]}{address}"
    return f"{FINS_BITS[area]}{address}.{bit:02}" if area in FINS_BITS else f"area {area:X} {address}.{bit:02}"


def theirs_omron(f, c):
    tcp = f.number("omron.tcp.command")
    if tcp in (0, 1):
        out = {"client": f.number("omron.tcp.client_node_address")}
        if tcp == 1:
            out.update(server=f.number("omron.tcp.server_node_address"), error=f.number("omron.tcp.error_code"))
        yield Pdu(("fins", c.ends, "answer" if tcp else "request", "nodes"), out, c.frame, c.ends)
        return
    command = f.number("omron.command")
    if command is None:
        return
    answer = f.number("omron.icf") & 0x40
    out = {}
    if answer:
        out["end"] = f.number("omron.response.code")
        if command == 0x0501 and f.get("omron.controller.model") is not None:
            out["text"] = " ".join(f.get(f"omron.controller.{n}").strip() for n in ("model", "version"))
    else:
        out["route"] = [f.number("omron." + n) for n in ("dna", "da1", "da2", "sna", "sa1", "sa2")]
        if command in (0x0101, 0x0102, 0x0103):
            out["count"] = f.number("omron.memory.numitems")
            out["place"] = fins_place(f.number("omron.memory.area.read"), f.number("omron.memory.address"),
                                      f.number("omron.memory.address.bits"))
    yield Pdu(("fins", c.ends, "answer" if answer else "request", f.number("omron.sid"), command), out, c.frame, c.ends)


NTP_LEAP = ("none", "insert", "delete", "unknown")


def signed8(n):
    return n - 256 if n is not None and n > 127 else n


def fixed16(n, signed):
    """1/65536 s as seconds."""
    return None if n is None else round((n - (1 << 32) if signed and n >> 31 else n) / 65536, 4)


def theirs_ntp(f, c):
    mode = f.number("ntp.flags.mode")
    if mode is None:
        return
    if mode in (6, 7):
        answer, more = (f.number(n, 0) for n in (("ntp.ctrl.flags2.r", "ntp.ctrl.flags2.more") if mode == 6 else
                                                 ("ntp.priv.flags.r", "ntp.priv.flags.more")))
        if answer and more:
            yield Pdu(("ntp", c.ends, "pieces"), {}, c.frame, c.ends)
            return
        if mode == 6:
            number, code = f.number("ntp.ctrl.sequence"), f.number("ntp.ctrl.flags2.opcode")
            out = {"association": f.number("ntp.ctrl.associd")}
            if answer:
                out["status"] = f.number("ntp.ctrl.status", f.number("ntp.ctrl.err_status", 0))
        else:
            number, code = f.number("ntp.priv.impl"), f.number("ntp.priv.reqcode")
            out = {}
        yield Pdu(("ntp", c.ends, "answer" if answer else "request", mode << 8 | code, number), out, c.frame, c.ends)
        return
    out = {"mode": mode, "version": f.number("ntp.flags.vn")}
    if mode != 3:
        out.update(stratum=f.number("ntp.stratum"), reference=f.get("ntp.refid"), leap=NTP_LEAP[f.number("ntp.flags.li")],
                   poll=signed8(f.number("ntp.ppoll")), precision=signed8(f.number("ntp.precision")),
                   delay=fixed16(f.number("ntp.rootdelay"), True), dispersion=fixed16(f.number("ntp.rootdispersion"), False),
                   key=int(f.get("ntp.keyid", "0").replace(":", ""), 16))
    yield Pdu(("ntp", c.ends, "request" if mode == 3 else "answer" if mode == 4 else "push"), out, c.frame, c.ends)


RMI = {0x4e: "ack", 0x4f: "refused", 0x50: "call", 0x51: "return", 0x52: "ping", 0x53: "pong", 0x54: "dgc"}


def theirs_rmi(f, c):
    """Messages that begin a segment: tshark looks no further."""
    kind = RMI.get(f.number("rmi.outputstream.message") or f.number("rmi.inputstream.message"))
    if f.number("rmi.protocol") is not None:
        yield Pdu(("jrmp", c.ends, "handshake"), {"protocol": f.number("rmi.protocol")}, c.frame, c.ends)
    elif kind == "ack":
        yield Pdu(("jrmp", c.ends, kind), {"host": f.get("rmi.endpoint_id.hostname"), "port": f.number("rmi.endpoint_id.port")},
                  c.frame, c.ends)
    elif kind:
        yield Pdu(("jrmp", c.ends, kind), {}, c.frame, c.ends)


class Context:
    """Where a layer lies."""

    def __init__(self, server_ports):
        self.server_ports = server_ports
        self.frame = 0
        self.macs = ("", "")
        self.ips = ("", "")
        self.transport = ""
        self.protocols = ""	# "eth:ethertype:ip:tcp:tls"
        self.sport = self.dport = 0

    def server(self, proto):
        """The server's port of this conversation, as the usual ports and those koban named give it."""
        known = self.server_ports.get(proto, set())
        return self.sport if self.sport in known and self.dport not in known else self.dport

    @property
    def ends(self):
        return ends((self.ips[0], self.sport), (self.ips[1], self.dport))


def theirs(packet, server_ports):
    """(PDU, said to be malformed, copied) of one packet."""
    c = Context(server_ports)
    modbus = None
    again = inside = False
    cut_off = any(name in CUT_OFF for name, _ in packet)
    for name, pairs in packet:
        f = Fields(pairs)
        if name == "frame":
            c.frame = f.number("frame.number")
            c.protocols = f.get("frame.protocols", "")
        elif name == "eth":
            c.macs = (f.get("eth.src", ""), f.get("eth.dst", ""))
        elif name in ("ip", "ipv6"):
            c.ips = (f.get(name + ".src"), f.get(name + ".dst"))
        elif name in ("icmp", "icmpv6"):
            return
        elif name == "tls":
            inside = True
        elif inside:
            return		# decrypted: the keys lie in the capture
        elif name in ("tcp", "udp"):
            c.transport = name
            c.sport, c.dport = f.number(name + ".srcport"), f.number(name + ".dstport")
            again = any(n in AGAIN for n, _ in pairs)
        if name == "mbtcp":
            modbus = pairs
        elif name == "modbus":
            found = theirs_modbus(Fields((modbus or []) + pairs), c)
        if name in ("mbtcp",) or name not in WANTED:
            continue
        if name in ("dns", "mdns", "llmnr"):
            found = theirs_dns(f, c, name)
        elif name != "modbus":
            found = globals()["theirs_" + name](f, c)
        for pdu in found:
            yield pdu, cut_off or f.broken(), again


# ---- koban ----

def ours_modbus(d, k, e, frames):
    if d["event_type"] == "umas":
        if k["phase"] not in ("answer", "push"):
            yield Pdu(("modbus", e, "request", "umas"), {}, frames[0], e)
        if k["outcome"] not in ("unanswered", "unknown") or k["phase"] == "answer":
            yield Pdu(("modbus", e, "answer", "umas"), {}, frames[1], e)
        return
    if k["code"] == 23 and k["verb"] == "read":
        return			# function 23 is told in two lines, what it wrote and what it read
    r = d["modbus"].get("request")
    if r:
        code = r["function_raw"]
        out = {"unit": r["unit_id"], "function": code, "protocol": r.get("protocol_id", 0)}
        if code in (1, 2, 3, 4):
            out.update(address=r.get("read", {}).get("address"), quantity=r.get("read", {}).get("quantity"))
        elif code in (5, 6, 15, 16, 22):
            out["address"] = r.get("write", {}).get("address")
        elif code == 8:
            out["diagnostic"] = r.get("diagnostic", {}).get("raw")
        elif code == 43:
            out["mei"] = r.get("mei", {}).get("raw")
        yield Pdu(("modbus", e, "request", r["transaction_id"]), out, frames[0], e)
    r = d["modbus"].get("response")
    if r:
        out = {"unit": r["unit_id"], "function": r["function_raw"] & 0x7f,
               "exception": r.get("exception", {}).get("raw", 0)}
        yield Pdu(("modbus", e, "answer", r["transaction_id"]), out, frames[1], e)


def ours_cotp(d, k, e, frames):
    o = k.get("cotp", {})
    kinds = {224: "request", 208: "answer", 128: "disconnect", 192: "disconnected", 112: "error"}
    kind = kinds.get(k["code"])
    if kind is None:
        return
    both = {"source": o.get("source_reference"), "destination": o.get("destination_reference"),
            "calling": o.get("calling_tsap", ""), "called": o.get("called_tsap", ""), "size": o.get("tpdu_size", 0),
            "reason": o.get("reason", 0)}
    if kind != "request" or k["phase"] == "answer":
        yield Pdu(("cotp", e, "answer" if kind == "request" else kind), both, frames[1], e)
        return
    if k["outcome"] in ("unanswered", "unknown"):
        yield Pdu(("cotp", e, "request"), both, frames[0], e)
        return
    # One line for both: what both may carry is that of the answer, if it gives it.
    yield Pdu(("cotp", e, "request"), dict(both, source=both["destination"], destination=0, calling=None, called=None,
                                           size=None, reason=0), frames[0], e)
    refused = k["outcome"] == "refused" and "rdp_failure" not in o	# RDP refuses in a confirmation
    yield Pdu(("cotp", e, "disconnect" if refused else "answer"),
              dict(both, calling=None, called=None, size=None, source=None if refused else both["source"]), frames[1], e)


def ours_s7comm(d, k, e, frames):
    o = k.get("s7comm", {})
    last = o.get("rosctr", "job")
    alone = k["phase"] in ("answer", "push") or k["outcome"] in ("unanswered", "unknown")
    answered = last in ("ack", "ack-data") or (last == "userdata" and (k["phase"] in ("answer", "push") or not alone))
    asked = k["phase"] not in ("answer", "push")
    user = last == "userdata"
    function = o.get("function", 0)

    def fields(kind):
        out = {"group": o.get("group", 0)}
        if user and o.get("szl_id") is not None:
            # Answers repeat id and index, but for errors; the line of both shows those of the answer.
            shown = kind == "answer" or not answered
            out.update(szl=o["szl_id"], index=o.get("szl_index") if shown else None)
        if not user and not (kind == "answer" and last == "ack"):
            out["function"] = function
        if kind == "answer":
            out["error"] = (o.get("error_class", 0), o.get("error_code", 0))
        if user:
            return out
        if function in (4, 5):
            out["items"] = 1 + len(k.get("more", []))
            if kind == "request":
                plain_any = o.get("syntax") == 16	# tshark names the parts of other syntaxes in its own way
                out.update(syntax=o.get("syntax"), area=o.get("area") if plain_any else None,
                           size=o.get("transport_size") if plain_any else None, db=o.get("db", 0) if plain_any else None)
            else:
                out["result"] = o.get("item_result")
        elif function == 240:
            mine = kind == "answer" or not answered
            out["setup"] = (o.get("jobs_calling"), o.get("jobs_called"), o.get("pdu_length")) if mine else None
        return out

    if asked:
        yield Pdu(("s7comm", e, "request", "userdata" if user else "job", o.get("reference")), fields("request"), frames[0], e)
    if answered:
        yield Pdu(("s7comm", e, "answer", last, o.get("reference")), fields("answer"), frames[1], e)


def rcode_number(r):
    names = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
             "NOTZONE"]
    if r in ("BADVERS", "BADSIG"):
        return 0		# 16: its lower four bits are those of the header (RFC 6891, 6.1.3)
    return r if isinstance(r, int) else names.index(r) if r in names else r


def ours_records(lists):
    for r in (one for part in lists for one in part or []):
        kind = type_number(r.get("rrtype", 0))
        data = r.get("rdata", r.get("a", r.get("aaaa", r.get("ptr", r.get("cname", r.get("ns", "")))))) \
            if kind in DATA_FIELDS else ""
        if kind == 33:
            data = data.rpartition(" ")[2]
        if kind == 33 and "srv" in r:
            data = r["srv"].get("name", "")
        if kind == 15:
            data = re.sub(r"^\d+ ", "", data)
        yield dns_name(r.get("rrname", "")), kind, dns_name(data)


def ours_dns(d, k, e, frames):
    proto = d["event_type"]
    o, own = d[proto], k.get(proto, {})
    answer = o.get("type") == "response"
    asked = k["phase"] in ("ask", "whole")
    questions = [(dns_name(q["rrname"]), type_number(q.get("rrtype", 0))) for q in o.get("queries", [])]
    if proto == "mdns":
        lists = [own.get(n + "_records") for n in ("answer", "authority", "additional")]
    else:
        lists = [o.get(n) for n in ("answers", "authorities", "additionals")]
    records = list(ours_records(lists))
    out = {"opcode": o.get("opcode", 0)}
    if proto == "mdns":
        out["rcode"] = o.get("rcode", 0)
    update = o.get("opcode") == 5
    if asked:
        # The line of both shows the questions the answer repeats: the first is what pairs them.
        more = {} if update else {"questions": None if answer else questions, "first": questions[:1],
                                  "records": records if proto == "mdns" else None}
        yield Pdu((proto, e, "request", o["id"]), {**out, **more}, frames[0], e)
    if answer:
        more = {} if update else {"questions": questions, "records": records}
        yield Pdu((proto, e, "answer", o["id"]), {**out, "rcode": rcode_number(o.get("rcode", 0)), **more}, frames[1], e)


def ours_nbns(d, k, e, frames):
    o = k["nbns"]
    out = {"opcode": o["opcode"], "rcode": 0, "name": nb_name(o.get("name", "")),
           "addresses": [a["ip"] for a in o.get("addresses", [])],
           "names": [re.sub(r"<[0-9a-f]{2}>$", "", n["name"]) for n in o.get("names", [])], "unit": o.get("unit_id", "")}
    answer = o["response"]
    if not answer:
        yield Pdu(("nbns", e, "request", o["id"]), out, frames[0], e)
        return
    if k["phase"] in ("ask", "whole"):
        asked = dict(out, addresses=None, names=[], unit="")
        yield Pdu(("nbns", e, "request", o["id"]), asked, frames[0], e)
    yield Pdu(("nbns", e, "answer", o["id"]), dict(out, rcode=o.get("rcode", 0)), frames[1], e)


ARP_WORDS = {"request": 1, "reply": 2, "request_reverse": 3, "reply_reverse": 4, "drarp_request": 5, "drarp_reply": 6,
             "drarp_error": 7, "inarp_request": 8, "inarp_reply": 9}


def ours_arp(d, k, e, frames):
    o, own = d["arp"], k.get("arp", {})
    number = own.get("opcode_number")
    out = {"hardware": own.get("hw_number"), "source": o.get("src_ip", ""), "target": o.get("dest_ip", ""),
           "source_mac": o.get("src_mac", ""), "target_mac": o.get("dest_mac", "")}
    ether = d.get("ether", {})
    both = k["phase"] == "whole" and k["outcome"] == "done"
    if both:
        # The line shows the answer; the request had its ends the other way round and asked for the target's address.
        yield Pdu(("arp", number - 1, out["target"], out["source"]),
                  {"hardware": out["hardware"], "source": out["target"], "target": out["source"],
                   "source_mac": out["target_mac"], "target_mac": None}, frames[0], ether.get("src_mac"))
    src = ether.get("dest_mac" if both else "src_mac")
    yield Pdu(("arp", number, out["source"], out["target"]), out, frames[1] if both else frames[0], src)


def ours_lldp(d, k, e, frames):
    o = k["lldp"]
    src = d.get("ether", {}).get("src_mac")
    yield Pdu(("lldp", src),
              {"ttl": o.get("ttl"), "chassis": o.get("chassis_id") if o.get("chassis_kind") == "mac" else None,
               "port": o.get("port_id"), "port_description": trimmed(o.get("port_description")),
               "system": trimmed(o.get("system_name")), "description": trimmed(o.get("system_description"))[:200],
               "addresses": [a["text"] for a in o.get("addresses", []) if "." in a["text"]]}, frames[0], src)


def ours_http(d, k, e, frames):
    o = d["http"]
    method, status = o.get("http_method"), o.get("status", o.get("status_string"))
    if method is not None:
        yield Pdu(("http", e, "request", method),
                  {"url": plain(o.get("url"), 400), "host": host_of(o.get("hostname")), "port": o.get("http_port", 0),
                   "version": o.get("protocol", "").replace("HTTP/0.9", ""),
                   "agent": plain(o.get("http_user_agent"), 112), "referer": plain(o.get("http_refer"), 96)}, frames[0], e)
    if status is not None:
        yield Pdu(("http", e, "answer", str(status)),
                  {"type": plain(o.get("http_content_type"), 64), "location": plain(o.get("redirect"), 96),
                   "version": o.get("protocol", "") if method is None else None}, frames[method is not None], e)


def ours_ftp(d, k, e, frames):
    o = d["ftp"]
    if "command" in o:
        command = o["command"]
        argument = None if command in SECRET_COMMANDS else plain(o.get("command_data"), 180)
        yield Pdu(("ftp", e, "command", command), {"argument": argument}, frames[0], e)
    for code in o.get("completion_code", []):
        yield Pdu(("ftp", e, "reply", code), {}, frames[1], e)


def ours_fins(d, k, e, frames):
    fins = k.get("fins", {})
    answered = k["phase"] == "answer" or k["outcome"] not in ("unanswered", "unknown")
    if k["phase"] == "push" or "tcp_command" in fins and k["code_name"] != "connect":
        return			# the end of a transfer; reports of the connection itself
    if k["code_name"] == "connect":
        if k["phase"] == "ask":
            yield Pdu(("fins", e, "request", "nodes"), {"client": None}, frames[0], e)
        if answered:
            yield Pdu(("fins", e, "answer", "nodes"), {"client": fins["client_node"], "server": fins["server_node"],
                                                       "error": fins["tcp_error"]}, frames[1], e)
        return
    key = fins.get("service_id"), fins.get("command", k["code"] & 0xffff)
    if k["phase"] != "answer":
        out = {"route": [fins[f"{end}_{n}"] for end in ("destination", "source") for n in ("network", "node", "unit")]}
        if key[1] in (0x0101, 0x0102, 0x0103):
            out.update(count=k.get("count"), place=k.get("object"))
        yield Pdu(("fins", e, "request", *key), out, frames[0], e)
    if answered:
        out = {"end": fins["end_code"]}
        if key[1] == 0x0501:
            out["text"] = k.get("value", {}).get("text")
        yield Pdu(("fins", e, "answer", *key), out, frames[1], e)


def ours_ntp(d, k, e, frames):
    ntp, more, code = d.get("ntp", {}), k.get("ntp", {}), k["code"]
    answered = k["outcome"] not in ("unanswered", "unknown")
    if code >> 8 in (6, 7):
        key = (code, more.get("sequence", more.get("implementation")))
        if k["phase"] in ("ask", "whole"):
            yield Pdu(("ntp", e, "request", *key), {"association": more.get("association")} if code >> 8 == 6 else {},
                      frames[0], e)
        if answered or k["phase"] in ("answer", "push"):
            yield Pdu(("ntp", e, "answer", *key), {"association": more.get("association"), "status": more.get("status")}
                      if code >> 8 == 6 else {}, frames[1], e)
        return
    if code == 3:
        yield Pdu(("ntp", e, "request"), {"mode": 3, "version": None if answered else ntp.get("version")}, frames[0], e)
    if code != 3 or answered:
        yield Pdu(("ntp", e, "answer" if code in (3, 4) else "push"),
                  {"mode": ntp.get("mode"), "version": ntp.get("version"), "stratum": ntp.get("stratum"),
                   "reference": ntp.get("reference_id"), "leap": more.get("leap"), "poll": more.get("poll"),
                   "precision": more.get("precision"), "delay": round(more.get("root_delay", 0), 4),
                   "dispersion": round(more.get("root_dispersion", 0), 4), "key": more.get("key_id", 0)}, frames[1], e)


def ours_jrmp(d, k, e, frames):
    """A call and its return stand in one line; names found in a call are no messages."""
    name, more = k["code_name"], k.get("jrmp", {})
    answered = k["outcome"] in ("done", "refused")
    if name in ("stream", "single", "multiplex"):
        yield Pdu(("jrmp", e, "handshake"), {"protocol": k["code"]}, frames[0], e)
        if "host" in more:
            yield Pdu(("jrmp", e, "ack"), {"host": more["host"], "port": more["port"]}, frames[1], e)
    elif name == "dgc-ack":
        yield Pdu(("jrmp", e, "dgc"), {}, frames[0], e)
    elif not name.startswith("name-"):
        yield Pdu(("jrmp", e, "ping" if name == "ping" else "call"), {}, frames[0], e)
        if answered:
            yield Pdu(("jrmp", e, "pong" if name == "ping" else "return"), {}, frames[1], e)


def ours(path):
    """(lines of EVE, summary): what koban says of a file."""
    with tempfile.TemporaryDirectory() as place:
        eve = os.path.join(place, "eve.json")
        run = subprocess.run([KOBAN, "read", path, "--observations", "all", "--eve", eve, "--summary", "json", "--lang", "en"],
                             capture_output=True)
        if run.returncode not in (0, 3):
            raise GaveOut(f"koban gave out on {path}: exit {run.returncode} {run.stderr.decode(errors='replace')[-200:]}")
        with open(eve, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines], json.loads(run.stdout)


TRANSFERS = {"s7comm": (26, 29), "umas": (48, 51)}	# codes that open one


def split_lines(lines):
    """PDUs, what is said beside them, and unusual server ports of each protocol."""
    pdus, refused, ports = [], collections.defaultdict(list), collections.defaultdict(set)
    transfers, opened, flows, datagrams = collections.defaultdict(list), {}, set(), set()
    for d in lines:
        kind = d["event_type"]
        proto = "modbus" if kind == "umas" else kind
        k = d.get("koban", {})
        told = d.get("app_proto")    # of a file: the protocol that brought it, told as a whole when it ends
        if "frames" not in k or (proto not in PROTOCOLS and kind not in ("koban", "fileinfo")
                                and not (kind == "cotp" and "rdp" in PROTOCOLS)):
            continue
        e = ends((d.get("src_ip"), d.get("src_port", 0)), (d.get("dest_ip"), d.get("dest_port", 0)))
        if kind == "fileinfo":
            if told == "tftp" and told in PROTOCOLS:
                pdus.extend(ours_tftp_file(d, k, e, k["frames"]))
            if told in TRANSFERS:
                brought = "modbus" if told == "umas" else told
                transfers[brought, e].append((opened.pop((brought, e), 0), k["frames"][1]))
            continue
        if d.get("proto") == "UDP":
            datagrams.add(e)
        if k.get("verb") == "malformed":
            for where in (e, d.get("ether", {}).get("src_mac")):
                refused[proto, where].append(k["frames"])
                if kind == "cotp":	# the words of RDP in it
                    refused["rdp", where].append(k["frames"])
            flows.add((proto, e))
            continue
        if kind == "koban":
            continue
        flows.add((proto, e))
        if kind in PORTS and "dest_port" in d and PORTS[kind][0] not in (d.get("src_port", 0), d["dest_port"]):
            ports[kind, d["proto"].lower()].add(d["dest_port"])
        if k["code"] in TRANSFERS.get(kind, ()):
            opened.setdefault((proto, e), k["frames"][0])
        if kind == "cotp" and "rdp" in PROTOCOLS:
            pdus.extend(ours_negotiation(d, k, e, k["frames"]))
        if proto not in PROTOCOLS:
            continue
        function = ours_dns if proto in ("mdns", "llmnr") else globals()["ours_" + proto]
        pdus.extend(function(d, k, e, k["frames"]))
    return pdus, Said(refused, transfers, flows, datagrams), ports


# ---- the comparison ----

class Tally:
    """What is counted for one protocol."""

    def __init__(self):
        self.count = collections.Counter()
        self.differences = []
        self.named = collections.Counter()	# reason -> how many differences have it
        self.seen = {}		# while a file is judged: key -> frames of tshark's PDUs
        self.fields = collections.defaultdict(list)	# and key -> the fields both agree on

    def add(self, other):
        self.count += other.count
        self.differences += other.differences
        self.named += other.named


SILENT = {"szl", "index"}	# tshark shows them of one piece only, when a list came in several


def differing(a, b):
    """Names of the fields that differ; None is what a merged line does not show."""
    return [n for n in {**a, **b} if a.get(n, "absent") != b.get(n, "absent") and a.get(n, 0) is not None
            and not (n in SILENT and n not in b)]


def cut(a, b):
    """The fields of theirs up to where ours were masked."""
    return {n: b[n][:a[n].index("***")] + "***" + a[n].partition("***")[2] if isinstance(a.get(n), str) and "***" in a[n]
            and isinstance(b[n], str) and b[n].startswith(a[n].partition("***")[0]) else b[n] for n in b}


def pair_up(mine, found):
    """(matched pairs, rest of mine, rest of found); of several that would do, the one in the same frame."""
    by_frame = collections.defaultdict(list)
    left = dict(enumerate(found))
    for i, one in left.items():
        by_frame[one[0].frame].append(i)
    pairs, rest = [], []
    for round_ in (True, False):
        todo, rest = (mine if round_ else rest), []
        for pdu in todo:
            places = by_frame[pdu.frame] if round_ else left
            hit = next((i for i in places if i in left and not differing(pdu.fields, cut(pdu.fields, left[i][0].fields))), None)
            if hit is None:
                rest.append(pdu)
            else:
                pairs.append((pdu, left.pop(hit)))
    return pairs, rest, list(left.values())


class Said:
    """What koban says of a file beside its PDUs."""

    def __init__(self, refused, transfers, flows, datagrams):
        self.refused = refused		# (protocol, flow) -> frames of malformed messages
        self.transfers = transfers	# (protocol, flow) -> frames of transfers told as a whole
        self.flows = flows		# (protocol, flow): koban found the protocol there
        self.datagrams = datagrams	# flows that are no streams


def excused(pdu, broken, again, matched, said, announced):
    """Why a PDU that only tshark has is none of ours; None: it is a difference."""
    flow = pdu.key[0], pdu.where

    def within(ranges):
        return any(first <= pdu.frame <= last for first, last in ranges.get(flow, []))

    if within(said.refused):
        return "refused"
    if any(end[1] in announced for end in pdu.where if isinstance(end, tuple)) \
            and (flow not in said.flows or pdu.where in said.datagrams):
        return "guessed"
    if again and any(not differing(m.fields, pdu.fields) for m in matched):
        return "copies"
    if broken:
        return "broken"
    if pdu.key[0] in ("s7comm", "modbus") and within(said.transfers):
        return "pieces"
    return None


def match(mine, found, said, announced, tally):
    """Counts the PDUs of one key; gives what only koban has."""
    pairs, rest, left = pair_up(mine, found)
    tally.count["agree"] += len(pairs)
    matched = [one[0] for _, one in pairs]
    if pairs:
        tally.fields[pairs[0][0].key] += [one.fields for one in matched]
    still = []
    for pdu, broken, again in left:
        why = pdu.key[2] if pdu.key[2:] in (("pieces",), ("carrier",)) else excused(pdu, broken, again, matched, said, announced)
        # One that either calls malformed may still be the partner of one of ours.
        if why is None or (why in ("broken", "refused") and rest):
            still.append((pdu, why))
        else:
            tally.count[why] += 1
    while rest and still:
        near = min(((len(differing(a.fields, b.fields)), abs(a.frame - b.frame), i, j) for i, a in enumerate(rest[:50])
                    for j, (b, _) in enumerate(still[:50])))
        pdu, (other, why) = rest.pop(near[2]), still.pop(near[3])
        if why is not None:
            tally.count[why] += 1
            continue
        tally.count["differ"] += 1
        tally.differences.append(("differ", pdu, other, differing(pdu.fields, other.fields)))
    for pdu, why in still:
        tally.count[why or "theirs"] += 1
        if why is None:
            tally.differences.append(("only tshark", None, pdu, []))
    return rest


def decoded(path):
    """frame -> (class, ends of its innermost layer), as koban's decoder sees it."""
    run = subprocess.run([str(BUILD / "test_all_decode"), "--dump", path], capture_output=True, text=True, errors="replace")
    if run.returncode < 0:
        raise GaveOut(f"test_all_decode gave out on {path}: signal {-run.returncode}")
    rows = (line.split("\t") for line in run.stdout.splitlines())
    return {int(f[0]): (f[1], ends((f[4], int(f[6])), (f[5], int(f[7])))) for f in rows if len(f) > 7}


def announce(ports):
    """(options that tell tshark of ports koban found; by protocol those of ports that are another's own; the former ports;
    the server ports of each protocol)."""
    options, announced, known, foreign = [], set(), collections.defaultdict(set), collections.defaultdict(list)
    for proto, (usual, _) in PORTS.items():
        known["modbus" if proto == "umas" else proto].add(usual)
    usuals = {usual for usual, _ in PORTS.values()} | FILE_PORTS
    for (proto, transport), seen in sorted(ports.items()):
        known["modbus" if proto == "umas" else proto] |= seen
        for port in sorted(seen):
            # RDP carries its connection request in TPKT, which tshark knows, and TLS after it, which it has to be told.
            told = ["-d", f"{transport}.port=={port},{PORTS[proto][1]}"]
            if port == 3389 and proto != "tls" or (transport, port) in announced:
                continue
            # Services of Windows have any port, and tshark finds most by itself: it is only asked again about others.
            if port in usuals or port == 3389 or proto == "dcerpc":
                foreign["modbus" if proto == "umas" else proto] += told
                if proto == "cotp":	# which carries it
                    foreign["rdp"] += told
                continue
            announced.add((transport, port))
            options += told
    return options, foreign, {port for _, port in announced}, known


def innermost(packet):
    """(frame, ends of the innermost layer that has ports) of one packet."""
    frame, ips, end = 0, ("", ""), None
    for name, pairs in packet:
        if name == "frame":
            frame = Fields(pairs).number("frame.number")
        elif name in ("ip", "ipv6"):
            ips = tuple(Fields(pairs).get(f"{name}.{n}") for n in ("src", "dst"))
        elif name in ("tcp", "udp"):
            end = ends(*((ip, Fields(pairs).number(f"{name}.{n}port")) for ip, n in zip(ips, ("src", "dst"))))
    return frame, end


def read_theirs(path, options, version, known, frames, tallies):
    """tshark's PDUs of a file by key; tallies, if given, count those that lie aside."""
    groups = collections.defaultdict(list)
    for packet in tshark_cached(path, options, version):
        frame, end = innermost(packet)
        kind, our_end = frames.get(frame, ("", None))
        for one in theirs(packet, known):
            if kind != "duplicate" and (end is None or our_end == end):
                groups[one[0].key].append(one)
            elif tallies is not None:
                tallies[one[0].key[0]].count["copies" if kind == "duplicate" else "tunnel"] += 1
    return groups


def again_asked(rest, path, options, foreign, version, known, frames, tallies):
    """What only koban has, held against what tshark says when it neither sorts segments nor waits for bodies: behind a hole
    it is silent otherwise, and of an answer whose body never ends it shows nothing."""
    groups = {}
    for proto in sorted({key[0] for key in rest}):
        told = read_theirs(path, options + foreign.get(proto, []) + EAGER, version, known, frames, None)
        groups.update((key, found) for key, found in told.items() if key[0] == proto)
    copies = {innermost(packet)[0] for packet in tshark_cached(path, options + EAGER, version, COPIES)
              if any(name == "tcp" and any(f in COPIES for f, _ in pairs) for name, pairs in packet)}
    settled = set()
    for key, mine in rest.items():
        tally = tallies[key[0]]
        keys = [key]
        if key[0] == "s7comm" and key[2:4] == ("request", "userdata"):
            keys = [k for k in groups if k[:-1] == key[:-1]]
        before = collections.Counter(frame for k in keys for frame in tally.seen.get(k, []))
        found = []
        for one in (one for k in keys for one in groups.get(k, [])):
            if before[one[0].frame] > 0:
                before[one[0].frame] -= 1
            else:
                found.append(one)
        pairs, left, _ = pair_up(mine, found)
        tally.count["agree"] += len(pairs)
        tally.count["eager"] += len(pairs)
        settled |= {(key[0], one[0].where, one[0].frame) for _, one in pairs}
        for _, one in pairs:
            tally.seen.setdefault(one[0].key, []).append(one[0].frame)
            tally.fields[key].append(one[0].fields)
        for pdu in left:
            if pdu.frame in copies and any(not differing(pdu.fields, f) for f in tally.fields[key]):
                tally.count["copies"] += 1
                continue
            tally.count["ours"] += 1
            tally.differences.append(("only koban", pdu, None, []))
    # What it had made of the same frames at first is taken back.
    for tally in tallies.values():
        stay = [d for d in tally.differences if d[0] != "only tshark" or (d[2].key[0], d[2].where, d[2].frame) not in settled]
        tally.count["theirs"] -= len(tally.differences) - len(stay)
        tally.differences = stay


def loose_references(rest, tallies):
    """Userdata that came in pieces is one line, with the reference of the last piece: its request is known by the rest."""
    spare = collections.defaultdict(list)
    for key in [k for k in rest if k[0] == "s7comm" and k[2:4] == ("request", "userdata")]:
        spare[key[:-1]] += rest.pop(key)
    left = []
    for key, mine in spare.items():
        found = [(d[2], False, False) for d in tallies["s7comm"].differences
                 if d[0] == "only tshark" and d[2].key[:-1] == key]
        pairs, alone, _ = pair_up(mine, found)
        taken = {id(one[0]) for _, one in pairs}
        tallies["s7comm"].differences = [d for d in tallies["s7comm"].differences if id(d[2]) not in taken]
        tallies["s7comm"].count["theirs"] -= len(pairs)
        tallies["s7comm"].count["agree"] += len(pairs)
        left += alone
    for pdu in left:
        rest[pdu.key].append(pdu)


def damaged_aside(path, tallies):
    """Packets with a wrong checksum, which koban leaves out as a real host would."""
    if not any(d[0] == "only tshark" for tally in tallies.values() for d in tally.differences):
        return
    checks = [word for name in ("ip", "tcp", "udp") for word in ("-o", f"{name}.check_checksum:TRUE")]
    wrong = " || ".join(f"{name}.checksum.status == 0" for name in ("ip", "tcp", "udp"))
    run = subprocess.run(["tshark", "-n", "-r", str(path), *checks, "-Y", wrong, "-T", "fields", "-e", "frame.number"],
                         capture_output=True, text=True)
    ended_well("tshark", path, run.returncode, run.stderr)
    frames = {int(line) for line in run.stdout.split()}
    for tally in tallies.values():
        stay = [d for d in tally.differences if d[0] != "only tshark" or d[2].frame not in frames]
        tally.count["theirs"] -= len(tally.differences) - len(stay)
        tally.count["broken"] += len(tally.differences) - len(stay)
        tally.differences = stay


def named_aside(path, tallies):
    """Differences whose reason is known, see named.py."""
    counted = {"differ": "differ", "only koban": "ours", "only tshark": "theirs"}
    for tally in tallies.values():
        stay = []
        for kind, mine, other, names in tally.differences:
            reason = name_of(path, kind, mine, other)
            if reason is None:
                stay.append((kind, mine, other, names))
                continue
            tally.count[counted[kind]] -= 1
            tally.count["named"] += 1
            tally.named[reason] += 1
        tally.differences = stay


def judge(path, version):
    """Tallies of one file by protocol, and its summary."""
    lines, summary = ours(path)
    mine, said_beside, ports = split_lines(lines)
    options, foreign, announced, known = announce(ports)
    groups = collections.defaultdict(list)
    for pdu in mine:
        groups[pdu.key].append(pdu)
    frames = decoded(path)
    tallies = collections.defaultdict(Tally)
    found = read_theirs(path, options, version, known, frames, tallies)
    rest = collections.defaultdict(list)
    for key in {**groups, **found}:
        tallies[key[0]].seen[key] = [one[0].frame for one in found.get(key, [])]
        rest[key] += match(groups.get(key, []), found.get(key, []), said_beside, announced, tallies[key[0]])
    loose_references(rest, tallies)
    rest = {key: left for key, left in rest.items() if left}
    if rest:
        again_asked(rest, path, options, foreign, version, known, frames, tallies)
    damaged_aside(path, tallies)
    named_aside(path, tallies)
    for tally in tallies.values():
        tally.differences = [(path, *d) for d in tally.differences]
        tally.seen.clear()
        tally.fields.clear()
    noted = collections.Counter()
    for d in lines:
        k = d.get("koban", {})
        if k.get("verb") == "malformed":
            noted["refused", d["event_type"]] += k.get("value", {}).get("length", 0)
        elif "opaque" in k.get("flags", ()):
            noted["opaque", d["event_type"]] += 1
    return dict(tallies), {"protocols": summary.get("protocols", {}), "noted": noted}


def tried(path, version):
    """The same, or why there is none: a program that gave out, or that said something unreadable, is asked again later."""
    try:
        return judge(path, version), None
    except (GaveOut, OSError, ValueError) as why:
        return None, f"{path}: {why}" if str(path) not in str(why) else str(why)


def judge_all(files, version):
    """What was judged, by file, and complaints about files that could not be. Small files two at a time, large ones and those
    where a program gave out alone: a machine with much else to do has room for one tshark."""
    large = [path for path in files if path.stat().st_size > LARGE]
    small = [path for path in files if path not in set(large)]
    done, failed = {}, []
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for path, future in [(path, pool.submit(tried, path, version)) for path in small]:
            try:
                result, why = future.result()
            except concurrent.futures.process.BrokenProcessPool:
                result, why = None, "its worker was killed"
            if why is None:
                done[path] = result
            else:
                failed.append(path)
    complaints = []
    for path in large + failed:
        for _ in range(2):
            result, why = tried(path, version)
            if why is None:
                done[path] = result
                break
        else:
            complaints.append(why)
    return [done[path] for path in files if path in done], complaints


def said(pdu):
    return "nothing" if pdu is None else f"frame {pdu.frame} {pdu.fields}"


def show(differences, base):
    for path, kind, a, b, names in differences[:SHOWN]:
        key = (a or b).key[1:]
        print(f"#   {kind}: {os.path.relpath(path, base)} {key}")
        if names:
            a = a._replace(fields={n: a.fields.get(n) for n in names})
            b = b._replace(fields={n: b.fields.get(n) for n in names})
        if a:
            print(f"#     koban: {said(a)}"[:400])
        if b:
            print(f"#     tshark: {said(b)}"[:400])


OT = ("modbus", "umas", "cotp", "s7comm", "fins")


def ot_bytes(summaries, noted, edge):
    """What of the controllers' own protocols was not understood: as (# comment) table."""
    rows = [("OT protocol", "bytes", "messages", "malformed", "their bytes", "holes", "acts", "named only")]
    for proto in OT:
        sums = collections.Counter()
        for summary in summaries:
            sums.update(summary.get("protocols", {}).get(proto, {}))
        sums["opaque"], sums["refused"] = noted["opaque", proto], noted["refused", proto]
        rows.append((proto, *(f"{sums[n]:,}" for n in ("bytes", "messages", "malformed", "refused", "lost", "acts", "opaque"))))
    return table(rows, edge)


def table(rows, edge):
    """Markdown, each line behind edge."""
    rule = "|---" + "|---:" * (len(rows[0]) - 1) + "|"
    return [edge + line for i, row in enumerate(rows) for line in (["| " + " | ".join(row) + " |"] + [rule] * (i == 0))]


def report(total, options, base):
    bad = 0
    rows = [("protocol", "PDUs", "agree", "differ", "only koban", "only tshark", *ASIDE, "agreement")]
    say = (lambda line: None) if options.markdown else print
    say(f"1..{len(PROTOCOLS) + 1}")
    for number, proto in enumerate(PROTOCOLS, 1):
        tally = total[proto]
        c = tally.count
        all_pdus = c["agree"] + c["differ"] + c["ours"] + c["theirs"]
        if all_pdus == 0:
            say(f"ok {number} - {proto} # SKIP no PDU of it in these captures")
            continue
        share = c["agree"] / all_pdus
        good = share >= REQUIRED
        bad += not good
        say(f"{'ok' if good else 'not ok'} {number} - {proto}: {100 * share:.2f} % of {all_pdus:,} PDUs agree "
            f"({c['differ']} differ, {c['ours']} only koban, {c['theirs']} only tshark)")
        rows.append((proto, *(f"{n:,}" for n in (all_pdus, c["agree"], c["differ"], c["ours"], c["theirs"],
                                                 *(c[n] for n in ASIDE))), f"{100 * share:.2f} %"))
        for reason, times in sorted(tally.named.items()):
            say(f"#   {times} of {proto} named: {reason}")
        if options.verbose:
            show(tally.differences, base)
    return bad, rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", action="store_true", help="list differences")
    parser.add_argument("--markdown", action="store_true", help="the table as it stands in docs/agreement.md")
    parser.add_argument("--only", action="append", help="a protocol; may be given several times")
    parser.add_argument("--all", action="store_true", help="list every difference, not the first 20")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    options = parser.parse_args()
    corpus = os.environ.get("KOBAN_CORPUS")
    if not shutil.which("tshark") or not (corpus or options.files):
        print("ok 1 - agreement with tshark # SKIP KOBAN_CORPUS is not set or tshark is missing")
        return 0
    if options.all:
        globals()["SHOWN"] = 1 << 30
    if options.only:
        PROTOCOLS[:] = [p for p in PROTOCOLS if p in options.only]
        WANTED[:] = sorted({layer for p in PROTOCOLS for layer in LAYERS.get(p, [p])})
    files = options.files or sorted(p for p in pathlib.Path(corpus).rglob("*")
                                    if p.is_file() and p.suffix not in (".md", ".csv"))
    version = subprocess.run(["tshark", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    total, summaries, noted = collections.defaultdict(Tally), [], collections.Counter()
    judged, complaints = judge_all(files, version)
    for tallies, summary in judged:
        summaries.append(summary)
        noted += summary["noted"]
        for proto, tally in tallies.items():
            total[proto].add(tally)
    bad, rows = report(total, options, corpus or ".")
    bad += len(complaints)
    for why in complaints:
        print(f"# not compared, and no agreement before it is: {why}", file=sys.stderr if options.markdown else sys.stdout)
    if not options.markdown:
        print(f"{'not ok' if complaints else 'ok'} {len(PROTOCOLS) + 1} - every file was read to its end by both "
              f"({len(complaints)} of {len(files)} were not)")
    edge = "" if options.markdown else "# "
    print("\n".join(table(rows, edge) + [edge.rstrip()] + ot_bytes(summaries, noted, edge)))
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
