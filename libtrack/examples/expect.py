#!/usr/bin/env python3
"""expect.py SOURCE PROGRAM: the program ends well, and prints what the first comment of its source
says ("// Prints:"). It runs with a folder for temporary files of its own, which must be empty
afterwards.
"""

import difflib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MARK, INDENT = "// Prints:", "//   "


def expected(source):
    lines = source.read_text().splitlines()
    if MARK not in lines:
        sys.exit(f"{source.name}: its first comment does not say what it prints")
    wanted = []
    for line in lines[lines.index(MARK) + 1:]:
        if not line.startswith(INDENT):
            break
        wanted.append(line[len(INDENT):])
    return wanted


def complaints(source, program):
    with tempfile.TemporaryDirectory(prefix="track-test-") as folder:
        done = subprocess.run([program], env={**os.environ, "TMPDIR": folder}, timeout=240,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"status {done.returncode}: {done.stderr}"
        for name in os.listdir(folder):
            yield f"left behind: {name}"
    yield from difflib.unified_diff(expected(source), done.stdout.splitlines(), "expected",
                                    "printed", lineterm="", n=100)


found = list(complaints(Path(sys.argv[1]), sys.argv[2]))
print("\n".join(found) or "as expected")
sys.exit(1 if found else 0)
