#!/usr/bin/env python3
"""preload_symbols.py PRELOAD: what the preload needs, exports, and how old a glibc may be.

A C program under `track` must not grow a C++ runtime, and a symbol exported by accident would take
the place of the program's own.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import sources

NEEDED = {"libc.so.6", "ld-linux-x86-64.so.2", "libdl.so.2", "libpthread.so.0"}
NEWEST_GLIBC = (2, 28)
HOOKS = sources.ROOT / "libtrack" / "runtime" / "hooks.inc"


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def needed_complaints(library):
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", output_of("readelf", "-dW", library)))
    return [f"NEEDED {name}" for name in sorted(needed - NEEDED)]


def version_complaints(library):
    complaints = []
    for name in sorted(set(re.findall(r"GLIBC_([\d.]+)\b", output_of("readelf", "-VW", library)))):
        if tuple(map(int, name.split("."))) > NEWEST_GLIBC:
            complaints.append(f"needs GLIBC_{name}")
    return complaints


def hooks():
    return set(re.findall(r"^LIBTRACK_HOOK\((\w+)", HOOKS.read_text(), re.MULTILINE))


def export_complaints(library, wanted):
    listing = output_of("nm", "-D", "--defined-only", "--format=posix", library)
    exported = {line.split()[0].split("@")[0] for line in listing.splitlines()}
    return ([f"exports {name}, which is no hook" for name in sorted(exported - wanted)] +
            [f"does not export {name}" for name in sorted(wanted - exported)])


def self_test():
    """A library that needs libstdc++ and exports something of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "a.cpp", str(Path(folder) / "a.so")
        source.write_text("#include <string>\n"
                          "std::string surprise(int n) { return std::to_string(n); }\n")
        subprocess.run(["c++", "-shared", "-fPIC", str(source), "-o", library], check=True)
        sources.must_complain("preload symbols (needed)", needed_complaints(library))
        sources.must_complain("preload symbols (exported)", export_complaints(library, set()))


self_test()
preload = sys.argv[1]
sources.finish("preload symbols", needed_complaints(preload) + version_complaints(preload) +
               export_complaints(preload, hooks()))
