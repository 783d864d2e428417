"""The wire as Python's `websockets` sees it:   python3 python_websockets.py PULSELINE"""

import asyncio
import atexit
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import websockets

PEOPLE = 60
RESPONSES = 40


class Server:
    def __init__(self, pulseline, file, *options):
        self.process = subprocess.Popen(
            [pulseline, "serve", file, "--port", "0", *options], stdout=subprocess.PIPE, text=True
        )
        atexit.register(self.process.kill)  # also when a check fails
        started = json.loads(self.process.stdout.readline())
        self.url, self.code = started["url"], started["code"]
        self.ws = self.url.replace("http", "ws", 1)

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        return self.process.wait(30)


def connect(server):
    return websockets.connect(server.ws, subprotocols=["pulseline.v1"], compression="deflate", max_size=None)


async def hear(socket, *types):
    while True:
        message = json.loads(await socket.recv())
        if message["type"] in types:
            return message


async def join(socket, server, **more):
    await socket.send(json.dumps({"type": "join", "session": server.code, "role": "participant", **more}))
    return await hear(socket, "joined", "error")


class Person:
    """Keeps what is not acknowledged, loses its connection now and then, and comes back."""

    def __init__(self, number):
        self.random = random.Random(number)
        self.kept = {seq: self.random.choice([1, -1, 0, None]) for seq in range(1, RESPONSES + 1)}
        self.stored = dict(self.kept)
        self.token = ""
        self.id = ""
        self.resumed = 0

    async def take_part(self, server):
        while self.kept:
            async with connect(server) as socket:
                joined = await join(socket, server, token=self.token, attributes={"näme": f"grün {len(self.id)}"})
                assert joined["type"] == "joined", joined
                self.resumed += self.token != ""
                self.token = joined["token"]
                assert self.id in ("", joined["participant"])
                self.id = joined["participant"]
                self.forget(joined["last_seq"])
                cut_after = self.random.randrange(1, 2 * RESPONSES)
                for seq, value in sorted(self.kept.items()):
                    await socket.send(json.dumps({"type": "respond", "seq": seq, "value": value, "age_ms": 3}))
                    if self.random.random() < 0.1:
                        await socket.send(json.dumps({"type": "respond", "seq": seq, "value": 1}))
                    cut_after -= 1
                    if cut_after == 0:
                        socket.transport.abort()
                        break
                try:
                    while self.kept:
                        self.forget((await hear(socket, "ack"))["seq"])
                except websockets.ConnectionClosed:
                    pass

    def forget(self, up_to):
        self.kept = {seq: value for seq, value in self.kept.items() if seq > up_to}


async def everything_once(server):
    people = [Person(n) for n in range(PEOPLE)]
    await asyncio.gather(*(person.take_part(server) for person in people))
    assert sum(person.resumed for person in people) > PEOPLE / 10
    return {person.id: person.stored for person in people}


async def small_things(server):
    async with connect(server) as socket:
        assert socket.subprotocol == "pulseline.v1"
        assert not socket.protocol.extensions, "no compression"
        await (await socket.ping(b"here"))
        await socket.send(b"\x00\x01")
        assert (await hear(socket, "error"))["code"] == "bad_json"
        await socket.send(["{\"type\":", "\"clock\",", "\"t0\":5}"])  # three fragments
        assert (await hear(socket, "clock"))["t0"] == 5
        await socket.send(json.dumps({"type": "look", "session": server.code}))
        assert (await hear(socket, "session"))["attributes"][0]["name"] == "näme"
        joined = await join(socket, server)
        assert joined["type"] == "joined", joined
        await socket.send(json.dumps({"type": "leave"}))
        await socket.send(json.dumps({"type": "respond", "seq": 1, "value": 1}))
        assert (await hear(socket, "error"))["code"] == "not_joined"
    # An IP address is a name for this machine; another's is not.
    request = urllib.request.Request(server.url + "healthz", headers={"Host": "rebound.example"})
    try:
        urllib.request.urlopen(request)
        raise AssertionError("a foreign Host was let in")
    except urllib.error.HTTPError as error:
        assert error.code == 403
    assert urllib.request.urlopen(server.url + "healthz").read() == b"ok\n"


def stored(file):
    rows = sqlite3.connect(file).execute("select participant, seq, value from response")
    people = {}
    for person, seq, value in rows:
        assert seq not in people.setdefault(person, {}), "stored twice"
        people[person][seq] = value
    return people


def main():
    pulseline = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "session.pulse")
        server = Server(pulseline, file, "--live", "--attribute", "näme")
        try:
            asyncio.run(asyncio.wait_for(small_things(server), 60))
            sent = asyncio.run(asyncio.wait_for(everything_once(server), 120))
        finally:
            status = server.stop()
        assert status == 0, status
        found = stored(file)
        assert found.keys() == sent.keys()
        for person in sent:
            assert found[person] == sent[person], (found[person], sent[person])
    print(f"ok - {PEOPLE} people, {sum(map(len, sent.values()))} responses, each stored once")


main()
