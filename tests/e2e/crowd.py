"""Many people on real sockets, written from the wire's description (plugin/ingest/README.md) and nothing of the plugin's.

One thread and one selector, frames made by hand, so that a slow machine still sends thousands of responses a second. Every
person keeps what is not acknowledged and sends it again after coming back with their token.
"""

import base64
import json
import os
import selectors
import socket
import struct
import subprocess
import time
from urllib.parse import urlsplit

IN_FLIGHT = 60  # of one person; the wire allows 256


class Wrong(Exception):
    """What must not happen."""


class Server:
    """`pulseline serve FILE`; what it says on stderr is in `log`."""

    def __init__(self, pulseline, file, *options, log=None):
        self.log = log or f"{file}.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [pulseline, "serve", str(file), "--port", "0", *options], stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = self.process.stdout.readline()
        if not line:
            raise Wrong(f"the server did not start: {self.said()}")
        started = json.loads(line)
        self.code, self.url = started["code"], started["url"]

    def said(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def stop(self, how):
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(60)
        self.process.stdout.close()
        return status


def value_of(person, seq):
    """What a person presses with a seq: anybody can say afterwards what a row must hold."""
    return (-1, 0, 1, None)[(person * 7 + seq * 5 + seq // 3) % 4]


class Person:
    def __init__(self, number):
        self.number = number
        self.id = self.token = ""
        self.sent = 0  # highest seq that was ever sent
        self.acknowledged = 0
        self.refused = []  # (code, seq or None)
        self.socket = None

    def connect(self, server):
        address = urlsplit(server.url)
        self.joined = False
        self.upgraded = False
        self.inbox = bytearray()
        self.socket = socket.create_connection((address.hostname, address.port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET / HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: pulseline.v1\r\n\r\n".encode()
        )
        self.socket.setblocking(False)
        self.outbox = bytearray()
        join = {"type": "join", "session": server.code, "role": "participant"}
        join |= {"token": self.token} if self.token else {"attributes": {"side": "ab"[self.number % 2]}}
        self.say(join)

    def leave(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def say(self, message):
        text = json.dumps(message, separators=(",", ":")).encode()
        mask = os.urandom(4)
        head = struct.pack("!BB", 0x81, 0x80 | len(text)) if len(text) < 126 else struct.pack("!BBH", 0x81, 0xFE, len(text))
        keys = (mask * (len(text) // 4 + 1))[: len(text)]
        masked = int.from_bytes(text, "big") ^ int.from_bytes(keys, "big")
        self.outbox += head + mask + masked.to_bytes(len(text), "big")

    def press(self, most):
        """Fills what may be in flight, up to `most` responses in all."""
        while self.joined and self.next <= most and self.next - self.acknowledged <= IN_FLIGHT:
            self.say({"type": "respond", "seq": self.next, "value": value_of(self.number, self.next)})
            self.sent = max(self.sent, self.next)
            self.next += 1

    def read(self):
        try:
            got = self.socket.recv(1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            got = b""
        self.inbox += got
        if not self.upgraded:
            end = self.inbox.find(b"\r\n\r\n")
            if end < 0:
                return bool(got)
            if not self.inbox.startswith(b"HTTP/1.1 101"):
                raise Wrong(f"no upgrade: {bytes(self.inbox[:80])}")
            del self.inbox[: end + 4]
            self.upgraded = True
        while (message := self.frame()) is not None:
            self.take(message)
        return bool(got)

    def hear_last(self):
        """What a server that is gone had still sent."""
        self.socket.settimeout(10)
        while self.read():
            pass

    def frame(self):
        """The next whole text frame as an object."""
        while len(self.inbox) >= 2:
            opcode, size, start = self.inbox[0] & 15, self.inbox[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                if len(self.inbox) < start:
                    return None
                size = int.from_bytes(self.inbox[2:start], "big")
            if len(self.inbox) < start + size:
                return None
            body = bytes(self.inbox[start : start + size])
            del self.inbox[: start + size]
            if opcode == 1:
                return json.loads(body)
        return None

    def take(self, message):
        if message["type"] == "joined":
            if self.acknowledged and self.id != message["participant"]:
                raise Wrong("a token brought back somebody else")
            if not self.acknowledged <= message["last_seq"] <= self.sent:
                raise Wrong(
                    f"last_seq is {message['last_seq']}, {self.acknowledged} was acknowledged and {self.sent} was sent"
                )
            self.id, self.token = message["participant"], message["token"]
            self.acknowledged = message["last_seq"]
            self.next = self.acknowledged + 1
            self.joined = True
        elif message["type"] == "ack":
            if not self.acknowledged <= message["seq"] <= self.sent:
                raise Wrong(f"acknowledged {message['seq']} of {self.sent} after {self.acknowledged}")
            self.acknowledged = message["seq"]
        elif message["type"] == "error":
            self.refused.append((message["code"], message.get("seq")))


class Crowd:
    def __init__(self, size):
        self.people = [Person(number) for number in range(size)]

    def drive(self, server, until, most=1 << 60):
        """Everybody comes in and presses, until `until(self)` says so. True: the server is still there."""
        selector = selectors.DefaultSelector()
        try:
            for person in self.people:
                person.connect(server)
                selector.register(person.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, person)
            while not until(self):
                for key, ready in selector.select(0.02):
                    if not self.serve(selector, key.data, ready, most):
                        return False
            return True
        except (ConnectionError, BrokenPipeError):
            return False
        finally:
            selector.close()
            for person in self.people:
                person.leave()

    @staticmethod
    def serve(selector, person, ready, most):
        if ready & selectors.EVENT_READ and not person.read():
            return False
        person.press(most)
        if person.outbox:
            try:
                del person.outbox[: person.socket.send(person.outbox)]
            except BlockingIOError:
                pass
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if person.outbox else 0)
        selector.modify(person.socket, wanted, person)
        return True

    def finish(self, server):
        """Sends again what was not acknowledged, and waits until all of it is."""
        most = max(person.sent for person in self.people)
        end = time.monotonic() + 120

        def done(crowd):
            if time.monotonic() > end:
                raise Wrong("not everything was acknowledged after two minutes")
            return all(person.joined and person.acknowledged >= most for person in crowd.people)

        if not self.drive(server, done, most):
            raise Wrong(f"the server went away: {server.said()}")
