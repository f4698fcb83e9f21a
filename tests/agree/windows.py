"""What tshark and koban say of the protocols Windows speaks: SMB 1, 2 and 3, DCE/RPC.

Each theirs_x() reads a layer of tshark, each ours_x() a line of EVE; tshark.py compares what they give. Pieces of files and
pipes, which koban tells as a whole, are counted apart.
"""
import collections
import re

Pdu = collections.namedtuple("Pdu", "key fields frame where")

# Commands whose messages are pieces of a transfer, or give no act unless they are refused.
SMB_PIECES = {"smb": {0x04, 0x05, 0x0a, 0x0b, 0x1c, 0x1f, 0x26, 0x28, 0x2e, 0x2f, 0x33, 0xa1, 0xa4},
              "smb2": {6, 7, 8, 9, 12, 18}}
SMB2_COMMANDS = ("NEGOTIATE_PROTOCOL SESSION_SETUP SESSION_LOGOFF TREE_CONNECT TREE_DISCONNECT CREATE CLOSE FLUSH READ WRITE LOCK "
                 "IOCTL CANCEL KEEPALIVE FIND CHANGE_NOTIFY GET_INFO SET_INFO OPLOCK_BREAK").split()
RPC_KINDS = {0: "request", 2: "answer", 3: "answer", 11: "bind", 12: "bound", 13: "bound", 14: "bind", 15: "bound"}


class Part:
    """Some of the fields of a layer."""

    def __init__(self, pairs):
        self.pairs = pairs

    def get(self, name, otherwise=None):
        return next((v for f, v in self.pairs if f == name), otherwise)

    def number(self, name, otherwise=None):
        value = self.get(name)
        return otherwise if value in (None, "") else int(value, 0)


def theirs_smb(f, c):
    """One PDU for each command of a chain; labels name the commands."""
    if c.transport != "tcp":
        return			# browser announcements in NetBIOS datagrams
    status, mid, pid = f.number("smb.nt_status"), f.number("smb.mid"), f.number("smb.pid")
    if status is None:		# an error of DOS: koban numbers it as an NT status that NT does not use
        kind, code = f.number("smb.error_class", 0), f.number("smb.error_code", 0)
        status = 0xe0000000 | kind << 16 | code if kind or code else 0
    for _, label in ((n, v) for n, v in f.pairs if n == "#"):
        named = re.fullmatch(r".* (Request|Response) \(0x([0-9a-f]{2})\)", label)
        if named is None:
            continue
        command, answer = int(named[2], 16), named[1] == "Response"
        if command in SMB_PIECES["smb"] or (command == 0x25 and "\\PIPE\\" in f.get("smb.trans_name", "\\PIPE\\")):
            yield Pdu(("smb", c.ends, "pieces"), {}, c.frame, c.ends)
            continue
        out = {"status": status} if answer else {}
        yield Pdu(("smb", c.ends, "answer" if answer else "request", "1", (pid & 0xffff) << 16 | mid, command), out, c.frame, c.ends)


def theirs_smb2(f, c):
    """One PDU for each command of a compound."""
    heads = [i for i, (n, _) in enumerate(f.pairs) if n == "smb2.protocol_id"]
    for first, last in zip(heads, heads[1:] + [len(f.pairs)]):
        one = Part(f.pairs[first:last])
        command, status, flags = one.number("smb2.cmd"), one.number("smb2.nt_status", 0), one.number("smb2.flags", 0)
        if command is None:
            continue
        answer = one.get("smb2.flags.response") == "1" or bool(flags & 1)
        pipe = command == 11 and one.number("smb2.ioctl.function") == 0x11c017
        over = command == 15 and answer and status in (0x10b, 0xc0000120)	# a subscription ends: no act of its own
        if command in SMB_PIECES["smb2"] or status == 0x103 or pipe or over:
            yield Pdu(("smb", c.ends, "pieces"), {}, c.frame, c.ends)
            continue
        out = {"status": status, "session": one.number("smb2.sesid")} if answer else {}
        if answer and command == 0:
            out["session"] = None
        if command == 5 and not answer:
            out["name"] = (one.get("smb2.filename") or "").strip("\\")
            out["disposition"] = one.number("smb2.create.disposition")
        yield Pdu(("smb", c.ends, "answer" if answer else "request", "2", one.number("smb2.msg_id"), command), out, c.frame, c.ends)


def theirs_dcerpc(f, c):
    if c.transport == "udp" and f.number("dcerpc.ver") == 4:
        yield from theirs_datagram(f, c)
    if c.transport != "tcp" or f.number("dcerpc.ver") != 5:
        return
    kind, flags = f.number("dcerpc.pkt_type"), f.number("dcerpc.cn_flags", 3)
    if kind not in RPC_KINDS or (kind in (0, 2) and not flags & 2):
        yield Pdu(("dcerpc", c.ends, "pieces"), {}, c.frame, c.ends)
        return
    out = {}
    if kind == 0:
        out["opnum"] = f.number("dcerpc.opnum")
    elif kind in (11, 14):
        out["interfaces"] = [u.lower() for u in f.all("dcerpc.cn_bind_to_uuid")][:16]
    elif kind in (12, 15):
        out["results"] = [int(u, 0) for u in f.all("dcerpc.cn_ack_result")][:16]
    elif kind == 3:
        out["status"] = f.number("dcerpc.cn_status")
    yield Pdu(("dcerpc", c.ends, RPC_KINDS[kind], f.number("dcerpc.cn_call_id")), out, c.frame, c.ends)


DATAGRAM_KINDS = {0: "request", 1: "ping", 2: "answer", 3: "answer", 4: "alive", 5: "alive", 6: "answer"}


def theirs_datagram(f, c):
    """The connectionless form. tshark takes any datagram that begins with 04 for it, also with flags that are reserved."""
    kind, flags = f.number("dcerpc.pkt_type"), f.number("dcerpc.dg_flags1", 0)
    if flags & 0x81:
        return
    if kind not in DATAGRAM_KINDS or flags & 6 == 4:
        yield Pdu(("dcerpc_udp", c.ends, "pieces"), {}, c.frame, c.ends)
        return
    out = {}
    if kind in (0, 2, 3, 6):
        out["opnum"] = f.number("dcerpc.opnum")
    key = ("dcerpc_udp", c.ends, DATAGRAM_KINDS[kind], f.get("dcerpc.dg_act_id").lower(), f.number("dcerpc.dg_seqnum"))
    yield Pdu(key, out, c.frame, c.ends)


def ours_dcerpc_udp(d, k, e, frames):
    o = k.get("dcerpc_udp", {})
    if "activity" not in o:
        return
    call = (o["activity"], o["sequence"])
    answered = k["phase"] in ("answer", "push") or k["outcome"] not in ("unanswered", "unknown")
    if k.get("code_name") == "ping":
        yield Pdu(("dcerpc_udp", e, "ping", *call), {}, frames[0], e)
        if o.get("response") in ("WORKING", "NOCALL"):
            yield Pdu(("dcerpc_udp", e, "alive", *call), {}, frames[1], e)
        return
    if k["phase"] in ("ask", "whole"):
        yield Pdu(("dcerpc_udp", e, "request", *call), {"opnum": o["opnum"]}, frames[0], e)
    if answered:
        yield Pdu(("dcerpc_udp", e, "answer", *call), {"opnum": o["opnum"]}, frames[-1], e)


def ours_smb(d, k, e, frames):
    o = d.get("smb", {})
    word = o.get("command", "")
    if not word or k["code"] in (0x501, 0x502, 0x503) or k["code"] in (0x12526,) or o.get("function") == "FSCTL_PIPE_TRANSCEIVE":
        return
    family = "1" if word.startswith("SMB1") else "2"
    command = SMB2_COMMANDS.index(word[13:]) if family == "2" else k["code"] >> 8 & 0xff if k["code"] > 0xffff else k["code"] & 0xff
    if command in SMB_PIECES["smb" if family == "1" else "smb2"] or (family == "1" and command == 0x25):
        return
    asked = k["phase"] in ("ask", "whole")
    answered = k["phase"] in ("answer", "push") or k["outcome"] not in ("unanswered", "unknown")
    if family == "2" and command == 15 and k["verb"] == "report":
        asked = False
    if family == "2" and command == 15 and k.get("result") in (0x10b, 0xc0000120):
        answered = False
    other = family == "2" and command == 0 and any(" " in x for x in o.get("client_dialects", []))
    if asked and other:		# SMB 1 asked, SMB 2 answered: one line
        yield Pdu(("smb", e, "request", "1", o["id"], 0x72), {}, frames[0], e)
    elif asked:
        out = {}
        if family == "2" and command == 5:
            out = {"name": o.get("filename", o.get("directory", "")), "disposition": None}
            out["disposition"] = ["FILE_SUPERSEDE", "FILE_OPEN", "FILE_CREATE", "FILE_OPEN_IF", "FILE_OVERWRITE",
                                  "FILE_OVERWRITE_IF"].index(o["disposition"])
        yield Pdu(("smb", e, "request", family, o["id"], command), out, frames[0], e)
    if answered and k.get("result") != 0x103:
        out = {"status": int(o.get("status_code", "0x0"), 16)}
        if family == "2":
            out["session"] = None if command in (0, 1) else o.get("session_id")
        yield Pdu(("smb", e, "answer", family, 0 if other else o["id"], command), out, frames[1], e)


def ours_dcerpc(d, k, e, frames):
    o = d.get("dcerpc", {})
    kind = o.get("request", "")
    asked = k["phase"] in ("ask", "whole")
    answered = k["phase"] in ("answer", "push") or k["outcome"] not in ("unanswered", "unknown")
    call = o.get("call_id")
    if kind in ("BIND", "ALTER_CONTEXT", "BINDACK", "BINDNAK", "ALTER_CONTEXT_RESP"):
        if asked:
            yield Pdu(("dcerpc", e, "bind", call), {"interfaces": [i["uuid"] for i in o.get("interfaces", [])] or None}, frames[0], e)
        if answered:
            results = [i["ack_result"] for i in o.get("interfaces", []) if "ack_result" in i]
            yield Pdu(("dcerpc", e, "bound", call), {"results": results or None}, frames[1], e)
    elif kind in ("REQUEST", "RESPONSE", "FAULT") and k["code"] != 0x1000020:
        if asked:
            yield Pdu(("dcerpc", e, "request", call), {"opnum": o.get("req", {}).get("opnum")}, frames[0], e)
        if answered and (kind != "REQUEST" or "res" in o):
            out = {"status": k.get("result")} if o.get("response", kind) == "FAULT" else {}
            yield Pdu(("dcerpc", e, "answer", call), out, frames[1], e)
