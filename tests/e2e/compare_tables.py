"""Where two tables of figures differ: counts must be equal, figures agree within 1e-9 relative."""

import csv
import math

KEYS = ("segment", "stratum", "target", "rule", "tick", "start_ms")
FIGURES = ("mean", "sd", "ci_low", "ci_high", "net", "activity", "value", "sum", "sum_sq", "w_mean", "n_eff")
MANY = 20  # differences shown


class Unreadable(Exception):
    """One line that says why a file is no table."""


def read_table(path):
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            return list(reader), reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from error


def same_figure(column, a, b):
    """Within 1e-9 of the larger; a bound of an interval, of the larger of its middle and its width."""
    if "" in (a[column], b[column]):
        return a[column] == b[column]
    x, y = float(a[column]), float(b[column])
    size = max(abs(x), abs(y))
    if column in ("ci_low", "ci_high"):
        low, high = float(a["ci_low"]), float(a["ci_high"])
        size = max(size, abs(low + high) / 2, high - low)
    return math.isfinite(x) and math.isfinite(y) and abs(x - y) <= 1e-9 * size


def same_cell(column, a, b):
    try:
        return same_figure(column, a, b) if column in FIGURES else a[column] == b[column]
    except (TypeError, ValueError):
        return False


def by_key(path, rows, keys):
    table_of = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key in table_of:
            raise Unreadable(f"{path} has two rows for {describe(keys, key)}")
        table_of[key] = row
    return table_of


def describe(keys, key):
    return ", ".join(f"{name} {value}" for name, value in zip(keys, key))


def differences(path_a, path_b):
    (rows_a, columns_a), (rows_b, columns_b) = read_table(path_a), read_table(path_b)
    if columns_a != columns_b:
        yield f"columns: {','.join(columns_a)} and {','.join(columns_b)}"
        return
    keys = [name for name in KEYS if name in columns_a]
    a, b = by_key(path_a, rows_a, keys), by_key(path_b, rows_b, keys)
    for mine, others, path in ((a, b, path_a), (b, a, path_b)):
        for key in mine:
            if key not in others:
                yield f"{describe(keys, key)}: only in {path}"
    for key in filter(b.__contains__, a):
        for column in columns_a:
            if not same_cell(column, a[key], b[key]):
                yield f"{describe(keys, key)}: {column} is {a[key][column] or 'empty'} and {b[key][column] or 'empty'}"
    if a.keys() == b.keys() and list(a) != list(b):
        yield "the rows are in another order"


def compare(path_a, path_b):
    found = list(differences(path_a, path_b))
    for line in found[:MANY]:
        print(line)
    if found:
        more = f" ({len(found) - MANY} more not shown)" if len(found) > MANY else ""
        print(f"{len(found)} differences{more}")
        return 1
    rows, columns = read_table(path_a)
    print(f"the same: {len(rows)} rows, {len(rows) * len(columns)} values")
    return 0
