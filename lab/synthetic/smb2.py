"""smb2.py: a Windows machine that shares files by SMB 2, and its clients: files, named pipes and the remote calls in them. From
[MS-SMB2] 2.2, [MS-RPCE]/C706 chapter 12, [MS-RPRN] 3.1.4.9 and [MS-SCMR] 3.1.4.12; nothing here was taken from koban's decoder."""
import struct
import uuid

import wire

NEGOTIATE, SETUP, TREE, CREATE, CLOSE, READ, WRITE = 0, 1, 3, 5, 6, 8, 9
NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<I", 2)
SPOOLSS = uuid.UUID("12345678-1234-abcd-ef00-0123456789ab").bytes_le + struct.pack("<HH", 1, 0)
SVCCTL = uuid.UUID("367abb81-9844-35f1-ad32-98f038001003").bytes_le + struct.pack("<HH", 2, 0)
READ_ONLY, CHANGE = 0x120089, 0x12019f
OPEN, OVERWRITE = 1, 5


def wide(text):
    return text.encode("utf-16-le")


def ndr_string(text, fill=True):
    """A conformant varying string with its end, filled up to four bytes when something follows."""
    data = wide(text + "\0")
    n = len(text) + 1
    return struct.pack("<III", n, 0, n) + data + bytes(-len(data) % 4 if fill else 0)


class Client:
    def __init__(self, capture, host, server, at, **how):
        self.host, self.server = host, server
        self.link = wire.Connection(capture, host, server, 445, at, **how)
        self.message, self.tree, self.session, self.file = 0, 0, 0, 0
        guid = bytes(range(16))
        self.ask(NEGOTIATE, struct.pack("<HHHHI", 36, 1, 1, 0, 0) + guid + bytes(8) + struct.pack("<H", 0x0210),
                 struct.pack("<HHHH", 65, 1, 0x0210, 0) + guid + struct.pack("<IIII", 0, 65536, 65536, 65536) + bytes(16) +
                 struct.pack("<HHI", 128, 0, 0))
        self.session = 0x1000 + capture.random.randrange(1000)
        self.ask(SETUP, struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 88, 0, 0), struct.pack("<HHHH", 9, 0, 72, 0))

    def header(self, command, answer):
        return (b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ", 64, 1, 0, command, 1, 1 if answer else 0, 0, self.message, 0,
                                         self.tree, self.session) + bytes(16))

    def ask(self, command, body, answer):
        for from_client, data in ((True, body), (False, answer)):
            packet = self.header(command, not from_client) + data
            self.link.say(from_client, struct.pack(">I", len(packet)) + packet)
        self.message += 1

    def connect(self, share):
        name = wide(f"\\\\{self.server.ip}\\{share}")
        self.tree += 1
        kind = 2 if share == "IPC$" else 1
        self.ask(TREE, struct.pack("<HHHH", 9, 0, 72, len(name)) + name, struct.pack("<HBBIII", 16, kind, 0, 0, 0, 0x1f01ff))

    def open(self, name, access, disposition, size=0):
        path = wide(name)
        self.file += 1
        self.ask(CREATE, struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, access, 0x80, 7, disposition, 0x40, 120,
                                     len(path), 0, 0) + path,
                 struct.pack("<HBBI", 89, 0, 0, 2 if disposition == OVERWRITE else 1) + bytes(32) +
                 struct.pack("<QQII", size, size, 0x80, 0) + self.handle() + struct.pack("<II", 0, 0))

    def handle(self):
        return struct.pack("<QQ", self.file, self.file + 0x100)

    def close_file(self, size=0):
        self.ask(CLOSE, struct.pack("<HHI", 24, 0, 0) + self.handle(), struct.pack("<HHI", 60, 0, 0) + bytes(32) +
                 struct.pack("<QQI", size, size, 0x80))

    def write(self, offset, data):
        self.ask(WRITE, struct.pack("<HHIQ", 49, 112, len(data), offset) + self.handle() + struct.pack("<IIHHI", 0, 0, 0, 0, 0) +
                 data, struct.pack("<HHIIHH", 17, 0, len(data), 0, 0, 0))

    def read(self, offset, data):
        self.ask(READ, struct.pack("<HBBIQ", 49, 80, 0, max(len(data), 1024), offset) + self.handle() +
                 struct.pack("<IIIHHB", 0, 0, 0, 0, 0, 0),
                 struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data)

    def put(self, name, data):
        self.open(name, CHANGE, OVERWRITE)
        for at in range(0, len(data), 8192):
            self.write(at, data[at:at + 8192])
        self.close_file(len(data))

    def get(self, name, data):
        self.open(name, READ_ONLY, OPEN, len(data))
        for at in range(0, len(data), 8192):
            self.read(at, data[at:at + 8192])
        self.close_file(len(data))

    # ---- remote calls in a pipe ----

    def pipe(self, name, interface):
        self.call_id = 0
        self.open(name, CHANGE, OPEN)
        self.rpc(11, struct.pack("<HHIB3xHBx", 4280, 4280, 0, 1, 0, 1) + interface + NDR, 12,
                 struct.pack("<HHIH", 4280, 4280, 1, len(name) + 7) + b"\\PIPE\\" + name.encode() + b"\0" +
                 bytes(-(len(name) + 9) % 4) + struct.pack("<B3xHH", 1, 0, 0) + NDR)

    def rpc(self, kind, body, answer_kind, answer):
        self.call_id += 1
        for ask, k, data in ((True, kind, body), (False, answer_kind, answer)):
            pdu = struct.pack("<BBBBIHHI", 5, 0, k, 3, 0x10, 16 + len(data), 0, self.call_id) + data
            if ask:
                self.write(0, pdu)
            else:
                self.read(0, pdu)

    def call(self, operation, stub, answer):
        self.rpc(0, struct.pack("<IHH", len(stub), 0, operation) + stub, 2, struct.pack("<IHBB", len(answer), 0, 0, 0) + answer)

    def start_document(self, document, output_file):
        """RpcStartDocPrinter: the job's name, and a file for its output when one is named."""
        pointers = struct.pack("<III", 0x20004, 0x20008 if output_file else 0, 0)
        strings = ndr_string(document) + (ndr_string(output_file, False) if output_file else b"")
        self.call(17, bytes(range(20)) + struct.pack("<III", 1, 1, 0x20000) + pointers + strings, struct.pack("<II", 3, 0))

    def write_printer(self, data):
        self.call(19, bytes(range(20)) + struct.pack("<I", len(data)) + data + bytes(-len(data) % 4) +
                  struct.pack("<I", len(data)), struct.pack("<II", len(data), 0))

    def create_service(self, name, program):
        """RCreateServiceW, then RStartServiceW."""
        manager = bytes(range(20))
        self.call(12, manager + ndr_string(name) + struct.pack("<IIIII", 0, 0xf01ff, 0x10, 3, 0) + ndr_string(program) +
                  struct.pack("<IIIIIII", 0, 0, 0, 0, 0, 0, 0), struct.pack("<I", 0) + manager + struct.pack("<I", 0))
        self.call(19, manager + struct.pack("<II", 0, 0), struct.pack("<I", 0))

    def close(self):
        self.link.close()
