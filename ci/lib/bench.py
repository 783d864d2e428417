"""Runs benchmarks one after the other, shows their rows as a table and keeps them as JSON.

bench.py OUT.json FILE…  Each FILE prints its rows on standard output, one JSON object a line, and fails with another
exit status than 0.
"""

import json
import subprocess
import sys

COLUMNS = ("name", "ours", "peer", "unit", "ratio", "runs", "against")
NUMBERS = ("ours", "peer", "ratio")
LAYOUT = "{:24} {:>12} {:>12}  {:14} {:>8} {:>5}  {}"
RUNNERS = {"py": ["python3"], "sh": ["bash"], "mjs": ["node"]}


def show(row):
    cells = [f"{row[c]:.4g}" if c in NUMBERS and row.get(c) is not None else str(row.get(c, "")) for c in COLUMNS]
    print(LAYOUT.format(*cells).rstrip(), flush=True)


def run(file):
    """The rows of one benchmark, shown as they come; None if it failed."""
    command = RUNNERS.get(file.rsplit(".", 1)[-1], []) + [file]
    rows = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as benchmark:
        for line in benchmark.stdout:
            row = json.loads(line)
            rows.append(row)
            show(row)
    if benchmark.returncode != 0 or not rows:
        print(f"ci/bench: {file} failed (exit status {benchmark.returncode}, {len(rows)} rows)", file=sys.stderr)
        return None
    return rows


def main():
    out, files = sys.argv[1], sys.argv[2:]
    print(LAYOUT.format(*COLUMNS))
    results = [run(file) for file in files]
    with open(out, "w", encoding="utf-8") as kept:
        json.dump([row for rows in results if rows for row in rows], kept, indent=1)
        kept.write("\n")
    return 1 if None in results else 0


if __name__ == "__main__":
    sys.exit(main())
