"""The arithmetic of the figures once more, by itself: plain Python, from the words of the docs, to compare with."""

import math
from collections import defaultdict


def beta_fraction(a, b, x):
    """The continued fraction of the incomplete beta function (DLMF 8.17.22, Lentz's method)."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d or tiny)
    value = d
    for m in range(1, 500):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + step * d) or tiny)
            c = (1 + step / c) or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value


def incomplete_beta(a, b, x):
    if x <= 0 or x >= 1:
        return float(x >= 1)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):
        return math.exp(log) * beta_fraction(a, b, x) / a
    return 1 - math.exp(log) * beta_fraction(b, a, 1 - x) / b


def t975(degrees, known={}):
    """The 0.975 quantile of Student's t."""
    if degrees not in known:
        low, high = 0.0, 100.0
        for _ in range(200):
            t = (low + high) / 2
            tail = incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2
            low, high = (t, high) if tail > 0.025 else (low, t)
        known[degrees] = low
    return known[degrees]


class Response:
    def __init__(self, participant, position_ms, value, seq, target="main", pass_=0):
        self.participant, self.position_ms, self.value = participant, position_ms, value
        self.seq, self.target, self.pass_ = seq, target, pass_


def count(responses, tick_ms, lag_ms):
    """({(target, tick): {participant: value}}, {tick: {participant}}, ticks)"""
    touched = defaultdict(list)
    present = defaultdict(set)
    for r in responses:
        tick = max(0, r.position_ms - lag_ms) // tick_ms
        touched[r.target, tick, r.participant].append(r)
        present[tick].add(r.participant)
    voices = defaultdict(dict)
    for (target, tick, participant), rows in touched.items():
        last = max(r.pass_ for r in rows)
        given = [r for r in rows if r.pass_ == last and r.value is not None]
        if given:
            voices[target, tick][participant] = max(given, key=lambda r: r.seq).value
    return voices, present, max(present, default=-1) + 1


def majority(n, likes, dislikes):
    neutral = n - likes - dislikes
    if neutral >= likes and neutral >= dislikes:
        return "neutral"
    if abs(likes - dislikes) <= 1.96 * math.sqrt(max(0, likes + dislikes - (likes - dislikes) ** 2 / n)):
        return "divided"
    return "like" if likes > dislikes else "dislike"


def figures(values, present, neutral, base, min_n):
    """A row of the table without its place. None: empty."""
    n = len(values)
    row = dict.fromkeys("present likes dislikes mean sd ci_low ci_high net activity".split())
    row.update(n=n, majority="suppressed", base=base)
    if n < min_n or n == 0:
        return row
    likes, dislikes = sum(v > neutral for v in values), sum(v < neutral for v in values)
    mean = math.fsum(values) / n
    row.update(present=present, likes=likes, dislikes=dislikes, mean=mean, majority=majority(n, likes, dislikes))
    if n > 1:
        sd = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1))
        half = t975(n - 1) * sd / math.sqrt(n)
        row.update(sd=sd, ci_low=mean - half, ci_high=mean + half)
    row.update(net=100 * (likes - dislikes) / (n if base == "active" else present), activity=n / present)
    return row


def table(responses, segments, targets, neutral, tick_ms=5000, lag_ms=0, base="active", min_n=5):
    """segments: [(name, {participant})]"""
    voices, present, ticks = count(responses, tick_ms, lag_ms)
    rows = []
    for name, people in segments:
        for target in targets:
            for tick in range(ticks):
                values = [v for p, v in voices[target, tick].items() if p in people]
                row = figures(values, len(present[tick] & people), neutral, base, min_n)
                rows.append({"segment": name, "target": target, "tick": tick, "start_ms": tick * tick_ms, **row})
    return rows


def moments(series, rule, threshold, neutral, merge_gap_ms=5000):
    """series: rows of one segment and target"""
    shown = [row for row in series if row["majority"] != "suppressed"]
    centre, limit = neutral, threshold
    if rule == "relative":
        if len(shown) < 2:
            return []
        centre = math.fsum(row["mean"] for row in shown) / len(shown)
        squares = math.fsum((row["mean"] - centre) ** 2 for row in shown)
        limit = threshold * math.sqrt(squares / (len(shown) - 1))

    def distance(row):
        return row["sd"] if rule == "polarising" else abs(row["mean"] - centre)

    groups = []
    for row in shown:
        if (rule == "polarising" and row["sd"] is None) or not distance(row) > limit:
            continue
        if groups and row["start_ms"] - groups[-1][-1]["start_ms"] <= merge_gap_ms:
            groups[-1].append(row)
        else:
            groups.append([row])
    found = []
    for group in groups:
        peak = max(group, key=distance)
        found.append({
            "segment": peak["segment"], "target": peak["target"], "rule": rule,
            "start_ms": group[0]["start_ms"], "end_ms": group[-1]["start_ms"], "peak_ms": peak["start_ms"],
            "value": peak["sd"] if rule == "polarising" else peak["mean"], "n": peak["n"],
        })
    return found
