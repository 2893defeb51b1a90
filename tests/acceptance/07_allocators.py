#!/usr/bin/env python3
"""Totals that a program counts itself, under glibc, jemalloc, tcmalloc and mimalloc, linked and
preloaded."""

import subprocess
from pathlib import Path

from acceptance import harness, start

ALLOCATORS = {"glibc": None, "jemalloc": "libjemalloc.so.2", "tcmalloc": "libtcmalloc.so.4",
              "mimalloc": "libmimalloc.so.2"}
WORK = ["4", "20000"]
NO_WORK = ["4", "0"]


def path_of(library):
    """Where the dynamic linker finds a library."""
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True,
                             check=True).stdout
    for line in listing.splitlines():
        if line.split()[:1] == [library]:
            return line.split()[-1]
    return None


def linked(library, folder):
    """The fixture `counted`, linked with an allocator."""
    source, _ = harness.source_of("counted")
    program = Path(folder) / f"counted-{Path(library).name}"
    subprocess.run(["g++", "-std=c++20", "-O1", "-g", "-w", "-pthread", "-I", source.parents[1],
                    source, "-o", program, "-Wl,--no-as-needed", library], check=True)
    return program


def totals_under(build, folder, program, arguments, env):
    tracked = build.read(build.tracked([program, *arguments], folder, env))
    tracked.capture.unlink()
    said = dict(word.split("=") for word in tracked.outcome.stdout.decode().split())
    return harness.totals_of(tracked.report), {key: int(value) for key, value in said.items()}


def check(rows, build, folder, name, program, preload):
    env = {"PATH": "/usr/bin:/bin"} | ({"LD_PRELOAD": preload} if preload else {})
    base, _ = totals_under(build, folder, program, NO_WORK, env)
    found, said = totals_under(build, folder, program, WORK, env)
    ours = {key: found[key] - base[key] for key in said}
    rows.add(name, ", ".join(f"{key} {ours[key]} / {said[key]}" for key in said), ours == said)


rows, build, scratch = start("allocators", __doc__)
with scratch as folder:
    for name, soname in ALLOCATORS.items():
        library = path_of(soname) if soname else None
        if soname and not library:
            rows.add(name, f"{soname} is not installed", False)
        elif not soname:
            check(rows, build, folder, name, build.programs / "counted", None)
        else:
            check(rows, build, folder, f"{name}, linked", linked(library, folder), None)
            check(rows, build, folder, f"{name}, preloaded", build.programs / "counted", library)
rows.end()
