"""What tshark and koban say of RDP: what both ends agree on in front, and what the client tells of itself.

The first two messages are COTP's, with words of RDP in place of its parameters; the others stand in T.125 and T.124.
"""
import collections

Pdu = collections.namedtuple("Pdu", "key fields frame where")

REQUEST, ANSWER, FAILURE = 1, 2, 3		# MS-RDPBCGR 2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2
DEPTHS = {0xca00: 4, 0xca01: 8, 0xca02: 15, 0xca03: 16, 0xca04: 24}	# 2.2.1.3.2
VERSIONS = {0x80001: "v4", 0x80004: "v5", **{0x80005 + i: f"v10.{i}" for i in range(13)}}
CHANNELS_MOST = 31


def typed(text):
    """Characters both write alike."""
    return "".join(x for x in text or "" if " " <= x <= "~" and x not in '\\"')


def version_word(f):
    return VERSIONS.get(f.number("rdp.version.minor", 0) << 16 | f.number("rdp.version.major", 0), "")


def cookie_name(text):
    return typed((text or "").removeprefix("Cookie: mstshash=")) if (text or "").startswith("Cookie: mstshash=") else ""


def theirs_rdp(f, c):
    """One layer of tshark: the negotiation of one side, or its data behind T.124."""
    kind = f.number("rdp.neg_type")
    if kind == REQUEST or f.get("rdp.rt_cookie") is not None:
        yield Pdu(("rdp", c.ends, "ask"), {"cookie": cookie_name(f.get("rdp.rt_cookie")),
                                           "protocols": f.number("rdp.negReq.requestedProtocols", "none")}, c.frame, c.ends)
    elif kind in (ANSWER, FAILURE):
        yield Pdu(("rdp", c.ends, "agreed"), {"selected": f.number("rdp.negReq.selectedProtocol", "none"),
                                              "failure": f.number("rdp.negFailure.failureCode", "none")}, c.frame, c.ends)
    if f.get("rdp.client.coreData") is not None:
        depth = f.number("rdp.highColorDepth", 0)
        yield Pdu(("rdp", c.ends, "client"),
                  {"name": typed(f.get("rdp.client.name")), "build": f.get("rdp.client.build"), "version": version_word(f),
                   "width": f.number("rdp.desktop.width"), "height": f.number("rdp.desktop.height"),
                   "depth": depth or DEPTHS.get(f.number("rdp.postBeta2ColorDepth") or f.number("rdp.colorDepth"), 0), "layout": f.number("rdp.keyboardLayout"),
                   "keyboard": f.number("rdp.keyboard.type"), "keys": f.number("rdp.keyboard.functionkey"),
                   "channels": [typed(n) for n in f.all("rdp.name")][:CHANNELS_MOST]}, c.frame, c.ends)
    if f.get("rdp.server.coreData") is not None:
        yield Pdu(("rdp", c.ends, "server"),
                  {"version": version_word(f), "method": f.number("rdp.encryptionMethod", "none"),
                   "level": f.number("rdp.encryptionLevel", "none")}, c.frame, c.ends)


def theirs_t125(f, c):
    """The answer to a connection: its result."""
    if f.number("t125.ConnectMCSPDU") == 102:
        yield Pdu(("rdp", c.ends, "result"), {"result": f.number("t125.result")}, c.frame, c.ends)


def ours_rdp(d, k, e, frames):
    o, own = d["rdp"], k.get("rdp", {})
    client = o.get("client")
    if client is not None:
        yield Pdu(("rdp", e, "client"),
                  {"name": typed(client.get("client_name")), "build": client.get("build"), "version": client.get("version", ""),
                   "width": client.get("desktop_width"), "height": client.get("desktop_height"),
                   "depth": client.get("color_depth"), "layout": own.get("keyboard_layout"), "keyboard": own.get("keyboard_type"),
                   "keys": client.get("function_keys"), "channels": [typed(n) for n in o.get("channels", [])]}, frames[0], e)
    if "result" in own:
        yield Pdu(("rdp", e, "result"), {"result": own["result"]}, frames[1], e)
    if "server_version" in own or "encryption_method" in own:
        yield Pdu(("rdp", e, "server"),
                  {"version": own.get("server_version", ""), "method": own.get("encryption_method", "none"),
                   "level": own.get("encryption_level", "none")}, frames[1], e)


def ours_negotiation(d, k, e, frames):
    """The words of RDP in a line of COTP, which shows a request and its answer together."""
    own = k.get("cotp", {})
    if "rdp_requested" in own or "cookie" in own:
        yield Pdu(("rdp", e, "ask"), {"cookie": typed(own.get("cookie")), "protocols": own.get("rdp_requested", "none")},
                  frames[0], e)
    if "rdp_selected" in own or "rdp_failure" in own:
        yield Pdu(("rdp", e, "agreed"), {n: own.get(f"rdp_{n}", "none") for n in ("selected", "failure")}, frames[1], e)
