"""What the benchmarks of ingest share: our server and the bare one, started on core 0, and the audience on core 1.

The processor time of a server is that of all its threads, kernel time included; what the kernel does for the sender
(on the loopback device that is most of the way) is the sender's. Memory is what the process itself holds (resident,
without what is shared with the program's file).
"""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

BIN = pathlib.Path(__file__).resolve().parents[3] / "build" / os.environ.get("PULSELINE_BUILD", "bench") / "bin"
LOOP = "ev"  # the event loop of both servers: the one ours uses
CORES = sorted(os.sched_getaffinity(0))


def pinned(core, *command):
    return ["taskset", "-c", str(CORES[min(core, len(CORES) - 1)]), *map(str, command)]


def start(*command):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


class Server:
    """A running server: `port`, and what the audience must say to come in."""

    def __init__(self, process):
        self.process = process
        self.port, self.entry = 0, []

    def processor_s(self):
        total = 0
        for thread in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):
                total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:"))


@contextlib.contextmanager
def ours(*options, feed=False):
    with tempfile.TemporaryDirectory(dir=BIN.parent) as folder:
        # Lifted on both sides, as far as this build has any.
        known = subprocess.run([BIN / "pulseline", "serve", "--help"], capture_output=True, text=True, check=True).stdout
        lifted = {"--rate": "1000000", "--max-connections": "60000"}
        limits = [word for option, value in lifted.items() if option in known for word in (option, value)]
        with start(*pinned(0, BIN / "pulseline", "serve", f"{folder}/s.pulse", "--port", "0", *limits, *options)) as process:
            server = Server(process)
            said = json.loads(process.stdout.readline())
            server.port = int(said["url"].rstrip("/").rsplit(":", 1)[1])
            server.entry = ["--code", said["code"]] + (["--key", said["keys"]["feed"]] if feed else [])
            try:
                yield server
            finally:
                process.terminate()


@contextlib.contextmanager
def bare(*options):
    with start(*pinned(0, BIN / "bench_bare_server", *options)) as process:
        server = Server(process)
        server.port = int(process.stdout.readline())
        try:
            yield server
        finally:
            process.terminate()


class Audience:
    """Everybody has come in once this is made."""

    def __init__(self, server, *options):
        self.process = start(*pinned(1, BIN / "bench_generator", server.port, *server.entry, *options))
        self.said()

    def said(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the audience gave up")
        return json.loads(line)

    def work(self):
        """Lets everybody respond; what the generator measured."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.said()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def run(server, *options):
    """What the audience measured, with the server's processor time as `server_s`."""
    with Audience(server, *options) as audience:
        before = server.processor_s()
        told = audience.work()
        told["server_s"] = server.processor_s() - before
        return told


def row(name, unit, against, ours_runs, peer_runs, **more):
    a, b = statistics.median(ours_runs), statistics.median(peer_runs)
    print(json.dumps({"name": name, "ours": a, "peer": b, "unit": unit, "ratio": a / b, "runs": len(ours_runs), "against": against, **more}), flush=True)
