"""Upstreams made with Python's `websockets`, and `pulseline serve` as their client."""

import asyncio
import atexit
import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading

import websockets
from websockets.asyncio.server import serve

ACCESS = "#code=K7MPX3&key=secret"
PATIENCE = 60  # seconds; a loaded machine
STREAM = {"type": "stream", "mode": "reset", "scale": {"min": -1, "max": 1, "neutral": 0}, "tick_ms": 5000, "lag_ms": 0}


class Session:
    """`pulseline serve`, and what it says on standard error."""

    def __init__(self, pulseline, file, *options):
        self.process = subprocess.Popen(
            [pulseline, "serve", str(file), "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        atexit.register(self.process.kill)  # a test that fails leaves nothing that keeps its runner waiting
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("serve did not start: " + self.process.stderr.read())
        self.started = json.loads(line)
        self.lines, self.said = [], threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            with self.said:
                self.lines.append(line.rstrip())
                self.said.notify_all()

    def expect(self, pattern):
        with self.said:
            found = self.said.wait_for(lambda: any(re.search(pattern, line) for line in self.lines), PATIENCE)
            assert found, (pattern, self.lines)

    async def heard(self, pattern):
        await asyncio.to_thread(self.expect, pattern)

    def end(self, how=signal.SIGINT):
        self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        self.reader.join()
        if status != 0:
            print(*self.lines, sep="\n", file=sys.stderr)
        return status


def rows_of(file):
    base = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return base.execute("SELECT participant, seq, position_ms, value, target, pass FROM response").fetchall()
    finally:
        base.close()


class Crowd:
    """What one upstream has to tell: people and batches of their responses."""

    def __init__(self, seed, people=30, batches=25, rows=80):
        self.random = random.Random(seed)
        self.people = {f"p{i}": {"age": self.random.choice(["18-34", "35+"])} for i in range(people)}
        seqs = dict.fromkeys(self.people, 0)
        self.batches = []
        for _ in range(batches):
            batch = {"participant": [], "seq": [], "position_ms": [], "value": [], "pass": []}
            for _ in range(rows):
                person = self.random.choice(list(self.people))
                seqs[person] += 1
                batch["participant"].append(person)
                batch["seq"].append(seqs[person])
                batch["position_ms"].append(self.random.randrange(60_000))
                batch["value"].append(self.random.choice([-1, 0, 1, 0.5, None]))
                batch["pass"].append(0)
            self.batches.append(batch)

    def expected(self, scope):
        rows = []
        for batch in self.batches:
            for i, person in enumerate(batch["participant"]):
                value = batch["value"][i]
                rows.append((f"{scope}/{person}", batch["seq"][i], batch["position_ms"][i],
                             None if value is None else float(value), "main", 0))
        return rows


class Upstream:
    """A server of a stream of responses; `cut` closes it without a word after so many batches of a connection."""

    def __init__(self, crowd, ident):
        self.crowd, self.id = crowd, ident
        self.cut = None
        self.subscribed, self.acked = [], set()
        self.port, self.server = 0, None
        self.done = asyncio.Event()

    async def open(self, **more):
        self.server = await serve(self.talk, "127.0.0.1", self.port, subprotocols=["pulseline.v1"], **more)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self):
        self.server.close()
        await self.server.wait_closed()

    async def talk(self, socket):
        try:
            subscribe = json.loads(await socket.recv())
            assert subscribe["type"] == "subscribe" and subscribe["stream"] == "responses", subscribe
            self.subscribed.append(subscribe)
            await socket.send(json.dumps({**STREAM, "id": self.id, "targets": ["main"]}))
            await socket.send(json.dumps({"type": "participants", "items": self.crowd.people}))
            hearing = asyncio.create_task(self.hear(socket))
            first = subscribe.get("after", -1) + 1
            if subscribe.get("id") == self.id:
                self.acked |= set(range(first))  # an acknowledgement may have been lost
                self.see()
            for sent, number in enumerate(range(first, len(self.crowd.batches))):
                if sent == self.cut:
                    socket.transport.abort()
                    break
                message = {"type": "respond_many", "batch": number, **self.crowd.batches[number]}
                await socket.send(json.dumps(message))
                await asyncio.sleep(0.01)
            await hearing
        except websockets.ConnectionClosed:
            pass

    async def hear(self, socket):
        try:
            async for text in socket:
                message = json.loads(text)
                assert message["type"] == "ack" and not message.get("refused"), message
                self.acked.add(message["batch"])
                self.see()
        except websockets.ConnectionClosed:
            pass

    def see(self):
        if len(self.acked) == len(self.crowd.batches):
            self.done.set()


async def eventually(condition, what):
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)
    assert condition(), what


class Cells:
    """A server of a stream of cells."""

    def __init__(self, ident, script, settings=None):
        self.id, self.script, self.port, self.settings = ident, script, 0, settings or {}
        self.heard, self.subscribed = [], []

    async def open(self, **more):
        self.server = await serve(self.talk, "127.0.0.1", self.port, subprotocols=["pulseline.v1"],
                                  max_size=None, **more)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self):
        self.server.close()
        await self.server.wait_closed()

    async def talk(self, socket):
        try:
            self.subscribed.append(json.loads(await socket.recv()))
            await socket.send(json.dumps({**STREAM, "id": self.id, "targets": ["main"], **self.settings}))
            await self.script(socket)
            async for text in socket:
                self.heard.append(json.loads(text))
        except websockets.ConnectionClosed:
            pass


def cells(rows, **more):
    return json.dumps({"type": "cells", "lag_ms": 0, "tick_ms": 5000, "rows": rows, **more})


def table(pulseline, file, *options):
    text = subprocess.run([pulseline, "table", str(file), *options], check=True, capture_output=True, text=True).stdout
    head, *lines = [line.split(",") for line in text.splitlines()]
    return [dict(zip(head, line)) for line in lines]


def figures(pulseline, copy, file, segment="All"):
    """present, n, likes, dislikes, mean by tick, of the running session's file as it is on disk now."""
    copy.unlink(missing_ok=True)
    subprocess.run([pulseline, "copy", str(file), "-o", str(copy)], check=True)
    rows = table(pulseline, copy, "--min-n", "1", "--segment", "All=", "--segment", "Young=age=18-34")
    return [
        (int(row["present"] or 0), int(row["n"]), int(row["likes"] or 0), int(row["dislikes"] or 0),
         row["mean"] and round(float(row["mean"]), 9))
        for row in rows if row["segment"] == segment
    ]


async def phone(session, number, counted):
    chance = random.Random(number)
    async with websockets.connect(session.started["url"].replace("http", "ws", 1),
                                  subprotocols=["pulseline.v1"]) as socket:
        await socket.send(json.dumps({"type": "join", "session": session.started["code"], "role": "participant",
                                      "attributes": {"age": chance.choice(["18-34", "35+"])}}))
        await socket.recv()
        for seq in range(1, 31):
            position, value = chance.randrange(60_000), chance.choice([-1, 0, 1, None])
            counted.append((f"phone{number}", seq, position, value))
            await socket.send(json.dumps({"type": "respond", "seq": seq, "value": value, "position_ms": position}))
        while True:
            message = json.loads(await socket.recv())
            if message["type"] == "ack" and message["seq"] >= 30:
                return


def certificates(folder):
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=folder)

    def authority(name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.pem", "-days", "30", "-subj", f"/CN={name}")

    def leaf(name, issuer, names, *dates):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / f"{name}.ext").write_text(f"subjectAltName={names}\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-out",
                f"{name}.pem", "-extfile", f"{name}.ext", *(dates or ("-days", "30")))

    authority("venue")
    authority("stranger")
    leaf("right", "venue", "IP:127.0.0.1,DNS:localhost")
    leaf("named", "venue", "DNS:localhost")
    leaf("elsewhere", "venue", "DNS:example.org,IP:192.0.2.1")
    leaf("unknown", "stranger", "IP:127.0.0.1")
    leaf("expired", "venue", "IP:127.0.0.1", "-not_before", "20200101000000Z", "-not_after", "20210101000000Z")
