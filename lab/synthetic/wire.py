"""wire.py: writes captures of TCP conversations between made-up machines: handshakes, segments cut anywhere, acknowledgements,
retransmissions, several clients at once. For protocols that no program of other people plays."""
import json
import random
import struct


class Host:
    def __init__(self, mac, ip):
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.ip = ip
        self.raw = bytes(int(x) for x in ip.split("."))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


START = 1_780_000_000.0


class Capture:
    """All frames of one recording; they are sorted by time when it is written."""

    def __init__(self, seed, start=START):
        self.random = random.Random(seed)
        self.start = start
        self.frames = []
        self.port = 49152 + self.random.randrange(1000)

    def frame(self, at, src, dst, sport, dport, flags, seq, ack, payload=b""):
        ident = self.random.randrange(65536)
        tcp = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 5 << 4, flags, 64240, 0, 0)
        pseudo = src.raw + dst.raw + struct.pack("!BBH", 0, 6, len(tcp) + len(payload))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp + payload)) + tcp[18:]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp) + len(payload), ident, 0x4000, 64, 6, 0) + src.raw + dst.raw
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        data = dst.mac + src.mac + b"\x08\x00" + ip + tcp + payload
        self.frames.append((self.start + at, len(self.frames), data.ljust(60, b"\0")))

    def datagram(self, at, src, dst, sport, dport, payload):
        udp = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
        pseudo = src.raw + dst.raw + struct.pack("!BBH", 0, 17, len(udp) + len(payload))
        udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp + payload) or 0xffff)
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp) + len(payload), self.random.randrange(65536), 0x4000, 64, 17, 0)
        ip += src.raw + dst.raw
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        data = dst.mac + src.mac + b"\x08\x00" + ip + udp + payload
        self.frames.append((self.start + at, len(self.frames), data.ljust(60, b"\0")))

    def write(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for at, _, data in sorted(self.frames):
                out.write(struct.pack("<IIII", int(at), int(at % 1 * 1e6), len(data), len(data)) + data)

    def keep(self, folder, truth):
        """capture.pcap and truth.json, as a scenario has them."""
        folder.mkdir(parents=True, exist_ok=True)
        self.write(folder / "capture.pcap")
        (folder / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


SYN, FIN, RST, PSH, ACK = 2, 1, 4, 8, 16


class Connection:
    """One TCP connection; every call moves its own clock on. cut: how segments are cut ("whole", "random", "bytes")."""

    def __init__(self, capture, client, server, port, at, cut="whole", again=0.0):
        self.capture, self.client, self.server = capture, client, server
        self.cport, self.sport = capture.port, port
        capture.port += 1
        self.at, self.cut, self.again = at, cut, again
        self.seq = {True: capture.random.randrange(1 << 32), False: capture.random.randrange(1 << 32)}
        self._send(True, SYN)
        self._send(False, SYN | ACK)
        self._send(True, ACK)

    def _send(self, from_client, flags, payload=b""):
        self.at += 0.0004 + self.capture.random.random() * 0.0004
        src, dst, sport, dport = ((self.client, self.server, self.cport, self.sport) if from_client else
                                  (self.server, self.client, self.sport, self.cport))
        seq, ack = self.seq[from_client], self.seq[not from_client]
        self.capture.frame(self.at, src, dst, sport, dport, flags, seq, ack if flags & ACK else 0, payload)
        if payload and self.capture.random.random() < self.again:     # it was not acknowledged in time
            self.capture.frame(self.at + 0.02, src, dst, sport, dport, flags, seq, ack, payload)
        self.seq[from_client] += len(payload) + (1 if flags & (SYN | FIN) else 0)

    def say(self, from_client, data):
        while data:
            n = len(data)
            if self.cut == "bytes":
                n = 1
            elif self.cut == "random":
                n = min(n, self.capture.random.choice((1, 3, 9, 10, 11, 40, 200, 1460)))
            self._send(from_client, PSH | ACK, data[:min(n, 1460)])
            data = data[min(n, 1460):]
        self._send(not from_client, ACK)

    def wait(self, seconds):
        self.at += seconds

    def close(self):
        self._send(True, FIN | ACK)
        self._send(False, FIN | ACK)
        self._send(True, ACK)
