#!/usr/bin/env python3
"""`pulseline serve` killed at a hundred random moments in the middle of thousands of responses a second: each time at a
moment at which at least LEAST_RATE a second have been sent since everybody is in.

    kill_test.py PULSELINE [SEED]

After each kill the file is read with Python's sqlite3 alone: it opens and is in order, what was acknowledged is in it, each
(participant, seq) once and with the value that was sent; and `pulseline table` counts what recount.py counts. Every fifth
kill is the last of its file; in between the session goes on with the same people, who come back with their tokens. In the
end everything is sent again and is there once.
"""

import csv
import io
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.dont_write_bytecode = True
from crowd import Crowd, Server, Wrong, value_of  # noqa: E402 (nothing is left beside the sources)
from recount import Count, Session  # noqa: E402

FILES = 20
KILLS = 5  # of each file
PEOPLE = 25
LONGEST_S = 0.4  # of load before a kill
SERVE = ("--live", "--tick-ms", "250", "--attribute", "side=a|b")
LEAST_RATE = 2000
PATIENCE_S = 30  # to get to that rate


def stored(file):
    """{participant: {seq: value}}, by any SQLite client."""
    with closing(sqlite3.connect(file)) as db:
        verdict = db.execute("PRAGMA integrity_check").fetchall()
        if verdict != [("ok",)]:
            raise Wrong(f"integrity_check: {verdict}")
        people = {person: {} for (person,) in db.execute("SELECT id FROM participant")}
        for person, seq, value in db.execute("SELECT participant, seq, value FROM response"):
            if seq in people[person]:
                raise Wrong(f"{person}'s {seq} is there twice")
            people[person][seq] = value
        return people


def check_rows(file, crowd):
    """How many responses there are."""
    people = stored(file)
    count = sum(len(rows) for rows in people.values())
    for person in crowd.people:
        rows = people.pop(person.id, {}) if person.id else {}
        missing = set(range(1, person.acknowledged + 1)) - rows.keys()
        if missing:
            raise Wrong(f"{person.id}: {len(missing)} of {person.acknowledged} acknowledged are missing: {min(missing)} …")
        for seq, value in rows.items():
            if not 1 <= seq <= person.sent or value != value_of(person.number, seq):
                raise Wrong(f"{person.id}: {seq} is {value}")
    if any(people.values()):
        raise Wrong("somebody responded who never got an id")
    return count


def check_table(pulseline, file):
    """`table` against a count in Python, cell by cell."""
    done = subprocess.run([pulseline, "table", str(file), "--min-n", "1"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Wrong(f"table: {done.stderr}")
    count = Count(Session(file))
    everybody = list(count.session.strata)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    if len(rows) != count.ticks:
        raise Wrong(f"table has {len(rows)} ticks instead of {count.ticks}")
    for row in rows:
        present, values = count.gather(everybody, "main", int(row["tick"]))
        mine = [present, len(values), sum(v > 0 for v in values), sum(v < 0 for v in values)]
        mine = [str(number) for number in mine] if values else ["", "0", "", ""]  # too few even for --min-n 1
        theirs = [row[name] for name in ("present", "n", "likes", "dislikes")]
        if mine != theirs:
            raise Wrong(f"tick {row['tick']}: table says {theirs}, the responses {mine}")


def copied(file, folder):
    """The file and its log as the kill left them: reading a session puts the two together."""
    copy = folder / "copy.pulse"
    for suffix in ("", "-wal", "-shm", "-lock"):
        Path(f"{copy}{suffix}").unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        if Path(f"{file}{suffix}").exists():
            shutil.copyfile(f"{file}{suffix}", f"{copy}{suffix}")
    return copy


class Run:
    def __init__(self, pulseline, folder, chance):
        self.pulseline, self.folder, self.chance = pulseline, folder, chance
        self.kills = self.responses = 0
        self.seconds = 0.0
        self.rates = []  # sent a second, up to each kill

    def kill_once(self, file, crowd, before):
        server = Server(self.pulseline, file, *SERVE)
        lasts = self.chance.uniform(0.01, LONGEST_S)
        begun = None
        sent = 0

        def sent_by(crowd):
            return sum(person.sent for person in crowd.people)

        def until(crowd):
            nonlocal begun, sent
            now = time.monotonic()
            if begun is None and all(person.joined for person in crowd.people):
                begun, sent = now, sent_by(crowd)
            if begun is None or now < begun + lasts:
                return False
            if now > begun + PATIENCE_S:
                raise Wrong(f"fewer than {LEAST_RATE} responses a second for {PATIENCE_S} s: that is no load")
            return sent_by(crowd) - sent >= LEAST_RATE * (now - begun)

        def kill(crowd):
            server.process.kill()
            seconds = time.monotonic() - begun
            self.seconds += seconds
            self.rates.append((sent_by(crowd) - sent) / seconds)
            for person in crowd.people:
                person.hear_last()
            return True

        try:
            if not crowd.drive(server, lambda crowd: until(crowd) and kill(crowd)):
                raise Wrong(f"the server went away by itself: {server.said()}")
        finally:
            server.stop(signal.SIGKILL)
        # Everybody sends as fast as they are acknowledged, which is too fast; to be told so is no refusal.
        refused = [error for person in crowd.people for error in person.refused if error != ("rate_limited", None)]
        if refused:
            raise Wrong(f"refused: {refused[:3]}")
        copy = copied(file, self.folder)
        rows = check_rows(copy, crowd)
        check_table(self.pulseline, copy)
        self.kills += 1
        self.responses += rows - before
        return rows

    def one_file(self, number):
        file = self.folder / f"{number}.pulse"
        crowd = Crowd(PEOPLE)
        rows = 0
        for _ in range(KILLS):
            rows = self.kill_once(file, crowd, rows)
        server = Server(self.pulseline, file, *SERVE)
        try:
            crowd.finish(server)
        finally:
            status = server.stop(signal.SIGINT)
        if status != 0:
            raise Wrong(f"serve ended with {status}: {server.said()}")
        left = sorted(name for name in os.listdir(self.folder) if name.startswith(f"{number}.") and "log" not in name)
        if left != [file.name]:
            raise Wrong(f"left behind: {left}")
        check_rows(file, crowd)
        for person in crowd.people:
            if person.acknowledged < person.sent:
                raise Wrong(f"{person.id} has only {person.acknowledged} of {person.sent}")
        check_table(self.pulseline, file)


def main():
    pulseline = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 32)
    print(f"seed {seed}")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pulseline-kill-") as folder:
        run = Run(pulseline, Path(folder), random.Random(seed))
        for number in range(FILES):
            run.one_file(number)
    rate = run.responses / run.seconds
    print(
        f"{run.kills} kills at {min(run.rates):.0f} to {max(run.rates):.0f} responses sent a second; {run.responses} that "
        f"arrived in {run.seconds:.1f} s of load: {rate:.0f} a second; {time.monotonic() - begun:.0f} s in all"
    )
    if rate < LEAST_RATE:
        raise Wrong(f"that was no load: {rate:.0f} responses a second are fewer than {LEAST_RATE}")


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(f"FAILED: {wrong}")
