#!/usr/bin/env python3
"""`make -j4` of a small project with gcc: each process's totals against memcheck's."""

from collections import defaultdict
from pathlib import Path

import memcheck
from acceptance import Command, harness, start

LIMIT_PERCENT = 0.1


def write_project(folder):
    """Some of the fixtures, compiled and archived by a Makefile: recursive make, gcc, as, ar, sh."""
    programs = harness.ROOT / "tests" / "programs"
    chosen = sorted((programs / "totals").glob("*.c"))[:4] + sorted((programs / "trees").glob("*.c"))[:4]
    objects = " ".join(f"{source.stem}.o" for source in chosen)
    rules = "".join(f"{source.stem}.o: {source}\n\tgcc -O1 -D_GNU_SOURCE -I{programs} -c $< -o $@\n"
                    for source in chosen)
    Path(folder, "Makefile").write_text(
        f"all:\n\t$(MAKE) all.a\nall.a: {objects}\n\tar rcD $@ $^ && echo archived\n{rules}"
        "clean:\n\trm -f *.o all.a\n")


def by_program(pairs):
    grouped = defaultdict(list)
    for program, totals in pairs:
        if totals["allocations"]:
            grouped[program].append(totals["allocations"])
    return {program: sorted(counts) for program, counts in grouped.items()}


rows, build, scratch = start("tree", __doc__)
with scratch as folder:
    # A folder of its own: make notes every file of the one it works in, our capture too.
    project = Path(folder) / "project"
    project.mkdir()
    write_project(project)
    command = Command("make -j4", ["make", "-j4"], {"MAKEFLAGS": ""}, project)
    theirs = by_program(memcheck.usage_of(command, folder))
    harness.run(["make", "clean"], cwd=project)
    env = memcheck.environment_as_under(command)
    tracked = build.read(build.tracked(command.words, folder, env, cwd=project))
    ours = by_program((Path(process["command"][0]).name, process["totals"])
                      for process in tracked.report["processes"])
    for program in sorted(set(ours) | set(theirs)):
        mine, other = ours.get(program, []), theirs.get(program, [])
        worst = max((100.0 * abs(a - b) / b for a, b in zip(mine, other)), default=0.0)
        rows.add(f"make -j4: {program}", f"{len(mine)} / {len(other)} processes, allocations "
                 f"{sum(mine)} / {sum(other)}, worst process {worst:.4f} %",
                 len(mine) == len(other) and worst <= LIMIT_PERCENT)
rows.end()
