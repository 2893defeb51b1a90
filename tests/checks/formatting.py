#!/usr/bin/env python3
"""Every C and C++ file is as clang-format would write it."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import sources

SKIPPED = 77


def complaints_of(paths):
    done = subprocess.run(
        ["clang-format", "--dry-run", "--Werror", f"--style=file:{sources.ROOT}/.clang-format",
         *map(str, paths)], capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if "error:" in line]
    return lines or ([] if done.returncode == 0 else [done.stderr])


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.cpp"
        sample.write_text("int  main( ){return 0 ;}\n")
        sources.must_complain("formatting", complaints_of([sample]))


if not shutil.which("clang-format"):
    print("formatting: clang-format is not there (Debian package clang-format)")
    sys.exit(SKIPPED)
self_test()
sources.finish("formatting", complaints_of(sources.files(".hpp", ".cpp", ".h", ".c")))
