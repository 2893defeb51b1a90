#!/usr/bin/env python3
"""Rules on the text of files: their length, no paths of somebody's machine, no leftovers."""

import re
import tempfile
from pathlib import Path

import sources

MAX_LINES = 450
# Longer files, each with its reason.
LONG_FILES = {
    "LICENSE": "the licence's own text",
}
SOURCES = (".hpp", ".cpp", ".h", ".c", ".py", ".sh", ".cmake", ".inc", ".S", ".rs")
TEXTS = SOURCES + (".md", ".txt", ".json")
HOME_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/[\w.-]+")
LEFTOVER = re.compile(r"\b(?:TODO|FIXME|XXX)\b")


def complaints_of(root):
    complaints = []
    for path in sources.files(*TEXTS, root=root):
        name = sources.name_of(path, root)
        lines = path.read_text(errors="replace").splitlines()
        if name.endswith(SOURCES) and len(lines) > MAX_LINES and name not in LONG_FILES:
            complaints.append(f"{name}: {len(lines)} lines, more than {MAX_LINES}")
        if name == "tests/checks/text_rules.py":
            continue
        for number, line in enumerate(lines, 1):
            if HOME_PATH.search(line):
                complaints.append(f"{name}:{number}: a path of one machine")
            if LEFTOVER.search(line):
                complaints.append(f"{name}:{number}: something left to do")
    return complaints


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.cpp"
        for text in ("// see /home/somebody/notes\n", "// TODO more\n", "\n" * (MAX_LINES + 1)):
            sample.write_text(text)
            sources.must_complain("text rules", complaints_of(Path(folder)))


self_test()
sources.finish("text rules", complaints_of(sources.ROOT))
