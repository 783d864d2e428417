#!/usr/bin/env python3
"""Every text key that the sources name is in the locale file, and every one there is named by a source."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENTRY = re.compile(r'^([A-Za-z][\w.]*)="(.*)"$')


def entries():
    lines = (ROOT / "data/locale/en-US.ini").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip()]


def named():
    """The keys in string literals; a theme is named by its file, and the dock finds hints by their subject's key."""
    areas = sorted({ENTRY.match(line).group(1).split(".")[0] for line in entries() if ENTRY.match(line)})
    literal = re.compile(r'"((?:%s)\.[\w.]*\w)"' % "|".join(areas))
    found = {"Timeline.Theme." + theme.stem for theme in (ROOT / "data/themes").glob("*.json")}
    for kind in ("*.cpp", "*.hpp"):
        for source in (ROOT / "plugin").rglob(kind):
            found.update(literal.findall(source.read_text(encoding="utf-8")))
    known = {ENTRY.match(line).group(1) for line in entries() if ENTRY.match(line)}
    return found | {key + ".Hint" for key in found if key.startswith("Dock.")} & known


class Locale(unittest.TestCase):
    def test_every_line_is_an_entry(self):
        self.assertEqual([line for line in entries() if not ENTRY.match(line)], [])

    def test_no_key_is_there_twice(self):
        keys = [ENTRY.match(line).group(1) for line in entries()]
        self.assertEqual(sorted(keys), sorted(set(keys)))

    def test_no_text_is_empty(self):
        self.assertEqual([line for line in entries() if not ENTRY.match(line).group(2).strip()], [])

    def test_no_key_is_missing(self):
        known = {ENTRY.match(line).group(1) for line in entries()}
        self.assertEqual(sorted(named() - known), [])

    def test_no_key_is_unused(self):
        known = {ENTRY.match(line).group(1) for line in entries()}
        self.assertEqual(sorted(known - named()), [])

    def test_pictures_and_files_use_the_same_placeholders(self):
        words = (ROOT / "plugin/overlay/view.hpp").read_text(encoding="utf-8")
        built_in = dict(re.findall(r'std::string (\w+) = "((?:[^"\\]|\\.)*)"', words))
        pairs = re.findall(r'\{&words\.(\w+), "([\w.]+)"\}',
                           (ROOT / "plugin/obs/timeline_settings.cpp").read_text(encoding="utf-8"))
        texts = dict(ENTRY.match(line).groups() for line in entries())
        self.assertEqual(sorted(name for name, _ in pairs), sorted(set(built_in) - {"layout", "target"}))
        for name, key in pairs:
            self.assertEqual(re.findall("%[12]", built_in[name]), re.findall("%[12]", texts[key]), key)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
