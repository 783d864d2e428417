"""connection_memory: what a participant who has joined costs, in memory of the whole process, before the first response.

needs: pulseline bench_bare_server bench_generator

20,000 participants, and 50,000 where the limit of open files allows it (else as many as it allows, and the row's name says
how many: a process without the right to raise its hard limit cannot have more). The peer is the bare libwebsockets
server with as many WebSockets. Then everybody responds once in 5 seconds, evenly spread: the time from sending to the
acknowledgement (median and 99th percentile, of all runs) and the server's share of its processor, beside that of the
bare server, which only counts. Both on core 0 and on the same event loop, the audience on core 1.
"""

import json
import resource
import statistics
import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from ingest import rig  # noqa: E402

RUNS = 5
EVERY_MS, ROUNDS = 5000, 2
OTHER_FILES = 1000  # of a server


def once(server, people, rounds):
    """Bytes a connection; with rounds also what the audience measured."""
    before = server.memory()
    options = ["--connections", people, "--every", EVERY_MS, "--rounds", max(rounds, 1)]
    with rig.Audience(server, *options) as audience:
        memory = (server.memory() - before) / people
        if rounds == 0:
            return memory, None
        begun = server.processor_s()
        told = audience.work()
        told["share"] = 100 * (server.processor_s() - begun) / told["seconds"]
        assert told["acked"] == people * rounds, told
        return memory, told


def measure(name, people):
    memory, shares = ([], []), ([], [])
    p50, p99 = [], []
    for _ in range(RUNS):
        for side in (0, 1):
            options = ("--live",) if side == 0 else ("--loop", rig.LOOP)
            with rig.ours(*options) if side == 0 else rig.bare(*options) as server:
                used, told = once(server, people, ROUNDS)
            memory[side].append(used)
            shares[side].append(told["share"])
            if side == 0:
                p50.append(told["p50_ms"])
                p99.append(told["p99_ms"])
    rig.row(name, "B/connection", f"a bare libwebsockets server, {people} connections", *memory)
    rig.row(f"{name}_processor", "% of a core", f"the bare server, {people} messages in {EVERY_MS / 1000:g} s", *shares)
    for share, values in (("p50", p50), ("p99", p99)):
        row = {"name": f"{name}_ack_{share}", "ours": statistics.median(values), "unit": "ms", "runs": len(values)}
        print(json.dumps(row | {"against": f"{people} people, each once in {EVERY_MS / 1000:g} s"}), flush=True)


hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
most = hard - OTHER_FILES
measure("connection_memory", min(20_000, most))
if most > 20_000:
    people = min(50_000, most)
    measure(f"connection_memory_{people // 1000}k", people)
