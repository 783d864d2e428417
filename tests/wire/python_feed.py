"""A feed and a mirror in CBOR, with Python's `websockets` and `cbor2`, into a live session with five buttons:
python3 python_feed.py PULSELINE"""

import asyncio
import atexit
import csv
import io
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile

import cbor2
import websockets

PEOPLE = 120
PARTIES = ["left", "right", ""]


class Server:
    def __init__(self, pulseline, file, *options):
        self.process = subprocess.Popen(
            [pulseline, "serve", file, "--port", "0", *options], stdout=subprocess.PIPE, text=True
        )
        atexit.register(self.process.kill)  # also when a check fails
        started = json.loads(self.process.stdout.readline())
        self.code, self.keys = started["code"], started["keys"]
        self.ws = started["url"].replace("http", "ws", 1)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


class Client:
    def __init__(self, socket):
        self.socket = socket

    async def send(self, message):
        await self.socket.send(cbor2.dumps(message))

    async def hear(self, *types):
        while True:
            message = await self.socket.recv()
            assert isinstance(message, bytes), "CBOR comes in binary frames"
            message = cbor2.loads(message)
            if message["type"] in types:
                return message

    async def join(self, server, role):
        await self.send({"type": "join", "session": server.code, "role": role, "key": server.keys.get(role)})
        return await self.hear("joined", "error")


def connect(server):
    return websockets.connect(server.ws, subprotocols=["pulseline.v1.cbor"])


async def wrong_messages(client):
    """Whatever comes, there is a code for it, and the connection stays."""
    for wrong, code in [
        (b"", "bad_json"),
        (b"\xff", "bad_json"),
        (b"\x81" * 65_536, "bad_json"),
        (b"\xbb" + b"\xff" * 8, "bad_json"),
        (b'{"type":"leave"}', "bad_json"),
        ('{"type":"leave"}', "bad_json"),
        (cbor2.dumps([1, 2]), "bad_json"),
        (cbor2.dumps({1: 2}), "bad_json"),
        (cbor2.dumps({"type": "dance"}), "unknown_type"),
        (cbor2.dumps({"type": b"leave"}), "bad_field"),
        (cbor2.dumps({"type": "clock", "t0": float("nan")}), "bad_field"),
        (cbor2.dumps({"type": "respond", "seq": 1, "value": 1}), "not_joined"),
    ]:
        await client.socket.send(wrong)
        error = await client.hear("error")
        assert error["code"] == code, (wrong[:20], error)
    await client.send({"type": "clock", "t0": 2**40, "unknown": {"nested": [1.5, {"x": None}]}})
    clock = await client.hear("clock")
    assert clock["t0"] == 2**40 and isinstance(clock["server_ms"], int)


async def vote(client, server):
    """As one who plays the speech itself."""
    joined = await client.join(server, "participant")
    assert joined["scale"] == {"min": -2, "max": 2, "neutral": 0}, joined
    assert isinstance(joined["scale"]["min"], int)
    await client.send({"type": "respond", "seq": 1, "value": float("inf"), "position_ms": 0})
    error = await client.hear("error")
    assert (error["code"], error["seq"]) == ("bad_field", 1), error
    await client.send({"type": "respond", "seq": 1, "value": -1.5, "position_ms": 0})
    assert (await client.hear("ack"))["seq"] == 1


async def feed(client, server, rows, chance):
    assert (await client.join(server, "feed"))["type"] == "joined"
    people = sorted({row[0] for row in rows})
    items = {who: {"party": PARTIES[n % 3]} for n, who in enumerate(people) if n % 3 < 2}
    await client.send({"type": "participants", "items": items})
    order = rows + chance.sample(rows, 50)
    chance.shuffle(order)
    batches = [order[i : i + 200] for i in range(0, len(order), 200)]
    for number, batch in enumerate(batches):
        who, seq, at, value = zip(*batch)
        columns = {"participant": [*who, "late", "unsure"], "seq": [*seq, 1, 1]}
        columns |= {"position_ms": [*at, 10**9, 0], "value": [*value, 1, float("nan")]}
        await client.send({"type": "respond_many", "batch": number, **columns})
    for number, batch in enumerate(batches):
        ack = await client.hear("ack")
        expected = [[len(batch), "bad_position"], [len(batch) + 1, "bad_field"]]
        assert (ack["batch"], ack["refused"]) == (number, expected), ack


async def mirror(client, server, total):
    """The cells, once they hold `total` values."""
    assert (await client.join(server, "mirror"))["type"] == "joined"
    cells, strata, parts = {}, [], []
    while sum(row[1] for row in cells.values()) < total or "last" not in parts:
        message = await client.hear("cells")
        parts.append(message["part"])
        if message["part"] == "first":
            cells, strata = {}, []
        strata += message["strata"]
        for stratum, target, tick, *figures in message["rows"]:
            assert target == "main"
            cells[strata[stratum]["party"], tick] = figures
    assert parts[0] == "first" and parts.count("last") == 1, parts
    return cells


def counted(pulseline, file):
    segments = [f"{party or 'none'}=party={party}" for party in PARTIES]
    command = [pulseline, "table", file, "--min-n", "1"]
    for segment in segments:
        command += ["--segment", segment]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {
        ("" if row["segment"] == "none" else row["segment"], int(row["tick"])): row
        for row in csv.DictReader(io.StringIO(text))
        if row["present"] != "0"
    }


async def main_(server, rows, total):
    async with connect(server) as a, connect(server) as b, connect(server) as c:
        assert a.subprotocol == "pulseline.v1.cbor"
        await wrong_messages(Client(a))
        await vote(Client(a), server)
        await feed(Client(b), server, rows, random.Random(5))
        return await mirror(Client(c), server, total)


def main():
    pulseline = sys.argv[1]
    chance = random.Random(4)
    # The speech has just begun: only its first two seconds may be responded to.
    rows = [
        (f"p{person}", seq, chance.randrange(0, 2000), chance.choice([-2, -1, 0, 1, 2, None, 0.5]))
        for person in range(PEOPLE)
        for seq in range(1, 11)
    ]
    last = {}
    for who, seq, at, value in rows:
        if value is not None:
            key = (who, at // 250)
            last[key] = max(last.get(key, (0, None)), (seq, value))
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "session.pulse")
        options = ["--live", "--scale=-2:2:0", "--tick-ms", "250", "--attribute", "party=left|right"]
        server = Server(pulseline, file, *options)
        try:
            cells = asyncio.run(asyncio.wait_for(main_(server, rows, len(last) + 1), 120))
        finally:
            status = server.stop()
        assert status == 0, status
        stored = sqlite3.connect(file).execute("select participant, seq, position_ms, value, stamp from response")
        stored = {(who, seq): rest for who, seq, *rest in stored}
        assert len(stored) == len(rows) + 1
        for who, seq, at, value in rows:
            assert stored["feed/" + who, seq] == [at, value, "client"]
        table = counted(pulseline, file)
        assert cells.keys() == table.keys(), cells.keys() ^ table.keys()
        for key, (present, n, likes, dislikes, total, squares) in cells.items():
            row = table[key]
            assert [present, n, likes, dislikes] == [int(row[x]) for x in ("present", "n", "likes", "dislikes")], key
            assert n == 0 or abs(total / n - float(row["mean"])) < 1e-9
            assert n == 0 or squares + 1e-9 >= total * total / n
    print(f"ok - {PEOPLE} people, {len(rows)} responses, {len(cells)} cells")


main()
