#!/usr/bin/env python3
"""Random sessions through `pulseline import`, and what `pulseline` makes of them against recount.py.

    recount_test.py PULSELINE [SEED…]

Every seed is one session: buttons or a dial, an odd scale, attributes some left unanswered, several targets, passes,
presses without a value, responses out of order; then tables, moments and totals under many options. What differs is shown
with the seed, and the session is kept.
"""

import csv
import io
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

RECOUNT = [sys.executable, str(Path(__file__).with_name("recount.py"))]
SEEDS = range(1, 10)
SCALES = {"-1:1:0": 1, "-2:2:0": 1, "0:100:50": 10, "1:7:4": 1, "-0.3:0.9:0.1": 100, "0:1:0": 1000}  # with steps a unit
ATTRIBUTES = {"party": ["red", "blue", "grün", 'the "new", party'], "age": ["18-29", "30-59", "60+"], "left_handed": ["yes"]}


class Different(Exception):
    pass


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise Different(f"{command} gave {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def write_csv(path, header, rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


class Sample:
    """One random session, imported."""

    def __init__(self, pulseline, seed, folder):
        self.random = random.Random(seed)
        self.pulseline = pulseline
        self.folder = folder
        self.file = folder / f"session{seed}.pulse"
        self.scale = self.random.choice(list(SCALES))
        self.people = [f"p{number}" for number in range(self.random.choice((3, 25, 120)))]
        self.length_ms = self.random.choice((9_000, 60_000, 600_000))
        self.tick_ms = self.random.choice((250, 1000, 5000, 7001, 60_000))
        self.targets = self.random.choice(([], ["main"], ["Ms Ä", "Mr, B"]))
        self.wide = seed % 3 == 0
        self.make()

    def value(self):
        """A number of the scale, sometimes none, sometimes just neutral."""
        low, high, neutral = map(float, self.scale.split(":"))
        steps = SCALES[self.scale]
        if self.random.random() < 0.1:
            return self.scale.split(":")[2]
        value = low + self.random.randint(0, round((high - low) * steps)) / steps
        return repr(min(high, max(low, round(value, 6))))

    def make(self):
        command = [self.pulseline, "import"]
        if self.wide:
            columns = list(range(self.length_ms // 1000))
            self.random.shuffle(columns)
            sent = [[who] + [self.value() if self.random.random() < 0.7 else "" for _ in columns] for who in self.people]
            command += [write_csv(self.folder / "in.csv", ["participant", *(f"t{second}" for second in columns)], sent)]
            command += ["--layout", "wide", *self.random.choice(([], ["--hold"]))]
        else:
            header = ["participant", "position_ms", "value", "seq", "pass"] + (["target"] if self.targets else [])
            command += [write_csv(self.folder / "in.csv", header, self.long_rows()), "--layout", "long"]
            command += ["--mode", self.random.choice(("reset", "latched"))]
        answers = [
            [who] + [self.random.choice([*values, ""]) for values in ATTRIBUTES.values()]
            for who in self.people
            if self.random.random() < 0.9
        ]
        who_is_who = write_csv(self.folder / "people.csv", ["participant", *ATTRIBUTES], answers)
        command += ["--participants", who_is_who, f"--scale={self.scale}", "--tick-ms", str(self.tick_ms)]
        run([*map(str, command), "-o", str(self.file)])
        out = [who for who in self.known() if self.random.random() < self.random.choice((0, 0.3))]
        run([self.pulseline, "participants", str(self.file), *(part for who in out for part in ("--take-out", who))])

    def known(self):
        listed = run([self.pulseline, "participants", str(self.file)])
        return [row["participant"] for row in csv.DictReader(io.StringIO(listed))]

    def long_rows(self):
        rows = []
        for who in self.people:
            seq, turn = 0, 0
            for _ in range(self.random.randint(0, 80)):
                seq += 1 if self.random.random() < 0.98 else self.random.randint(1, 100_000)
                turn += self.random.random() < 0.05
                value = "" if self.random.random() < 0.2 else self.value()
                row = [who, self.random.randrange(self.length_ms), value, seq, turn]
                rows.append(row + [self.random.choice(self.targets)] if self.targets else row)
        self.random.shuffle(rows)
        return rows

    # --- what is asked of it ------------------------------------------------------------------------------------------

    def options(self, targets):
        yield []
        yield ["--min-n", "1"]
        yield ["--min-n", "1", "--base", "present", "--lag-ms", str(self.random.randint(1, 4000))]
        yield ["--tick-ms", str(self.random.choice((250, 333, 2000, 60_000))), "--min-n", "2"]
        yield ["--segment", "Reds=party=red", "--segment", "Young or old, not blue=age=18-29|60+;party=red|grün"]
        yield ["--min-n", "1", "--segment", "Silent on it=party=", "--segment", "Everybody=", "--segment", "All"]
        yield ["--min-n", "3", "--segment", 'N=party=the "new", party|;age=30-59', "--lag-ms", "0", "--tick-ms", "1000"]
        yield ["--target", targets[-1], "--min-n", "1"]

    def rules(self):
        low, high, _ = map(float, self.scale.split(":"))
        # Thresholds that no mean of a few steps of the scale lands on.
        for share in (0.0371, 0.1234, 0.2871):
            for rule, unit in (("absolute", high - low), ("relative", 5), ("polarising", high - low)):
                gap = self.random.choice(([], ["--merge-gap-ms", "0"], ["--merge-gap-ms", "12000"]))
                yield ["--rule", rule, "--threshold", repr(share * unit), *gap]

    def compare(self, what, options):
        ours, theirs = self.folder / "ours.csv", self.folder / "theirs.csv"
        with open(ours, "wb") as file:
            subprocess.run([self.pulseline, what, str(self.file), *options], stdout=file, stderr=subprocess.DEVNULL, check=True)
        with open(theirs, "wb") as file:
            subprocess.run([*RECOUNT, str(self.file), what, *options], stdout=file, check=True)
        try:
            run([*RECOUNT, "compare", str(ours), str(theirs)])
        except Different as different:
            raise Different(f"{what} {options}: pulseline and recount.py differ\n{different}") from None
        return sum(1 for _ in open(theirs, encoding="utf-8")) - 1

    def compare_totals(self):
        info = json.loads(run([self.pulseline, "info", str(self.file)]))
        counted = json.loads(run([*RECOUNT, str(self.file), "totals"]))
        for key in counted.keys() - {"strata"}:
            if info[key] != counted[key]:
                raise Different(f"{key} is {info[key]} and {counted[key]}")

        def people(strata):
            return sorted((json.dumps(one["attributes"], sort_keys=True), one["participants"]) for one in strata)

        if people(info["strata"]) != people(counted["strata"]):
            raise Different(f"strata are {people(info['strata'])} and {people(counted['strata'])}")
        if sum(one["participants"] for one in counted["strata"]) != counted["participants"]:
            raise Different("the strata do not add up to the participants")
        return counted

    def compare_cells(self):
        """The cells of all strata add up to the rows of everybody."""
        sums = {}
        for row in csv.DictReader(io.StringIO(run([*RECOUNT, str(self.file), "cells"]))):
            counts = sums.setdefault((row["target"], row["tick"]), [0, 0, 0, 0])
            for place, name in enumerate(("present", "n", "likes", "dislikes")):
                counts[place] += int(row[name])
        table = run([self.pulseline, "table", str(self.file), "--min-n", "1", "--segment", "All"])
        for row in csv.DictReader(io.StringIO(table)):
            counts = sums.get((row["target"], row["tick"]), [0, 0, 0, 0])
            shown = [int(row[name] or -1) for name in ("present", "n", "likes", "dislikes")]
            if shown != counts and (counts[1] > 0 or row["n"] != "0"):
                raise Different(f"{row['target']}, tick {row['tick']}: {shown} and {counts}")

    def check(self):
        totals = self.compare_totals()
        self.compare_cells()
        rows = found = 0
        for options in self.options(totals["targets"]):
            rows += self.compare("table", options)
        for rule in self.rules():
            found += self.compare("moments", [*rule, "--min-n", self.random.choice("125")])
        return totals, rows, found


def check_that_compare_sees(folder):
    """One count off by one, one figure by 1e-8 of itself, a missing row: each must be found, and 1e-10 must not."""
    header = "segment,target,tick,start_ms,n,mean\r\n"
    tables = {"same": f"{header}All,main,0,0,5,0.25\r\nAll,main,1,5000,6,0.5\r\n"}
    tables["near"] = tables["same"].replace("0.25", "0.250000000025")
    tables["figure"] = tables["same"].replace("0.25", "0.2500000025")
    tables["empty"] = tables["same"].replace("0.25", "")
    tables["count"] = tables["same"].replace("5000,6", "5000,7")
    tables["short"] = header + "All,main,0,0,5,0.25\r\n"
    tables["columns"] = tables["same"].replace("mean", "sd")
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    for name in tables:
        command = [*RECOUNT, "compare", str(folder / "same"), str(folder / name)]
        status = subprocess.run(command, capture_output=True, check=False).returncode
        if status != (0 if name in ("same", "near") else 1):
            raise Different(f"compare gave {status} for '{name}'")


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_that_compare_sees(Path(folder))
    pulseline, seeds = sys.argv[1], [int(seed) for seed in sys.argv[2:]] or SEEDS
    all_rows = all_moments = 0
    for seed in seeds:
        folder = Path(tempfile.mkdtemp(prefix="recount-"))
        sample = None
        try:
            sample = Sample(pulseline, seed, folder)
            totals, rows, found = sample.check()
        except (Different, subprocess.CalledProcessError, KeyError, ValueError) as error:
            print(f"seed {seed} (kept in {folder}): {type(error).__name__}: {error}")
            return 1
        print(f"seed {seed}: {totals['responses']} responses of {totals['participants']}, {rows} rows, {found} moments")
        all_rows += rows
        all_moments += found
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    if seeds is SEEDS and (all_rows < 1000 or all_moments < 50):
        print(f"only {all_rows} rows and {all_moments} moments were compared")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
