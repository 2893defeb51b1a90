"""memcheck's "total heap usage" of a command, a process at a time."""

import functools
import re
from pathlib import Path

from acceptance import harness

USAGE = re.compile(r"total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes")
COMMAND = re.compile(r"==\d+== Command: (\S+)")


@functools.cache
def library_variable():
    """VALGRIND_LIB, which valgrind gives to the children of what it runs, but not to that itself. A
    variable more is an allocation more for each process that make starts."""
    listing = harness.run(["valgrind", "-q", "--trace-children=yes", "/usr/bin/env", "/usr/bin/env"])
    found = re.search(rb"^VALGRIND_LIB=(.*)$", listing.stdout, re.MULTILINE)
    return {"VALGRIND_LIB": found.group(1).decode()} if found else {}


def environment_of(command):
    """The command's environment, such that its processes get the same at every depth."""
    return library_variable() | command.environment()


def usage_of(command, folder):
    """[(program, {allocations, frees, bytes_allocated})], by program and allocations."""
    logs = Path(folder) / "memcheck"
    logs.mkdir(exist_ok=True)
    for old in logs.iterdir():
        old.unlink()
    harness.run(["valgrind", "--tool=memcheck", "--leak-check=no", "--undef-value-errors=no",
                 "--run-libc-freeres=no", "--run-cxx-freeres=no", "--trace-children=yes",
                 f"--log-file={logs}/%p", *command.words],
                environment_of(command), seconds=1800, cwd=command.cwd)
    found = []
    for log in logs.iterdir():
        text = log.read_text(errors="replace")
        usage, program = USAGE.search(text), COMMAND.search(text)
        if usage and program:
            numbers = [int(group.replace(",", "")) for group in usage.groups()]
            found.append((Path(program.group(1)).name,
                          dict(zip(("allocations", "frees", "bytes_allocated"), numbers))))
    return sorted(found, key=lambda each: (each[0], each[1]["allocations"]))


def environment_as_under(command):
    """The command's environment with what valgrind adds to it. Shells, make, awk and perl allocate
    for every variable they inherit, and this is all that their totals differ by."""
    env = environment_of(command)
    listing = harness.run(["valgrind", "-q", "/usr/bin/env", "-0"], env,
                          cwd=command.cwd).stdout.decode()
    for entry in filter(None, listing.split("\0")):
        name, _, value = entry.partition("=")
        if env.get(name) != value:
            # Same length, but without a meaning to the dynamic linker.
            env[name.replace("LD_", "XX_")] = value
    return env
