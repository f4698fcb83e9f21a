"""What tshark and koban say of the protocols a shop shares with every office: MQTT, DHCP, TLS, SNMP, RFB.

Each theirs_x() reads a layer of tshark, each ours_x() a line of EVE; tshark.py compares what they give. What koban does not
tell as an act (acknowledgements on the way, messages behind a handshake) is left out on both sides.
"""
import collections

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
              {"mac": f.get("dhcp.hw.mac_addr", ""), "yours": f.get("dhcp.ip.your"), "client": f.get("dhcp.ip.client"),
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


# ---- TLS ----

RDP = 3389
RETRY = "cf:21:ad:74:e5:9a:61:11:be:1d:8c:02:1e:65:b8:91:c2:a2:11:16:7a:bb:8c:5e:07:9e:09:e2:c8:a8:33:9c"


def theirs_tls(f, c):
    """The handshake messages of one layer. Left out is what lies inside other protocols (OpenVPN), what tshark decrypts, and
    RDP's, which tshark 4.0 shows only where it saw it agreed on."""
    if ":tcp:tls" not in c.protocols or RDP in (c.sport, c.dport):
        return
    kinds = [int(v, 0) for v in f.all("tls.handshake.type") if v]
    if 1 in kinds:
        yield Pdu(("tls", c.ends, "client-hello"),
                  {"sni": f.get("tls.handshake.extensions_server_name", ""), "ja3": f.get("tls.handshake.ja3")}, c.frame, c.ends)
    if 2 in kinds and f.get("tls.handshake.random") != RETRY:
        # The first cipher of the layer is the server's, unless a ClientHello stands in it too.
        yield Pdu(("tls", c.ends, "server-hello"),
                  {"cipher": f.number("tls.handshake.ciphersuite"), "ja3s": f.get("tls.handshake.ja3s")}, c.frame, c.ends)
    if 11 in kinds and f.get("x509af.serialNumber") and f.get("tls.record.opaque_type") is None:
        serial = f.get("x509af.serialNumber")
        digits = serial[2:] if serial.startswith("0x") else serial.replace(":", "")
        yield Pdu(("tls", c.ends, "certificate"), {"serial": digits.lower().lstrip("0")}, c.frame, c.ends)


def ours_tls(d, k, e, frames):
    o = d["tls"]
    if RDP in (d["src_port"], d["dest_port"]):
        return
    if k["code"] == (22 << 8 | 128 | 11):
        yield Pdu(("tls", e, "certificate"), {"serial": o["client"]["serial"].replace(":", "").lower().lstrip("0")}, frames[1], e)
    if k["code"] != (22 << 8 | 1):
        return
    if "ja3" in o:
        yield Pdu(("tls", e, "client-hello"), {"sni": o.get("sni", ""), "ja3": o["ja3"]["hash"]}, frames[0], e)
    if "server_handshake" in o:
        yield Pdu(("tls", e, "server-hello"), {"cipher": o["server_handshake"]["cipher"], "ja3s": o["ja3s"]["hash"]}, frames[1], e)
    if o.get("serial"):
        yield Pdu(("tls", e, "certificate"), {"serial": o["serial"].replace(":", "").lower().lstrip("0")}, frames[1], e)


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
        yield Pdu(("snmp", c.ends, kind), {"version": version, "pdu": "encrypted", "vars": []}, c.frame, c.ends)
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
    if f.get("vnc.desktop_name") is not None and f.get("vnc.width") is not None:
        yield Pdu(("rfb", c.ends, "screen"), {"name": plain_text(f.get("vnc.desktop_name")), "width": f.number("vnc.width"),
                                               "height": f.number("vnc.height")}, c.frame, c.ends)


def ours_rfb(d, k, e, frames):
    screen = d["rfb"].get("framebuffer")
    if screen:
        yield Pdu(("rfb", e, "screen"), {"name": plain_text(screen.get("name")), "width": screen["width"],
                                          "height": screen["height"]}, frames[1], e)
