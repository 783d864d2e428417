"""500 people over a bad network:   python3 bad_network.py PULSELINE

The server and the clients each live in a network namespace of their own, joined by two TUN devices and this process, which
carries every IP packet from the one to the other: late, in another order, not at all, and for some connections at times
nothing, or a reset that only the client hears of. Delay, jitter and loss are the kernel's (tc netem) where it has that. So it
is real TCP that suffers. In the end what is in the file must be what was sent, each once.

200 of the people are the class Person here, the others `pulseline simulate`. Exit status 77: this machine has no namespaces
or no TUN device for us.
"""

import asyncio
import fcntl
import heapq
import json
import os
import random
import selectors
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

import websockets

PEOPLE, SIMULATED = 200, 300
PRESSING_S = 16
DELAY_S, JITTER_S, LOSS = 0.03, 0.04, 0.03  # each way
CUTS_PER_S, HOLES_PER_S, HOLE_S = 6, 6, 3
OUTAGE = (7, 8.5)  # nothing gets through
PATIENCE_S = 55
ADDRESSES = {"server": "10.77.0.1", "clients": "10.77.0.2"}
SKIPPED = 77


# ---- one end: a namespace, its TUN device, and what runs there ----------------------------------------------------------


def enter_namespace():
    if os.geteuid() == 0:
        return os.unshare(os.CLONE_NEWNET)
    user, group = os.getuid(), os.getgid()
    os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    for file, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{file}", "w") as out:
            out.write(text)


def open_tun(address):
    TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"road", IFF_TUN | IFF_NO_PI))
    for command in (f"ip address add {address}/24 dev road", "ip link set road up txqueuelen 5000", "ip link set lo up"):
        subprocess.run(command.split(), check=True)
    return tun


def add_netem():
    """Whether the kernel does the delaying and losing."""
    netem = f"tc qdisc add dev road root netem delay {DELAY_S * 1000}ms {JITTER_S * 500}ms loss {LOSS * 100}% limit 20000"
    return subprocess.run(netem.split(), stderr=subprocess.DEVNULL).returncode == 0


def serve(channel, pulseline, file):
    command = [pulseline, "serve", file, "--port", "0", "--live", "--bind", ADDRESSES["server"]]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    channel.write(server.stdout.readline())
    channel.flush()
    channel.readline()  # until it is to end
    server.send_signal(signal.SIGINT)
    channel.write(json.dumps(server.wait(20)) + "\n")


def take_part(channel, pulseline):
    started = json.loads(channel.readline())
    ws = started["url"].replace("http", "ws", 1)
    simulate = [pulseline, "simulate", "--url", ws, "--code", started["code"], "--participants", str(SIMULATED)]
    simulate += ["--duration-s", str(PRESSING_S), "--rate", "2", "--seed", "7"]
    crowd = subprocess.Popen(simulate, stdout=subprocess.PIPE, text=True)
    people = [Person(ws, started["code"], number) for number in range(PEOPLE)]

    async def all_of_them():
        await asyncio.gather(*(person.take_part() for person in people))

    try:
        asyncio.run(asyncio.wait_for(all_of_them(), PATIENCE_S))
    except TimeoutError:
        pass  # what they keep tells
    output, _ = crowd.communicate(timeout=PATIENCE_S)
    report = {"simulate": json.loads(output), "people": [person.report() for person in people]}
    channel.write(json.dumps(report) + "\n")


def inside(role, number, *arguments):
    link = socket.socket(fileno=int(number))
    try:
        enter_namespace()
        tun = open_tun(ADDRESSES[role])
    except (OSError, AttributeError, subprocess.CalledProcessError) as error:
        link.sendall(f"{error}\n".encode())
        return
    socket.send_fds(link, [b"netem\n" if add_netem() else b"bare\n"], [tun])
    os.close(tun)
    with link.makefile("rw") as channel:
        serve(channel, *arguments) if role == "server" else take_part(channel, *arguments)


# ---- a participant who keeps to the wire's rules ------------------------------------------------------------------------


class Person:
    def __init__(self, ws, code, number):
        self.ws, self.code, self.random = ws, code, random.Random(number)
        self.values, self.pressed, self.kept, self.refused = {}, {}, set(), []
        self.token, self.id = "", ""
        self.ever_sent = 0  # highest seq
        self.retransmitted = self.connections = 0

    def report(self):
        return {
            "id": self.id,
            "values": self.values,
            "kept": len(self.kept),
            "refused": self.refused,
            "retransmitted": self.retransmitted,
            "connections": self.connections,
        }

    async def take_part(self):
        pressing = asyncio.create_task(self.press())
        tries = 0
        while self.kept or not pressing.done():
            try:
                timing = {"open_timeout": 6, "ping_interval": 1, "ping_timeout": 3, "close_timeout": 1}
                async with websockets.connect(self.ws, subprotocols=["pulseline.v1"], compression=None, **timing) as socket:
                    self.connections += 1
                    await self.talk(socket, pressing)
                    tries = 0
            except (OSError, TimeoutError, websockets.WebSocketException):
                tries += 1
            await asyncio.sleep(min(4, 0.2 * 2 ** min(tries, 5)) * (0.5 + self.random.random()))

    async def press(self):
        for seq in range(1, 2 * PRESSING_S + 1):
            await asyncio.sleep(self.random.random())
            self.values[seq] = self.random.choice([1, 0, -1, None])
            self.pressed[seq] = time.monotonic()
            self.kept.add(seq)

    async def talk(self, socket, pressing):
        await socket.send(json.dumps({"type": "join", "session": self.code, "token": self.token}))
        heard = {"type": ""}
        while heard["type"] != "joined":
            heard = json.loads(await socket.recv())
        assert self.id in ("", heard["participant"]), "the token leads back to the same participant"
        self.token, self.id = heard["token"], heard["participant"]
        self.forget(heard["last_seq"])
        hears = asyncio.create_task(self.listen(socket))
        sent, cut = heard["last_seq"], time.monotonic() + self.random.expovariate(1 / 10)
        try:
            while not hears.done() and (self.kept or not pressing.done()):
                for seq in sorted(self.kept):
                    if sent < seq <= min(self.kept) + 255:
                        sent = seq
                        await self.send(socket, seq)
                if time.monotonic() > cut and not pressing.done():
                    socket.transport.abort()
                    return
                await asyncio.wait([hears], timeout=0.1)
        finally:
            hears.cancel()

    async def send(self, socket, seq):
        self.retransmitted += seq <= self.ever_sent
        self.ever_sent = max(self.ever_sent, seq)
        age = int((time.monotonic() - self.pressed[seq]) * 1000)
        await socket.send(json.dumps({"type": "respond", "seq": seq, "value": self.values[seq], "age_ms": age}))

    async def listen(self, socket):
        async for text in socket:
            heard = json.loads(text)
            if heard["type"] == "ack":
                self.forget(heard["seq"])
            elif heard["type"] == "error":
                self.refused.append(heard)

    def forget(self, up_to):
        self.kept = {seq for seq in self.kept if seq > up_to}


# ---- the road between the two -------------------------------------------------------------------------------------------


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def reset_of(packet, start):
    """The packet as a reset of its connection."""
    ip = packet[:2] + struct.pack("!H", 40) + packet[4:10] + b"\0\0" + packet[12:20]
    ip = b"\x45" + ip[1:10] + struct.pack("!H", checksum(b"\x45" + ip[1:])) + ip[12:]
    tcp = packet[start : start + 12] + struct.pack("!BBHHH", 0x50, 0x14, 0, 0, 0)
    pseudo = packet[12:20] + struct.pack("!HH", 6, 20)
    return ip + tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]


class Road:
    def __init__(self, server, clients, netem):
        self.ends = {server: clients, clients: server}
        self.server, self.netem = server, netem
        self.random = random.Random(1)
        self.under_way, self.count = [], 0
        self.holes = {}  # a client's port -> until when nothing gets through
        self.began = time.monotonic()
        self.next_cut = self.next_hole = 0.5
        self.figures = dict.fromkeys(("packets", "lost", "swallowed", "overtaken", "resets", "holes"), 0)
        self.newest_due = {}  # by direction and connection

    def carry(self, until):
        """Until something can be read from one of these sockets."""
        with selectors.DefaultSelector() as selector:
            for file in (*self.ends, *until):
                selector.register(file, selectors.EVENT_READ)
            while True:
                now = time.monotonic()
                wait = max(0, self.under_way[0][0] - now) if self.under_way else 1
                for key, _ in selector.select(wait):
                    if key.fileobj in until:
                        return key.fileobj
                    self.read(key.fileobj)
                self.deliver(time.monotonic())

    def read(self, end):
        for _ in range(64):
            try:
                packet = os.read(end, 2048)
            except BlockingIOError:
                return
            if packet[0] >> 4 == 4 and packet[9] == 6:
                self.take(end, packet, time.monotonic())

    def deliver(self, now):
        while self.under_way and self.under_way[0][0] <= now:
            _, _, end, packet = heapq.heappop(self.under_way)
            try:
                os.write(end, packet)
            except OSError:
                self.figures["lost"] += 1

    def take(self, end, packet, now):
        self.figures["packets"] += 1
        start = 4 * (packet[0] & 15)
        source, destination = struct.unpack_from("!HH", packet, start)
        port, flags = (destination if end == self.server else source), packet[start + 13]
        if flags & 2 and end != self.server:
            self.holes.pop(port, None)  # a new connection
        since = now - self.began
        if OUTAGE[0] < since < OUTAGE[1] or self.holes.get(port, 0) > now:
            self.figures["swallowed"] += 1
            return
        if since < PRESSING_S:
            packet = self.harm(end, packet, start, port, since, now)
        if not self.netem and self.random.random() < LOSS:
            self.figures["lost"] += 1
            return
        due = now if self.netem else now + DELAY_S + JITTER_S * self.random.random()
        newest = self.newest_due.get((end, port), 0)
        self.figures["overtaken"] += due < newest
        self.newest_due[end, port] = max(due, newest)
        self.count += 1
        heapq.heappush(self.under_way, (due, self.count, self.ends[end], packet))

    def harm(self, end, packet, start, port, since, now):
        if since > self.next_hole:
            self.next_hole = since + self.random.expovariate(HOLES_PER_S)
            self.holes[port] = now + HOLE_S * self.random.random()
            self.figures["holes"] += 1
        elif since > self.next_cut and end == self.server:
            self.next_cut = since + self.random.expovariate(CUTS_PER_S)
            self.holes[port] = now + HOLE_S
            self.figures["resets"] += 1
            return reset_of(packet, start)
        return packet


# ---- what came of it ----------------------------------------------------------------------------------------------------


def check(report, file):
    stored = {}
    for person, seq, value, simulated in sqlite3.connect(file).execute(
        "SELECT participant, seq, value, simulated FROM response JOIN participant ON id = participant"
    ):
        assert (person, seq) not in stored, f"stored twice: {person} {seq}"
        stored[person, seq] = value, simulated
    sent, people, crowd = {}, report["people"], report["simulate"]
    for person in people:
        assert not person["refused"], person["refused"][:3]
        sent.update({(person["id"], int(seq)): value for seq, value in person["values"].items()})
    own = {key: value for key, (value, simulated) in stored.items() if not simulated}
    print(f"sent by people {len(sent)}, stored {len(own)}, kept {sum(person['kept'] for person in people)}")
    assert all(person["kept"] == 0 for person in people), "somebody was not acknowledged"
    assert own == sent, f"missing {len(sent.keys() - own.keys())}, never sent {len(own.keys() - sent.keys())}"
    print(
        f"  retransmitted {sum(person['retransmitted'] for person in people)},"
        f" connections {sum(person['connections'] for person in people)}"
    )
    simulated = len(stored) - len(own)
    print(f"sent by simulate {crowd['sent']}, stored {simulated}: {json.dumps(crowd)}")
    assert crowd["unacknowledged"] == 0 and crowd["refused"] == 0, "simulate has something left"
    assert crowd["sent"] == crowd["acked"] == simulated
    assert crowd["participants"] == SIMULATED and len(people) == PEOPLE
    assert sum(person["retransmitted"] for person in people) > PEOPLE / 10, "the network was too good"


def begin(role, *arguments):
    here, there = socket.socketpair()
    inside = [sys.executable, __file__, "--inside", role, str(there.fileno()), *arguments]
    process = subprocess.Popen(inside, pass_fds=[there.fileno()])
    there.close()
    answer, tuns, _, _ = socket.recv_fds(here, 4096, 1)
    if not tuns:
        print(f"skipped: no namespace with a TUN device: {answer.decode().strip()}")
        sys.exit(SKIPPED)
    return process, here, tuns[0], answer == b"netem\n"


def main(pulseline):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "session.pulse")
        server, to_server, server_tun, netem = begin("server", pulseline, file)
        clients, to_clients, clients_tun, _ = begin("clients", pulseline)
        os.set_blocking(server_tun, False)
        os.set_blocking(clients_tun, False)
        try:
            with to_server.makefile("rw") as server_says, to_clients.makefile("rw") as clients_say:
                clients_say.write(server_says.readline())
                clients_say.flush()
                road = Road(server_tun, clients_tun, netem)
                road.carry([to_clients])
                report = json.loads(clients_say.readline())
                to_server.sendall(b"end\n")
                assert json.loads(server_says.readline()) == 0, "the server ends cleanly"
            print(f"delay and loss by {'tc netem' if netem else 'this process'}: {json.dumps(road.figures)}")
            assert road.figures["resets"] > 20 and road.figures["holes"] > 20
            check(report, file)
        finally:
            for process in (server, clients):
                process.terminate()
                process.wait(10)
    print(f"ok - {PEOPLE + SIMULATED} people, everything stored once")


if sys.argv[1] == "--inside":
    inside(*sys.argv[2:])
else:
    main(sys.argv[1])
