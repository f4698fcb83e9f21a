"""mtconnect.py: an MTConnect agent over HTTP, an adapter that feeds it by SHDR, and their clients. From ANSI/MTC1.4 and the README of
the MTConnect Institute's agent; nothing here was taken from koban's decoder."""
import wire

HEADER = ('<Header creationTime="2026-05-28T20:26:40Z" sender="mill-3" instanceId="1716900000" version="1.4.0.12" '
          'bufferSize="131072" nextSequence="200" firstSequence="1" lastSequence="199"/>')


def document(kind, body):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns:m="urn:mtconnect.org:{kind}:1.4" xmlns="urn:mtconnect.org:'
            f'{kind}:1.4">\n  {HEADER}\n{body}\n</{kind}>\n')


class Agent:
    def __init__(self, host, port=8082):
        self.host, self.port = host, port
        self.name, self.execution, self.program = "VF-2", "ACTIVE", "O00110"

    def devices(self):
        return document("MTConnectDevices", f'''  <Devices><Device id="d1" uuid="1234567" name="{self.name}"><Description
    manufacturer="Haas Automation" model="VF-2SS" serialNumber="1234567">mill</Description><DataItems><DataItem category="EVENT"
    id="avail" type="AVAILABILITY"/></DataItems><Components><Controller id="c1"><Description manufacturer="x"/></Controller>
    </Components></Device></Devices>''')

    def streams(self):
        noise = "".join(f'<Position dataItemId="p{i}" timestamp="2026-05-28T20:26:40Z" sequence="{i}">{i * 1.5}</Position>'
                        for i in range(30))
        return document("MTConnectStreams", f'''  <Streams><DeviceStream name="{self.name}" uuid="1234567">
   <ComponentStream component="Path"><Samples>{noise}</Samples><Events>
    <Execution dataItemId="ex" sequence="101">{self.execution}</Execution>
    <Program dataItemId="pg" sequence="102">{self.program}</Program></Events></ComponentStream></DeviceStream></Streams>''')

    def assets(self):
        return document("MTConnectAssets", '  <Assets><CuttingTool assetId="T5" toolId="5" serialNumber="9"/></Assets>')


class Client:
    def __init__(self, capture, host, agent, truth, at, **cut):
        self.host, self.agent, self.truth, self.random = host, agent, truth, capture.random
        self.link = wire.Connection(capture, host, agent.host, agent.port, at, **cut)

    def exchange(self, method, url, body, kind="text/xml", status="200 OK", chunked=False, sent=""):
        length = f"Content-Length: {len(sent)}\r\n" if sent else ""
        self.link.say(True, f"{method} {url} HTTP/1.1\r\nHost: {self.agent.host.ip}\r\n{length}\r\n{sent}".encode())
        self.link.wait(0.005)
        head = f"HTTP/1.1 {status}\r\nServer: MTConnectAgent\r\nContent-Type: {kind}\r\n"
        if not chunked:
            self.link.say(False, (head + f"Content-Length: {len(body)}\r\n\r\n" + body).encode())
            return
        self.link.say(False, (head + "Transfer-Encoding: chunked\r\n\r\n").encode())
        data = body.encode()
        while data:
            n = self.random.choice((1, 7, 100, 700))
            self.link.say(False, b"%x\r\n%s\r\n" % (len(data[:n]), data[:n]))
            data = data[n:]
        self.link.say(False, b"0\r\n\r\n")

    def get(self, url, chunked=False):
        kinds = {"probe": self.agent.devices, "current": self.agent.streams, "sample": self.agent.streams,
                 "assets": self.agent.assets}
        word = url.split("?")[0].rsplit("/", 1)[1]
        self.exchange("GET", url, kinds[word](), chunked=chunked)
        self.truth["requests"].append({"actor": self.host.ip, "device": self.agent.host.ip, "kind": word})

    def put(self, path, refused=False, **values):
        query = "&".join(f"{k}={v}" for k, v in values.items())
        answer = document("MTConnectError", '  <Errors><Error errorCode="UNSUPPORTED">PUT is off</Error></Errors>')
        self.exchange("PUT", f"{path}?{query}", answer if refused else "<success/>",
                      status="403 Forbidden" if refused else "200 OK")
        self.truth["puts"] += [{"actor": self.host.ip, "device": self.agent.host.ip, "object": f"{path} {k}", "value": v,
                                "outcome": "refused" if refused else "done"} for k, v in values.items()]

    def post(self, path, body):
        self.exchange("POST", path, "<success/>", sent=body)
        self.truth["puts"].append({"actor": self.host.ip, "device": self.agent.host.ip, "object": path.split("?")[0],
                                   "value": None, "outcome": "done"})

    def poll(self, times):
        for n in range(times):
            self.agent.execution = "ACTIVE" if n < times // 2 else "READY"
            self.get("/current", chunked=n % 2 == 1)
            self.link.wait(1)

    def close(self):
        self.link.close()


def feed(capture, agent, adapter, at, seconds, truth, port=7878, name="VF-2", state="ACTIVE", **cut):
    """The agent connects to an adapter, which sends lines; pings keep the connection."""
    link = wire.Connection(capture, agent, adapter, port, at, **cut)
    link.say(True, b"* PING\r\n")
    link.say(False, b"* PONG 10000\r\n")
    link.say(False, f"* adapterVersion: 3.0\n* device: {name}\n* manufacturer: Haas Automation\n".encode())
    for n in range(seconds):
        link.say(False, f"2026-05-28T20:26:{n % 60:02}.{n % 10}Z|Xact|{n * 0.5}|execution|{state}\n".encode())
        link.wait(0.5)
    truth["lines"].append({"device": adapter.ip, "lines": seconds, "state": state, "name": name})
    link.close()
