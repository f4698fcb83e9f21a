#!/usr/bin/env python3
"""tftp-server.py ADDRESS FOLDER: a TFTP server as RFC 1350, 2347, 2348, 2349 and 7440 say, on port 69.

It shares nothing with koban's decoder. It hands out and takes any file of its folder, each transfer from a new port, and agrees to
blksize, tsize, timeout and windowsize. Each third block it gets is acknowledged only when it comes again, as on a bad line."""
import pathlib
import socket
import struct
import sys
import threading

RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)
ADDRESS, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
WAIT, TRIES = 1.0, 8


def options_of(words, size):
    """What is agreed to, by name, as texts."""
    agreed = {}
    for name, value in zip(words[::2], words[1::2]):
        name = name.lower()
        if name == "tsize":
            agreed[name] = str(size) if size is not None else value
        elif name == "blksize" and 8 <= int(value) <= 65464:
            agreed[name] = str(min(int(value), 1428))
        elif name == "windowsize" and 1 <= int(value) <= 65535:
            agreed[name] = str(min(int(value), 8))
        elif name == "timeout" and 1 <= int(value) <= 255:
            agreed[name] = value
    return agreed


class Transfer:
    def __init__(self, peer, words):
        self.name, self.mode, self.words, self.peer = words[0], words[1].lower(), words[2:], peer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ADDRESS, 0))
        self.socket.connect(peer)
        self.socket.settimeout(WAIT)

    def refuse(self, code, text):
        self.socket.send(struct.pack(">HH", ERROR, code) + text.encode() + b"\0")

    def asked(self, message, wanted):
        """Sends a message until a wanted one comes back: (block, bytes)."""
        for _ in range(TRIES):
            for one in message:
                self.socket.send(one)
            try:
                while True:
                    got = self.socket.recv(65536)
                    kind, block = struct.unpack(">HH", got[:4])
                    if kind == ERROR:
                        return None
                    if wanted(kind, block):
                        return block, got[4:]
            except TimeoutError:
                continue
        return None

    def path(self):
        path = (FOLDER / self.name.lstrip("/")).resolve()
        return path if path.is_relative_to(FOLDER.resolve()) else None

    def oack(self, agreed):
        return struct.pack(">H", OACK) + b"".join(f"{n}\0{v}\0".encode() for n, v in agreed.items())

    def read(self):
        path = self.path()
        if path is None or not path.is_file():
            return self.refuse(1, "File not found")
        data = path.read_bytes()
        agreed = options_of(self.words, len(data))
        size, window = int(agreed.get("blksize", 512)), int(agreed.get("windowsize", 1))
        if agreed and self.asked([self.oack(agreed)], lambda kind, block: kind == ACK and block == 0) is None:
            return None
        pieces = [data[at:at + size] for at in range(0, len(data) + 1, size)]
        done = 0
        while done < len(pieces):
            part = range(done, min(done + window, len(pieces)))
            got = self.asked([struct.pack(">HH", DATA, (n + 1) & 0xffff) + pieces[n] for n in part],
                             lambda kind, block: kind == ACK and block in [(n + 1) & 0xffff for n in part])
            if got is None:
                return None
            done = next(n + 1 for n in part if (n + 1) & 0xffff == got[0])

    def write(self):
        path = self.path()
        if path is None:
            return self.refuse(2, "Access violation")
        agreed = options_of(self.words, None)
        size = int(agreed.get("blksize", 512))
        answer, expected, data = self.oack(agreed) if agreed else struct.pack(">HH", ACK, 0), 1, b""
        while True:
            got = self.asked([answer], lambda kind, block: kind == DATA and block == expected & 0xffff)
            if got is None:
                return None
            if expected % 3 == 0:	# as if it had not come
                got = self.asked([], lambda kind, block: kind == DATA and block == expected & 0xffff) or got
            data += got[1]
            answer = struct.pack(">HH", ACK, expected & 0xffff)
            expected += 1
            if len(got[1]) < size:
                self.socket.send(answer)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                return None


def main():
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind((ADDRESS, 69))
    while True:
        message, peer = door.recvfrom(65536)
        kind = struct.unpack(">H", message[:2])[0]
        if kind not in (RRQ, WRQ):
            continue
        one = Transfer(peer, message[2:].decode("latin-1").split("\0")[:-1])
        threading.Thread(target=one.read if kind == RRQ else one.write, daemon=True).start()


main()
