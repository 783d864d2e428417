"""/metrics of a real `pulseline serve`, read as strictly as the text format 0.0.4 is written:   metrics.py PULSELINE"""

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (NaN|[+-]?Inf|[+-]?[0-9.]+(?:e[+-]?[0-9]+)?)")


def parse(text):
    """{family: (type, {(sample name, labels): value})}; fails where a strict reader would."""
    assert text.endswith("\n")
    families = {}
    name = None
    for line in text[:-1].split("\n"):
        if match := re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line):
            name = match[1]
            assert name not in families, f"{name} comes twice"
            families[name] = (None, {})
            continue
        if match := re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge|histogram)", line):
            assert match[1] == name and families[name] == (None, {}), line
            assert match[2] != "counter" or name.endswith("_total"), line
            families[name] = (match[2], {})
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        kind, samples = families[name]
        suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        assert match[1] in [name + suffix for suffix in suffixes], line
        labels = re.findall(LABEL, match[2] or "")
        assert len({label for label, _ in labels}) == len(labels), line
        series = (match[1], tuple(sorted(labels)))
        assert series not in samples, f"{line} comes twice"
        samples[series] = float(match.groups()[-1])
    return families


def check_histogram(name, samples):
    buckets = [(dict(labels)["le"], value) for (sample, labels), value in samples.items() if sample == name + "_bucket"]
    bounds = [float(bound.replace("+Inf", "inf")) for bound, _ in buckets]
    assert bounds == sorted(bounds) and bounds[-1] == float("inf"), name
    values = [value for _, value in buckets]
    assert values == sorted(values) and values[-1] == samples[(name + "_count", ())], name
    assert samples[(name + "_sum", ())] >= 0


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers["content-type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read().decode()


def main():
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.argv[1], "serve", os.path.join(folder, "session.pulse"), "--port", "0", "--live"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                session = json.loads(server.stdout.readline())
                look(session["url"], session["keys"]["observer"])
            finally:
                server.terminate()
    print("ok")


def look(url, key):
    status, kind, text = get(url + "metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8"), (status, kind)
    families = parse(text)
    for name, (kind, samples) in families.items():
        if kind == "histogram":
            check_histogram(name, samples)
    assert families["pulseline_ready"] == ("gauge", {("pulseline_ready", ()): 1})
    states = {dict(labels)["state"] for _, labels in families["pulseline_connections"][1]}
    assert states >= {"request", "page", "silent", "looked", "participant", "observer"}, states
    for name in ("responses_total", "messages_total", "queue_entries", "queue_bytes", "commit_seconds", "ack_seconds",
                 "upstream_state", "rate_limited_total", "slow_reader_skips_total"):
        assert "pulseline_" + name in families, name
    away = {"X-Forwarded-For": "192.0.2.7"}
    assert get(url + "metrics", **away)[0] == 403
    assert get(url + "metrics", Authorization="Bearer wrong", **away)[0] == 403
    assert get(url + "metrics", Authorization="Bearer " + key, **away)[0] == 200
    assert get(f"{url}metrics?key={key}", **away)[0] == 200
    assert get(url + "healthz")[::2] == (200, "ok\n")


main()
