"""flood: what one bad client costs the others. 200 people press once a second; the 99th percentile of the time until
their acknowledgement, undisturbed, then beside (a) a participant who sends as fast as the network takes it, (b) 1,000
handshakes that never end, (c) 50 observers who never read. The peer of each row is the undisturbed value of the same
runs; it may at most double.

The server has core 0 for itself; the people and their disturbers share core 1.  needs: pulseline
"""

import base64
import contextlib
import json
import multiprocessing
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

PULSELINE = os.environ.get("PULSELINE", "build/bench/bin/pulseline")
PARTICIPANTS = 200
DURATION_S = int(os.environ.get("FLOOD_S", "10"))
ROUNDS = int(os.environ.get("FLOOD_ROUNDS", "5"))
HALF_OPEN = 1000
OBSERVERS = 50


def frame(message):
    payload = json.dumps(message).encode()
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else struct.pack(">BH", 0xFE, len(payload))
    return b"\x81" + length + b"\0\0\0\0" + payload


def websocket(port, join, receive_bytes=None):
    connection = socket.socket()
    if receive_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.connect(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    assert b" 101 " in connection.recv(4096)
    connection.sendall(frame({"type": "join", **join}))
    return connection


def flooding(port, session, ready):
    connection = websocket(port, {"session": session["code"]})
    ready.set()
    seq = 1
    while True:
        connection.sendall(b"".join(frame({"type": "respond", "seq": seq + i, "value": 1}) for i in range(100)))
        seq += 100


def half_open(port, _session, ready):
    connections = []
    while True:
        while len(connections) < HALF_OPEN:
            connection = socket.create_connection(("127.0.0.1", port))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127")
            connection.setblocking(False)
            connections.append(connection)
        ready.set()
        time.sleep(0.2)
        for connection in list(connections):
            with contextlib.suppress(BlockingIOError):
                try:
                    connection.recv(1)
                except ConnectionError:
                    pass
                connections.remove(connection)  # the server has ended it; another comes
                connection.close()


def slow_readers(port, session, ready):
    join = {"session": session["code"], "role": "observer", "key": session["keys"]["observer"]}
    kept = [websocket(port, join, 4096) for _ in range(OBSERVERS)]
    ready.set()
    while kept:
        time.sleep(60)


@contextlib.contextmanager
def serving(folder):
    command = ["taskset", "-c", "0", PULSELINE, "serve", os.path.join(folder, "session.pulse"), "--port", "0", "--live"]
    command += ["--tick-ms", "1000", "--attribute", "age=18-34|35+", "--attribute", "region=North|South"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()


def measure(disturb):
    """The people's 99th percentile in ms."""
    with tempfile.TemporaryDirectory() as folder, serving(folder) as session:
        port = int(session["url"].rsplit(":", 1)[1].rstrip("/"))
        ready = multiprocessing.Event()
        disturber = multiprocessing.Process(target=disturb, args=(port, session, ready)) if disturb else None
        try:
            if disturber:
                disturber.start()
                assert ready.wait(60)
            command = [PULSELINE, "simulate", "--url", session["url"].replace("http", "ws"), "--code", session["code"]]
            command += ["--participants", str(PARTICIPANTS), "--duration-s", str(DURATION_S), "--rate", "1", "--seed", "7"]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            figures = json.loads(done.stdout)
            assert figures["unacknowledged"] == 0 and figures["acked"] > PARTICIPANTS, figures
            assert not disturber or disturber.is_alive(), "the disturber ended"
            return figures["ack_p99_ms"]
        finally:
            if disturber:
                disturber.kill()
                disturber.join()


def main():
    os.sched_setaffinity(0, {1})
    disturbers = {"flood_participant": flooding, "flood_half_open": half_open, "flood_slow_readers": slow_readers}
    undisturbed = []
    beside = {name: [] for name in disturbers}
    for _ in range(ROUNDS):
        undisturbed.append(measure(None))
        for name, disturb in disturbers.items():
            beside[name].append(measure(disturb))
    peer = statistics.median(undisturbed)
    failed = False
    for name, values in beside.items():
        ours = statistics.median(values)
        failed = failed or ours > 2 * peer
        row = {"name": name, "ours": ours, "peer": peer, "unit": "ms p99", "ratio": ours / peer, "runs": ROUNDS}
        print(json.dumps({**row, "against": "undisturbed, in the same runs"}), flush=True)
    if failed:
        sys.exit("flood: the others wait more than twice as long")


main()
