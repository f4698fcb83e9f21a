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


NAMED = [
    ("tls", "a hello in a connection that began as something else: koban judges a connection by its beginning",
     behind_something_else),
    ("snmp", "version and community of what is no SNMP: no operation stands behind them", no_operation),
]


def name_of(path, kind, mine, other):
    proto = (mine or other).key[0]
    for named, reason, holds in NAMED:
        if named == proto and holds(path, kind, mine, other):
            return reason
    return None
