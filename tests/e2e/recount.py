#!/usr/bin/env python3
"""An independent count of a session file, to be compared with what `pulseline` and OBS show.

    recount.py FILE [table|cells|moments|totals] [options]
    recount.py compare A.csv B.csv

Written from the rules (plugin/core/README.md, plugin/session/README.md) and not from the plugin's code: it keeps every
value of every tick and works the figures out from those, with no sums that are carried along. Needs Python 3.9 alone.

`table` and `moments` give the columns of the commands of those names; `cells` a row for each stratum, target and tick
that anybody was present in; `totals` JSON. `compare` says where two such tables differ: counts must be equal, figures
agree within 1e-9 relative. Exit status: 0 done or the same, 1 failed or different, 2 used wrongly.
"""

import argparse
import csv
import json
import math
import signal
import sqlite3
import sys
from collections import defaultdict
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

sys.dont_write_bytecode = True
from compare_tables import Unreadable, compare  # noqa: E402 (nothing is left beside the sources)

# --- the file ---------------------------------------------------------------------------------------------------------


class Failure(Exception):
    """One line that says what is wrong."""


class Misuse(Failure):
    """The command was used wrongly."""


class Session:
    """What a `*.pulse` file says; `responses` are (participant, target, seq, pass, position_ms, value) as they came, but
    those of who is out of the count."""

    def __init__(self, path):
        if not Path(path).is_file():
            raise Failure(f"{path} is not there")
        try:
            with closing(sqlite3.connect(f"file:{quote(str(Path(path).resolve()))}?mode=ro", uri=True)) as db:
                self._read(db)
        except sqlite3.Error as error:
            raise Failure(f"{path} cannot be read: {error}") from error

    def _read(self, db):
        keys = dict(db.execute("SELECT key, value FROM session"))
        self.tick_ms = int(keys["tick_ms"])
        self.lag_ms = int(keys.get("lag_ms") or 0)
        self.neutral = float(keys["scale_neutral"])
        self.keys = keys
        self.attributes = [name for (name,) in db.execute("SELECT name FROM attribute ORDER BY position")]
        self.strata = {
            number: {name: json.loads(text).get(name, "") for name in self.attributes}
            for number, text in db.execute("SELECT id, attributes FROM stratum ORDER BY id")
        }
        people = db.execute("SELECT id, stratum, simulated FROM participant").fetchall()
        ((version,),) = db.execute("PRAGMA user_version")
        out = {who for (who,) in db.execute("SELECT participant FROM taken_out")} if version > 1 else set()
        self.stratum_of = {person: stratum for person, stratum, _ in people if person not in out}
        self.simulated = any(simulated for _, _, simulated in people)
        self.targets = [name for (name,) in db.execute("SELECT id FROM target ORDER BY position")]
        self.segments = dict(db.execute("SELECT name, expression FROM segment ORDER BY rowid"))
        came = db.execute(
            "SELECT participant, target, seq, pass, position_ms, value FROM response ORDER BY rowid"
        ).fetchall()
        self.furthest_ms = max((response[4] for response in came), default=0)
        self.responses = [response for response in came if response[0] not in out]


# --- counting ---------------------------------------------------------------------------------------------------------


class Count:
    """Who was present, by stratum and tick, and the values that count, by stratum, target and tick."""

    def __init__(self, session, tick_ms=None, lag_ms=None):
        self.session = session
        self.tick_ms = session.tick_ms if tick_ms is None else tick_ms
        self.lag_ms = session.lag_ms if lag_ms is None else lag_ms
        present, voices = self._listen()
        self.present = defaultdict(int)
        for person, tick in present:
            self.present[session.stratum_of[person], tick] += 1
        self.values = defaultdict(list)
        for (person, target, tick), (_, _, value) in voices.items():
            if value is not None:
                self.values[session.stratum_of[person], target, tick].append(value)
        self.ticks = 1 + max((tick for _, tick in present), default=-1)

    def _listen(self):
        """One voice per participant, target and tick: of the highest pass the value with the highest seq."""
        taken = set()
        present = set()
        voices = {}
        for person, target, seq, turn, position_ms, value in self.session.responses:
            if (person, seq) in taken:
                continue
            taken.add((person, seq))
            tick = max(0, position_ms - self.lag_ms) // self.tick_ms
            present.add((person, tick))
            place = (person, target, tick)
            # Without a value a response still says which pass it was; any value of that pass stands before it.
            mine = (turn, 0 if value is None else seq, value)
            best = voices.get(place)
            if best is None or mine[:2] > best[:2]:
                voices[place] = mine
        return present, voices

    def gather(self, strata, target, tick):
        """(present, values) of a union of strata in a tick."""
        values = []
        for stratum in strata:
            values += self.values.get((stratum, target, tick), ())
        return sum(self.present.get((stratum, tick), 0) for stratum in strata), values


# --- figures ----------------------------------------------------------------------------------------------------------


def beta_ratio(x, a, b):
    """The regularized incomplete beta function I_x(a, b) by its continued fraction (DLMF 8.17.22, Lentz's method)."""
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_ratio(1 - x, b, a)
    tiny = 1e-300
    c = 1.0
    d = 1 - (a + b) * x / (a + 1) or tiny
    d = 1 / d
    fraction = d
    for m in range(1, 10000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / (1 + step * d or tiny)
            c = 1 + step / c or tiny
            fraction *= d * c
        if abs(d * c - 1) < 1e-16:
            break
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    if b == 0.5 and a > 30:
        log_beta = 0.5 * math.log(math.pi) - log_gamma_step(a)
    elif a == 0.5 and b > 30:
        log_beta = 0.5 * math.log(math.pi) - log_gamma_step(b)
    return math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta) / a * fraction


def log_gamma_step(a):
    """ln Γ(a + 1/2) − ln Γ(a) for large a, where the difference of two logarithms would lose digits."""
    return 0.5 * math.log(a) - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5) + 17 / (14336 * a**7)


@lru_cache(maxsize=None)
def t_quantile(degrees):
    """The 0.975 quantile of Student's t: where both tails together hold 0.05, found by bisection."""
    low, high = 1.9, 13.0
    for _ in range(80):
        middle = (low + high) / 2
        if beta_ratio(degrees / (degrees + middle * middle), degrees / 2, 0.5) > 0.05:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def majority(n, likes, dislikes):
    rest = n - likes - dislikes
    if rest >= likes and rest >= dislikes:
        return "neutral"
    difference = likes - dislikes
    if abs(difference) <= 1.96 * math.sqrt(max(0.0, likes + dislikes - difference**2 / n)):
        return "divided"
    return "like" if difference > 0 else "dislike"


def figures(present, values, neutral, base, min_n):
    """The figures of one tick; what is empty is None."""
    n = len(values)
    row = dict.fromkeys(("present", "likes", "dislikes", "mean", "sd", "ci_low", "ci_high", "net", "activity"))
    row.update(n=n, majority="suppressed", base=base)
    if n < max(1, min_n):
        return row
    likes = sum(value > neutral for value in values)
    dislikes = sum(value < neutral for value in values)
    # Equal values have no spread, whatever a division makes of their sum.
    same = min(values) == max(values)
    mean = values[0] if same else math.fsum(values) / n
    row.update(present=present, likes=likes, dislikes=dislikes, mean=mean, majority=majority(n, likes, dislikes))
    if n > 1:
        sd = 0.0 if same else math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
        half = t_quantile(n - 1) * sd / math.sqrt(n)
        row.update(sd=sd, ci_low=mean - half, ci_high=mean + half)
    whole = n if base == "active" else present
    if whole:
        row["net"] = 100 * (likes - dislikes) / whole
    if present:
        row["activity"] = n / present
    return row


# --- moments ----------------------------------------------------------------------------------------------------------


def exceeds(distance, other, size):
    """Whether a distance is larger, and not merely by the last digits of what it was taken from."""
    return distance - other > 1e-12 * size


def find_moments(series, rule, threshold, neutral, tick_ms, gap_ms):
    """`series`: the figures of each tick. Gives dictionaries start_ms, end_ms, peak_ms, value, n."""
    figure = "sd" if rule == "polarising" else "mean"
    shown = [(tick, row[figure], row["n"]) for tick, row in enumerate(series) if row[figure] is not None]
    centre = {"absolute": neutral, "polarising": 0.0}.get(rule)
    if rule == "relative":
        if len(shown) < 2:
            return []
        means = [value for _, value, _ in shown]
        centre = math.fsum(means) / len(means)
        threshold *= math.sqrt(math.fsum((mean - centre) ** 2 for mean in means) / (len(means) - 1))
    moments = []
    for tick, value, n in shown:
        start_ms, distance, size = tick * tick_ms, abs(value - centre), max(abs(value), abs(centre))
        if not exceeds(distance, threshold, size):
            continue
        peak = {"peak_ms": start_ms, "value": value, "n": n, "distance": distance}
        if not moments or start_ms - moments[-1]["end_ms"] > gap_ms:
            moments.append({"start_ms": start_ms, **peak})
        elif exceeds(distance, moments[-1]["distance"], size):
            moments[-1].update(peak)
        moments[-1]["end_ms"] = start_ms
    return moments


# --- segments and tables ----------------------------------------------------------------------------------------------


def strata_of(expression, session):
    """The strata of `attr=v1|v2;attr2=v3`: `;` is and, `|` is or, no condition is everybody."""
    chosen = list(session.strata)
    for condition in expression.split(";") if expression else []:
        attribute, equals, values = condition.partition("=")
        if not equals:
            raise Misuse(f"'{condition}' is not attribute=value")
        if attribute not in session.attributes:
            raise Misuse(f"there is no attribute '{attribute}'")
        chosen = [number for number in chosen if session.strata[number][attribute] in values.split("|")]
    return chosen


def segments_for(session, texts):
    stored = {"All": "", **session.segments}
    if not texts:
        return [(name, strata_of(expression, session)) for name, expression in stored.items()]
    segments = []
    for text in texts:
        name, equals, expression = text.partition("=")
        if not equals and name not in stored:
            raise Misuse(f"'{text}' is not NAME=attribute=value")
        segments.append((name, strata_of(expression if equals else stored[name], session)))
    return segments


def all_series(session, options):
    """(segment, target, figures of each tick), segment by segment."""
    targets = [target for target in session.targets if options.target in (None, target)]
    if not targets:
        raise Misuse(f"there is no target '{options.target}'")
    segments = segments_for(session, options.segment)
    count = Count(session, options.tick_ms, options.lag_ms)
    for segment, strata in segments:
        for target in targets:
            yield segment, target, count.tick_ms, [
                figures(*count.gather(strata, target, tick), session.neutral, options.base, options.min_n)
                for tick in range(count.ticks)
            ]


TABLE = "segment target tick start_ms present n likes dislikes mean sd ci_low ci_high net activity majority base".split()
MOMENTS = "segment target rule start_ms end_ms peak_ms value n".split()
CELLS = "stratum target tick present n likes dislikes sum sum_sq".split()


def table(session, options):
    for segment, target, tick_ms, series in all_series(session, options):
        for tick, row in enumerate(series):
            yield {"segment": segment, "target": target, "tick": tick, "start_ms": tick * tick_ms, **row}


def moments(session, options):
    if options.rule is None or options.threshold is None:
        raise Misuse("moments need --rule and --threshold")
    options.base = "active"
    for segment, target, tick_ms, series in all_series(session, options):
        for moment in find_moments(
            series, options.rule, options.threshold, session.neutral, tick_ms, options.merge_gap_ms
        ):
            yield {"segment": segment, "target": target, "rule": options.rule, **moment}


def cells(session, options):
    """A row for every target where anybody was present, the stratum as {attribute: value}."""
    count = Count(session, options.tick_ms, options.lag_ms)
    for stratum, tick in sorted(count.present):
        for target in session.targets:
            values = count.values.get((stratum, target, tick), [])
            yield {
                "stratum": json.dumps(session.strata[stratum], ensure_ascii=False),
                "target": target,
                "tick": tick,
                "present": count.present[stratum, tick],
                "n": len(values),
                "likes": sum(value > session.neutral for value in values),
                "dislikes": sum(value < session.neutral for value in values),
                "sum": math.fsum(values),
                "sum_sq": math.fsum(value * value for value in values),
            }


def totals(session):
    people = defaultdict(int)
    for stratum in session.stratum_of.values():
        people[stratum] += 1
    return {
        "title": session.keys.get("title", ""),
        "mode": session.keys["mode"],
        "scale": {end: float(session.keys[f"scale_{end}"]) for end in ("min", "max", "neutral")},
        "tick_ms": session.tick_ms,
        "duration_ms": int(session.keys.get("duration_ms") or session.furthest_ms),
        "targets": session.targets,
        "participants": len(session.stratum_of),
        "responses": len(session.responses),
        "strata": [
            {"attributes": attributes, "participants": people[number]} for number, attributes in session.strata.items()
        ],
        "simulated": session.simulated,
    }


def as_text(value):
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return "" if value is None else value


def write_csv(columns, rows):
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([as_text(row[column]) for column in columns])


# --- the command ------------------------------------------------------------------------------------------------------


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0], epilog="also: recount.py compare A.csv B.csv")
    parser.add_argument("file")
    parser.add_argument("what", nargs="?", default="table", choices=("table", "cells", "moments", "totals"))
    parser.add_argument("--segment", action="append", metavar="NAME=EXPRESSION")
    parser.add_argument("--target")
    parser.add_argument("--lag-ms", type=int)
    parser.add_argument("--tick-ms", type=int)
    parser.add_argument("--base", choices=("active", "present"), default="active")
    parser.add_argument("--min-n", type=int, default=5)
    parser.add_argument("--rule", choices=("absolute", "relative", "polarising"))
    parser.add_argument("--threshold", type=float)
    parser.add_argument("--merge-gap-ms", type=int, default=5000)
    return parser.parse_args(arguments)


def run(arguments):
    if arguments[:1] == ["compare"]:
        if len(arguments) != 3:
            raise Misuse("write: recount.py compare A.csv B.csv")
        return compare(*arguments[1:])
    options = parse(arguments)
    session = Session(options.file)
    if options.what == "totals":
        print(json.dumps(totals(session), indent=2, ensure_ascii=False))
    else:
        columns, rows = {"table": (TABLE, table), "cells": (CELLS, cells), "moments": (MOMENTS, moments)}[options.what]
        write_csv(columns, list(rows(session, options)))
    return 0


def main():
    sys.stdout.reconfigure(encoding="utf-8", newline="")
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no failure
    try:
        return run(sys.argv[1:])
    except (Failure, Unreadable) as failure:
        print(f"recount.py: {failure}", file=sys.stderr)
        return 2 if isinstance(failure, Misuse) else 1


if __name__ == "__main__":
    sys.exit(main())
