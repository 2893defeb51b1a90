#!/usr/bin/env python3
"""headers_alone.py COMPILER: each header compiles by itself, so it can be included anywhere."""

import subprocess
import sys
import tempfile
from pathlib import Path

import sources

COMPILER = sys.argv[1]
WHERE = ("libtrack/", "reports/", "tools/")


def error_of(header, root=sources.ROOT):
    done = subprocess.run(
        [COMPILER, "-std=c++20", "-fsyntax-only", "-DLIBTRACK_VERSION=\"0\"", "-I", str(root), "-include", str(header),
         "-x", "c++", "/dev/null"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.split("\n")[0] or "it does not compile"


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "needs_more.hpp"
        sample.write_text("#pragma once\ninline std::size_t length = 0;\n")
        sources.must_complain("headers alone", error_of(sample))


self_test()
complaints = []
for path in sources.files(".hpp"):
    if sources.name_of(path).startswith(WHERE):
        error = error_of(path)
        if error:
            complaints.append(f"{sources.name_of(path)}: {error}")
sources.finish("headers alone", complaints)
