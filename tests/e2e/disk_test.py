#!/usr/bin/env python3
"""A session whose disk is full, or whose file another program holds, removes or moves.

    disk_test.py PULSELINE

On a small tmpfs of its own, in a mount namespace: with none to be had the test is skipped (77). Each time everybody who is
in hears `not_writable`, stderr says why in one line, /healthz answers 503, nothing is acknowledged; when it is put right all
of it turns, and in the end everything that was sent is in the file once.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.dont_write_bytecode = True
from crowd import Crowd, Server, Wrong  # noqa: E402 (nothing is left beside the sources)
from kill_test import check_rows, check_table  # noqa: E402

SKIPPED = 77
PEOPLE = 10
SIZE_KIB = 6 * 1024


def health(server):
    try:
        with urllib.request.urlopen(server.url + "healthz") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def failures(server):
    """How often the session could not be written."""
    with urllib.request.urlopen(server.url + "metrics") as answer:
        found = re.search(r"^pulseline_commit_failures_total (\d+)$", answer.read().decode(), re.MULTILINE)
    return int(found[1])


class Trouble:
    """Something is done to the file while everybody presses, and undone."""

    def __init__(self, server, crowd):
        self.server, self.crowd = server, crowd

    def run(self, name, begin, end, says, most):
        """`begin` while pressing; all surfaces say so; `end`; all of them turn."""
        lines = len(self.server.said().splitlines())
        acknowledged = -1
        failed = 0
        stage = "pressing"
        late = time.monotonic() + 60
        refused = [len(person.refused) for person in self.crowd.people]

        def step(crowd):
            nonlocal stage, acknowledged, failed
            people = crowd.people
            if time.monotonic() > late:
                raise Wrong(f"{name}: still {stage} after a minute; stderr: {self.server.said()}")
            if not all(person.joined for person in people):
                return False
            if stage == "pressing" and min(person.acknowledged for person in people) > 20:
                begin()
                stage = "telling"
            elif stage == "telling":
                told = all(
                    ("not_writable", None) in person.refused[before:] for person, before in zip(people, refused)
                )
                if told and health(self.server)[0] == 503:
                    stage = "settling"
                    failed = failures(self.server)
            elif stage == "settling" and failures(self.server) > failed:  # what was written before has been told
                acknowledged = sum(person.acknowledged for person in people)
                stage = "waiting"
                failed = failures(self.server)
            elif stage == "waiting" and failures(self.server) > failed + 1:
                if sum(person.acknowledged for person in people) != acknowledged:
                    raise Wrong(f"{name}: acknowledged what cannot be written")
                end()
                stage = "mended"
            elif stage == "mended":
                return sum(person.acknowledged for person in people) > acknowledged and health(self.server)[0] == 200
            return False

        if not self.crowd.drive(self.server, step, most):
            raise Wrong(f"{name}: the server went away: {self.server.said()}")
        said = self.server.said().splitlines()[lines:]
        if not re.search(says, said[0]) or said[-1] != "pulseline: warning: the session is being written again":
            raise Wrong(f"{name}: stderr says {said}")
        print(f"ok - {name}: {said[0]}")


def troubles(folder, file):
    """(name, what is done, what undoes it, what stderr says)"""
    ballast = folder / "ballast"
    held = []

    def hold():
        held.append(sqlite3.connect(file, isolation_level=None, check_same_thread=False))
        held[-1].execute("BEGIN EXCLUSIVE")

    def release():
        held[-1].execute("COMMIT")
        held[-1].close()

    def take_place():
        (folder / "other").write_text("not ours")
        os.rename(folder / "other", file)

    def fill():
        with open(ballast, "wb") as full:
            try:
                while True:
                    os.write(full.fileno(), bytes(4096))
            except OSError:
                pass

    away = folder / "away.pulse"
    yield "a full disk", fill, ballast.unlink, "the disk is full|reports an error"
    yield "another program's lock", hold, release, "in use by another program"
    yield "a file that is moved", lambda: os.rename(file, away), lambda: os.rename(away, file), "was moved"
    yield "a file that is replaced", take_place, file.unlink, "was removed"


def run(pulseline, folder, log):
    file = folder / "a.pulse"
    crowd = Crowd(PEOPLE)
    server = Server(pulseline, file, "--live", "--tick-ms", "250", "--attribute", "side=a|b", log=log)
    try:
        trouble = Trouble(server, crowd)
        for name, begin, end, says in troubles(folder, file):
            most = max(person.sent for person in crowd.people) + 1_500
            trouble.run(name, begin, end, says, most)
            crowd.finish(server)
            check_rows(file, crowd)
    finally:
        status = server.stop(signal.SIGINT)
    if status != 0:
        raise Wrong(f"serve ended with {status}: {server.said()}")
    if sorted(os.listdir(folder)) != ["a.pulse"]:
        raise Wrong(f"left behind: {os.listdir(folder)}")
    check_rows(file, crowd)
    check_table(pulseline, file)


def in_namespace(pulseline):
    with tempfile.TemporaryDirectory(prefix="pulseline-disk-") as outside:
        folder = Path(outside) / "disk"
        folder.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE_KIB}k", "tmpfs", folder], capture_output=True, check=False
        )
        if mounted.returncode != 0:
            return SKIPPED
        try:
            run(pulseline, folder, Path(outside) / "stderr")
        finally:
            subprocess.run(["umount", "-l", folder], check=False)
    return 0


def main():
    if len(sys.argv) > 2:  # inside
        return in_namespace(sys.argv[1])
    own = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*own, "true"], capture_output=True, check=False).returncode != 0:
        print("skipped: no mount namespace to be had here")
        return SKIPPED
    return subprocess.run([*own, sys.executable, __file__, sys.argv[1], "inside"], check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Wrong as wrong:
        sys.exit(f"FAILED: {wrong}")
