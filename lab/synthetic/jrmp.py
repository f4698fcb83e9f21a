"""jrmp.py: Java RMI by hand: the registry, JMX over it, and who uses them. From Oracle's "Java Remote Method Invocation Specification"
(chapters 8.3 and 10) and "Java Object Serialization Specification" (chapter 6); nothing here was taken from koban's decoder."""
import hashlib
import struct

import wire

STREAM = struct.pack("!HH", 0xaced, 5)
REGISTRY, LOOKUP = 4905912898345647071, 2
UID = struct.pack("!iqh", 1, 1_780_000_000_000, -32768)
STRING, NAME, SUBJECT = "Ljava/lang/String;", "Ljavax/management/ObjectName;", "Ljavax/security/auth/Subject;"
MARSHALLED, INSTANCE = "Ljava/rmi/MarshalledObject;", "Ljavax/management/ObjectInstance;"
METHODS = {
    "newClient": "(Ljava/lang/Object;)Ljavax/management/remote/rmi/RMIConnection;",
    "createMBean": f"({STRING}{NAME}{SUBJECT}){INSTANCE}",
    "invoke": f"({NAME}{STRING}{MARSHALLED}[{STRING}{SUBJECT})Ljava/lang/Object;",
    "getAttribute": f"({NAME}{STRING}{SUBJECT})Ljava/lang/Object;",
    "queryNames": f"({NAME}{MARSHALLED}{SUBJECT})Ljava/util/Set;",
    "close": "()V",
}


def utf(text):
    return struct.pack("!H", len(text)) + text.encode()


def method_hash(name):
    """RMI 8.3: the first eight bytes of the SHA-1 over name and descriptor, least significant first."""
    return struct.unpack("<q", hashlib.sha1(utf(name + METHODS[name])).digest()[:8])[0]


def string(text):
    return b"t" + utf(text)


def class_desc(name, serial=1):
    return b"r" + utf(name) + struct.pack("!qBH", serial, 2, 0) + b"xp"


def strings(*words):
    return (b"u" + class_desc("[Ljava.lang.String;") + struct.pack("!i", len(words)) + b"".join(map(string, words)))


NULL = b"p"


class Client:
    """One connection of a client to a Java program."""

    def __init__(self, capture, client, server, port, truth, at, **cut):
        self.truth, self.host, self.server = truth, client, server
        self.link = wire.Connection(capture, client, server, port, at, **cut)
        self.link.say(True, b"JRMI" + struct.pack("!HB", 2, 0x4b))
        self.link.say(False, b"\x4e" + utf(client.ip) + struct.pack("!i", self.link.cport))
        self.link.say(True, utf(client.ip) + struct.pack("!i", 0))

    def call(self, number, operation, code, arguments, result=NULL, fails=False, kind=None):
        block = struct.pack("!q", number) + UID + struct.pack("!iq", operation, code)
        self.link.say(True, b"\x50" + STREAM + b"\x77" + bytes([len(block)]) + block + arguments)
        self.link.wait(0.002)
        self.link.say(False, b"\x51" + STREAM + b"\x77\x0f" + (b"\2" if fails else b"\1") + UID + result)
        self.truth["calls"].append({"actor": self.host.ip, "device": self.server.ip, "kind": kind,
                                    "outcome": "refused" if fails else "done"})

    def lookup(self, name, port):
        reference = utf("UnicastRef2") + b"\0" + utf(self.server.ip) + struct.pack("!i", port) + bytes(23)
        stub = (b"s" + class_desc("javax.management.remote.rmi.RMIServerImpl_Stub") + b"w" + bytes([len(reference)]) +
                reference + b"x")
        self.call(0, LOOKUP, REGISTRY, string(name), stub, kind="lookup")

    def jmx(self, method, arguments=NULL, **more):
        self.call(0x1122334455667788, -1, method_hash(method), arguments, kind=method, **more)

    def ping(self):
        self.link.say(True, b"\x52")
        self.link.say(False, b"\x53")

    def close(self):
        self.link.close()
