"""ingest_batch: responses that a feed brings in batches (`respond_many`, 1,000 rows each).

needs: pulseline bench_bare_server bench_generator

Ours reads, checks, counts and writes (synced) each row and acknowledges each batch, at most 256 of them in flight.
`ingest_batch`: the peer is the bare libwebsockets server that parses the same number of responses, one a frame, with
nlohmann's plain parser, and keeps nothing. `ingest_batch_parse`: the peer gets the very same batches and does no more
than parse them so. All on core 0 and on the same event loop, the audience on core 1. The rows with `_cpu` are the
servers' processor time for a response.
"""

import sys

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from ingest import rig  # noqa: E402

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
BATCHES, ROWS = 4000, 1000
SINGLES = ["--connections", 200, "--messages", BATCHES * ROWS // 200, "--burst", 256]
MANY = ["--connections", 1, "--messages", BATCHES, "--rows", ROWS, "--window", 256, "--burst", 256]
DURATION = ["--duration-ms", "3600000"]

SIDES = {
    "ours": (lambda: rig.ours(*DURATION, feed=True), MANY, ROWS),
    "single": (lambda: rig.bare("--loop", rig.LOOP, "--parse", "--each", str(SINGLES[3])), SINGLES, 1),
    "batch": (lambda: rig.bare("--loop", rig.LOOP, "--parse", "--each", str(BATCHES)), MANY, ROWS),
}

rates = {side: [] for side in SIDES}
costs = {side: [] for side in SIDES}
for _ in range(ROUNDS):
    for side, (server, audience, rows) in SIDES.items():
        with server() as running:
            told = rig.run(running, *audience)
        responses = told["acked"] * rows
        assert responses == BATCHES * ROWS, told
        rates[side].append(responses / told["seconds"])
        costs[side].append(told["server_s"] / responses * 1e9)

for name, peer, against in (
    ("ingest_batch", "single", "libwebsockets and nlohmann's parser, the same responses one a frame"),
    ("ingest_batch_parse", "batch", "libwebsockets and nlohmann's parser, the same batches"),
):
    rig.row(name, "responses/s", against, rates["ours"], rates[peer])
    rig.row(name + "_cpu", "ns/response", against, costs["ours"], costs[peer])
