"""Differences that have a name: what one of the two does and why, proven from the bytes of the very frame.

Each test looks at one PDU only one side has, or at a pair that differs, and says yes only where its reason is seen there. What a
name explains is counted and printed, by name; it is no agreement.
"""
import subprocess


def fields_of(path, where, *names):
    """Fields of the first packet a filter of tshark lets through."""
    command = ["tshark", "-n", "-r", str(path), "-Y", where, "-T", "fields"]
    run = subprocess.run(command + [word for name in names for word in ("-e", name)], capture_output=True, text=True, check=True)
    return (run.stdout.split("\n")[0].split("\t") + [""] * len(names))[:len(names)]


def as_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def flow_of(path, frame):
    return "tcp.stream == " + fields_of(path, f"frame.number == {frame}", "tcp.stream")[0]


def behind_something_else(path, kind, mine, other):
    """A connection that began as something else, here with a program that was sent ahead of the hello."""
    if kind != "only tshark" or other.key[2] != "client-hello":
        return False
    stream, hello = fields_of(path, f"frame.number == {other.frame}", "tcp.stream", "tcp.payload")
    number, first = fields_of(path, f"tcp.stream == {stream} && tcp.len > 0", "frame.number", "tcp.payload")
    return as_bytes(hello)[:1] == b"\x16" and int(number) < other.frame and as_bytes(first)[:1] != b"\x16"


def ber_end(data, at):
    """Where the value at this place ends."""
    size = data[at + 1]
    if size & 0x80:
        return at + 2 + (size & 0x7f) + int.from_bytes(data[at + 2:at + 2 + (size & 0x7f)], "big")
    return at + 2 + size


def no_operation(path, kind, mine, other):
    """Version 1 or 2c, a community, and behind them no operation: RFC 1157 4 knows A0 to A4, RFC 3416 3 up to A8."""
    if kind != "only tshark" or other.fields.get("pdu") != "none" or other.fields.get("version") not in (0, 1):
        return False
    data = as_bytes(fields_of(path, f"frame.number == {other.frame}", "udp.payload")[0])
    version = 2 + (data[1] & 0x7f if data[1] & 0x80 else 0)
    operation = ber_end(data, ber_end(data, version))
    return operation >= len(data) or not 0xa0 <= data[operation] <= 0xa8


def lost_in_tight(path, kind, mine, other):
    """TightVNC's security without tunnels: tshark waits for the choice of one, is a message late from there on (it calls what
    follows malformed), finds no screen and takes a message of the client for the result, which only servers say."""
    flow = flow_of(path, (mine or other).frame)
    chosen, tunnels = (fields_of(path, f"{flow} && {field}", field)[0]
                       for field in ("vnc.client_security_type", "vnc.num_tunnel_types"))
    if (chosen, tunnels) != ("16", "0"):
        return False
    if kind == "only koban":
        return mine.key[2] == "screen"
    asks = fields_of(path, f"{flow} && vnc.client_proto_ver", "tcp.srcport")
    return kind == "only tshark" and other.key[2] == "result" \
        and fields_of(path, f"frame.number == {other.frame}", "tcp.srcport") == asks


def type_and_challenge(path, kind, mine, other):
    """Version 3.3: the type of security and the challenge came in one segment; tshark looks for the challenge in the next, takes
    the client's answer for it, and the result for the answer, which it calls malformed."""
    if kind != "only koban" or mine.key[2] != "result":
        return False
    _, data = fields_of(path, f"{flow_of(path, mine.frame)} && vnc.server_security_type", "frame.number", "tcp.payload")
    return len(as_bytes(data)) == 4 + 16 and as_bytes(data)[:4] == b"\0\0\0\2"


def name_behind_nul(path, kind, mine, other):
    """Apple's screens put NULs in front of their name; tshark shows it up to the first."""
    if kind != "differ" or mine.key[2] != "screen" or {n for n in mine.fields if mine.fields[n] != other.fields[n]} != {"name"}:
        return False
    data = as_bytes(fields_of(path, f"frame.number == {other.frame}", "tcp.payload")[0])
    return data[24:25] == b"\0" and data[24:].rpartition(b"\0")[2].decode(errors="replace") == mine.fields["name"]


def request_forgotten(path, kind, mine, other):
    """tshark looks into no datagram of the client in one conversation on an unusual port, though it read its request; the bytes
    are those of an error."""
    if kind != "only koban" or mine.key[2] != "error":
        return False
    layers, data = fields_of(path, f"frame.number == {mine.frame}", "frame.protocols", "udp.payload")
    said = as_bytes(data)[4:].split(b"\0")[0].decode(errors="replace")
    return layers.endswith(":udp:data") and as_bytes(data)[:4] == bytes([0, 5, 0, mine.fields["code"]]) \
        and said == mine.fields["message"]


NAMED = [
    ("tls", "a hello in a connection that began as something else: koban judges a connection by its beginning",
     behind_something_else),
    ("snmp", "version and community of what is no SNMP: no operation stands behind them", no_operation),
    ("rfb", "TightVNC's security without tunnels: tshark is a message late from there on", lost_in_tight),
    ("rfb", "version 3.3, type of security and challenge in one segment: tshark is a message late", type_and_challenge),
    ("tftp", "an error that tshark does not look into, in a conversation on an unusual port", request_forgotten),
    ("rfb", "a name behind NULs (Apple): tshark shows it up to the first", name_behind_nul),
]


def name_of(path, kind, mine, other):
    proto = (mine or other).key[0]
    for named, reason, holds in NAMED:
        if named == proto and holds(path, kind, mine, other):
            return reason
    return None
