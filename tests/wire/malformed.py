"""Messages that are wrong, over real sockets:   python3 malformed.py PULSELINE

Each is answered with the code that the wire's description gives it, and the connection is as good afterwards as it was before:
a question is answered, and a participant's next response is taken and acknowledged.
"""

import atexit
import base64
import json
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
from urllib.parse import urlsplit

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


class Socket:
    """A WebSocket that says anything, byte for byte."""

    def __init__(self, url):
        self.url = url
        self.socket = socket.create_connection((url.hostname, url.port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET / HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: pulseline.v1\r\n\r\n".encode()
        )
        self.bytes = self.socket.makefile("rb")
        assert b"101" in self.bytes.readline()
        while self.bytes.readline() != b"\r\n":
            pass

    def close(self):
        self.bytes.close()
        self.socket.close()

    def frame(self, payload, opcode=TEXT, last=True):
        size = len(payload)
        head = bytes([opcode | (0x80 if last else 0)])
        if size < 126:
            head += bytes([0x80 | size])
        else:
            head += bytes([0x80 | 126]) + struct.pack("!H", size) if size < 65536 else bytes([0xFF]) + struct.pack("!Q", size)
        mask = os.urandom(4)
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def read(self):
        """The next message, or the code of the close."""
        while True:
            opcode, size = self.bytes.read(2)
            if size == 126:
                (size,) = struct.unpack("!H", self.bytes.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.bytes.read(8))
            payload = self.bytes.read(size)
            if opcode & 15 == TEXT:
                return json.loads(payload)
            if opcode & 15 == CLOSE:
                return struct.unpack("!H", payload[:2])[0]

    def say(self, **message):
        self.frame(json.dumps(message).encode())

    def hear(self, *types):
        while True:
            message = self.read()
            assert isinstance(message, dict), f"closed with {message}"
            if message["type"] in types:
                return message


def nested(depth):
    return b'{"type":"clock","t0":1,"x":' + b"[" * depth + b"]" * depth + b"}"


# (code, what is said), whoever says it.
ANYBODY = [
    *[
        ("bad_json", text)
        for text in (
            b"",
            b" ",
            b"hello",
            b"{",
            b"}",
            b"[]",
            b'["type"]',
            b"null",
            b"1",
            b'"clock"',
            b'{"type":"clock","t0":1}{}',
            b'{"type":"clock","t0":1},',
            b'{"type":"clock" "t0":1}',
            b'{"type":"clock","t0":01}',
            b'{"type":"clock","t0":+1}',
            b'{"type":"clock","t0":.5}',
            b'{"type":"clock","t0":NaN}',
            b'{"type":"clock","t0":Infinity}',
            b'{"type":"clock","t0":0x10}',
            b"{'type':'clock','t0':1}",
            b'{type:"clock","t0":1}',
            b'{"type":"clock","t0":1,}',
            b'{"type":"clock","t0":1}\0',
            b'{"type":"clock",/* */"t0":1}',
            b'{"type":"clo\xffck","t0":1}',
            b'{"type":"clock","x":"\xc0\x80"}',
            b'{"type":"clock","x":"\xed\xa0\x80"}',
            b'{"type":"clock","x":"\xf4\x90\x80\x80"}',
            b'{"type":"clock","x":"\\ud800"}',
            b'{"type":"clock","x":"\\u12"}',
            b'{"type":"clock","x":"\\q"}',
            b'{"type":"clock","x":"a\nb"}',
            b'\xfe\xff\0{\0}',
            b"[" * 60_000,
            b'{"a":' * 10_000,
        )
    ],
    *[
        ("bad_field", text)
        for text in (
            b"{}",
            b'{"type":null}',
            b'{"type":7}',
            b'{"type":["clock"]}',
            b'{"type":{"type":"clock"}}',
            b'{"Type":"clock","t0":1}',
            b'{"type":"clock"}',
            b'{"type":"clock","t0":null}',
            b'{"type":"clock","t0":"1"}',
            b'{"type":"clock","t0":[1]}',
            b'{"type":"clock","t0":1e999}',
            b'{"type":"clock","t0":1,"t0":true}',
            b'{"type":"look"}',
            b'{"type":"look","session":""}',
            b'{"type":"look","session":7}',
        )
    ],
    *[
        ("unknown_type", text)
        for text in (
            b'{"type":""}',
            b'{"type":"vote"}',
            b'{"type":"Respond","seq":1,"value":1}',
            b'{"type":"respond "}',
            b'{"type":"joined"}',
            b'{"type":"ack","seq":1}',
            b'{"type":"clock\\u0000","t0":1}',
        )
    ],
    ("unknown_session", b'{"type":"look","session":"ZZZZZZ"}'),
]

# Who has not joined.
STRANGER = [
    *[
        ("not_joined", text)
        for text in (
            b'{"type":"participants","items":{}}',
            b'{"type":"respond_many","batch":1,"participant":[],"seq":[],"position_ms":[],"value":[]}',
            b'{"type":"respond","seq":1,"value":1}',
            b'{"type":"respond","seq":1,"value":null}',
            b'{"type":"respond","seq":1,"value":1,"position_ms":0}',
            b'{"type":"leave"}',
        )
    ],
    *[
        ("bad_field", text)
        for text in (
            b'{"type":"join"}',
            b'{"type":"join","session":null}',
            b'{"type":"join","session":""}',
            b'{"type":"join","session":123456}',
            b'{"type":"join","session":["CODE"]}',
            b'{"type":"join","session":"' + b"A" * 65 + b'"}',
            b'{"type":"join","session":"CODE","role":"judge"}',
            b'{"type":"join","session":"CODE","role":1}',
            b'{"type":"join","session":"CODE","role":"Participant"}',
            b'{"type":"join","session":"CODE","attributes":[]}',
            b'{"type":"join","session":"CODE","attributes":"age"}',
            b'{"type":"join","session":"CODE","attributes":{"age":35}}',
            b'{"type":"join","session":"CODE","attributes":{"age":["35+"]}}',
            b'{"type":"join","session":"CODE","attributes":{"age":{}}}',
            b'{"type":"join","session":"CODE","attributes":{"age":true}}',
            b'{"type":"join","session":"CODE","attributes":{"' + b"n" * 65 + b'":"x"}}',
            b'{"type":"join","session":"CODE","attributes":{"age":"' + b"v" * 257 + b'"}}',
            b'{"type":"join","session":"CODE","attributes":{' + b",".join(b'"a%d":""' % i for i in range(65)) + b"}}",
            b'{"type":"join","session":"CODE","token":7}',
            b'{"type":"join","session":"CODE","token":"' + b"t" * 257 + b'"}',
            b'{"type":"join","session":"CODE","key":{}}',
            b'{"type":"join","session":"CODE","simulated":"yes"}',
            b'{"type":"join","session":"CODE","simulated":1}',
        )
    ],
    *[
        ("unknown_session", text)
        for text in (
            b'{"type":"join","session":"ZZZZZZ"}',
            b'{"type":"join","session":" CODE"}',
            b'{"type":"join","session":"CODE\\u0000"}',
            b'{"type":"join","session":"ZZZZZZ","role":"observer","key":"KEY"}',
        )
    ],
    *[
        ("forbidden", text)
        for text in (
            b'{"type":"join","session":"CODE","role":"observer"}',
            b'{"type":"join","session":"CODE","role":"observer","key":""}',
            b'{"type":"join","session":"CODE","role":"observer","key":"KEYx"}',
            b'{"type":"join","session":"CODE","role":"observer","key":"00000000000000000000000000000000"}',
        )
    ],
]


def respond(rest):
    return b'{"type":"respond",' + rest + b"}"


# A participant. Where the seq is a number, 900, the error names it.
PARTICIPANT = [
    *[
        ("bad_field", respond(rest))
        for rest in (
            b'"value":1',
            b'"seq":null,"value":1',
            b'"seq":0,"value":1',
            b'"seq":-1,"value":1',
            b'"seq":1.5,"value":1',
            b'"seq":"900","value":1',
            b'"seq":true,"value":1',
            b'"seq":[900],"value":1',
            b'"seq":9007199254740992,"value":1',
            b'"seq":18446744073709551616,"value":1',
            b'"seq":1e300,"value":1',
            b'"seq":900',
            b'"seq":900,"value":"1"',
            b'"seq":900,"value":true',
            b'"seq":900,"value":[1]',
            b'"seq":900,"value":{}',
            b'"seq":900,"value":1.0000001',
            b'"seq":900,"value":-2',
            b'"seq":900,"value":1e300',
            b'"seq":900,"value":1e999',
            b'"seq":900,"value":1,"target":7',
            b'"seq":900,"value":1,"target":""',
            b'"seq":900,"value":1,"target":"nobody"',
            b'"seq":900,"value":1,"target":"MAIN"',
            b'"seq":900,"value":1,"target":["main"]',
            b'"seq":900,"value":1,"target":"' + b"t" * 65 + b'"',
            b'"seq":900,"value":1,"age_ms":-1',
            b'"seq":900,"value":1,"age_ms":0.5',
            b'"seq":900,"value":1,"age_ms":"0"',
            b'"seq":900,"value":1,"age_ms":9007199254740992',
            b'"seq":900,"value":1,"age_ms":{}',
            b'"seq":900,"value":1,"pass":-1',
            b'"seq":900,"value":1,"pass":1.5',
            b'"seq":900,"value":1,"pass":4294967296',
            b'"seq":900,"value":1,"position_ms":"0"',
            b'"seq":900,"value":1,"position_ms":0.5',
            b'"seq":900,"value":1,"position_ms":[]',
        )
    ],
    *[
        ("bad_position", respond(rest))
        for rest in (
            b'"seq":900,"value":1,"position_ms":-1',
            b'"seq":900,"value":1,"position_ms":90001',
            b'"seq":900,"value":null,"position_ms":9007199254740991',
            b'"seq":900,"value":1,"position_ms":9007199254740993',
            b'"seq":900,"value":1,"position_ms":1e300',
        )
    ],
    ("bad_field", b'{"type":"join","session":"CODE"}'),
    ("bad_field", b'{"type":"join","session":"CODE","role":"observer","key":"KEY"}'),
]

# Of a feed. Where the batch is a number, 800, the error names it.
COLUMNS = b'"participant":["a"],"seq":[1],"position_ms":[0],"value":[1]'
FEED = [
    *[
        ("bad_field", b'{"type":"respond_many",' + rest + b"}")
        for rest in (
            COLUMNS,
            b'"batch":-1,' + COLUMNS,
            b'"batch":"800",' + COLUMNS,
            b'"batch":9007199254740992,' + COLUMNS,
            b'"batch":800',
            b'"batch":800,"seq":[1],"position_ms":[0],"value":[1]',
            b'"batch":800,"participant":["a"],"position_ms":[0],"value":[1]',
            b'"batch":800,"participant":["a"],"seq":[1],"value":[1]',
            b'"batch":800,"participant":["a"],"seq":[1],"position_ms":[0]',
            b'"batch":800,"participant":"a","seq":[1],"position_ms":[0],"value":[1]',
            b'"batch":800,"participant":["a"],"seq":1,"position_ms":[0],"value":[1]',
            b'"batch":800,"participant":["a"],"seq":[1,2],"position_ms":[0],"value":[1]',
            b'"batch":800,"participant":["a"],"seq":[1],"position_ms":[],"value":[1]',
            b'"batch":800,"participant":["a"],"seq":[1],"position_ms":[0],"value":{}',
            b'"batch":800,' + COLUMNS + b',"target":"main"',
            b'"batch":800,' + COLUMNS + b',"target":[]',
            b'"batch":800,' + COLUMNS + b',"pass":[0,0]',
        )
    ],
    *[
        ("bad_field", b'{"type":"participants"' + rest + b"}")
        for rest in (
            b"",
            b',"items":null',
            b',"items":[]',
            b',"items":{"a":7}',
            b',"items":{"a":["age"]}',
            b',"items":{"a":{"age":35}}',
            b',"items":{"a":{"age":"' + b"v" * 257 + b'"}}',
        )
    ],
    ("forbidden", respond(b'"seq":900,"value":1')),
    ("bad_field", b'{"type":"join","session":"CODE"}'),
]
FEEDS_ONLY = [
    ("forbidden", b'{"type":"respond_many","batch":800,' + COLUMNS + b"}"),
    ("forbidden", b'{"type":"participants","items":{}}'),
]

OBSERVER = [
    ("forbidden", respond(b'"seq":1,"value":1')),
    ("bad_field", respond(b'"seq":0,"value":1')),
    ("bad_field", b'{"type":"join","session":"CODE"}'),
]


class Case:
    def __init__(self, pulseline, file, *options):
        command = [pulseline, "serve", file, "--port", "0", "--duration-ms", "90000", *options]
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        atexit.register(self.server.kill)  # also when a check fails
        started = json.loads(self.server.stdout.readline())
        self.url, self.code, self.keys = urlsplit(started["url"]), started["code"], started["keys"]
        self.said = 0
        self.taken = 0

    def filled(self, text):
        return text.replace(b"CODE", self.code.encode()).replace(b"KEY", self.keys["observer"].encode())

    def join(self, **more):
        client = Socket(self.url)
        client.say(type="join", session=self.code, **more)
        client.hear("joined")
        return client

    def wrong(self, client, code, text, opcode=TEXT):
        """It is refused by its code, once, and the connection is still good."""
        client.frame(self.filled(text), opcode)
        client.say(type="clock", t0=self.said)
        error = client.hear("error", "clock")
        assert error.get("code") == code, (text[:100], code, error)
        assert error["message"] and len(error["message"]) < 300, error
        if re.search(b'"seq":900[,}]', text) and opcode == TEXT:
            assert error.get("seq") == 900, (text, error)
        if b'"batch":800,' in text:
            assert error.get("batch") == 800, (text, error)
        answer = client.hear("error", "clock")
        assert answer == {"type": "clock", "t0": self.said, "server_ms": answer.get("server_ms")}, (text[:100], answer)
        self.said += 1

    def right(self, client):
        """A response is taken, and acknowledged."""
        self.taken += 1
        client.say(type="respond", seq=self.taken, value=1, position_ms=1)
        while client.hear("ack", "error").get("seq", 0) < self.taken:
            pass

    def strangers(self):
        client = Socket(self.url)
        for code, text in ANYBODY + STRANGER:
            if code in ("unknown_session", "forbidden"):
                # There are only so many wrong codes a minute for everybody at one address.
                continue
            self.wrong(client, code, text)
        client.close()
        for code, text in ANYBODY + STRANGER:
            if code in ("unknown_session", "forbidden"):
                client = Socket(self.url)
                self.wrong(client, code, text)
                client.close()

    def participants(self):
        client = self.join()
        for code, text in ANYBODY + PARTICIPANT + FEEDS_ONLY:
            if code != "unknown_session":
                self.wrong(client, code, text)
                self.right(client)
        for payload in (b"", b"\x00", b'{"type":"clock","t0":1}', os.urandom(300)):
            self.wrong(client, "bad_json", payload, BINARY)
            self.right(client)
        client.frame(nested(30_000))
        assert client.hear("clock", "error")["type"] == "clock", "what is not known may be nested as it likes"
        client.frame(b'{"type":"clo', last=False)
        client.frame(b"", PING)
        client.frame(b'ck","t0"', 0, last=False)
        client.frame(b":}", 0)
        assert client.hear("clock", "error")["code"] == "bad_json"
        self.right(client)
        client.say(type="leave")
        self.wrong(client, "not_joined", b'{"type":"respond","seq":900,"value":1}')
        self.wrong(client, "not_joined", b'{"type":"leave"}')
        client.close()

    def readers(self):
        for role in ("observer", "mirror"):
            client = self.join(role=role, key=self.keys[role])
            for code, text in ANYBODY + OBSERVER + FEEDS_ONLY:
                if code != "unknown_session":
                    self.wrong(client, code, text)
            client.close()

    def feeds(self):
        client = self.join(role="feed", key=self.keys["feed"])
        for code, text in ANYBODY + FEED:
            if code != "unknown_session":
                self.wrong(client, code, text)
                client.say(type="respond_many", batch=1, participant=["a"], seq=[1], position_ms=[0], value=[1])
                assert client.hear("ack", "error") == {"type": "ack", "batch": 1, "refused": []}
        # Rows that are wrong do not touch their batch.
        rows = [
            ("a", 2, 0, 1, "main", None),
            ("", 1, 0, 1, "main", "bad_field"),
            (None, 1, 0, 1, "main", "bad_field"),
            (7, 1, 0, 1, "main", "bad_field"),
            ("a\n", 1, 0, 1, "main", "bad_field"),
            ("a" * 65, 1, 0, 1, "main", "bad_field"),
            ("a", 0, 0, 1, "main", "bad_field"),
            ("a", -3, 0, 1, "main", "bad_field"),
            ("a", 1.5, 0, 1, "main", "bad_field"),
            ("a", "3", 0, 1, "main", "bad_field"),
            ("a", 3, None, 1, "main", "bad_field"),
            ("a", 3, 0.5, 1, "main", "bad_field"),
            ("a", 3, -1, 1, "main", "bad_position"),
            ("a", 3, 90_001, 1, "main", "bad_position"),
            ("a", 3, 0, 1.5, "main", "bad_field"),
            ("a", 3, 0, "1", "main", "bad_field"),
            ("a", 3, 0, True, "main", "bad_field"),
            ("a", 3, 0, 1, "nobody", "bad_field"),
            ("a", 3, 0, 1, 7, "bad_field"),
            ("a", 3, 90_000, None, None, None),
        ]
        names = ("participant", "seq", "position_ms", "value", "target")
        columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
        client.say(type="respond_many", batch=2, **columns)
        refused = [[i, row[5]] for i, row in enumerate(rows) if row[5]]
        assert client.hear("ack", "error") == {"type": "ack", "batch": 2, "refused": refused}
        client.close()

    def too_large(self):
        """The one that costs the connection; what was taken before is acknowledged all the same."""
        for pieces in ([b" " * 65537], [b" " * 65000, b" " * 65000]):
            client = self.join()
            client.say(type="respond", seq=1, value=1, position_ms=1)
            for number, piece in enumerate(pieces):
                client.frame(piece, 0 if number else TEXT, last=number == len(pieces) - 1)
            heard = [client.read()]
            while isinstance(heard[-1], dict):
                heard.append(client.read())
            assert heard[-1] == 1009, heard
            assert any(message.get("code") == "too_large" for message in heard[:-1]), heard
            assert any(message.get("seq") == 1 for message in heard[:-1] if message["type"] == "ack"), heard
            client.close()
        client = self.join()
        client.frame(b'{"type":"clock","t0":1,"x":"' + b"x" * 65_506 + b'"}')
        assert client.hear("clock", "error")["type"] == "clock", "65536 bytes are not too many"
        client.close()


def main(pulseline):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "session.pulse")
        case = Case(pulseline, file)
        case.strangers()
        case.participants()
        case.readers()
        case.feeds()
        case.too_large()
        case.server.send_signal(signal.SIGINT)
        assert case.server.wait(30) == 0
        stored = sqlite3.connect(file).execute(
            "SELECT count(*), max(seq), sum(participant = 'feed/a') FROM response"
        ).fetchone()
        assert stored == (case.taken + 2 + 3, case.taken, 3), stored
    print(f"ok - {case.said} messages refused by the right code, {case.taken} responses taken in between")


main(sys.argv[1])
