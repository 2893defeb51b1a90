#!/usr/bin/env python3
"""tidy.py BUILD: clang-tidy (the checks of .clang-tidy) over every source the build compiles.
Slow, so no ctest test: ./tools/check --lint."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sources

WHERE = ("libtrack/", "reports/", "tools/")


def complaints_of(build, path):
    done = subprocess.run(["clang-tidy", "--quiet", "-p", build, path],
                          capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if " error: " in line or " warning: " in line]


def main(build):
    database = json.loads((Path(build) / "compile_commands.json").read_text())
    paths = {Path(entry["directory"], entry["file"]).resolve() for entry in database}
    own = [str(path) for path in sorted(paths)
           if path.is_relative_to(sources.ROOT) and sources.name_of(path).startswith(WHERE)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = pool.map(lambda path: complaints_of(build, path), own)
    sources.finish("clang-tidy", sorted({line for lines in found for line in lines}))


main(sys.argv[1])
