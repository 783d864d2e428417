#!/usr/bin/env python3
"""The verbs of `pulseline` that work on files, through the binary: cli_test.py PULSELINE [unittest arguments]."""

import csv
import hashlib
import io
import json
import os
import pathlib
import random
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import types
import unittest

TOP = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(TOP / "tests/e2e"))
import recount  # noqa: E402 (the figures once more, in Python, from the rules)

PULSELINE = None
README = TOP / "plugin/session/README.md"
COLUMNS = "segment,target,tick,start_ms,present,n,likes,dislikes,mean,sd,ci_low,ci_high,net,activity,majority,base"


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pulseline-cli-")
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def path(self, name):
        return str(self.dir / name)

    def write(self, name, text):
        (self.dir / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return self.path(name)

    def write_rows(self, name, header, rows):
        out = io.StringIO()
        csv.writer(out).writerows([header, *rows])
        return self.write(name, out.getvalue())

    def run_it(self, *arguments, stdin=None):
        return subprocess.run(
            [PULSELINE, *map(str, arguments)], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=240
        )

    def ok(self, *arguments, stdin=None):
        done = self.run_it(*arguments, stdin=stdin)
        self.assertEqual((done.returncode, done.stderr.decode()), (0, ""), arguments)
        return done.stdout.decode()

    def fails(self, status, says, *arguments, stdin=None):
        done = self.run_it(*arguments, stdin=stdin)
        error = done.stderr.decode()
        self.assertEqual(done.returncode, status, (arguments, error))
        self.assertEqual(done.stdout, b"", arguments)
        self.assertRegex(error, r"\Apulseline: [^\n]+\n\Z")
        self.assertIn(says, error)

    def hashes(self):
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in self.dir.iterdir()}

    def rows(self, text):
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def assert_table(self, text, expected):
        """Cell by cell: whole numbers and words exactly, the others within 1e-9 relative."""
        self.assertEqual(text.splitlines()[0], ",".join(expected[0]) if expected else text.splitlines()[0])
        actual = self.rows(text)
        self.assertEqual(len(actual), len(expected))
        for row, want in zip(actual, expected):
            for column, value in want.items():
                got = row[column]
                if value is None:
                    self.assertEqual(got, "", (want, column))
                elif isinstance(value, float):
                    self.assertLessEqual(len(got), len(repr(float(got)).removesuffix(".0")))
                    self.assertAlmostEqual(float(got), value, delta=max(1e-9 * abs(value), 1e-9), msg=(want, column))
                else:
                    self.assertEqual(got, str(value), (want, column))


class Usage(Case):
    def test_help_and_version(self):
        self.assertIn("moments", self.ok("--help"))
        self.assertIn("--segment", self.ok("table", "--help"))
        self.assertRegex(self.ok("--version"), r"\Apulseline \d+\.\d+\.\d+\n\Z")

    def test_used_wrongly(self):
        wide = self.write("in.csv", "participant,t0\na,1\n")
        session = self.path("a.pulse")
        self.ok("import", wide, "-o", session, "--layout", "wide")
        (self.dir / "link.pulse").symlink_to("a.pulse")
        before = self.hashes()
        for says, arguments in [
            ("give a verb", []),
            ("unknown verb 'tabel'", ["tabel", session]),
            ("unknown option '--frobnicate'", ["--frobnicate"]),
            ("unknown option '--frobnicate'", ["--frobnicate", "table", session]),
            ("FILE", ["table"]),
            ("expected", ["table", session, "other.pulse"]),
            ("--weihgts", ["table", session, "--weihgts"]),
            ("'soon' is not a whole number", ["table", session, "--lag-ms", "soon"]),
            ("'-1' is not a whole number", ["table", session, "--lag-ms", "-1"]),
            ("'1.5' is not a whole number", ["table", session, "--lag-ms", "1.5"]),
            ("'0x10' is not a whole number", ["table", session, "--lag-ms", "0x10"]),
            ("--lag-ms", ["table", session, "--lag-ms"]),
            ("'100' is not a whole number from 250 to 60000", ["table", session, "--tick-ms", "100"]),
            ("'0' is not a whole number from 1", ["table", session, "--min-n", "0"]),
            ("--base", ["table", session, "--base", "all"]),
            ("no attribute 'age'", ["table", session, "--segment", "Young=age=18"]),
            ("NAME=attribute=value", ["table", session, "--segment", "Young"]),
            ("NAME=attribute=value", ["table", session, "--segment", "="]),
            ("attribute=value", ["table", session, "--segment", "Young=18"]),
            ("no target 'Bob'", ["table", session, "--target", "Bob"]),
            ("overwrite the session", ["table", session, "-o", session]),
            ("overwrite the session", ["export", session, "-o", session]),
            ("overwrite the session", ["table", session, "-o", session + "-wal"]),
            ("overwrite the session", ["export", session, "-o", session + "-shm"]),
            ("overwrite the session", ["table", self.path("link.pulse"), "-o", self.path("./a.pulse-journal")]),
            ("part of the session", ["copy", session, "-o", session + "-lock"]),
            ("ws://", ["simulate", "--url", "foo", "--code", "K7MPX3", "--participants", "1"]),
            ("--rule", ["moments", session, "--threshold", "1"]),
            ("--threshold", ["moments", session, "--rule", "absolute"]),
            ("--rule", ["moments", session, "--rule", "steep", "--threshold", "1"]),
            ("'much' is not a number", ["moments", session, "--rule", "absolute", "--threshold", "much"]),
            ("'nan' is not a number", ["moments", session, "--rule", "absolute", "--threshold", "nan"]),
            ("'-1' is not a number", ["moments", session, "--rule", "absolute", "--threshold", "-1"]),
            ("--layout", ["import", wide, "-o", session]),
            ("--layout", ["import", wide, "-o", session, "--layout", "tall"]),
            ("--output", ["import", wide, "--layout", "wide"]),
            ("--output", ["copy", session]),
            ("--mode", ["import", wide, "-o", session, "--layout", "wide", "--mode", "dial"]),
            ("MIN:MAX:NEUTRAL", ["import", wide, "-o", session, "--layout", "wide", "--scale", "0:100"]),
            ("MIN:MAX:NEUTRAL", ["import", wide, "-o", session, "--layout", "wide", "--scale", "0:x:1"]),
            ("NEUTRAL between", ["import", wide, "-o", session, "--layout", "wide", "--scale", "0:1:2"]),
            ("250 to 60000", ["import", wide, "-o", session, "--layout", "wide", "--tick-ms", "60001"]),
            ("--hold is for mode latched", ["import", wide, "-o", "b.pulse", "--layout", "long", "--hold"]),
            ("--hold is for", ["import", wide, "-o", session, "--layout", "wide", "--mode", "reset", "--hold"]),
        ]:
            with self.subTest(arguments):
                self.fails(2, says, *arguments)
        self.assertEqual(self.hashes(), before)

    def test_failed(self):
        foreign = self.write("foreign.pulse", "not a session")
        missing = self.path("missing.pulse")
        before = self.hashes()
        for verb in ("table", "export", "info"):
            self.fails(1, "does not exist", verb, missing)
            self.fails(1, "is not a Pulseline session", verb, foreign)
            self.fails(1, "is a folder", verb, self.dir)
        moments = ["moments", missing, "--rule", "absolute", "--threshold", "1"]
        self.fails(1, "does not exist", *moments)
        self.fails(1, "does not exist", "copy", missing, "-o", self.path("b.pulse"))
        self.fails(1, "does not exist", "import", self.path("none.csv"), "-o", missing, "--layout", "wide")
        self.assertEqual(self.hashes(), before)


class Serve(Case):
    ADDRESS = "ws://127.0.0.1:9/#stream=responses"
    ACCESS = "&code=K7MPX3&key=k"

    def start(self, *options, **more):
        server = subprocess.Popen([PULSELINE, "serve", self.path("a.pulse"), "--port", "0", *options],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        self.addCleanup(server.communicate)
        self.addCleanup(server.kill)
        return server

    def test_used_wrongly(self):
        self.write("plain.pem", "no certificate")
        for says, texts in [
            ("code and the key", [self.ADDRESS]),
            ("code and the key", [self.ADDRESS + "&code=&key=k"]),
            ("code and the key", [self.ADDRESS + "&code=K7MPX3"]),
            ("'stream' stands twice", [self.ADDRESS + self.ACCESS + "&stream=cells"]),
            ("ws:// or wss://", [self.ADDRESS.replace("ws:", "http:") + self.ACCESS]),
            ("no file of certificates", [self.ADDRESS + self.ACCESS + "&ca=" + self.path("plain.pem")]),
            ("no file of certificates", [self.ADDRESS + self.ACCESS + "&ca=" + self.path("none.pem")]),
            ("two upstreams are named east", [f"east={self.ADDRESS}{self.ACCESS}"] * 2),
        ]:
            with self.subTest(texts):
                options = [word for text in texts for word in ("--upstream", text)]
                self.fails(2, says, "serve", self.path("a.pulse"), "--port", "0", *options)
        self.fails(2, "--ticket-sheet would overwrite", "serve", self.path("a.pulse"), "--port", "0", "--tickets", "2",
                   "--ticket-sheet", self.path("a.pulse-wal"))
        self.assertFalse((self.dir / "a.pulse").exists())

    def test_says_what_of_a_transcript_it_leaves_out(self):
        transcript = self.write("t.srt", "1\n00:00:01,000 --> 00:00:02,000\none\n\n"
                                "2\n00:00:03,000 --> 00:00:03,000\nnever\n")
        self.assertIn(b"t.srt: left out 1 that do not end after they began",
                      self.start("--transcript", transcript).stderr.readline())

    def test_a_start_that_fails_leaves_no_file(self):
        transcript = self.path("none.srt")
        self.fails(1, transcript, "serve", self.path("a.pulse"), "--port", "0", "--transcript", transcript)
        self.fails(1, "no/sheet", "serve", self.path("a.pulse"), "--port", "0", "--tickets", "2", "--ticket-sheet",
                   self.path("no/sheet.html"))
        self.assertEqual(self.hashes(), {})

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_keys_that_nobody_saw_end_it(self):
        reading, writing = os.pipe()
        os.close(reading)
        with open("/dev/full", "w") as full, open(writing, "w") as closed:
            for out in (full, closed):
                arguments = [PULSELINE, "serve", self.path("a.pulse"), "--port", "0"]
                done = subprocess.run(arguments, stdout=out, stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr.decode(), r"\Apulseline: standard output cannot be written[^\n]+\n\Z")
                self.assertEqual(self.hashes(), {})

    def test_ends_cleanly_on_each_of_the_signals(self):
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            server = self.start()
            server.stdout.readline()
            server.send_signal(ending)
            self.assertEqual(server.wait(60), 0, ending)
            self.assertEqual(list(self.hashes()), ["a.pulse"])

    @unittest.skipUnless(os.path.exists("/proc/self/status"), "needs /proc")
    def test_goes_on_under_nohup(self):
        server = self.start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        server.stdout.readline()
        status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
        ignored = int(re.search(r"SigIgn:\s*(\w+)", status).group(1), 16)
        self.assertTrue(ignored >> (signal.SIGHUP - 1) & 1, "as it was")
        server.send_signal(signal.SIGINT)
        self.assertEqual(server.wait(60), 0)

    def test_another_client_does_not_keep_it_from_being_complete(self):
        server = self.start()
        server.stdout.readline()
        other = sqlite3.connect(self.path("a.pulse"))
        self.addCleanup(other.close)
        self.assertEqual(other.execute("SELECT count(*) FROM response").fetchone(), (0,))
        server.send_signal(signal.SIGINT)
        self.assertEqual(server.wait(60), 0)
        self.assertIn("a.pulse is complete, but open elsewhere too", server.stderr.read().decode())
        alone = self.write("alone.pulse", (self.dir / "a.pulse").read_bytes())
        self.assertEqual(json.loads(self.ok("info", alone))["targets"], ["main"])


class Files(Case):
    def session(self, name="a.pulse"):
        table = self.write("in.csv", "participant,t0,t1\n" + "".join(f"p{i},{i},{i + 1}\n" for i in range(9)))
        self.ok("import", table, "-o", self.path(name), "--layout", "wide", "--title", "A speech")
        return self.path(name)

    def test_output_goes_to_a_file_whole_or_not_at_all(self):
        session = self.session()
        text = self.ok("table", session)
        self.write("t.csv", "an older table")
        self.assertEqual(self.ok("table", session, "-o", self.path("t.csv")), "")
        self.assertEqual((self.dir / "t.csv").read_bytes().decode(), text)
        self.ok("table", session, "-o", "/dev/null")
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())
        (self.dir / "link.csv").symlink_to("t2.csv")
        self.ok("export", session, "-o", self.path("link.csv"))
        self.assertTrue((self.dir / "link.csv").is_symlink())
        self.assertIn("p0,0,0,1,main,0", (self.dir / "t2.csv").read_text())
        before = self.hashes()
        self.fails(1, "cannot be written", "table", session, "-o", self.path("no/such/folder.csv"))
        self.fails(1, "is a folder", "table", session, "-o", self.dir)
        self.fails(2, "no target", "table", session, "-o", self.path("t.csv"), "--target", "x")
        self.assertEqual(self.hashes(), before)

    @unittest.skipUnless(os.path.exists("/dev/full"), "needs /dev/full")
    def test_a_full_disk_is_noticed(self):
        session = self.session()
        self.fails(1, "could not be written to its end", "table", session, "-o", "/dev/full")
        with open("/dev/full", "w") as full:
            for arguments in (["table", session], ["export", session], ["info", session]):
                done = subprocess.run([PULSELINE, *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(done.returncode, 1, arguments)

    def test_an_import_that_finds_no_room_leaves_nothing(self):
        session = self.session()
        rows = ((f"p{i}", second * 1000, i % 100) for second in range(60) for i in range(300))
        table = self.write_rows("many.csv", ["participant", "position_ms", "value"], rows)
        before = self.hashes()

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

        for name in ("new.pulse", "a.pulse"):
            arguments = [PULSELINE, "import", table, "-o", self.path(name), "--layout", "long", "--mode", "latched",
                         "--scale", "0:100:50"]
            done = subprocess.run(arguments, stderr=subprocess.PIPE, timeout=60, preexec_fn=limit)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr.decode(), rf"\Apulseline: {re.escape(self.path(name))}[^\n]+\n\Z")
        self.assertEqual(set(self.hashes()), set(before))
        self.assertEqual(json.loads(self.ok("info", session))["responses"], 18)

    def test_copies(self):
        session = self.session()
        before = self.hashes()
        self.ok("copy", session, "-o", self.path("b.pulse"))
        self.assertEqual(self.ok("export", self.path("b.pulse")), self.ok("export", session))
        self.assertEqual(set(self.hashes()) - set(before), {"b.pulse"})
        self.fails(1, "exists already", "copy", session, "-o", self.path("b.pulse"))
        self.fails(1, "exists already", "copy", session, "-o", session)

    def test_info(self):
        people = self.write("people.csv", "participant,party\np0,red\np1,blue\np2,red\n")
        table = self.write("in.csv", "participant,t0,t2.5\np0,1,\np1,2,5\np2,3,\np3,,7\n")
        session = self.path("a.pulse")
        self.ok("import", table, "-o", session, "--layout", "wide", "--participants", people,
                "--scale", "1:7:4", "--mode", "reset", "--tick-ms", 1000, "--title", "Über «alles»")
        info = json.loads(self.ok("info", session))
        strata = info.pop("strata")
        self.assertEqual(info, {
            "title": "Über «alles»", "mode": "reset", "scale": {"min": 1, "max": 7, "neutral": 4}, "tick_ms": 1000,
            "duration_ms": 2500, "targets": ["main"], "participants": 4, "responses": 5, "simulated": False,
        })
        self.assertEqual([(s["party"], s["attributes"], s["participants"]) for s in strata], [
            ("red", {"party": "red"}, 2), ("blue", {"party": "blue"}, 1), ("", {"party": ""}, 1),
        ])

    def test_takes_participants_out_of_the_count_and_puts_them_back(self):
        session = self.session()
        everybody = self.ok("table", session, "--min-n", 1)
        exported = self.ok("export", session)
        listed = self.rows(self.ok("participants", session, "--take-out", "p8", "--take-out", "p0"))
        self.assertEqual([row["participant"] for row in listed if row["out"] == "1"], ["p0", "p8"])
        self.assertEqual({row["responses"] for row in listed}, {"2"})
        row = self.rows(self.ok("table", session, "--min-n", 1))[0]
        self.assertEqual((row["present"], row["n"], row["mean"]), ("7", "7", "5"))
        info = json.loads(self.ok("info", session))
        self.assertEqual((info["participants"], info["responses"], info["strata"][0]["participants"]), (7, 14, 7))
        self.assertEqual(info["taken_out"], {"participants": 2, "responses": 4})
        self.assertEqual(self.ok("export", session), exported)
        before = self.hashes()
        self.fails(1, "no participant of the session has the id 'px'", "participants", session, "--put-back", "p8",
                   "--take-out", "px")
        self.assertEqual(self.rows(self.ok("participants", session)), listed)
        self.assertEqual(set(self.hashes()), set(before))
        self.ok("participants", session, "--put-back", "p8", "--put-back", "p0")
        self.assertEqual(self.ok("table", session, "--min-n", 1), everybody)
        self.assertNotIn("taken_out", json.loads(self.ok("info", session)))

    def test_a_session_without_responses(self):
        table = self.write("in.csv", "participant,position_ms,value\n")
        session = self.path("a.pulse")
        self.ok("import", table, "-o", session, "--layout", "long")
        self.assertEqual(self.ok("table", session), COLUMNS + "\n")
        self.assertEqual(self.ok("export", session), "participant,position_ms,value,seq,target,pass\n")
        info = json.loads(self.ok("info", session))
        self.assertEqual((info["duration_ms"], info["participants"], info["targets"]), (0, 0, ["main"]))

    def test_a_session_in_use_is_read_and_not_written(self):
        session = self.session()
        text = self.ok("table", session)
        # Another client in the middle of writing.
        other = sqlite3.connect(session, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM response")
        self.assertEqual(self.ok("table", session), text)
        more = self.write("more.csv", "participant,t0\nnew,1\n")
        self.fails(1, "in use by another program", "import", more, "-o", session, "--layout", "wide")
        other.execute("ROLLBACK")
        other.close()
        self.assertEqual(self.ok("table", session), text)


class Import(Case):
    def test_every_way_of_writing_a_table(self):
        plain = "participant,position_ms,value,target\na,0,1,Ada\n\"b, jr\",1000,,Ben\na,2000,-1,\n"
        expected = None
        for text in (plain, plain.replace("\n", "\r\n"), "\ufeff" + plain, plain.rstrip("\n"),
                     plain.replace("a,0,1,Ada", '"a","0","1","Ada"')):
            with self.subTest(text):
                session = self.path("s.pulse")
                self.ok("import", self.write("in.csv", text), "-o", session, "--layout", "long")
                expected = expected or self.ok("export", session)
                self.assertEqual(self.ok("export", session), expected)
                os.remove(session)
        self.assertEqual(expected, "participant,position_ms,value,seq,target,pass\n"
                         "a,0,1,1,Ada,0\n\"b, jr\",1000,,1,Ben,0\na,2000,-1,2,main,0\n")
        self.ok("import", "-", "-o", self.path("s.pulse"), "--layout", "long", stdin=plain.encode())
        self.assertEqual(self.ok("export", self.path("s.pulse")), expected)

    def test_odd_ids_go_round(self):
        ids = ["=1+1", "+x", "-y", "@z", 'say "hi"', "a,b", "two\nlines", " blank ", "ünï", "x" * 300, "0012", "NULL"]
        table = self.write_rows("in.csv", ["participant", "position_ms", "value"], [(i, 5, 1) for i in ids])
        self.ok("import", table, "-o", self.path("a.pulse"), "--layout", "long")
        text = self.ok("export", self.path("a.pulse"))
        self.assertEqual([row["participant"] for row in self.rows(text)], ids)
        self.ok("import", "-", "-o", self.path("b.pulse"), "--layout", "long", stdin=text.encode())
        self.assertEqual(self.ok("export", self.path("b.pulse")), text)

    def test_nothing_is_written_when_something_is_wrong(self):
        good = self.write("good.csv", "participant,position_ms,value,seq\na,0,1,1\n")
        session, new = self.path("a.pulse"), self.path("new.pulse")
        self.ok("import", good, "-o", session, "--layout", "long")
        for says, text in [
            ("bad.csv line 3: the value '2'", "participant,position_ms,value,seq\nb,0,1,1\nb,5,2,2\n"),
            ("bad.csv line 2: the position '-5'", "participant,position_ms,value\nb,-5,1\n"),
            ("bad.csv line 3: seq 1 stands", "participant,position_ms,value,seq\nb,0,1,1\nb,0,0,1\n"),
            ("bad.csv line 1: unknown column", "participant,position_ms,value,colour\n"),
            ("bad.csv is empty", ""),
            ("bad.csv line 2: not UTF-8", b"participant,position_ms,value\n\xe9,0,1\n"),
        ]:
            bad = self.write("bad.csv", text)
            before = self.hashes()
            for file in (session, new):
                self.fails(1, says, "import", bad, "-o", file, "--layout", "long")
            self.assertEqual(self.hashes(), before)
        taken = self.write("taken.csv", "participant,position_ms,value,seq\na,0,0,1\n")
        before = self.hashes()
        self.fails(1, "taken.csv line 2: seq 1 stands", "import", taken, "-o", session, "--layout", "long")
        self.fails(1, "has mode reset", "import", taken, "-o", session, "--layout", "long", "--mode", "latched")
        self.fails(1, "cannot be written", "import", good, "-o", self.path("no/folder.pulse"), "--layout", "long")
        self.assertEqual(self.hashes(), before)

    def test_says_what_it_left_as_it_is(self):
        people = self.write("people.csv", "participant,age\na,30\n")
        table = self.write("in.csv", "participant,t0\na,5\n")
        session = self.path("a.pulse")
        self.ok("import", table, "-o", session, "--layout", "wide", "--participants", people, "--title", "One")
        self.write("people.csv", "participant,age\na,40\n")
        done = self.run_it("import", table, "-o", session, "--layout", "wide", "--participants", people, "--title", "Two")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.decode().splitlines()), 2)
        self.assertIn("keeps its title", done.stderr.decode())
        self.assertIn("1 participants", done.stderr.decode())
        self.assertEqual(json.loads(self.ok("info", session))["title"], "One")

    def test_held_values_fill_the_ticks_between(self):
        table = self.write("in.csv", "participant,position_ms,value\na,2000,10\na,23000,90\na,41000,20\n")
        session = self.path("a.pulse")
        self.ok("import", table, "-o", session, "--layout", "long", "--mode", "latched", "--scale", "0:100:50", "--hold")
        for lag_ms in (0, 1000, 2500, 4000):
            rows = self.rows(self.ok("table", session, "--min-n", 1, "--lag-ms", lag_ms))
            # Sample and hold, looked up at the last moment of each tick that the speech of `a` reaches.
            changes = [(2000, 10), (23000, 90), (41000, 20)]
            want = []
            for tick in range((41000 - lag_ms) // 5000 + 1):
                end = min((tick + 1) * 5000 - 1 + lag_ms, 41000)
                want.append([v for at, v in changes if at <= end][-1])
            # A repeat may come a moment before the change that ends its tick, never after it.
            self.assertEqual([row["mean"] for row in rows], [str(v) for v in want])


class Audience:
    """People who answer at random, as `recount` takes a session: made here, not read from a file."""

    def __init__(self, seed, scale=(-2, 2, 0), targets=("Ada", "Ben"), people=60, each=80, length_ms=120_000):
        random.seed(seed)
        self.scale, self.neutral, self.segments = scale, scale[2], {}
        self.tick_ms, self.lag_ms = 5000, 0
        self.attributes = ["age", "party"]
        self.people = {f"p{p}": (random.choice(["18-29", "30-59", ""]), random.choice(["red", "blue", "none"]))
                       for p in range(people)}
        answers = sorted(set(self.people.values()))
        self.strata = {i: dict(zip(self.attributes, answer)) for i, answer in enumerate(answers)}
        self.stratum_of = {person: answers.index(answer) for person, answer in self.people.items()}
        self.responses = [response for person in self.people
                          for response in self.answers(person, targets, random.randint(1, each), length_ms)]
        random.shuffle(self.responses)
        self.targets = list(dict.fromkeys(response[1] for response in self.responses))

    def answers(self, person, targets, count, length_ms):
        low, high, neutral = self.scale
        lean = random.uniform(low, high)
        for seq in range(1, count + 1):
            value = random.choice([lean, neutral, random.uniform(low, high)])
            value = random.choice([float(round(value)), round(value, 3), None])
            pass_ = random.choice([0, 0, 0, 1, 2])
            yield person, random.choice(targets), seq, pass_, random.randrange(length_ms), value

    def long_rows(self):
        return [(person, at, "" if value is None else repr(value), seq, target, pass_)
                for person, target, seq, pass_, at, value in self.responses]

    def options(self, segments=(), **given):
        defaults = dict(target=None, tick_ms=None, lag_ms=None, base="active", min_n=5, rule=None, threshold=None,
                        merge_gap_ms=5000)
        return types.SimpleNamespace(segment=segments, **{**defaults, **given})

    def table(self, segments=(), **given):
        rows = recount.table(self, self.options(segments, **given))
        return [{name: row[name] for name in COLUMNS.split(",")} for row in rows]

    def moments(self, segments, **given):
        rows = recount.moments(self, self.options(segments, **given))
        return [{name: row[name] for name in recount.MOMENTS} for row in rows]


def arguments_for(segments=(), **given):
    """The command's arguments for the options of a recount."""
    words = [word for segment in segments for word in ("--segment", segment)]
    for name, value in given.items():
        words += ["--" + name.replace("_", "-"), value]
    return words


class Tables(Case):
    """Random audiences, compared with the recount cell by cell."""

    def make(self, audience, mode="reset", tick_ms=5000):
        session = self.path("a.pulse")
        rows = audience.long_rows()
        rows += random.sample(rows, 100)  # sent twice
        table = self.write_rows("in.csv", "participant position_ms value seq target pass".split(), rows)
        people = [(person, *answers) for person, answers in audience.people.items()]
        people = self.write_rows("people.csv", ["participant", *audience.attributes], people)
        self.ok("import", table, "-o", session, "--layout", "long", "--mode", mode, "--tick-ms", tick_ms, "--scale",
                ":".join(map(str, audience.scale)), "--participants", people)
        return session

    def test_every_figure(self):
        cut = ["Young red=age=18-29;party=red", "No age=age=", "All", "Camps=party=red|blue",
               "Nobody=age=18-29;party=none;age=30-59"]
        for seed, mode, scale in [(1, "reset", (-2, 2, 0)), (2, "latched", (0, 100, 50)), (3, "latched", (1, 7, 4))]:
            audience = Audience(seed, scale)
            session = self.make(audience, mode)
            for options in (
                {},
                {"min_n": 1, "base": "present"},
                {"lag_ms": 3700, "tick_ms": 250},
                {"lag_ms": 200_000, "min_n": 30},
                {"tick_ms": 60_000},
                {"target": "Ben"},
            ):
                for segments in ((), cut):
                    with self.subTest(options, scale=scale, segments=segments):
                        text = self.ok("table", session, *arguments_for(segments, **options))
                        self.assert_table(text, audience.table(segments, **options))
            os.remove(session)

    def test_moments(self):
        audience = Audience(4, (0, 100, 50))
        session = self.make(audience, "latched")
        segments = ["All=", "Red=party=red"]
        found = 0
        for rule, threshold in [("absolute", 2), ("absolute", 0), ("relative", 1.2), ("relative", 0.5),
                                ("polarising", 22.5), ("polarising", 0)]:
            for merge_gap_ms, min_n, tick_ms in [(5000, 5, 5000), (0, 5, 5000), (20_000, 20, 5000), (5000, 3, 1000)]:
                options = dict(rule=rule, threshold=threshold, merge_gap_ms=merge_gap_ms, min_n=min_n, tick_ms=tick_ms,
                               lag_ms=1000)
                with self.subTest(options):
                    want = audience.moments(segments, **options)
                    text = self.ok("moments", session, *arguments_for(segments, **options))
                    self.assertEqual(text.splitlines()[0], ",".join(recount.MOMENTS))
                    self.assert_table(text, want)
                    found += len(want)
        self.assertGreater(found, 100)

    def test_a_value_that_nobody_has_is_a_warning(self):
        session = self.make(Audience(5))
        done = self.run_it("table", session, "--segment", "Old=age=18-29|90+")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.decode(), "pulseline: warning: segment 'Old': nobody has age=90+\n")

    def test_export_and_import_go_round(self):
        audience = Audience(6, (0, 100, 50))
        session = self.make(audience, "latched", 2500)
        whole = self.ok("export", session)
        self.assertEqual(len(self.rows(whole)), len(audience.responses))
        again = self.path("again.pulse")
        for _ in range(2):  # the second time adds nothing
            self.ok("import", "-", "-o", again, "--layout", "long", "--mode", "latched", "--scale", "0:100:50",
                    "--tick-ms", 2500, "--participants", self.path("people.csv"), stdin=whole.encode())
            self.assertEqual(self.ok("export", again), whole)
            self.assertEqual(self.ok("table", again, "--segment", "R=party=red"),
                             self.ok("table", session, "--segment", "R=party=red"))

    def test_wide_tables(self):
        audience = Audience(7, (0, 100, 50), ["main"])
        seconds = random.sample(range(90), 90)
        cells = {(p, s): random.choice([None, random.randint(0, 100)]) for p in audience.people for s in seconds}
        audience.responses = [(p, "main", s + 1, 0, s * 1000, float(v)) for (p, s), v in cells.items() if v is not None]
        rows = [[p, *("" if cells[p, s] is None else cells[p, s] for s in seconds)] for p in audience.people]
        session = self.path("a.pulse")
        self.ok("import", self.write_rows("in.csv", ["participant", *(f"t{s}" for s in seconds)], rows), "-o", session,
                "--layout", "wide")
        self.assert_table(self.ok("table", session), audience.table())

    def test_stored_segments_come_after_all(self):
        audience = Audience(8)
        session = self.make(audience)
        audience.segments = {"Reds": "party=red", "Young": "age=18-29"}
        with sqlite3.connect(session) as other:
            other.executemany("INSERT INTO segment VALUES (?, ?)", audience.segments.items())
        other.close()
        want = audience.table()
        self.assertEqual(list(dict.fromkeys(row["segment"] for row in want)), ["All", "Reds", "Young"])
        self.assert_table(self.ok("table", session), want)
        self.assert_table(self.ok("table", session, "--segment", "Reds"), audience.table(["Reds"]))

    def test_the_query_of_the_docs_counts_the_same(self):
        session = self.make(Audience(9, (0, 100, 50)), "latched")
        query = re.search(r"```sql\n(WITH .*?)```", README.read_text(), re.S).group(1)
        with sqlite3.connect(session) as client:
            counted = client.execute(query).fetchall()
        client.close()
        rows = [row for row in self.rows(self.ok("table", session, "--lag-ms", 2000, "--min-n", 1)) if row["n"] != "0"]
        rows.sort(key=lambda row: (row["target"], int(row["tick"])))
        self.assertEqual([tuple(map(str, row[:4])) for row in counted],
                         [(row["target"], row["tick"], row["present"], row["n"]) for row in rows])
        for row, (*_, mean) in zip(rows, counted):
            self.assertAlmostEqual(mean, float(row["mean"]), places=9)


if __name__ == "__main__":
    PULSELINE = sys.argv.pop(1)
    unittest.main()
