"""What tshark and koban say of TFTP: requests, errors, and the files that came over.

tshark ties every block to its request as koban does, and puts files of more than one block together (tftp.defragment). koban tells a
request and what became of it in one line, and the file in a second one.
"""
import collections

Pdu = collections.namedtuple("Pdu", "key fields frame where")

KINDS = {1: "read", 2: "write"}
NUMBERS = {"blksize": "block_size", "windowsize": "window_size", "timeout": "timeout", "tsize": "size_told"}
agreed = {}		# frame of a request -> what its server agreed to; a request begins it anew


def shown(text):
    """What both write alike."""
    return "".join(x for x in text or "" if " " <= x <= "~" and x not in '\\"')[:192]


def hosts(where):
    return tuple(sorted(end[0] for end in where))


def named(f):
    return shown(f.get("tftp.source_file") or f.get("tftp.destination_file"))


def options(f):
    """Of the options both know, those with a number."""
    return {NUMBERS[n.lower()]: int(v) for n, v in zip(f.all("tftp.option.name"), f.all("tftp.option.value"))
            if n.lower() in NUMBERS and v.isdigit()}


def theirs_tftp(f, c):
    kind, request = f.number("tftp.opcode"), f.number("tftp.request_frame")
    if kind in KINDS:
        asked = options(f)
        agreed[c.frame] = {"block_size": 512, "size_told": asked.get("size_told")}
        yield Pdu(("tftp", hosts(c.ends), KINDS[kind], named(f)),
                  {"mode": f.get("tftp.type", "").lower(), **{n: asked.get(n) for n in NUMBERS.values()}}, c.frame, c.ends)
    elif kind == 6 and request in agreed:
        agreed[request].update(options(f))
    elif kind == 5:
        yield Pdu(("tftp", hosts(c.ends), "error"),
                  {"code": f.number("tftp.error.code"), "message": shown(f.get("tftp.error.message")), "file": named(f)},
                  c.frame, c.ends)
    if f.get("tftp.reassembled.length") is not None and request in agreed:
        yield Pdu(("tftp", c.ends, "file", named(f)),
                  {"size": f.number("tftp.reassembled.length"), "sha256": f.get("tftp.reassembled.data"),
                   "block_size": agreed[request]["block_size"], "size_told": agreed[request]["size_told"]}, c.frame, c.ends)


def ours_tftp(d, k, e, frames):
    """A request, and the error that ended it; of what was agreed to the line of both shows the answer's."""
    own, file = k.get("tftp", {}), shown(d["tftp"].get("file"))
    answered = k["outcome"] not in ("unanswered", "unknown") or k["phase"] == "answer" or k.get("note") == "unconfirmed"
    if k["code"] in KINDS and k["phase"] == "ask":
        yield Pdu(("tftp", hosts(e), KINDS[k["code"]], file),
                  {"mode": d["tftp"].get("mode", ""), **{n: None if answered else own.get(n) for n in NUMBERS.values()}},
                  frames[0], e)
    if "error_code" in own:
        yield Pdu(("tftp", hosts(e), "error"),
                  {"code": own["error_code"], "message": shown(own.get("error_message")), "file": file}, frames[1], e)


def ours_tftp_file(d, k, e, frames):
    """A file; tshark puts none together that came in one block, and takes no CR NUL apart."""
    own, file = k["tftp"], d["fileinfo"]
    whole = file["state"] == "CLOSED" and file["size"] >= own["block_size"]
    if whole:
        yield Pdu(("tftp", e, "file", shown(file["filename"])),
                  {"size": file["size"], "sha256": file["sha256"], "block_size": own["block_size"],
                   "size_told": own.get("size_told")}, frames[1], e)
