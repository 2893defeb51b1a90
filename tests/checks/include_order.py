#!/usr/bin/env python3
"""Includes go down the floors only (the table in libtrack/README.md), and by full path."""

import re
import tempfile
from pathlib import Path

import sources

# Folder: the folders it may include from, besides itself.
FLOORS = {
    "libtrack/base": set(),
    "libtrack/include/track": set(),
    "libtrack/ledger": {"libtrack/base"},
    "libtrack/unwind": {"libtrack/base"},
    "libtrack/support": {"libtrack/base"},
    "libtrack/runtime": {"libtrack/base", "libtrack/ledger", "libtrack/unwind"},
    "libtrack/weak": {"libtrack/base", "libtrack/ledger", "libtrack/include/track"},
    "libtrack/gtest": {"libtrack/include/track"},
    "libtrack/examples": {"libtrack/include/track"},
    "libtrack/model": {"libtrack/base", "libtrack/support"},
    "libtrack/symbols": {"libtrack/base", "libtrack/ledger", "libtrack/support", "libtrack/model"},
    "libtrack/capture": {"libtrack/base", "libtrack/ledger", "libtrack/support", "libtrack/model",
                         "libtrack/symbols"},
    "libtrack/analysis": {"libtrack/base", "libtrack/ledger", "libtrack/support", "libtrack/model",
                          "libtrack/symbols", "libtrack/capture"},
    "reports": {"libtrack/base", "libtrack/support", "libtrack/model"},
    "tools": {"libtrack/base", "libtrack/ledger", "libtrack/support", "libtrack/model",
              "libtrack/symbols", "libtrack/capture", "libtrack/analysis", "reports"},
}
# The preload knows nothing hosted, not even of the standard library's containers.
FREESTANDING = ("libtrack/runtime", "libtrack/base", "libtrack/unwind")
HOSTED_HEADERS = {"string", "vector", "map", "unordered_map", "memory", "iostream", "functional",
                  "mutex", "thread", "list", "set", "deque", "sstream", "fstream", "stdexcept"}


def floor_of(name):
    return max((each for each in FLOORS if name.startswith(each + "/")), key=len, default=None)


def complaints_of(root):
    complaints = []
    for path in sources.files(".hpp", ".cpp", ".h", ".inc", root=root):
        name = sources.name_of(path, root)
        floor = floor_of(name)
        if floor is None:
            if name.startswith("libtrack/"):
                complaints.append(f"{name}: its folder is on no floor")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if not match:
                continue
            quote, target = match.groups()
            place = f"{name}:{number}"
            goal = floor_of(f"libtrack/include/{target}" if target.startswith("track/") else target)
            if quote == '"' and goal is None:
                complaints.append(f'{place}: "{target}" is not a full path from the root')
            elif goal and goal != floor and goal not in FLOORS[floor]:
                complaints.append(f"{place}: {floor} may not include {target}")
            elif floor in FREESTANDING and target in HOSTED_HEADERS:
                complaints.append(f"{place}: <{target}> is not for the preload's floors")
    return complaints


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "libtrack" / "base" / "up.hpp"
        sample.parent.mkdir(parents=True)
        for line in ('#include "libtrack/model/report.hpp"', '#include "ids.hpp"',
                     "#include <vector>", "#include <track/weak_ref.hpp>"):
            sample.write_text(line + "\n")
            sources.must_complain("include order", complaints_of(Path(folder)))


self_test()
sources.finish("include order", complaints_of(sources.ROOT))
