"""ingest_single: one response a frame from 200 connections. What a response costs to take in, count and store durably.

needs: pulseline bench_bare_server bench_generator

Ours parses, counts, writes (synced) and acknowledges each response; at most 256 of a connection are in flight. The peer
is a bare libwebsockets server with the same options that only counts messages. Both on core 0 with all their threads
and on the same event loop, the audience on core 1, pacing itself by what the servers take.

Rows: `ingest_single` responses a second, `ingest_single_cpu` the server's processor time for each. Here every frame
goes out with a send() of its own, as from phones, so the server mostly gets one for each read. In `…_burst` an audience
sends all that its window lets it in one go, which no room full of people does, but a program may: then the kernel's
share is small, and what is left is the library's handling of a frame against all of ours.
"""

import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from ingest import rig  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
CONNECTIONS = 200
AGAINST = f"a bare libwebsockets server that counts frames (both on {rig.LOOP})"


def measure(name, messages, burst):
    audience = ["--connections", CONNECTIONS, "--messages", messages, "--window", 256, "--burst", burst]
    rates, costs = ([], []), ([], [])
    for _ in range(ROUNDS):
        for side, server in enumerate((rig.ours("--live"), rig.bare("--loop", rig.LOOP, "--each", str(messages)))):
            with server as running:
                told = rig.run(running, *audience)
            assert told["acked"] == CONNECTIONS * messages, told
            print(side, told, file=sys.stderr)
            rates[side].append(told["acked"] / told["seconds"])
            costs[side].append(told["server_s"] / told["acked"] * 1e9)
    rig.row(name, "responses/s", AGAINST, *rates)
    rig.row(name + "_cpu", "ns/response", AGAINST, *costs)


measure("ingest_single", 5000, 1)
measure("ingest_single_burst", 10000, 256)
