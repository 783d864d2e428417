"""Which position a response gets, over real sockets:   python3 stamping.py PULSELINE STAGE

What the file says was stamped is compared with what this script makes of the file's tables `playback` and `response` and of
the ages it sent, response by response and to the millisecond.
"""

import asyncio
import atexit
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import websockets

HOUR = 3_600_000


class Served:
    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # also when a check fails
        started = json.loads(self.process.stdout.readline())
        self.code, self.ws = started["code"], started["url"].replace("http", "ws", 1)

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


class Stage(Served):
    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        assert answer == "ok", answer

    def end(self):
        self.process.stdin.close()
        return self.process.wait(30)


class Client:
    """Sends responses and remembers of each what it sent and what became of it."""

    def __init__(self, served):
        self.served, self.sent, self.refused, self.acked = served, {}, {}, 0

    async def __aenter__(self):
        self.socket = await websockets.connect(self.served.ws, subprotocols=["pulseline.v1"], max_size=None)
        await self.say(type="join", session=self.served.code)
        self.joined = await self.hear("joined")
        return self

    async def __aexit__(self, *_):
        await self.socket.close()

    async def say(self, **message):
        await self.socket.send(json.dumps(message))

    async def hear(self, kind):
        while True:
            message = json.loads(await self.socket.recv())
            if message["type"] == "error" and "seq" in message:
                self.refused[message["seq"]] = message["code"]
            if message["type"] == "ack":
                self.acked = max(self.acked, message["seq"])
            if message["type"] == kind:
                return message

    async def respond(self, **fields):
        seq = len(self.sent) + 1
        self.sent[seq] = fields
        await self.say(type="respond", seq=seq, value=1, **fields)
        return seq

    async def settle(self):
        """Everything was answered: what was sent before a question is dealt with before it."""
        await self.say(type="clock", t0=0)
        await self.hear("clock")
        while self.acked < max(set(self.sent) - set(self.refused), default=0):
            await self.hear("ack")

    async def verdict(self, **fields):
        """The code of the refusal, or nothing."""
        seq = await self.respond(**fields)
        await self.settle()
        return self.refused.get(seq)


def where(history, duration, at):
    """What was on screen at that time: (state, position, pass)."""
    state, position, passes = "stopped", 0, 0
    for since, kind, place, rate, number in history:
        if since > at:
            break
        moved = math.floor(rate * (at - since) + 0.5) if kind == "playing" else 0
        state, position, passes = kind, place + moved, number
    return state, position if duration is None else min(position, duration), passes


class Record:
    """What the file says, closed."""

    def __init__(self, path):
        base = sqlite3.connect(path)
        notes = dict(base.execute("SELECT key, value FROM session"))
        self.start = int(notes["created_ms"])
        self.delay = int(notes["audience_delay_ms"])
        self.duration = int(notes["duration_ms"]) if "duration_ms" in notes else None
        self.history = base.execute("SELECT at_ms, state, position_ms, rate, pass FROM playback ORDER BY rowid").fetchall()
        self.rows = {}
        for person, seq, *row in base.execute("SELECT participant, seq, pass, position_ms, received_ms, stamp FROM response"):
            assert (person, seq) not in self.rows, "stored twice"
            self.rows[person, seq] = row

    def check(self, clients):
        """Every response that was sent is where it belongs, or was refused for being nowhere. How many there are, by stamp."""
        stamps, expected = {}, set()
        for client in clients:
            for seq, fields in client.sent.items():
                if seq in client.refused:
                    assert client.refused[seq] == "bad_position", client.refused[seq]
                    continue
                expected.add((client.joined["participant"], seq))
                stamp = self.check_one(self.rows[client.joined["participant"], seq], fields.get("age_ms", 0))
                stamps[stamp] = stamps.get(stamp, 0) + 1
        assert self.rows.keys() >= expected
        return stamps

    def check_one(self, row, age):
        passes, position, received, stamp = row
        corrected = received - age < self.start
        at = received if corrected else received - age
        state, should, number = where(self.history, self.duration, at - self.delay)
        assert state in ("playing", "paused"), (row, age, state)
        assert (position, passes) == (should, number), (row, age, should, number)
        assert stamp == ("corrected" if corrected else "server"), (row, age)
        return stamp


def make_file(pulseline, path, *options):
    assert Served(pulseline, "serve", path, "--port", "0", "--live", *options).end() == 0


def make_past(path, seed, delay):
    """Two hours of seeks, loops, pauses and rates, up to now."""
    rng = random.Random(seed)
    now = int(time.time() * 1000)
    base = sqlite3.connect(path)
    base.execute("DELETE FROM playback")
    at, position, passes = now - 2 * HOUR, 0, 0
    while at < now - 5_000:
        state = rng.choice(["playing"] * 5 + ["paused", "paused", "stopped", "ended"])
        rate = rng.choice([1, 1, 0.5, 1.5, 2])
        base.execute("INSERT INTO playback VALUES (?, ?, ?, ?, ?)", (at, state, position, rate, passes))
        lasts = rng.randrange(1, 240_000)
        reached = position + (math.floor(rate * lasts + 0.5) if state == "playing" else 0)
        position = rng.choice([reached, reached, reached + 30_000, max(0, reached - 60_000), 0])
        passes += position < reached
        at += lasts
    base.execute("UPDATE session SET value = ? WHERE key = 'created_ms'", (str(now - 2 * HOUR),))
    base.execute("UPDATE session SET value = ? WHERE key = 'audience_delay_ms'", (str(delay),))
    base.commit()
    base.close()


async def late_and_lying(served, seed):
    """Ages from nothing to hours, some of clocks that jump or are from another world."""
    rng = random.Random(seed)
    clients = []

    async def person():
        async with Client(served) as client:
            clients.append(client)
            for _ in range(120):
                age = rng.choice([0, rng.randrange(2_000), rng.randrange(HOUR), rng.randrange(5 * HOUR // 2), HOUR])
                if rng.random() < 0.05:
                    age = rng.choice([2 * HOUR + 60_000, 10**12, 2**53 - 1])
                await client.respond(age_ms=age)
            await client.settle()
            for lie in (-1, -(10**15), 0.5, 1e300, "1000", True):
                await client.say(type="respond", seq=1000, value=1, age_ms=lie)
                assert (await client.hear("error"))["code"] == "bad_field", lie

    await asyncio.gather(*(person() for _ in range(10)))
    return clients


def with_a_past(pulseline, folder):
    for seed, (delay, options) in enumerate([(0, []), (2_500, []), (700, ["--duration-ms", "600000"])]):
        path = os.path.join(folder, f"past{seed}.pulse")
        make_file(pulseline, path, *options)
        make_past(path, seed, delay)
        served = Served(pulseline, "serve", path, "--port", "0", "--live", *options)
        clients = asyncio.run(asyncio.wait_for(late_and_lying(served, seed), 60))
        assert served.end() == 0
        stamps = Record(path).check(clients)
        assert stamps["corrected"] > 10 and stamps["server"] > 400, stamps
        refused = sum(len(client.refused) - (1000 in client.refused) for client in clients)
        assert refused > 20, "some were pressed while nothing was on"
        print(f"ok - two hours with a delay of {delay} ms {options}: {stamps}, refused {refused}")


async def driven(stage, seed):
    """A playback that changes all the time, under clients that press all the time."""
    rng = random.Random(seed)
    clients, over = [], asyncio.Event()

    async def person():
        async with Client(stage) as client:
            clients.append(client)
            while not over.is_set():
                await client.respond(age_ms=rng.choice([0, 0, rng.randrange(50), rng.randrange(3_000)]))
                if len(client.sent) % 20 == 0:
                    await client.settle()
            await client.settle()

    async def operator():
        for _ in range(150):
            change = rng.choice(["playing", "playing", "paused", "stopped", "playing 0", "playing 20000", "paused 7000"])
            await asyncio.to_thread(stage.tell, change)
            await asyncio.sleep(rng.random() / 50)
        over.set()

    await asyncio.gather(operator(), *(person() for _ in range(8)))
    return clients


def with_a_stage(program, folder):
    for seed, duration in enumerate([None, 21_000]):
        path = os.path.join(folder, f"stage{seed}.pulse")
        stage = Stage(program, path, *([str(duration)] if duration else []))
        clients = asyncio.run(asyncio.wait_for(driven(stage, seed), 60))
        assert stage.end() == 0
        record = Record(path)
        stamps = record.check(clients)
        assert stamps["server"] > 300 and max(number for *_, number in record.history) > 3, stamps
        print(f"ok - {len(record.history)} changes, duration {duration}: {stamps}")


async def change(stage, client, state, position):
    """Until the client has heard of it."""
    stage.tell(f"{state} {position}")
    while True:
        heard = await client.hear("playback")
        if (heard["state"], heard["position_ms"]) == (state, position):
            return


async def own_positions(stage):
    async with Client(stage) as client:
        assert await client.verdict() == "bad_position", "nothing has begun"
        assert await client.verdict(position_ms=2_000) is None
        assert await client.verdict(position_ms=2_001) == "bad_position"
        await change(stage, client, "paused", 30_000)
        await change(stage, client, "paused", 5_000)
        assert await client.verdict(position_ms=32_000) is None, "the furthest shown and two seconds"
        assert await client.verdict(position_ms=32_001) == "bad_position"
        assert await client.verdict(position_ms=-1) == "bad_position"
        assert await client.verdict(position_ms=1.5) == "bad_field"
        assert await client.verdict() is None, "paused is on screen"
        await change(stage, client, "stopped", 5_000)
        assert await client.verdict() == "bad_position"
        assert await client.verdict(position_ms=32_000) is None
        await change(stage, client, "ended", 40_000)
        assert await client.verdict() == "bad_position"
        assert await client.verdict(position_ms=42_000) is None


async def own_time(served, longest):
    async with Client(served) as client:
        assert client.joined["own_time"] is True
        assert await client.verdict(age_ms=5) == "bad_position"
        for position in (0, 1, longest, 5_000):
            assert await client.verdict(position_ms=position) is None, position
        assert await client.verdict(position_ms=longest + 1) == "bad_position"
        assert await client.verdict(position_ms=longest, age_ms=2**53 - 1) is None


def with_own_positions(pulseline, program, folder):
    stage = Stage(program, os.path.join(folder, "own.pulse"))
    asyncio.run(asyncio.wait_for(own_positions(stage), 60))
    assert stage.end() == 0
    path = os.path.join(folder, "alone.pulse")
    served = Served(pulseline, "serve", path, "--port", "0", "--duration-ms", "90000")
    asyncio.run(asyncio.wait_for(own_time(served, 90_000), 60))
    assert served.end() == 0
    rows = sqlite3.connect(path).execute("SELECT position_ms, stamp FROM response ORDER BY seq").fetchall()
    assert rows == [(p, "client") for p in (0, 1, 90_000, 5_000, 90_000)], rows
    print("ok - clients' own positions")


def main():
    pulseline, program = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        with_own_positions(pulseline, program, folder)
        with_a_past(pulseline, folder)
        with_a_stage(program, folder)


main()
