"""Upstreams that nobody here wrote:   python3 upstream.py PULSELINE AREA

Each area runs `pulseline serve --upstream …` against servers made with Python's `websockets`, and compares the session's
file with what was sent."""

import asyncio
import json
import pathlib
import random
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import urllib.request

import websockets
from websockets.asyncio.server import serve

from upstream_lib import (ACCESS, PATIENCE, STREAM, Cells, Crowd, Session, Upstream, cells, certificates, eventually,
                          figures, phone, rows_of)


async def test_resume(pulseline, folder):
    """Cut in mid-batch, restarted with the same id and with a new one, and the session killed and restarted."""
    file = folder / "session.pulse"
    crowd = Crowd(1)
    upstream = Upstream(crowd, "first")
    upstream.cut = 9
    await upstream.open()
    options = ["--attribute", "age=18-34|35+",
               "--upstream", f"east=ws://127.0.0.1:{upstream.port}/in?x=1#code=K7MPX3&key=s3cret"]
    session = Session(pulseline, file, *options)
    await asyncio.wait_for(upstream.done.wait(), PATIENCE)
    assert "after" not in upstream.subscribed[0] and upstream.subscribed[0]["key"] == "s3cret"
    assert all(one["id"] == "first" for one in upstream.subscribed[1:]), upstream.subscribed
    assert sorted(rows_of(file), key=str) == sorted(crowd.expected("east"), key=str)

    session.end(signal.SIGKILL)
    session = Session(pulseline, file, *options)
    known = len(upstream.subscribed)
    await eventually(lambda: len(upstream.subscribed) > known, "it comes back")
    assert upstream.subscribed[-1]["after"] == len(crowd.batches) - 1, upstream.subscribed[-1]

    # Another stream in its place: its people are others, though their ids and seqs are the same.
    await upstream.close()
    other = Upstream(Crowd(2), "second")
    other.port = upstream.port
    await other.open()
    await asyncio.wait_for(other.done.wait(), PATIENCE)
    assert "after" in other.subscribed[0] and "after" not in other.subscribed[1], other.subscribed
    expected = crowd.expected("east") + other.crowd.expected("east.2")
    assert sorted(rows_of(file), key=str) == sorted(expected, key=str)
    # And the first again: nothing counts twice.
    await other.close()
    upstream.cut, upstream.acked = None, set()
    upstream.done.clear()
    await upstream.open()
    await asyncio.wait_for(upstream.done.wait(), PATIENCE)
    await session.heard("upstream east: live")
    assert session.end() == 0
    await upstream.close()
    assert sorted(rows_of(file), key=str) == sorted(expected, key=str)
    base = sqlite3.connect(file)
    ages = dict(base.execute("SELECT p.id, s.attributes FROM participant p JOIN stratum s ON s.id = p.stratum"))
    base.close()
    for person, answers in crowd.people.items():
        assert answers["age"] in ages[f"east/{person}"], (person, ages[f"east/{person}"])
    for left in folder.iterdir():
        assert b"s3cret" not in left.read_bytes(), left


async def test_killed(pulseline, folder):
    """SIGKILL at any moment: what was acknowledged is there, and in the end everything is, once."""
    file = folder / "session.pulse"
    chance = random.Random(7)
    upstream = Upstream(Crowd(3, batches=120), "one")
    await upstream.open()
    options = ["--upstream", f"east=ws://127.0.0.1:{upstream.port}/{ACCESS}"]
    for _ in range(6):
        session = Session(pulseline, file, *options)
        known, wanted = set(upstream.acked), len(upstream.acked) + chance.randrange(1, 12)
        await eventually(lambda: len(upstream.acked) >= min(wanted, len(upstream.crowd.batches)), "acknowledgements")
        session.process.kill()
        acked = set(upstream.acked)
        session.end(signal.SIGKILL)
        assert known <= acked
        stored = {(row[0], row[1]) for row in rows_of(file)}
        for number in acked:
            batch = upstream.crowd.batches[number]
            missing = {(f"east/{p}", s) for p, s in zip(batch["participant"], batch["seq"])} - stored
            assert not missing, (number, missing)
    session = Session(pulseline, file, *options)
    await asyncio.wait_for(upstream.done.wait(), PATIENCE)
    assert session.end() == 0
    await upstream.close()
    assert sorted(rows_of(file), key=str) == sorted(upstream.crowd.expected("east"), key=str)


async def test_cells(pulseline, folder):
    """Whole sets, changes, names of targets, a restart of either side, and rows that cannot be true."""
    file, copy = folder / "session.pulse", folder / "copy.pulse"
    gate = asyncio.Event()

    async def script(socket):
        young, old = {"age": "18-34", "town": "Bonn"}, {"age": "80+"}
        await socket.send(cells([[0, 0, 0, 10, 8, 5, 2, 3, 7]], set=1, part="first", strata=[young]))
        await socket.send(cells([[0, "main", 1, 6, 6, 6, 0, 6, 6]], set=1, part="more"))
        await socket.send(cells([[1, 0, 0, 4, 4, 0, 4, -4, 4]], set=1, part="last", strata=[old]))
        await gate.wait()
        await socket.send(cells([[0, 0, 0, 10, 9, 6, 2, 4, 8], [1, 0, 2, 3, 0, 0, 0, 0, 0]], set=1))
        bad = [[0, 0, 3, 1, 2, 0, 0, 0, 0], [0, 0, 3, 5, 5, 4, 4, 0, 5], [0, 0, 3, 5, 5, 5, 0, 6, 6],
               [0, 7, 3, 1, 1, 1, 0, 1, 1], [0, "other", 3, 1, 1, 1, 0, 1, 1], [9, 0, 3, 1, 1, 1, 0, 1, 1],
               [0, 0, -1, 1, 1, 1, 0, 1, 1], [0, 0, 10**9, 1, 1, 1, 0, 1, 1], [0, 0, 3, -1, 0, 0, 0, 0, 0],
               [0, 0, 3, 1e300, 1, 1, 0, 1, 1], [0, 0, 3, 1, 1, 1, 0, "1", 1], [0, 0, 3, 1, 1, 1, 0, 1, 1e300],
               [0, 0, 3], "row", {}, [0, 0, 3, 1.5, 1, 1, 0, 1, 1], [0, 0, 3, 4, 4, 0, 0, 4, 1],
               [0, 0, 3, 5, 5, 0, 0, 3, 5], [0, 0, 3, 5, 5, 5, 0, -3, 5], [0, 0, 3, 5, 2, 2, 0, 1.5, 2]]
        await socket.send(cells(bad + [[1, 0, 1, 2, 2, 2, 0, 2, 2]]))

    upstream = Cells("a", script)
    await upstream.open()
    options = ["--attribute", "age=18-34|35+",
               "--upstream", f"west=ws://127.0.0.1:{upstream.port}/{ACCESS}&stream=cells"]
    session = Session(pulseline, file, *options)
    await session.heard("upstream west: live")
    first = [(14, 12, 5, 6, round(-1 / 12, 9)), (6, 6, 6, 0, 1.0)]
    await eventually(lambda: figures(pulseline, copy, file) == first, "the set")
    assert figures(pulseline, copy, file, "Young") == [(10, 8, 5, 2, 0.375), (6, 6, 6, 0, 1.0)]
    gate.set()
    second = [(14, 13, 6, 6, 0.0), (8, 8, 8, 0, 1.0), (0, 0, 0, 0, "")]  # of the last, too few
    await eventually(lambda: figures(pulseline, copy, file) == second, "the changes")
    await session.heard("refused: row 0 of cells: n is above present")
    await eventually(lambda: any(one["type"] == "error" for one in upstream.heard), "it is told")
    assert session.end() == 0

    # The cells are there again before the upstream is; as others they replace the old ones whole.
    await upstream.close()
    session = Session(pulseline, file, *options)
    await session.heard("upstream west: waiting: Connection refused")
    assert figures(pulseline, copy, file) == second

    async def other(socket):
        await socket.send(cells([[0, 0, 1, 2, 1, 0, 1, -1, 1]], part="last", strata=[{}]))

    upstream.id, upstream.script = "b", other
    await upstream.open()
    assert "after" not in upstream.subscribed[-1]
    await eventually(lambda: figures(pulseline, copy, file)[:2] == [(0, 0, 0, 0, ""), (2, 1, 0, 1, -1.0)], "replaced")
    assert session.end() == 0
    await upstream.close()
    refused = subprocess.run([pulseline, "serve", str(file), "--port", "0", "--upstream",
                              f"west=ws://127.0.0.1:{upstream.port}/{ACCESS}"], capture_output=True, text=True)
    assert refused.returncode == 1 and "count twice" in refused.stderr, refused


async def test_faults(pulseline, folder):
    """Silence, slowness, garbage and disagreement of some harm neither the others nor the session."""
    file = folder / "session.pulse"

    async def silent(socket):
        await socket.recv()
        await socket.wait_closed()

    async def garbage(socket):
        await socket.recv()
        await socket.send(json.dumps({**STREAM, "id": "g", "targets": ["main"]}))
        noise = random.Random(5)
        for text in ["{", "[1,2]", "\0", '{"type":7}', '{"type":"respond_many","batch":1}', "[" * 100_000, "1e999",
                     '{"type":"respond_many","batch":-1,"participant":[],"seq":[],"position_ms":[],"value":[]}',
                     '{"type":"participants","items":[1]}', '{"type":"respond_many","batch":1e400}',
                     noise.randbytes(500), '{"type":"cells","rows":[[0,0,0,0,0,0,0,0,0]]}']:
            await socket.send(text)
        await socket.wait_closed()

    async def huge(socket):
        await socket.recv()
        await socket.send(json.dumps({**STREAM, "id": "h", "targets": ["main"]}))
        await socket.send('{"type":"x","y":"' + "y" * (17 << 20) + '"}')
        await socket.wait_closed()

    async def slow(socket):
        await socket.recv()
        text = json.dumps({**STREAM, "id": "s", "targets": ["main"]})
        await socket.send([text[i : i + 1] for i in range(len(text))])
        await socket.send(json.dumps({"type": "participants", "items": {"p": {}}}))
        for number in range(5):
            await asyncio.sleep(0.5)
            await socket.send(json.dumps({"type": "respond_many", "batch": number, "participant": ["p"],
                                          "seq": [number + 1], "position_ms": [1000], "value": [1]}))
        await socket.wait_closed()

    async def partly(socket):
        await socket.recv()
        await socket.send(json.dumps({**STREAM, "id": "r", "targets": ["main"]}))
        await socket.send(json.dumps({
            "type": "respond_many", "batch": 0, "participant": ["p", "", "p", "p", 7, "p", "p", "p"],
            "seq": [1, 1, 2, 0, 1, 1.5, 3, 4], "position_ms": [0, 0, 10**12, 0, 0, 0, "x", 0],
            "value": [1, 1, 1, 1, 1, 1, 1, 99], "unknown": {"deep": [[[]]]}}))
        acks.append(json.loads(await socket.recv()))
        await socket.wait_closed()

    def disagreeing(**more):
        async def talk(socket):
            await socket.recv()
            await socket.send(json.dumps({**STREAM, "id": "d", "targets": ["main"], **more}))
            await socket.wait_closed()
        return talk

    async def forbidding(socket):
        await socket.recv()
        await socket.send(json.dumps({"type": "error", "code": "forbidden", "message": "wrong\nkey\x1b[2J"}))
        await socket.wait_closed()

    def quietly(talk):
        async def handler(socket):
            try:
                await talk(socket)
            except websockets.ConnectionClosed:
                pass
        return handler

    acks = []
    cases = {
        "silent": (silent, "responses", "waiting: it did not answer subscribe"),
        "garbage": (garbage, "responses", "waiting: what it sends cannot be read"),
        "huge": (huge, "responses", "waiting: it sent a message above 16 MiB"),
        "slow": (slow, "responses", "live"),
        "partly": (partly, "responses", "live"),
        "forbid": (forbidding, "responses", "waiting: it says forbidden: wrong key\ufffd\\[2J$"),
        "mode": (disagreeing(mode="latched"), "responses", "disagrees: its mode is latched, this session's is reset"),
        "scale": (disagreeing(scale={"min": -2, "max": 2, "neutral": 0}), "responses",
                  "disagrees: its scale is -2.* to 2.* about 0.*, this session's is -1.* to 1"),
        "targets": (disagreeing(targets=["main", "other"]), "cells", "disagrees: its targets are"),
        "tick": (disagreeing(tick_ms=1000), "cells", "disagrees: its tick is 1000 ms, this session's is 5000 ms"),
        "lag": (disagreeing(lag_ms=700), "cells", "disagrees: its lag is 700 ms, this session's is 0 ms"),
    }
    servers, options = [], []
    for name, (talk, stream, _) in cases.items():
        server = await serve(quietly(talk), "127.0.0.1", 0, subprotocols=["pulseline.v1"])
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        options += ["--upstream", f"{name}=ws://127.0.0.1:{port}/{ACCESS}&stream={stream}"]
    good = Upstream(Crowd(9), "good")
    await good.open()
    options += ["--upstream", f"good=ws://127.0.0.1:{good.port}/{ACCESS}", "--upstream",
                f"gone=ws://127.0.0.1:9/{ACCESS}"]
    session = Session(pulseline, file, *options)
    await asyncio.wait_for(good.done.wait(), PATIENCE)
    for name, (_, _, said) in cases.items():
        await session.heard(f"upstream {name}: {said}")
    await session.heard("upstream gone: waiting: Connection refused")
    await eventually(lambda: acks and sum(row[0] == "slow/p" for row in rows_of(file)) == 5, "the slow one")
    # Each is tried again from time to time, and is in another state for that moment.
    for name, (_, _, said) in cases.items():
        await shown(session, f'upstream_state{{upstream="{name}",state="{said.split(":")[0]}"}} 1')
    assert acks[0]["batch"] == 0 and [row for row, _ in acks[0]["refused"]] == [1, 2, 3, 4, 5, 6, 7], acks
    assert [code for _, code in acks[0]["refused"]][1] == "bad_position", acks
    assert session.end() == 0
    stored = rows_of(file)
    assert sorted((row for row in stored if row[0].startswith("good/")), key=str) == sorted(
        good.crowd.expected("good"), key=str)
    assert [row[:2] for row in stored if row[0].startswith("partly/")] == [("partly/p", 1)]
    for server in servers:
        server.close()
    await good.close()


async def shown(session, line):
    """/metrics comes to show this line."""
    def metrics():
        return urllib.request.urlopen(session.started["url"] + "metrics").read().decode()

    async with asyncio.timeout(PATIENCE):
        while line not in await asyncio.to_thread(metrics):
            await asyncio.sleep(0.02)


async def test_together(pulseline, folder):
    """Two streams and a room of phones into one session: its table is the sum of what each of them sent."""
    file = folder / "session.pulse"
    chance = random.Random(11)
    foreign = []
    for tick in range(12):
        for stratum in range(2):
            n = chance.randrange(20)
            likes = chance.randrange(n + 1)
            foreign.append([stratum, 0, tick, n + chance.randrange(5), n, likes, n - likes, 2 * likes - n, n])

    async def script(socket):
        strata = [{"age": "18-34"}, {"age": "35+"}]
        await socket.send(cells([[s, t, k, 0, 0, 0, 0, 0, 0] for s, t, k, *_ in foreign], part="last", strata=strata))
        for row in chance.sample(foreign, len(foreign)):
            await socket.send(cells([row]))
            await asyncio.sleep(0.01)

    west, east = Cells("w", script), Upstream(Crowd(4), "e")
    await west.open()
    await east.open()
    session = Session(pulseline, file, "--attribute", "age=18-34|35+",
                      "--upstream", f"east=ws://127.0.0.1:{east.port}/{ACCESS}",
                      "--upstream", f"west=ws://127.0.0.1:{west.port}/{ACCESS}&stream=cells")
    counted = []
    await asyncio.gather(*(phone(session, number, counted) for number in range(25)))
    await asyncio.wait_for(east.done.wait(), PATIENCE)

    for row in east.crowd.expected("east"):
        counted.append((row[0], row[1], row[2], row[3]))
    voices, present = {}, {}
    for person, seq, position, value in counted:
        tick = position // 5000
        present.setdefault(tick, set()).add(person)
        if value is not None and seq > voices.get((person, tick), (0, 0))[0]:
            voices[(person, tick)] = (seq, value)
    expected = []
    for tick in range(12):
        values = [value for (_, at), (_, value) in voices.items() if at == tick]
        rows = [row for row in foreign if row[2] == tick]
        n = len(values) + sum(row[4] for row in rows)
        total = sum(values) + sum(row[7] for row in rows)
        expected.append((len(present.get(tick, ())) + sum(row[3] for row in rows), n,
                         sum(value > 0 for value in values) + sum(row[5] for row in rows),
                         sum(value < 0 for value in values) + sum(row[6] for row in rows), round(total / n, 9)))
    await eventually(lambda: figures(pulseline, folder / "copy.pulse", file) == expected, "the sum")
    assert session.end() == 0
    assert figures(pulseline, folder / "copy.pulse", file) == expected
    await west.close()
    await east.close()


async def test_tls(pulseline, folder):
    """wss: the certificate, its name and its dates are checked, against the system's authorities and the venue's own."""
    certificates(folder)
    cases = {"right": "live", "named": "live"}
    cases |= dict.fromkeys(["elsewhere", "unknown", "expired", "distrusted"],
                           "waiting: its certificate is not accepted")
    upstreams, options = [], []
    for name in cases:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        of = "right" if name == "distrusted" else name
        context.load_cert_chain(folder / f"{of}.pem", folder / f"{of}.key")
        upstream = Upstream(Crowd(5, batches=3), name)
        await upstream.open(ssl=context)
        upstreams.append(upstream)
        host = "localhost" if name == "named" else "127.0.0.1"
        ca = "" if name == "distrusted" else f"&ca={folder}/venue.pem"
        options += ["--upstream", f"{name}=wss://{host}:{upstream.port}/{ACCESS}{ca}"]
    session = Session(pulseline, folder / "session.pulse", *options)
    for name, said in cases.items():
        await session.heard(f"upstream {name}: {said}")
    await session.heard("upstream expired: .*it has expired")
    await session.heard("upstream elsewhere: .*it is for another name")
    for upstream in upstreams[:2]:
        await asyncio.wait_for(upstream.done.wait(), PATIENCE)
    assert not any(upstream.subscribed for upstream in upstreams[2:])
    assert session.end() == 0
    for upstream in upstreams:
        await upstream.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(globals()["test_" + sys.argv[2]](sys.argv[1], pathlib.Path(name)))
