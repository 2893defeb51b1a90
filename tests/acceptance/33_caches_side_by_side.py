#!/usr/bin/env python3
"""What heaptrack, LeakSanitizer and memcheck say of containers that only take in, beside what we say.
--write FILE puts the table between FILE's two `side by side` lines.
"""

import argparse
import re
from pathlib import Path

import memcheck_leaks
from acceptance import Rows, harness, write_table

import cache_programs
from cache_programs import Variant

PROGRAMS = ["cache_map", "cache_global_destructor", "cache_lru", "cache_hash_table",
            "cache_singleton", "cache_vector_values", "cache_unique_ptr"]
SECONDS = 600
MS = {"PACE_MS": "2000"}
COLUMNS = ("program", "libtrack", "heaptrack", "LeakSanitizer", "memcheck")


def in_env(command):
    return ["env", *(f"{key}={value}" for key, value in MS.items()), *command]


def under_memcheck(program, folder):
    log = Path(folder) / "memcheck.log"
    harness.run(in_env(["valgrind", *memcheck_leaks.OPTIONS, f"--log-file={log}", program]),
                seconds=SECONDS)
    text = log.read_text(errors="replace")
    told = []
    for name in ("definitely lost", "still reachable"):
        found = re.search(rf"{name}: ([\d,]+) bytes in ([\d,]+) blocks", text)
        if found and found[2] != "0":
            told.append(f"{name} {found[2]} blocks")
    return ", ".join(told) or "no leaks"


def under_lsan(source, folder):
    program = cache_programs.build_program(source, Variant("lsan", flags="-O1 -g -fsanitize=leak"),
                                           False, folder)
    done = harness.run(in_env([program]), seconds=SECONDS)
    found = re.search(rb"SUMMARY: LeakSanitizer: (\d+) byte\(s\) leaked", done.stderr)
    return f"{found[1].decode()} bytes leaked" if found else "silent"


def under_heaptrack(program, folder):
    data = Path(folder) / "heaptrack"
    harness.run(in_env(["heaptrack", "-o", data, program]), seconds=SECONDS)
    file = next(Path(folder).glob("heaptrack.*"))
    told = harness.run(["heaptrack_print", file], seconds=SECONDS).stdout.decode(errors="replace")
    file.unlink()
    peak = re.search(r"peak heap memory consumption: (\S+)", told)
    leaked = re.search(r"total memory leaked: (\S+)", told)
    return f"peak {peak[1]}, leaked {leaked[1]}"


def under_track(build, program):
    _, report = cache_programs.ask(build, program, ms=MS["PACE_MS"])
    grown = [each for each in report["findings"]
             if each["growth"] and each["growth"]["verdict"] == "growing"]
    return "; ".join(each["title"] for each in grown[:2]) or "nothing"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    rows = Rows("caches side by side")
    build = harness.Build(arguments.build)
    sources = {each.stem: each for each in cache_programs.sources("caches")}
    lines = []
    with harness.scratch() as folder:
        place = Path(folder) / "lsan"
        place.mkdir()
        for name in PROGRAMS:
            program = cache_programs.build_program(sources[name], Variant("plain"), False, folder)
            ours = under_track(build, program)
            others = [under_heaptrack(program, folder), under_lsan(sources[name], place),
                      under_memcheck(program, folder)]
            rows.add(name, " / ".join([ours, *others]), ours != "nothing")
            lines.append("| " + " | ".join([name, ours, *others]) + " |")
    if arguments.write:
        write_table(arguments.write, COLUMNS, lines)
    rows.end()


if __name__ == "__main__":
    main()
