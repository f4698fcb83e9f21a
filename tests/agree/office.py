"""What tshark and koban say of the protocols a shop shares with every office: MQTT, DHCP, DHCPv6, TLS, SNMP, RFB.

Each theirs_x() reads a layer of tshark, each ours_x() a line of EVE; tshark.py compares what they give. What koban does not
tell as an act (acknowledgements on the way, messages behind a handshake) is left out on both sides.
"""
import collections
import datetime
import re

Pdu = collections.namedtuple("Pdu", "key fields frame where")

ANSWERED = ("done", "refused", "partly")


def plain_text(text):
    """What both write alike: printable ASCII without what they escape."""
    return "".join(x for x in text or "" if " " <= x <= "~" and x not in '\\"')[:400]


# ---- MQTT ----

MQTT = {1: "connect", 2: "connack", 3: "publish", 4: "puback", 7: "pubcomp", 8: "subscribe", 9: "suback", 10: "unsubscribe",
        11: "unsuback", 12: "pingreq", 13: "pingresp", 14: "disconnect"}


def theirs_mqtt(f, c):
    kind = MQTT.get(f.number("mqtt.msgtype"))
    by_broker = c.sport == c.server("mqtt")
    if kind is None or c.transport != "tcp" or (kind in ("puback", "pubcomp") and not by_broker):
        return
    out = {}
    if kind == "connect":
        out = {"client": f.get("mqtt.clientid", ""), "user": f.get("mqtt.username", ""), "version": f.number("mqtt.ver"),
               "alive": f.number("mqtt.kalive"), "will": f.get("mqtt.willtopic", "")}
    elif kind == "connack":
        out["code"] = f.number("mqtt.conack.val", f.number("mqtt.connack.reason_code", 0))
    elif kind == "publish":
        out = {"topic": plain_text(f.get("mqtt.topic")) if f.get("mqtt.topic_len") != "0" else None,
               "qos": f.number("mqtt.qos"), "retain": f.number("mqtt.retain"), "id": f.number("mqtt.msgid", 0)}
    elif kind in ("subscribe", "unsubscribe"):
        out = {"id": f.number("mqtt.msgid"), "topics": [plain_text(t) for t in f.all("mqtt.topic")]}
    elif kind in ("suback", "unsuback", "puback", "pubcomp"):
        out["id"] = f.number("mqtt.msgid")
    yield Pdu(("mqtt", c.ends, kind), out, c.frame, c.ends)


def ours_mqtt(d, k, e, frames):
    o, own = d["mqtt"], k.get("mqtt", {})
    for kind in MQTT.values():
        part = o.get(kind)
        if part is None:
            continue
        asks = kind in ("connect", "publish", "subscribe", "unsubscribe", "pingreq", "disconnect")
        out = {}
        if kind == "connect":
            out = {"client": part["client_id"], "user": part.get("username", ""), "version": part["protocol_version"],
                   "alive": own.get("keep_alive"), "will": part.get("will", {}).get("topic", "")}
        elif kind == "connack":
            out["code"] = part["return_code"]
        elif kind == "publish":
            out = {"topic": None if own.get("topic_alias") else plain_text(part["topic"]), "qos": part["qos"],
                   "retain": int(part["retain"]), "id": part.get("message_id", 0)}
        elif kind == "subscribe":
            out = {"id": part["message_id"], "topics": [plain_text(t["topic"]) for t in part.get("topics", [])]}
        elif kind == "unsubscribe":
            out = {"id": part["message_id"], "topics": [plain_text(t) for t in part.get("topics", [])]}
        elif kind in ("suback", "unsuback", "puback", "pubcomp"):
            out["id"] = part["message_id"]
        yield Pdu(("mqtt", e, kind), out, frames[0] if asks else frames[1], e)


# ---- DHCP ----

def theirs_dhcp(f, c):
    kind = f.number("dhcp.option.dhcp", 0)
    yield Pdu(("dhcp", f.number("dhcp.type"), f.number("dhcp.id"), kind),
              {"mac": f.get("dhcp.hw.mac_addr", "").replace("00:00:00:00:00:00", ""),	# none is said
               "yours": f.get("dhcp.ip.your"), "client": f.get("dhcp.ip.client"),
               "name": plain_text(f.get("dhcp.option.hostname")), "vendor": plain_text(f.get("dhcp.option.vendor_class_id")),
               "requested": f.get("dhcp.option.requested_ip_address", ""),
               "lease": f.number("dhcp.option.ip_address_lease_time", 0), "dns": f.all("dhcp.option.domain_name_server"),
               "routers": f.all("dhcp.option.router"), "server": f.get("dhcp.option.dhcp_server_id", "")}, c.frame, c.ends)


DHCP_CODES = {256 + 1: 0, 256 + 2: 0}


def ours_dhcp(d, k, e, frames):
    o, own = d["dhcp"], k.get("dhcp", {})
    kind = DHCP_CODES.get(k["code"], k["code"])
    answered = k["phase"] == "ask" and k["outcome"] in ANSWERED
    out = {"mac": o.get("client_mac", ""), "yours": o.get("assigned_ip", "0.0.0.0"), "client": o.get("client_ip", "0.0.0.0"),
           "name": plain_text(o.get("hostname")), "vendor": plain_text(o.get("vendor_class_identifier")),
           "requested": o.get("requested_ip", ""), "lease": o.get("lease_time", 0), "dns": o.get("dns_servers", []),
           "routers": o.get("routers", []), "server": own.get("server_id", "")}
    if not answered:
        yield Pdu(("dhcp", 1 if o["type"] == "request" else 2, o["id"], kind), out, frames[0], e)
        return
    # One line for both shows of each field the answer's, where it gives it.
    words = {"discover": 1, "offer": 2, "request": 3, "decline": 4, "ack": 5, "nak": 6, "release": 7, "inform": 8}
    yield Pdu(("dhcp", 1, o["id"], kind), {n: None for n in out if n != "mac"} | {"mac": out["mac"]}, frames[0], e)
    yield Pdu(("dhcp", 2, o["id"], words.get(o.get("dhcp_type"), 0)),
              dict(out, name=None, vendor=None, requested=None, client=None, lease=out["lease"], server=None), frames[1], e)


# ---- DHCPv6 ----

DHCPV6 = ["", "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release", "decline", "reconfigure",
          "information-request", "relay-forward", "relay-reply"]
# tshark shows a name in no other messages (RFC 4704 4).
DHCPV6_NAMED = ("solicit", "advertise", "request", "renew", "rebind", "reply")
DHCPV6_LISTS = ("addresses", "prefixes", "dns", "ntp", "classes", "params")


def theirs_dhcpv6(f, c):
    out = {"client": "", "server": "", "name": "", "relays": 0, "link": "", "peer": ""} | {n: [] for n in DHCPV6_LISTS}
    option = kind = None
    for name, value in f.pairs:
        name = name.removeprefix("dhcpv6.")
        if name == "option.type":
            option = int(value)
        elif name == "msgtype":
            kind = int(value)
            out["relays"] += kind in (12, 13)
        elif name in ("linkaddr", "peeraddr"):
            out[name[:4]] = value if value != "::" else ""
        elif name == "duid.bytes" and option in (1, 2):
            out["client" if option == 1 else "server"] = value.replace(":", "")
        elif name in ("client_domain", "tld") and option == 39:
            out["name"] = plain_text(value).rstrip(".")
        elif name == "dns_server":
            out["dns"].append(value)
        elif name in ("sntp_server", "ntpserver.addr"):
            out["ntp"].append(value)
        elif name == "vendorclass.data" and not out["classes"]:
            out["classes"].append(plain_text(value))
        elif name == "requested_option_code":
            out["params"].append(int(value))
        elif name == "iaaddr.ip":
            out["addresses"].append([value])
        elif name.startswith("iaaddr."):
            out["addresses"][-1].append(int(value))
        elif name == "iaprefix.pref_lifetime":
            out["prefixes"].append([int(value)])
        elif name.startswith("iaprefix."):
            out["prefixes"][-1].append(value if name.endswith("addr") else int(value))
    for one in DHCPV6_LISTS[:4]:
        out[one] = out[one][:8]
    if kind is not None and kind < len(DHCPV6):
        yield Pdu(("dhcpv6", c.ends, DHCPV6[kind], f.number("dhcpv6.xid", 0)), out, c.frame, c.ends)


def ours_dhcpv6(d, k, e, frames):
    own = k["dhcpv6"]
    if "type" not in own:
        return
    codes = bytes.fromhex(own.get("param_codes", ""))
    out = {"client": own.get("client_id", ""), "server": own.get("server_id", ""),
           "name": plain_text(own.get("fqdn", "").replace("\\", "")), "relays": own.get("relays", 0),
           "link": own.get("link_ip", ""), "peer": own.get("peer_ip", ""),
           "addresses": [[a["ip"], a["preferred"], a["valid"]] for a in own.get("addresses", [])],
           "prefixes": [[p["preferred"], p["valid"], p["length"], p["ip"]] for p in own.get("prefixes", [])],
           "dns": own.get("dns_servers", []), "ntp": own.get("ntp_servers", []),
           "classes": [plain_text(t) for t in own.get("vendor_classes", [])[:1]],
           "params": [codes[i] << 8 | codes[i + 1] for i in range(0, len(codes), 2)]}
    if k["code_name"] not in DHCPV6_NAMED:
        out["name"] = None
    if k["phase"] != "ask" or k["outcome"] not in ANSWERED:
        yield Pdu(("dhcpv6", e, own["type"], own["id"]), out, frames[0], e)
        return
    # One line for both shows of each field the answer's, where it gives it.
    both = ("relays", "link", "peer")
    yield Pdu(("dhcpv6", e, k["code_name"], own["id"]), {n: out[n] if n in both else None for n in out}, frames[0], e)
    yield Pdu(("dhcpv6", e, own["type"], own["id"]),
              dict(out, **{n: None for n in ("server", "name", "addresses", "prefixes", "classes", "params")}), frames[1], e)


# ---- TLS ----

RETRY = "cf:21:ad:74:e5:9a:61:11:be:1d:8c:02:1e:65:b8:91:c2:a2:11:16:7a:bb:8c:5e:07:9e:09:e2:c8:a8:33:9c"
TLS_WORDS = {0x300: "SSLv3", 0x301: "TLSv1", 0x302: "TLS 1.1", 0x303: "TLS 1.2", 0x304: "TLS 1.3"}
# RFC 4514 3, RFC 4519 and PKCS #9: how koban writes the kinds of a name's parts; others by their number.
NAME_PARTS = {"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
              "2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "1.2.840.113549.1.9.1": "emailAddress",
              "0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID"}
ALTERNATIVES = 16		# names of a certificate koban tells, and characters of a name
NAME_TEXT = 400


class Piece:
    """Some of the fields of a layer, in their order."""

    def __init__(self, pairs):
        self.pairs = pairs

    def all(self, name):
        return [v for n, v in self.pairs if n == name]

    def get(self, name, otherwise=None):
        return next((v for n, v in self.pairs if n == name), otherwise)

    def behind(self, first, last):
        """What stands between two fields."""
        names = [n for n, _ in self.pairs]
        start = names.index(first) + 1 if first in names else len(names)
        stop = names.index(last, start) if last in names[start:] else len(names)
        return Piece(self.pairs[start:stop])


def pieces(f, first):
    """A layer cut in front of each field of this name."""
    heads = [i for i, (n, _) in enumerate(f.pairs) if n == first] + [len(f.pairs)]
    return [Piece(f.pairs[i:j]) for i, j in zip(heads, heads[1:])]


def tls_version(hello):
    """The highest of the versions named, as words; 0x0a0a and its like mean nothing (RFC 8701)."""
    named = [int(v, 0) for v in hello.all("tls.handshake.extensions.supported_version")]
    named = [v for v in named if v & 0x0f0f != 0x0a0a and v <= 0x0304]
    return TLS_WORDS.get(max(named + [int(hello.get("tls.handshake.version", "0"), 0)]))


def name_text(piece):
    """"CN=shop, O=example": the parts of a name in the order they stand in."""
    parts, key = [], None
    for field, value in piece.pairs:
        if field == "x509if.oid":
            parts.append([NAME_PARTS.get(value, value), ""])
        elif parts and field.startswith(("x509sat.", "pkcs9")) and value:
            parts[-1][1] = value
    return plain_text(", ".join(f"{key}={value}" for key, value in parts))[:NAME_TEXT]


MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def when(piece):
    """In UTC: "2010-03-11 23:15:22 (UTC+0530)", or of the long form "Jan 15, 2026 20:00:00.000000000 UTC"."""
    text = piece.get("x509af.utcTime", piece.get("x509af.generalizedTime", ""))
    long = re.fullmatch(r"(\w{3}) +(\d+), (\d{4}) (\d\d:\d\d:\d\d)\.0+ UTC", text)
    if long:
        return f"{long[3]}-{MONTHS.index(long[1]) + 1:02}-{int(long[2]):02}T{long[4]}"
    short = re.fullmatch(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) \(UTC([+-]\d{4})?\)", text)
    return in_utc(f"{short[1]}T{short[2]}{short[3] or ''}") if short else text


def in_utc(text):
    """"2025-01-15T12:00:00+0530", without an offset UTC."""
    local = re.fullmatch(r"(\S{19})([+-])(\d\d)(\d\d)", text)
    if local is None:
        return text
    ahead = datetime.timedelta(hours=int(local[3]), minutes=int(local[4]))
    there = datetime.datetime.fromisoformat(local[1])
    return (there + ahead if local[2] == "-" else there - ahead).isoformat()


def serial_text(text):
    return (text[2:] if text.startswith("0x") else text).replace(":", "").lower().lstrip("0")


def certificate_of(f):
    """The first certificate of a message."""
    own = pieces(f, "x509af.signedCertificate_element")[0]
    dates = own.behind("x509af.validity_element", "x509af.subject")
    return {"serial": serial_text(own.get("x509af.serialNumber", "")),
            "issuer": name_text(own.behind("x509af.issuer", "x509af.validity_element")),
            "subject": name_text(own.behind("x509af.subject", "x509af.subjectPublicKeyInfo_element")),
            "from": when(dates.behind("x509af.notBefore", "x509af.notAfter")), "to": when(dates.behind("x509af.notAfter", "")),
            "names": [plain_text(n) for n in own.all("x509ce.dNSName")][:ALTERNATIVES]}


def theirs_tls(f, c):
    """The handshake messages and the alerts in clear of one layer. Left out is what lies inside other protocols (OpenVPN) and
    what tshark decrypts."""
    if ":tcp:tls" not in c.protocols:
        return
    decrypted = f.get("tls.record.opaque_type") is not None
    for one in pieces(f, "tls.handshake.type"):
        kind = int(one.get("tls.handshake.type") or "255", 0)
        if kind == 1:
            yield Pdu(("tls", c.ends, "client-hello"),
                      {"sni": one.get("tls.handshake.extensions_server_name", ""), "ja3": one.get("tls.handshake.ja3"),
                       "version": tls_version(one), "alpn": one.all("tls.handshake.extensions_alpn_str")[:8],
                       "offered": len(one.all("tls.handshake.ciphersuite"))}, c.frame, c.ends)
        elif kind == 2 and one.get("tls.handshake.random") != RETRY:
            yield Pdu(("tls", c.ends, "server-hello"),
                      {"cipher": int(one.get("tls.handshake.ciphersuite", "0"), 0), "ja3s": one.get("tls.handshake.ja3s"),
                       "version": tls_version(one), "alpn": one.all("tls.handshake.extensions_alpn_str")}, c.frame, c.ends)
        elif kind == 11 and one.get("x509af.serialNumber") and not decrypted:
            yield Pdu(("tls", c.ends, "certificate"), certificate_of(one), c.frame, c.ends)
    for record in pieces(f, "tls.record.length"):
        # An alert in clear has two bytes, one that tshark decrypted more.
        if record.get("tls.alert_message.level") is not None and record.get("tls.record.length") == "2":
            yield Pdu(("tls", c.ends, "alert"), {"level": int(record.get("tls.alert_message.level"), 0),
                                                 "alert": int(record.get("tls.alert_message.desc"), 0)}, c.frame, c.ends)


def our_certificate(o):
    return {"serial": serial_text(o["serial"]), "issuer": plain_text(o.get("issuerdn"))[:NAME_TEXT],
            "subject": plain_text(o.get("subject"))[:NAME_TEXT],
            "from": in_utc(o.get("notbefore", "")), "to": in_utc(o.get("notafter", "")),
            "names": [plain_text(n) for n in o.get("subjectaltname", [])]}


def ours_tls(d, k, e, frames):
    o, own = d["tls"], k.get("tls", {})
    if "alert" in own:
        yield Pdu(("tls", e, "alert"), {"level": own["alert_level"], "alert": own["alert"]}, frames[1], e)
    if k["code"] == (22 << 8 | 128 | 11):
        yield Pdu(("tls", e, "certificate"), our_certificate(o["client"]), frames[1], e)
    if k["code"] != (22 << 8 | 1):
        return
    if "ja3" in o:
        yield Pdu(("tls", e, "client-hello"),
                  {"sni": o.get("sni", ""), "ja3": o["ja3"]["hash"], "version": o.get("client_handshake", {}).get("version"),
                   "alpn": o.get("client_alpns", []), "offered": own.get("ciphers_offered")}, frames[0], e)
    if "server_handshake" in o:
        yield Pdu(("tls", e, "server-hello"),
                  {"cipher": o["server_handshake"]["cipher"], "ja3s": o["ja3s"]["hash"], "version": o.get("version"),
                   "alpn": o.get("server_alpns", [])}, frames[1], e)
    if o.get("serial"):
        yield Pdu(("tls", e, "certificate"), our_certificate(o), frames[1], e)


# ---- SNMP ----

SNMP_PDUS = ["get_request", "get_next_request", "response", "set_request", "trap_v1", "get_bulk_request", "inform_request",
             "trap_v2", "report"]
SNMP_ASKS = {0, 1, 3, 5, 6}


def theirs_snmp(f, c):
    if c.transport != "udp":
        return
    version = f.number("snmp.version", f.number("snmp.msgVersion"))
    pdu = f.number("snmp.data")
    if pdu is None:
        kind = "question" if c.dport == 161 else "answer"
        yield Pdu(("snmp", c.ends, kind), {"version": version, "pdu": "encrypted" if version == 3 else "none", "vars": []},
                  c.frame, c.ends)
        return
    kind = "question" if pdu in SNMP_ASKS else "push" if pdu in (4, 7) else "answer"
    yield Pdu(("snmp", c.ends, kind), {"version": version, "pdu": SNMP_PDUS[pdu], "vars": f.all("snmp.name")[:32]},
              c.frame, c.ends)


def ours_snmp(d, k, e, frames):
    o = d["snmp"]
    version = 3 if o["version"] == 3 else o["version"] - 1
    pdu = o.get("pdu_type", "encrypted")
    names = o.get("vars", [])
    asks = {"get": "get_request", "get-next": "get_next_request", "get-bulk": "get_bulk_request", "set": "set_request",
            "inform": "inform_request", "encrypted": "encrypted"}
    code = k["code_name"]
    if k["phase"] == "push":
        kind = "push" if code in ("trap", "trap-v1") else "answer"
        yield Pdu(("snmp", e, kind), {"version": version, "pdu": pdu, "vars": names}, frames[1], e)
        return
    answered = k["outcome"] in ANSWERED or k["phase"] == "answer"
    if k["phase"] != "answer":
        yield Pdu(("snmp", e, "question"), {"version": version, "pdu": asks.get(code), "vars": None}, frames[0], e)
    if answered:
        yield Pdu(("snmp", e, "answer"), {"version": version, "pdu": "encrypted" if code == "encrypted" else
                                           "report" if code in ("report", "login") else "response",
                                           "vars": None if code in ("set", "inform") else names}, frames[1], e)


# ---- RFB ----

def theirs_vnc(f, c):
    chosen = f.number("vnc.client_security_type", f.number("vnc.server_security_type"))
    if chosen is not None:
        yield Pdu(("rfb", c.ends, "security"), {"type": chosen}, c.frame, c.ends)
    if f.get("vnc.auth_result") is not None:
        yield Pdu(("rfb", c.ends, "result"), {"refused": f.number("vnc.auth_result"),
                                              "reason": plain_text(f.get("vnc.auth_error"))}, c.frame, c.ends)
    if f.get("vnc.desktop_name") is not None and f.get("vnc.width") is not None:
        yield Pdu(("rfb", c.ends, "screen"), {"name": plain_text(f.get("vnc.desktop_name")), "width": f.number("vnc.width"),
                                               "height": f.number("vnc.height")}, c.frame, c.ends)


def ours_rfb(d, k, e, frames):
    login = d["rfb"].get("authentication", {})
    kind, result = login.get("security_type"), login.get("security_result")
    if kind is not None and k["phase"] != "answer":
        yield Pdu(("rfb", e, "security"), {"type": kind}, frames[0], e)
    # Before version 3.8 no result is said where nobody has to log in; who was turned away before he chose got none either.
    unsaid = kind is None and k["phase"] == "push" or kind == 1 and int(d["rfb"]["client_protocol_version"]["minor"]) < 8
    if result is not None and not unsaid:
        yield Pdu(("rfb", e, "result"), {"refused": int(result != "OK"),
                                         "reason": plain_text(d["rfb"].get("server_security_failure_reason"))}, frames[1], e)
    screen = d["rfb"].get("framebuffer")
    if screen:
        yield Pdu(("rfb", e, "screen"), {"name": plain_text(screen.get("name")), "width": screen["width"],
                                          "height": screen["height"]}, frames[1], e)
