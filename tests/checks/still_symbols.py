#!/usr/bin/env python3
"""still_symbols.py OBJECT…: between the first signal and the release, and in the copy, a still may use
raw system calls alone: its object files need nothing of libc but plain string functions."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

PARTS = ("still", "still_threads", "root_scan", "heap_scan", "block_index", "graph_stream",
         "memory_map", "type_finder")
ALLOWED = {"memcmp", "memcpy", "memmove", "memset", "strchr", "strcmp", "strlen", "strrchr", "strstr",
           "_GLOBAL_OFFSET_TABLE_", "__bss_start", "_end", "__stack_chk_fail"}


def foreign_symbols(path):
    """Undefined symbols that are neither ours nor allowed."""
    listed = subprocess.run(["nm", "--undefined-only", "--format=posix", path], check=True,
                            capture_output=True, text=True).stdout
    names = {line.split()[0] for line in listed.splitlines() if line.strip()}
    return sorted(name for name in names - ALLOWED if not re.match(r"_ZNK?5track", name))


def is_seen_to_fail():
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "broken.c"
        source.write_text("#include <stdlib.h>\nvoid* f(void) { return malloc(1); }\n")
        made = Path(folder) / "broken.o"
        subprocess.run(["cc", "-c", str(source), "-o", str(made)], check=True)
        return foreign_symbols(str(made)) == ["malloc"]


def main():
    if not is_seen_to_fail():
        print("a call of malloc was not noticed")
        return 1
    wanted = {part: [o for o in sys.argv[1:] if Path(o).name.startswith(part + ".cpp")] for part in PARTS}
    missing = [part for part, found in wanted.items() if not found]
    if missing:
        print("no object file of", ", ".join(missing))
        return 1
    wrong = 0
    for objects in wanted.values():
        for path in objects:
            for name in foreign_symbols(path):
                print(f"{Path(path).name} needs {name}")
                wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
